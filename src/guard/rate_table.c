/* guard/rate_table.c -- see rate_table.h. */
#include "guard/rate_table.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/hash.h"

#define WAYS 8u /* two cache lines */
#define KEYS_MAX ((size_t)1 << 26)
#define SECOND_NS UINT64_C(1000000000)
#define CLOCKS_APART_NS SECOND_NS /* workers read the clock once a turn */
#define TRIES 64u                 /* of others that change the same entry between a look and a swap */

/* An entry's two words, changed together. */
union entry {
    struct {
        uint64_t tag;     /* of the key; 0: free */
        uint64_t paid_ns; /* when it will have paid for all that it was let do */
    };
    __extension__ unsigned __int128 both;
};

/* What is shared. */
struct shared {
    struct hash_key key;
    _Alignas(64) union entry sets[][WAYS];
};

struct rate_table {
    struct hash_key key;
    size_t sets; /* a power of two */
    struct shared *shared;
};

static size_t sets_for(size_t keys)
{
    size_t sets = 1;

    DW__CHECK(keys >= 1 && keys <= KEYS_MAX);
    while (sets * WAYS < keys)
        sets *= 2;
    return sets;
}

size_t dw__rate_table_size(size_t keys)
{
    return sizeof(struct shared) + sets_for(keys) * WAYS * sizeof(union entry);
}

void dw__rate_table_begin(void *memory)
{
    dw__hash_key_init(&((struct shared *)memory)->key);
}

struct rate_table *dw__rate_table_on(void *memory, size_t keys)
{
    struct rate_table *table = malloc(sizeof *table);

    DW__CHECK((uintptr_t)memory % 64 == 0);
    if (table != NULL)
        *table = (struct rate_table){((struct shared *)memory)->key, sets_for(keys), memory};
    return table;
}

void dw__rate_table_free(struct rate_table *table)
{
    free(table);
}

/* ---- entries ---- */

/* As it is, or torn between two changes: the swap will tell. */
static union entry look(const union entry *at)
{
    return (union entry){.tag = __atomic_load_n(&at->tag, __ATOMIC_RELAXED),
                         .paid_ns = __atomic_load_n(&at->paid_ns, __ATOMIC_RELAXED)};
}

/* cmpxchg16b, which every x86-64 but the first few has (cmake/library.cmake asks for it). */
static bool swap(union entry *at, union entry from, union entry to)
{
    return __sync_bool_compare_and_swap(&at->both, from.both, to.both);
}

/* The entry of `tag`, as it is in *seen; where there is none the one of its set that is nearest to having paid. */
static union entry *find(union entry set[static WAYS], uint64_t tag, union entry *seen)
{
    union entry *least = NULL;

    for (unsigned i = 0; i < WAYS; i++) {
        union entry one = look(&set[i]);

        if (one.tag == tag) {
            *seen = one;
            return &set[i];
        }
        if (least == NULL || one.paid_ns < seen->paid_ns) {
            least = &set[i];
            *seen = one;
        }
    }
    return least;
}

static union entry *set_of(const struct rate_table *table, const struct rate_key *key, uint64_t *tag)
{
    uint64_t hash = dw__hash(&table->key, key, sizeof *key);

    *tag = hash | 1; /* never that of a free one */
    return table->shared->sets[hash >> 32 & (table->sets - 1)];
}

/* ---- the algorithm ---- */

static uint64_t window_of(const struct rate *rate)
{
    return rate->seconds * SECOND_NS;
}

/* What one costs, rounded up by less than a nanosecond: never more in a window than the limit says. */
static uint64_t cost_of(const struct rate *rate)
{
    return (window_of(rate) + rate->count - 1) / rate->count;
}

/* What `paid` at `now` means to a client. */
static struct rate_answer answer_of(uint64_t paid, bool allowed, const struct rate *rate, uint64_t now)
{
    uint64_t cost = cost_of(rate), whole = cost * rate->count;
    uint64_t ahead = paid - now < whole ? paid - now : whole;
    uint64_t left = (whole - ahead) / cost;

    return (struct rate_answer){.allowed = allowed,
                                .remaining = (uint32_t)left,
                                .wait_ns = left > 0 ? 0 : ahead + cost - whole,
                                .full_ns = ahead};
}

struct rate_answer dw__rate_take(struct rate_table *table, const struct rate_key *key,
                                 const struct rate *rate, uint64_t now_ns)
{
    uint64_t tag, cost = cost_of(rate), whole = cost * rate->count;
    union entry *set = set_of(table, key, &tag);
    uint64_t paid = now_ns + whole;

    for (unsigned i = 0; i < TRIES; i++) {
        union entry seen, *at = find(set, tag, &seen);

        paid = seen.tag == tag && seen.paid_ns > now_ns ? seen.paid_ns : now_ns;
        if (paid > now_ns + whole + CLOCKS_APART_NS) {
            /* Nobody of ours wrote that. From now on it passes like any other. */
            paid = now_ns + whole;
            (void)swap(at, seen, (union entry){.tag = tag, .paid_ns = paid});
            continue;
        }
        if (paid + cost > now_ns + whole) {
            if (look(at).both == seen.both)
                return answer_of(paid, false, rate, now_ns);
            continue; /* it was seen torn, or has changed */
        }
        if (swap(at, seen, (union entry){.tag = tag, .paid_ns = paid + cost}))
            return answer_of(paid + cost, true, rate, now_ns);
    }
    return answer_of(paid, false, rate, now_ns); /* it cannot be told: then no */
}

void dw__rate_give(struct rate_table *table, const struct rate_key *key, const struct rate *rate)
{
    uint64_t tag, cost = cost_of(rate);
    union entry *set = set_of(table, key, &tag);

    for (unsigned i = 0; i < TRIES; i++) {
        union entry seen, *at = find(set, tag, &seen);

        if (seen.tag != tag || seen.paid_ns < cost ||
            swap(at, seen, (union entry){.tag = tag, .paid_ns = seen.paid_ns - cost}))
            return;
    }
}
