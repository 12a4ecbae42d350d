/* auth/token_signer.h -- one key of access tokens: what it signs with, and the header that says so.
 *
 * A key has one algorithm and one header, byte for byte; a token is looked up by its header and verified by that key's own
 * algorithm, so that nothing of a token chooses how it is judged. EdDSA is the default: who verifies cannot sign. HS256
 * (RFC 7518 section 3.2) is for services that share the secret with us. */
#ifndef DW_AUTH_TOKEN_SIGNER_H
#define DW_AUTH_TOKEN_SIGNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/hmac.h"
#include "crypto/keyring.h"
#include "crypto/sign.h"
#include <dw/err.h>
#include <dw/types.h>

/* In the order of the setting's choices. */
enum token_alg { TOKEN_EDDSA, TOKEN_HS256, TOKEN_ALGS };

#define DW__TOKEN_SIGNATURE_MAX 64
#define DW__TOKEN_HEADER_MAX 128
/* Characters of a key's id. */
#define DW__TOKEN_KID 22

struct token_signer {
    enum token_alg alg;
    struct sign_key *sign;   /* EdDSA; NULL: it can only verify */
    struct hmac_key *shared; /* HS256 */
    uint8_t public_key[DW__ED25519_PUBLIC];
    char kid[DW__TOKEN_KID];
    char header[DW__TOKEN_HEADER_MAX]; /* base64url of it, and a '.' */
    size_t header_n;
};

/* The key of root `index` of `ring` for `alg`; it can only verify when `ring` is a part that has public halves instead. DW_UNAVAILABLE: no memory. DW_INTERNAL: the library failed. Whatever it
 * returns, dw__token_signer_free is right afterwards. */
DW_MUST dw_err dw__token_signer_init(struct token_signer *signer, const struct keyring *ring, size_t index,
                                     enum token_alg alg);
void dw__token_signer_free(struct token_signer *signer);

/* Bytes of a signature: 64 or 32. */
size_t dw__token_signature_size(enum token_alg alg);
bool dw__token_signer_can_sign(const struct token_signer *signer);
/* Signs `message`; dw__token_signature_size bytes into out. DW_DENIED: it can only verify. DW_INTERNAL: the library failed. */
DW_MUST dw_err dw__token_signer_sign(const struct token_signer *signer, dw_bytes message,
                                     uint8_t out[static DW__TOKEN_SIGNATURE_MAX]);
/* DW_OK when `signature` is one of `message` of exactly the right size; DW_UNAUTHENTICATED when not. */
DW_MUST dw_err dw__token_signer_verify(const struct token_signer *signer, dw_bytes message,
                                       dw_bytes signature);

#endif
