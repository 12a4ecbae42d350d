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

#endif
