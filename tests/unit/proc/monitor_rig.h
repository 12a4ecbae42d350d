/* The monitor with children that are this very program, started again: each does what a shared page tells it to, and reports what
 * happens to it through a pipe. A test program includes it once. */
#ifndef TEST_MONITOR_RIG_H
#define TEST_MONITOR_RIG_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/socket.h"
#include "proc/child.h"
#include "proc/msg.h"

enum behaviour {
    OBEYS,
    FAILS_78,
    NEVER_READY,
    READY_LATE,
    DIES_LATER,
    IGNORES_DRAIN,
    FLOODS_AT_DRAIN,
    TALKS_NONSENSE,
    TALKS_IN_PIECES,
    READY_TWICE,
    READY_WITHOUT_END,
    CLOSES_CONTROL,
    CLOSES_TELL,
    SENDS_DESCRIPTORS,
    BLAMES,
    BLAMES_NOBODY,
    BLAMES_WITHOUT_END,
    STOPS,
    LEAVES_A_COPY,
    LEAVES_A_SIBLING
};
#define LATE_MS 600
#define LATER_MS 150

/* What every child is told to do, by role and index; on a page that all share. */
struct orders {
    volatile int of[ROLE_PROBE][4];
};

enum event { UP = 1, DRAINED, ADOPTED, GAVE_UP, HAS_LOG, STORE_DOWN, STORE_UP, KEEPER_UP, ALL_READY, DID };
#define AGAIN 256 /* in the number of UP: it was told that it takes another's place */
struct report {
    int event, role, index, pid, number, uid, gid;
};

extern char **environ;

/* ---- in the child ---- */

static struct child {
    struct child_self self;
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
    report(child.report, event, (int)child.self.role, (int)child.self.index, number);
}

static void write_raw(const void *p, size_t n)
{
    ssize_t done = write(CHILD_FD_TELL, p, n);

    (void)done;
}

/* As many as the pipe takes. */
static void be_ready_without_end(void)
{
    const struct msg ready = {MSG_READY, 0};

    for (int i = 0; i < 8000; i++)
        write_raw(&ready, sizeof ready);
}

static void on_drain(void *self, bool last)
{
    (void)last;
    (void)self;
    if (child.behaviour == FLOODS_AT_DRAIN)
        be_ready_without_end();
    if (child.behaviour == IGNORES_DRAIN || child.behaviour == FLOODS_AT_DRAIN)
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

static void on_keeper_up(void *self)
{
    (void)self;
    say(KEEPER_UP, 0);
}

/* What is not as a child of the monitor should find it: 0 when all is. */
static int surroundings(size_t n_fds)
{
    unsigned expected = CHILD_FD_FIRST + (unsigned)n_fds, open_now = 0;
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

/* Whether the monitor's end of the socket takes a descriptor: 0, or -errno. */
static int send_descriptor(void)
{
    struct msg msg = {MSG_READY, 0};

    return dw__message_send(CHILD_FD_CONTROL, &msg, sizeof msg, STDERR_FILENO);
}

/* A process that this one's death does not end; reports its number. It keeps neither the pipe to the monitor nor that to the test. */
static void leave(unsigned long flags)
{
    pid_t pid = (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);

    if (pid == 0) {
        alarm(60); /* should nobody end it */
        setsid();
        close(child.report);
        for (;;)
            pause();
    }
    say(DID, (int)pid);
    kill(getpid(), SIGKILL);
}

static void misbehave(void)
{
    const struct msg drain = {MSG_DRAIN, 0}, ready = {MSG_READY, 0};

    switch ((enum behaviour)child.behaviour) {
    case TALKS_NONSENSE: write_raw(&drain, sizeof drain); break;
    case TALKS_IN_PIECES: write_raw(&ready, 3); break;
    case READY_TWICE: dw__child_ready(child.link); break;
    case READY_WITHOUT_END: be_ready_without_end(); break;
    case BLAMES: dw__child_blame(child.link, 1); break;
    case BLAMES_NOBODY: dw__child_blame(child.link, 2); break;
    case BLAMES_WITHOUT_END:
        for (int i = 0; i < 1000; i++)
            dw__child_blame(child.link, 1);
        break;
    case CLOSES_CONTROL:
        dw__child_link_free(child.link);
        child.link = NULL;
        close(CHILD_FD_CONTROL);
        break;
    case CLOSES_TELL: close(CHILD_FD_TELL); break;
    case SENDS_DESCRIPTORS: say(DID, send_descriptor()); break;
    case STOPS: raise(SIGSTOP); break;
    case LEAVES_A_COPY: leave(0); break;
    case LEAVES_A_SIBLING: leave(CLONE_PARENT); break;
    default: break;
    }
}

static void die(struct timer *timer)
{
    (void)timer;
    kill(getpid(), SIGKILL);
}

/* What is to happen later, if anything. */
static dw_err plan(struct timer *timer)
{
    timer->fn = die;
    if (child.behaviour == READY_LATE)
        usleep(LATE_MS * 1000);
    if (child.behaviour != DIES_LATER)
        return DW_OK;
    return dw__timer_set(child.loop, timer,
                         dw__loop_clock(child.loop)->mono_ns + LATER_MS * UINT64_C(1000000));
}

static int child_main(void)
{
    struct timer later = {0};
    static const struct child_handlers handlers = {.drain = on_drain,
                                                   .log = on_log,
                                                   .adopt = on_adopt,
                                                   .give_up = on_give_up,
                                                   .store_down = on_store_down,
                                                   .store_up = on_store_up,
                                                   .keeper_up = on_keeper_up};
    const struct orders *orders =
        mmap(NULL, sizeof *orders, PROT_READ | PROT_WRITE, MAP_SHARED, CHILD_FD_BLOB, 0);
    int odd = surroundings(child.self.n_fds);

    child.report = CHILD_FD_FIRST;
    signal(SIGSEGV, SIG_DFL); /* not a sanitizer's, which would exit instead */
    if (orders == MAP_FAILED)
        return 98;
    child.behaviour = orders->of[child.self.role][child.self.index];
    if (child.behaviour == FAILS_78)
        return 78;
    if (dw__loop_new(&child.loop) != DW_OK ||
        dw__child_link_new(&child.link, child.loop, &handlers) != DW_OK || plan(&later) != DW_OK)
        return 97;
    if (child.behaviour != NEVER_READY) {
        say(UP, odd | (child.self.again ? AGAIN : 0));
        dw__child_ready(child.link);
        misbehave();
    }
    dw__loop_run(child.loop);
    dw__child_link_free(child.link);
    dw__timer_clear(child.loop, &later);
    dw__loop_free(child.loop);
    return 0;
}

/* ---- the monitor, in a process of its own ---- */

static struct {
    struct orders *orders;
    int orders_fd, report_in, report_out, log_fd, second_log;
    pid_t pid;
    unsigned ready_ms, store_ready_ms, drain_ms, watch_ms;
    bool reloads, drop, keeper;
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
    static struct child_spec all[4];

    all[0] = (struct child_spec){ROLE_STORE, 0, rig.orders_fd, &rig.report_out, 1};
    all[1] = (struct child_spec){ROLE_WORKER, 0, rig.orders_fd, &rig.report_out, 1};
    all[2] = (struct child_spec){ROLE_WORKER, 1, rig.orders_fd, &rig.report_out, 1};
    if (rig.keeper)
        all[3] = all[1], all[1] = (struct child_spec){ROLE_KEEPER, 0, rig.orders_fd, &rig.report_out, 1};
    return all;
}

static size_t n_specs(void)
{
    return rig.keeper ? 4 : 3;
}

static dw_err reload(void *self, const struct child_spec **children, size_t *n)
{
    (void)self;
    *children = specs();
    *n = n_specs();
    return rig.reloads ? DW_OK : DW_INVALID;
}

static int monitor_main(void)
{
    struct monitor_config config = {
        .name = "test",
        .children = specs(),
        .n_children = n_specs(),
        .ready_ms = rig.ready_ms,
        .store_ready_ms = rig.store_ready_ms,
        .watch_ms = rig.watch_ms,
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

/* How many times the log says this. */
static int times_in_log(const char *what)
{
    static char text[1 << 20];
    ssize_t n = pread(rig.log_fd, text, sizeof text - 1, 0);
    int times = 0;

    text[n > 0 ? n : 0] = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
        times++;
    return times;
}

static bool in_log(const char *what)
{
    return times_in_log(what) > 0;
}

/* Log lines come a little after what they tell of. */
__attribute__((unused)) static void await_times(const char *what, int times)
{
    for (int i = 0; i < 1000 && times_in_log(what) < times; i++)
        usleep(10000);
    assert_int_equal(times_in_log(what), times);
}

static void await_log(const char *what)
{
    for (int i = 0; i < 1000 && !in_log(what); i++)
        usleep(10000);
    assert_true(in_log(what));
}

__attribute__((unused)) static uint64_t now_ms(void)
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

/* A child that does `what` is killed for `why` and replaced by one that behaves. */
__attribute__((unused)) static void killed_for(enum role role, int index, enum behaviour what,
                                               enum role victim, int victim_index, const char *why)
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* What main is for: a child, or the tests. */
#define MAIN(tests)                                       \
    int main(int argc, char **argv)                       \
    {                                                     \
        if (dw__child_is(argc, argv, &child.self))        \
            return child_main();                          \
        return cmocka_run_group_tests(tests, NULL, NULL); \
    }

#endif
