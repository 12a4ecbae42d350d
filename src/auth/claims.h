/* auth/claims.h -- the claims of an access token (RFC 7519 §4.1, RFC 9068 §2.2) out of JSON, strictly. */
#ifndef DW_AUTH_CLAIMS_H
#define DW_AUTH_CLAIMS_H

#include <stdint.h>

#include "base/arena.h"
#include <dw/err.h>
#include <dw/types.h>

struct token_claims {
    dw_text iss, aud, sub, jti, client_id;
    dw_text sid;                 /* of the sign-in; p == NULL: of none */
    int64_t exp, iat, auth_time; /* Unix seconds */
};

/* Reads `json`, an object with each of the claims above (but sid, which may be left out) exactly once, of its own type: texts of 1 to
 * 256 bytes without NUL, times integers from 0 to 253402300799 (year 9999). Other members may be there, but no name
 * twice at any level, no `nbf` later than `now`, and nothing deeper than the JSON reader goes.
 * DW_UNAUTHENTICATED otherwise; DW_UNAVAILABLE: no memory. Texts are in `json` or in `a`. */
DW_MUST dw_err dw__claims_parse(dw_text json, int64_t now, struct arena *a, struct token_claims *out);
/* The same for tokens of other issuers: jti, client_id and auth_time may be left out too (auth_time is then 0: long ago). */
DW_MUST dw_err dw__claims_parse_foreign(dw_text json, int64_t now, struct arena *a, struct token_claims *out);

#endif
