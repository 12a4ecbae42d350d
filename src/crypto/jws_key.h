/* crypto/jws_key.h -- a key that verifies, bound to one algorithm of JWS (RFC 7518 §3, RFC 8037).
 *
 * A key is checked when it is made and never again: size of the modulus and form of the exponent, point on
 * the curve, length of a shared key. That a key has one algorithm is what makes it impossible to use an
 * RSA public key as an HMAC secret. */
#ifndef DW_CRYPTO_JWS_KEY_H
#define DW_CRYPTO_JWS_KEY_H

#include <stdint.h>

#include <dw/err.h>
#include <dw/types.h>

/* X(name, name in JSON). "none" is not among them and never will be. */
/* clang-format off */
#define DW__JWS_ALGS(X) \
    X(HS256, "HS256") \
    X(HS384, "HS384") \
    X(HS512, "HS512") \
    X(RS256, "RS256") \
    X(RS384, "RS384") \
    X(RS512, "RS512") \
    X(PS256, "PS256") \
    X(ES256, "ES256") \
    X(ES384, "ES384") \
    X(EDDSA, "EdDSA")
/* clang-format on */

#define DW__JWS_ALG_ENUM(name, text) JWS_##name,
enum jws_alg { JWS_UNKNOWN, DW__JWS_ALGS(DW__JWS_ALG_ENUM) JWS_ALGS };

/* The algorithm of exactly that name (case counts); JWS_UNKNOWN for any other. */
enum jws_alg dw__jws_alg(dw_text name);
/* Its name; "" for JWS_UNKNOWN. */
const char *dw__jws_alg_name(enum jws_alg alg);

/* Largest modulus and shared key that are taken, in bytes. */
#define DW__RSA_MAX 1024
#define DW__OCT_MAX 1024

struct jws_key;

/* All four: DW_BAD_REQUEST when the parts are no good key for `alg` (or alg is of another kind),
 * DW_UNAVAILABLE without memory, DW_INTERNAL when the library fails. Parts are copied. One thread at a
 * time uses a key. */

/* HS*: `key` has at least as many bytes as the hash, at most DW__OCT_MAX (RFC 7518 §3.2). */
DW_MUST dw_err dw__jws_key_oct(struct jws_key **out, enum jws_alg alg, dw_bytes key);
/* RS*, PS256: modulus n of 2048 to 8192 bits, odd; exponent e odd, 65537 to 2^32; both big-endian without
 * leading zeros. A modulus of the form that the ROCA flaw makes (CVE-2017-15361) is refused. */
DW_MUST dw_err dw__jws_key_rsa(struct jws_key **out, enum jws_alg alg, dw_bytes n, dw_bytes e);
/* ES256: P-256, 32 bytes each; ES384: P-384, 48 bytes each. The point is on the curve and not at infinity. */
DW_MUST dw_err dw__jws_key_ec(struct jws_key **out, enum jws_alg alg, dw_bytes x, dw_bytes y);
/* EdDSA: Ed25519, 32 bytes, not of small order. */
DW_MUST dw_err dw__jws_key_ed25519(struct jws_key **out, enum jws_alg alg, dw_bytes x);
void dw__jws_key_free(struct jws_key *key);

enum jws_alg dw__jws_key_alg(const struct jws_key *key);

/* DW_OK when `signature` is one of `data` by the key's own algorithm; DW_UNAUTHENTICATED when it is not;
 * DW_INTERNAL when the library could not tell. Lengths are exact: the hash's for HS*, the modulus' for RS*
 * and PS256, r||s of 64 or 96 bytes for ES*. */
DW_MUST dw_err dw__jws_key_verify(struct jws_key *key, dw_bytes data, dw_bytes signature);

#endif
