/* store/batch.c -- running units in one transaction, and again without the one that cost it. See batch.h.
 *
 * Running again is bounded: by the time that a batch takes units in, since only its last one can have run for longer, and in number.
 * A unit is believed in nothing: it names a statement of the inventory, brings exactly its values, and the statement must be one that
 * writes. */
#include "store/batch.h"

#include <string.h>
#include <time.h>

#include "base/check.h"
#include "store/tx.h"

#define UNIT_NS UINT64_C(1000000000) /* the longest that one unit may hold the others */
#define RUNS_AGAIN 4                 /* how often the others are run again, before all hear 503 */

/* What a unit did to the transaction. */
enum outcome {
    UNIT_DONE,  /* nothing but what it should */
    UNIT_HARMS, /* it is lost, or holds what must not stay */
    BATCH_LOST  /* nothing can be committed, and that is nobody's fault */
};

struct asked {
    struct batch *b;
    const struct member *m;
};

static uint64_t monotonic(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void say(struct batch *b, const char *why)
{
    DW__EVENT(b->log, NULL, DW_LOG_LEVEL_ERROR, "store.failed", dw_x_kv_cstr("why", why));
}

static void say_failed(struct batch *b, const struct sql_statement *st, const char *why)
{
    DW__EVENT(b->log, NULL, DW_LOG_LEVEL_ERROR, "store.failed", dw_x_kv_cstr("statement", st->query->name),
              dw_x_kv_cstr("why", why));
}

/* ---- transactions ---- */

static bool control(struct batch *b, enum sql_control what)
{
    char trouble[DW__SQL_TROUBLE];
    bool ok = dw__sqlite_control(b->h, what, trouble) == DW_OK;

    if (!ok)
        say(b, trouble);
    return ok;
}

/* A batch is one turn of writing (store/lock.h). */
static bool ensure_transaction(struct batch *b)
{
    if (dw__sqlite_in_transaction(b->h))
        return true;
    if (dw__sqlite_turn_take(b->h) != DW_OK) {
        say(b, "nobody can say whose turn it is to write");
        return false;
    }
    return control(b, SQL_BEGIN);
}

static bool undo_all(struct batch *b)
{
    b->ops->take_back(b->self);
    return !dw__sqlite_in_transaction(b->h) || control(b, SQL_ROLLBACK);
}

/* ---- one unit ---- */

static bool is_canceled(void *self)
{
    const struct asked *asked = self;

    return asked->b->ops->is_canceled(asked->b->self, asked->m);
}

/* Why a unit is not even begun; DW_OK when it is. */
static dw_err why_not(struct batch *b, const struct member *m, const struct unit *unit)
{
    if (m->refused != DW_OK)
        return m->refused;
    if (!dw__sql_writes(b->h, unit->statement)) {
        say_failed(b, dw__sql_statement(b->inv, unit->statement),
                   "it only reads, which is not for the store");
        return DW_INTERNAL;
    }
    if (unit->deadline_ns != 0 && unit->deadline_ns <= b->now_ns)
        return DW_TIMEOUT;
    return b->ops->is_canceled(b->self, m) ? DW_CANCELED : DW_OK;
}

static void say_why(struct batch *b, const struct sql_run *run, const struct sql_statement *st, dw_err err)
{
    if (err != DW_OK && err != DW_CONFLICT && err != DW_CANCELED)
        say_failed(b, st, run->trouble[0] ? run->trouble : "its rows are too many or too large");
}

/* What is to be done after *run, which had a savepoint when `guarded`. */
static enum outcome after_run(struct batch *b, const struct sql_run *run, dw_err err, bool guarded)
{
    if (!dw__sqlite_in_transaction(b->h))
        return err == DW_OK || err == DW_UNAVAILABLE ? BATCH_LOST : UNIT_HARMS;
    if (guarded)
        return control(b, err == DW_OK ? SQL_RELEASE : SQL_UNDO) ? UNIT_DONE : BATCH_LOST;
    if (err == DW_OK || !run->left)
        return UNIT_DONE;
    dw__sqlite_distrust(b->h, run->statement);
    return UNIT_HARMS;
}

/* Runs a unit inside the transaction, in a savepoint when it is to be careful. */
static enum outcome run_unit(struct batch *b, const struct member *m, const struct unit *unit,
                             const struct sql_value *values, bool careful, struct sql_encode *e,
                             struct answer *head)
{
    struct asked asked = {b, m};
    struct sql_run run = {
        .statement = unit->statement,
        .values = values,
        .sink = &e->sink,
        .until_ns = b->now_ns + UNIT_NS,
        .stop = is_canceled,
        .stop_self = &asked,
    };
    bool guarded = careful || dw__sqlite_may_leave(b->h, unit->statement);

    if (unit->deadline_ns != 0 && unit->deadline_ns < run.until_ns)
        run.until_ns = unit->deadline_ns;
    if (guarded && !control(b, SQL_SAVEPOINT))
        return BATCH_LOST;
    head->err = dw__sqlite_run(b->h, &run);
    head->changes = head->err == DW_OK ? run.changes : 0;
    say_why(b, &run, e->st, head->err);
    b->now_ns = monotonic();
    return after_run(b, &run, head->err, guarded);
}

/* Runs and answers a member, unless it did harm. */
static enum outcome serve(struct batch *b, struct member *m, const struct unit *unit,
                          const struct sql_value *values, bool careful)
{
    struct answer head = {.id = m->id};
    enum outcome outcome = UNIT_DONE;
    struct sql_encode e;

    dw__encode_init(&e, dw__sql_statement(b->inv, unit->statement), unit->want);
    dw__buf_init_fixed(&e.rows, b->rows, sizeof b->rows);
    m->refused = head.err = why_not(b, m, unit);
    if (head.err == DW_OK)
        outcome = ensure_transaction(b) ? run_unit(b, m, unit, values, careful, &e, &head) : BATCH_LOST;
    if (outcome == UNIT_HARMS)
        m->refused = head.err;
    if (outcome == UNIT_DONE) {
        head.n_rows = head.err == DW_OK ? e.n : 0;
        b->ops->answer(b->self, m, &head, (dw_text){b->rows, head.err == DW_OK ? e.rows.n : 0});
    }
    explicit_bzero(b->rows, e.rows.n);
    return outcome;
}

/* ---- the others, again ---- */

static enum outcome serve_again(struct batch *b, struct member *m)
{
    struct sql_value values[DW__SQL_MAX_PARAMS];
    struct unit unit;
    dw_err err = dw__unit_get(m->message, b->inv, &unit, values);

    DW__CHECK(err == DW_OK); /* as it was when it was taken */
    return serve(b, m, &unit, values, true);
}

static enum outcome serve_all_again(struct batch *b)
{
    enum outcome outcome = UNIT_DONE;

    if (!undo_all(b))
        return BATCH_LOST;
    for (size_t i = 0; i < b->n && outcome == UNIT_DONE; i++)
        outcome = serve_again(b, &b->members[i]);
    return outcome;
}

/* After one did harm. False when nothing of the batch can be committed. */
static bool run_again(struct batch *b)
{
    enum outcome outcome = UNIT_HARMS;

    for (int i = 0; i < RUNS_AGAIN && outcome == UNIT_HARMS; i++)
        outcome = serve_all_again(b);
    return outcome == UNIT_DONE;
}

/* ---- a batch ---- */

void dw__batch_begin(struct batch *b)
{
    b->n = b->used = 0;
    b->now_ns = monotonic();
}

char *dw__batch_place(struct batch *b)
{
    if (b->n == DW__BATCH_UNITS || sizeof b->bytes - b->used < DW__RING_MESSAGE)
        return NULL;
    return b->bytes + b->used;
}

dw_err dw__batch_run(struct batch *b, size_t ring, size_t n)
{
    struct sql_value values[DW__SQL_MAX_PARAMS];
    struct member *m = &b->members[b->n];
    struct unit unit;
    dw_err err;

    *m = (struct member){.ring = ring, .message = {b->bytes + b->used, n}};
    b->used += n;
    err = dw__unit_get(m->message, b->inv, &unit, values);
    if (err != DW_OK)
        return err;
    if (unit.act != TX_NONE)
        return DW_NOT_IMPLEMENTED;
    m->id = unit.id;
    b->n++;
    switch (serve(b, m, &unit, values, false)) {
    case UNIT_DONE: return DW_OK;
    case UNIT_HARMS: return run_again(b) ? DW_CONFLICT : DW_UNAVAILABLE;
    case BATCH_LOST: break;
    }
    return DW_UNAVAILABLE;
}

/* Says to all of it that nothing of it is there. */
static void fail_all(struct batch *b)
{
    (void)undo_all(b);
    for (size_t i = 0; i < b->n; i++) {
        const struct member *m = &b->members[i];
        struct answer head = {.id = m->id, .err = m->refused != DW_OK ? m->refused : DW_UNAVAILABLE};

        b->ops->answer(b->self, m, &head, (dw_text){b->rows, 0});
    }
}

bool dw__batch_commit(struct batch *b, bool whole, char *trouble)
{
    trouble[0] = '\0';
    if (whole && (!dw__sqlite_in_transaction(b->h) || dw__sqlite_control(b->h, SQL_COMMIT, trouble) == DW_OK))
        return true;
    if (trouble[0])
        say(b, trouble);
    fail_all(b);
    return false;
}

void dw__batch_end(struct batch *b)
{
    explicit_bzero(b->bytes, b->used);
    b->n = b->used = 0;
}
