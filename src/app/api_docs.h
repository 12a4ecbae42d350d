/* app/api_docs.h -- the description of the API, served: /openapi.json, and /docs, a page to read and try it.
 *
 * The routes are a blueprint of the framework's own, compiled, guarded and listed like any other.  The document is made once, when
 * a worker starts, and served from memory, as the files of the page are. */
#ifndef DW_APP_API_DOCS_H
#define DW_APP_API_DOCS_H

#include "base/buf.h"
#include <dw/app.h>

#define DW__API_DOCS_ROUTES 3u

struct config;
struct image;

/* The routes with the policy that holds here. */
struct api_docs_routes {
    dw_route routes[DW__API_DOCS_ROUTES];
    dw_blueprint blueprint;
};

/* Fills *routes: for everyone in development, else for whom app->docs_for says. The blueprint in it, or NULL when that is nobody: then there
 * are no such routes. */
const dw_blueprint *dw__api_docs_routes(struct api_docs_routes *routes, const dw_app *app, bool development);

/* What the routes serve. */
struct api_docs;

/* Makes it of `image`; *out is NULL when the image has no such routes. On failure one line in `why`: the document has more than 64 MiB, or the files
 * of config->docs_files are not those that the page is made for. */
DW_MUST dw_err dw__api_docs_new(struct api_docs **out, const struct image *image, const struct config *config,
                                struct buf *why);
void dw__api_docs_free(struct api_docs *docs);
/* Whether dw__api_docs_new would succeed; what is wrong is in `why`. */
bool dw__api_docs_hold(const struct image *image, const struct config *config, struct buf *why);

#endif
