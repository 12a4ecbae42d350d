/* auth/token_cache.c -- a fixed table of four-way sets, indexed and compared by digest.
 *
 * A full set loses its entry that expires first.  Must never: grow, answer for an expired token, or keep the token itself. */
#include "auth/token_cache.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/compare.h"
#include "crypto/hash.h"

#define SETS 1024u
#define WAYS 4u
#define SUB_MAX 64u
#define SID_MAX 22u

struct entry {
    uint8_t digest[DW__SHA256_SIZE];
    int64_t exp; /* 0: free */
    int64_t auth_time;
    const dw_issuer *by; /* NULL: ours */
    uint8_t sub_n, sid_n;
    char sub[SUB_MAX], sid[SID_MAX];
};

/* Who verifies: one of them, the other NULL. */
struct verifier {
    const struct token_keys *keys;
    const struct issuers *issuers;
};

struct token_cache {
    struct entry sets[SETS][WAYS];
    struct token_cache_counts counts;
};

dw_err dw__token_cache_new(struct token_cache **out)
{
    *out = calloc(1, sizeof **out);
    return *out != NULL ? DW_OK : DW_UNAVAILABLE;
}

void dw__token_cache_free(struct token_cache *cache)
{
    if (cache == NULL)
        return;
    dw__wipe(cache, sizeof *cache);
    free(cache);
}

struct token_cache_counts dw__token_cache_counts(const struct token_cache *cache)
{
    return cache->counts;
}

static struct entry *set_of(struct token_cache *cache, const uint8_t digest[static DW__SHA256_SIZE])
{
    uint32_t index;

    memcpy(&index, digest, sizeof index);
    return cache->sets[index % SETS];
}

static const struct entry *find(struct token_cache *cache, const uint8_t digest[static DW__SHA256_SIZE],
                                int64_t now, bool foreign)
{
    const struct entry *set = set_of(cache, digest);

    for (unsigned i = 0; i < WAYS; i++)
        if (set[i].exp > now && (set[i].by != NULL) == foreign &&
            dw__equal(set[i].digest, digest, DW__SHA256_SIZE))
            return &set[i];
    return NULL;
}

static void keep(struct token_cache *cache, const uint8_t digest[static DW__SHA256_SIZE],
                 const struct token_claims *claims, const dw_issuer *by)
{
    struct entry *set = set_of(cache, digest), *victim = set;

    if (claims->sub.n > SUB_MAX || claims->sid.n > SID_MAX)
        return;
    for (unsigned i = 1; i < WAYS; i++)
        if (set[i].exp < victim->exp)
            victim = &set[i];
    memcpy(victim->digest, digest, DW__SHA256_SIZE);
    victim->exp = claims->exp;
    victim->auth_time = claims->auth_time;
    victim->by = by;
    victim->sub_n = (uint8_t)claims->sub.n;
    memcpy(victim->sub, claims->sub.p, claims->sub.n);
    victim->sid_n = (uint8_t)claims->sid.n;
    if (claims->sid.n > 0)
        memcpy(victim->sid, claims->sid.p, claims->sid.n);
}

/* The claims of an entry, in the request's memory: the entry may be somebody else's before the request ends. */
static dw_err take(const struct entry *entry, struct arena *a, struct token_claims *out)
{
    *out = (struct token_claims){.exp = entry->exp, .auth_time = entry->auth_time};
    out->sub = dw__arena_text(a, (dw_text){entry->sub, entry->sub_n});
    if (entry->sid_n > 0)
        out->sid = dw__arena_text(a, (dw_text){entry->sid, entry->sid_n});
    return out->sub.p != NULL && (entry->sid_n == 0 || out->sid.p != NULL) ? DW_OK : DW_UNAVAILABLE;
}

/* Charged before, and given back for one that is good. */
static dw_err verify(const struct verifier *who, dw_text token, int64_t now, const struct verify_payer *payer,
                     struct arena *a, struct token_claims *out, const dw_issuer **by)
{
    dw_err err;

    *by = NULL;
    if (payer != NULL && !dw__verify_budget_take(payer))
        return DW_TOO_MANY;
    err = who->issuers != NULL ? dw__issuers_verify(who->issuers, token, now, a, out, by)
                               : dw__token_verify(who->keys, token, now, a, out);
    if (payer != NULL && err == DW_OK)
        dw__verify_budget_give(payer);
    return err;
}

static dw_err verify_or_find(struct token_cache *cache, const struct verifier *who, dw_text token,
                             int64_t now, const struct verify_payer *payer, struct arena *a,
                             struct token_claims *out, const dw_issuer **by)
{
    const struct entry *entry;
    uint8_t digest[DW__SHA256_SIZE];
    dw_err err;

    *by = NULL;
    if (token.n > DW__TOKEN_MAX)
        return DW_UNAUTHENTICATED;
    if (cache == NULL || dw__sha256((dw_bytes){(const uint8_t *)token.p, token.n}, digest) != DW_OK)
        return verify(who, token, now, payer, a, out, by);
    entry = find(cache, digest, now, who->issuers != NULL);
    if (entry != NULL) {
        cache->counts.found++;
        *by = entry->by;
        return take(entry, a, out);
    }
    cache->counts.verified++;
    err = verify(who, token, now, payer, a, out, by);
    if (err == DW_OK)
        keep(cache, digest, out, *by);
    return err;
}

dw_err dw__token_cache_verify(struct token_cache *cache, const struct token_keys *keys, dw_text token,
                              int64_t now, const struct verify_payer *payer, struct arena *a,
                              struct token_claims *out)
{
    const struct verifier who = {.keys = keys};
    const dw_issuer *nobody;

    return verify_or_find(cache, &who, token, now, payer, a, out, &nobody);
}

dw_err dw__token_cache_verify_foreign(struct token_cache *cache, const struct issuers *issuers, dw_text token,
                                      int64_t now, const struct verify_payer *payer, struct arena *a,
                                      struct token_claims *out, const dw_issuer **by)
{
    const struct verifier who = {.issuers = issuers};

    return verify_or_find(cache, &who, token, now, payer, a, out, by);
}
