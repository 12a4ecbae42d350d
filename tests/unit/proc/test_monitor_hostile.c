/* The monitor with children that lie, flood, hang, and leave processes behind. */
#include "monitor_rig.h"

static void a_message_it_may_not_send(void **state)
{
    (void)state;
    killed_for(ROLE_WORKER, 1, TALKS_NONSENSE, ROLE_WORKER, 1, "a message that it may not send");
}

static void a_piece_of_a_message(void **state)
{
    (void)state;
    killed_for(ROLE_WORKER, 1, TALKS_IN_PIECES, ROLE_WORKER, 1, "a message of another size");
}

static void ready_twice(void **state)
{
    (void)state;
    killed_for(ROLE_WORKER, 0, READY_TWICE, ROLE_WORKER, 0, "it was READY twice");
}

/* One line, however much it says. */
static void ready_without_end(void **state)
{
    (void)state;
    killed_for(ROLE_WORKER, 0, READY_WITHOUT_END, ROLE_WORKER, 0, "it was READY twice");
    assert_int_equal(times_in_log("child.killed"), 1);
}

/* The same while it drains, when one READY more is nothing. */
static void ready_without_end_while_it_drains(void **state)
{
    int pids[3];

    (void)state;
    rig.orders->of[ROLE_WORKER][0] = FLOODS_AT_DRAIN;
    start();
    pids_of_all(pids);
    stop_and_see_all_end();
    assert_int_equal(times_in_log("it was READY twice"), 1);
}

static void a_closed_pipe(void **state)
{
    (void)state;
    killed_for(ROLE_WORKER, 0, CLOSES_TELL, ROLE_WORKER, 0, "it closed what ties it to the monitor");
}

/* Seen when there is something to say to it. */
static void a_closed_control_socket(void **state)
{
    int pids[3];

    (void)state;
    rig.orders->of[ROLE_WORKER][0] = CLOSES_CONTROL;
    start();
    pids_of_all(pids);
    kill(pids[2], SIGKILL); /* its listeners are to be taken over */
    rig.orders->of[ROLE_WORKER][0] = OBEYS;
    await(UP, ROLE_WORKER, 0);
    await_log("it closed what ties it to the monitor");
    stop_and_see_all_end();
}

/* A descriptor may take its receiver as long to close as its sender likes. */
static void the_monitor_takes_no_descriptor(void **state)
{
    struct report r;

    (void)state;
    rig.orders->of[ROLE_STORE][0] = rig.orders->of[ROLE_WORKER][0] = rig.orders->of[ROLE_WORKER][1] =
        SENDS_DESCRIPTORS;
    start();
    for (int i = 0; i < 3;) {
        r = next();
        assert_true(r.event != 0);
        if (r.event != DID)
            continue;
        assert_int_equal(r.number, -EPIPE);
        i++;
    }
    stop_and_see_all_end();
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

static void a_store_that_blames_nobody(void **state)
{
    (void)state;
    killed_for(ROLE_STORE, 0, BLAMES_NOBODY, ROLE_STORE, 0, "it blamed a worker that there is not");
}

static void a_store_that_blames_without_end(void **state)
{
    (void)state;
    killed_for(ROLE_STORE, 0, BLAMES_WITHOUT_END, ROLE_STORE, 0, "it sends too many messages");
    assert_int_equal(times_in_log("it broke the rules towards the store"), 1);
}

/* ---- who does nothing ---- */

static void a_replacement_that_is_never_ready(void **state)
{
    int pids[3];

    (void)state;
    rig.ready_ms = 2000;
    start();
    pids_of_all(pids);
    rig.orders->of[ROLE_WORKER][0] = NEVER_READY;
    kill(pids[1], SIGKILL);
    await_log("it was not READY in time");
    rig.orders->of[ROLE_WORKER][0] = OBEYS;
    await(UP, ROLE_WORKER, 0);
    stop_and_see_all_end();
}

static void who_stops_is_replaced(void **state)
{
    int pids[3];

    (void)state;
    rig.watch_ms = 50;
    rig.orders->of[ROLE_WORKER][0] = STOPS;
    start();
    pids_of_all(pids);
    rig.orders->of[ROLE_WORKER][0] = OBEYS;
    await(UP, ROLE_WORKER, 0);
    await_log("its loop does not turn");
    usleep(600 * 1000); /* many times as long as it took */
    stop_and_see_all_end();
    assert_int_equal(times_in_log("child.killed"), 1);
}

static void who_is_stopped_does_not_hold_up_the_end(void **state)
{
    int pids[3];

    (void)state;
    rig.drain_ms = 300;
    start();
    pids_of_all(pids);
    kill(pids[1], SIGSTOP);
    stop_and_see_all_end();
    assert_int_equal(times_in_log("it did not end in time"), 1);
}

/* ---- who is more than one ---- */

static void gone(pid_t pid)
{
    for (int i = 0; i < 500 && kill(pid, 0) == 0; i++)
        usleep(10000);
    assert_int_equal(kill(pid, 0), -1);
}

/* What a child leaves is ended with it. */
static void left(enum behaviour what)
{
    int pids[3], copy;

    start();
    pids_of_all(pids);
    rig.orders->of[ROLE_WORKER][1] = (int)what;
    kill(pids[2], SIGKILL);
    copy = await(DID, ROLE_WORKER, 1).number;
    assert_true(copy > 1);
    rig.orders->of[ROLE_WORKER][1] = OBEYS;
    gone(copy);
    await(UP, ROLE_WORKER, 1);
    stop_and_see_all_end();
    assert_int_equal(times_in_log("child.left_behind"), 1);
    assert_int_equal(times_in_log("\"processes\":1"), 1);
}

static void a_copy_that_is_left_behind(void **state)
{
    (void)state;
    left(LEAVES_A_COPY);
}

static void a_child_that_is_given_to_the_monitor(void **state)
{
    (void)state;
    left(LEAVES_A_SIBLING);
}

static const struct CMUnitTest tests[] = {
    TEST(a_message_it_may_not_send),
    TEST(a_piece_of_a_message),
    TEST(ready_twice),
    TEST(ready_without_end),
    TEST(ready_without_end_while_it_drains),
    TEST(a_closed_pipe),
    TEST(a_closed_control_socket),
    TEST(the_monitor_takes_no_descriptor),
    TEST(a_worker_that_the_store_blames),
    TEST(a_worker_is_not_blamed_for_its_predecessor),
    TEST(a_store_that_blames_nobody),
    TEST(a_store_that_blames_without_end),
    TEST(a_replacement_that_is_never_ready),
    TEST(who_stops_is_replaced),
    TEST(who_is_stopped_does_not_hold_up_the_end),
    TEST(a_copy_that_is_left_behind),
    TEST(a_child_that_is_given_to_the_monitor),
};

MAIN(tests)
