/* route/redirects.h -- the origins that dw_redirect_to may lead to: dw_app.redirects_to, read at start-up. */
#ifndef DW_ROUTE_REDIRECTS_H
#define DW_ROUTE_REDIRECTS_H

#include "base/buf.h"
#include "codec/origin.h"
#include <dw/app.h>

struct redirects {
    struct origin_rule *rules;
    size_t n;
};

/* Each fault is a line in `why`. Released by dw__redirects_release. */
void dw__redirects_plan(struct redirects *out, const dw_app *app, struct buf *why);
void dw__redirects_release(struct redirects *redirects);

/* Whether `url`, as Location has it, leads to a path of this server, to `own` (its origin, or empty), or to an origin of the list. */
bool dw__redirects_allow(const struct redirects *redirects, dw_text own, dw_text url);

#endif
