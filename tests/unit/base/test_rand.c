/* Random bytes: fresh in every call, every thread and every child. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/rand.h"
#include <dw/ctx.h>

static void every_byte_changes(void **state)
{
    (void)state;
    /* Sizes around the page and the bypass; a byte that stays zero in 32 tries is one that is never written. */
    static const size_t sizes[] = {1, 7, 16, 1000, 1022, 1023, 2000, 4088, 4096, 9000};
    static unsigned char seen[9000 + 8], one[9000 + 8];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        memset(seen, 0, sizeof seen);
        memset(one, 0, sizeof one);
        for (unsigned k = 0; k < 32; k++) {
            dw_random(one, sizes[i]);
            for (size_t b = 0; b < sizes[i] + 8; b++)
                seen[b] |= one[b];
        }
        for (size_t b = 0; b < sizes[i]; b++)
            assert_int_not_equal(seen[b], 0);
        for (size_t b = sizes[i]; b < sizes[i] + 8; b++)
            assert_int_equal(seen[b], 0);
    }
    dw_random(NULL, 0);
}

static void numbers_do_not_repeat(void **state)
{
    (void)state;
    static uint64_t v[5000]; /* ten pages */
    for (size_t i = 0; i < 5000; i++)
        v[i] = dw__random_u64();
    for (size_t i = 0; i < 5000; i++)
        for (size_t k = 0; k < i; k++)
            assert_true(v[i] != v[k]);
}

static void hex_is_hex(void **state)
{
    (void)state;
    char out[66];
    for (size_t n = 0; n <= 64; n += 8) {
        memset(out, '?', sizeof out);
        dw__random_hex(out, n);
        for (size_t i = 0; i < n; i++)
            assert_non_null(memchr("0123456789abcdef", out[i], 16));
        assert_int_equal(out[n], '?');
    }
}

static void a_child_gets_its_own(void **state)
{
    (void)state;
    (void)dw__random_u64(); /* the page is there, and has much left */
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        uint64_t v = dw__random_u64();
        _exit(write(fds[1], &v, sizeof v) == sizeof v ? 0 : 1);
    }
    uint64_t ours = dw__random_u64(), theirs = 0;
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(read(fds[0], &theirs, sizeof theirs), sizeof theirs);
    assert_true(ours != theirs && theirs != 0);
    close(fds[0]);
    close(fds[1]);
}

static void *take_one(void *p)
{
    *(uint64_t *)p = dw__random_u64();
    return NULL;
}

static void a_thread_gets_its_own(void **state)
{
    (void)state;
    uint64_t theirs = 0;
    pthread_t t;
    assert_int_equal(pthread_create(&t, NULL, take_one, &theirs), 0);
    assert_int_equal(pthread_join(t, NULL), 0);
    assert_true(theirs != 0 && theirs != dw__random_u64());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_changes),
        cmocka_unit_test(numbers_do_not_repeat),
        cmocka_unit_test(hex_is_hex),
        cmocka_unit_test(a_child_gets_its_own),
        cmocka_unit_test(a_thread_gets_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
