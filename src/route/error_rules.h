/* route/error_rules.h -- an application's tables of error handlers, checked and compiled at start-up, and the row for an error. */
#ifndef DW_ROUTE_ERROR_RULES_H
#define DW_ROUTE_ERROR_RULES_H

#include "base/buf.h"
#include "schema/plan.h"
#include <dw/error.h>

struct error_rule {
    int status; /* 0 with err DW_OK: any */
    dw_err err;
    const dw_error_handler *handler;
    const struct schema_plan *out; /* NULL: a page, or a problem without members of its own */
};

/* One table of the application. */
struct error_rules {
    const dw_error_handlers *table;
    struct error_rule *v;
    size_t n;
    struct error_rules *next;
};

/* The tables that count for a route, the closest first; NULL where there is none. */
enum { DW__ERROR_SCOPES = 3 };
struct error_scopes {
    const struct error_rules *rules[DW__ERROR_SCOPES];
};

/* The compiled form of `table`, made when it is first asked for and kept in *all; NULL for NULL. `where` is who has it ("the application", "blueprint
 * /v1"). Each finding is a line in `why`: a row for a status that no error has, two for the same, a reply that cannot be. */
const struct error_rules *dw__error_rules_get(struct error_rules **all, const dw_error_handlers *table,
                                              struct schema_plans *schemas, const char *where,
                                              struct buf *why);
void dw__error_rules_free(struct error_rules *all);

/* The row for `err` in a reply of `status`, among the pages or among the data (JSON and problem); NULL when there is none. */
const struct error_rule *dw__error_rule_find(const struct error_scopes *scopes, dw_err err, int status,
                                             bool page);

/* Findings about the application's own errors (codes that are none, or stand twice), one line each in `why`. */
void dw__error_codes_check(const dw_app_error *codes, size_t n, struct buf *why);

#endif
