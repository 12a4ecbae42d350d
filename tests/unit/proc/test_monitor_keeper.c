/* The monitor with a keeper among its children: it starts before those that ask it, is replaced, and ends behind them. */
#include "monitor_rig.h"

/* Starts a generation with a keeper, which is there before any worker; its process id. */
static int start_with_keeper(void)
{
    int pid = 0;
    struct report r;

    rig.keeper = true;
    start();
    while ((r = next()).event != ALL_READY) {
        assert_int_equal(r.event, UP);
        assert_true(r.role != ROLE_WORKER || pid != 0);
        if (r.role == ROLE_KEEPER)
            pid = r.pid;
    }
    return pid;
}

static void the_keeper_comes_back_and_workers_hear_of_it(void **state)
{
    struct report r;
    int up = 0;

    (void)state;
    kill(start_with_keeper(), SIGKILL);
    r = expect(UP, ROLE_KEEPER);
    assert_true((r.number & AGAIN) != 0);
    for (; up < 2; up++)
        expect(KEEPER_UP, ROLE_WORKER);
    kill(rig.pid, SIGTERM);
    expect(DRAINED, ROLE_WORKER);
    expect(DRAINED, ROLE_WORKER);
    for (int both = 0; both != (1 << ROLE_STORE | 1 << ROLE_KEEPER); both |= 1 << r.role)
        r = expect(DRAINED, 0);
    assert_int_equal(next().event, 0);
    assert_int_equal(status_of_monitor(), 0);
    await_log("\"child\":\"keeper\"");
}

static void a_keeper_that_hangs_is_replaced(void **state)
{
    (void)state;
    rig.watch_ms = 50;
    rig.orders->of[ROLE_KEEPER][0] = STOPS;
    (void)start_with_keeper();
    rig.orders->of[ROLE_KEEPER][0] = OBEYS;
    await(UP, ROLE_KEEPER, 0);
    assert_true(in_log("its loop does not turn"));
    stop_and_see_all_end();
}

/* Worker 1, whose number it is given. */
static void a_worker_that_the_keeper_blames(void **state)
{
    (void)state;
    rig.orders->of[ROLE_KEEPER][0] = OBEYS;
    int pid = start_with_keeper();
    rig.orders->of[ROLE_KEEPER][0] = BLAMES;
    kill(pid, SIGKILL);
    await(UP, ROLE_KEEPER, 0);
    rig.orders->of[ROLE_KEEPER][0] = OBEYS;
    await(UP, ROLE_WORKER, 1);
    await_log("it broke the rules towards the keeper");
    stop_and_see_all_end();
}

static const struct CMUnitTest tests[] = {
    TEST(the_keeper_comes_back_and_workers_hear_of_it),
    TEST(a_keeper_that_hangs_is_replaced),
    TEST(a_worker_that_the_keeper_blames),
};

MAIN(tests)
