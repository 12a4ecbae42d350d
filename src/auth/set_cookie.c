/* auth/set_cookie.c -- see set_cookie.h. */
#include "auth/set_cookie.h"

#define ATTRIBUTES "; Path=/; Secure; HttpOnly; SameSite=Lax"

dw_err dw__set_cookie(dw_req *req, const char *name, dw_text value, int64_t seconds)
{
    dw_text field = seconds < 0 ? dw__arena_format(&req->arena, "%s=%.*s" ATTRIBUTES, name, DW_FMT(value))
                                : dw__arena_format(&req->arena, "%s=%.*s; Max-Age=%lld" ATTRIBUTES, name,
                                                   DW_FMT(value), (long long)seconds);

    if (field.p == NULL)
        return DW_UNAVAILABLE;
    req->sets_cookie = true;
    return dw__reply_header(req, DW_TEXT("Set-Cookie"), field);
}
