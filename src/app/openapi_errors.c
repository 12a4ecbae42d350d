/* app/openapi_errors.c -- the error replies of a route: what its guards say that they may refuse with, and one shape for all.
 *
 * What is said here is what app/error_reply.c does.  Replies of one status are one component, named by the codes that it may carry;
 * what only a handler or a server in trouble gives is the `default`. */
#include <string.h>

#include "app/openapi_parts.h"
#include "base/err.h"
#include "base/text.h"
#include "http/status.h"

#define REPLY_MAX ((size_t)1 << 16)
#define REQUEST_ID "8f14e45fceea167a5a36dedd4bea2543"

/* Errors of one status: a component. */
struct openapi_reply {
    int status; /* 0: the default */
    guard_errors errors;
    bool oauth;
    struct error_scopes own; /* the application's handlers that may make it; none for OAuth's */
    dw_text name, json;
    struct openapi_reply *next;
};

static const dw_err known[] = {
#define KNOWN(name, number, status, code, text) DW_##name,
    DW_ERRORS(KNOWN)
#undef KNOWN
};
#define N_KNOWN (sizeof known / sizeof known[0])

/* Ours, and behind them the application's own. */
static size_t n_errors(void)
{
    return N_KNOWN + dw__err_own_count();
}

static dw_err error_at(size_t i)
{
    return i < N_KNOWN ? known[i] : dw__err_own_at(i - N_KNOWN);
}

/* RFC 6749 §5.2 knows fewer statuses. */
static int status_of(dw_err err, bool oauth)
{
    int status = dw_err_status(err);

    return oauth && status < 500 && status != 413 && status != 415 ? 400 : status;
}

/* ---- schemas ---- */

#define MEMBERS                                                                                            \
    "\"code\":{\"type\":\"string\",\"description\":\"Stable: for programs\"},"                             \
    "\"request_id\":{\"type\":\"string\",\"description\":\"The X-Request-Id of the reply\"},"              \
    "\"invalid_fields\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},"                              \
    "\"description\":\"With code unknown_fields: the names that are not known\"},"                         \
    "\"details\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"array\",\"items\":{\"type\":"   \
    "\"string\"}},\"description\":\"With code invalid: what is wrong, by field\"},"                        \
    "\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"                       \
    "\"pointer\":{\"type\":\"string\",\"description\":\"RFC 6901; empty for the whole\"},"                 \
    "\"code\":{\"type\":\"string\",\"description\":\"Stable: for programs\"},"                             \
    "\"detail\":{\"type\":\"string\",\"description\":\"A sentence for people\"}},"                         \
    "\"required\":[\"pointer\",\"code\",\"detail\"]},"                                                     \
    "\"description\":\"With codes unknown_fields and invalid: each fault\"},"                              \
    "\"position\":{\"type\":\"integer\",\"description\":\"With code malformed: the byte of the body that " \
    "cannot be\"}}"

static const char error_schema[] =
    "{\"type\":\"object\",\"properties\":{"
    "\"error\":{\"type\":\"string\",\"description\":\"The reason phrase of the status, or what kind of fault "
    "it is\"},"
    "\"message\":{\"type\":\"string\",\"description\":\"A sentence for people\"}," MEMBERS
    ",\"required\":[\"error\",\"message\",\"code\",\"request_id\"]}";
static const char problem_schema[] =
    "{\"type\":\"object\",\"description\":\"RFC 9457\",\"properties\":{"
    "\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},"
    "\"detail\":{\"type\":\"string\"}," MEMBERS
    ",\"required\":[\"type\",\"title\",\"status\",\"detail\",\"code\",\"request_id\"]}";
static const char oauth_schema[] =
    "{\"type\":\"object\",\"description\":\"RFC 6749 §5.2\",\"properties\":{"
    "\"error\":{\"type\":\"string\"},\"error_description\":{\"type\":\"string\"}," MEMBERS
    ",\"required\":[\"error\",\"error_description\",\"code\",\"request_id\"]}";

/* The name of the component of one shape, made when it is first needed. */
static dw_text shape(struct openapi *doc, dw_text *name, const char *wanted, const char *json)
{
    if (name->p == NULL)
        *name = dw__openapi_component(&doc->schemas, wanted, dw__text_of(json));
    return *name;
}

/* ---- one reply ---- */

/* What the shape has for one code alone. */
static void put_extra(dw_err err, struct buf *out)
{
    dw__buf_format(out, ",\"code\":\"%s\",\"request_id\":\"" REQUEST_ID "\"", dw_err_code(err));
    switch ((int)err) {
    case DW_UNKNOWN_FIELDS:
        dw__buf_lit(out, ",\"invalid_fields\":[\"isAdmin\"],\"errors\":[{\"pointer\":\"/isAdmin\","
                         "\"code\":\"unknown\",\"detail\":\"There is no such field.\"}]");
        break;
    case DW_INVALID:
        dw__buf_lit(out, ",\"details\":{\"name\":[\"Length must be between 3 and 100.\"]},"
                         "\"errors\":[{\"pointer\":\"/name\",\"code\":\"len\","
                         "\"detail\":\"Length must be between 3 and 100.\"}]");
        break;
    case DW_MALFORMED: dw__buf_lit(out, ",\"position\":17"); break;
    default: break;
    }
    dw__buf_putc(out, '}');
}

static void put_example(dw_err err, const struct openapi_reply *reply, bool problem, struct buf *out)
{
    const char *title = err == DW_UNKNOWN_FIELDS || err == DW_INVALID
                            ? dw_err_text(err)
                            : dw__http_reason(status_of(err, false));

    dw__buf_format(out, "\"%s\":{\"value\":{", dw_err_code(err));
    if (reply->oauth && !problem)
        dw__buf_format(out, "\"error\":\"invalid_request\",\"error_description\":\"%s\"", dw_err_text(err));
    else if (problem)
        dw__buf_format(out, "\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\"",
                       title, reply->status, dw_err_text(err));
    else
        dw__buf_format(out, "\"error\":\"%s\",\"message\":\"%s\"", title, dw_err_text(err));
    put_extra(err, out);
    dw__buf_putc(out, '}');
}

/* One for each code, and the end of the media type. */
static void put_examples(const struct openapi_reply *reply, bool problem, struct buf *out)
{
    bool any = false;

    for (size_t i = 0; i < n_errors(); i++) {
        if (!(reply->errors & dw__guard_error(error_at(i))))
            continue;
        dw__buf_text(out, dw__text_of(any ? "," : ",\"examples\":{"));
        any = true;
        put_example(error_at(i), reply, problem, out);
    }
    dw__buf_text(out, dw__text_of(any ? "}}" : "}"));
}

/* The codes are examples and no enum: a handler may give one of its own with the same status. */
static void put_media(dw_text shape_name, const struct openapi_reply *reply, bool problem, struct buf *out)
{
    dw__buf_format(out, "{\"schema\":{\"$ref\":\"#/components/schemas/%.*s\"}", DW_FMT(shape_name));
    put_examples(reply, problem, out);
}

/* Whether the handler of `rule` may make this reply, as JSON of its own. */
static bool may_make(const struct error_rule *rule, const struct openapi_reply *reply)
{
    if (rule->handler->kind != DW_ERROR_IS_JSON || rule->out == NULL)
        return false;
    if (reply->status == 0 || (rule->status == 0 && rule->err == DW_OK) || rule->status == reply->status)
        return true;
    return rule->err != DW_OK && (reply->errors & dw__guard_error(rule->err)) != 0;
}

/* Replies of the application's own, each beside our shape: a handler that fails leaves the reply to us. False when there are none. */
static bool put_own_media(struct openapi *doc, const struct openapi_reply *reply, struct buf *out)
{
    bool any = false;

    for (size_t i = 0; i < DW__ERROR_SCOPES; i++)
        for (size_t k = 0; reply->own.rules[i] != NULL && k < reply->own.rules[i]->n; k++) {
            const struct error_rule *rule = &reply->own.rules[i]->v[k];

            if (!may_make(rule, reply))
                continue;
            dw__buf_text(out, dw__text_of(any ? "," : "{\"schema\":{\"anyOf\":["));
            any = true;
            dw__openapi_ref(&doc->schemas, rule->out, OPENAPI_OUTPUT, out);
        }
    if (any)
        dw__buf_format(out, ",{\"$ref\":\"#/components/schemas/%.*s\"}]}}",
                       DW_FMT(shape(doc, &doc->error_schema, "error", error_schema)));
    return any;
}

/* A route with OAuth's errors; what is refused before there is a route has the usual shape. */
static void put_oauth_media(struct openapi *doc, const struct openapi_reply *reply, bool early,
                            struct buf *out)
{
    dw_text own = shape(doc, &doc->oauth_schema, "oauth_error", oauth_schema);

    if (!early) {
        put_media(own, reply, false, out);
        return;
    }
    dw__buf_format(out, "{\"schema\":{\"anyOf\":[{\"$ref\":\"#/components/schemas/%.*s\"},", DW_FMT(own));
    dw__buf_format(out, "{\"$ref\":\"#/components/schemas/%.*s\"}]}",
                   DW_FMT(shape(doc, &doc->error_schema, "error", error_schema)));
    put_examples(reply, false, out);
}
static void put_header_ref(const char *name, bool first, struct buf *out)
{
    dw__buf_format(out, "%s\"%s\":{\"$ref\":\"#/components/headers/%s\"}", first ? "" : ",", name, name);
}

static void put_description(const struct openapi_reply *reply, struct buf *out)
{
    bool any = false;

    dw__buf_lit(out, "\"description\":\"");
    if (reply->status == 0)
        dw__buf_lit(out, "What else can go wrong: `code` says what");
    for (size_t i = 0; i < n_errors(); i++) {
        if (!(reply->errors & dw__guard_error(error_at(i))))
            continue;
        dw__buf_format(out, "%s%s", any ? "; " : "", dw_err_text(error_at(i)));
        any = true;
    }
    dw__buf_putc(out, '"');
}

static void put_reply(struct openapi *doc, const struct openapi_reply *reply, struct buf *out)
{
    bool early = reply->status == 0 || (reply->errors & DW__GUARD_ERROR(DW_BAD_REQUEST)) != 0;

    dw__buf_putc(out, '{');
    put_description(reply, out);
    dw__buf_lit(out, ",\"headers\":{");
    put_header_ref("X-Request-Id", true, out);
    if (reply->errors & DW__GUARD_ERROR(DW_UNAUTHENTICATED) && !reply->oauth)
        put_header_ref("WWW-Authenticate", false, out);
    if (reply->status == 0)
        put_header_ref("Retry-After", false, out);
    dw__buf_lit(out, "},\"content\":{\"application/json\":");
    if (reply->oauth)
        put_oauth_media(doc, reply, early, out);
    else if (!put_own_media(doc, reply, out))
        put_media(shape(doc, &doc->error_schema, "error", error_schema), reply, false, out);
    if (!reply->oauth || early) {
        dw__buf_lit(out, ",\"application/problem+json\":");
        put_media(shape(doc, &doc->problem_schema, "problem", problem_schema), reply, true, out);
        dw__buf_lit(out, ",\"text/html\":{\"schema\":{\"type\":\"string\"}}");
    }
    dw__buf_lit(out, "}}");
}

/* ---- all of them ---- */

static bool has_own(const struct error_scopes *own)
{
    for (size_t i = 0; i < DW__ERROR_SCOPES; i++)
        if (own->rules[i] != NULL)
            return true;
    return false;
}

/* "bad_request-unknown_fields", "oauth-…", "error" for the default; a number behind it where the application has its own. */
static dw_text name_of(struct openapi *doc, const struct openapi_reply *reply)
{
    struct buf b;

    dw__buf_init(&b, doc->arena, REPLY_MAX);
    if (reply->oauth)
        dw__buf_lit(&b, "oauth");
    if (reply->errors == 0)
        dw__buf_lit(&b, "-error");
    for (size_t i = 0; i < n_errors(); i++)
        if (reply->errors & dw__guard_error(error_at(i)))
            dw__buf_format(&b, "-%s", dw_err_code(error_at(i)));
    if (has_own(&reply->own))
        dw__buf_format(&b, "-%u", doc->n_replies);
    if (b.failed || b.n < 2)
        return (dw_text){0};
    return reply->oauth ? (dw_text){b.p, b.n} : (dw_text){b.p + 1, b.n - 1};
}

/* The component that is like `wanted`, made when it is first needed; NULL without memory. */
static const struct openapi_reply *reply_like(struct openapi *doc, const struct openapi_reply *wanted)
{
    struct openapi_reply *reply;
    struct buf json;

    for (reply = doc->replies; reply != NULL; reply = reply->next)
        if (reply->status == wanted->status && reply->errors == wanted->errors &&
            reply->oauth == wanted->oauth && memcmp(&reply->own, &wanted->own, sizeof reply->own) == 0)
            return reply;
    reply = dw__arena_zalloc(doc->arena, sizeof *reply);
    if (reply == NULL)
        return NULL;
    *reply = *wanted;
    doc->n_replies++;
    reply->name = name_of(doc, reply);
    dw__buf_init(&json, doc->arena, REPLY_MAX);
    put_reply(doc, reply, &json);
    if (json.failed || reply->name.p == NULL)
        return NULL;
    reply->json = (dw_text){json.p, json.n};
    *doc->last_reply = reply;
    doc->last_reply = &reply->next;
    return reply;
}

static void put_ref(struct openapi *doc, const char *key, const struct openapi_reply *wanted, struct buf *out)
{
    const struct openapi_reply *reply = reply_like(doc, wanted);

    if (reply == NULL)
        out->failed = true;
    else
        dw__buf_format(out, "\"%s\":{\"$ref\":\"#/components/responses/%.*s\"}", key, DW_FMT(reply->name));
}

void dw__openapi_error_replies(struct openapi *doc, const struct route_plan *plan, struct buf *out)
{
    bool oauth = plan->errors == DW_ERRORS_OAUTH;
    struct openapi_reply wanted = {.oauth = oauth};
    guard_errors all = dw__guards_refuse(plan);
    char key[16];

    if (!oauth)
        wanted.own = plan->error_scopes;
    if (plan->sources.path != 0)
        all |= DW__GUARD_ERROR(DW_NOT_FOUND); /* no route for what is no number; or nothing there */
    if (plan->route->idempotent)
        all |= DW__GUARD_ERROR(DW_BAD_REQUEST) | DW__GUARD_ERROR(DW_INVALID) | DW__GUARD_ERROR(DW_TOO_MANY);
    for (int status = 400; status < 600; status++) {
        guard_errors errors = 0;

        for (size_t i = 0; i < n_errors(); i++)
            if ((all & dw__guard_error(error_at(i))) != 0 && status_of(error_at(i), oauth) == status)
                errors |= dw__guard_error(error_at(i));
        if (errors == 0)
            continue;
        (void)snprintf(key, sizeof key, "%d", status);
        wanted.status = status;
        wanted.errors = errors;
        put_ref(doc, key, &wanted, out);
        dw__buf_putc(out, ',');
    }
    wanted.status = 0;
    wanted.errors = 0;
    put_ref(doc, "default", &wanted, out);
}

void dw__openapi_reply_components(const struct openapi *doc, struct buf *out)
{
    for (const struct openapi_reply *reply = doc->replies; reply != NULL; reply = reply->next) {
        if (reply != doc->replies)
            dw__buf_putc(out, ',');
        dw__json_put_string(out, reply->name);
        dw__buf_putc(out, ':');
        dw__buf_text(out, reply->json);
    }
}
