/* auth/remember.h -- browsers that are remembered (<dw/remember.h>): the session that such a one is given anew, and what ends it.
 *
 * Where dw_app.remembered is not set nobody is remembered, and all of these do nothing. */
#ifndef DW_AUTH_REMEMBER_H
#define DW_AUTH_REMEMBER_H

#include "auth/session.h"
#include <dw/remember.h>

/* Has `rules` remember browsers for `life_ms`. DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__remember_set_up(struct session_rules *rules, const dw_remembered *statements,
                                   const struct keyring *signing, uint64_t life_ms);

/* For a request without a session that lives: the session that its cookie gives it, also as req->session; *out is NULL when it gives none.  The cookies that go with it are
 * kept for the reply, whatever that is. Other errors are those of the database. */
DW_MUST dw_err dw__remember_use(dw_req *req, const struct session **out);
/* Puts those cookies on the reply that begins. */
void dw__remember_say(dw_req *req);

/* Ends that the browser is remembered whose sessions are called `name`; *changes is 0 or 1. */
DW_MUST dw_err dw__remember_end_name(dw_ctx *ctx, dw_text account, dw_text name, int64_t *changes);
/* … that the request's cookie is of, whosever account that is. */
DW_MUST dw_err dw__remember_end_cookie(dw_req *req);
/* … all of `account` but those whose sessions are called `name`. */
DW_MUST dw_err dw__remember_end_others(dw_ctx *ctx, dw_text account, dw_text name);
/* No more browsers of `account` than it may have sessions. */
DW_MUST dw_err dw__remember_cap(dw_ctx *ctx, dw_text account);
/* Has the browser forget its cookie. */
DW_MUST dw_err dw__remember_forget(dw_req *req);

#endif
