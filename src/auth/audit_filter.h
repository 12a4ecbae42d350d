/* auth/audit_filter.h -- which lines of the audit log somebody wants to see. Pure. */
#ifndef DW_AUTH_AUDIT_FILTER_H
#define DW_AUTH_AUDIT_FILTER_H

#include "auth/audit_line.h"

/* Empty: whatever it is. */
struct audit_filter {
    dw_text since, until; /* times, or their beginnings: "2026-01-31T12"; both are of what is wanted */
    dw_text event;        /* "auth.password_refused"; "auth.*": all that begin so */
    dw_text account;      /* a line's account, account_id or actor */
    dw_text request;      /* its request_id */
};

/* Whether `text` is the beginning of a time, with a 'Z' behind seconds or not. */
DW_MUST bool dw__audit_filter_time_holds(dw_text text);
bool dw__audit_filter_takes(const struct audit_filter *filter, const struct audit_line *line);

#endif
