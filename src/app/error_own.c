/* app/error_own.c -- the application's own reply to an error (<dw/error.h>).
 *
 * A handler is shut in: while it runs the request can be neither read nor replied to, and its database is read-only.  What it makes is
 * a body, and headers that are not the error's own.  Must never: ask a second handler when the first has failed, or let what a failed
 * one did to the request stay. */
#include "app/error_own.h"
#include "app/view.h"

#include "base/log.h"
#include "base/text.h"
#include "http/shut.h"
#include "route/plan.h"
#include "schema/print.h"
#include "schema/says.h"

#define BODY_MAX ((size_t)128 << 10)

/* ---- what a handler is told ---- */

/* The sentence of a fault, as the shapes of our own have it; empty without memory. */
static dw_text sentence_of(dw_req *req, const struct bind_faults *faults, const struct bind_fault *fault)
{
    char text[512];
    struct buf b;

    dw__buf_init_fixed(&b, text, sizeof text);
    dw__says(&b, fault, faults->messages, faults->language);
    return dw__arena_text(&req->arena, (dw_text){b.p, b.n});
}

static void tell_each(dw_req *req, const struct bind_faults *faults, const struct bind_fault *list, size_t n,
                      dw_fault *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (dw_fault){list[i].field, dw__text_of(list[i].code), sentence_of(req, faults, &list[i])};
}

static dw_err tell_faults(dw_req *req, const struct error_facts *facts, dw_error *error)
{
    bool unknown = facts->err == DW_UNKNOWN_FIELDS;
    dw_fault *out;

    if (facts->faults == NULL)
        return DW_OK;
    if (facts->err == DW_MALFORMED)
        error->position = (int64_t)facts->faults->malformed_at;
    if (!unknown && facts->err != DW_INVALID)
        return DW_OK;
    error->n_faults = unknown ? facts->faults->n_unknown : facts->faults->n_broken;
    out = dw__arena_calloc(&req->arena, error->n_faults, sizeof *out);
    if (out == NULL && error->n_faults > 0)
        return DW_UNAVAILABLE;
    tell_each(req, facts->faults, unknown ? facts->faults->unknown : facts->faults->broken, error->n_faults,
              out);
    error->faults = out;
    return DW_OK;
}

static dw_err tell(dw_req *req, const struct error_facts *facts, dw_error *error)
{
    *error = (dw_error){
        .err = facts->err,
        .status = facts->status,
        .title = dw__text_of(facts->title),
        .code = dw__text_of(facts->code),
        .message = dw__text_of(facts->message),
        .request_id = req->ctx.request_id,
        .position = -1,
    };
    return tell_faults(req, facts, error);
}

/* ---- how it is shut in ---- */

/* What the request was before, and what a handler may not change. */
struct shut {
    struct http_shut http;
    dw_text fail_internal;
    void **fail_frames;
    int n_fail_frames;
};

static struct shut shut_in(dw_req *req)
{
    struct shut before = {dw__req_shut(req), req->fail_internal, req->fail_frames, req->n_fail_frames};

    req->fail_internal = (dw_text){NULL, 0};
    return before;
}

static void let_out(dw_req *req, const struct shut *before)
{
    dw__req_open(req, &before->http);
    req->ctx.stopped = false;
    req->fail_internal = before->fail_internal;
    req->fail_frames = before->fail_frames;
    req->n_fail_frames = before->n_fail_frames;
}

/* ---- what it made ---- */

/* Headers that say what the error means: they are there already, or come when the reply begins. */
static bool belongs_to_error(dw_text name)
{
    static const dw_text names[] = {DW_TEXT_INIT("Retry-After"), DW_TEXT_INIT("Allow"),
                                    DW_TEXT_INIT("WWW-Authenticate"), DW_TEXT_INIT("Content-Range")};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (dw__text_eq_nocase(names[i], name))
            return true;
    return false;
}

/* One that cannot be, or is of our header block, is found when the reply begins. */
static const char *headers_fault(const dw_req *req, size_t first)
{
    for (size_t i = first; i < req->reply.n_extra; i++)
        if (belongs_to_error(req->reply.extra[i].name))
            return "it set a header that belongs to the error";
    return NULL;
}

/* Puts the members of *out into the problem that b ends with. */
static void add_members(dw_req *req, struct buf *b, const struct error_rule *rule, const void *out,
                        const char **unset)
{
    size_t at = b->n - 1; /* the brace */

    b->n = at;
    dw__print_json(rule->out, out, dw__view_roles(&req->ctx, rule->out), b, NULL, unset);
    if (b->failed || *unset != NULL)
        return;
    if (b->n == at + 2) /* {}: nothing to add */
        b->n = at, dw__buf_putc(b, '}');
    else
        b->p[at] = ',';
}

static const char *render_data(dw_req *req, const struct error_facts *facts, const struct error_rule *rule,
                               const void *out, struct own_reply *own)
{
    bool problem = rule->handler->kind == DW_ERROR_IS_PROBLEM;
    const char *unset = NULL;
    struct buf b;

    dw__buf_init(&b, &req->arena, BODY_MAX);
    if (problem)
        dw__error_shape_put(SHAPE_PROBLEM, &b, req, facts);
    if (problem && rule->out != NULL && !b.failed)
        add_members(req, &b, rule, out, &unset);
    else if (!problem)
        dw__print_json(rule->out, out, dw__view_roles(&req->ctx, rule->out), &b, NULL, &unset);
    if (unset != NULL)
        return "it never set a field of its output";
    if (b.failed)
        return "its output does not fit";
    own->content_type = dw__error_shape_type(problem ? SHAPE_PROBLEM : SHAPE_JSON);
    own->body = (dw_text){b.p, b.n};
    return NULL;
}

static const char *render(dw_req *req, const struct error_facts *facts, const struct error_rule *rule,
                          const void *out, struct own_reply *own)
{
    if (rule->handler->kind != DW_ERROR_IS_PAGE)
        return render_data(req, facts, rule, out, own);
    own->content_type = dw__error_shape_type(SHAPE_HTML);
    own->body = *(const dw_text *)out;
    return own->body.n > 0 ? NULL : "it left no page";
}

/* ---- the asking ---- */

static void *make_out(dw_req *req, const struct error_rule *rule)
{
    const dw_schema *schema = rule->handler->out;
    void *out = dw__arena_zalloc(&req->arena, schema != NULL ? schema->size : sizeof(dw_text));

    if (out != NULL && rule->out != NULL && req->ctx.services->development)
        dw__poison(rule->out, out);
    return out;
}

static void log_failure(const dw_req *req, const struct error_facts *facts, const struct error_rule *rule,
                        dw_text why)
{
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_ERROR, "error_handler.failed",
              DW_KV(handler, rule->handler->name), DW_KV(code, facts->code), DW_KV(why, why));
}

/* Runs the handler and takes what it made; {NULL, 0} when all went well, else why not. */
static dw_text ask(dw_req *req, const struct error_facts *facts, const struct error_rule *rule,
                   struct own_reply *own)
{
    size_t first = req->reply.n_extra;
    void *out = make_out(req, rule);
    const char *fault;
    dw_error error;
    dw_text why;
    dw_err err;

    if (out == NULL || tell(req, facts, &error) != DW_OK)
        return DW_TEXT("there is no memory left for it");
    const struct shut before = shut_in(req);
    err = rule->handler->call(req, &error, out);
    if (req->ctx.stopped)
        err = DW_INTERNAL;
    why = req->fail_internal;
    let_out(req, &before);
    if (err != DW_OK)
        return why.n > 0 ? why : dw__text_of(dw_err_code(err));
    fault = headers_fault(req, first);
    return dw__text_of(fault != NULL ? fault : render(req, facts, rule, out, own));
}

static const struct error_rule *rule_for(const dw_req *req, const struct error_facts *facts,
                                         enum error_shape shape)
{
    if (req->plan == NULL || req->admin || req->ctx.canceled || shape == SHAPE_OAUTH)
        return NULL;
    return dw__error_rule_find(&req->plan->error_scopes, facts->err, facts->status, shape == SHAPE_HTML);
}

static void drop_headers(dw_req *req, size_t n_extra)
{
    req->reply.n_extra = n_extra;
    req->reply.header_broken = false;
}

bool dw__error_own(dw_req *req, const struct error_facts *facts, enum error_shape shape,
                   struct own_reply *own)
{
    const struct error_rule *rule = rule_for(req, facts, shape);
    size_t n_extra = req->reply.n_extra;
    dw_text why;

    if (rule == NULL)
        return false;
    why = ask(req, facts, rule, own);
    if (why.n == 0)
        return true;
    if (!req->ctx.canceled) /* the client left while it waited: no fault of the handler's */
        log_failure(req, facts, rule, why);
    drop_headers(req, n_extra);
    return false;
}

void dw__error_own_failed(dw_req *req, const struct error_facts *facts, enum error_shape shape,
                          size_t n_extra)
{
    log_failure(req, facts, rule_for(req, facts, shape), DW_TEXT("it set a header that is not its to set"));
    drop_headers(req, n_extra);
}
