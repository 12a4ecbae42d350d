/* The power is cut at random moments while workers write: what was acknowledged is in what the disk kept.
 *
 * DEWAR_CUT_ROUNDS rounds (50), each on the disk that the one before left. In every other round the disk has kept nothing that came
 * after the last sync; in the others it has kept any part of that. */
#include "machine.h"

#include <sys/stat.h>

static unsigned pick(struct machine *m, unsigned below)
{
    return (unsigned)rand_r(&m->seed) % below;
}

/* In the store: a disk takes its time, so that an answer that does not wait for it is caught. */
static void slow_disk(void *self)
{
    struct machine *m = self;

    machine_pause(pick(m, 3000));
}

static void name_of(const struct machine *m, unsigned round, char out[static 96])
{
    (void)snprintf(out, 96, "%s/%u.db", m->f.dir, round);
}

/* The disk begins with what it has. */
static void keep_what_is_there(const char *path)
{
    char wal[600], durable[600];

    (void)snprintf(durable, sizeof durable, "%s.durable", path);
    (void)forgetful_copy(path, durable);
    (void)snprintf(wal, sizeof wal, "%s-wal", path);
    (void)snprintf(durable, sizeof durable, "%s-wal.durable", path);
    (void)forgetful_copy(wal, durable);
}

/* Makes `to` what a disk that was at work had of `from`. */
static void cut_torn(struct machine *m, const char *from, const char *to)
{
    static const char *const tails[] = {"", "-wal"};

    for (size_t i = 0; i < 2; i++) {
        char synced[600], written[600], out[600];

        (void)snprintf(synced, sizeof synced, "%s%s.durable", from, tails[i]);
        (void)snprintf(written, sizeof written, "%s%s", from, tails[i]);
        (void)snprintf(out, sizeof out, "%s%s", to, tails[i]);
        assert_true(forgetful_tear(synced, written, out, &m->seed));
    }
}

static void copy_database(const char *from, const char *to)
{
    char a[600], b[600];

    assert_true(forgetful_copy(from, to));
    (void)snprintf(a, sizeof a, "%s-wal", from);
    (void)snprintf(b, sizeof b, "%s-wal", to);
    (void)unlink(b);
    assert_true(access(a, F_OK) != 0 || forgetful_copy(a, b));
}

static void run_until_the_cut(struct machine *m)
{
    size_t before = atomic_load(&m->acks->n);

    forgetful_self = m;
    forgetful_before_sync = slow_disk;
    machine_store(m);
    for (unsigned i = 0; i < MACHINE_RINGS; i++)
        machine_work(m, i);
    for (int i = 0; i < 5000 && atomic_load(&m->acks->n) == before; i++)
        machine_pause(1000);
    machine_pause(pick(m, 150000));
    if (pick(m, 3) == 0) {
        machine_kill(&m->workers[0]);
        machine_work(m, 0);
        machine_pause(pick(m, 60000));
    }
    machine_kill_all(m);
}

static void what_was_acknowledged_outlives_the_power(void **state)
{
    struct machine *m = calloc(1, sizeof *m);
    unsigned rounds = machine_number("DEWAR_CUT_ROUNDS", 50);
    char next[96], copy[96];
    size_t before = 0;

    (void)state;
    machine_init(m);
    (void)snprintf(copy, sizeof copy, "%s/copy.db", m->f.dir);
    for (m->round = 0; m->round < rounds; m->round++) {
        size_t n;
        int64_t rows;

        name_of(m, m->round, m->f.path);
        keep_what_is_there(m->f.path);
        run_until_the_cut(m);
        name_of(m, m->round + 1, next);
        if (m->round % 2 == 0)
            assert_true(forgetful_cut(m->f.path, next));
        else
            cut_torn(m, m->f.path, next);
        copy_database(next, copy);
        rows = machine_check(m, copy);
        n = atomic_load(&m->acks->n);
        print_message("# round %u: %zu acknowledged, %lld rows\n", m->round, n, (long long)rows);
        assert_true(n > before);
        before = n;
    }
    machine_release(m);
    free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_acknowledged_outlives_the_power),
    };

    (void)umask(077);
    forgetful_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
