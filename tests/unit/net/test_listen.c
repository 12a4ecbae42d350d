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
#include "under_valgrind.h"

static struct loop *loop;
static struct listen_set *set;
static struct net_limits limits;
static struct sockaddr_un at;
static int taken[64];
static unsigned n_taken, n_refused;
static bool of_admin;

static void on_accepted(void *self, int fd, const struct sockaddr_storage *peer, bool admin, bool refuse)
{
    (void)self;
    assert_int_equal(peer->ss_family, AF_UNIX);
    assert_int_equal(admin, of_admin);
    n_refused += refuse;
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
    n_taken = n_refused = 0;
    of_admin = false;
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
    int fds[6];
    limits.connections = 2;
    limits.refused = 1;
    for (unsigned i = 0; i < 6; i++)
        fds[i] = dial();
    turn(3);
    assert_int_equal(n_taken, 3);
    assert_int_equal(n_refused, 1);
    dw__listen_ended(set);
    turn(2);
    assert_int_equal(n_taken, 4);
    assert_int_equal(n_refused, 2);
    dw__listen_ended(set);
    dw__listen_ended(set);
    turn(2);
    assert_int_equal(n_taken, 6);
    assert_int_equal(n_refused, 3);
    dw__listen_stop(set);
    dw__listen_ended(set);
    turn(2);
    assert_int_equal(n_taken, 6);
    for (unsigned i = 0; i < 6; i++)
        close(fds[i]);
}

static int dial_at(const struct sockaddr_un *to)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)to, sizeof(*to)), 0);
    return fd;
}

/* Another listener, the admin's. */
static void add_admin(struct sockaddr_un *to)
{
    *to = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(to->sun_path + 1, sizeof(to->sun_path) - 1, "dewar-test-admin-%d", (int)getpid());
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)to, sizeof(*to)), 0);
    assert_int_equal(listen(fd, 64), 0);
    assert_int_equal(dw__listen_add(set, fd, 4, true), DW_OK);
    dw__listen_poll(set, 4, true);
}

/* Out of descriptors a few clients are told so, the loop rests instead of spinning, the admin's are still served, and afterwards all
 * is as before. */
static void test_no_descriptors(void **state)
{
    (void)state;
    enum { CLIENTS = 6, ADMINS = 3 };
    if (under_valgrind()) /* it counts descriptors in its own way */
        skip();
    struct rlimit old, none;
    struct sockaddr_un admin_at;
    struct clock *clock = dw__loop_clock_for_test(loop);
    int fds[CLIENTS + ADMINS];
    add_admin(&admin_at);
    for (unsigned i = 0; i < CLIENTS + ADMINS; i++)
        fds[i] = i < CLIENTS ? dial() : dial_at(&admin_at);
    int next = dup(fds[0]);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    close(next);
    none = (struct rlimit){(rlim_t)next, old.rlim_max};
    dw__listen_poll(set, 4, false);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    turn(4);
    assert_int_equal(n_taken, 4);
    assert_int_equal(n_refused, 4);
    of_admin = true;
    dw__listen_poll(set, 4, true);
    turn(2);
    assert_int_equal(n_taken, 4 + ADMINS);
    assert_int_equal(n_refused, 4);
    of_admin = false;
    for (unsigned i = 0; i < n_taken; i++) {
        close(taken[i]);
        dw__listen_ended(set);
    }
    n_taken = 0;
    turn(2);
    assert_int_equal(n_taken, 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    dw__clock_set(clock, clock->unix_ms + 101);
    turn(3);
    assert_int_equal(n_taken, CLIENTS - 4);
    assert_int_equal(n_refused, 4);
    for (unsigned i = 0; i < CLIENTS + ADMINS; i++)
        close(fds[i]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_budget), TEST(test_cap), TEST(test_no_descriptors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
