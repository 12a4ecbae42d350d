/* crypto/hmac_ring.c -- see hmac_ring.h. */
#include "crypto/hmac_ring.h"

#include <stdlib.h>

#include "base/check.h"
#include "crypto/compare.h"

#define KEY_SIZE 32u

struct hmac_ring {
    size_t n;
    struct hmac_key *keys[DW__KEYRING_MAX]; /* newest first */
};

static dw_err add(struct hmac_ring *ring, const struct keyring *roots, enum key_use use)
{
    uint8_t key[KEY_SIZE];
    dw_err err = dw__keyring_derive(roots, ring->n, use, key, sizeof key);

    if (err == DW_OK)
        err = dw__hmac_key_new(&ring->keys[ring->n], HMAC_SHA256, (dw_bytes){key, sizeof key});
    dw__wipe(key, sizeof key);
    if (err == DW_OK)
        ring->n++;
    return err;
}

dw_err dw__hmac_ring_new(struct hmac_ring **out, const struct keyring *roots, enum key_use use)
{
    struct hmac_ring *ring = calloc(1, sizeof *ring);
    dw_err err = ring != NULL ? DW_OK : DW_UNAVAILABLE;

    while (err == DW_OK && ring->n < dw__keyring_count(roots))
        err = add(ring, roots, use);
    if (err != DW_OK) {
        dw__hmac_ring_free(ring);
        ring = NULL;
    }
    *out = ring;
    return err;
}

void dw__hmac_ring_free(struct hmac_ring *ring)
{
    if (ring == NULL)
        return;
    for (size_t i = 0; i < ring->n; i++)
        dw__hmac_key_free(ring->keys[i]);
    free(ring);
}

size_t dw__hmac_ring_count(const struct hmac_ring *ring)
{
    return ring->n;
}

dw_err dw__hmac_ring_tag(const struct hmac_ring *ring, size_t index, dw_bytes data,
                         uint8_t out[static DW__HMAC_MAX])
{
    DW__CHECK(index < ring->n);
    return dw__hmac(ring->keys[index], data, out);
}

bool dw__hmac_ring_knows(const struct hmac_ring *ring, dw_bytes data, dw_bytes tag)
{
    bool known = false;

    for (size_t i = 0; i < ring->n; i++)
        if (dw__hmac_verify(ring->keys[i], data, tag) == DW_OK)
            known = true;
    return known;
}
