/* coffer/blueprints/admin_audit.c -- what administrators see of the audit log: the last lines, as the process that writes it has them in memory. */
#include "../coffer.h"
#include "../models.h"

DW_SCHEMA(audit_list,
    (dw_text, since,   .optional = true, DW_LEN(4, 24), .doc = "From this time on (UTC), or a beginning of it", .example = "2026-01-31T12:00:00Z"),
    (dw_text, until,   .optional = true, DW_LEN(4, 24), .doc = "Up to this time", .example = "2026-01-31"),
    (dw_text, event,   .optional = true, DW_LEN(1, 64), .doc = "auth.* is all that begin so", .example = "auth.password_refused"),
    (dw_text, account, .optional = true, DW_LEN(1, 64), .doc = "Whom it is about, or who did it"),
    (dw_text, request, .optional = true, DW_LEN(1, 64), .doc = "The X-Request-Id of a reply"),
    (dw_text, cursor,  .optional = true, DW_LEN(1, 64), .doc = "Where the page before ended"),
    (int64_t, limit,   DW_RANGE(1, 50), DW_DEFAULT(20))
);

DW_SCHEMA(audit_seen,
    (dw_text, time),
    (dw_text, event),
    (dw_text, kind),
    (dw_text, severity),
    (dw_text, outcome),
    (dw_text, process),
    (dw_text, actor,     .optional = true),
    (dw_text, account,   .optional = true),
    (dw_text, address,   .optional = true),
    (dw_text, route,     .optional = true),
    (dw_text, requestId, .optional = true),
    (dw_text, line, .doc = "All of it, as it stands in the log")
);
DW_LIST(audit_seens, audit_seen);
DW_SCHEMA(audit_page, (audit_seens, lines), (dw_text, nextCursor, .optional = true));

static audit_seen show(const dw_audit_line *line)
{
    return (audit_seen){
        .time = line->time,
        .event = line->event,
        .kind = line->kind,
        .severity = line->severity,
        .outcome = line->outcome,
        .process = line->process,
        .actor = line->actor,
        .account = line->account,
        .address = line->address,
        .route = line->route,
        .requestId = line->request_id,
        .line = line->json,
        .has = {.actor = line->actor.n > 0,
                .account = line->account.n > 0,
                .address = line->address.n > 0,
                .route = line->route.n > 0,
                .requestId = line->request_id.n > 0},
    };
}

/* Texts that were not sent are empty. */
static dw_err ask(dw_req *req, const audit_list *in, dw_audit_page *page)
{
    const dw_audit_query query = {.since = in->since,
                                  .until = in->until,
                                  .event = in->event,
                                  .account = in->account,
                                  .request = in->request,
                                  .before = in->cursor,
                                  .n = (unsigned)in->limit};
    dw_err err = dw_audit_recent(dw_req_ctx(req), &query, page);

    if (err == DW_INVALID)
        return dw_req_fail(
            req, DW_INVALID,
            "A time is as 2026-01-31T12:00:00Z, or a beginning of that; a cursor is of a page before");
    return err == DW_NOT_FOUND
               ? dw_req_fail(req, DW_BAD_REQUEST, "The cursor is too old: begin with the first page")
               : err;
}

static dw_err list_audit(dw_req *req, const audit_list *in, audit_page *out)
{
    dw_audit_page page;
    audit_seen *v;
    dw_err err = ask(req, in, &page);

    if (err != DW_OK)
        return err;
    if ((v = dw_alloc(dw_req_ctx(req), (page.n + 1) * sizeof *v)) == NULL)
        return DW_UNAVAILABLE;
    for (size_t i = 0; i < page.n; i++)
        v[i] = show(&page.v[i]);
    out->lines = (audit_seens){v, page.n};
    out->nextCursor = page.next;
    out->has.nextCursor = page.next.n > 0;
    return DW_OK;
}
DW_HANDLER(list_audit, audit_list, audit_page);

static const dw_route routes[] = {
    DW_GET("/audit", list_audit, DW_ROLES(admin), .rate = DW_PER_MINUTE(60),
           .doc = "The last lines of the audit log, the newest first; 503 where there is none"),
};
const dw_blueprint coffer_admin_audit =
    DW_BLUEPRINT("/api/admin", routes, .name = "audit", .doc = "What has happened", API_LIMIT);
