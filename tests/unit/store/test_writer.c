/* The store's engine beside its workers in one process: what is on the disk when it answers, and what a worker that lies gets. */
#include "store_pair.h"

#include <pthread.h>
#include <time.h>

#include "base/text.h"
#include "forgetful_vfs.h"
#include "store/sqlite.h"

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

/* A statement that does not end is stopped when its request is, and SQLite undoes all that came before it: the others are run
 * again, and notice nothing. */
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

    worker_run(&s->w, 1, write_one, errs);
    assert_int_equal(errs[0], DW_OK);
    clock_gettime(CLOCK_MONOTONIC, &before);
    worker_run(&s->w, 8, toil_or_write, errs);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_int_equal(errs[0], DW_TIMEOUT);
    for (size_t i = 1; i < 8; i++)
        assert_int_equal(errs[i], DW_OK);
    assert_true((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 < 700);
    assert_int_equal(total(s), 8);
    assert_string_equal(fatal_why, "");
    errs[0] = DW_INTERNAL;
    worker_run(&s->w, 1, write_one, errs);
    assert_int_equal(errs[0], DW_CONFLICT);
}

/* ---- units of worker 1, all in one batch, in order ---- */

static uint64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Puts one with a title, or the id of a note where that is what its statement takes. */
static void raw_unit(struct setting *s, uint32_t id, const dw_query *q, const char *title,
                     uint64_t deadline_ns)
{
    uint32_t index = (uint32_t)dw__sql_index(s->f.inv, q);
    const struct sql_statement *st = dw__sql_statement(s->f.inv, index);
    struct unit unit = {.id = id, .statement = index, .want = SQL_WANT_NONE, .deadline_ns = deadline_ns};
    struct sql_value values[DW__SQL_MAX_PARAMS];
    char bytes[512];
    struct buf b;

    for (size_t i = 0; i < st->n_params; i++)
        values[i] = dw__text_is(st->params[i].name, "title")
                        ? (struct sql_value){.type = SQL_TEXT, .t = {title, strlen(title)}}
                    : st->params[i].field->may_be_null ? (struct sql_value){.type = SQL_NULL}
                                                       : (struct sql_value){.type = SQL_INT, .i = 1};
    dw__buf_init_fixed(&b, bytes, sizeof bytes);
    dw__unit_put(&b, &unit, values, st->n_params);
    assert_false(b.failed);
    assert_int_equal(dw__ring_put(s->raw, b.p, b.n, NULL, 0), DW_OK);
}

/* Takes the answers that are there; how many. */
static size_t raw_answers(struct setting *s, size_t n, dw_err *errs)
{
    size_t taken = 0;

    for (;; taken++) {
        char bytes[512];
        struct answer answer;
        dw_text got = {bytes, 0};

        if (dw__ring_get(s->raw, bytes, sizeof bytes, &got.n) != DW_OK)
            return taken;
        assert_int_equal(dw__answer_get(&got, &answer), DW_OK);
        assert_in_range(answer.id, 1, n);
        assert_int_equal(errs[answer.id], DW_NOT_IMPLEMENTED);
        errs[answer.id] = answer.err;
    }
}

/* Lets the store have them; what each of the units 1 to n heard. */
static void raw_go(struct setting *s, size_t n, dw_err *errs)
{
    int before = forgetful_syncs;
    uint64_t begun = monotonic_ns();
    size_t answered = 0;

    for (size_t i = 1; i <= n; i++)
        errs[i] = DW_NOT_IMPLEMENTED;
    dw__ring_flush(s->raw);
    for (int turns = 0; answered < n && turns < 2000; turns++) { /* ten seconds, on a machine that crawls */
        turn_for(s, 5);
        answered += raw_answers(s, n, errs);
    }
    if (monotonic_ns() - begun < 15000000)
        assert_in_range(forgetful_syncs - before, 0, 2); /* one batch, and a log that begins */
}

static bool is_there(struct setting *s, const char *title)
{
    char trouble[DW__SQL_TROUBLE], sql[256];

    (void)snprintf(sql, sizeof sql,
                   "SELECT json('x') WHERE NOT EXISTS (SELECT 1 FROM notes WHERE title = '%s')", title);
    return dw__sqlite_script(s->f.h, (dw_text){sql, strlen(sql)}, trouble) == DW_OK;
}

/* Everybody but unit 3 is served as if that had not been. */
static void only_the_third_hears(struct setting *s, dw_err wanted)
{
    dw_err errs[6];

    raw_unit(s, 4, &note_put, "last", 0);
    raw_unit(s, 5, &note_put, "last", 0);
    raw_go(s, 5, errs);
    assert_int_equal(errs[1], DW_OK);
    assert_int_equal(errs[2], DW_CONFLICT);
    assert_int_equal(errs[3], wanted);
    assert_int_equal(errs[4], DW_OK);
    assert_int_equal(errs[5], DW_CONFLICT);
    assert_true(is_there(s, "first") && is_there(s, "last"));
    assert_int_equal(s->n_broken, 0);
    assert_string_equal(fatal_why, "");
}

static void put_two(struct setting *s)
{
    raw_unit(s, 1, &note_put, "first", 0);
    raw_unit(s, 2, &note_put, "first", 0);
}

static void a_unit_that_undoes_all_fails_alone(void **state)
{
    struct setting *s = *state;

    put_two(s);
    raw_unit(s, 3, &note_or_rollback, "first", 0);
    only_the_third_hears(s, DW_CONFLICT);
    assert_int_equal(total(s), 2);
}

static void a_unit_leaves_nothing_behind(void **state)
{
    struct setting *s = *state;

    put_two(s);
    raw_unit(s, 3, &note_or_fail, "first", 0);
    only_the_third_hears(s, DW_CONFLICT);
    assert_int_equal(total(s), 2);
}

/* A trigger that says FAIL leaves what it did before, whatever the statement says; it came while the store was at work. */
static void nor_does_its_trigger(void **state)
{
    static const char trigger[] = "CREATE TRIGGER t AFTER INSERT ON notes WHEN new.title = 'third' BEGIN"
                                  " INSERT INTO parts (note) VALUES (new.id); SELECT raise(fail, 'no'); END";
    struct setting *s = *state;
    char trouble[DW__SQL_TROUBLE];
    dw_err errs[2];

    raw_unit(s, 1, &note_put, "before", 0);
    raw_go(s, 1, errs);
    assert_int_equal(errs[1], DW_OK);
    assert_int_equal(dw__sqlite_script(s->f.h, (dw_text){trigger, sizeof trigger - 1}, trouble), DW_OK);
    put_two(s);
    raw_unit(s, 3, &note_put, "third", 0);
    only_the_third_hears(s, DW_CONFLICT);
    assert_false(is_there(s, "third"));
    assert_int_equal(total(s), 3);
}

static void a_missing_parent_is_found_at_once(void **state)
{
    struct setting *s = *state;

    put_two(s);
    raw_unit(s, 3, &part_add, "", 0); /* of note 1, which is there */
    raw_unit(s, 4, &note_clear, "", 0);
    dw_err errs[7];

    raw_unit(s, 5, &part_add, "", 0); /* and now is not */
    raw_unit(s, 6, &note_put, "last", 0);
    raw_go(s, 6, errs);
    assert_int_equal(errs[1], DW_OK);
    assert_int_equal(errs[2], DW_CONFLICT);
    assert_int_equal(errs[3], DW_OK);
    assert_int_equal(errs[4], DW_CONFLICT);
    assert_int_equal(errs[5], DW_OK);
    assert_int_equal(errs[6], DW_OK);
    assert_int_equal(total(s), 2);
}

static void a_row_that_does_not_fit_fails_alone(void **state)
{
    struct setting *s = *state;

    for (int round = 0; round < 2; round++) {
        char trouble[DW__SQL_TROUBLE];

        put_two(s);
        raw_unit(s, 3, &note_misfit, "third", 0);
        only_the_third_hears(s, DW_INTERNAL);
        assert_false(is_there(s, "third"));
        assert_int_equal(total(s), 2);
        assert_int_equal(dw__sqlite_script(s->f.h, DW_TEXT("DELETE FROM notes"), trouble), DW_OK);
    }
}

/* Who was refused because of one whose transaction was lost is not refused for that. */
static void what_was_in_the_way_is_gone(void **state)
{
    struct setting *s = *state;
    dw_err errs[4];

    raw_unit(s, 1, &note_put, "first", 0);
    raw_unit(s, 2, &note_misfit, "third", 0);
    raw_unit(s, 3, &note_put, "third", 0);
    raw_go(s, 3, errs);
    assert_int_equal(errs[1], DW_OK);
    assert_int_equal(errs[2], DW_INTERNAL);
    assert_int_equal(errs[3], DW_OK);
}

/* The time in the queue counts. */
static void a_unit_that_comes_too_late_is_not_run(void **state)
{
    struct setting *s = *state;

    put_two(s);
    raw_unit(s, 3, &note_put, "third", monotonic_ns() - 1);
    only_the_third_hears(s, DW_TIMEOUT);
    assert_false(is_there(s, "third"));
}

static void a_unit_that_was_taken_back_is_not_run(void **state)
{
    struct setting *s = *state;

    put_two(s);
    raw_unit(s, 3, &note_put, "third", 0);
    dw__ring_cancel(s->raw, 3);
    only_the_third_hears(s, DW_CANCELED);
    assert_false(is_there(s, "third"));
    assert_null(strstr(fixture_log(&s->f), "store.failed"));
}

static void *take_third_back(void *self)
{
    (void)nanosleep(&(struct timespec){0, 100000000}, NULL);
    dw__ring_cancel(((struct setting *)self)->raw, 3);
    return NULL;
}

static void a_unit_is_stopped_while_it_runs(void **state)
{
    struct setting *s = *state;
    pthread_t thread;

    put_two(s);
    raw_unit(s, 3, &note_toil, "", 0);
    assert_int_equal(pthread_create(&thread, NULL, take_third_back, s), 0);
    only_the_third_hears(s, DW_CANCELED);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(total(s), 2);
}

/* What a worker can do to the others by units that each cost the transaction is bounded. */
static void harm_is_bounded(void **state)
{
    struct setting *s = *state;
    dw_err errs[61];

    raw_unit(s, 1, &note_put, "first", 0);
    for (uint32_t i = 2; i <= 60; i++)
        raw_unit(s, i, i % 2 ? &note_or_rollback : &note_misfit, "first", 0);
    for (int i = 0; i < 60; i++) {
        dw__ring_flush(s->raw);
        turn_for(s, 1);
    }
    raw_go(s, 60, errs);
    assert_int_equal(errs[1], DW_OK);
    for (size_t i = 2; i <= 60; i++)
        assert_int_equal(errs[i], DW_CONFLICT);
    assert_int_equal(total(s), 1);
}

static void the_store_shows_that_it_lives(void **state)
{
    struct setting *s = *state;
    uint64_t beat = dw__ring_last_beat(s->raw);

    assert_true(beat > 0);
    turn_for(s, 700);
    assert_true(dw__ring_last_beat(s->raw) > beat);
    assert_true(dw__ring_last_beat(s->w.ring) > beat);
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
        TEST(a_unit_that_undoes_all_fails_alone),
        TEST(a_unit_leaves_nothing_behind),
        TEST(nor_does_its_trigger),
        TEST(a_missing_parent_is_found_at_once),
        TEST(a_row_that_does_not_fit_fails_alone),
        TEST(what_was_in_the_way_is_gone),
        TEST(a_unit_that_comes_too_late_is_not_run),
        TEST(a_unit_that_was_taken_back_is_not_run),
        TEST(a_unit_is_stopped_while_it_runs),
        TEST(harm_is_bounded),
        TEST(the_store_shows_that_it_lives),
        TEST(the_log_is_checkpointed_when_idle),
        TEST(a_worker_that_lies_loses_its_ring),
        TEST(a_statement_that_reads_is_refused),
        TEST(a_worker_that_does_not_listen),
        TEST(a_drain_finishes_what_is_queued),
    };

    forgetful_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
