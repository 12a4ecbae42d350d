/* app/api_docs.h -- the description of the API, served: /openapi.json.
 *
 * The routes are a blueprint of the framework's own, compiled, guarded and listed like any other.  The document is made once, when
 * a worker starts, and served from memory. */
#ifndef DW_APP_API_DOCS_H
#define DW_APP_API_DOCS_H

#include "base/buf.h"
#include <dw/app.h>

#define DW__API_DOCS_ROUTES 1u

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

/* Makes it of `image`; *out is NULL when the image has no such routes. DW_TOO_LARGE and a sentence in `why` when the document has more
 * than 64 MiB. */
DW_MUST dw_err dw__api_docs_new(struct api_docs **out, const struct image *image, struct buf *why);
void dw__api_docs_free(struct api_docs *docs);

#endif
