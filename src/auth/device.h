/* auth/device.h -- what a browser holds that has signed in to an account before.
 *
 * 16 random bytes that name the device, the time, and an HMAC over both and the account's name as it was typed there, folded.  It says of whom it
 * is to nobody who does not know that name; it opens nothing, and is good for one thing: failures that come with it are counted apart from those of the rest of the
 * world (guard/guess.h), so that who guesses at an account cannot keep its owner out.  The newest signing key makes, all verify. */
#ifndef DW_AUTH_DEVICE_H
#define DW_AUTH_DEVICE_H

#include "codec/base64.h"
#include "crypto/hash.h"
#include "crypto/hmac_ring.h"

#define DW__DEVICE_ID 16u
#define DW__DEVICE_SIZE DW__BASE64URL_SIZE(DW__DEVICE_ID + 8 + 32)
/* A browser keeps it for a year, and none is taken that is older. */
#define DW__DEVICE_SECONDS INT64_C(31536000)

/* `keys` are a ring of KEY_DEVICE. */

/* The text for device `id` and the account whose folded name has the digest `account`, made at `now` (Unix seconds, 0 and more), no NUL.  DW_INVALID for another
 * time, DW_INTERNAL when the library fails. */
DW_MUST dw_err dw__device_make(const struct hmac_ring *keys, const uint8_t id[static DW__DEVICE_ID],
                               const uint8_t account[static DW__SHA256_SIZE], int64_t now,
                               char out[static DW__DEVICE_SIZE]);
/* Whether `text` was made for `account` with one of the keys, within DW__DEVICE_SECONDS before `now`; *id is then whose. */
bool dw__device_judge(const struct hmac_ring *keys, const uint8_t account[static DW__SHA256_SIZE],
                      int64_t now, dw_text text, uint8_t id[static DW__DEVICE_ID]);

#endif
