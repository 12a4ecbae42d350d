/* The store's engine beside its workers in one process: what is on the disk when it answers, and what a worker that lies gets. */
#include "store_pair.h"

#include <time.h>

#include "forgetful_vfs.h"
#include "store/row.h"

#define RINGS 2

struct setting {
    struct fixture f;
    struct pair pairs[RINGS];
    struct ring_end *ends[RINGS]; /* the store's */
    struct ring_end *raw;         /* worker 1's end, for lies */
    struct loop *loop;
    struct fiber_pool *fibers;
    struct sql_writer *writer;
    struct worker w; /* worker 0 */
    size_t broken, n_broken;
};

static char fatal_why[256];

static void on_fatal(const char *why)
{
    (void)snprintf(fatal_why, sizeof fatal_why, "%s", why);
}

static void on_broken(void *self, size_t ring)
{
    struct setting *s = self;

    s->broken = ring;
    s->n_broken++;
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

    fatal_why[0] = '\0';
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
                                         s->f.services.log, on_fatal));
    dw__sql_writer_on_broken(s->writer, on_broken, s);
    s->w = (struct worker){
        .f = &s->f, .loop = s->loop, .fibers = s->fibers, .ring = pair_end(&s->pairs[0], true)};
    s->raw = pair_end(&s->pairs[1], true);
    turn_for(s, 1);
    (void)dw__ring_sync(s->w.ring);
    (void)dw__ring_sync(s->raw);
    fixture_ok(&s->f, dw__sql_client_remote(&s->f.client, s->f.h, s->f.inv, s->w.ring, s->loop));
    assert_true(dw__ring_connected(s->w.ring) && dw__ring_connected(s->raw));
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

/* Puts one message as worker 1 and lets the store have its turn. */
static void raw_put(struct setting *s, const void *p, size_t n)
{
    assert_int_equal(dw__ring_put(s->raw, p, n, NULL, 0), DW_OK);
    dw__ring_flush(s->raw);
    turn_for(s, 2);
}

/* ---- what is on the disk ---- */

/* The row must be in what a power cut would leave at the moment when its write is answered. */
static void write_and_look(struct job *job)
{
    for (size_t k = 0; k < 3; k++) {
        note_in in = {.title = dw_format(&job->ctx, "%zu of %zu", k, job->i)};
        char cut[160], sql[256];
        note_id id;
        sqlite3 *db;

        assert_int_equal(DW_ONE(&job->ctx, note_add, &in, &id), DW_OK);
        (void)snprintf(cut, sizeof cut, "%s/cut.db", job->w->f->dir);
        assert_true(forgetful_cut(job->w->f->path, cut));
        assert_int_equal(sqlite3_open_v2(cut, &db, SQLITE_OPEN_READWRITE, "unix"), SQLITE_OK);
        (void)snprintf(sql, sizeof sql,
                       "SELECT json('x') WHERE NOT EXISTS (SELECT 1 FROM notes WHERE id = %lld)",
                       (long long)id.id);
        if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
            fail_msg("note %lld was answered before it was on the disk: %s", (long long)id.id,
                     sqlite3_errmsg(db));
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
    }
}

static void no_answer_precedes_its_sync(void **state)
{
    struct setting *s = *state;
    int before = forgetful_syncs;

    worker_run(&s->w, 16, write_and_look, NULL);
    assert_true(forgetful_syncs > before);
}

static void write_one(struct job *job)
{
    note_in in = {.title = dw_format(&job->ctx, "one %zu", job->i)};

    ((dw_err *)job->arg)[job->i] = DW_EXEC(&job->ctx, note_put, &in, NULL);
}

static int64_t total(struct setting *s)
{
    note_count count;

    fixture_ok(&s->f, DW_ONE(&s->f.ctx, note_total, &(nothing_in){0}, &count));
    return count.n;
}

static void a_commit_serves_many(void **state)
{
    struct setting *s = *state;
    dw_err errs[64];
    int before = forgetful_syncs;

    worker_run(&s->w, 64, write_one, errs);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(errs[i], DW_OK);
    assert_true(forgetful_syncs - before < 10);
    assert_int_equal(total(s), 64);
}

static void a_failed_sync_is_the_end(void **state)
{
    struct setting *s = *state;
    dw_err errs[8];

    forgetful_fail_sync = true;
    worker_run(&s->w, 8, write_one, errs);
    forgetful_fail_sync = false;
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(errs[i], DW_UNAVAILABLE);
    assert_non_null(strstr(fatal_why, "COMMIT: disk I/O error"));
}

static void a_full_disk_is_not(void **state)
{
    struct setting *s = *state;
    dw_err errs[8];

    forgetful_fail_write = true;
    worker_run(&s->w, 8, write_one, errs);
    forgetful_fail_write = false;
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(errs[i], DW_UNAVAILABLE);
    assert_string_equal(fatal_why, "");
    assert_int_equal(total(s), 0);
    worker_run(&s->w, 8, write_one, errs);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(errs[i], DW_OK);
    assert_int_equal(total(s), 8);
}

/* While the disk is at work nothing is in the ring. */
static void find_nothing(void *self)
{
    char bytes[64];
    size_t n;

    assert_int_equal(dw__ring_get(((struct setting *)self)->raw, bytes, sizeof bytes, &n), DW_NOT_FOUND);
}

static void answers_wait_for_the_sync(void **state)
{
    struct setting *s = *state;
    struct unit unit = {
        .id = 5, .statement = (uint32_t)dw__sql_index(s->f.inv, &note_mine), .want = SQL_WANT_ONE};
    struct sql_value values[3] = {
        {.type = SQL_TEXT, .t = {"a", 1}}, {.type = SQL_INT}, {.type = SQL_TEXT, .t = {"b", 1}}};
    char bytes[256];
    struct buf b;
    size_t n;
    int before = forgetful_syncs;

    dw__buf_init_fixed(&b, bytes, sizeof bytes);
    dw__unit_put(&b, &unit, values, 3);
    forgetful_self = s;
    forgetful_before_sync = find_nothing;
    raw_put(s, b.p, b.n);
    forgetful_before_sync = NULL;
    assert_true(forgetful_syncs > before);
    assert_int_equal(dw__ring_get(s->raw, bytes, sizeof bytes, &n), DW_OK);
    assert_int_equal(total(s), 1);
}

/* One of a batch that fails takes nothing of the others with it. */
static void write_some_twice(struct job *job)
{
    note_in in = {.title = dw_format(&job->ctx, "%zu", job->i / 2)};

    ((dw_err *)job->arg)[job->i] = DW_EXEC(&job->ctx, note_put, &in, NULL);
}

static void units_fail_alone(void **state)
{
    struct setting *s = *state;
    dw_err errs[32];

    worker_run(&s->w, 32, write_some_twice, errs);
    for (size_t i = 0; i < 32; i += 2)
        assert_int_equal(errs[i] + errs[i + 1], DW_CONFLICT);
    assert_int_equal(total(s), 16);
}

/* A statement that does not end is stopped when its request is. SQLite then undoes its transaction: the batch hears that
 * nothing of it is there, and the next one works. */
static void toil_or_write(struct job *job)
{
    dw_err *errs = job->arg;

    if (job->i == 0) {
        job->ctx.deadline_ns = job->ctx.clock->mono_ns + 50000000;
        errs[0] = DW_EXEC(&job->ctx, note_toil, &(note_key){.id = 1}, NULL);
    } else
        write_one(job);
}

static void a_deadline_stops_a_write(void **state)
{
    struct setting *s = *state;
    struct timespec before, after;
    dw_err errs[8];
    int n_ok = 0;

    worker_run(&s->w, 1, write_one, errs);
    assert_int_equal(errs[0], DW_OK);
    clock_gettime(CLOCK_MONOTONIC, &before);
    worker_run(&s->w, 8, toil_or_write, errs);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_int_equal(errs[0], DW_UNAVAILABLE);
    for (size_t i = 1; i < 8; i++)
        if (errs[i] == DW_OK)
            n_ok++;
        else
            assert_int_equal(errs[i], DW_UNAVAILABLE);
    assert_true((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 < 700);
    assert_int_equal(total(s), 1 + n_ok);
    assert_string_equal(fatal_why, "");
    errs[0] = DW_INTERNAL;
    worker_run(&s->w, 1, write_one, errs);
    assert_int_equal(errs[0], DW_CONFLICT);
}

static void the_log_is_checkpointed_when_idle(void **state)
{
    struct setting *s = *state;
    dw_err err;
    char cut[160], database[32768] = "";
    FILE *file;
    size_t n;

    worker_run(&s->w, 1, write_one, &err);
    assert_int_equal(err, DW_OK);
    turn_for(s, 200);
    /* Not through SQLite, and through a copy: closing the file itself would drop SQLite's locks in this process. */
    (void)snprintf(cut, sizeof cut, "%s/cut.db", s->f.dir);
    assert_true(forgetful_cut(s->f.path, cut));
    file = fopen(cut, "rb");
    assert_non_null(file);
    n = fread(database, 1, sizeof database, file);
    assert_int_equal(fclose(file), 0);
    assert_non_null(memmem(database, n, "one 0", 5));
}

/* ---- lies ---- */

static void the_other_worker_is_served(struct setting *s)
{
    dw_err err;

    worker_run(&s->w, 1, write_one, &err);
    assert_int_equal(err, DW_OK);
}

static void a_worker_that_lies_loses_its_ring(void **state)
{
    struct setting *s = *state;
    size_t n;
    char buf[64];

    raw_put(s, "nonsense", 8);
    assert_int_equal(s->n_broken, 1);
    assert_int_equal(s->broken, 1);
    assert_non_null(strstr(fixture_log(&s->f), "\"event\":\"store.ring_broken\""));
    assert_int_equal(dw__ring_get(s->raw, buf, sizeof buf, &n), DW_NOT_FOUND);
    the_other_worker_is_served(s);

    dw__ring_end_free(s->raw);
    s->raw = pair_end(&s->pairs[1], true);
    turn_for(s, 2);
    (void)dw__ring_sync(s->raw);
    assert_true(dw__ring_connected(s->raw));
    raw_put(s, "nonsense", 8);
    assert_int_equal(s->n_broken, 2);
}

static void a_statement_that_reads_is_refused(void **state)
{
    struct setting *s = *state;
    struct unit unit = {
        .id = 5, .statement = (uint32_t)dw__sql_index(s->f.inv, &note_total), .want = SQL_WANT_ONE};
    struct answer answer;
    char bytes[256];
    struct buf b;
    dw_text got;

    dw__buf_init_fixed(&b, bytes, sizeof bytes);
    dw__unit_put(&b, &unit, NULL, 0);
    raw_put(s, b.p, b.n);
    got.p = bytes;
    assert_int_equal(dw__ring_get(s->raw, bytes, sizeof bytes, &got.n), DW_OK);
    assert_int_equal(dw__answer_get(&got, &answer), DW_OK);
    assert_int_equal(answer.id, 5);
    assert_int_equal(answer.err, DW_INTERNAL);
    assert_int_equal(s->n_broken, 0);
    assert_non_null(strstr(fixture_log(&s->f), "it only reads, which is not for the store"));
    assert_int_equal(total(s), 0);
}

/* A worker that never takes its answers is served until its ring is full, and nobody waits for it. */
static void a_worker_that_does_not_listen(void **state)
{
    struct setting *s = *state;
    struct unit unit = {
        .id = 5, .statement = (uint32_t)dw__sql_index(s->f.inv, &note_clear), .want = SQL_WANT_NONE};
    char bytes[256];
    struct buf b;
    size_t put = 0;

    dw__buf_init_fixed(&b, bytes, sizeof bytes);
    dw__unit_put(&b, &unit, NULL, 0);
    for (int i = 0; i < 100; i++) {
        while (put < 60000 && dw__ring_put(s->raw, b.p, b.n, NULL, 0) == DW_OK)
            put++;
        dw__ring_flush(s->raw);
        turn_for(s, 1);
    }
    assert_true(put > 20000);
    the_other_worker_is_served(s);
    assert_int_equal(s->n_broken, 0);
}

static void a_drain_finishes_what_is_queued(void **state)
{
    struct setting *s = *state;
    struct unit unit = {
        .id = 5, .statement = (uint32_t)dw__sql_index(s->f.inv, &note_clear), .want = SQL_WANT_NONE};
    char bytes[256];
    struct buf b;
    size_t n, answers = 0;

    dw__buf_init_fixed(&b, bytes, sizeof bytes);
    dw__unit_put(&b, &unit, NULL, 0);
    for (int i = 0; i < 600; i++)
        assert_int_equal(dw__ring_put(s->raw, b.p, b.n, NULL, 0), DW_OK);
    dw__ring_flush(s->raw);
    dw__sql_writer_drain(s->writer);
    while (dw__ring_get(s->raw, bytes, sizeof bytes, &n) == DW_OK)
        answers++;
    assert_int_equal(answers, 600);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_answer_precedes_its_sync),
        TEST(answers_wait_for_the_sync),
        TEST(a_commit_serves_many),
        TEST(a_failed_sync_is_the_end),
        TEST(a_full_disk_is_not),
        TEST(units_fail_alone),
        TEST(a_deadline_stops_a_write),
        TEST(the_log_is_checkpointed_when_idle),
        TEST(a_worker_that_lies_loses_its_ring),
        TEST(a_statement_that_reads_is_refused),
        TEST(a_worker_that_does_not_listen),
        TEST(a_drain_finishes_what_is_queued),
    };

    forgetful_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
