/* auth/session_cache.c -- a fixed table of four-way sets; a digest is its own hash.
 *
 * Nobody chooses a digest without knowing an id that hashes to it, so its first bytes find the set.  A full set loses an entry of an
 * earlier generation, else the next in turn.  Must never: grow, or answer for a generation that an entry was not read at. */
#include "auth/session_cache.h"

#include <stdlib.h>
#include <string.h>

#include "auth/session_id.h"
#include "crypto/compare.h"

#define SETS 256u
#define WAYS 4u
#define TEXT_MAX 64u

struct entry {
    uint64_t generation; /* 0: free */
    int64_t made_at, auth_time, seen_at, amr;
    uint8_t uid_n, account_n;
    char digest[DW__SESSION_ID_SIZE];
    char uid[TEXT_MAX], account[TEXT_MAX];
};

struct session_cache {
    unsigned turn;
    struct entry sets[SETS][WAYS];
};

dw_err dw__session_cache_new(struct session_cache **out)
{
    *out = calloc(1, sizeof **out);
    return *out != NULL ? DW_OK : DW_UNAVAILABLE;
}

void dw__session_cache_free(struct session_cache *cache)
{
    if (cache == NULL)
        return;
    dw__wipe(cache, sizeof *cache);
    free(cache);
}

/* Two of 43 characters that are 6 bits each: 12 bits, of which 8 are wanted. */
static unsigned set_of(dw_text digest)
{
    uint8_t bytes[3] = {0};
    size_t n;

    (void)dw__base64url_decode((dw_text){digest.p, 4}, bytes, sizeof bytes, &n);
    return bytes[0] % SETS;
}

static bool is_of(const struct entry *e, dw_text digest)
{
    return e->generation != 0 && memcmp(e->digest, digest.p, sizeof e->digest) == 0;
}

bool dw__session_cache_find(const struct session_cache *cache, uint64_t generation, dw_text digest,
                            struct arena *a, dw_session_row *out)
{
    const struct entry *set;

    if (generation == 0 || digest.n != DW__SESSION_ID_SIZE)
        return false;
    set = cache->sets[set_of(digest)];
    for (unsigned i = 0; i < WAYS; i++) {
        if (set[i].generation != generation || !is_of(&set[i], digest))
            continue;
        *out = (dw_session_row){
            .uid = dw__arena_text(a, (dw_text){set[i].uid, set[i].uid_n}),
            .account = dw__arena_text(a, (dw_text){set[i].account, set[i].account_n}),
            .made_at = set[i].made_at,
            .auth_time = set[i].auth_time,
            .seen_at = set[i].seen_at,
            .amr = set[i].amr,
        };
        return out->uid.p != NULL && out->account.p != NULL;
    }
    return false;
}

/* The entry that `digest` gets: its own, or one that is worth least. */
static struct entry *place_for(struct session_cache *cache, uint64_t generation, dw_text digest)
{
    struct entry *set = cache->sets[set_of(digest)], *old = NULL;

    for (unsigned i = 0; i < WAYS; i++) {
        if (is_of(&set[i], digest))
            return &set[i];
        if (set[i].generation != generation)
            old = &set[i];
    }
    return old != NULL ? old : &set[cache->turn++ % WAYS];
}

void dw__session_cache_keep(struct session_cache *cache, uint64_t generation, dw_text digest,
                            const dw_session_row *row)
{
    struct entry *e;

    if (generation == 0 || digest.n != DW__SESSION_ID_SIZE || row->uid.n > TEXT_MAX ||
        row->account.n > TEXT_MAX)
        return;
    e = place_for(cache, generation, digest);
    *e = (struct entry){
        .generation = generation,
        .made_at = row->made_at,
        .auth_time = row->auth_time,
        .seen_at = row->seen_at,
        .amr = row->amr,
        .uid_n = (uint8_t)row->uid.n,
        .account_n = (uint8_t)row->account.n,
    };
    memcpy(e->digest, digest.p, sizeof e->digest);
    if (row->uid.n > 0)
        memcpy(e->uid, row->uid.p, row->uid.n);
    if (row->account.n > 0)
        memcpy(e->account, row->account.p, row->account.n);
}
