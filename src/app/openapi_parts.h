/* app/openapi_parts.h -- what the files that write the description share. */
#ifndef DW_APP_OPENAPI_PARTS_H
#define DW_APP_OPENAPI_PARTS_H

#include "app/openapi.h"
#include "codec/json.h"
#include "schema/openapi.h"

/* A description being written. */
struct openapi {
    const struct image *image;
    struct arena *arena;
    struct openapi_schemas schemas;
    struct openapi_reply *replies, **last_reply; /* error replies that were named */
    unsigned n_replies;
    struct openapi_id *ids; /* operationIds that are taken */
    dw_text error_schema, problem_schema, oauth_schema;
    unsigned by; /* kinds of credentials that routes count: DW_BEARER … */
};

/* `value` as a member: "name":"value". The comma before it is the caller's. */
void dw__openapi_text(struct buf *out, const char *name, dw_text value);
/* A tag for the routes of `bp`: its name, or its prefix without the first '/', or the application's name. */
dw_text dw__openapi_tag(const struct openapi *doc, const dw_blueprint *bp);
/* The operation object of `plan`. */
void dw__openapi_operation(struct openapi *doc, const struct route_plan *plan, struct buf *out);
/* The error replies of `plan` as members of its `responses`: "400":{"$ref":…},…,"default":… . */
void dw__openapi_error_replies(struct openapi *doc, const struct route_plan *plan, struct buf *out);
/* All that were named, as members of components/responses. */
void dw__openapi_reply_components(const struct openapi *doc, struct buf *out);

#endif
