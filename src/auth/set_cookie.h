/* auth/set_cookie.h -- the cookies that the framework sets: all of them __Host-, Secure, HttpOnly, SameSite=Lax, for every path (RFC 6265bis). */
#ifndef DW_AUTH_SET_COOKIE_H
#define DW_AUTH_SET_COOKIE_H

#include "http/request.h"

/* Puts cookie `name` on the reply, which becomes private: for `seconds`; until the browser ends (-1); to be forgotten (0).  Errors drop it, as they do all that was
 * put on a reply. DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__set_cookie(dw_req *req, const char *name, dw_text value, int64_t seconds);

#endif
