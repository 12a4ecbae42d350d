/* store/lease.c -- a transaction that a worker runs statement by statement. See lease.h. */
#include "store/lease.h"

#include <string.h>
#include <time.h>

#include "base/check.h"

static uint64_t monotonic(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void say(const struct lease *l, const char *why)
{
    DW__EVENT(l->log, NULL, DW_LOG_LEVEL_ERROR, "store.failed", dw_x_kv_cstr("why", why));
}

static bool control(const struct lease *l, enum sql_control what)
{
    char trouble[DW__SQL_TROUBLE];
    bool ok = dw__sqlite_control(l->h, what, trouble) == DW_OK;

    if (!ok)
        say(l, trouble);
    return ok;
}

/* ---- begin and end ---- */

static dw_err begin(struct lease *l, size_t ring, const struct unit *unit)
{
    DW__CHECK(!dw__sqlite_in_transaction(l->h));
    if (dw__sqlite_turn_take(l->h) != DW_OK) {
        say(l, "nobody can say whose turn it is to write");
        return DW_UNAVAILABLE;
    }
    if (!control(l, SQL_BEGIN)) {
        dw__sqlite_turn_give(l->h);
        return DW_UNAVAILABLE;
    }
    l->open = true;
    l->ring = ring;
    l->number = unit->lease;
    l->until_ns = monotonic() + l->most_ns;
    l->depth = 0;
    memset(l->spoilt, 0, sizeof l->spoilt);
    return DW_OK;
}

static void close_it(struct lease *l)
{
    l->open = false;
    dw__sqlite_turn_give(l->h);
}

void dw__lease_end(struct lease *l, const char *why)
{
    if (!l->open)
        return;
    if (dw__sqlite_in_transaction(l->h))
        (void)control(l, SQL_ROLLBACK);
    close_it(l);
    if (why)
        DW__EVENT(l->log, NULL, DW_LOG_LEVEL_WARN, "store.lease_ended", dw_x_kv_uint("worker", l->ring),
                  dw_x_kv_cstr("why", why));
}

/* Until it returns, nothing of it is seen by anybody. */
static dw_err commit(struct lease *l)
{
    char trouble[DW__SQL_TROUBLE];
    dw_err err = DW_OK;

    if (l->depth > 0 || l->spoilt[0])
        err = DW_INTERNAL;
    else if (dw__sqlite_owes(l->h))
        err = DW_CONFLICT;
    if (err == DW_OK && (err = dw__sqlite_control(l->h, SQL_COMMIT, trouble)) != DW_OK)
        say(l, trouble);
    if (err != DW_OK) {
        dw__lease_end(l, NULL);
        return err;
    }
    (void)control(l, SQL_TOUCH); /* for readers, as behind a batch */
    close_it(l);
    return DW_OK;
}

/* ---- a statement ---- */

static bool stop(void *self)
{
    struct lease *l = self;

    return l->is_canceled(l->self, l->ring, l->running);
}

static dw_err run(struct lease *l, const struct unit *unit, const struct sql_value *values,
                  struct sql_encode *e, struct answer *head)
{
    struct sql_run run = {.statement = unit->statement,
                          .values = values,
                          .sink = &e->sink,
                          .in_tx = true,
                          .one_row = unit->want == SQL_WANT_ONE,
                          .until_ns = l->until_ns,
                          .stop = stop,
                          .stop_self = l};
    dw_err err;

    if (unit->deadline_ns != 0 && unit->deadline_ns < run.until_ns)
        run.until_ns = unit->deadline_ns;
    err = dw__sqlite_run(l->h, &run);
    head->changes = err == DW_OK ? run.changes : 0;
    if (err != DW_OK && err != DW_CONFLICT && err != DW_CANCELED)
        DW__EVENT(l->log, NULL, DW_LOG_LEVEL_ERROR, "store.failed",
                  dw_x_kv_cstr("statement", e->st->query->name),
                  dw_x_kv_cstr("why", run.trouble[0] ? run.trouble : "its rows are too many or too large"));
    return err;
}

/* ---- savepoints ---- */

static dw_err mark(struct lease *l, enum tx_act act)
{
    if (act == TX_SAVEPOINT) {
        if (l->depth + 1 == DW__TX_DEPTH || !control(l, SQL_SAVEPOINT))
            return DW_INTERNAL;
        l->spoilt[++l->depth] = false;
        return DW_OK;
    }
    if (l->depth == 0 || !control(l, act == TX_RELEASE ? SQL_RELEASE : SQL_UNDO))
        return DW_INTERNAL;
    l->depth--;
    if (act == TX_RELEASE && l->spoilt[l->depth + 1])
        l->spoilt[l->depth] = true;
    return DW_OK;
}

/* ---- a message ---- */

static dw_err act(struct lease *l, const struct unit *unit, const struct sql_value *values,
                  struct sql_encode *e, struct answer *head)
{
    dw_err err = DW_OK;

    switch ((enum tx_act)unit->act) {
    case TX_RUN: err = run(l, unit, values, e, head); break;
    case TX_SAVEPOINT:
    case TX_RELEASE:
    case TX_UNDO: err = mark(l, (enum tx_act)unit->act); break;
    case TX_COMMIT: return commit(l);
    case TX_ROLLBACK: dw__lease_end(l, NULL); return DW_OK;
    case TX_NONE:
    case TX_ACTS: return DW_INTERNAL;
    }
    if (err != DW_OK)
        l->spoilt[l->depth] = true;
    /* SQLite undoes everything after some errors, and what is not in order is not gone on with. */
    if (!dw__sqlite_in_transaction(l->h) || (err != DW_OK && unit->act != TX_RUN)) {
        dw__lease_end(l, NULL);
        head->changes = DW__LEASE_LOST;
        return err != DW_OK ? err : DW_UNAVAILABLE;
    }
    return err;
}

/* The lease that the unit is of; DW_UNAVAILABLE when there is none. */
static dw_err find(struct lease *l, size_t ring, const struct unit *unit)
{
    if (l->open && l->ring == ring && l->number == unit->lease && !unit->begins) {
        if (monotonic() < l->until_ns || unit->act == TX_ROLLBACK)
            return DW_OK;
        dw__lease_end(l, "its time is up");
        return DW_UNAVAILABLE;
    }
    if (l->open)
        dw__lease_end(l, "its worker asks for something else");
    return unit->begins ? begin(l, ring, unit) : DW_UNAVAILABLE;
}

dw_err dw__lease_serve(struct lease *l, size_t ring, size_t n, struct answer *head, dw_text *rows)
{
    struct sql_value values[DW__SQL_MAX_PARAMS];
    struct sql_encode e;
    struct unit unit;
    dw_err err = dw__unit_get((dw_text){l->message, n}, l->inv, &unit, values);

    if (err != DW_OK) {
        explicit_bzero(l->message, n);
        return DW_INTERNAL;
    }
    *head = (struct answer){.id = l->running = unit.id};
    dw__encode_init(&e, dw__sql_statement(l->inv, unit.statement), unit.want);
    dw__buf_init_fixed(&e.rows, l->rows, sizeof l->rows);
    head->err = find(l, ring, &unit);
    if (head->err == DW_OK)
        head->err = act(l, &unit, values, &e, head);
    else
        head->changes = DW__LEASE_LOST;
    head->n_rows = head->err == DW_OK ? e.n : 0;
    *rows = (dw_text){l->rows, e.rows.n};
    explicit_bzero(l->message, n);
    return DW_OK;
}

void dw__lease_wipe(struct lease *l, dw_text rows)
{
    explicit_bzero(l->rows, rows.n);
}
