/* A worker and a store in two processes. */
#include "store_pair.h"

#include <poll.h>
#include <unistd.h>

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

/* ---- clients that leave ---- */

struct leaving {
    struct setting *s;
    const dw_query *query;
    dw_err err;
    int deferred;
};

static void count_deferred(void *p)
{
    ((struct leaving *)p)->deferred++;
}

static void write_and_be_left(struct job *job)
{
    struct leaving *l = job->arg;
    note_in in = {.title = DW_TEXT("left")};

    assert_int_equal(dw_defer(&job->ctx, count_deferred, l), DW_OK);
    l->err = l->query == &note_toil ? DW_EXEC(&job->ctx, note_toil, &(note_key){.id = 1}, NULL)
                                    : DW_EXEC(&job->ctx, note_put, &in, NULL);
    assert_true(job->ctx.canceled);
    assert_int_equal(DW_EXEC(&job->ctx, note_put, &(note_in){.title = DW_TEXT("two")}, NULL), DW_CANCELED);
}

static void start_job(struct setting *s, struct job *job, void (*fn)(struct job *job), void *arg)
{
    *job = (struct job){.w = &s->w, .fn = fn, .arg = arg};
    s->w.running++;
    assert_int_equal(dw__fiber_start(s->w.fibers, job_run, job, NULL), DW_OK);
}

static int64_t total(struct setting *s)
{
    note_count count;

    fixture_ok(&s->f, DW_ONE(&s->f.ctx, note_total, &(nothing_in){0}, &count));
    return count.n;
}

/* Who left before the store began is told that nothing happened. */
static void a_write_is_taken_back(void **state)
{
    struct setting *s = *state;
    struct leaving l = {.s = s};
    struct job job;

    start_job(s, &job, write_and_be_left, &l);
    dw__ctx_cancel(&job.ctx);
    dw__loop_run(s->w.loop);
    assert_int_equal(l.err, DW_CANCELED);
    assert_int_equal(l.deferred, 1);
    assert_int_equal(total(s), 0);
    assert_null(strstr(fixture_log(&s->f), "sql.failed"));
    for (uint32_t id = 0; id < DW__RING_CANCELS; id++) /* which will be used again */
        assert_false(dw__ring_is_canceled(s->w.ring, id));
}

static void write_first(struct job *job)
{
    assert_int_equal(DW_EXEC(&job->ctx, note_put, &(note_in){.title = DW_TEXT("first")}, NULL), DW_OK);
}

struct leave {
    struct task task;
    struct job *job;
    int fd;
};

/* Lets the client of a job leave when an answer has come, before anybody has looked at it. */
static void leave_when_answered(struct task *task)
{
    struct leave *leave = DW__LIST_ENTRY(task, struct leave, task);
    struct pollfd p = {.fd = leave->fd, .events = POLLIN};

    assert_int_equal(poll(&p, 1, 10000), 1);
    dw__ctx_cancel(&leave->job->ctx);
}

/* Who left after the commit is told that it is done. */
static void a_write_that_is_done_is_not_taken_back(void **state)
{
    struct setting *s = *state;
    struct leaving l = {.s = s};
    struct leave leave = {.fd = dw__ring_wake_fd(s->w.ring)};
    struct job job;

    dw__task_init(&leave.task, leave_when_answered);
    leave.job = &job;
    start_job(s, &job, write_and_be_left, &l);
    dw__loop_at_end(s->w.loop, &leave.task); /* behind the flush */
    dw__loop_run(s->w.loop);
    assert_int_equal(l.err, DW_OK);
    assert_int_equal(l.deferred, 1);
    assert_int_equal(total(s), 1);
}

static void leave_soon(struct job *job)
{
    struct job *other = job->arg;

    assert_int_equal(dw_sleep(&job->ctx, 100), DW_OK);
    dw__ctx_cancel(&other->ctx);
}

/* A statement that runs is stopped, and whoever was with it in the transaction does not notice. */
static void a_write_stops_when_its_client_leaves(void **state)
{
    struct setting *s = *state;
    struct leaving l = {.s = s, .query = &note_toil};
    struct job first, toiling, last;

    start_job(s, &first, write_first, NULL);
    start_job(s, &toiling, write_and_be_left, &l);
    start_job(s, &last, leave_soon, &toiling);
    dw__loop_run(s->w.loop);
    assert_int_equal(l.err, DW_CANCELED);
    assert_int_equal(l.deferred, 1);
    assert_int_equal(total(s), 1);
}

/* ---- a store that does not answer ---- */

static uint64_t elapsed_ms(const struct job *job, uint64_t since_ns)
{
    return (job->ctx.clock->mono_ns - since_ns) / 1000000;
}

struct crowd {
    dw_err errs[1100];
    uint64_t waited_ms[1100];
    struct store *store;
    size_t n_refused, n_most;
};

/* Counts who is refused; the last of them lets the store go on. */
static void note_result(struct job *job, dw_err err, uint64_t begun)
{
    struct crowd *c = job->arg;

    c->errs[job->i] = err;
    c->waited_ms[job->i] = elapsed_ms(job, begun);
    if (err == DW_UNAVAILABLE && ++c->n_refused == c->n_most)
        store_command(c->store, 'c');
}

static void write_large(struct job *job)
{
    static char large[200000];
    note_in in = {.title = {large, sizeof large - job->i}};
    uint64_t begun = job->ctx.clock->mono_ns;

    memset(large, 'a', sizeof large);
    note_result(job, DW_EXEC(&job->ctx, note_put, &in, NULL), begun);
}

static void write_small(struct job *job)
{
    note_in in = titled(&job->ctx, job->i, 1);
    uint64_t begun = job->ctx.clock->mono_ns;

    note_result(job, DW_EXEC(&job->ctx, note_put, &in, NULL), begun);
}

/* n fibers write to a store that stands still: `fit` of them wait for it and are served, the others are refused at once; then all is well. */
static void crowd_of(struct setting *s, size_t n, size_t fit, void (*fn)(struct job *job))
{
    struct crowd *c = calloc(1, sizeof *c);

    c->store = &s->store;
    c->n_most = n - fit;
    store_command(&s->store, 'p');
    worker_run(&s->w, n, fn, c);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(c->errs[i], i < fit ? DW_OK : DW_UNAVAILABLE);
        if (i >= fit)
            assert_true(c->waited_ms[i] < 1000);
    }
    assert_int_equal(total(s), fit);
    worker_run(&s->w, 1, write_first, NULL);
    free(c);
}

static void a_full_ring_refuses_at_once(void **state)
{
    crowd_of(*state, 9, 5, write_large);
}

static void so_do_too_many_writes(void **state)
{
    crowd_of(*state, 1100, 1024, write_small);
}

static void write_with_a_deadline(struct job *job)
{
    uint64_t begun = job->ctx.clock->mono_ns;

    job->ctx.deadline_ns = begun + 400000000;
    assert_int_equal(DW_EXEC(&job->ctx, note_put, &(note_in){.title = DW_TEXT("late")}, NULL),
                     DW_UNAVAILABLE);
    assert_in_range(elapsed_ms(job, begun), 399, 3000);
    store_command(job->arg, 'c');
}

/* Whoever waits for a store that hangs waits no longer than it may; what the store finds late it does not begin. */
static void a_hung_store_is_not_waited_for(void **state)
{
    struct setting *s = *state;
    struct clock *clock = dw__loop_clock_for_test(s->w.loop);

    assert_int_equal(dw__sql_client_ready(s->f.client), DW_OK);
    usleep(50000); /* it sleeps: stopped in a turn of its loop, it would go on with the time of before */
    store_command(&s->store, 'p');
    worker_run(&s->w, 1, write_with_a_deadline, &s->store);
    worker_run(&s->w, 1, write_first, NULL);
    assert_int_equal(total(s), 1);
    assert_non_null(strstr(fixture_log(&s->f), "no answer in time: the outcome is unknown"));
    clock->mono_ns += 4000000000;
    assert_int_equal(dw__sql_client_ready(s->f.client), DW_UNAVAILABLE);
}

static void write_to_the_dead(struct job *job)
{
    struct setting *s = job->arg;
    uint64_t begun = job->ctx.clock->mono_ns;

    assert_int_equal(DW_EXEC(&job->ctx, note_put, &(note_in){.title = DW_TEXT("one")}, NULL), DW_UNAVAILABLE);
    assert_int_equal(DW_EXEC(&job->ctx, note_put, &(note_in){.title = DW_TEXT("two")}, NULL), DW_UNAVAILABLE);
    assert_true(elapsed_ms(job, begun) < 1000);
    assert_int_equal(dw__sql_client_ready(s->f.client), DW_UNAVAILABLE);
    dw__sql_client_store_up(s->f.client);
    store_command(&s->store, 'c');
}

static void say_it_died(struct job *job)
{
    struct setting *s = job->arg;

    dw__sql_client_store_down(s->f.client);
}

/* What was sent to a store that died is not waited for, nor is anything sent to it, once that is known. */
static void a_dead_store_is_not_waited_for(void **state)
{
    struct setting *s = *state;
    struct job writing, saying;

    store_command(&s->store, 'p');
    start_job(s, &writing, write_to_the_dead, s);
    start_job(s, &saying, say_it_died, s);
    dw__loop_run(s->w.loop);
    assert_int_equal(dw__sql_client_ready(s->f.client), DW_OK);
    worker_run(&s->w, 1, write_first, NULL);
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
        TEST(a_write_is_taken_back),
        TEST(a_write_that_is_done_is_not_taken_back),
        TEST(a_write_stops_when_its_client_leaves),
        TEST(a_full_ring_refuses_at_once),
        TEST(so_do_too_many_writes),
        TEST(a_hung_store_is_not_waited_for),
        TEST(a_dead_store_is_not_waited_for),
        TEST(what_was_acknowledged_outlives_the_store),
    };

    forgetful_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
