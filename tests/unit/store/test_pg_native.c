/* PostgreSQL's own types in binary: what is spelt comes back as it was spelt, and whatever has no spelling is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../guard_page.h"
#include "store/pg_native.h"

typedef size_t put_fn(dw_text t, char out[static DW__PG_WIRE]);
typedef size_t take_fn(const char *p, size_t n, char out[static DW__PG_SPELT]);

/* n bytes with a wall behind them. */
static size_t take(take_fn *fn, const char *p, size_t n, char out[static DW__PG_SPELT])
{
    char *copy = guard_page_copy(p, n);
    size_t got = fn(copy, n, out);

    guard_page_free(copy);
    return got;
}

static void both(put_fn *put, take_fn *back, const char *text, const char *wire, size_t n)
{
    char out[DW__PG_WIRE], spelt[DW__PG_SPELT];

    assert_int_equal(put((dw_text){text, strlen(text)}, out), n);
    assert_memory_equal(out, wire, n);
    assert_int_equal(take(back, wire, n, spelt), strlen(text));
    assert_memory_equal(spelt, text, strlen(text));
}

#define BOTH(what, text, wire) both(dw__pg_put_##what, dw__pg_take_##what, text, wire, sizeof wire - 1)

/* What a PostgreSQL 15 sent for these values. */
static void as_the_server_sends_it(void **state)
{
    (void)state;
    BOTH(date, "2000-01-01", "\0\0\0\0");
    BOTH(date, "2024-02-29", "\0\0\x22\x79");
    BOTH(date, "1999-12-31", "\xff\xff\xff\xff");
    BOTH(date, "0001-01-01", "\xff\xf4\xdb\xf9");
    BOTH(date, "9999-12-31", "\0\x2c\x95\xd3");
    BOTH(date, "0000-01-01", "\xff\xf4\xda\x8b");
    BOTH(time, "2000-01-01T00:00:00Z", "\0\0\0\0\0\0\0\0");
    BOTH(time, "1999-12-31T23:59:59.999999Z", "\xff\xff\xff\xff\xff\xff\xff\xff");
    BOTH(time, "2000-01-01T00:00:01.500Z", "\0\0\0\0\0\x16\xe3\x60");
    BOTH(time, "9999-12-31T23:59:59.999999Z", "\x03\x80\xe7\x0b\x91\x3b\x7f\xff");
    BOTH(uuid, "00112233-4455-4677-8899-aabbccddeeff",
         "\x00\x11\x22\x33\x44\x55\x46\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff");
    BOTH(inet, "10.0.0.255", "\2\x20\0\4\x0a\0\0\xff");
    BOTH(inet, "2001:db8::1", "\3\x80\0\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1");
}

static void every_day_and_many_instants(void **state)
{
    char out[DW__PG_WIRE], spelt[DW__PG_SPELT];
    size_t days = 0;

    (void)state;
    for (int64_t day = -730486; day <= 2921940; day += day > -720000 && day < 2910000 ? 97 : 1) {
        dw__pg_put_bits((uint64_t)day, 4, out);
        size_t n = dw__pg_take_date(out, 4, spelt);
        char again[DW__PG_WIRE];

        if (n == 0)
            continue;
        days++;
        assert_int_equal(dw__pg_put_date((dw_text){spelt, n}, again), 4);
        assert_memory_equal(again, out, 4);
    }
    assert_true(days > 20000);
    for (int64_t t = -63113904000000000; t < 252455616000000000; t += 777777777777777) {
        char again[DW__PG_WIRE];

        dw__pg_put_bits((uint64_t)t, 8, out);
        size_t n = dw__pg_take_time(out, 8, spelt);
        assert_true(n > 0);
        assert_int_equal(dw__pg_put_time((dw_text){spelt, n}, again), 8);
        assert_memory_equal(again, out, 8);
    }
}

static void refuses(take_fn *fn, const char *p, size_t n)
{
    char spelt[DW__PG_SPELT];

    assert_int_equal(take(fn, p, n, spelt), 0);
}

#define REFUSES(what, wire) refuses(dw__pg_take_##what, wire, sizeof wire - 1)

static void what_is_no_value_of_ours(void **state)
{
    static const char zeros[32];
    char out[DW__PG_WIRE];

    (void)state;
    REFUSES(date, "\x7f\xff\xff\xff"); /* infinity */
    REFUSES(date, "\x80\0\0\0");
    REFUSES(date, "\0\x2c\x95\xd4"); /* 10000-01-01 */
    REFUSES(date, "\xff\xf4\xda\x8a");
    REFUSES(time, "\x7f\xff\xff\xff\xff\xff\xff\xff");
    REFUSES(time, "\x80\0\0\0\0\0\0\0");
    REFUSES(time, "\x03\x80\xe7\x0b\x91\x3b\x80\0"); /* 10000-01-01 */
    REFUSES(inet, "\2\x18\0\4\x0a\0\0\0");           /* a network */
    REFUSES(inet, "\2\x20\1\4\x0a\0\0\0");           /* a cidr */
    REFUSES(inet, "\3\x20\0\4\x0a\0\0\0");
    REFUSES(inet, "\2\x20\0\x10\x0a\0\0\0");
    for (size_t n = 0; n < sizeof zeros; n++) {
        if (n != 4)
            refuses(dw__pg_take_date, zeros, n);
        if (n != 8)
            refuses(dw__pg_take_time, zeros, n);
        if (n != 16)
            refuses(dw__pg_take_uuid, zeros, n);
        refuses(dw__pg_take_inet, zeros, n);
    }
    assert_int_equal(dw__pg_put_time(DW_TEXT("2024-01-01T00:00:00.000000001Z"), out), 0);
    assert_int_equal(dw__pg_put_time(DW_TEXT("now"), out), 0);
    assert_int_equal(dw__pg_put_date(DW_TEXT("2023-02-29"), out), 0);
    assert_int_equal(dw__pg_put_uuid(DW_TEXT("1"), out), 0);
    assert_int_equal(dw__pg_put_inet(DW_TEXT("here"), out), 0);
}

/* ---- numeric ---- */

static bool number(const char *p, size_t n, uint32_t scale, int64_t *units)
{
    char *copy = guard_page_copy(p, n);
    bool ok = dw__pg_take_numeric(copy, n, scale, units);

    guard_page_free(copy);
    return ok;
}

static void numeric(int64_t units, uint32_t scale, const char *wire, size_t n)
{
    char out[DW__PG_WIRE];
    int64_t back = 1;

    assert_int_equal(dw__pg_put_numeric(units, scale, out), n);
    assert_memory_equal(out, wire, n);
    assert_true(number(wire, n, scale, &back));
    assert_int_equal(back, units);
}

#define NUMERIC(units, scale, wire) numeric(units, scale, wire, sizeof wire - 1)

static void numbers_as_the_server_sends_them(void **state)
{
    (void)state;
    NUMERIC(0, 2, "\0\0\0\0\0\0\0\2");
    NUMERIC(1, 0, "\0\1\0\0\0\0\0\0\0\1");
    NUMERIC(1, 2, "\0\1\xff\xff\0\0\0\2\0\x64");           /* 0.01 */
    NUMERIC(-1250, 2, "\0\2\0\0\x40\0\0\2\0\x0c\x13\x88"); /* -12.50 */
    NUMERIC(120000, 0, "\0\1\0\1\0\0\0\0\0\x0c");
    NUMERIC(1, 18, "\0\1\xff\xfb\0\0\0\x12\0\x64"); /* 18 places: the last group is 0100 */
}

static void numbers_there_and_back(void **state)
{
    static const int64_t some[] = {
        1,        9, 10, 9999, 10000, 10001, 123456789, 100000000, 999999999999999999, 1000000000000000000,
        INT64_MAX};

    (void)state;
    for (uint32_t scale = 0; scale <= 18; scale++)
        for (size_t i = 0; i < 2 * sizeof some / sizeof *some; i++) {
            int64_t v = i % 2 ? -some[i / 2] : some[i / 2], back = 0;
            char out[DW__PG_WIRE];
            size_t n = dw__pg_put_numeric(v, scale, out);

            assert_true(n > 8 && n <= DW__PG_WIRE);
            assert_true(number(out, n, scale, &back));
            assert_true(back == v);
            for (size_t cut = 0; cut < n; cut++)
                assert_false(number(out, cut, scale, &back));
        }
}

static bool takes(const char *wire, size_t n, uint32_t scale)
{
    int64_t units;

    return number(wire, n, scale, &units);
}

#define TAKES(wire, scale) takes(wire, sizeof wire - 1, scale)

static void numbers_that_do_not_fit(void **state)
{
    (void)state;
    assert_true(TAKES("\0\1\xff\xff\0\0\0\2\0\x64", 2));
    assert_false(TAKES("\0\1\xff\xff\0\0\0\2\0\x64", 1));  /* 0.01 with one place */
    assert_true(TAKES("\0\1\xff\xff\0\0\0\4\x27\x0f", 4)); /* 0.9999 */
    assert_false(TAKES("\0\1\xff\xff\0\0\0\4\x27\x0f", 3));
    assert_false(TAKES("\0\1\0\0\0\0\0\0\x27\x10", 0)); /* a group of 10000 */
    assert_false(TAKES("\0\0\0\0\xc0\0\0\0", 2));       /* not a number */
    assert_false(TAKES("\0\0\0\0\xd0\0\0\x20", 2));     /* infinity */
    assert_false(TAKES("\0\0\0\0\xf0\0\0\x20", 2));
    assert_false(TAKES("\0\1\0\5\0\0\0\0\0\1", 0)); /* 10^20 */
    assert_false(TAKES("\0\1\x7f\xff\0\0\0\0\0\1", 0));
    assert_false(TAKES("\0\1\x80\0\0\0\0\0\0\1", 0));
    assert_true(TAKES("\0\1\x7f\xff\0\0\0\0\0\0", 0)); /* nothing, at a place that does not matter */
    assert_false(TAKES("\0\5\0\4\0\0\0\0\x03\x9a\x0d\x2c\x01\x70\x15\x65\x16\xb0", 0)); /* 2^63 */
    assert_true(TAKES("\0\5\0\4\0\0\0\0\x03\x9a\x0d\x2c\x01\x70\x15\x65\x16\xaf", 0));
    assert_false(TAKES("\0\1\0\0\0\0\0\0\0\1", 19));
    assert_false(TAKES("\xff\xff\0\0\0\0\0\0\0\1", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_server_sends_it),   cmocka_unit_test(every_day_and_many_instants),
        cmocka_unit_test(what_is_no_value_of_ours), cmocka_unit_test(numbers_as_the_server_sends_them),
        cmocka_unit_test(numbers_there_and_back),   cmocka_unit_test(numbers_that_do_not_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
