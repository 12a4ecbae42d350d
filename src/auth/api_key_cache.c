/* auth/api_key_cache.c -- a fixed table of four-way sets, found by a keyed hash of the key's id.
 *
 * A full set loses an entry of an earlier generation, else the next in turn.  Must never: grow, or answer for a generation that an entry
 * was not read at. */
#include "auth/api_key_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "codec/api_key.h"
#include "crypto/compare.h"

#define SETS 256u
#define WAYS 4u
#define ACCOUNT_MAX 64u

struct entry {
    uint64_t generation; /* 0: free */
    uint64_t scopes;
    int64_t expires_at, used_at;
    int64_t noted_at; /* … and when this process wrote that down */
    char id[DW__API_KEY_ID];
    uint8_t account_n;
    uint8_t digest[DW__SHA256_SIZE];
    char account[ACCOUNT_MAX];
};

struct api_key_cache {
    struct hash_key key;
    unsigned turn;
    struct entry sets[SETS][WAYS];
};

dw_err dw__api_key_cache_new(struct api_key_cache **out)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return DW_UNAVAILABLE;
    dw__hash_key_init(&(*out)->key);
    return DW_OK;
}

void dw__api_key_cache_free(struct api_key_cache *cache)
{
    if (cache == NULL)
        return;
    dw__wipe(cache, sizeof *cache);
    free(cache);
}

static struct entry *set_of(struct api_key_cache *cache, dw_text id)
{
    return cache->sets[dw__hash(&cache->key, id.p, id.n) % SETS];
}

static bool is_of(const struct entry *e, dw_text id)
{
    return e->generation != 0 && memcmp(e->id, id.p, DW__API_KEY_ID) == 0;
}

static struct entry *entry_of(struct api_key_cache *cache, dw_text id)
{
    struct entry *set;

    if (cache == NULL || id.n != DW__API_KEY_ID)
        return NULL;
    set = set_of(cache, id);
    for (unsigned i = 0; i < WAYS; i++)
        if (is_of(&set[i], id))
            return &set[i];
    return NULL;
}

bool dw__api_key_cache_find(struct api_key_cache *cache, uint64_t generation, dw_text id, struct arena *a,
                            struct api_key_facts *out)
{
    const struct entry *e = entry_of(cache, id);

    if (e == NULL || generation == 0 || e->generation != generation)
        return false;
    *out = (struct api_key_facts){
        .account = dw__arena_text(a, (dw_text){e->account, e->account_n}),
        .scopes = e->scopes,
        .expires_at = e->expires_at,
        .used_at = e->used_at,
    };
    memcpy(out->digest, e->digest, sizeof out->digest);
    return out->account.p != NULL;
}

/* The entry that `id` gets: its own, or one that is worth least. */
static struct entry *place_for(struct api_key_cache *cache, uint64_t generation, dw_text id)
{
    struct entry *e = entry_of(cache, id), *set = set_of(cache, id);

    if (e != NULL)
        return e;
    for (unsigned i = 0; i < WAYS; i++)
        if (set[i].generation != generation)
            e = &set[i];
    if (e == NULL)
        e = &set[cache->turn++ % WAYS];
    e->noted_at = 0;
    return e;
}

void dw__api_key_cache_keep(struct api_key_cache *cache, uint64_t generation, dw_text id,
                            const struct api_key_facts *facts)
{
    struct entry *e;

    if (cache == NULL || generation == 0 || id.n != DW__API_KEY_ID || facts->account.n > ACCOUNT_MAX ||
        facts->account.n == 0)
        return;
    e = place_for(cache, generation, id);
    e->generation = generation;
    e->scopes = facts->scopes;
    e->expires_at = facts->expires_at;
    e->used_at = facts->used_at;
    e->account_n = (uint8_t)facts->account.n;
    memcpy(e->id, id.p, sizeof e->id);
    memcpy(e->digest, facts->digest, sizeof e->digest);
    memcpy(e->account, facts->account.p, facts->account.n);
}

bool dw__api_key_cache_use(struct api_key_cache *cache, dw_text id, int64_t now, int64_t seconds)
{
    struct entry *e = entry_of(cache, id);

    if (e == NULL)
        return true;
    if (e->noted_at != 0 && e->noted_at > now - seconds)
        return false;
    e->noted_at = now;
    return true;
}
