/* own-guards.c -- guards of an application's own: a switch that closes it, clients that are too old, a word about what will go away. */
#define DW_APP_ERRORS(X)                                                              \
    X(CLOSED, 1000, 503, "closed", "Closed for maintenance")                          \
    X(TOO_OLD, 1001, 403, "client_too_old", "This version of the application is too old")
#include <dw/dw.h>

/* ---- a guard that asks the database ---- */

DW_SCHEMA(switch_row, (bool, closed));
DW_QUERY(switch_now, dw_nothing, switch_row, "SELECT closed = 1 AS closed FROM switches WHERE name = 'all'");

static dw_err is_open(dw_req *req)
{
    switch_row row;
    dw_err err = DW_ONE(dw_req_ctx(req), switch_now, &(dw_nothing){0}, &row);

    if (err != DW_OK)
        return err; /* it cannot decide: 503, and an event */
    return row.closed ? dw_req_fail(req, CLOSED, "Closed until tomorrow") : DW_OK;
}
DW_GUARD(opening_hours, DW_PHASE_HEAD, "an operator can close the doors", .before = is_open, .refuses = DW_REFUSES(CLOSED));

/* ---- one that looks at the head, and says what it found ---- */

static dw_err is_new_enough(dw_req *req)
{
    return dw_text_is(dw_req_header(req, "x-client"), "1") ? TOO_OLD : DW_OK;
}

static void audit_clients(dw_audit *audit)
{
    dw_audit_note(audit, "refuses clients of version %d", 1);
}
DW_GUARD(client_version, DW_PHASE_EARLY, "old clients lose data", .before = is_new_enough, .audit = audit_clients,
         .refuses = DW_REFUSES(TOO_OLD));

/* ---- one that decorates ---- */

static dw_err say_sunset(dw_req *req, int status)
{
    return status < 400 ? dw_reply_header(req, "Sunset", DW_TEXT("Sat, 31 Dec 2033 23:59:59 GMT")) : DW_OK;
}
DW_GUARD(sunset, DW_PHASE_AFTER, "these routes will go away (RFC 8594)", .after = say_sunset);

/* ---- where they stand ---- */

static dw_err old_list(dw_req *req, const dw_nothing *in, switch_row *out)
{
    return DW_ONE(dw_req_ctx(req), switch_now, in, out);
}
DW_HANDLER(old_list, dw_nothing, switch_row);

static const dw_route routes[] = {
    DW_GET("/switch", old_list, DW_ANY_USER),
    DW_GET("/door", old_list, DW_ANY_USER, .guards = DW_GUARDS(opening_hours)),
};
const dw_blueprint old_routes = DW_BLUEPRINT("/v0", routes, .guards = DW_GUARDS(sunset));
