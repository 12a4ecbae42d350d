/* auth/session_id.c -- see session_id.h. */
#include "auth/session_id.h"

#include "crypto/compare.h"
#include "crypto/hash.h"
#include <dw/ctx.h>

#define ID_BYTES 32

void dw__session_id_new(char out[static DW__SESSION_ID_SIZE])
{
    uint8_t random[ID_BYTES];

    dw_random(random, sizeof random);
    (void)dw__base64url_encode(random, sizeof random, out);
    dw__wipe(random, sizeof random);
}

bool dw__session_id_is(dw_text t)
{
    uint8_t bytes[ID_BYTES];
    size_t n;
    bool is = t.n == DW__SESSION_ID_SIZE && dw__base64url_decode(t, bytes, sizeof bytes, &n) && n == ID_BYTES;

    dw__wipe(bytes, sizeof bytes);
    return is;
}

dw_err dw__session_id_digest(dw_text id, char out[static DW__SESSION_ID_SIZE])
{
    uint8_t digest[DW__SHA256_SIZE];
    dw_err err = dw__sha256((dw_bytes){(const uint8_t *)id.p, id.n}, digest);

    (void)dw__base64url_encode(digest, sizeof digest, out);
    return err;
}
