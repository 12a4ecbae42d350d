/* auth/session_values.c -- see session_values.h.
 *
 * What lies in the database was ours, and is read as if it were not: a value that the schema does not take (any more) is as if it had never been set.
 *
 * Must never: write a value that could not be read again, or one for a session that has ended. */
#include "auth/session_values.h"

#include <stdlib.h>
#include <string.h>

#include "auth/session.h"
#include "base/log.h"
#include "base/text.h"
#include "schema/bind.h"
#include "schema/print.h"
#include <dw/tx.h>

struct session_values {
    const dw_session_values *statements;
    struct schema_plan *plan;
};

/* ---- at start-up ---- */

static const char *why_not(const struct plan_field *f)
{
    if (f->write_only)
        return "is write-only, and what is kept is read again";
    return !f->optional && f->def == NULL
               ? "is neither .optional nor has it a default: nobody may have set it"
               : NULL;
}

static dw_err fits(const struct schema_plan *plan, struct buf *why)
{
    bool good = true;

    if (plan->secret || plan->n_checks > 0 || plan->n_flats > 0) {
        dw__buf_format(why, "DW_SESSION_VALUES: %s has %s\n", plan->name,
                       plan->secret         ? "a dw_secret: keep it elsewhere, sealed"
                       : plan->n_checks > 0 ? "a DW_CHECK, and its fields are written one by one"
                                            : "a flat part: its fields are not rows of their own");
        good = false;
    }
    for (size_t i = 0; i < plan->n_fields; i++) {
        const char *fault = why_not(&plan->fields[i]);

        if (fault != NULL) {
            dw__buf_format(why, "DW_SESSION_VALUES: %s.%.*s %s\n", plan->name, DW_FMT(plan->fields[i].name),
                           fault);
            good = false;
        }
    }
    return good ? DW_OK : DW_INVALID;
}

dw_err dw__session_values_new(struct session_values **out, const dw_session_values *values, struct buf *why)
{
    struct session_values *made = calloc(1, sizeof *made);
    dw_err err;

    *out = NULL;
    if (made == NULL)
        return DW_UNAVAILABLE;
    made->statements = values;
    err = dw__schema_compile(values->schema, &made->plan, why);
    if (err == DW_OK)
        err = fits(made->plan, why);
    if (err != DW_OK) {
        dw__session_values_free(made);
        return err;
    }
    *out = made;
    return DW_OK;
}

void dw__session_values_free(struct session_values *values)
{
    if (values == NULL)
        return;
    dw__schema_plan_free(values->plan);
    free(values);
}

/* ---- whose ---- */

/* The values of the program, when `schema` is theirs: each file has a copy of its own of what a header declares. */
static dw_err values_for(dw_req *req, const dw_schema *schema, const struct session_values **out)
{
    const struct session_values *values = req->ctx.services->session_values;

    *out = values;
    if (values == NULL)
        return dw_req_fail_internal(req, DW_TEXT("dw_app.session_values is not set"));
    if (strcmp(values->plan->name, schema->name) != 0 || values->plan->size != schema->size ||
        values->plan->n_fields != schema->n_fields)
        return dw_req_fail_internal(req, DW_TEXT("this is not the schema of dw_app.session_values"));
    return DW_OK;
}

static dw_err session_of(dw_req *req, dw_text *name)
{
    const struct session *session = NULL;
    dw_err err = req->ctx.services->sessions != NULL ? dw__session_find(req, &session) : DW_UNAUTHENTICATED;

    req->ctx.principal_asked = true;
    *name = session != NULL ? session->row.uid : (dw_text){NULL, 0};
    return err == DW_OK && session == NULL ? DW_UNAUTHENTICATED : err;
}

/* ---- reading ---- */

/* Whether `value` is one of the field; *at is it then, and else zero. */
static bool take(dw_ctx *ctx, const struct plan_field *f, dw_text value, void *at)
{
    struct bind_faults faults;

    dw__bind_init(&faults, ctx->arena);
    if (dw__bind_json_value(&f->type, value, at, &faults))
        return true;
    memset(at, 0, f->type.size);
    return false;
}

static void take_row(dw_ctx *ctx, const struct schema_plan *plan, const dw_session_value *row, char *out)
{
    const int i = dw__schema_field(plan, row->name);
    const struct plan_field *f = i >= 0 ? &plan->fields[i] : NULL;

    if (f != NULL && take(ctx, f, row->value, out + f->at))
        *(bool *)(out + f->has_at) = true;
    else
        DW__EVENT(ctx->services->log, ctx, DW_LOG_LEVEL_WARN, "session.value_dropped",
                  DW_KV(field, row->name));
}

static void fill_in(const struct schema_plan *plan, char *out)
{
    for (size_t i = 0; i < plan->n_fields; i++) {
        const struct plan_field *f = &plan->fields[i];
        bool *has = (bool *)(out + f->has_at);

        if (*has || f->def == NULL)
            continue;
        memcpy(out + f->at, f->def, f->type.size);
        *has = true;
    }
}

dw_err dw_x_session_get(dw_req *req, const dw_schema *schema, void *out)
{
    const struct session_values *values;
    dw_session_value_key key;
    dw_any_list rows = {0};
    dw_err err = values_for(req, schema, &values);

    memset(out, 0, schema->size);
    if (err == DW_OK)
        err = session_of(req, &key.session);
    if (err == DW_OK)
        err = dw_x_all(&req->ctx, values->statements->get, &key, &rows);
    if (err != DW_OK)
        return err;
    for (size_t i = 0; i < rows.n; i++)
        take_row(&req->ctx, values->plan, (const dw_session_value *)rows.v + i, out);
    fill_in(values->plan, out);
    return DW_OK;
}

/* ---- writing ---- */

/* What is to be done with one field. */
struct change {
    const struct plan_field *field;
    dw_text value; /* p NULL: it goes */
};

/* The value as it will lie there, once it was seen that it can be read again. */
static dw_err print(dw_ctx *ctx, const struct plan_field *f, const void *value, dw_text *out)
{
    void *again = dw__arena_zalloc(ctx->arena, f->type.size);
    struct buf b;

    if (again == NULL)
        return DW_UNAVAILABLE;
    dw__buf_init(&b, ctx->arena, DW_SESSION_VALUE_MAX);
    dw__print_value(&f->type, value, &b);
    if (b.failed)
        return ctx->arena->limit - ctx->arena->used > (size_t)2 * DW_SESSION_VALUE_MAX ? DW_INVALID
                                                                                       : DW_UNAVAILABLE;
    *out = (dw_text){b.p, b.n};
    return take(ctx, f, *out, again) ? DW_OK : DW_INVALID;
}

static dw_err gather(dw_ctx *ctx, const struct schema_plan *plan, const char *in, struct change *changes,
                     size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < plan->n_fields; i++) {
        const struct plan_field *f = &plan->fields[i];
        struct change *change = &changes[*n];
        dw_err err;

        if (!*(const bool *)(in + f->has_at) && !*(const bool *)(in + f->null_at))
            continue;
        *change = (struct change){.field = f};
        if (*(const bool *)(in + f->has_at) && (err = print(ctx, f, in + f->at, &change->value)) != DW_OK)
            return err;
        ++*n;
    }
    return DW_OK;
}

static dw_err write_one(dw_ctx *ctx, const dw_session_values *statements, dw_text session,
                        const struct change *change)
{
    const dw_session_value_new row = {
        .session = session, .name = change->field->name, .value = change->value};
    const dw_session_value_name name = {.session = session, .name = change->field->name};

    return change->value.p != NULL ? dw_x_exec(ctx, statements->put, &row, NULL)
                                   : dw_x_exec(ctx, statements->drop, &name, NULL);
}

dw_err dw_x_session_set(dw_req *req, const dw_schema *schema, const void *in)
{
    const struct session_values *values;
    struct change changes[DW__PLAN_FIELDS];
    dw_text session = {NULL, 0};
    size_t n = 0;
    dw_err err = values_for(req, schema, &values);

    if (err == DW_OK)
        err = session_of(req, &session);
    if (err == DW_OK)
        err = gather(&req->ctx, values->plan, in, changes, &n);
    if (err != DW_OK || n == 0)
        return err;
    DW_TX_REPEATABLE(&req->ctx, &err)
    {
        for (size_t i = 0; err == DW_OK && i < n; i++)
            err = write_one(&req->ctx, values->statements, session, &changes[i]);
    }
    return err == DW_CONFLICT ? DW_UNAUTHENTICATED : err; /* the session of the rows is not there any more */
}
