/* base/hash.h -- a keyed hash (SipHash-1-3) for tables whose keys come from outside. Not for secrets. */
#ifndef DW_BASE_HASH_H
#define DW_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_key {
    uint64_t k0, k1;
};

/* A fresh random key. */
void dw__hash_key_init(struct hash_key *key);
uint64_t dw__hash(const struct hash_key *key, const void *p, size_t n);
/* The same of 31 bytes, where 32 may be read: what is hashed once or more for every request, without loops. */
uint64_t dw__hash_31(const struct hash_key *key, const void *p);

/* A number of which each bit depends on all of v's, another for each v (Stafford's mix 13 of MurmurHash3's finalizer): makes further hashes of one that is
 * keyed already. */
static inline uint64_t dw__hash_mix(uint64_t v)
{
    v = (v ^ v >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    v = (v ^ v >> 27) * UINT64_C(0x94d049bb133111eb);
    return v ^ v >> 31;
}

#endif
