/* auth/recovery.c -- see recovery.h. */
#include "auth/recovery.h"

#include <string.h>

#include "codec/base32.h"
#include "codec/base64.h"
#include "crypto/compare.h"
#include "crypto/hash.h"
#include <dw/ctx.h>

#define GROUP 6u
#define PLAIN DW__BASE32_SIZE(DW__RECOVERY_BYTES)
/* In front of what is hashed, so that no other digest of ours is one of these. */
#define PURPOSE "dewar 1 recovery code"

_Static_assert(PLAIN + PLAIN / GROUP - 1 == DW__RECOVERY_TEXT, "groups, and a hyphen between two");
_Static_assert(DW__BASE64URL_SIZE(DW__SHA256_SIZE) == DW__RECOVERY_KEPT, "a digest");

void dw__recovery_make(uint8_t bytes[static DW__RECOVERY_BYTES])
{
    dw_random(bytes, DW__RECOVERY_BYTES);
}

void dw__recovery_show(const uint8_t bytes[static DW__RECOVERY_BYTES], char text[static DW__RECOVERY_TEXT])
{
    char plain[PLAIN];
    size_t n = 0;

    (void)dw__base32_encode(bytes, DW__RECOVERY_BYTES, plain);
    for (size_t i = 0; i < PLAIN; i++) {
        if (i > 0 && i % GROUP == 0)
            text[n++] = '-';
        text[n++] = plain[i];
    }
    dw__wipe(plain, sizeof plain);
}

bool dw__recovery_read(dw_secret typed, uint8_t bytes[static DW__RECOVERY_BYTES])
{
    char plain[PLAIN];
    size_t n;
    bool ok = dw__base32_fold((dw_text){typed.p, typed.n}, plain, sizeof plain, &n) && n == PLAIN &&
              dw__base32_decode((dw_text){plain, n}, bytes, DW__RECOVERY_BYTES, &n) &&
              n == DW__RECOVERY_BYTES;

    dw__wipe(plain, sizeof plain);
    return ok;
}

dw_err dw__recovery_kept(int64_t account, const uint8_t bytes[static DW__RECOVERY_BYTES],
                         char kept[static DW__RECOVERY_KEPT])
{
    uint8_t input[sizeof PURPOSE + sizeof account + DW__RECOVERY_BYTES], digest[DW__SHA256_SIZE];
    dw_err err;

    memcpy(input, PURPOSE, sizeof PURPOSE);
    for (unsigned i = 0; i < sizeof account; i++)
        input[sizeof PURPOSE + i] = (uint8_t)((uint64_t)account >> (56 - 8 * i));
    memcpy(input + sizeof PURPOSE + sizeof account, bytes, DW__RECOVERY_BYTES);
    err = dw__sha256((dw_bytes){input, sizeof input}, digest);
    if (err == DW_OK)
        (void)dw__base64url_encode(digest, sizeof digest, kept);
    dw__wipe(input, sizeof input);
    return err;
}
