/* app/api_docs.c -- the routes of the description, their policy, and the document in memory. */
#include "app/api_docs.h"

#include <stdlib.h>
#include <string.h>

#include "app/docs_page.h"
#include "app/openapi.h"
#include "base/text.h"
#include "codec/base64.h"
#include "crypto/hash.h"

#define DOCUMENT_MAX ((size_t)64 << 20)

struct api_docs {
    char *document;
    size_t n;
    char etag[2 * DW__SHA256_SIZE];
    struct docs_page page;
};

static dw_err openapi_json(dw_req *req, const dw_nothing *in)
{
    const struct api_docs *docs = dw_req_ctx(req)->services->api_docs;

    (void)in;
    if (docs == NULL)
        return DW_UNAVAILABLE;
    const dw_validators now = {.etag = {docs->etag, sizeof docs->etag}};
    return dw_reply_bytes(req, DW_TEXT("application/json"), (dw_text){docs->document, docs->n}, &now);
}
DW_RAW(openapi_json, dw_nothing);

static dw_err docs_page(dw_req *req, const dw_nothing *in)
{
    const struct api_docs *docs = dw_req_ctx(req)->services->api_docs;

    (void)in;
    return docs != NULL ? dw_reply_html(req, 200, docs->page.html) : DW_UNAVAILABLE;
}
DW_RAW(docs_page, dw_nothing);

DW_SCHEMA(docs_key, (dw_text, file, DW_LEN(1, 64), .doc = "A file that the page loads"));

static dw_err docs_file(dw_req *req, const docs_key *in)
{
    const struct api_docs *docs = dw_req_ctx(req)->services->api_docs;
    const struct static_file *file;

    if (docs == NULL)
        return DW_UNAVAILABLE;
    file = dw__static_find(&docs->page.files, in->file);
    if (file == NULL)
        return DW_NOT_FOUND;
    const dw_validators now = {.etag = dw__text_of(file->etag)};
    return dw_reply_bytes(req, file->type, file->body, &now);
}
DW_RAW(docs_file, docs_key);

#define DEVELOPMENT DW_PUBLIC("development: everyone may read what the API is")
#define WITH_TAG .cacheable = "no-cache", .cacheable_why = "it changes only with the program, and has a tag"

/* Scripts, styles and pictures of our own origin alone. Pictures in the style sheet are data: a picture can do nothing. */
#define PAGE_CSP                                                                                          \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " \
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

static const dw_route table[DW__API_DOCS_ROUTES] = {
    DW_GET("/openapi.json", openapi_json, DEVELOPMENT, WITH_TAG, .doc = "This description"),
    DW_GET("/docs", docs_page, DEVELOPMENT, .doc = "This description as a page, to try it", .csp = PAGE_CSP,
           .csp_why = "stricter than a page's own, but for the pictures in its style sheet"),
    DW_GET("/docs/{file}", docs_file, DEVELOPMENT, WITH_TAG, .doc = "What the page loads"),
};

const dw_blueprint *dw__api_docs_routes(struct api_docs_routes *routes, const dw_app *app, bool development)
{
    if (!development && app->docs_for.kind == DW_ALLOW_NOBODY)
        return NULL;
    memcpy(routes->routes, table, sizeof table);
    for (size_t i = 0; !development && i < DW__API_DOCS_ROUTES; i++)
        routes->routes[i].allow = app->docs_for;
    routes->blueprint = (dw_blueprint){
        .prefix = "",
        .routes = routes->routes,
        .n_routes = DW__API_DOCS_ROUTES,
        .route_size = sizeof(dw_route),
        .name = "documentation",
        .doc = "What this API is",
    };
    return &routes->blueprint;
}

/* Whether one of the routes is ours, and not one of the application's in its place. */
static bool is_served(const struct image *image)
{
    const struct route_table *routes = image->routes;

    return routes->n_plans > 0 && routes->plans[routes->n_plans - 1].blueprint == &image->docs.blueprint;
}

static dw_err keep(struct api_docs *docs, const struct buf *document)
{
    unsigned char digest[DW__SHA256_SIZE];
    dw_err err = dw__sha256((dw_bytes){(const uint8_t *)document->p, document->n}, digest);

    docs->document = malloc(document->n);
    if (docs->document == NULL || err != DW_OK)
        return DW_UNAVAILABLE;
    memcpy(docs->document, document->p, document->n);
    docs->n = document->n;
    dw__hex_encode(digest, sizeof digest, docs->etag);
    return DW_OK;
}

static dw_err make_document(struct api_docs *docs, const struct image *image, struct buf *why)
{
    struct arena arena;
    struct buf document;
    dw_err err;

    dw__arena_init(&arena, NULL, 4 * DOCUMENT_MAX);
    dw__buf_init(&document, &arena, DOCUMENT_MAX);
    err = dw__openapi_document(image, &arena, &document);
    if (err == DW_OK)
        err = keep(docs, &document);
    dw__arena_release(&arena);
    if (err != DW_OK)
        dw__buf_lit(why, "the description of the API (/openapi.json) does not fit into memory\n");
    return err;
}

dw_err dw__api_docs_new(struct api_docs **out, const struct image *image, const struct config *config,
                        struct buf *why)
{
    dw_err err;

    *out = NULL;
    if (!is_served(image))
        return DW_OK;
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return DW_UNAVAILABLE;
    dw__static_init(&(*out)->page.files);
    if ((err = make_document(*out, image, why)) == DW_OK &&
        (err = dw__docs_page_init(&(*out)->page, config, image->app, why)) == DW_OK)
        return DW_OK;
    dw__api_docs_free(*out);
    *out = NULL;
    return err;
}

bool dw__api_docs_hold(const struct image *image, const struct config *config, struct buf *why)
{
    struct api_docs *docs;
    dw_err err = dw__api_docs_new(&docs, image, config, why);

    dw__api_docs_free(docs);
    return err == DW_OK;
}

void dw__api_docs_free(struct api_docs *docs)
{
    if (docs == NULL)
        return;
    dw__docs_page_release(&docs->page);
    free(docs->document);
    free(docs);
}
