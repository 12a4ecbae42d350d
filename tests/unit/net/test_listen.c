/* Accepting within bounds: budget, cap, and no descriptors left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/listen.h"

static struct loop *loop;
static struct listen_set *set;
static struct net_limits limits;
static struct sockaddr_un at;
static int taken[64];
static unsigned n_taken;

static void on_accepted(void *self, int fd, const struct sockaddr_storage *peer, bool admin)
{
    (void)self;
    assert_int_equal(peer->ss_family, AF_UNIX);
    assert_false(admin);
    assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    taken[n_taken++] = fd;
}

static void turn(unsigned times)
{
    while (times-- > 0) {
        dw__loop_stop(loop);
        dw__loop_run(loop);
    }
}

static int setup(void **state)
{
    (void)state;
    n_taken = 0;
    limits = dw__net_limits_default();
    assert_int_equal(dw__loop_new(&loop), DW_OK);
    struct clock *clock = dw__loop_clock_for_test(loop);
    dw__clock_set(clock, clock->unix_ms);
    const struct listen_config config = {.loop = loop, .limits = &limits, .accepted = on_accepted};
    assert_int_equal(dw__listen_set_new(&set, &config), DW_OK);
    at = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(at.sun_path + 1, sizeof(at.sun_path) - 1, "dewar-test-listen-%d", (int)getpid());
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(fd, 64), 0);
    assert_int_equal(dw__listen_add(set, fd, 3, false), DW_OK);
    assert_int_equal(dw__listen_add(set, fd, 3, false), DW_CONFLICT);
    dw__listen_poll(set, 3, true);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (unsigned i = 0; i < n_taken; i++)
        close(taken[i]);
    dw__listen_set_free(set);
    dw__loop_free(loop);
    return 0;
}

static int dial(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    return fd;
}

static void test_budget(void **state)
{
    (void)state;
    int fds[10];
    limits.accepts_per_turn = 4;
    for (unsigned i = 0; i < 10; i++)
        fds[i] = dial();
    turn(1);
    assert_int_equal(n_taken, 4);
    turn(2);
    assert_int_equal(n_taken, 10);
    for (unsigned i = 0; i < 10; i++)
        close(fds[i]);
}

static void test_cap(void **state)
{
    (void)state;
    int fds[4];
    limits.connections = 2;
    for (unsigned i = 0; i < 4; i++)
        fds[i] = dial();
    turn(3);
    assert_int_equal(n_taken, 2);
    dw__listen_ended(set);
    turn(2);
    assert_int_equal(n_taken, 3);
    dw__listen_stop(set);
    dw__listen_ended(set);
    turn(2);
    assert_int_equal(n_taken, 3);
    for (unsigned i = 0; i < 4; i++)
        close(fds[i]);
}

/* Out of descriptors the client at hand is ended, the loop rests instead of spinning, and afterwards all is as before. */
static void test_no_descriptors(void **state)
{
    (void)state;
    struct rlimit old, none;
    struct clock *clock = dw__loop_clock_for_test(loop);
    int a = dial(), b = dial();
    char c;
    int next = dup(a);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    close(next);
    none = (struct rlimit){(rlim_t)next, old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    turn(1);
    assert_int_equal(n_taken, 0);
    assert_int_equal(recv(a, &c, 1, MSG_DONTWAIT), 0);
    turn(3);
    assert_int_equal(recv(b, &c, 1, MSG_DONTWAIT), -1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    dw__clock_set(clock, clock->unix_ms + 101);
    turn(3);
    assert_int_equal(n_taken, 1);
    close(a);
    close(b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_budget), TEST(test_cap), TEST(test_no_descriptors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
