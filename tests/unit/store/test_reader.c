/* How a worker reads: one transaction for a turn of the loop, never older than what was committed, and not for long. */
#include "store_reading.h"
#include "under_valgrind.h"

static void read_in_two_turns(struct job *job)
{
    assert_false(dw__sqlite_in_transaction(job->r->f.h));
    assert_int_equal(count_notes(job, BY_READER), 0);
    assert_true(dw__sqlite_in_transaction(job->r->f.h));
    assert_int_equal(count_notes(job, BY_READER), 0);
    for (int turns = 0; turns < 2; turns++) /* it may wake in the turn that it was started in */
        assert_int_equal(dw_sleep(&job->ctx, 1), DW_OK);
    assert_false(dw__sqlite_in_transaction(job->r->f.h));
    assert_int_equal(count_notes(job, BY_READER), 0);
}

static void the_reads_of_a_turn_share_a_transaction(void **state)
{
    struct reading *r = *state;

    on_fiber(r, read_in_two_turns);
    assert_false(dw__sqlite_in_transaction(r->f.h));
}

static void read_what_is_written(struct job *job)
{
    for (int64_t i = 0; i < 200; i++) {
        assert_int_equal(count_notes(job, BY_READER), i);
        assert_int_equal(author_tell(&job->r->author, 'n'), 'y');
    }
}

static void what_was_committed_is_seen_in_the_same_turn(void **state)
{
    on_fiber(*state, read_what_is_written);
}

/* ---- long ones ---- */

/* Rows that take some tens of milliseconds, counted by SQLite. */
#define LONG 300000

static void read_long(struct job *job)
{
    note_count row;

    (void)!ask(job, BY_READER, &note_length, LONG, SQL_WANT_ONE, &row);
    if (job->err == DW_OK)
        assert_int_equal(row.n, LONG);
}

/* What else wants the loop meanwhile, and how long it had to wait. */
static void tick(struct job *job)
{
    uint64_t *longest = job->arg;

    for (uint64_t before = clock_ns(), now; !job->ctx.canceled; before = now) {
        if (dw_sleep(&job->ctx, 1) != DW_OK)
            return;
        now = clock_ns();
        if (now - before > *longest)
            *longest = now - before;
    }
}

static void stop_ticking(struct job *job)
{
    struct job *const *both = job->arg;

    while (!both[1]->ended)
        assert_int_equal(dw_sleep(&job->ctx, 1), DW_OK);
    dw__ctx_cancel(&both[0]->ctx);
}

static void a_long_read_leaves_the_loop(void **state)
{
    struct reading *r = *state;
    struct job ticking = {0}, reading = {0}, stopping = {0};
    struct job *both[] = {&ticking, &reading};
    uint64_t longest = 0;

    if (under_valgrind()) /* where everything takes long */
        skip();
    job_start(r, &ticking, tick, &longest);
    job_start(r, &reading, read_long, NULL);
    assert_false(reading.ended);
    job_start(r, &stopping, stop_ticking, both);
    dw__loop_run_until_idle(r->loop);
    assert_int_equal(reading.err, DW_OK);
    assert_int_equal(dw__reader_moves(r->reader), 1);
    assert_true(longest < 2000000000u); /* whatever else this machine does */
    assert_non_null(strstr(fixture_log(&r->f), "\"event\":\"sql.moved\""));
    assert_non_null(strstr(fixture_log(&r->f), "\"statement\":\"note_length\""));
}

static void expect_moves(struct reading *r, void (*fn)(struct job *job), size_t runs, size_t moves)
{
    for (size_t i = 0; i < runs; i++) {
        struct job job = {0};

        job_start(r, &job, fn, NULL);
        dw__loop_run_until_idle(r->loop);
        assert_int_equal(job.err, DW_OK);
    }
    assert_int_equal(dw__reader_moves(r->reader), moves);
}

static void read_short(struct job *job)
{
    note_count row;

    assert_int_equal(ask(job, BY_READER, &note_length, 3, SQL_WANT_ONE, &row), DW_OK);
    assert_int_equal(row.n, 3);
}

static void it_is_remembered_and_tried_again(void **state)
{
    struct reading *r = *state;

    expect_moves(r, read_short, 3, 0);
    expect_moves(r, read_long, 3, 1);
    expect_moves(r, read_short, 64 - 2, 1);
    assert_false(dw__sqlite_in_transaction(r->f.h));
    expect_moves(r, read_long, 2, 2);
}

static void read_rows_long(struct job *job)
{
    const note_count *rows;

    assert_int_equal(ask(job, BY_READER, &note_hundred, LONG, SQL_WANT_ALL, NULL), DW_OK);
    rows = (const note_count *)(const void *)job->call.collect.rows;
    assert_int_equal(job->call.collect.n, 100);
    for (int64_t i = 0; i < 100; i++)
        assert_int_equal(rows[i].n, i + 1);
}

/* Its rows come before it takes long: those that the loop had collected are not there twice. */
static void rows_are_collected_once(void **state)
{
    struct reading *r = *state;

    on_fiber(r, read_rows_long);
    assert_int_equal(dw__reader_moves(r->reader), 1);
}

static void who_has_less_time_is_not_moved(void **state)
{
    struct reading *r = *state;
    struct job job = {.deadline_ns = dw__loop_clock(r->loop)->mono_ns + 3000000};

    job_start(r, &job, read_long, NULL);
    dw__loop_run_until_idle(r->loop);
    assert_int_equal(job.err, DW_TIMEOUT);
    assert_int_equal(dw__reader_moves(r->reader), 0);
}

static void outside_a_fiber_it_stays(void **state)
{
    struct reading *r = *state;
    struct job job = {.r = r};

    dw__arena_init(&job.arena, NULL, (size_t)8 << 20);
    dw__ctx_init(&job.ctx, &job.arena, &r->f.services, dw__loop_clock(r->loop));
    read_long(&job);
    assert_int_equal(job.err, DW_OK);
    assert_int_equal(dw__reader_moves(r->reader), 0);
    dw__ctx_end(&job.ctx);
    dw__arena_release(&job.arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, reading_set_up, reading_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_reads_of_a_turn_share_a_transaction),
        TEST(what_was_committed_is_seen_in_the_same_turn),
        TEST(a_long_read_leaves_the_loop),
        TEST(it_is_remembered_and_tried_again),
        TEST(rows_are_collected_once),
        TEST(who_has_less_time_is_not_moved),
        TEST(outside_a_fiber_it_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
