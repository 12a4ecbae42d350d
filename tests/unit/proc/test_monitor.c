/* The monitor with children that are this very program, started again: each does what a shared page tells it to, and reports what
 * happens to it through a pipe. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "proc/child.h"
#include "proc/msg.h"

enum behaviour {
    OBEYS,
    FAILS_78,
    NEVER_READY,
    IGNORES_DRAIN,
    TALKS_NONSENSE,
    READY_TWICE,
    CLOSES_CONTROL,
    BLAMES
};

/* What every child is told to do, by role and index; on a page that all share. */
struct orders {
    volatile int of[3][4];
};

enum event { UP = 1, DRAINED, ADOPTED, GAVE_UP, HAS_LOG, STORE_DOWN, STORE_UP, ALL_READY };
struct report {
    int event, role, index, pid, number, uid, gid;
};

extern char **environ;

/* ---- in the child ---- */

static struct child {
    enum role role;
    unsigned index;
    int behaviour, report;
    struct loop *loop;
    struct child_link *link;
} child;

static void report(int fd, enum event event, int role, int index, int number)
{
    struct report r = {event, role, index, (int)getpid(), number, (int)getuid(), (int)getgid()};
    ssize_t n = write(fd, &r, sizeof r);

    if (n != (ssize_t)sizeof r)
        _exit(99);
}

static void say(enum event event, int number)
{
    report(child.report, event, (int)child.role, (int)child.index, number);
}

static void on_drain(void *self, bool last)
{
    (void)last;
    (void)self;
    if (child.behaviour == IGNORES_DRAIN)
        return;
    say(DRAINED, 0);
    dw__loop_stop(child.loop);
}

static void on_log(void *self, int fd)
{
    (void)self;
    dprintf(fd, "%d\n", (int)getpid());
    close(fd);
    say(HAS_LOG, 0);
}

static void on_adopt(void *self, unsigned index)
{
    (void)self;
    say(ADOPTED, (int)index);
}

static void on_give_up(void *self, unsigned index)
{
    (void)self;
    say(GAVE_UP, (int)index);
}

static void on_store_down(void *self)
{
    (void)self;
    say(STORE_DOWN, 0);
}

static void on_store_up(void *self)
{
    (void)self;
    say(STORE_UP, 0);
}

/* What is not as a child of the monitor should find it: 0 when all is. */
static int surroundings(size_t n_fds)
{
    unsigned expected = 7 + (unsigned)n_fds, open_now = 0;
    DIR *dir = opendir("/proc/self/fd");
    const struct dirent *entry;
    int death = 0;

    while (dir != NULL && (entry = readdir(dir)) != NULL)
        open_now += entry->d_name[0] != '.';
    if (dir == NULL || open_now != expected + 1) /* the directory itself */
        return 1;
    closedir(dir);
    if (environ[0] != NULL)
        return 2;
    if (prctl(PR_GET_PDEATHSIG, &death) != 0 || death != SIGKILL)
        return 3;
    return 0;
}

static void misbehave(void)
{
    struct msg msg = {MSG_DRAIN, 0};
    ssize_t n;

    switch (child.behaviour) {
    case TALKS_NONSENSE:
        n = write(CHILD_FD_CONTROL, &msg, sizeof msg);
        (void)n;
        break;
    case READY_TWICE: dw__child_ready(child.link); break;
    case BLAMES: dw__child_blame(child.link, 1); break;
    case CLOSES_CONTROL:
        dw__child_link_free(child.link);
        child.link = NULL;
        close(CHILD_FD_CONTROL);
        break;
    default: break;
    }
}

static int child_main(size_t n_fds)
{
    static const struct child_handlers handlers = {NULL,       on_drain,      on_log,     on_adopt,
                                                   on_give_up, on_store_down, on_store_up};
    const struct orders *orders =
        mmap(NULL, sizeof *orders, PROT_READ | PROT_WRITE, MAP_SHARED, CHILD_FD_BLOB, 0);
    int odd = surroundings(n_fds);

    child.report = CHILD_FD_FIRST;
    signal(SIGSEGV, SIG_DFL); /* not a sanitizer's, which would exit instead */
    if (orders == MAP_FAILED)
        return 98;
    child.behaviour = orders->of[child.role][child.index];
    if (child.behaviour == FAILS_78)
        return 78;
    if (dw__loop_new(&child.loop) != DW_OK || dw__child_link_new(&child.link, child.loop, &handlers) != DW_OK)
        return 97;
    if (child.behaviour != NEVER_READY) {
        say(UP, odd);
        dw__child_ready(child.link);
        misbehave();
    }
    dw__loop_run(child.loop);
    dw__child_link_free(child.link);
    dw__loop_free(child.loop);
    return 0;
}

/* ---- the monitor, in a process of its own ---- */

static struct {
    struct orders *orders;
    int orders_fd, report_in, report_out, log_fd, second_log;
    pid_t pid;
    unsigned ready_ms, drain_ms;
    bool reloads, drop;
} rig;

static int log_fd(void *self)
{
    (void)self;
    return rig.log_fd;
}

static int open_log(void *self)
{
    (void)self;
    return dup(rig.second_log);
}

static void all_ready(void *self)
{
    (void)self;
    report(rig.report_out, ALL_READY, 0, 0, 0);
}

static const struct child_spec *specs(void)
{
    static struct child_spec all[3];

    all[0] = (struct child_spec){ROLE_STORE, 0, rig.orders_fd, &rig.report_out, 1};
    all[1] = (struct child_spec){ROLE_WORKER, 0, rig.orders_fd, &rig.report_out, 1};
    all[2] = (struct child_spec){ROLE_WORKER, 1, rig.orders_fd, &rig.report_out, 1};
    return all;
}

static dw_err reload(void *self, const struct child_spec **children, size_t *n)
{
    (void)self;
    *children = specs();
    *n = 3;
    return rig.reloads ? DW_OK : DW_INVALID;
}

static int monitor_main(void)
{
    struct monitor_config config = {
        .name = "test",
        .children = specs(),
        .n_children = 3,
        .ready_ms = rig.ready_ms,
        .drain_ms = rig.drain_ms,
        .drop = rig.drop,
        .uid = 65534,
        .gid = 65533,
        .open_log = open_log,
        .log_fd = log_fd,
        .ready = all_ready,
        .reload = reload,
    };
    int status = 96;

    close(rig.report_in);
    if (dw__loop_new(&config.loop) == DW_OK &&
        dw__log_new(&config.log, dup(rig.log_fd), DW_LOG_LEVEL_DEBUG, "monitor") == DW_OK)
        status = dw__monitor_run(&config);
    dw__log_free(config.log);
    dw__loop_free(config.loop);
    return status;
}

/* ---- in the test ---- */

static int set_up(void **state)
{
    int pair[2];

    (void)state;
    memset(&rig, 0, sizeof rig);
    rig.ready_ms = 10000;
    rig.drain_ms = 10000;
    rig.orders_fd = memfd_create("orders", MFD_CLOEXEC);
    rig.log_fd = memfd_create("log", MFD_CLOEXEC);
    rig.second_log = memfd_create("log 2", MFD_CLOEXEC);
    (void)fcntl(rig.second_log, F_SETFL, O_APPEND); /* several processes write to it */
    if (ftruncate(rig.orders_fd, sizeof *rig.orders) != 0 || pipe(pair) != 0)
        return -1;
    rig.orders = mmap(NULL, sizeof *rig.orders, PROT_READ | PROT_WRITE, MAP_SHARED, rig.orders_fd, 0);
    rig.report_in = pair[0];
    rig.report_out = pair[1];
    return rig.orders == MAP_FAILED ? -1 : 0;
}

static void start(void)
{
    fflush(NULL);
    rig.pid = fork();
    assert_true(rig.pid >= 0);
    if (rig.pid == 0)
        _exit(monitor_main());
    close(rig.report_out);
    rig.report_out = -1;
}

static int tear_down(void **state)
{
    (void)state;
    if (rig.pid > 0) {
        kill(rig.pid, SIGKILL);
        waitpid(rig.pid, NULL, 0);
    }
    munmap(rig.orders, sizeof *rig.orders);
    close(rig.orders_fd);
    close(rig.log_fd);
    close(rig.second_log);
    close(rig.report_in);
    if (rig.report_out >= 0)
        close(rig.report_out);
    return 0;
}

/* The next report; event 0 when all who could make one are gone. */
static struct report next(void)
{
    struct pollfd p = {rig.report_in, POLLIN, 0};
    struct report r = {0};

    if (poll(&p, 1, 15000) != 1)
        fail_msg("nothing is reported any more");
    ssize_t n = read(rig.report_in, &r, sizeof r);
    assert_true(n == 0 || n == (ssize_t)sizeof r);
    return r;
}

static struct report expect(enum event event, int role)
{
    struct report r = next();

    if (r.event != (int)event || (role != 0 && r.role != role))
        fail_msg("expected event %d of role %d, got event %d of role %d", event, role, r.event, r.role);
    return r;
}

/* Skips to the next report of `event`. */
static struct report await(enum event event, int role, int index)
{
    struct report r;

    do {
        r = next();
        if (r.event == 0)
            fail_msg("all ended, and event %d never came", event);
    } while (r.event != (int)event || r.role != role || r.index != index);
    return r;
}

static void pids_of_all(int pids[3])
{
    for (int i = 0; i < 3; i++) {
        struct report r = expect(UP, i == 0 ? ROLE_STORE : ROLE_WORKER);

        assert_int_equal(r.number, 0); /* surroundings */
        pids[r.role == ROLE_STORE ? 0 : 1 + r.index] = r.pid;
    }
    expect(ALL_READY, 0);
}

static int status_of_monitor(void)
{
    int status = -1;

    assert_int_equal(waitpid(rig.pid, &status, 0), rig.pid);
    rig.pid = 0;
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static bool in_log(const char *what)
{
    char text[65536];
    ssize_t n = pread(rig.log_fd, text, sizeof text - 1, 0);

    text[n > 0 ? n : 0] = 0;
    return strstr(text, what) != NULL;
}

/* Log lines come a little after what they tell of. */
static void await_log(const char *what)
{
    for (int i = 0; i < 1000 && !in_log(what); i++)
        usleep(10000);
    assert_true(in_log(what));
}

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void stop_and_see_all_end(void)
{
    struct report r;

    kill(rig.pid, SIGTERM);
    do
        r = next();
    while (r.event != 0);
    assert_int_equal(status_of_monitor(), 0);
}

/* ---- scenarios ---- */

static void up_in_order_and_down_in_reverse(void **state)
{
    int pids[3];
    struct report r;

    (void)state;
    start();
    pids_of_all(pids);
    kill(rig.pid, SIGTERM);
    expect(DRAINED, ROLE_WORKER);
    expect(DRAINED, ROLE_WORKER);
    expect(DRAINED, ROLE_STORE);
    r = next();
    assert_int_equal(r.event, 0);
    assert_int_equal(status_of_monitor(), 0);
    assert_true(in_log("\"child.ended\"") && in_log("\"child\":\"worker 1\"") && in_log("monitor.draining"));
    assert_false(in_log("child.killed") || in_log("child.died"));
}

static void interrupt_drains_too(void **state)
{
    int pids[3];

    (void)state;
    start();
    pids_of_all(pids);
    kill(rig.pid, SIGINT);
    expect(DRAINED, ROLE_WORKER);
    expect(DRAINED, ROLE_WORKER);
    expect(DRAINED, ROLE_STORE);
    assert_int_equal(status_of_monitor(), 0);
}

static void a_crash_is_replaced_after_a_pause_that_grows(void **state)
{
    int pids[3];
    struct report r;
    uint64_t began;

    (void)state;
    start();
    pids_of_all(pids);
    for (unsigned round = 0, pause = 100; round < 3; round++, pause *= 2) {
        began = now_ms();
        kill(pids[1], SIGSEGV);
        r = expect(ADOPTED, ROLE_WORKER); /* its sibling takes its listeners */
        assert_int_equal(r.index, 1);
        assert_int_equal(r.number, 0);
        r = expect(UP, ROLE_WORKER);
        assert_int_equal(r.index, 0);
        assert_int_not_equal(r.pid, pids[1]);
        assert_true(now_ms() - began >= pause - 2);
        pids[1] = r.pid;
        r = expect(GAVE_UP, ROLE_WORKER);
        assert_int_equal(r.number, 0);
    }
    await_log("\"child.died\"");
    await_log("\"signal\":\"SEGV\"");
    await_log("\"in_ms\":400");
    stop_and_see_all_end();
}

static void listeners_move_on_when_the_adopter_dies(void **state)
{
    int pids[3];
    struct report r;

    (void)state;
    start();
    pids_of_all(pids);
    rig.orders->of[ROLE_WORKER][0] = FAILS_78; /* comes back, and fails, and fails … */
    kill(pids[1], SIGKILL);
    expect(ADOPTED, ROLE_WORKER);
    kill(pids[2], SIGKILL);
    r = await(UP, ROLE_WORKER, 1);
    r = await(ADOPTED, ROLE_WORKER, 1);
    assert_int_equal(r.number, 0);
    await_log("\"status\":78");
    rig.orders->of[ROLE_WORKER][0] = OBEYS;
    r = await(UP, ROLE_WORKER, 0);
    r = await(GAVE_UP, ROLE_WORKER, 1);
    stop_and_see_all_end();
}

static void the_store_comes_back_and_workers_hear_of_it(void **state)
{
    int pids[3], down = 0, up = 0;

    (void)state;
    start();
    pids_of_all(pids);
    kill(pids[0], SIGABRT);
    while (up < 2) {
        struct report r = next();

        if (r.event == UP)
            assert_true(r.role == ROLE_STORE && down == 2);
        down += r.event == STORE_DOWN;
        up += r.event == STORE_UP;
        assert_true(r.event != 0);
    }
    stop_and_see_all_end();
}

static void a_failing_first_start_ends_with_its_status(void **state)
{
    (void)state;
    rig.orders->of[ROLE_WORKER][1] = FAILS_78;
    start();
    while (next().event != 0)
        ;
    assert_int_equal(status_of_monitor(), 78);
    assert_false(in_log("child.respawn"));
}

static void a_failing_store_starts_no_worker(void **state)
{
    (void)state;
    rig.orders->of[ROLE_STORE][0] = FAILS_78;
    start();
    assert_int_equal(next().event, 0);
    assert_int_equal(status_of_monitor(), 78);
}

static void a_child_that_is_never_ready_ends_the_start(void **state)
{
    (void)state;
    rig.orders->of[ROLE_WORKER][0] = NEVER_READY;
    rig.ready_ms = 2000;
    start();
    while (next().event != 0)
        ;
    assert_int_equal(status_of_monitor(), EX_SOFTWARE);
    assert_true(in_log("it was not READY in time"));
}

static void stopping_while_starting(void **state)
{
    (void)state;
    rig.orders->of[ROLE_WORKER][0] = rig.orders->of[ROLE_WORKER][1] = NEVER_READY;
    start();
    expect(UP, ROLE_STORE);
    await_log("child.ready");
    kill(rig.pid, SIGTERM);
    expect(DRAINED, ROLE_WORKER);
    expect(DRAINED, ROLE_WORKER);
    expect(DRAINED, ROLE_STORE);
    assert_int_equal(status_of_monitor(), 0);
}

static void who_does_not_drain_is_killed(void **state)
{
    int pids[3];
    uint64_t began;

    (void)state;
    rig.orders->of[ROLE_WORKER][0] = IGNORES_DRAIN;
    rig.drain_ms = 300;
    start();
    pids_of_all(pids);
    began = now_ms();
    kill(rig.pid, SIGTERM);
    await(DRAINED, ROLE_WORKER, 1);
    await(DRAINED, ROLE_STORE, 0); /* still asked politely, afterwards */
    assert_true(now_ms() - began >= 298);
    assert_int_equal(status_of_monitor(), 0);
    assert_true(in_log("it did not end in time"));
}

static void asking_twice_hurries(void **state)
{
    int pids[3];
    uint64_t began;

    (void)state;
    rig.orders->of[ROLE_WORKER][0] = IGNORES_DRAIN;
    start();
    pids_of_all(pids);
    began = now_ms();
    kill(rig.pid, SIGTERM);
    await(DRAINED, ROLE_WORKER, 1);
    kill(rig.pid, SIGINT);
    await(DRAINED, ROLE_STORE, 0);
    assert_int_equal(status_of_monitor(), 0);
    assert_true(now_ms() - began < 5000);
}

static void the_log_is_opened_anew(void **state)
{
    int pids[3], got;
    char text[4096] = {0}, line[16];

    (void)state;
    start();
    pids_of_all(pids);
    await_log("child.ready");
    kill(rig.pid, SIGUSR1);
    for (got = 0; got < 3; got++)
        expect(HAS_LOG, 0);
    assert_true(pread(rig.second_log, text, sizeof text - 1, 0) > 0);
    for (int i = 0; i < 3; i++) {
        snprintf(line, sizeof line, "%d\n", pids[i]);
        assert_non_null(strstr(text, line));
    }
    stop_and_see_all_end();
    assert_true(in_log("child.ready"));
    assert_false(in_log("monitor.draining")); /* that is in the second log */
}

static void children_do_not_outlive_the_monitor(void **state)
{
    int pids[3];

    (void)state;
    start();
    pids_of_all(pids);
    kill(rig.pid, SIGKILL);
    waitpid(rig.pid, NULL, 0);
    rig.pid = 0;
    assert_int_equal(next().event, 0); /* every end of the pipe is closed */
}

/* A child that does `what` is killed for `why` and replaced by one that behaves. */
static void killed_for(enum role role, int index, enum behaviour what, enum role victim, int victim_index,
                       const char *why)
{
    int pids[3];

    start();
    pids_of_all(pids);
    rig.orders->of[role][index] = (int)what;
    kill(pids[role == ROLE_STORE ? 0 : 1 + index], SIGKILL);
    await(UP, (int)role, index);
    rig.orders->of[role][index] = OBEYS;
    await(UP, (int)victim, victim_index);
    await_log(why);
    stop_and_see_all_end();
}

static void a_message_it_may_not_send(void **state)
{
    (void)state;
    killed_for(ROLE_WORKER, 1, TALKS_NONSENSE, ROLE_WORKER, 1, "a message that it may not send");
}

static void ready_twice(void **state)
{
    (void)state;
    killed_for(ROLE_WORKER, 0, READY_TWICE, ROLE_WORKER, 0, "it was READY twice");
}

static void a_closed_control_socket(void **state)
{
    (void)state;
    killed_for(ROLE_WORKER, 0, CLOSES_CONTROL, ROLE_WORKER, 0, "it closed its control socket");
}

static void a_worker_that_the_store_blames(void **state)
{
    (void)state;
    killed_for(ROLE_STORE, 0, BLAMES, ROLE_WORKER, 1, "it broke the rules towards the store");
}

/* What its predecessor did is found when a worker has been started, but has met nobody yet. */
static void a_worker_is_not_blamed_for_its_predecessor(void **state)
{
    int pids[3];

    (void)state;
    rig.orders->of[ROLE_STORE][0] = BLAMES; /* at once, while workers start */
    start();
    pids_of_all(pids);
    stop_and_see_all_end();
    assert_false(in_log("it broke the rules towards the store"));
}

static void a_reload_starts_the_new_before_the_old_drains(void **state)
{
    int pids[3], up = 0, drained = 0;

    (void)state;
    rig.reloads = true;
    start();
    pids_of_all(pids);
    kill(rig.pid, SIGHUP);
    while (drained < 3) {
        struct report r = next();
        bool is_old = r.pid == pids[0] || r.pid == pids[1] || r.pid == pids[2];

        up += r.event == UP;
        if (r.event == DRAINED) {
            assert_true(is_old);
            assert_int_equal(up, 3);
            drained++;
        }
        assert_true(r.event != 0);
    }
    stop_and_see_all_end();
    assert_true(in_log("reload.done"));
}

static void a_reload_that_fails_changes_nothing(void **state)
{
    int pids[3];
    struct report r;

    (void)state;
    rig.reloads = true;
    start();
    pids_of_all(pids);
    rig.orders->of[ROLE_WORKER][0] = FAILS_78;
    kill(rig.pid, SIGHUP);
    do { /* the new store and perhaps the other new worker end; nobody old does */
        r = next();
        assert_true(r.event != 0);
        assert_true(r.pid != pids[0] && r.pid != pids[1] && r.pid != pids[2]);
    } while (r.event != DRAINED || r.role != ROLE_STORE);
    rig.orders->of[ROLE_WORKER][0] = OBEYS;
    kill(pids[1], SIGSEGV); /* and is still looked after */
    r = await(UP, ROLE_WORKER, 0);
    await_log("reload.failed");
    stop_and_see_all_end();
}

static void children_run_as_the_unprivileged_account(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    rig.drop = true;
    start();
    for (int i = 0; i < 3; i++) {
        struct report r = expect(UP, 0);

        assert_int_equal(r.uid, 65534);
        assert_int_equal(r.gid, 65533);
    }
    stop_and_see_all_end();
}

static void a_refused_reload_changes_nothing(void **state)
{
    int pids[3];

    (void)state;
    start();
    pids_of_all(pids);
    kill(rig.pid, SIGHUP);
    kill(pids[1], SIGSEGV);
    await(UP, ROLE_WORKER, 0);
    await_log("reload.refused");
    stop_and_see_all_end();
}

/* ---- argv ---- */

static bool is_child(const char *who, const char *count)
{
    char *argv[] = {(char *)who, (char *)count, NULL};
    enum role role;
    unsigned index;
    size_t n;

    return dw__child_is(2, argv, &role, &index, &n);
}

static void only_what_the_monitor_wrote_is_a_child(void **state)
{
    int saved = dup(CHILD_FD_CONTROL), pair[2];
    static const char *const names[] = {
        "x",         "x: worker", "x: worker 64", "x: worker -1", "x: worker 1 ", "x:worker 1",  "x: store 0",
        "x: keeper", "",          ": ",           "x: ",          "x: worker 1x", "x: worker  1"};
    static const char *const counts[] = {"",
                                         "7",
                                         "(descriptors)",
                                         "( descriptors)",
                                         "(241 descriptors)",
                                         "(7 descriptors) ",
                                         "(-1 descriptors)",
                                         "(7 descriptors"};

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    assert_int_equal(dup2(pair[0], CHILD_FD_CONTROL), CHILD_FD_CONTROL);
    assert_true(is_child("x: worker 63", "(240 descriptors)"));
    assert_true(is_child("a: b: store", "(0 descriptors)"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_false(is_child(names[i], "(7 descriptors)"));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        assert_false(is_child("x: worker 1", counts[i]));
    close(pair[0]);
    close(pair[1]);
    assert_int_equal(dup2(rig.report_in, CHILD_FD_CONTROL), CHILD_FD_CONTROL);
    assert_false(is_child("x: worker 1", "(7 descriptors)")); /* 3 is a pipe */
    close(CHILD_FD_CONTROL);
    if (saved >= 0) {
        assert_int_equal(dup2(saved, CHILD_FD_CONTROL), CHILD_FD_CONTROL);
        close(saved);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(up_in_order_and_down_in_reverse),
        TEST(interrupt_drains_too),
        TEST(a_crash_is_replaced_after_a_pause_that_grows),
        TEST(listeners_move_on_when_the_adopter_dies),
        TEST(the_store_comes_back_and_workers_hear_of_it),
        TEST(a_failing_first_start_ends_with_its_status),
        TEST(a_failing_store_starts_no_worker),
        TEST(a_child_that_is_never_ready_ends_the_start),
        TEST(stopping_while_starting),
        TEST(who_does_not_drain_is_killed),
        TEST(asking_twice_hurries),
        TEST(the_log_is_opened_anew),
        TEST(children_do_not_outlive_the_monitor),
        TEST(a_message_it_may_not_send),
        TEST(ready_twice),
        TEST(a_closed_control_socket),
        TEST(a_worker_that_the_store_blames),
        TEST(a_worker_is_not_blamed_for_its_predecessor),
        TEST(a_reload_starts_the_new_before_the_old_drains),
        TEST(a_reload_that_fails_changes_nothing),
        TEST(children_run_as_the_unprivileged_account),
        TEST(a_refused_reload_changes_nothing),
        TEST(only_what_the_monitor_wrote_is_a_child),
    };
    size_t n_fds;

    if (dw__child_is(argc, argv, &child.role, &child.index, &n_fds))
        return child_main(n_fds);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
