/* guard/rate_entry.h -- an entry of the table of limits and how it changes: for rate_table.c and rate_window.c only.
 *
 * What an entry says is its `state`, a time in nanoseconds until which it matters, whatever the strategy; so that strategies live in one
 * table.  Strategies that count have the count in the low bits, and a
 * time that is rounded up to them, by a millisecond at most. */
#ifndef DW_GUARD_RATE_ENTRY_H
#define DW_GUARD_RATE_ENTRY_H

#include <limits.h>

#include "base/hash.h"
#include "guard/rate_table.h"

#define RATE_WAYS 8u   /* two cache lines, */
#define RATE_SET 128u  /* which are a pair: processors fetch the other with the one */
#define RATE_TRIES 64u /* of others that change the same entry between a look and a swap */
#define RATE_SECOND_NS UINT64_C(1000000000)
#define RATE_APART_NS RATE_SECOND_NS /* workers read the clock once a turn */

/* A count in the low bits of a state. */
#define RATE_COUNT_BITS 20
#define RATE_COUNT_MASK ((UINT64_C(1) << RATE_COUNT_BITS) - 1)

/* An entry's two words, changed together. */
union rate_entry {
    struct {
        uint64_t tag; /* of the key, never 0; 0: free */
        uint64_t state;
    };
    __extension__ unsigned __int128 both;
};

/* A note of who is held (rate_box.c). */
struct rate_note {
    uint64_t until_ns; /* 0, or past: free */
    uint64_t check;    /* a digest of all the rest: else it is half written */
    struct rate_key key;
    uint64_t zero[2];
};
_Static_assert(sizeof(struct rate_note) == 64, "a cache line each");

/* What is shared. */
struct rate_shared {
    struct hash_key key;
    uint64_t ahead_ns; /* of the table's time before the clock's */
    _Alignas(64) struct rate_note box[DW__RATE_BOX];
    _Alignas(RATE_SET) union rate_entry sets[][RATE_WAYS];
};

struct rate_table {
    struct hash_key key;
    uint64_t ahead_ns;
    size_t sets; /* a power of two */
    struct rate_shared *shared;
};

/* As it is, or torn between two changes: the swap will tell. */
static inline union rate_entry rate_look(const union rate_entry *at)
{
    return (union rate_entry){.tag = __atomic_load_n(&at->tag, __ATOMIC_RELAXED),
                              .state = __atomic_load_n(&at->state, __ATOMIC_RELAXED)};
}

/* cmpxchg16b, which every x86-64 but the first few has (cmake/library.cmake asks for it). */
static inline bool rate_swap(union rate_entry *at, union rate_entry from, union rate_entry to)
{
    return __sync_bool_compare_and_swap(&at->both, from.both, to.both);
}

/* A tag: the upper bits of a key's hash, the number of the entry among those that the key has, whether it was charged again while it
 * mattered, and a one. */
#define RATE_KEY_BITS (~(uint64_t)0x1ff)
#define RATE_NUMBER_SHIFT 2
#define RATE_AGAIN UINT64_C(2)

/* Whether `one` is the entry of `tag`, which is without RATE_AGAIN. */
static inline bool rate_is(union rate_entry one, uint64_t tag)
{
    return (one.tag & ~RATE_AGAIN) == tag;
}

/* What leaves a full set first, the least: what does not matter any more; what was charged once, as keys are that somebody invents; the
 * rest; and what is of the same key. */
static inline unsigned rate_rank(union rate_entry one, uint64_t tag, uint64_t now_ns)
{
    if (one.state <= now_ns)
        return 0;
    return ((one.tag ^ tag) & RATE_KEY_BITS) == 0 ? 3 : (one.tag & RATE_AGAIN) != 0 ? 2 : 1;
}

/* The entry of `tag`, or NULL. All are looked at, both cache lines at once: which one it is nobody could foresee, and a branch that is foreseen wrongly
 * costs more than to look. */
static inline union rate_entry *rate_of_tag(union rate_entry *set, uint64_t tag)
{
    unsigned found = 0;

    for (unsigned i = 0; i < RATE_WAYS; i++)
        found |= (unsigned)((__atomic_load_n(&set[i].tag, __ATOMIC_RELAXED) & ~RATE_AGAIN) == tag) << i;
    return found != 0 ? &set[__builtin_ctz(found)] : NULL;
}

/* The same, or the entry of the set that is to leave for it; as it is in *seen. */
static inline union rate_entry *rate_least(union rate_entry *set, uint64_t tag, uint64_t now_ns,
                                           union rate_entry *seen)
{
    union rate_entry *least = set;
    unsigned least_rank = UINT_MAX;

    *seen = (union rate_entry){.tag = 0, .state = 0};
    for (unsigned i = 0; i < RATE_WAYS; i++) {
        union rate_entry one = rate_look(&set[i]);
        unsigned rank;

        if (rate_is(one, tag)) {
            *seen = one;
            return &set[i];
        }
        rank = rate_rank(one, tag, now_ns);
        if (rank < least_rank || (rank == least_rank && one.state < seen->state)) {
            least = &set[i];
            least_rank = rank;
            *seen = one;
        }
    }
    return least;
}

/* The entry of `tag`, as it is in *seen; where there is none the one of its set that is to leave for it. */
static inline union rate_entry *rate_find(union rate_entry *set, uint64_t tag, uint64_t now_ns,
                                          union rate_entry *seen)
{
    union rate_entry *at = rate_of_tag(set, tag);

    if (at != NULL) {
        *seen = rate_look(at);
        if (rate_is(*seen, tag))
            return at;
    }
    return rate_least(set, tag, now_ns, seen);
}

/* Whether `at`, which was just made `mine`, is the only one of its tag. Two workers may have made one each; whoever sees the other's
 * withdraws, and one of them sees it, since both look when both are there. */
static inline bool rate_is_only(union rate_entry *set, union rate_entry *at, union rate_entry mine)
{
    for (unsigned i = 0; i < RATE_WAYS; i++)
        if (&set[i] != at && rate_is(rate_look(&set[i]), mine.tag & ~RATE_AGAIN))
            return !rate_swap(at, mine, (union rate_entry){.tag = 0, .state = 0});
    return true;
}

/* Makes the entry that rate_find has found that of `tag`, with `again` or without, in `state`. False: somebody else was faster; look again. */
static inline bool rate_put(union rate_entry *set, union rate_entry *at, union rate_entry seen, uint64_t tag,
                            bool again, uint64_t state)
{
    const union rate_entry mine = {.tag = tag | (again ? RATE_AGAIN : 0), .state = state};

    return rate_swap(at, seen, mine) && (rate_is(seen, tag) || rate_is_only(set, at, mine));
}

/* The same, `again` if it matters still. */
static inline bool rate_charge(union rate_entry *set, union rate_entry *at, union rate_entry seen,
                               uint64_t tag, uint64_t now_ns, uint64_t state)
{
    return rate_put(set, at, seen, tag, rate_is(seen, tag) && seen.state > now_ns, state);
}

/* Its key was refused: it has come again, and matters. */
static inline void rate_refused(union rate_entry *at, union rate_entry seen, uint64_t tag)
{
    if (rate_is(seen, tag) && (seen.tag & RATE_AGAIN) == 0)
        (void)rate_swap(at, seen, (union rate_entry){.tag = seen.tag | RATE_AGAIN, .state = seen.state});
}

/* The set of the hash, or the n-th behind it; and the tag of entry i there. */
static inline union rate_entry *rate_set(const struct rate_table *table, uint64_t hash, uint64_t n)
{
    return table->shared->sets[((hash >> 32) + n) & (table->sets - 1)];
}

static inline uint64_t rate_tag(uint64_t hash, uint32_t i)
{
    return (hash & RATE_KEY_BITS) | (uint64_t)i << RATE_NUMBER_SHIFT | 1;
}

/* The set of a place, and the tag that its key has there. */
static inline union rate_entry *rate_set_of(const struct rate_table *table, struct rate_place place,
                                            uint64_t *tag)
{
    *tag = rate_tag(place.hash, 0);
    return rate_set(table, place.hash, 0);
}

static inline uint64_t rate_window(const struct rate *rate)
{
    return rate->seconds * RATE_SECOND_NS;
}

/* What a rule says that a request costs: one where nothing is said. */
static inline uint32_t rate_cost(const struct rate_rule *rule)
{
    return rule->cost > 0 ? rule->cost : 1;
}

/* ---- rate_window.c: as dw__rate_take and dw__rate_give, for one strategy each ---- */

struct rate_answer dw__rate_fixed_take(struct rate_table *table, struct rate_place place,
                                       const struct rate_rule *rule, uint64_t now_ns);
struct rate_answer dw__rate_moving_take(struct rate_table *table, struct rate_place place,
                                        const struct rate_rule *rule, uint64_t now_ns);
struct rate_answer dw__rate_sliding_take(struct rate_table *table, struct rate_place place,
                                         const struct rate_rule *rule, uint64_t now_ns);
void dw__rate_fixed_give(struct rate_table *table, struct rate_place place, const struct rate_rule *rule,
                         uint64_t mark);
void dw__rate_moving_give(struct rate_table *table, struct rate_place place, const struct rate_rule *rule,
                          uint64_t mark);
void dw__rate_sliding_give(struct rate_table *table, struct rate_place place, const struct rate_rule *rule,
                           uint64_t mark);

#endif
