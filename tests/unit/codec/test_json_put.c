/* What is written is JSON, whatever the value, and reads back as it was. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "codec/json.h"
#include "guard_page.h"

static char memory[4096];
static struct buf b;

#define WRITES(call, text)                                \
    do {                                                  \
        dw__buf_init_fixed(&b, memory, sizeof memory);    \
        call;                                             \
        assert_int_equal(b.n, sizeof(text) - 1);          \
        assert_memory_equal(b.p, text, sizeof(text) - 1); \
    } while (0)

static void writes_strings(void **state)
{
    (void)state;
    WRITES(dw__json_put_string(&b, DW_TEXT("")), "\"\"");
    WRITES(dw__json_put_string(&b, (dw_text){NULL, 0}), "\"\"");
    WRITES(dw__json_put_string(&b, DW_TEXT("plain </script> \x7f")), "\"plain </script> \x7f\"");
    WRITES(dw__json_put_string(&b, DW_TEXT("\"\\/\b\f\n\r\t")), "\"\\\"\\\\/\\b\\f\\n\\r\\t\"");
    WRITES(dw__json_put_string(&b, DW_TEXT("a\0b\x1f")), "\"a\\u0000b\\u001f\"");
    WRITES(dw__json_put_string(&b, DW_TEXT("\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa")),
           "\"\xe2\x80\xa7\\u2028\\u2029\xe2\x80\xaa\"");
    WRITES(dw__json_put_string(&b, DW_TEXT("\xc3\xa9\xff\xed\xa0\x80z\xe2\x82")),
           "\"\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd\"");
    WRITES(dw__json_put_string(&b, DW_TEXT("long enough for two steps of sixteen, with a \" in it")),
           "\"long enough for two steps of sixteen, with a \\\" in it\"");
}

/* An odd byte at every place of texts of every length up to four steps, with nothing readable behind them, and room for exactly what
 * comes of it. */
static void finds_what_is_odd_wherever_it_stands(void **state)
{
    static const struct {
        char byte;
        const char *written;
    } odd[] = {{'"', "\\\""}, {'\\', "\\\\"}, {'\n', "\\n"}, {'\x1f', "\\u001f"}, {'\x80', "\xef\xbf\xbd"}};

    (void)state;
    for (size_t n = 0; n <= 66; n++) {
        char plain[67], expected[160];
        char *p;

        memset(plain, 'a', sizeof plain);
        p = guard_page_copy(plain, n);
        dw__buf_init_fixed(&b, memory, n + 2);
        dw__json_put_string(&b, (dw_text){p, n});
        (void)snprintf(expected, sizeof expected, "\"%.*s\"", (int)n, plain);
        assert_false(b.failed);
        assert_int_equal(b.n, n + 2);
        assert_memory_equal(memory, expected, n + 2);
        dw__buf_init_fixed(&b, memory, n + 1);
        dw__json_put_string(&b, (dw_text){p, n});
        assert_true(b.failed);
        for (size_t at = 0; at < n; at++)
            for (size_t k = 0; k < sizeof odd / sizeof odd[0]; k++) {
                p[at] = odd[k].byte;
                dw__buf_init_fixed(&b, memory, sizeof memory);
                dw__json_put_string(&b, (dw_text){p, n});
                (void)snprintf(expected, sizeof expected, "\"%.*s%s%.*s\"", (int)at, plain, odd[k].written,
                               (int)(n - at - 1), plain);
                assert_int_equal(b.n, strlen(expected));
                assert_memory_equal(memory, expected, b.n);
                p[at] = 'a';
            }
        guard_page_free(p);
    }
}

static void writes_scalars(void **state)
{
    (void)state;
    WRITES(dw__json_put_i64(&b, INT64_MIN), "-9223372036854775808");
    WRITES(dw__json_put_bool(&b, true), "true");
    WRITES(dw__json_put_bool(&b, false), "false");
}

static void writes_short_doubles(void **state)
{
    (void)state;
    WRITES(dw__json_put_double(&b, 0), "0");
    WRITES(dw__json_put_double(&b, -0.0), "-0");
    WRITES(dw__json_put_double(&b, 1), "1");
    WRITES(dw__json_put_double(&b, -1.5), "-1.5");
    WRITES(dw__json_put_double(&b, 0.1), "0.1");
    WRITES(dw__json_put_double(&b, 0.1 + 0.2), "0.30000000000000004");
    WRITES(dw__json_put_double(&b, 12.34), "12.34");
    WRITES(dw__json_put_double(&b, 100), "100");
    WRITES(dw__json_put_double(&b, 123456789012345680), "123456789012345680");
    WRITES(dw__json_put_double(&b, 1e21), "1e+21");
    WRITES(dw__json_put_double(&b, 1e20), "100000000000000000000");
    WRITES(dw__json_put_double(&b, 1e300), "1e+300");
    WRITES(dw__json_put_double(&b, 1.25e-7), "1.25e-7");
    WRITES(dw__json_put_double(&b, 0.000001), "0.000001");
    WRITES(dw__json_put_double(&b, 5e-324), "5e-324");
    WRITES(dw__json_put_double(&b, 1.7976931348623157e308), "1.7976931348623157e+308");
    WRITES(dw__json_put_double(&b, NAN), "null");
    WRITES(dw__json_put_double(&b, -INFINITY), "null");
}

static void doubles_read_back(void **state)
{
    uint64_t x = 88172645463325252u;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        double d, back;
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        memcpy(&d, &x, sizeof d);
        if (i % 4 == 0)
            d = (double)(int64_t)(x % 100000000) / 1000;
        if (!isfinite(d))
            continue;
        dw__buf_init_fixed(&b, memory, sizeof memory);
        dw__json_put_double(&b, d);
        struct json_in in;
        struct json_number number;
        dw__json_init(&in, (dw_text){b.p, b.n});
        assert_true(dw__json_number(&in, &number) && dw__json_end(&in));
        back = dw__json_double(number.lexeme);
        assert_memory_equal(&back, &d, sizeof d);
    }
}

static void ignores_the_locale(void **state)
{
    (void)state;
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL && setlocale(LC_NUMERIC, "fr_FR.UTF-8") == NULL)
        print_message("# no locale with a decimal comma: 1 row skipped\n");
    WRITES(dw__json_put_double(&b, 0.30000000000000004), "0.30000000000000004");
    setlocale(LC_NUMERIC, "C");
}

static void remembers_a_full_buffer(void **state)
{
    char small[4];
    (void)state;
    dw__buf_init_fixed(&b, small, sizeof small);
    dw__json_put_string(&b, DW_TEXT("abcdef"));
    assert_true(b.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_strings),          cmocka_unit_test(finds_what_is_odd_wherever_it_stands),
        cmocka_unit_test(writes_scalars),          cmocka_unit_test(writes_short_doubles),
        cmocka_unit_test(doubles_read_back),       cmocka_unit_test(ignores_the_locale),
        cmocka_unit_test(remembers_a_full_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
