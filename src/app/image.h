/* app/image.h -- the application as a checked value: its tables compiled, before any request.
 *
 * Every process of a server and every command makes the same image of the same binary, so that a statement's index or a route's
 * plan means the same in all of them. */
#ifndef DW_APP_IMAGE_H
#define DW_APP_IMAGE_H

#include "app/api_docs.h"
#include "app/config.h"
#include "codec/forwarded.h"
#include "guard/guard.h"
#include "jobs/table.h"
#include "route/plan.h"
#include "store/sql.h"

struct image {
    const dw_app *app;
    struct sql_inventory *inventory; /* NULL: the application has no database */
    struct job_table *jobs;          /* NULL: it has none */
    struct route_table *routes;
    struct api_docs_routes docs;
    struct proxies proxies;
    struct guard_env env;
};

/* Compiles `app` under `config` (both must outlive it). DW_BAD_REQUEST with every finding in `why`, one line each. */
DW_MUST dw_err dw__image_new(struct image **out, const dw_app *app, const dw_build *build,
                             const struct config *config, struct buf *why);
void dw__image_free(struct image *image);

#endif
