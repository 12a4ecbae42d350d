/* The monitor with children that behave, fail and die: what it starts, replaces and ends, and in which order. */
#include "monitor_rig.h"

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

/* What was READY once is replaced, though the server as a whole was never up. */
static void who_dies_before_its_siblings_are_ready_is_replaced(void **state)
{
    (void)state;
    for (int role = ROLE_STORE; role <= ROLE_WORKER; role++) {
        struct report r;
        int again = 0;

        rig.orders->of[ROLE_WORKER][1] = READY_LATE;
        start();
        do
            r = next();
        while (r.event != UP || r.role != role);
        await_log(role == ROLE_STORE ? "\"store\"" : "\"worker 0\""); /* its READY */
        kill(r.pid, SIGKILL);
        while (r.event != ALL_READY) {
            r = next();
            assert_true(r.event != 0);
            again += r.event == UP && (r.number & AGAIN) != 0;
        }
        assert_int_equal(again, 1);
        stop_and_see_all_end();
        assert_int_equal(tear_down(NULL) + set_up(NULL), 0);
    }
}

static void the_first_store_may_take_longer(void **state)
{
    (void)state;
    rig.orders->of[ROLE_STORE][0] = READY_LATE;
    rig.ready_ms = LATE_MS / 2;
    rig.store_ready_ms = 10000;
    start();
    expect(UP, ROLE_STORE);
    await_log("\"child.ready\",\"child\":\"store\"");
    kill(rig.pid, SIGTERM);
    while (next().event != 0)
        ;
    assert_int_equal(status_of_monitor(), 0);
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

/* What was before a reload, and does not end soon: pids of it. */
static void reload_over_a_worker_that_stays(int pids[3])
{
    rig.reloads = true;
    rig.orders->of[ROLE_WORKER][0] = IGNORES_DRAIN;
    rig.drain_ms = 1500;
    start();
    pids_of_all(pids);
    rig.orders->of[ROLE_WORKER][0] = OBEYS;
}

/* The store of `pids` dies while their worker 0 works on: there is another one for it. */
static void its_store_is_replaced(const int pids[3])
{
    struct report r;
    int seen = 0;

    kill(pids[0], SIGKILL);
    while (seen != 7) {
        r = next();
        assert_true(r.event != 0);
        if (r.event == UP && r.role == ROLE_STORE && (r.number & AGAIN) != 0)
            seen |= 1;
        if (r.event == STORE_DOWN && r.pid == pids[1])
            seen |= 2;
        if (r.event == STORE_UP && r.pid == pids[1])
            seen |= 4;
    }
}

static void the_store_is_replaced_for_old_workers(void **state)
{
    int pids[3];

    (void)state;
    reload_over_a_worker_that_stays(pids);
    kill(rig.pid, SIGHUP);
    await_log("reload.done");
    its_store_is_replaced(pids);
    await_log("it did not end in time"); /* the worker; then its store is told to end */
    await(DRAINED, ROLE_STORE, 0);
    stop_and_see_all_end();
    assert_int_equal(times_in_log("child.killed"), 1);
}

static void the_store_is_replaced_while_everything_ends(void **state)
{
    int pids[3];

    (void)state;
    reload_over_a_worker_that_stays(pids);
    kill(rig.pid, SIGTERM);
    await(DRAINED, ROLE_WORKER, 1);
    its_store_is_replaced(pids);
    while (next().event != 0)
        ;
    assert_int_equal(status_of_monitor(), 0);
    assert_int_equal(times_in_log("child.killed"), 1);
    assert_int_equal(times_in_log("\"child.ended\",\"child\":\"store\""), 1);
}

/* A program is wrong in a way that shows only when it works. */
static void who_dies_on_trial_does_not_take_over(void **state)
{
    int pids[3];
    struct report r;

    (void)state;
    rig.reloads = true;
    start();
    pids_of_all(pids);
    for (int role = ROLE_STORE; role <= ROLE_WORKER; role++) {
        rig.orders->of[role][0] = DIES_LATER;
        kill(rig.pid, SIGHUP);
        await_times("reload.failed", role);
        rig.orders->of[role][0] = OBEYS;
    }
    kill(pids[1], SIGSEGV);
    do
        r = next();
    while (r.event != UP || r.role != ROLE_WORKER || r.index != 0 || (r.number & AGAIN) == 0);
    assert_false(in_log("reload.done"));
    stop_and_see_all_end();
}

static void a_second_reload_waits_for_the_first(void **state)
{
    int pids[3];

    (void)state;
    reload_over_a_worker_that_stays(pids);
    rig.drain_ms = 1000;
    kill(rig.pid, SIGHUP);
    await_log("reload.begun");
    kill(rig.pid, SIGHUP);
    kill(rig.pid, SIGHUP);
    await_log("it did not end in time");
    await_times("reload.done", 2);
    stop_and_see_all_end();
    assert_int_equal(times_in_log("reload.begun"), 2); /* two that wait are one */
    assert_int_equal(times_in_log("reload.done"), 2);
    assert_false(in_log("reload.failed") || in_log("reload.refused"));
}

static void stopping_while_reloading(void **state)
{
    int pids[3], drained = 0;

    (void)state;
    rig.reloads = true;
    start();
    pids_of_all(pids);
    rig.orders->of[ROLE_WORKER][0] = rig.orders->of[ROLE_WORKER][1] = NEVER_READY;
    kill(rig.pid, SIGHUP);
    await_times("\"child.ready\",\"child\":\"store\"", 2); /* now its workers start */
    kill(rig.pid, SIGTERM);
    for (struct report r = next(); r.event != 0; r = next())
        drained += r.event == DRAINED;
    assert_int_equal(drained, 6);
    assert_int_equal(status_of_monitor(), 0);
    assert_false(in_log("reload.done") || in_log("child.killed"));
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
    struct child_self self;

    return dw__child_is(2, argv, &self);
}

static void only_what_the_monitor_wrote_is_a_child(void **state)
{
    int saved = dup(CHILD_FD_CONTROL), pair[2];
    static const char *const names[] = {"x",
                                        "x: worker",
                                        "x: worker 64",
                                        "x: worker -1",
                                        "x: worker 1 ",
                                        "x:worker 1",
                                        "x: store 0",
                                        "x: keepers",
                                        "",
                                        ": ",
                                        "x: ",
                                        "x: worker 1x",
                                        "x: worker  1"};
    static const char *const counts[] = {"(7 descriptors, again",
                                         "(7 descriptors, again, again)",
                                         "(7 descriptors,again)",
                                         "(, again)",
                                         "",
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
    assert_true(is_child("x: store", "(7 descriptors, again)"));
    assert_true(is_child("x: keeper", "(4 descriptors)"));
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

static const struct CMUnitTest tests[] = {
    TEST(up_in_order_and_down_in_reverse),
    TEST(interrupt_drains_too),
    TEST(a_crash_is_replaced_after_a_pause_that_grows),
    TEST(listeners_move_on_when_the_adopter_dies),
    TEST(the_store_comes_back_and_workers_hear_of_it),
    TEST(a_failing_first_start_ends_with_its_status),
    TEST(a_failing_store_starts_no_worker),
    TEST(a_child_that_is_never_ready_ends_the_start),
    TEST(who_dies_before_its_siblings_are_ready_is_replaced),
    TEST(the_first_store_may_take_longer),
    TEST(stopping_while_starting),
    TEST(who_does_not_drain_is_killed),
    TEST(asking_twice_hurries),
    TEST(the_log_is_opened_anew),
    TEST(children_do_not_outlive_the_monitor),
    TEST(the_store_is_replaced_for_old_workers),
    TEST(the_store_is_replaced_while_everything_ends),
    TEST(who_dies_on_trial_does_not_take_over),
    TEST(a_second_reload_waits_for_the_first),
    TEST(stopping_while_reloading),
    TEST(a_reload_starts_the_new_before_the_old_drains),
    TEST(a_reload_that_fails_changes_nothing),
    TEST(children_run_as_the_unprivileged_account),
    TEST(a_refused_reload_changes_nothing),
    TEST(only_what_the_monitor_wrote_is_a_child),
};

MAIN(tests)
