/* The quick printf says what the C library says, or nothing. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/format.h"

static char ours[256], theirs[256];

__attribute__((format(printf, 2, 3))) static size_t format(size_t cap, const char *fmt, ...)
{
    va_list args;
    size_t n;

    va_start(args, fmt);
    memset(ours, 'x', sizeof ours);
    n = dw__format_plain(ours, cap, fmt, args);
    va_end(args);
    va_start(args, fmt);
    (void)vsnprintf(theirs, sizeof theirs, fmt, args);
    va_end(args);
    return n;
}

#define SAME(...)                                                        \
    do {                                                                 \
        size_t same_n = format(sizeof ours, __VA_ARGS__);                \
        assert_int_equal(same_n, strlen(theirs));                        \
        assert_memory_equal(ours, theirs, same_n);                       \
        assert_int_equal(format(same_n, __VA_ARGS__), same_n);           \
        assert_int_equal(ours[same_n], 'x');                             \
        if (same_n > 0)                                                  \
            assert_int_equal(format(same_n - 1, __VA_ARGS__), SIZE_MAX); \
    } while (0)
#define LEFT(...) assert_int_equal(format(sizeof ours, __VA_ARGS__), SIZE_MAX)

static void says_what_the_library_says(void **state)
{
    (void)state;
    SAME("%s", "");
    SAME("plain");
    SAME("100%% of %s", "it");
    SAME("\"%.*s\"", 3, "abcdef");
    SAME("\"%.*s\"", 0, "abcdef");
    SAME("\"%.*s\"", 100, "abcdef");
    SAME("%.*s|%.*s", 4, "a\0b", INT_MAX, "whole");
    SAME("%d %d %d %d", 0, -1, INT_MAX, INT_MIN);
    SAME("%u %u", 0u, UINT_MAX);
    SAME("%ld %ld %lu", LONG_MIN, LONG_MAX, ULONG_MAX);
    SAME("%lld-%lld %llu", LLONG_MIN, LLONG_MAX, ULLONG_MAX);
    SAME("%zu%%%s%d", SIZE_MAX, "x", 7);
    SAME("/api/items/%lld", 42LL);
}

static void leaves_the_rest(void **state)
{
    (void)state;
    LEFT("%x", 1u);
    LEFT("%02d", 1);
    LEFT("%5s", "a");
    LEFT("%-5s", "a");
    LEFT("%.3s", "abcdef");
    LEFT("%.*s", -1, "abc");
    LEFT("%c", 'a');
    LEFT("%p", (void *)ours);
    LEFT("%f", 1.5);
    LEFT("%.*f", 2, 1.5);
    LEFT("%jd", (intmax_t)1);
    LEFT("%hd", (short)1);
    LEFT("before %i", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_the_library_says),
        cmocka_unit_test(leaves_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
