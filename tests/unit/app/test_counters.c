/* The counts of all workers: text, and back; what a new worker finds in its slot; text that is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/counters.h"
#include "base/text.h"
#include "proc/monitor.h"

static void there_and_back(void **state)
{
    struct counts in[3] = {0}, out[3];
    char text[16384];
    struct buf b;
    unsigned n;

    (void)state;
    for (unsigned w = 0; w < 3; w++)
        for (size_t i = 0; i < 20; i++)
            ((uint64_t *)(void *)&in[w])[i] = UINT64_MAX - 100 * w - i;
    dw__buf_init_fixed(&b, text, sizeof text);
    dw__counters_print(in, 3, &b);
    assert_false(b.failed);
    assert_true(dw__counters_read((dw_text){b.p, b.n}, out, 3, &n));
    assert_int_equal(n, 3);
    assert_memory_equal(in, out, sizeof in);
    assert_false(
        dw__counters_read((dw_text){b.p, b.n}, out, 2, &n)); /* more workers than there is room for */
}

/* As Prometheus wants it: each metric is described once, before its samples. */
static void form(void **state)
{
    struct counts in[2] = {{.requests = 7, .replies_5xx = 1}};
    char text[8192];
    struct buf b;

    (void)state;
    dw__buf_init_fixed(&b, text, sizeof text - 1);
    dw__counters_print(in, 2, &b);
    text[b.n] = '\0';
    assert_non_null(strstr(text, "# TYPE dewar_requests_total counter\ndewar_requests_total{worker=\"0\"} 7\n"
                                 "dewar_requests_total{worker=\"1\"} 0\n"));
    assert_non_null(strstr(text, "dewar_replies_total{worker=\"0\",status=\"5xx\"} 1\n"));
    const char *once = strstr(text, "# TYPE dewar_replies_total ");
    assert_non_null(once);
    assert_null(strstr(once + 1, "# TYPE dewar_replies_total "));
}

static void not_ours(void **state)
{
    static const char *const texts[] = {"",
                                        "<html>",
                                        "dewar_requests_total 7\n",
                                        "dewar_requests_total{worker=\"0\"} -7\n",
                                        "dewar_requests_total{worker=\"x\"} 7\n",
                                        "dewar_requests_total{worker=\"0",
                                        "dewar_replies_total{worker=\"0\",status=\"6xx\"} 7\n",
                                        "dewar_requests_total{worker=\"99\"} 7\n"};
    struct counts out[2];
    unsigned n;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_false(dw__counters_read(dw__text_of(texts[i]), out, 2, &n));
    /* A line that we do not know is for a later version's. */
    assert_true(dw__counters_read(
        DW_TEXT("dewar_new{worker=\"0\"} 1\ndewar_requests_total{worker=\"1\"} 7\n"), out, 2, &n));
    assert_int_equal(n, 2);
    assert_int_equal(out[1].requests, 7);
}

static void shared(void **state)
{
    struct counts *one, *two;
    int fd;

    (void)state;
    assert_int_equal(dw__counters_new(&fd), DW_OK);
    assert_int_equal(dw__counters_map(fd, &one), DW_OK);
    assert_int_equal(dw__counters_map(fd, &two), DW_OK);
    dw__count_up(&one[3].requests);
    dw__count_up(&one[3].connections);
    dw__count_up(&one[4].connections);
    assert_int_equal(two[3].requests, 1);
    dw__counters_begin(&two[3], 1000);
    assert_int_equal(one[3].requests, 1); /* goes on */
    assert_int_equal(one[3].connections, 0);
    assert_int_equal(one[3].started_s, 1000);
    assert_int_equal(one[4].connections, 1);
    assert_int_equal(dw__counters_limits(two), LIMITS_NOT_TO_BE_KEPT);
    dw__counters_say_limits(fd, LIMITS_LOST);
    assert_int_equal(dw__counters_limits(two), LIMITS_LOST);
    dw__counters_say_limits(fd, LIMITS_KEPT);
    dw__counters_say_limits(0, LIMITS_LOST);
    assert_int_equal(dw__counters_limits(one), LIMITS_KEPT);
    assert_int_equal(one[DW__MAX_WORKERS - 1].requests, 0);
    dw__counters_unmap(one);
    dw__counters_unmap(two);
    close(fd);
    assert_int_equal(dw__counters_map(0, &one), DW_DENIED); /* standard input is no such memory */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(there_and_back), cmocka_unit_test(form),
                                       cmocka_unit_test(not_ours), cmocka_unit_test(shared)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
