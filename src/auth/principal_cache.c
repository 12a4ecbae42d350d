/* auth/principal_cache.c -- a fixed table of four-way sets, found by a keyed hash of the sign-in, else of the subject.
 *
 * A full set loses an entry of an earlier generation, else the next in turn.  Must never: grow, or answer for a generation that
 * an entry was not read at. */
#include "auth/principal_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "crypto/compare.h"

#define SETS 256u
#define WAYS 4u
#define SUBJECT_MAX 64u
#define SID_MAX 22u
#define NAME_MAX_BYTES 128u

struct entry {
    uint64_t generation; /* 0: free */
    int64_t id;
    uint64_t roles;
    uint8_t subject_n, sid_n, name_n;
    bool mfa;
    char subject[SUBJECT_MAX];
    char sid[SID_MAX];
    char name[NAME_MAX_BYTES];
};

struct principal_cache {
    struct hash_key key;
    unsigned turn;
    struct entry sets[SETS][WAYS];
};

dw_err dw__principal_cache_new(struct principal_cache **out)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return DW_UNAVAILABLE;
    dw__hash_key_init(&(*out)->key);
    return DW_OK;
}

void dw__principal_cache_free(struct principal_cache *cache)
{
    if (cache == NULL)
        return;
    dw__wipe(cache, sizeof *cache);
    free(cache);
}

/* By the sign-in where there is one, so that those of one account are not in each other's way. */
static struct entry *set_of(struct principal_cache *cache, dw_text subject, dw_text sid)
{
    const dw_text by = sid.n > 0 ? sid : subject;

    return cache->sets[dw__hash(&cache->key, by.p, by.n) % SETS];
}

static bool is_of(const struct entry *e, dw_text subject, dw_text sid)
{
    return e->generation != 0 && dw_text_eq((dw_text){e->subject, e->subject_n}, subject) &&
           dw_text_eq((dw_text){e->sid, e->sid_n}, sid);
}

bool dw__principal_cache_find(struct principal_cache *cache, uint64_t generation, dw_text subject,
                              dw_text sid, struct arena *a, dw_principal *out)
{
    const struct entry *set;
    dw_text name;

    if (cache == NULL || generation == 0)
        return false;
    set = set_of(cache, subject, sid);
    for (unsigned i = 0; i < WAYS; i++) {
        if (set[i].generation != generation || !is_of(&set[i], subject, sid))
            continue;
        name = dw__arena_text(a, (dw_text){set[i].name, set[i].name_n});
        if (name.p == NULL)
            return false;
        out->id = set[i].id;
        out->uid = subject;
        out->name = name;
        out->roles = set[i].roles;
        out->mfa = set[i].mfa;
        return true;
    }
    return false;
}

/* The entry that a sign-in of `subject` gets: its own, or one that is worth least. */
static struct entry *place_for(struct principal_cache *cache, uint64_t generation, dw_text subject,
                               dw_text sid)
{
    struct entry *set = set_of(cache, subject, sid), *old = NULL;

    for (unsigned i = 0; i < WAYS; i++) {
        if (is_of(&set[i], subject, sid))
            return &set[i];
        if (set[i].generation != generation)
            old = &set[i];
    }
    return old != NULL ? old : &set[cache->turn++ % WAYS];
}

void dw__principal_cache_keep(struct principal_cache *cache, uint64_t generation, dw_text subject,
                              dw_text sid, const dw_principal *who)
{
    struct entry *e;

    if (cache == NULL || generation == 0 || subject.n > SUBJECT_MAX || sid.n > SID_MAX ||
        who->name.n > NAME_MAX_BYTES || who->uid.n != subject.n ||
        memcmp(who->uid.p, subject.p, subject.n) != 0)
        return;
    e = place_for(cache, generation, subject, sid);
    *e = (struct entry){
        .generation = generation,
        .id = who->id,
        .roles = who->roles,
        .subject_n = (uint8_t)subject.n,
        .sid_n = (uint8_t)sid.n,
        .name_n = (uint8_t)who->name.n,
        .mfa = who->mfa,
    };
    memcpy(e->subject, subject.p, subject.n);
    if (sid.n > 0)
        memcpy(e->sid, sid.p, sid.n);
    if (who->name.n > 0)
        memcpy(e->name, who->name.p, who->name.n);
}
