/* crypto/hmac_ring.h -- the keys of one use, one made from each root of a keyring: the newest tags, all of them verify. */
#ifndef DW_CRYPTO_HMAC_RING_H
#define DW_CRYPTO_HMAC_RING_H

#include <stdbool.h>

#include "crypto/hmac.h"
#include "crypto/keyring.h"

struct hmac_ring;

/* HMAC-SHA-256 under keys of 32 bytes. DW_UNAVAILABLE without memory; else what dw__keyring_derive returns. *out is NULL then. */
DW_MUST dw_err dw__hmac_ring_new(struct hmac_ring **out, const struct keyring *roots, enum key_use use);
/* NULL is fine. */
void dw__hmac_ring_free(struct hmac_ring *ring);

/* How many: 1 to DW__KEYRING_MAX. */
size_t dw__hmac_ring_count(const struct hmac_ring *ring);
/* The tag of `data` by key `index` (0: the newest), 32 bytes, as dw__hmac. */
DW_MUST dw_err dw__hmac_ring_tag(const struct hmac_ring *ring, size_t index, dw_bytes data,
                                 uint8_t out[static DW__HMAC_MAX]);
/* Whether `tag` is the whole tag of `data` by one of the keys; all of them are asked, so that the time tells nothing. */
bool dw__hmac_ring_knows(const struct hmac_ring *ring, dw_bytes data, dw_bytes tag);

#endif
