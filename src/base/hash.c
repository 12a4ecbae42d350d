/* base/hash.c -- SipHash-1-3 (Aumasson and Bernstein, with one round a word and three at the end).
 *
 * Keyed by what no client knows, so that nobody can choose keys that collide. */
#include "base/hash.h"

#include <string.h>

#include <dw/ctx.h>

struct state {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotl(uint64_t v, unsigned by)
{
    return v << by | v >> (64 - by);
}

static inline void round_(struct state *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotl(s->v1, 13) ^ s->v0;
    s->v3 = rotl(s->v3, 16) ^ s->v2;
    s->v0 = rotl(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotl(s->v1, 17) ^ s->v2;
    s->v3 = rotl(s->v3, 21) ^ s->v0;
    s->v2 = rotl(s->v2, 32);
}

static inline void word(struct state *s, uint64_t m)
{
    s->v3 ^= m;
    round_(s);
    s->v0 ^= m;
}

void dw__hash_key_init(struct hash_key *key)
{
    dw_random(key, sizeof *key);
}

/* Eight or fewer bytes as a little-endian number: this is a little-endian platform. */
static inline uint64_t load(const unsigned char *p, size_t n)
{
    uint64_t v = 0;
    memcpy(&v, p, n);
    return v;
}
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "load() reads little-endian words");

static inline struct state begin(const struct hash_key *key)
{
    return (struct state){
        key->k0 ^ UINT64_C(0x736f6d6570736575),
        key->k1 ^ UINT64_C(0x646f72616e646f6d),
        key->k0 ^ UINT64_C(0x6c7967656e657261),
        key->k1 ^ UINT64_C(0x7465646279746573),
    };
}

static inline uint64_t end(struct state *s)
{
    s->v2 ^= 0xff;
    round_(s);
    round_(s);
    round_(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

uint64_t dw__hash_31(const struct hash_key *key, const void *p)
{
    struct state s = begin(key);
    uint64_t words[4];

    memcpy(words, p, sizeof words);
    word(&s, words[0]);
    word(&s, words[1]);
    word(&s, words[2]);
    word(&s, words[3] << 8 >> 8 | UINT64_C(31) << 56);
    return end(&s);
}

uint64_t dw__hash(const struct hash_key *key, const void *p, size_t n)
{
    struct state s = begin(key);
    const unsigned char *at = p;
    size_t left = n;
    for (; left >= 8; left -= 8, at += 8)
        word(&s, load(at, 8));
    word(&s, (uint64_t)n << 56 | (left > 0 ? load(at, left) : 0));
    return end(&s);
}
