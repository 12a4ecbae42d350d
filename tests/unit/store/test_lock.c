/* Who may write: one family, and of it one at a time, each in its turn. */
#include "store_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "store/lock.h"

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    fixture_init(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_release(*state);
    free(*state);
    return 0;
}

static void a_family_shares_and_strangers_are_refused(void **state)
{
    struct fixture *f = *state;
    int first, second, other;

    assert_int_equal(dw__sql_lock_open(f->path, 7, &first, &f->why), DW_OK);
    assert_int_equal(dw__sql_lock_open(f->path, 7, &second, &f->why), DW_OK);
    assert_int_equal(dw__sql_lock_open(f->path, 8, &other, &f->why), DW_CONFLICT);
    assert_int_equal(other, -1);
    assert_int_equal(dw__sql_lock_open(f->path, 6, &other, &f->why), DW_CONFLICT);
    assert_int_equal(dw__sql_lock_open(f->path, 0, &other, &f->why), DW_CONFLICT);
    (void)close(first);
    assert_int_equal(dw__sql_lock_open(f->path, 8, &other, &f->why), DW_CONFLICT);
    (void)close(second);
    assert_int_equal(dw__sql_lock_open(f->path, 8, &other, &f->why), DW_OK);
    (void)close(other);
}

static void closing_another_descriptor_drops_nothing(void **state)
{
    struct fixture *f = *state;
    char name[160];
    int fd, other;

    assert_int_equal(dw__sql_lock_open(f->path, 7, &fd, &f->why), DW_OK);
    (void)snprintf(name, sizeof name, "%s-lock", f->path);
    other = open(name, O_RDONLY | O_CLOEXEC);
    assert_true(other >= 0);
    (void)close(other);
    assert_int_equal(dw__sql_lock_open(f->path, 8, &other, &f->why), DW_CONFLICT);
    (void)close(fd);
}

static void a_visitor_waits_for_the_turn_and_joins_nobody(void **state)
{
    struct fixture *f = *state;
    int visitor, family, other;

    assert_int_equal(dw__sql_lock_open(f->path, 7, &family, &f->why), DW_OK);
    assert_int_equal(dw__sql_lock_visit(f->path, &visitor, &f->why), DW_OK);
    assert_true(dw__sql_lock_take(family));
    alarm(60);
    if (fork() == 0) { /* gets it only when it is given */
        int mine;
        bool got = dw__sql_lock_visit(f->path, &mine, &f->why) == DW_OK;

        _exit(got && dw__sql_lock_take(mine) ? 0 : 1);
    }
    (void)nanosleep(&(struct timespec){0, 200000000}, NULL);
    assert_int_equal(waitpid(-1, &(int){0}, WNOHANG), 0);
    dw__sql_lock_give(family);
    int status = -1;
    assert_true(wait(&status) > 0 && status == 0);
    alarm(0);
    (void)close(family);
    assert_int_equal(dw__sql_lock_open(f->path, 8, &other, &f->why), DW_OK); /* it kept nobody out */
    (void)close(other);
    (void)close(visitor);
}

static double seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct shared {
    _Atomic int inside, together, ready;
    _Atomic long turns[2];
};

/* Takes one turn after the other, and works for 200 microseconds in each. */
static void take_turns(struct shared *s, const char *path, int who)
{
    struct buf why;
    char memory[256];
    int fd;
    double end;

    dw__buf_init_fixed(&why, memory, sizeof memory);
    if (dw__sql_lock_open(path, 7, &fd, &why) != DW_OK)
        _exit(1);
    s->ready++;
    while (s->ready < 2)
        (void)usleep(1000);
    end = seconds() + 0.5;
    while (seconds() < end) {
        if (!dw__sql_lock_take(fd))
            _exit(2);
        if (++s->inside != 1)
            s->together++;
        for (double until = seconds() + 0.0002; seconds() < until;)
            ;
        s->inside--;
        s->turns[who]++;
        dw__sql_lock_give(fd);
    }
    _exit(0);
}

static void turns_are_taken_alone(void **state)
{
    struct fixture *f = *state;
    struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pids[2];

    assert_ptr_not_equal(s, MAP_FAILED);
    for (int i = 0; i < 2; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            take_turns(s, f->path, i);
    }
    for (int i = 0; i < 2; i++) {
        int status;

        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(s->together, 0);
    assert_true(s->turns[0] > 0 && s->turns[1] > 0);
    (void)munmap(s, sizeof *s);
}

static bool sleeps(pid_t pid)
{
    char path[64], text[256] = "";
    FILE *f;
    const char *end;

    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    f = fopen(path, "r");
    if (f == NULL)
        return false;
    (void)!fread(text, 1, sizeof text - 1, f);
    (void)fclose(f);
    end = strrchr(text, ')');
    return end != NULL && end[1] == ' ' && end[2] == 'S';
}

struct rounds {
    _Atomic int round, asked, got;
};

#define ROUNDS 20

/* Asks once in each round, on the same core and only when nobody else wants it. */
static void ask_in_each_round(struct rounds *s, int fd)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
        sched_setscheduler(0, SCHED_IDLE, &(struct sched_param){0}) != 0)
        _exit(3);
    for (int r = 1; r <= ROUNDS; r++) {
        while (s->round < r)
            (void)usleep(200);
        s->asked = r;
        if (!dw__sql_lock_take(fd))
            _exit(2);
        s->got = r;
        dw__sql_lock_give(fd);
    }
    _exit(0);
}

static void who_waits_is_next(void **state)
{
    struct fixture *f = *state;
    struct rounds *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cpu_set_t all, one;
    int mine, its, status;
    pid_t pid;

    assert_ptr_not_equal(s, MAP_FAILED);
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    CPU_ZERO(&one);
    for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &all))
            CPU_SET(i, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(dw__sql_lock_open(f->path, 7, &mine, &f->why), DW_OK);
    assert_int_equal(dw__sql_lock_open(f->path, 7, &its, &f->why), DW_OK);
    pid = fork();
    if (pid == 0)
        ask_in_each_round(s, its);
    for (int r = 1; r <= ROUNDS; r++) {
        assert_true(dw__sql_lock_take(mine));
        s->round = r;
        while (s->asked < r || !sleeps(pid))
            (void)usleep(500);
        dw__sql_lock_give(mine);
        assert_true(dw__sql_lock_take(mine));
        assert_int_equal(s->got, r);
        dw__sql_lock_give(mine);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
    (void)close(mine);
    (void)close(its);
    (void)munmap(s, sizeof *s);
}

static void a_turn_ends_with_its_process(void **state)
{
    struct fixture *f = *state;
    int fd, status;
    pid_t pid = fork();

    if (pid == 0) {
        if (dw__sql_lock_open(f->path, 7, &fd, &f->why) != DW_OK || !dw__sql_lock_take(fd))
            _exit(1);
        _exit(0); /* without giving it */
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(dw__sql_lock_open(f->path, 8, &fd, &f->why), DW_OK);
    assert_true(dw__sql_lock_take(fd));
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_family_shares_and_strangers_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(closing_another_descriptor_drops_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_visitor_waits_for_the_turn_and_joins_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(turns_are_taken_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_waits_is_next, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_turn_ends_with_its_process, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
