/* Transactions of a worker beside the store's engine, and what becomes of one whose worker lies, dies or hangs. */
#include "store_pair.h"

#include <dw/tx.h>

#include <time.h>

#include "store/lease.h"

#define RINGS 2

struct setting {
    struct fixture f;
    struct pair pairs[RINGS];
    struct ring_end *ends[RINGS]; /* the store's */
    struct ring_end *raw;         /* worker 1's end */
    struct loop *loop;
    struct fiber_pool *fibers;
    struct sql_writer *writer;
    struct worker w; /* worker 0 */
    size_t n_broken;
    unsigned seen;
};

static void on_broken(void *self, size_t ring)
{
    (void)ring;
    ((struct setting *)self)->n_broken++;
}

struct pause {
    struct timer timer;
    struct loop *loop;
};

static void stop_loop(struct timer *timer)
{
    dw__loop_stop(DW__LIST_ENTRY(timer, struct pause, timer)->loop);
}

static void turn_for(struct setting *s, uint64_t ms)
{
    struct pause pause = {.timer = {.fn = stop_loop}, .loop = s->loop};

    dw__clock_read(dw__loop_clock_for_test(s->loop));
    assert_int_equal(dw__timer_set(s->loop, &pause.timer, dw__loop_clock(s->loop)->mono_ns + ms * 1000000),
                     DW_OK);
    dw__loop_run(s->loop);
}

static int set_up(void **state)
{
    struct setting *s = calloc(1, sizeof *s);

    fixture_init(&s->f);
    fixture_log_start(&s->f);
    fixture_open(&s->f, SQL_READ_WRITE);
    fixture_ok(&s->f, dw__loop_new(&s->loop));
    fixture_ok(&s->f, dw__fiber_pool_new(&s->fibers, s->loop, 256, 64));
    for (size_t i = 0; i < RINGS; i++) {
        pair_init(&s->pairs[i]);
        s->ends[i] = pair_end(&s->pairs[i], false);
    }
    fixture_ok(&s->f, dw__sql_writer_new(&s->writer, s->f.h, s->f.inv, s->ends, RINGS, s->loop,
                                         s->f.services.log, store_fatal));
    dw__sql_writer_on_broken(s->writer, on_broken, s);
    dw__sql_writer_leases(s->writer, UINT64_C(5000000000));
    s->w = (struct worker){
        .f = &s->f, .loop = s->loop, .fibers = s->fibers, .ring = pair_end(&s->pairs[0], true)};
    s->raw = pair_end(&s->pairs[1], true);
    turn_for(s, 1);
    (void)dw__ring_sync(s->w.ring);
    (void)dw__ring_sync(s->raw);
    fixture_ok(&s->f, dw__sql_client_remote(&s->f.client, s->f.h, s->f.inv, s->w.ring, s->loop));
    s->f.services.sql = s->f.client;
    s->f.services.loop = s->loop;
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *s = *state;

    dw__sql_writer_free(s->writer);
    fixture_close(&s->f);
    for (size_t i = 0; i < RINGS; i++)
        dw__ring_end_free(s->ends[i]);
    dw__ring_end_free(s->w.ring);
    dw__ring_end_free(s->raw);
    for (size_t i = 0; i < RINGS; i++)
        pair_release(&s->pairs[i]);
    dw__fiber_pool_free(s->fibers);
    dw__loop_free(s->loop);
    fixture_release(&s->f);
    free(s);
    return 0;
}

static dw_err put(dw_ctx *ctx, const char *title)
{
    const note_in in = {.title = {title, strlen(title)}};

    return DW_EXEC(ctx, note_put, &in, NULL);
}

static int64_t total(dw_ctx *ctx)
{
    note_count count = {.n = -1};

    assert_int_equal(DW_ONE(ctx, note_total, &(nothing_in){0}, &count), DW_OK);
    return count.n;
}

/* What a reader outside would see. */
static int64_t committed(struct setting *s)
{
    return total(&s->f.ctx);
}

/* ---- a worker that does what it should ---- */

static void keep_two(struct job *job)
{
    struct setting *s = job->arg;
    dw_err err;

    DW_TX(&job->ctx, &err)
    {
        err = put(&job->ctx, "one");
        if (err == DW_OK)
            err = put(&job->ctx, "two");
        assert_int_equal(total(&job->ctx), 2);
    }
    assert_int_equal(err, DW_OK);
    assert_int_equal(committed(s), 2);
}

static void undo_two(struct job *job)
{
    dw_err err, inner;

    DW_TX(&job->ctx, &err)
    {
        err = put(&job->ctx, "three");
        DW_TX(&job->ctx, &inner)
        {
            inner = put(&job->ctx, "four");
            if (inner == DW_OK)
                inner = put(&job->ctx, "one");
        }
        assert_int_equal(inner, DW_CONFLICT);
        assert_int_equal(total(&job->ctx), 3);
        err = DW_DENIED;
    }
    assert_int_equal(err, DW_DENIED);
    assert_int_equal(put(&job->ctx, "five"), DW_OK);
    assert_int_equal(total(&job->ctx), 3);
}

static void blocks_keep_and_undo(void **state)
{
    struct setting *s = *state;

    worker_run(&s->w, 1, keep_two, s);
    worker_run(&s->w, 1, undo_two, s);
    assert_string_equal(fixture_log(&s->f), "");
}

/* Reads, waits for the store, writes what it read: lost when another gets between. */
static void add_one(struct job *job)
{
    note_count now;
    dw_err err;

    if (job->i % 4 == 3) { /* others write beside */
        assert_int_equal(put(&job->ctx, dw_format(&job->ctx, "beside %zu", job->i).p), DW_OK);
        return;
    }
    DW_TX_REPEATABLE(&job->ctx, &err)
    {
        err = DW_ONE(&job->ctx, note_total, &(nothing_in){0}, &now);
        if (err == DW_OK)
            err = put(&job->ctx, dw_format(&job->ctx, "total %lld", (long long)now.n).p);
    }
    assert_int_equal(err, DW_OK);
}

static void nobody_gets_between(void **state)
{
    struct setting *s = *state;

    worker_run(&s->w, 64, add_one, s);
    assert_int_equal(committed(s), 64);
}

/* ---- time ---- */

static void hold_too_long(struct job *job)
{
    struct setting *s = job->arg;
    const struct timespec while_asleep = {.tv_nsec = DW__LEASE_NS + 10000000};
    dw_err err;

    DW_TX(&job->ctx, &err)
    {
        err = put(&job->ctx, "late");
        (void)nanosleep(&while_asleep, NULL); /* the whole process: a handler that calculates */
        s->seen++;
        if (err == DW_OK)
            err = put(&job->ctx, "later");
    }
    assert_int_equal(err, DW_UNAVAILABLE);
    assert_int_equal(total(&job->ctx), 0);
    DW_TX_REPEATABLE(&job->ctx, &err)
    {
        err = put(&job->ctx, "late");
        if (s->seen++ < 3)
            (void)nanosleep(&while_asleep, NULL);
    }
    assert_int_equal(err, DW_OK);
    assert_true(s->seen >= 4);
    assert_int_equal(total(&job->ctx), 1);
}

static void a_lease_ends(void **state)
{
    struct setting *s = *state;

    dw__sql_writer_leases(s->writer, DW__LEASE_NS);
    worker_run(&s->w, 1, hold_too_long, s);
    assert_non_null(strstr(fixture_log(&s->f), "\"event\":\"tx.failed\""));
    assert_non_null(strstr(fixture_log(&s->f), "its time is up"));
}

/* ---- a worker by hand ---- */

static void raw_put(struct setting *s, struct unit unit, const char *title)
{
    note_in in = {.title = {title, title ? strlen(title) : 0}};
    struct sql_value values[DW__SQL_MAX_PARAMS];
    size_t n = 0;
    char bytes[512];
    struct arena arena;
    struct buf b;

    dw__arena_init(&arena, NULL, sizeof bytes);
    if (title) {
        unit.statement = (uint32_t)dw__sql_index(s->f.inv, &note_put);
        dw__params_from(dw__sql_statement(s->f.inv, unit.statement), &in, 0, (dw_text){0}, &arena, values);
        n = dw__sql_statement(s->f.inv, unit.statement)->n_params;
    }
    dw__buf_init_fixed(&b, bytes, sizeof bytes);
    dw__unit_put(&b, &unit, values, n);
    assert_int_equal(dw__ring_put(s->raw, b.p, b.n, NULL, 0), DW_OK);
    dw__ring_flush(s->raw);
    dw__arena_release(&arena);
    turn_for(s, 2);
}

static struct answer raw_get(struct setting *s)
{
    struct answer answer;
    char bytes[512];
    dw_text message = {bytes, 0};

    assert_int_equal(dw__ring_get(s->raw, bytes, sizeof bytes, &message.n), DW_OK);
    assert_int_equal(dw__answer_get(&message, &answer), DW_OK);
    return answer;
}

static void write_beside(struct job *job)
{
    struct setting *s = job->arg;
    struct timespec began, ended;

    clock_gettime(CLOCK_MONOTONIC, &began);
    assert_int_equal(put(&job->ctx, "beside"), DW_OK);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    s->seen = (unsigned)((ended.tv_sec - began.tv_sec) * 1000 + (ended.tv_nsec - began.tv_nsec) / 1000000);
}

static void who_hangs_holds_nobody_for_long(void **state)
{
    struct setting *s = *state;

    dw__sql_writer_leases(s->writer, DW__LEASE_NS);
    raw_put(s, (struct unit){.id = 1, .act = TX_RUN, .begins = true, .lease = 7}, "hung");
    assert_int_equal(raw_get(s).err, DW_OK);
    worker_run(&s->w, 1, write_beside, s);
    assert_true(s->seen < 3000); /* not for the other's deadline */
    raw_put(s, (struct unit){.id = 2, .act = TX_COMMIT, .lease = 7}, NULL);
    assert_int_equal(raw_get(s).changes, DW__LEASE_LOST);
    assert_int_equal(committed(s), 1);
    assert_int_equal(s->n_broken, 0);
}

static void who_dies_holds_nobody(void **state)
{
    struct setting *s = *state;

    raw_put(s, (struct unit){.id = 1, .act = TX_RUN, .begins = true, .lease = 7}, "dead");
    dw__ring_end_free(s->raw);
    s->raw = pair_end(&s->pairs[1], true); /* its replacement */
    turn_for(s, 5);
    assert_non_null(strstr(fixture_log(&s->f), "its worker was replaced"));
    (void)dw__ring_sync(s->raw);
    raw_put(s, (struct unit){.id = 1, .act = TX_RUN, .lease = 7}, "again");
    assert_int_equal(raw_get(s).changes, DW__LEASE_LOST);
    worker_run(&s->w, 1, write_beside, s);
    assert_int_equal(committed(s), 1);
}

static void nothing_is_seen_before_its_end(void **state)
{
    struct setting *s = *state;

    raw_put(s, (struct unit){.id = 1, .act = TX_RUN, .begins = true, .lease = 7}, "one");
    assert_int_equal(raw_get(s).err, DW_OK);
    raw_put(s, (struct unit){.id = 2, .act = TX_COMMIT, .lease = 7}, NULL);
    assert_int_equal(raw_get(s).err, DW_OK);
    assert_int_equal(committed(s), 1);
}

static void what_cannot_be_is_refused(void **state)
{
    struct setting *s = *state;

    raw_put(s, (struct unit){.id = 1, .act = TX_COMMIT, .lease = 7}, NULL); /* of nothing */
    assert_int_equal(raw_get(s).changes, DW__LEASE_LOST);
    raw_put(s, (struct unit){.id = 2, .act = TX_RUN, .begins = true, .lease = 7}, "one");
    assert_int_equal(raw_get(s).err, DW_OK);
    raw_put(s, (struct unit){.id = 3, .act = TX_COMMIT, .lease = 8}, NULL); /* of another */
    assert_int_equal(raw_get(s).changes, DW__LEASE_LOST);
    raw_put(s, (struct unit){.id = 4, .act = TX_RUN, .begins = true, .lease = 9}, "one");
    assert_int_equal(raw_get(s).err, DW_OK);
    raw_put(s, (struct unit){.id = 5, .act = TX_RELEASE, .lease = 9}, NULL); /* of no savepoint */
    assert_int_equal(raw_get(s).err, DW_INTERNAL);
    raw_put(s, (struct unit){.id = 6, .act = TX_RUN, .begins = true, .lease = 9}, "one");
    assert_int_equal(raw_get(s).err, DW_OK);
    raw_put(s, (struct unit){.id = 7, .act = TX_RUN, .lease = 9}, "one"); /* twice, and kept all the same? */
    assert_int_equal(raw_get(s).err, DW_CONFLICT);
    raw_put(s, (struct unit){.id = 8, .act = TX_COMMIT, .lease = 9}, NULL);
    assert_int_equal(raw_get(s).err, DW_INTERNAL);
    raw_put(s, (struct unit){.id = 9, .act = TX_RUN, .begins = true, .lease = 10}, "one");
    assert_int_equal(raw_get(s).err, DW_OK);
    raw_put(s, (struct unit){.id = 10}, "by itself"); /* while one is open */
    assert_int_equal(raw_get(s).err, DW_UNAVAILABLE);
    assert_int_equal(committed(s), 0);
    assert_int_equal(s->n_broken, 0);
    worker_run(&s->w, 1, write_beside, s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(blocks_keep_and_undo, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_gets_between, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lease_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_hangs_holds_nobody_for_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_dies_holds_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_seen_before_its_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("store/lease", tests, NULL, NULL);
}
