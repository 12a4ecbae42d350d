/* Reads beside the loop: their rows, their end when the request is over, and how many there may be. */
#include "store_reading.h"

#include <dirent.h>

static void read_everything(struct job *job)
{
    const note_row *rows;
    note_row one;

    for (int64_t i = 0; i < 5; i++) {
        assert_int_equal(author_tell(&job->r->author, 'n'), 'y');
        assert_int_equal(count_notes(job, IN_A_THREAD), i + 1); /* what was committed is seen there too */
    }
    assert_int_equal(ask(job, IN_A_THREAD, &note_all, 0, SQL_WANT_ALL, NULL), DW_OK);
    assert_int_equal(job->call.collect.n, 5);
    rows = (const note_row *)(const void *)job->call.collect.rows;
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(rows[i].id, i + 1);
        assert_int_equal(rows[i].title.n, 6);
        assert_memory_equal(rows[i].title.p, "note ", 5);
        assert_false(rows[i].has.memo);
    }
    assert_int_equal(ask(job, IN_A_THREAD, &note_by_id, 3, SQL_WANT_ONE, &one), DW_OK);
    assert_int_equal(one.id, 3);
    assert_int_equal(ask(job, IN_A_THREAD, &note_by_id, 300, SQL_WANT_ONE, &one), DW_OK);
    assert_int_equal(job->call.collect.n, 0);
    assert_int_equal(ask(job, IN_A_THREAD, &note_put, 0, SQL_WANT_NONE, NULL), DW_INTERNAL);
    assert_non_null(strstr(job->trouble, "it writes, and this handle does not"));
}

static void rows_come_back(void **state)
{
    on_fiber(*state, read_everything);
}

static void read_too_many(struct job *job)
{
    assert_int_equal(ask(job, IN_A_THREAD, &note_flood, 1000, SQL_WANT_ALL, NULL), DW_OK);
    assert_int_equal(job->call.collect.n, 1000);
    assert_int_equal(ask(job, IN_A_THREAD, &note_flood, 1001, SQL_WANT_ALL, NULL), DW_INTERNAL);
    assert_non_null(strstr(job->call.collect.fault, "page by key"));
}

static void a_thousand_rows_and_no_more(void **state)
{
    on_fiber(*state, read_too_many);
}

static void read_for_ever(struct job *job)
{
    note_count row;

    (void)!ask(job, IN_A_THREAD, &note_spin, 1, SQL_WANT_ONE, &row);
}

static void cancel_later(struct job *job)
{
    struct job *reading = job->arg;

    assert_int_equal(dw_sleep(&job->ctx, 50), DW_OK);
    assert_false(reading->ended);
    dw__ctx_cancel(&reading->ctx);
}

static void who_leaves_ends_the_statement(void **state)
{
    struct reading *r = *state;
    struct job reading = {0}, canceling = {0};

    job_start(r, &reading, read_for_ever, NULL);
    job_start(r, &canceling, cancel_later, &reading);
    dw__loop_run_until_idle(r->loop);
    assert_true(reading.ended);
    assert_int_equal(reading.err, DW_CANCELED);
}

static void the_deadline_ends_the_statement(void **state)
{
    struct reading *r = *state;
    struct job reading = {.deadline_ns = clock_ns() + 50000000};

    job_start(r, &reading, read_for_ever, NULL);
    dw__loop_run_until_idle(r->loop);
    assert_true(reading.ended);
    assert_int_equal(reading.err, DW_TIMEOUT);
    assert_true(clock_ns() >= reading.deadline_ns);
}

/* Cancels those that have not ended yet, after a while. */
struct crowd {
    struct job jobs[DW__READ_THREADS + DW__READ_QUEUE + 2];
};

static void cancel_all(struct job *job)
{
    struct crowd *crowd = job->arg;

    assert_int_equal(dw_sleep(&job->ctx, 20), DW_OK);
    for (size_t i = 0; i < sizeof crowd->jobs / sizeof crowd->jobs[0]; i++)
        if (!crowd->jobs[i].ended)
            dw__ctx_cancel(&crowd->jobs[i].ctx);
}

static void there_is_room_for_so_many(void **state)
{
    struct reading *r = *state;
    struct crowd *crowd = calloc(1, sizeof *crowd);
    size_t n = sizeof crowd->jobs / sizeof crowd->jobs[0];
    struct job canceling = {0};

    for (size_t i = 0; i < n; i++)
        job_start(r, &crowd->jobs[i], read_for_ever, NULL);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(crowd->jobs[i].ended, i >= n - 2);
    assert_int_equal(crowd->jobs[n - 1].err, DW_UNAVAILABLE);
    assert_string_equal(crowd->jobs[n - 1].trouble, "too many long reads are under way");
    job_start(r, &canceling, cancel_all, crowd);
    dw__loop_run_until_idle(r->loop);
    for (size_t i = 0; i + 2 < n; i++)
        assert_int_equal(crowd->jobs[i].err, DW_CANCELED);
    on_fiber(r, read_everything); /* and there is room again */
    free(crowd);
}

static size_t descriptors(const char *path)
{
    DIR *dir = opendir("/proc/self/fd");
    char link[320], target[256];
    size_t n = 0;

    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        ssize_t len;

        (void)snprintf(link, sizeof link, "/proc/self/fd/%s", entry->d_name);
        len = readlink(link, target, sizeof target - 1);
        target[len > 0 ? len : 0] = '\0';
        n += strcmp(target, path) == 0;
    }
    closedir(dir);
    return n;
}

static void read_once(struct job *job)
{
    (void)count_notes(job, IN_A_THREAD);
}

/* Handles are opened when they are needed, used again, and closed in the end. */
static void there_are_no_more_handles_than_threads(void **state)
{
    struct reading *r = *state;
    struct job jobs[40] = {0};
    size_t before = descriptors(r->f.path);

    on_fiber(r, read_once);
    assert_int_equal(descriptors(r->f.path), before + 1);
    for (size_t i = 0; i < 40; i++)
        job_start(r, &jobs[i], read_once, NULL);
    dw__loop_run_until_idle(r->loop);
    assert_true(descriptors(r->f.path) <= before + DW__READ_THREADS);
    dw__read_threads_free(r->threads);
    r->threads = NULL;
    assert_true(descriptors(r->f.path) <= before + DW__READ_THREADS);
}

static void read_without_a_database(struct job *job)
{
    note_count row;

    assert_int_equal(ask(job, IN_A_THREAD, &note_total, 0, SQL_WANT_ONE, &row), DW_UNAVAILABLE);
    assert_non_null(strstr(job->trouble, "unable to open database file"));
}

static void a_handle_that_cannot_be_opened_is_said(void **state)
{
    struct reading *r = *state;
    char away[128];

    (void)snprintf(away, sizeof away, "%s.away", r->f.path);
    assert_int_equal(rename(r->f.path, away), 0);
    on_fiber(r, read_without_a_database);
    assert_int_equal(rename(away, r->f.path), 0);
    on_fiber(r, read_once);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, reading_set_up, reading_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_come_back),
        TEST(a_thousand_rows_and_no_more),
        TEST(who_leaves_ends_the_statement),
        TEST(the_deadline_ends_the_statement),
        TEST(there_is_room_for_so_many),
        TEST(there_are_no_more_handles_than_threads),
        TEST(a_handle_that_cannot_be_opened_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
