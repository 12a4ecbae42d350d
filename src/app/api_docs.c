/* app/api_docs.c -- the routes of the description, their policy, and the document in memory. */
#include "app/api_docs.h"

#include <stdlib.h>
#include <string.h>

#include "app/openapi.h"
#include "base/text.h"
#include "codec/base64.h"
#include "crypto/hash.h"

#define DOCUMENT_MAX ((size_t)64 << 20)

struct api_docs {
    char *document;
    size_t n;
    char etag[2 * DW__SHA256_SIZE];
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

static const dw_route table[DW__API_DOCS_ROUTES] = {
    DW_GET("/openapi.json", openapi_json, DW_PUBLIC("development: everyone may read what the API is"),
           .doc = "This description", .cacheable = "no-cache",
           .cacheable_why = "it changes only with the program, and has a tag"),
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

dw_err dw__api_docs_new(struct api_docs **out, const struct image *image, struct buf *why)
{
    struct arena arena;
    struct buf document;
    dw_err err;

    *out = NULL;
    if (!is_served(image))
        return DW_OK;
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return DW_UNAVAILABLE;
    dw__arena_init(&arena, NULL, 4 * DOCUMENT_MAX);
    dw__buf_init(&document, &arena, DOCUMENT_MAX);
    err = dw__openapi_document(image, &arena, &document);
    if (err == DW_OK)
        err = keep(*out, &document);
    dw__arena_release(&arena);
    if (err == DW_OK)
        return DW_OK;
    dw__buf_lit(why, "the description of the API (/openapi.json) does not fit into memory\n");
    dw__api_docs_free(*out);
    *out = NULL;
    return err;
}

void dw__api_docs_free(struct api_docs *docs)
{
    if (docs == NULL)
        return;
    free(docs->document);
    free(docs);
}
