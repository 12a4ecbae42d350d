/* Jobs that are declared: when they are due, how long they pause, and what is refused before anything runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jobs/table.h"

#define DAY INT64_C(86400000)

DW_SCHEMA(letter, (dw_email, to), (dw_text, subject, DW_LEN(1, 80)), (int64_t, n, .optional = true));
DW_SCHEMA(confidential, (dw_text, to), (dw_secret, word));
DW_SCHEMA(half, (dw_text, to), (dw_text, given, .read_only = true));

static dw_err do_letter(dw_ctx *ctx, const letter *in)
{
    (void)ctx;
    (void)in;
    return DW_OK;
}
static dw_err do_confidential(dw_ctx *ctx, const confidential *in)
{
    (void)ctx;
    (void)in;
    return DW_OK;
}
static dw_err do_half(dw_ctx *ctx, const half *in)
{
    (void)ctx;
    (void)in;
    return DW_OK;
}
static dw_err do_nothing(dw_ctx *ctx, const dw_nothing *in)
{
    (void)ctx;
    (void)in;
    return DW_OK;
}

DW_JOB(send, letter, do_letter);
DW_JOB(send_well, letter, do_letter, .attempts = 3, .at_once = 1, .deadline_ms = 1000, .retry_ms = 50);
DW_JOB(send_secret, confidential, do_confidential);
DW_JOB(send_half, half, do_half);
DW_JOB(too_much, letter, do_letter, .attempts = 101, .at_once = 65, .deadline_ms = 86400001,
       .retry_ms = 86400001);
DW_JOB(for_whom, letter, do_letter, .schedule = DW_EVERY(60));
DW_JOB(both, dw_nothing, do_nothing, .schedule = {.every_s = 60, .at = "03:30"});
DW_JOB(badly, dw_nothing, do_nothing, .schedule = DW_DAILY("24:00"));
DW_JOB(hourly, dw_nothing, do_nothing, .schedule = DW_EVERY(3600));
DW_JOB(nightly, dw_nothing, do_nothing, .schedule = DW_DAILY("03:30"));
DW_JOBS(jobs);

/* The table of these, or NULL and lines in `why`. */
static struct job_table *table_of(const dw_query *const *queries, size_t n, const dw_jobs *statements,
                                  char *why, size_t size)
{
    struct sql_inventory *inv;
    struct job_table *table;
    struct buf b;
    dw_err err;

    dw__buf_init_fixed(&b, why, size - 1);
    assert_int_equal(dw__sql_inventory_new(&inv, queries, queries + n, &b), DW_OK);
    err = dw__job_table_new(&table, statements, inv, &b);
    why[b.n] = '\0';
    assert_true((err == DW_OK) == (b.n == 0));
    dw__sql_inventory_free(inv);
    return table;
}

static void are_found(void **state)
{
    const dw_query *all[] = {&dw__job_put_send, &jobs_claim, &dw__job_put_send_well};
    char why[1000];
    struct job_table *table = table_of(all, 3, &jobs, why, sizeof why);

    (void)state;
    assert_non_null(table);
    assert_int_equal(table->n, 2);
    assert_ptr_equal(dw__job_kind_of(table, &send), &table->kinds[0]);
    assert_int_equal(table->kinds[0].attempts, 10);
    assert_int_equal(table->kinds[0].at_once, 4);
    assert_int_equal(table->kinds[0].deadline_ms, 30000);
    assert_int_equal(table->kinds[1].attempts, 3);
    assert_null(dw__job_kind_of(table, &nightly));
    assert_null(dw__job_kind_of(NULL, &send));
    dw__job_table_free(table);
    assert_null(table_of(&all[1], 1, NULL, why, sizeof why)); /* none, and nothing wrong */
    assert_string_equal(why, "");
}

static void refuses(const dw_query *q, const dw_jobs *statements, const char *const *words)
{
    char why[4000];

    assert_null(table_of(&q, 1, statements, why, sizeof why));
    for (; *words; words++)
        if (!strstr(why, *words))
            fail_msg("no `%s` in: %s", *words, why);
}
#define REFUSES(q, statements, ...) refuses(&(q), statements, (const char *const[]){__VA_ARGS__, NULL})

static void what_cannot_be_is_said(void **state)
{
    (void)state;
    REFUSES(dw__job_put_send, NULL, "job send: nobody looks after jobs", ".jobs = &jobs");
    REFUSES(dw__job_put_send_secret, &jobs, "job send_secret: confidential has a dw_secret");
    REFUSES(dw__job_put_send_half, &jobs, "job send_half: field `given` of half");
    REFUSES(dw__job_put_too_much, &jobs, ".attempts is 101", ".at_once is 65", ".deadline_ms is",
            ".retry_ms is");
    REFUSES(dw__job_put_for_whom, &jobs, "job for_whom: it has a .schedule", "dw_nothing, not letter");
    REFUSES(dw__job_put_both, &jobs, "either DW_EVERY or DW_DAILY");
    REFUSES(dw__job_put_badly, &jobs, "DW_DAILY(\"24:00\") is no time of the day");
}

static void times_of_the_day(void **state)
{
    static const char *const wrong[] = {"",       "3:30",  "03:60", "24:00", "0330",
                                        "03:30 ", "03-30", "aa:bb", "-1:00"};
    unsigned minute = 0;

    (void)state;
    assert_true(dw__job_time_of_day("00:00", &minute) && minute == 0);
    assert_true(dw__job_time_of_day("08:09", &minute) && minute == 489);
    assert_true(dw__job_time_of_day("23:59", &minute) && minute == 1439);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(dw__job_time_of_day(wrong[i], &minute));
}

static void the_next_time_is_exact(void **state)
{
    const int64_t midnight = 20000 * DAY, half_past_three = midnight + 210 * 60000;
    struct job_kind every = {.job = &hourly, .scheduled = true};
    struct job_kind daily = {.job = &nightly, .scheduled = true, .minute = 210};

    (void)state;
    assert_int_equal(dw__job_next_ms(&every, midnight), midnight + 3600000);
    assert_int_equal(dw__job_next_ms(&every, midnight + 1), midnight + 3600000);
    assert_int_equal(dw__job_next_ms(&every, midnight + 3599999), midnight + 3600000);
    assert_int_equal(dw__job_next_ms(&daily, midnight), half_past_three);
    assert_int_equal(dw__job_next_ms(&daily, half_past_three - 1), half_past_three);
    assert_int_equal(dw__job_next_ms(&daily, half_past_three), half_past_three + DAY);
    assert_int_equal(dw__job_next_ms(&daily, midnight + DAY - 1), half_past_three + DAY);
}

static void pauses_double_up_to_a_day(void **state)
{
    (void)state;
    assert_int_equal(dw__job_pause_ms(1000, 1, 0), 1000);
    assert_int_equal(dw__job_pause_ms(1000, 2, 0), 2000);
    assert_int_equal(dw__job_pause_ms(1000, 5, 0), 16000);
    assert_int_equal(dw__job_pause_ms(1000, 5, 1023), 16000 - 8000 * 1023 / 1024);
    assert_int_equal(dw__job_pause_ms(1000, 100, 0), DAY);
    assert_int_equal(dw__job_pause_ms(86400000, INT64_MAX, 0), DAY);
    for (uint32_t chance = 0; chance < 5000; chance++) {
        int64_t pause = dw__job_pause_ms(5000, 3, chance * 2654435761u);

        assert_true(pause > 10000 && pause <= 20000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_found),
        cmocka_unit_test(what_cannot_be_is_said),
        cmocka_unit_test(times_of_the_day),
        cmocka_unit_test(the_next_time_is_exact),
        cmocka_unit_test(pauses_double_up_to_a_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
