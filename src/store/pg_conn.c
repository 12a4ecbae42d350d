/* store/pg_conn.c -- a connection that never blocks, in libpq's pipeline mode.
 *
 * All that a statement needs (being prepared, its limit of time, who asks, its values, the end of its transaction) is sent at once and answered in one
 * round trip.  Only a statement that writes and gives rows takes two: its rows are looked at before it may commit, so that one
 * whose rows do not fit their schema leaves nothing behind.
 *
 * Time is the server's to keep: statement_timeout is three quarters of what the request has left, so that the answer says what is so.  When the
 * client leaves, a statement has a moment to end by itself, as nearly all do; then the connection is closed, which the server notices
 * (client_connection_check_interval) and undoes what it was doing.  So does the end of this process, however it ends. */
#include "store/pg_conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/check.h"
#include "os/pool.h"

#define MOMENT_NS UINT64_C(50000000)     /* for a statement whose client has left */
#define LONGEST_NS UINT64_C(10000000000) /* for an answer */
#define MS UINT64_C(1000000)

static const char begin_sql[] = "BEGIN ISOLATION LEVEL SERIALIZABLE";
static const char limit_sql[] = "SELECT set_config('statement_timeout', $1, true)";
static const char me_sql[] = "SELECT set_config('dewar.me', $1, true)"; /* see pg_owned.c */

/* ---- waiting ---- */

/* While a statement runs. */
struct wait {
    dw_ctx *ctx;
    uint64_t until_ns;
    bool left; /* the client has: what is waited for is a moment */
};

/* Until something came, or can be sent. DW_CANCELED or DW_TIMEOUT: it is not waited for any longer. */
static dw_err wait_io(struct pg_conn *c, struct wait *w, bool out)
{
    uint64_t now = w->ctx->clock->mono_ns;
    dw_err err = dw__loop_watch(c->loop, &c->io, EPOLLIN | EPOLLRDHUP | (out ? EPOLLOUT : 0u));

    if (err != DW_OK)
        return err;
    if (!w->left && !w->ctx->canceled) {
        c->fiber = w->ctx->fiber;
        err = dw__fiber_park_interruptible(w->until_ns);
        c->fiber = NULL;
        if (err != DW_CANCELED)
            return err;
        now = w->ctx->clock->mono_ns;
    }
    if (!w->left) {
        w->left = true;
        if (now + MOMENT_NS < w->until_ns)
            w->until_ns = now + MOMENT_NS;
    }
    c->fiber = w->ctx->fiber;
    err = dw__fiber_park(w->until_ns);
    c->fiber = NULL;
    return err == DW_TIMEOUT ? DW_CANCELED : err;
}

/* Sends what is left to send, and reads until there is a result; *result may be NULL, which ends those of one statement. */
static dw_err next_result(struct pg_conn *c, struct wait *w, PGresult **result)
{
    dw_err err;

    *result = NULL;
    for (;;) {
        int flushed = PQflush(c->pg);

        if (flushed < 0 || PQconsumeInput(c->pg) == 0)
            return DW_UNAVAILABLE;
        if (!PQisBusy(c->pg))
            break;
        err = wait_io(c, w, flushed > 0);
        if (err != DW_OK)
            return err;
    }
    *result = PQgetResult(c->pg);
    return DW_OK;
}

/* ---- sending ---- */

static bool is_prepared(const struct pg_conn *c, size_t i)
{
    return (c->prepared[i / 64] >> (i % 64) & 1u) != 0;
}

/* The values of a statement's parameters, ready to be sent. */
struct parcel {
    struct pg_wire wire[DW__SQL_MAX_PARAMS];
    const char *values[DW__SQL_MAX_PARAMS];
    int lengths[DW__SQL_MAX_PARAMS], formats[DW__SQL_MAX_PARAMS];
};

/* DW_INTERNAL, and why, when a value cannot be had in the type that the server takes. */
static dw_err pack(const struct pg_conn *c, struct pg_run *run, struct arena *arena, struct parcel *parcel)
{
    const struct pg_statement *s = run->statement;
    const Oid *types = is_prepared(c, run->index) ? c->types + s->first : s->types;

    for (size_t i = 0; i < s->st->n_params; i++) {
        const struct sql_param *param = &s->st->params[i];
        const char *fault = dw__pg_encode(param, types[i], &run->call->values[i], arena, &parcel->wire[i]);

        if (fault) {
            (void)snprintf(run->trouble, sizeof run->trouble, ":%.*s %s", DW_FMT(param->name), fault);
            return DW_INTERNAL;
        }
        parcel->values[i] = parcel->wire[i].p;
        parcel->lengths[i] = parcel->wire[i].n;
        parcel->formats[i] = 1;
    }
    return DW_OK;
}

static bool send_values(struct pg_conn *c, const struct pg_statement *s, const struct parcel *parcel)
{
    return PQsendQueryPrepared(c->pg, s->name, (int)s->st->n_params, parcel->values, parcel->lengths,
                               parcel->formats, 1) == 1;
}

/* What comes before the statement itself. */
enum stage { STAGE_BEGIN, STAGE_PREPARE, STAGE_DESCRIBE, STAGE_LIMIT, STAGE_ME, STAGE_RUN, STAGE_COMMIT };

struct progress {
    struct pg_conn *c;
    struct pg_run *run;
    struct wait wait;
    uint64_t limit_ms;                           /* how long the server may take */
    bool begins, prepares, limits, owns, synced; /* what is still to be sent, or answered */
    bool fresh;                                  /* it was prepared just now */
    bool full;                                   /* the request has no memory for the rows */
    dw_err err;
    bool mapped;
    uint16_t column[DW__SQL_MAX_FIELDS];
};

static bool send_limit(struct pg_conn *c, uint64_t ms)
{
    char text[24];
    const char *const values[] = {text};

    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)ms);
    return PQsendQueryParams(c->pg, limit_sql, 1, NULL, values, NULL, NULL, 0) == 1;
}

static bool send_command(PGconn *pg, const char *sql)
{
    return PQsendQueryParams(pg, sql, 0, NULL, NULL, NULL, NULL, 0) == 1;
}

/* Who asks, for the policies of owned tables: nobody when the caller is anonymous, everybody when the statement says why. */
static bool send_me(struct pg_conn *c, const dw_query *query, const dw_ctx *ctx)
{
    char text[24] = "";
    const char *const values[] = {text};

    if (query->not_owned)
        (void)snprintf(text, sizeof text, "*");
    else if (ctx->principal)
        (void)snprintf(text, sizeof text, "%lld", (long long)ctx->principal->id);
    return PQsendQueryParams(c->pg, me_sql, 1, NULL, values, NULL, NULL, 0) == 1;
}

/* What comes first, and only once: the beginning of a transaction, being prepared. */
static bool send_first(struct progress *p)
{
    const struct pg_statement *s = p->run->statement;

    if (p->begins && !send_command(p->c->pg, begin_sql))
        return false;
    return !p->prepares || PQsendPrepare(p->c->pg, s->name, s->sql, (int)s->st->n_params, s->types) == 1;
}

static bool send_all(struct progress *p, const struct parcel *parcel)
{
    const struct pg_statement *s = p->run->statement;

    p->limits = p->limit_ms < DW__PG_STATEMENT_MS;
    p->owns = s->st->uses_owned || (p->run->in_tx && s->st->beside_owned);
    p->synced = p->run->in_tx || p->run->reads || s->st->n_fields == 0 || p->run->call->want == SQL_WANT_NONE;
    if (!send_first(p))
        return false;
    if (p->limits && !send_limit(p->c, p->limit_ms))
        return false;
    if (p->owns && !send_me(p->c, s->st->query, p->wait.ctx))
        return false;
    if (!send_values(p->c, s, parcel))
        return false;
    return (p->synced ? PQpipelineSync(p->c->pg) : PQsendFlushRequest(p->c->pg)) == 1;
}

/* ---- rows ---- */

static dw_err refuse_row(struct progress *p, const char *column, const char *fault)
{
    (void)snprintf(p->run->trouble, sizeof p->run->trouble, "column %s %s", column, fault);
    return DW_INTERNAL;
}

/* Passes a row on. */
static dw_err give_row(struct progress *p, const struct sql_value *values)
{
    dw_err err = p->run->call->collect.sink.row(&p->run->call->collect.sink, values);

    p->full = err == DW_UNAVAILABLE;
    if (p->full)
        (void)snprintf(p->run->trouble, sizeof p->run->trouble, "its rows are more than a request may hold");
    return err;
}

static dw_err take_row(struct progress *p, const PGresult *result, int row)
{
    const struct sql_statement *st = p->run->statement->st;
    struct sql_value values[DW__SQL_MAX_FIELDS];
    char room[DW__SQL_MAX_FIELDS][DW__PG_SPELT];
    const char *name = "", *fault;

    for (size_t i = 0; i < st->n_fields; i++) {
        int c = p->column[i];

        values[i].type = SQL_NULL;
        if (c == DW__PG_NO_COLUMN || PQgetisnull(result, row, c))
            continue;
        if (!dw__pg_decode(st->fields[i].type, PQftype(result, c), PQgetvalue(result, row, c),
                           (size_t)PQgetlength(result, row, c), p->wait.ctx->arena, room[i], &values[i]))
            return refuse_row(p, st->fields[i].name, "has a value that its field cannot take");
    }
    fault = dw__row_fault(st, values, &name);
    if (fault)
        return refuse_row(p, name, fault);
    return give_row(p, values);
}

static dw_err take_rows(struct progress *p, const PGresult *result)
{
    const char *name, *fault;
    dw_err err = DW_OK;

    if (p->run->call->want == SQL_WANT_NONE)
        return DW_OK;
    if (!p->mapped) {
        fault = dw__pg_columns(p->run->statement->st, result, p->column, &name);
        if (fault)
            return refuse_row(p, name, fault);
        p->mapped = true;
    }
    for (int r = 0; r < PQntuples(result) && err == DW_OK; r++)
        err = take_row(p, result, r);
    return err;
}

/* ---- results ---- */

static void take_error(struct progress *p, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    if (p->err != DW_OK)
        return;
    p->err = dw__pg_err(state);
    p->run->again = dw__pg_again(state);
    dw__pg_say(result, p->run->trouble);
    /* The server names no reason when it is gone, and a reason of class 57 when it is going. */
    if (!state || (strncmp(state, "57P", 3) == 0))
        p->c->broken = true;
    else
        p->run->unknown = false;
    if (state && (strcmp(state, "0A000") == 0 || strcmp(state, "26000") == 0))
        p->c->broken = p->run->again = true; /* the tables are others than when it was prepared */
    if (state && !p->fresh && (strcmp(state, "42804") == 0 || strcmp(state, "42883") == 0))
        p->c->broken = p->run->again =
            true; /* the same: a column's type is not what a parameter was prepared for */
}

/* What the server takes, on this connection. */
static void take_types(struct progress *p, const PGresult *described)
{
    const struct pg_statement *s = p->run->statement;

    for (size_t i = 0; i < s->st->n_params; i++)
        p->c->types[s->first + i] = PQparamtype(described, (int)i);
}

static void take_prepared(struct progress *p)
{
    const struct pg_statement *s = p->run->statement;

    p->c->prepared[p->run->index / 64] |= UINT64_C(1) << (p->run->index % 64);
    for (size_t i = 0; i < s->st->n_params; i++)
        p->c->types[s->first + i] = s->types[i];
}

/* One result of `stage`. DW_OK to go on. */
static dw_err take_result(struct progress *p, enum stage stage, PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_SINGLE_TUPLE:
    case PGRES_TUPLES_OK:
        if (stage != STAGE_RUN)
            return DW_OK;
        p->run->call->changes = p->run->reads ? 0 : strtoll(PQcmdTuples(result), NULL, 10);
        return take_rows(p, result);
    case PGRES_COMMAND_OK:
        if (stage == STAGE_RUN)
            p->run->call->changes = strtoll(PQcmdTuples(result), NULL, 10);
        if (stage == STAGE_COMMIT && strcmp(PQcmdStatus(result), "COMMIT") != 0)
            p->err = DW_UNAVAILABLE; /* it had failed before, and the server undid it */
        if (stage == STAGE_PREPARE)
            take_prepared(p);
        if (stage == STAGE_DESCRIBE)
            take_types(p, result);
        return DW_OK;
    case PGRES_PIPELINE_ABORTED: return DW_OK;
    case PGRES_FATAL_ERROR: take_error(p, result); return DW_OK;
    default:
        (void)snprintf(p->run->trouble, sizeof p->run->trouble, "PostgreSQL said what was not asked for");
        return DW_INTERNAL;
    }
}

/* All results of one statement of the pipeline. Not DW_OK: the connection cannot be used any more. */
static dw_err take_stage(struct progress *p, enum stage stage)
{
    PGresult *result;
    dw_err err;

    if (stage == STAGE_RUN)
        (void)PQsetSingleRowMode(p->c->pg);
    do {
        err = next_result(p->c, &p->wait, &result);
        if (err == DW_OK && result)
            err = take_result(p, stage, result);
        PQclear(result);
        if (err != DW_OK || p->c->broken)
            return err != DW_OK ? err : p->err;
    } while (result);
    return DW_OK;
}

/* Whether the end of what was sent keeps something. */
static bool may_be_done(const struct pg_run *run)
{
    return !run->reads && !run->in_tx;
}

/* The end of the transaction: from here on it is done, or not. */
static dw_err take_end(struct progress *p)
{
    PGresult *result;
    dw_err err;

    if (!p->synced && PQpipelineSync(p->c->pg) != 1)
        return DW_UNAVAILABLE;
    if (p->err == DW_OK)
        p->run->unknown = may_be_done(p->run);
    for (;;) {
        ExecStatusType status;

        err = next_result(p->c, &p->wait, &result);
        if (err != DW_OK)
            return err;
        status = PQresultStatus(result);
        if (status == PGRES_FATAL_ERROR)
            take_error(p, result); /* a constraint that is deferred */
        PQclear(result);
        if (status == PGRES_PIPELINE_SYNC || !result || p->c->broken)
            break;
    }
    if (p->c->broken)
        return p->err;
    p->run->unknown = false;
    return DW_OK;
}

static dw_err take_first(struct progress *p)
{
    dw_err err = p->begins ? take_stage(p, STAGE_BEGIN) : DW_OK;

    return err == DW_OK && p->prepares ? take_stage(p, STAGE_PREPARE) : err;
}

static dw_err take_all(struct progress *p)
{
    dw_err err;

    if (p->synced)
        p->run->unknown = may_be_done(p->run);
    err = take_first(p);
    if (err == DW_OK && p->limits)
        err = take_stage(p, STAGE_LIMIT);
    if (err == DW_OK && p->owns)
        err = take_stage(p, STAGE_ME);
    if (err == DW_OK)
        err = take_stage(p, STAGE_RUN);
    return err == DW_OK ? take_end(p) : err;
}

/* Until when the server may run the statement, and until when its answer is waited for. */
static dw_err plan(struct progress *p, dw_ctx *ctx)
{
    uint64_t left;
    dw_err err = dw__client_budget(ctx, LONGEST_NS, &left);

    if (err != DW_OK)
        return err;
    p->limit_ms = (left - left / 4) / MS + 1;
    p->wait = (struct wait){.ctx = ctx, .until_ns = ctx->clock->mono_ns + left};
    return DW_OK;
}

static dw_err cannot_send(struct progress *p)
{
    p->c->broken = true;
    dw__pg_say_conn(p->c->pg, p->run->trouble);
    return DW_UNAVAILABLE;
}

/* What became of it, when `err` came of reading what the server said. */
static dw_err judge(struct progress *p, dw_err err)
{
    if (err == DW_OK)
        return p->err;
    p->c->broken = true;
    if (err == DW_UNAVAILABLE && !p->run->trouble[0])
        (void)snprintf(p->run->trouble, sizeof p->run->trouble, "the connection broke");
    return err;
}

/* Which types a statement takes must be known before a value can be sent: a round trip, once for each connection and statement. */
static dw_err ask(struct progress *p)
{
    const struct pg_statement *s = p->run->statement;
    dw_err err;

    if (!send_first(p) || PQsendDescribePrepared(p->c->pg, s->name) != 1 || PQsendFlushRequest(p->c->pg) != 1)
        return cannot_send(p);
    err = take_first(p);
    if (err == DW_OK)
        err = take_stage(p, STAGE_DESCRIBE);
    p->begins = p->prepares = false;
    return err;
}

/* The values, as the server takes them, in one message with all that goes with them. */
static dw_err send_and_take(struct progress *p, dw_ctx *ctx)
{
    struct parcel parcel;
    dw_err err = pack(p->c, p->run, ctx->arena, &parcel);

    if (err == DW_OK && !send_all(p, &parcel)) {
        p->run->again = p->run->reads;
        err = cannot_send(p);
    } else if (err == DW_OK) {
        err = take_all(p);
    } else {
        p->err = err;
        err = take_end(p);
    }
    explicit_bzero(parcel.wire, p->run->statement->st->n_params * sizeof *parcel.wire);
    return err;
}

dw_err dw__pg_conn_run(struct pg_conn *c, dw_ctx *ctx, struct pg_run *run)
{
    struct progress p = {.c = c, .run = run, .begins = run->begins};
    dw_err err = plan(&p, ctx);

    run->unknown = run->again = false;
    run->trouble[0] = '\0';
    if (err != DW_OK)
        return err;
    p.prepares = p.fresh = !is_prepared(c, run->index);
    if (p.prepares && run->statement->asks)
        err = ask(&p);
    if (err == DW_OK)
        err = p.err == DW_OK ? send_and_take(&p, ctx) : take_end(&p);
    if (err == DW_UNAVAILABLE && run->reads && run->call->collect.n == 0 && !p.full)
        run->again = true;
    return judge(&p, err);
}

/* ---- commands of ours ---- */

static bool send_commands(struct progress *p, const char *const *commands, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!send_command(p->c->pg, commands[i]))
            return false;
    return PQpipelineSync(p->c->pg) == 1;
}

dw_err dw__pg_conn_say(struct pg_conn *c, dw_ctx *ctx, const char *const *commands, size_t n, bool commits,
                       struct pg_run *run)
{
    struct progress p = {.c = c, .run = run, .synced = true};
    dw_err err = plan(&p, ctx);

    run->unknown = run->again = false;
    run->in_tx = !commits;
    run->trouble[0] = '\0';
    if (err != DW_OK)
        return err;
    if (!send_commands(&p, commands, n))
        return cannot_send(&p);
    run->unknown = commits;
    for (size_t i = 0; i < n && err == DW_OK; i++)
        err = take_stage(&p, commits ? STAGE_COMMIT : STAGE_BEGIN);
    if (err == DW_OK)
        err = take_end(&p);
    return judge(&p, err);
}
