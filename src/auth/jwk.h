/* auth/jwk.h -- keys as JSON (RFC 7517): one JWK or a set of them, each bound to one algorithm.
 *
 * A set is taken whole or not at all: one bad key, a `kid` twice, secrets beside public keys, and there is
 * no set. Keys are for verifying, so a private member (`d`, `p` …) of an asymmetric key is a leak and
 * refused. */
#ifndef DW_AUTH_JWK_H
#define DW_AUTH_JWK_H

#include <stddef.h>

#include "base/arena.h"
#include "crypto/jws_key.h"

/* At most so many keys in a set. */
#define DW__JWK_MAX 32
/* The longest JSON text of keys that is read, in bytes. */
#define DW__JWK_JSON_MAX 65536

struct jwk {
    dw_text kid; /* p == NULL: has none */
    struct jws_key *key;
};

struct jwk_set {
    size_t n;
    struct jwk keys[DW__JWK_MAX];
};

/* Reads a JWK {"kty":…} or a set {"keys":[…]}. kty oct, RSA, EC (P-256, P-384), OKP (Ed25519); `alg` may
 * be left out where the curve says it; `use` is "sig", `key_ops` is of "sign" and "verify" and has the
 * latter. DW_BAD_REQUEST otherwise; DW_UNAVAILABLE: no memory. Texts are in `a`; on success the caller
 * calls _release, on failure there is nothing to. */
DW_MUST dw_err dw__jwk_set_parse(dw_text json, struct arena *a, struct jwk_set *out);
void dw__jwk_set_release(struct jwk_set *set);

#endif
