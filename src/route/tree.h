/* route/tree.h -- from a path to the route that serves it.
 *
 * Patterns are cut at '/'; a segment is a literal or {name}, which stands for one whole non-empty segment.  A parameter
 * whose field is an int64 takes only the decimal digits of one, so that /items/new and /items/{id} never compete.  All edges
 * of the tree sit in one hash table, so that the cost is that of the path's segments, whatever the number of routes. */
#ifndef DW_ROUTE_TREE_H
#define DW_ROUTE_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "http/request.h"

/* Segments of a pattern, and parameters among them. */
#define DW__MAX_SEGMENTS 16u
#define DW__MAX_PARAMS 8u

struct route_tree;
struct route_plan;

enum param_kind { PARAM_TEXT, PARAM_INT64 };

/* What a pattern's parameters are: asked while a route is added. Returns false when there is no such field. */
typedef bool (*route_param_kind_fn)(const void *arg, dw_text name, enum param_kind *kind);

struct route_match {
    const struct route_plan *plan;  /* NULL: nothing for this method, or nothing at all */
    const struct route_plan *other; /* where plan is NULL: what serves another method of the path; or NULL */
    unsigned methods;               /* bit m: the path has a route for enum http_method m */
    size_t n_params;
    dw_text params[DW__MAX_PARAMS]; /* in the order of the pattern */
};

struct route_tree *dw__route_tree_new(void);
void dw__route_tree_free(struct route_tree *tree);

/* Adds `plan` for `method` at `pattern`.  DW_BAD_REQUEST with a sentence in `why` for a pattern that is malformed, too long, names a
 * parameter twice or one that `kind_of` does not know; DW_CONFLICT when that method and path are taken. */
DW_MUST dw_err dw__route_tree_add(struct route_tree *tree, enum http_method method, dw_text pattern,
                                  const struct route_plan *plan, route_param_kind_fn kind_of, const void *arg,
                                  struct buf *why);

/* Finds what serves `method` at `path` (normal form). A literal segment wins over an int64 parameter, that over a text one. */
void dw__route_tree_match(const struct route_tree *tree, enum http_method method, dw_text path,
                          struct route_match *match);

#endif
