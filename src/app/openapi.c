/* app/openapi.c -- the document: info, tags, paths, components.
 *
 * Pure: from the compiled tables to bytes, in the order of the tables.  Nothing in it comes from a setting or a request, so that the
 * command and the server say the same, and a client made from one works with the other. */
#include "app/openapi.h"

#include "app/openapi_parts.h"
#include "base/text.h"

void dw__openapi_text(struct buf *out, const char *name, dw_text value)
{
    dw__json_put_string(out, dw__text_of(name));
    dw__buf_putc(out, ':');
    dw__json_put_string(out, value);
}

static void put_info(const struct openapi *doc, struct buf *out)
{
    const dw_app *app = doc->image->app;

    dw__buf_lit(out, "{\"openapi\":\"3.1.0\",\"info\":{");
    dw__openapi_text(out, "title", dw__text_of(app->title != NULL ? app->title : app->name));
    dw__buf_putc(out, ',');
    dw__openapi_text(out, "version", dw__text_of(app->version != NULL ? app->version : "0"));
    if (app->doc != NULL) {
        dw__buf_putc(out, ',');
        dw__openapi_text(out, "description", dw__text_of(app->doc));
    }
    if (app->license != NULL) {
        dw__buf_lit(out, ",\"license\":{");
        dw__openapi_text(out, "name", dw__text_of(app->license));
        dw__buf_putc(out, ',');
        dw__openapi_text(out, "identifier", dw__text_of(app->license));
        dw__buf_putc(out, '}');
    }
    dw__buf_lit(out, "},\"servers\":[{\"url\":\"/\"}]");
}

/* ---- tags: the blueprints ---- */

dw_text dw__openapi_tag(const struct openapi *doc, const dw_blueprint *bp)
{
    const char *name = bp->name != NULL ? bp->name : bp->prefix + (bp->prefix[0] == '/');

    return dw__text_of(*name != '\0' ? name : doc->image->app->name);
}

/* Whether a plan before the i-th one has the same tag. */
static bool tag_is_known(const struct openapi *doc, size_t i)
{
    const struct route_plan *plans = doc->image->routes->plans;
    dw_text tag = dw__openapi_tag(doc, plans[i].blueprint);

    for (size_t k = 0; k < i; k++)
        if (plans[k].blueprint == plans[i].blueprint ||
            dw__text_eq(dw__openapi_tag(doc, plans[k].blueprint), tag))
            return true;
    return false;
}

static void put_tags(const struct openapi *doc, struct buf *out)
{
    const struct route_table *table = doc->image->routes;

    dw__buf_lit(out, ",\"tags\":[");
    for (size_t i = 0; i < table->n_plans; i++) {
        const dw_blueprint *bp = table->plans[i].blueprint;

        if (tag_is_known(doc, i))
            continue;
        dw__buf_format(out, "%s{", i > 0 ? "," : "");
        dw__openapi_text(out, "name", dw__openapi_tag(doc, bp));
        dw__buf_putc(out, ',');
        dw__openapi_text(out, "description",
                         bp->doc != NULL ? dw__text_of(bp->doc)
                                         : dw__arena_format(doc->arena, "Routes under %s",
                                                            *bp->prefix != '\0' ? bp->prefix : "/"));
        dw__buf_putc(out, '}');
    }
    dw__buf_putc(out, ']');
}

/* ---- paths ---- */

static bool path_is_known(const struct route_table *table, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (dw__text_eq(table->plans[k].pattern, table->plans[i].pattern))
            return true;
    return false;
}

/* "get" for "GET". */
static void put_method(const char *method, struct buf *out)
{
    dw__buf_putc(out, '"');
    for (const char *c = method; *c != '\0'; c++)
        dw__buf_putc(out, (char)(*c | 0x20));
    dw__buf_lit(out, "\":");
}

/* The path of the i-th plan, with every method that it has. */
static void put_path(struct openapi *doc, size_t i, struct buf *out)
{
    const struct route_table *table = doc->image->routes;

    dw__json_put_string(out, table->plans[i].pattern);
    dw__buf_lit(out, ":{");
    for (size_t k = i; k < table->n_plans; k++) {
        const struct route_plan *plan = &table->plans[k];

        if (!dw__text_eq(plan->pattern, table->plans[i].pattern))
            continue;
        if (k > i)
            dw__buf_putc(out, ',');
        put_method(plan->method, out);
        dw__openapi_operation(doc, plan, out);
    }
    dw__buf_putc(out, '}');
}

static void put_paths(struct openapi *doc, struct buf *out)
{
    const struct route_table *table = doc->image->routes;

    dw__buf_lit(out, ",\"paths\":{");
    for (size_t i = 0; i < table->n_plans; i++) {
        if (path_is_known(table, i))
            continue;
        if (i > 0)
            dw__buf_putc(out, ',');
        put_path(doc, i, out);
    }
    dw__buf_putc(out, '}');
}

/* ---- components ---- */

static void put_headers(const struct openapi *doc, struct buf *out)
{
    dw__buf_lit(
        out, ",\"headers\":{"
             "\"X-Request-Id\":{\"description\":\"Names the request, here and in the log\","
             "\"schema\":{\"type\":\"string\"}},"
             "\"Retry-After\":{\"description\":\"With 429 and 503: seconds until it is worth another try\","
             "\"schema\":{\"type\":\"integer\"}}");
    if (doc->by != 0)
        dw__buf_lit(out, ",\"WWW-Authenticate\":{\"description\":\"How to sign in (RFC 9110 §11.6.1)\","
                         "\"schema\":{\"type\":\"string\"}}");
    dw__buf_putc(out, '}');
}

/* `scheme` with the application's name for '%'. */
static void put_scheme(const struct openapi *doc, const char *scheme, struct buf *out)
{
    dw_text rest = dw__text_of(scheme);

    dw__buf_text(out, dw__text_cut(&rest, '%'));
    if (rest.p == NULL)
        return;
    dw__buf_text(out, dw__text_of(doc->image->app->name));
    dw__buf_text(out, rest);
}

static void put_security_schemes(const struct openapi *doc, struct buf *out)
{
    static const struct {
        unsigned flag;
        const char *scheme;
    } schemes[] = {
        {DW_BEARER, "\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\","
                    "\"description\":\"An access token (RFC 6750). A name behind it is a role: one of those "
                    "named is enough.\"}"},
        {DW_SESSION, "\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"__Host-%\","
                     "\"description\":\"The cookie of a session. What is neither GET nor HEAD then needs the "
                     "CSRF token in "
                     "X-CSRF-Token. A name behind it is a role: one of those named is enough.\"}"},
        {DW_API_KEY,
         "\"apiKey\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-API-Key\","
         "\"description\":\"A key, which may also come as Authorization: ApiKey. It can do no more "
         "than its owner, whose role is a name behind it: one of those named is enough.\"}"},
    };
    bool any = false;

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (!(doc->by & schemes[i].flag))
            continue;
        dw__buf_text(out, any ? DW_TEXT(",") : DW_TEXT(",\"securitySchemes\":{"));
        put_scheme(doc, schemes[i].scheme, out);
        any = true;
    }
    if (any)
        dw__buf_putc(out, '}');
}

static void put_components(const struct openapi *doc, struct buf *out)
{
    dw__buf_lit(out, ",\"components\":{\"schemas\":{");
    dw__openapi_components(&doc->schemas, out);
    dw__buf_lit(out, "},\"responses\":{");
    dw__openapi_reply_components(doc, out);
    dw__buf_putc(out, '}');
    put_headers(doc, out);
    put_security_schemes(doc, out);
    dw__buf_putc(out, '}');
}

dw_err dw__openapi_document(const struct image *image, struct arena *a, struct buf *out)
{
    struct openapi doc = {.image = image, .arena = a};

    doc.last_reply = &doc.replies;
    dw__openapi_schemas_init(&doc.schemas, a);
    doc.schemas.roles = image->app->roles;
    put_info(&doc, out);
    put_tags(&doc, out);
    put_paths(&doc, out);
    put_components(&doc, out);
    dw__buf_lit(out, "}\n");
    return out->failed ? DW_TOO_LARGE : DW_OK;
}
