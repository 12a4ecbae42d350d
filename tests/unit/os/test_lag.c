/* How late a loop comes to its work: timers that wait for a turn to end, events that wait behind others, and rest while nothing is to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/lag.h"

#define MS UINT64_C(1000000)

static struct loop *loop;
static struct lag lag;
static uint64_t last_ms;
static unsigned beats;
static bool again;

static bool heard(void *self, uint64_t lag_ns)
{
    assert_ptr_equal(self, &lag);
    last_ms = lag_ns / MS;
    beats++;
    return again;
}

static void turn(unsigned times)
{
    while (times-- > 0) {
        dw__loop_stop(loop);
        dw__loop_run(loop);
    }
}

static void advance_ms(int64_t ms)
{
    struct clock *clock = dw__loop_clock_for_test(loop);

    dw__clock_set(clock, clock->unix_ms + ms);
}

static int set_up(void **state)
{
    (void)state;
    beats = 0;
    again = false;
    if (dw__loop_new(&loop) != DW_OK || dw__lag_open(&lag, loop, heard, &lag) != DW_OK)
        return -1;
    advance_ms(0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dw__lag_close(&lag);
    dw__loop_free(loop);
    return 0;
}

static void beats_while_there_is_work(void **state)
{
    (void)state;
    turn(3);
    assert_int_equal(beats, 0);
    dw__lag_work(&lag);
    advance_ms(49);
    turn(3);
    assert_int_equal(beats, 0);
    advance_ms(1);
    turn(2);
    assert_int_equal(beats, 1);
    assert_int_equal(last_ms, 0);
    advance_ms(50); /* there was work since: one more */
    turn(2);
    assert_int_equal(beats, 2);
    advance_ms(1000);
    turn(5);
    assert_int_equal(beats, 2);
    dw__lag_work(&lag);
    advance_ms(50);
    turn(2);
    assert_int_equal(beats, 3);
}

static void goes_on_when_told(void **state)
{
    (void)state;
    again = true;
    dw__lag_work(&lag);
    for (unsigned i = 1; i < 6; i++) {
        advance_ms(50);
        turn(2);
        assert_int_equal(beats, i);
    }
    again = false;
    advance_ms(50);
    turn(2);
    advance_ms(500);
    turn(5);
    assert_int_equal(beats, 6);
}

/* A turn that took long: the timer is late. */
static void a_long_turn(void **state)
{
    (void)state;
    dw__lag_work(&lag);
    advance_ms(50 + 130);
    turn(2);
    assert_int_equal(beats, 1);
    assert_int_equal(last_ms, 130);
}

static void take_time(struct io *io, uint32_t events)
{
    char c;

    (void)events;
    assert_int_equal(read(io->fd, &c, 1), 1);
    advance_ms(2);
}

/* More events than a turn takes, each of two milliseconds: what comes last has waited for all of them, though no turn was long. */
static void a_long_queue(void **state)
{
    enum { N = 200 };
    static struct io ios[N];
    int fds[N][2];

    (void)state;
    for (unsigned i = 0; i < N; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds[i]), 0);
        ios[i] = (struct io){.fn = take_time, .fd = fds[i][0]};
        assert_int_equal(dw__loop_watch(loop, &ios[i], EPOLLIN | EPOLLET), DW_OK);
    }
    dw__lag_work(&lag);
    advance_ms(50);
    for (unsigned i = 0; i < N; i++)
        assert_int_equal(write(fds[i][1], "x", 1), 1);
    turn(8);
    assert_int_equal(beats, 1);
    assert_in_range(last_ms, 2 * (N - 64), 2 * N);
    for (unsigned i = 0; i < N; i++) {
        assert_int_equal(dw__loop_watch(loop, &ios[i], 0), DW_OK);
        close(fds[i][0]);
        close(fds[i][1]);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(beats_while_there_is_work),
        TEST(goes_on_when_told),
        TEST(a_long_turn),
        TEST(a_long_queue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
