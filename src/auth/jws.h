/* auth/jws.h -- JWS in compact form (RFC 7515) under rules that leave an attacker no choice (RFC 8725).
 *
 * Three parts in canonical base64url, at most 8 KiB; the header a flat JSON object without duplicate members.
 * The algorithm is the key's, the header may only agree; a header that brings or names keys of its own (jwk,
 * jku, x5u, x5c), asks for extensions (crit) or for another encoding (b64) is refused. Claims are not looked
 * at here. */
#ifndef DW_AUTH_JWS_H
#define DW_AUTH_JWS_H

#include "auth/jwk.h"
#include "base/arena.h"
#include "crypto/jws_key.h"

#define DW__JWS_MAX 8192

struct jws {
    dw_text signed_part; /* header.payload as they came: what is signed */
    dw_text payload;     /* decoded, in the arena */
    dw_bytes signature;  /* decoded, in the arena */
    enum jws_alg alg;
    dw_text kid; /* p == NULL: none */
    dw_text typ; /* p == NULL: none */
};

/* Takes `text` apart. DW_BAD_REQUEST when it breaks a rule; DW_UNAVAILABLE: no memory. Nothing is verified
 * yet. */
DW_MUST dw_err dw__jws_parse(dw_text text, struct arena *a, struct jws *out);

/* DW_OK when a key of `set` verifies `jws`: the one with its kid; without a kid, or for a key without one,
 * the set has only one key. DW_BAD_REQUEST when none does; DW_INTERNAL when the library could not tell. */
DW_MUST dw_err dw__jws_verify(const struct jwk_set *set, const struct jws *jws);

#endif
