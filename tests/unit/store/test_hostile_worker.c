/* A worker that has been taken over, in a process of its own over a real ring, beside workers that have not.
 *
 * It overwrites all of the memory that it shares with the store, wakes it without end, and dies.  The store lives, the others
 * get every write done, and what is in the database is what they wrote. */
#include "machine.h"

#include <sys/stat.h>

#define HOSTILE 1
#define OTHERS_GO_ON 300 /* writes, after each attack */

static unsigned hostile_random(unsigned *seed)
{
    return ((unsigned)rand_r(seed) << 16) ^ (unsigned)rand_r(seed);
}

static void wake_without_end(const struct pair *p)
{
    static const uint64_t counts[] = {1, UINT64_MAX - 1, 7};

    for (size_t i = 0; i < 3; i++) {
        ssize_t n = write(p->wake_store, &counts[i], sizeof counts[i]);

        n = write(p->wake_worker, &counts[i], sizeof counts[i]);
        (void)n;
    }
}

/* Everything, again and again. */
static void scribble(const struct pair *p, uint32_t *memory, unsigned *seed)
{
    size_t n = dw__ring_shared_size() / sizeof *memory;

    for (int round = 0; round < 40; round++) {
        for (size_t i = 0; i < n; i++)
            memory[i] = hostile_random(seed);
        wake_without_end(p);
    }
}

/* Only what leads the way: numbers of the meeting, positions, flags. */
static void scribble_head(const struct pair *p, uint32_t *memory, unsigned *seed)
{
    for (int round = 0; round < 40000; round++) {
        memory[hostile_random(seed) % 1024] = hostile_random(seed) >> (hostile_random(seed) % 32);
        if (round % 16 == 0)
            wake_without_end(p);
    }
}

/* Meets the store as it should, then sends nonsense, with true lengths and positions and without. */
static void send_nonsense(const struct pair *p, uint32_t *memory, unsigned *seed)
{
    struct ring_end *end = pair_end(p, true);
    char bytes[512];

    for (int round = 0; round < 2000; round++) {
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (char)hostile_random(seed);
        (void)dw__ring_sync(end);
        if (dw__ring_put(end, bytes, hostile_random(seed) % sizeof bytes, NULL, 0) == DW_OK)
            dw__ring_flush(end);
        else
            machine_pause(50);
        if (round % 100 == 99)
            memory[hostile_random(seed) % (dw__ring_shared_size() / sizeof *memory)] = hostile_random(seed);
    }
    wake_without_end(p);
}

/* Meets the store as it should, then says of a message that it is longer, or shorter, than it is. */
static void lie_about_lengths(const struct pair *p, uint32_t *memory, unsigned *seed)
{
    uint32_t *first = memory + (dw__ring_shared_size() - 2 * DW__RING_BYTES) / sizeof *memory;

    for (int round = 0; round < 50; round++) {
        struct ring_end *end = pair_end(p, true);

        for (int i = 0; i < 1000 && !dw__ring_connected(end); i++) {
            machine_pause(1000);
            (void)dw__ring_sync(end);
        }
        if (dw__ring_put(end, "0123456789012345678901234567890123456789", 40, NULL, 0) != DW_OK)
            _exit(1);
        *first = hostile_random(seed) >> (hostile_random(seed) % 32);
        dw__ring_flush(end);
        machine_pause(1000);
        dw__ring_end_free(end);
    }
}

static void attack(struct machine *m, void (*fn)(const struct pair *p, uint32_t *memory, unsigned *seed))
{
    const struct pair *p = &m->pairs[HOSTILE];
    unsigned seed = (unsigned)rand_r(&m->seed);
    pid_t pid = machine_fork();
    int status;

    if (pid == 0) {
        size_t n = dw__ring_shared_size();
        void *memory = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, p->memfd, 0);

        if (memory == MAP_FAILED || ftruncate(p->memfd, 0) == 0 || ftruncate(p->memfd, (off_t)n * 2) == 0)
            _exit(1);
        fn(p, memory, &seed);
        (void)kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
}

static void wait_for_more(struct machine *m, size_t more)
{
    size_t wanted = atomic_load(&m->acks->n) + more;

    for (int i = 0; atomic_load(&m->acks->n) < wanted; i++) {
        assert_true(i < 20000);
        machine_pause(1000);
    }
}

static void count_events(struct machine *m, size_t *broken)
{
    char name[160], line[4096];
    FILE *log;

    (void)snprintf(name, sizeof name, "%s/store.log", m->f.dir);
    log = fopen(name, "r");
    assert_non_null(log);
    *broken = 0;
    while (fgets(line, sizeof line, log)) {
        *broken += strstr(line, "store.ring_broken") != NULL;
        if (strstr(line, "store.ring_broken"))
            assert_non_null(strstr(line, "\"worker\":1"));
    }
    (void)fclose(log);
}

/* The hostile one's place is taken by one that is not: its writes work as well. */
static void replace_it(struct machine *m)
{
    unsigned number = m->started;
    size_t n = atomic_load(&m->acks->n);
    bool found = false;

    machine_work(m, HOSTILE);
    for (int i = 0; !found; i++) {
        assert_true(i < 20000);
        machine_pause(1000);
        for (size_t k = n; k < atomic_load(&m->acks->n) && !found; k++)
            found = atomic_load(&m->acks->v[k].said) && m->acks->v[k].worker == number;
    }
    machine_kill(&m->workers[HOSTILE]);
}

static void others_do_not_notice(void **state)
{
    static void (*const attacks[])(const struct pair *p, uint32_t *memory, unsigned *seed) = {
        scribble, scribble_head, send_nonsense, lie_about_lengths};
    struct machine *m = calloc(1, sizeof *m);
    char cut[160];
    size_t broken;

    (void)state;
    machine_init(m);
    machine_store(m);
    machine_work(m, 0);
    machine_work(m, 2);
    wait_for_more(m, 1);
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        attack(m, attacks[i]);
        wait_for_more(m, OTHERS_GO_ON);
        replace_it(m);
    }
    assert_int_equal(atomic_load(&m->acks->n_failed), 0);
    machine_kill_all(m);
    count_events(m, &broken);
    assert_true(broken > 0);
    (void)snprintf(cut, sizeof cut, "%s/cut.db", m->f.dir);
    assert_true(forgetful_cut(m->f.path, cut));
    (void)machine_check(m, cut);
    machine_release(m);
    free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others_do_not_notice),
    };

    (void)umask(077);
    forgetful_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
