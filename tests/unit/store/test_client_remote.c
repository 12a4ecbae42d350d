/* A worker and a store in two processes. */
#include "store_pair.h"

#include "forgetful_vfs.h"

#define FIBERS 64
#define WRITES 20

DW_LIST(note_list, note_row);

struct setting {
    struct fixture f;
    struct pair pair;
    struct worker w;
    struct store store;
};

static int set_up(void **state)
{
    struct setting *s = calloc(1, sizeof *s);

    fixture_init(&s->f);
    pair_init(&s->pair);
    store_start(&s->store, &s->f, &s->pair);
    fixture_log_start(&s->f);
    worker_init(&s->w, &s->f, &s->pair);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *s = *state;

    worker_release(&s->w);
    store_end(&s->store);
    pair_release(&s->pair);
    fixture_release(&s->f);
    free(s);
    return 0;
}

static note_in titled(dw_ctx *ctx, size_t i, size_t k)
{
    return (note_in){.title = dw_format(ctx, "note %zu of %zu", k, i), .stars = (int64_t)k};
}

static void write_and_read(struct job *job)
{
    for (size_t k = 0; k < WRITES; k++) {
        note_in in = titled(&job->ctx, job->i, k);
        note_id id;
        note_row row;

        assert_int_equal(DW_ONE(&job->ctx, note_add, &in, &id), DW_OK);
        assert_int_equal(DW_ONE(&job->ctx, note_by_id, &(note_key){.id = id.id}, &row), DW_OK);
        assert_int_equal(row.title.n, in.title.n);
        assert_memory_equal(row.title.p, in.title.p, in.title.n);
        assert_int_equal(DW_EXEC(&job->ctx, note_put, &in, NULL), DW_CONFLICT);
    }
}

static void fibers_write_and_read_at_once(void **state)
{
    struct setting *s = *state;
    note_count count;

    assert_int_equal(dw__sql_client_ready(s->f.client), DW_OK);
    worker_run(&s->w, FIBERS, write_and_read, NULL);
    fixture_ok(&s->f, DW_ONE(&s->f.ctx, note_total, &(nothing_in){0}, &count));
    assert_int_equal(count.n, FIBERS * WRITES);
}

static void use_everything(struct job *job)
{
    static char large[DW__RING_MESSAGE];
    dw_principal ann = {.id = 7};
    note_in in = {.title = DW_TEXT("mine")};
    note_id id;
    note_text text;
    int64_t changes = -1;

    assert_int_equal(DW_ONE(&job->ctx, note_mine, &in, &id), DW_INTERNAL);
    job->ctx.principal = &ann;
    assert_int_equal(DW_ONE(&job->ctx, note_mine, &in, &id), DW_OK);
    assert_int_equal(DW_ONE(&job->ctx, note_of_me, &(note_key){.id = id.id}, &text), DW_OK);
    assert_int_equal(DW_ONE(&job->ctx, note_misfit, &(note_in){.title = DW_TEXT("x")}, &text), DW_INTERNAL);
    assert_int_equal(DW_ONE(&job->ctx, note_flood, &(note_key){.id = 3}, &(note_count){0}), DW_OK);
    memset(large, 'a', sizeof large);
    in.title = (dw_text){large, sizeof large};
    assert_int_equal(DW_EXEC(&job->ctx, note_put, &in, NULL), DW_TOO_LARGE);
    in.title.n -= 1000;
    assert_int_equal(DW_EXEC(&job->ctx, note_put, &in, &changes), DW_OK);
    assert_int_equal(changes, 1);
    assert_int_equal(DW_EXEC(&job->ctx, note_clear, &(nothing_in){0}, &changes), DW_OK);
    assert_int_equal(changes, 2);
    job->ctx.read_only = true;
    assert_int_equal(DW_EXEC(&job->ctx, note_clear, &(nothing_in){0}, &changes), DW_INTERNAL);
}

static void everything_works_over_the_ring(void **state)
{
    struct setting *s = *state;

    worker_run(&s->w, 1, use_everything, NULL);
    assert_int_equal(DW_EXEC(&s->f.ctx, note_clear, &(nothing_in){0}, NULL), DW_INTERNAL);
    assert_non_null(strstr(fixture_log(&s->f), "a write in a worker needs a fiber to wait on"));
}

/* A client that leaves while its write is under way: what was committed is said to be so. */
static void write_or_cancel(struct job *job)
{
    struct job *writer = job->arg;

    if (writer) {
        dw__ctx_cancel(&writer->ctx);
        return;
    }
    assert_int_equal(DW_EXEC(&job->ctx, note_put, &(note_in){.title = DW_TEXT("one")}, NULL), DW_OK);
    assert_true(job->ctx.canceled);
    assert_int_equal(DW_EXEC(&job->ctx, note_put, &(note_in){.title = DW_TEXT("two")}, NULL), DW_CANCELED);
}

static void a_write_ends_although_its_client_left(void **state)
{
    struct setting *s = *state;
    struct job writer = {.w = &s->w, .fn = write_or_cancel},
               canceler = {.w = &s->w, .fn = write_or_cancel, .arg = &writer};

    s->w.running = 2;
    assert_int_equal(dw__fiber_start(s->w.fibers, job_run, &writer, NULL), DW_OK);
    assert_int_equal(dw__fiber_start(s->w.fibers, job_run, &canceler, NULL), DW_OK);
    dw__loop_run(s->w.loop);
}

/* ---- a store that is killed ---- */

struct record {
    bool acknowledged[FIBERS][256];
    size_t n_acknowledged, n_unknown;
    struct store *store;
    char cut[160];
};

static void write_until_it_dies(struct job *job)
{
    struct record *r = job->arg;

    for (size_t k = 0; k < 256; k++) {
        note_in in = titled(&job->ctx, job->i, k);
        dw_err err = DW_EXEC(&job->ctx, note_put, &in, NULL);

        if (err != DW_OK) {
            assert_int_equal(err, DW_UNAVAILABLE);
            r->n_unknown++;
            return;
        }
        r->acknowledged[job->i][k] = true;
        if (++r->n_acknowledged == 500) {
            store_command(r->store, 'k');
            assert_true(forgetful_cut(job->w->f->path, r->cut));
            store_command(r->store, 's');
        }
    }
}

static void write_again(struct job *job)
{
    for (int tries = 0; tries < 100; tries++) {
        if (dw__sql_client_ready(job->w->f->client) == DW_OK)
            break;
        assert_int_equal(dw_sleep(&job->ctx, 10), DW_OK);
    }
    assert_int_equal(DW_EXEC(&job->ctx, note_put, &(note_in){.title = DW_TEXT("after")}, NULL), DW_OK);
}

/* How many of those that were acknowledged are there after the power was cut. */
static size_t count_after_cut(const struct record *r)
{
    sqlite3_stmt *stmt;
    sqlite3 *db;
    size_t found = 0;

    assert_int_equal(sqlite3_open_v2(r->cut, &db, SQLITE_OPEN_READWRITE, "unix"), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "SELECT json('x') FROM pragma_integrity_check WHERE integrity_check <> 'ok'", NULL,
                     NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT title FROM notes", -1, &stmt, NULL), SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        size_t k, fiber;

        if (sscanf((const char *)sqlite3_column_text(stmt, 0), "note %zu of %zu", &k, &fiber) == 2)
            found += r->acknowledged[fiber][k];
    }
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return found;
}

static void what_was_acknowledged_outlives_the_store(void **state)
{
    struct setting *s = *state;
    struct record *r = calloc(1, sizeof *r);
    note_list list;
    size_t found = 0;

    r->store = &s->store;
    (void)snprintf(r->cut, sizeof r->cut, "%s/cut.db", s->f.dir);
    worker_run(&s->w, FIBERS, write_until_it_dies, r);
    assert_int_equal(r->n_unknown, FIBERS);
    assert_true(r->n_acknowledged >= 500);
    assert_int_equal(count_after_cut(r), r->n_acknowledged);
    worker_run(&s->w, 1, write_again, NULL);
    fixture_ok(&s->f, DW_ALL(&s->f.ctx, note_all, &(nothing_in){0}, &list));
    for (size_t i = 0; i < list.n; i++) {
        size_t k, fiber;

        if (sscanf(list.v[i].title.p, "note %zu of %zu", &k, &fiber) == 2 && r->acknowledged[fiber][k])
            found++;
    }
    assert_int_equal(found, r->n_acknowledged);
    free(r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fibers_write_and_read_at_once),
        TEST(everything_works_over_the_ring),
        TEST(a_write_ends_although_its_client_left),
        TEST(what_was_acknowledged_outlives_the_store),
    };

    forgetful_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
