/* auth/api_key_cache.h -- keys that were verified before, for as long as nobody has changed anything.
 *
 * As auth/principal_cache.h: each entry answers for the generation of the database at which it was read, and for no other, so that a key that is
 * revoked is dead on the next request.  Only what verified is remembered, so guesses push nobody out.  Beyond that an entry knows when the use
 * of its key was last written down by this process, whatever the generation. */
#ifndef DW_AUTH_API_KEY_CACHE_H
#define DW_AUTH_API_KEY_CACHE_H

#include "base/arena.h"
#include "crypto/hash.h"

struct api_key_cache;

/* What is known of a key. */
struct api_key_facts {
    dw_text account; /* its owner: what dw_app.principal takes */
    uint8_t digest[DW__SHA256_SIZE];
    uint64_t scopes;
    int64_t expires_at, used_at; /* Unix seconds; 0: never */
};

/* Room for 1,024 keys, about 150 KiB. DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__api_key_cache_new(struct api_key_cache **out);
/* Wipes and frees. */
void dw__api_key_cache_free(struct api_key_cache *cache);

/* What key `id` was at `generation`, texts in `a`. False when that is not known: `cache` is NULL, the generation is 0 or another one, or there is no
 * memory. */
bool dw__api_key_cache_find(struct api_key_cache *cache, uint64_t generation, dw_text id, struct arena *a,
                            struct api_key_facts *out);
/* Remembers what key `id` is, as read after `generation` was asked for. Not kept: generation 0, an id that is none, an account of more than 64
 * bytes. */
void dw__api_key_cache_keep(struct api_key_cache *cache, uint64_t generation, dw_text id,
                            const struct api_key_facts *facts);
/* Whether the use of key `id` at `now` is to be written down: when it was not in the last `seconds` before it. Notes that it is. True for a key that
 * is not in the cache. */
bool dw__api_key_cache_use(struct api_key_cache *cache, dw_text id, int64_t now, int64_t seconds);

#endif
