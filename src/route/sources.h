/* route/sources.h -- where each field of a route's input comes from. */
#ifndef DW_ROUTE_SOURCES_H
#define DW_ROUTE_SOURCES_H

#include <stdint.h>

#include "base/buf.h"
#include "route/tree.h"
#include <dw/route.h>

struct route_plan;

/* Input fields by source; bit i is field i of the compiled schema. */
struct input_sources {
    uint64_t path, query, body, header, cookie;
};

/* A field that the path gives: parameter `param` of the match. */
struct path_param {
    uint8_t param, field;
};

/* POST, PUT, PATCH. */
bool dw__method_has_body(dw_method method);
/* The place of {name} among the parameters of a pattern; -1 when it has none. */
int dw__pattern_param(dw_text pattern, dw_text name);
/* Gives every field of plan->in that a client may send its one source; what cannot be goes into `why`, one line each. */
void dw__plan_sources(struct route_plan *plan, struct buf *why);

#endif
