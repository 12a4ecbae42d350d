/* The table of `top`: rates from two readings, whatever lies between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "app/top.h"

#define SECOND UINT64_C(1000000000)

static char text[8192];

static const char *table(const struct counts *before, const struct counts *now, unsigned n, uint64_t ns)
{
    struct buf b;

    dw__buf_init_fixed(&b, text, sizeof text - 1);
    dw__top_table(before, now, n, ns, &b);
    assert_false(b.failed);
    text[b.n] = '\0';
    return text;
}

static void rates(void **state)
{
    const struct counts before[2] = {{.requests = 100, .statements = 10, .replies_2xx = 90}, {0}};
    const struct counts now[2] = {{.requests = 300,
                                   .statements = 11,
                                   .replies_2xx = 290,
                                   .connections = 4,
                                   .in_hand = 2,
                                   .memory = 3 << 20},
                                  {.requests = 50, .replies_5xx = 50, .connections = 1, .overloaded = 9}};

    (void)state;
    table(before, now, 2, 2 * SECOND);
    assert_non_null(strstr(
        text, "\n     0           4       2        100.0     100.0       0.0       0.0       0.0          0.5"
              "      3.0          300          0\n"));
    assert_non_null(strstr(
        text, "\n   all           5       2        125.0     100.0       0.0       0.0      25.0          0.5"
              "      3.0          350          9\n"));
}

static void another_server(void **state)
{
    const struct counts before[1] = {{.requests = 1000}};
    const struct counts now[1] = {{.requests = 7}};

    (void)state;
    assert_non_null(strstr(table(before, now, 1, SECOND), " 7.0 "));
    assert_non_null(strstr(table(before, now, 1, 0), " 0.0 ")); /* no time has gone by */
}

/* Columns and what is in them end at the same place. */
static void columns(void **state)
{
    const struct counts none[1] = {{0}};
    const char *line;
    size_t width;

    (void)state;
    line = table(none, none, 1, SECOND);
    width = strcspn(line, "\n");
    for (int i = 0; i < 3; i++, line += width + 1)
        assert_int_equal(strcspn(line, "\n"), width);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rates), cmocka_unit_test(another_server),
                                       cmocka_unit_test(columns)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
