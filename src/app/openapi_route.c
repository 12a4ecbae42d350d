/* app/openapi_route.c -- one route as an operation: what it takes, what it gives, who may. */
#include <string.h>

#include "app/openapi_parts.h"
#include "base/text.h"
#include "route/limit.h"

#define MULTIPART "multipart/form-data"

/* ---- operationId ---- */

struct openapi_id {
    dw_text name;
    const dw_handler *handler;
    struct openapi_id *next;
};

static const struct openapi_id *find_id(const struct openapi *doc, dw_text name)
{
    for (const struct openapi_id *id = doc->ids; id != NULL; id = id->next)
        if (dw__text_eq(id->name, name))
            return id;
    return NULL;
}

static dw_text lower(struct arena *a, const char *method)
{
    dw_text t = dw__arena_format(a, "%s", method);

    for (size_t i = 0; i < t.n; i++)
        ((char *)(uintptr_t)t.p)[i] |= 0x20;
    return t;
}

/* The name of the handler. Where that is taken: by another route of the same handler, with the method behind it; by another handler,
 * with the tag in front; and then with a number.  The order of the tables decides, so that a route added behind changes no name. */
static dw_text choose_id(struct openapi *doc, const struct route_plan *plan)
{
    const dw_handler *handler = plan->route->handler;
    dw_text name = dw__text_of(handler->name), tag = dw__openapi_tag(doc, plan->blueprint);
    const struct openapi_id *taken = find_id(doc, name);
    dw_text wide;

    if (taken == NULL)
        return name;
    wide = taken->handler == handler ? dw__arena_format(doc->arena, "%s_%.*s", handler->name,
                                                        DW_FMT(lower(doc->arena, plan->method)))
                                     : dw__arena_format(doc->arena, "%.*s_%s", DW_FMT(tag), handler->name);
    name = wide;
    for (unsigned number = 2; name.p != NULL && find_id(doc, name) != NULL; number++)
        name = dw__arena_format(doc->arena, "%.*s_%u", DW_FMT(wide), number);
    return name;
}

static void put_id(struct openapi *doc, const struct route_plan *plan, struct buf *out)
{
    struct openapi_id *id = dw__arena_zalloc(doc->arena, sizeof *id);
    dw_text name = choose_id(doc, plan);

    if (id == NULL || name.p == NULL) {
        out->failed = true;
        return;
    }
    *id = (struct openapi_id){name, plan->route->handler, doc->ids};
    doc->ids = id;
    dw__openapi_text(out, "operationId", name);
}

/* ---- words ---- */

/* "create_note": "Create note". */
static void put_name_as_words(const char *name, struct buf *out)
{
    char words[128];
    size_t n = strnlen(name, sizeof words);

    for (size_t i = 0; i < n; i++)
        words[i] = name[i] == '_' ? ' ' : name[i];
    if (n > 0 && words[0] >= 'a' && words[0] <= 'z')
        words[0] = (char)(words[0] - 'a' + 'A');
    dw__json_put_string(out, (dw_text){words, n});
}

/* The first sentence of the route's doc is its summary, all of it the description when there is more. */
static void put_words(const struct route_plan *plan, struct buf *out)
{
    const char *doc = plan->route->doc, *end;

    dw__buf_lit(out, ",\"summary\":");
    if (doc == NULL || *doc == '\0') {
        put_name_as_words(plan->route->handler->name, out);
        return;
    }
    end = strstr(doc, ". ");
    dw__json_put_string(out, end != NULL ? (dw_text){doc, (size_t)(end - doc)} : dw__text_of(doc));
    if (end == NULL)
        return;
    dw__buf_putc(out, ',');
    dw__openapi_text(out, "description", dw__text_of(doc));
}

/* ---- who may ---- */

/* One of these, with a role: an `or` of them all. */
static void put_requirements(const struct route_plan *plan, const char *role, struct buf *out)
{
    static const struct {
        unsigned flag;
        const char *name;
    } kinds[] = {{DW_BEARER, "bearer"}, {DW_SESSION, "session"}, {DW_API_KEY, "apiKey"}};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!(plan->by & kinds[i].flag))
            continue;
        if (out->n > 0 && out->p[out->n - 1] == '}')
            dw__buf_putc(out, ',');
        dw__buf_format(out, "{\"%s\":[", kinds[i].name);
        if (role != NULL)
            dw__buf_format(out, "\"%s\"", role);
        dw__buf_lit(out, "]}");
    }
}

/* ,"x-roles":["editor"] for the names of a bit set. */
static void put_names(const char *member, const char *const *names, uint64_t set, struct buf *out)
{
    bool any = false;

    dw__buf_format(out, ",\"%s\":[", member);
    for (size_t i = 0; names[i] != NULL; i++) {
        if (!(set >> i & 1))
            continue;
        dw__buf_format(out, "%s\"%s\"", any ? "," : "", names[i]);
        any = true;
    }
    dw__buf_putc(out, ']');
}

/* One of the roles is enough, so each is a requirement of its own. */
static void put_security(struct openapi *doc, const struct route_plan *plan, struct buf *out)
{
    const char *const *roles = doc->image->app->roles;

    dw__buf_lit(out, ",\"security\":[");
    if (!dw__plan_wants_caller(plan)) {
        dw__buf_putc(out, ']');
        if (plan->allow.kind == DW_ALLOW_SIGNED)
            dw__buf_lit(
                out, ",\"x-signed\":\"Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature\"");
        return;
    }
    doc->by |= plan->by;
    if (plan->allow.kind == DW_ALLOW_USER)
        put_requirements(plan, NULL, out);
    for (size_t i = 0; plan->allow.kind == DW_ALLOW_ROLES && roles[i] != NULL; i++)
        if (plan->allow.roles >> i & 1)
            put_requirements(plan, roles[i], out);
    dw__buf_putc(out, ']');
    if (plan->allow.kind == DW_ALLOW_ROLES)
        put_names("x-roles", roles, plan->allow.roles, out);
    if (plan->scopes != 0)
        put_names("x-scopes", doc->image->app->scopes, plan->scopes, out);
}

/* ---- what it takes ---- */

/* Where a field of an input, or of a loader's key, comes from. */
struct parameters {
    const struct schema_plan *schema;
    const struct input_sources *from;
};

static void put_parameter(struct openapi *doc, const struct parameters *of, size_t i, struct buf *out)
{
    const struct schema_plan *in = of->schema;
    const struct plan_field *f = &in->fields[i];
    bool path = of->from->path >> i & 1, query = of->from->query >> i & 1;
    const char *place = path ? "path" : query ? "query" : f->source == SOURCE_HEADER ? "header" : "cookie";

    dw__buf_putc(out, '{');
    dw__openapi_text(out, "name", path || query ? f->name : f->source_name);
    dw__buf_format(out, ",\"in\":\"%s\",\"required\":%s", place,
                   path || (in->required >> i & 1) ? "true" : "false");
    if (f->type.rules != NULL && f->type.rules->doc != NULL) {
        dw__buf_putc(out, ',');
        dw__openapi_text(out, "description", dw__text_of(f->type.rules->doc));
    }
    dw__buf_lit(out, ",\"schema\":");
    dw__openapi_parameter(&doc->schemas, in, i, out);
    dw__buf_lit(out, ",\"example\":");
    if (!dw__openapi_field_example(in, i, out))
        out->n -= strlen(",\"example\":");
    dw__buf_putc(out, '}');
}

static void put_idempotency_key(struct buf *out)
{
    dw__buf_lit(out,
                "{\"name\":\"Idempotency-Key\",\"in\":\"header\",\"required\":false,"
                "\"description\":\"Names this request: sent again with the same key it is answered again, "
                "and does nothing twice. With "
                "another body it is 422. Kept for a day\","
                "\"schema\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":255,\"pattern\":\"^[!-~]+$\"},"
                "\"example\":\"8e03978e-40d5-43dd-bc93-6894a57f9324\"}");
}

static uint64_t from_text(const struct input_sources *from)
{
    return from->path | from->query | from->header | from->cookie;
}

/* The input, and behind it the keys of the route's loaders. */
static struct parameters parameters_at(const struct route_plan *plan, size_t place)
{
    if (place == 0)
        return (struct parameters){plan->in, &plan->sources};
    return (struct parameters){plan->loads.v[place - 1].key, &plan->loads.v[place - 1].sources};
}

/* The same name from the same kind of place. */
static bool is_same(const struct parameters *a, size_t i, const struct parameters *b, size_t k)
{
    const struct plan_field *f = &a->schema->fields[i], *g = &b->schema->fields[k];
    bool in_head = f->source == SOURCE_HEADER || f->source == SOURCE_COOKIE;

    return (a->from->path >> i & 1) == (b->from->path >> k & 1) &&
           (a->from->query >> i & 1) == (b->from->query >> k & 1) && f->source == g->source &&
           (in_head ? dw__text_eq(f->source_name, g->source_name) : dw__text_eq(f->name, g->name));
}

static bool was_put(const struct route_plan *plan, size_t place, size_t field)
{
    const struct parameters of = parameters_at(plan, place);

    for (size_t p = 0; p < place; p++) {
        const struct parameters before = parameters_at(plan, p);

        for (uint64_t left = from_text(before.from); left != 0; left &= left - 1)
            if (is_same(&of, field, &before, (size_t)__builtin_ctzll(left)))
                return true;
    }
    return false;
}

static void put_parameters_of(struct openapi *doc, const struct route_plan *plan, size_t place, size_t first,
                              struct buf *out)
{
    const struct parameters of = parameters_at(plan, place);

    for (uint64_t left = from_text(of.from); left != 0; left &= left - 1) {
        size_t i = (size_t)__builtin_ctzll(left);

        if (was_put(plan, place, i))
            continue;
        if (out->n > first)
            dw__buf_putc(out, ',');
        put_parameter(doc, &of, i, out);
    }
}

static void put_parameters(struct openapi *doc, const struct route_plan *plan, struct buf *out)
{
    size_t before = out->n, first;

    dw__buf_lit(out, ",\"parameters\":[");
    first = out->n;
    if (plan->route->idempotent)
        put_idempotency_key(out);
    put_parameters_of(doc, plan, 0, first, out);
    for (size_t i = 0; i < plan->loads.n; i++)
        put_parameters_of(doc, plan, 1 + i, first, out);
    if (out->n == first)
        out->n = before;
    else
        dw__buf_putc(out, ']');
}

/* A form can only have what can come as text. */
static uint64_t form_fields(const struct route_plan *plan)
{
    uint64_t fields = 0;

    for (size_t i = 0; i < plan->in->n_fields; i++)
        if ((plan->sources.body >> i & 1) && dw__schema_field_from_text(plan->in, i))
            fields |= UINT64_C(1) << i;
    return fields;
}

static bool is_bytes(const struct plan_type *type)
{
    return type->kind == DW_KIND_BYTES ||
           (type->kind == DW_KIND_LIST && type->list.element->kind == DW_KIND_BYTES);
}

/* A part with bytes in base64url is text like the others; without a word, OpenAPI has it as a file. */
static void put_encoding(const struct schema_plan *in, uint64_t fields, struct buf *out)
{
    size_t n = out->n;

    for (; fields != 0; fields &= fields - 1) {
        const struct plan_field *f = &in->fields[__builtin_ctzll(fields)];

        if (!is_bytes(&f->type))
            continue;
        dw__buf_text(out, out->n == n ? DW_TEXT(",\"encoding\":{") : DW_TEXT(","));
        dw__json_put_string(out, f->name);
        dw__buf_lit(out, ":{\"contentType\":\"text/plain\"}");
    }
    if (out->n > n)
        dw__buf_putc(out, '}');
}

static void put_body_media(struct openapi *doc, const struct schema_plan *in, const char *type,
                           uint64_t fields, struct buf *out)
{
    dw__json_put_string(out, dw__text_of(type));
    dw__buf_lit(out, ":{\"schema\":");
    if (fields == dw__openapi_mask(in, OPENAPI_INPUT))
        dw__openapi_ref(&doc->schemas, in, OPENAPI_INPUT, out);
    else
        dw__openapi_fields(&doc->schemas, in, fields, OPENAPI_INPUT, out);
    dw__buf_lit(out, ",\"example\":");
    if (!dw__openapi_example(in, fields, OPENAPI_INPUT, out))
        out->n -= strlen(",\"example\":");
    if (strcmp(type, MULTIPART) == 0)
        put_encoding(in, fields, out);
    dw__buf_putc(out, '}');
}

/* The media types that the body may have. */
static void put_body_types(struct openapi *doc, const struct route_plan *plan, struct buf *out)
{
    bool json = plan->body & DW_BODY_JSON;
    const struct {
        bool takes;
        const char *type;
        uint64_t fields;
    } types[] = {
        {json, "application/json", plan->sources.body},
        {json && plan->route->method == DW_M_PATCH, "application/merge-patch+json", plan->sources.body},
        {plan->body & DW_BODY_FORM, "application/x-www-form-urlencoded", form_fields(plan)},
        {plan->body & DW_BODY_MULTIPART, MULTIPART, form_fields(plan)},
    };
    const char *before = "";

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (!types[i].takes)
            continue;
        dw__buf_text(out, dw__text_of(before));
        put_body_media(doc, plan->in, types[i].type, types[i].fields, out);
        before = ",";
    }
}

static void put_body(struct openapi *doc, const struct route_plan *plan, struct buf *out)
{
    if (plan->route->raw != NULL) {
        dw__buf_lit(out, ",\"requestBody\":{");
        dw__openapi_text(out, "description", dw__text_of(plan->route->raw));
        dw__buf_lit(out, ",\"content\":{\"*/*\":{\"schema\":{}}}}");
    } else if (plan->sources.body != 0) {
        dw__buf_lit(out, ",\"requestBody\":{\"required\":true,\"content\":{");
        put_body_types(doc, plan, out);
        dw__buf_lit(out, "}}");
    } else {
        return;
    }
    dw__buf_format(out, ",\"x-max-body\":%zu", plan->max_body);
}

/* How often, in words of our own: OpenAPI has none. */
static void put_limit(const struct route_plan *plan, struct buf *out)
{
    const struct plan_limit *limit = &plan->limit;

    if (limit->n == 0)
        return;
    dw__buf_lit(out, ",\"x-rate-limit\":{\"policies\":[");
    for (size_t i = 0; i < limit->n; i++)
        dw__buf_format(out, "%s{\"limit\":%u,\"seconds\":%u}", i > 0 ? "," : "", limit->rates[i].count,
                       limit->rates[i].seconds);
    dw__buf_format(out, "],\"per\":\"%s\",\"strategy\":\"%s\"", dw__limit_by_name(limit),
                   dw__limit_strategy_name(limit));
    if (limit->cost_of == NULL && limit->cost > 1)
        dw__buf_format(out, ",\"cost\":%u", limit->cost);
    if (limit->meta.count > 0)
        dw__buf_format(out, ",\"breaches\":{\"limit\":%u,\"seconds\":%u}", limit->meta.count,
                       limit->meta.seconds);
    dw__buf_putc(out, '}');
}

/* Whose pages may call it from elsewhere. */
static void put_cors(const struct route_plan *plan, struct buf *out)
{
    const struct cors *cors = plan->cors;

    if (cors == NULL)
        return;
    dw__buf_lit(out, ",\"x-cors\":{\"origins\":[");
    for (size_t i = 0; i < cors->n; i++) {
        if (i > 0)
            dw__buf_putc(out, ',');
        dw__json_put_string(out, cors->rules[i].text);
    }
    if (cors->any && cors->n == 0)
        dw__buf_lit(out, "\"*\"");
    dw__buf_format(out, "],\"credentials\":%s}", cors->credentials ? "true" : "false");
}

/* ---- what it gives ---- */

/* What app/webhook.c answers to a message that was done before. */
static void put_repeated(const struct route_plan *plan, const char *headers, struct buf *out)
{
    if (plan->allow.kind == DW_ALLOW_SIGNED && plan->status != 200)
        dw__buf_format(out,
                       ",\"200\":{\"description\":\"The message was done before; nothing is done again\",%s}",
                       headers);
}

/* A handler that makes its reply itself says nothing about it in a table. */
static void put_reply(struct openapi *doc, const struct route_plan *plan, struct buf *out)
{
    static const char id[] =
        "\"headers\":{\"X-Request-Id\":{\"$ref\":\"#/components/headers/X-Request-Id\"}}";

    if (!plan->typed_reply) {
        dw__buf_format(
            out,
            "\"2XX\":{\"description\":\"What the handler makes\",%s,\"content\":{\"*/*\":{\"schema\":{}}}}",
            id);
        return;
    }
    dw__buf_format(out, "\"%d\":{", plan->status);
    dw__openapi_text(out, "description", dw__text_of(dw__http_reason(plan->status)));
    dw__buf_format(out, ",%s", id);
    if (plan->out != NULL) {
        dw__buf_lit(out, ",\"content\":{\"application/json\":{\"schema\":");
        dw__openapi_ref(&doc->schemas, plan->out, OPENAPI_OUTPUT, out);
        dw__buf_lit(out, ",\"example\":");
        if (!dw__openapi_example(plan->out, DW__OPENAPI_ALL, OPENAPI_OUTPUT, out))
            out->n -= strlen(",\"example\":");
        dw__buf_lit(out, "}}");
    }
    dw__buf_putc(out, '}');
    put_repeated(plan, id, out);
}

void dw__openapi_operation(struct openapi *doc, const struct route_plan *plan, struct buf *out)
{
    dw__buf_putc(out, '{');
    put_id(doc, plan, out);
    put_words(plan, out);
    dw__buf_lit(out, ",\"tags\":[");
    dw__json_put_string(out, dw__openapi_tag(doc, plan->blueprint));
    dw__buf_putc(out, ']');
    put_security(doc, plan, out);
    put_parameters(doc, plan, out);
    put_body(doc, plan, out);
    put_limit(plan, out);
    put_cors(plan, out);
    dw__buf_lit(out, ",\"responses\":{");
    put_reply(doc, plan, out);
    dw__buf_putc(out, ',');
    dw__openapi_error_replies(doc, plan, out);
    dw__buf_lit(out, "}}");
}
