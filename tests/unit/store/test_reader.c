/* How a worker reads: one transaction for a turn of the loop, and never older than what was committed. */
#include "store_author.h"

#include "os/fiber.h"
#include "os/loop.h"
#include "store/reader.h"

struct setting {
    struct fixture f;
    struct author author;
    struct loop *loop;
    struct fiber_pool *fibers;
    struct reader *reader;
};

static int set_up(void **state)
{
    struct setting *s = calloc(1, sizeof *s);

    fixture_init(&s->f);
    author_start(&s->author, &s->f);
    fixture_open(&s->f, SQL_READ_ONLY);
    fixture_ok(&s->f, dw__loop_new(&s->loop));
    fixture_ok(&s->f, dw__fiber_pool_new(&s->fibers, s->loop, 64, 8));
    fixture_ok(&s->f, dw__reader_new(&s->reader, s->f.h, s->loop));
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *s = *state;

    dw__reader_free(s->reader);
    dw__fiber_pool_free(s->fibers);
    dw__loop_free(s->loop);
    author_end(&s->author);
    fixture_release(&s->f);
    free(s);
    return 0;
}

/* What runs on a fiber, with a context of its own. */
struct job {
    struct setting *s;
    void (*fn)(struct job *job);
    dw_ctx ctx;
    struct arena arena;
};

static void run_job(void *arg)
{
    struct job *job = arg;

    dw__arena_init(&job->arena, NULL, (size_t)8 << 20);
    dw__ctx_init(&job->ctx, &job->arena, &job->s->f.services, dw__loop_clock(job->s->loop));
    job->ctx.fiber = dw__fiber_self();
    job->fn(job);
    dw__ctx_end(&job->ctx);
    dw__arena_release(&job->arena);
}

static void on_fiber(struct setting *s, void (*fn)(struct job *job))
{
    struct job job = {.s = s, .fn = fn};

    assert_int_equal(dw__fiber_start(s->fibers, run_job, &job, NULL), DW_OK);
    dw__loop_run_until_idle(s->loop);
}

static dw_err ask(struct job *job, const dw_query *q, struct sql_value one, void *out)
{
    struct fixture *f = &job->s->f;
    size_t i = dw__sql_index(f->inv, q);
    struct sql_call call = {
        .index = i, .st = dw__sql_statement(f->inv, i), .values = &one, .want = SQL_WANT_ONE};
    struct sql_run run = {
        .statement = i, .values = &one, .sink = &call.collect.sink, .one_row = true, .trouble = ""};

    dw__collect_init(&call.collect, call.st, &job->arena, SQL_WANT_ONE, out);
    return dw__reader_run(job->s->reader, &job->ctx, &call, &run);
}

static int64_t count(struct job *job)
{
    note_count row = {.n = -1};

    assert_int_equal(ask(job, &note_total, (struct sql_value){0}, &row), DW_OK);
    return row.n;
}

static void read_in_two_turns(struct job *job)
{
    assert_false(dw__sqlite_in_transaction(job->s->f.h));
    assert_int_equal(count(job), 0);
    assert_true(dw__sqlite_in_transaction(job->s->f.h));
    assert_int_equal(count(job), 0);
    assert_int_equal(dw_sleep(&job->ctx, 1), DW_OK);
    assert_false(dw__sqlite_in_transaction(job->s->f.h));
    assert_int_equal(count(job), 0);
}

static void the_reads_of_a_turn_share_a_transaction(void **state)
{
    struct setting *s = *state;

    on_fiber(s, read_in_two_turns);
    assert_false(dw__sqlite_in_transaction(s->f.h));
}

static void read_what_is_written(struct job *job)
{
    for (int64_t i = 0; i < 200; i++) {
        assert_int_equal(count(job), i);
        assert_int_equal(author_tell(&job->s->author, 'n'), 'y');
    }
}

static void what_was_committed_is_seen_in_the_same_turn(void **state)
{
    on_fiber(*state, read_what_is_written);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_reads_of_a_turn_share_a_transaction),
        TEST(what_was_committed_is_seen_in_the_same_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
