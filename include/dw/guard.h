/* dw/guard.h -- an application's own guards: rows beside Dewar's, behind them in each phase.
 *
 *     static dw_err open_hours(dw_req *req) { … return CLOSED; }
 *     DW_GUARD(opening_hours, DW_PHASE_HEAD, "nobody buys at night", .before = open_hours, .refuses = DW_REFUSES(CLOSED));
 *     …
 *     .guards = DW_GUARDS(opening_hours)           in a route, a blueprint or the application: all three count
 *
 * A guard may refuse (`before`) and decorate a reply (`after`).  It cannot skip one of Dewar's, which have run before it; nor take away or say again a
 * header of theirs, which come last; nor make a reply, read the body, or write to the database. */
#ifndef DW_GUARD_H
#define DW_GUARD_H

#include "err.h"
#include "map.h"
#include "types.h"

/* Where it stands. */
typedef enum dw_phase {
    DW_PHASE_EARLY = 1, /* before there is a route: of the application only */
    DW_PHASE_HEAD,      /* it is known who asks and that they may; no body was read */
    DW_PHASE_BODY,      /* the whole input is good */
    DW_PHASE_AFTER      /* a reply begins, whatever made it: for what only decorates */
} dw_phase;

/* Where `audit` says what it found. */
typedef struct dw_audit dw_audit;
/* A line of `check` for people, one for what should be changed, and one that lets it fail (status 78). */
void dw_audit_note(dw_audit *audit, const char *fmt, ...) DW_PRINTF(2, 3);
void dw_audit_warning(dw_audit *audit, const char *fmt, ...) DW_PRINTF(2, 3);
void dw_audit_error(dw_audit *audit, const char *fmt, ...) DW_PRINTF(2, 3);

typedef struct dw_guard {
    const char *name;
    dw_phase phase;
    const char *why; /* what it is for, at least 8 characters: `check` and `routes -v` say it */
    /* DW_OK lets the request pass, one of `refuses` refuses it. Any other error means that it cannot decide, and is 503. */
    dw_err (*before)(dw_req *req);
    /* May add headers to a reply of `status`. When it fails, or says what is not its to say, all that it added is dropped. */
    dw_err (*after)(dw_req *req, int status);
    void (*audit)(dw_audit *audit); /* what `check` says; may be NULL */
    const dw_err *refuses;          /* DW_REFUSES; ended by DW_OK; NULL with `after` alone */
    char _;
} dw_guard;

#ifndef __cplusplus
#define DW_GUARD(nm, phase_, ...) DW__GUARD(nm, phase_, __VA_ARGS__, ._ = 0)
#define DW__GUARD(nm, phase_, why_, ...)                                                                 \
    extern const dw_guard nm;                                                                            \
    const dw_guard nm = {                                                                                \
        .name = #nm,                                                                                     \
        .phase = (phase_),                                                                               \
        .why = &("" why_ "")[DW__REQUIRE(sizeof("" why_ "") > 8, the_reason_has_at_least_8_characters)], \
        __VA_ARGS__}
#define DW_REFUSES(...) ((const dw_err[]){__VA_ARGS__, DW_OK})
#define DW_GUARDS(...) ((const dw_guard *const[]){DW__MAP(DW__GUARD_REF, , __VA_ARGS__) NULL})
#define DW__GUARD_REF(T, guard) &guard,
#endif

#endif
