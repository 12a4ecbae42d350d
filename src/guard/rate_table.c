/* guard/rate_table.c -- see rate_table.h: the memory, the generic cell rate algorithm, and what is held. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "guard/rate_entry.h"

static size_t sets_for(size_t keys)
{
    size_t sets = 1;

    DW__CHECK(keys >= 1 && keys <= DW__RATE_KEYS_MAX);
    while (sets * RATE_WAYS < keys)
        sets *= 2;
    return sets;
}

size_t dw__rate_table_size(size_t keys)
{
    return sizeof(struct rate_shared) + sets_for(keys) * RATE_WAYS * sizeof(union rate_entry);
}

size_t dw__rate_table_keys(size_t size)
{
    for (size_t keys = RATE_WAYS; keys <= DW__RATE_KEYS_MAX; keys *= 2)
        if (dw__rate_table_size(keys) == size)
            return keys;
    return 0;
}

void dw__rate_table_begin(void *memory)
{
    dw__hash_key_init(&((struct rate_shared *)memory)->key);
}

void dw__rate_table_go_on(void *memory, const uint8_t key[static DW__RATE_TABLE_KEY], uint64_t now_ns,
                          uint64_t time_ns)
{
    struct rate_shared *shared = memory;

    memcpy(&shared->key, key, sizeof shared->key);
    shared->ahead_ns = time_ns - now_ns; /* modulo 2^64: it may be behind as well */
}

uint64_t dw__rate_table_time(const void *memory, uint64_t now_ns)
{
    return now_ns + ((const struct rate_shared *)memory)->ahead_ns;
}

dw_bytes dw__rate_table_content(const void *memory, size_t size)
{
    const size_t from = offsetof(struct rate_shared, box);

    return (dw_bytes){(const uint8_t *)memory + from, size - from};
}

struct rate_table *dw__rate_table_on(void *memory, size_t keys)
{
    const struct rate_shared *shared = memory;
    struct rate_table *table = malloc(sizeof *table);

    DW__CHECK((uintptr_t)memory % RATE_SET == 0);
    if (table != NULL)
        *table = (struct rate_table){shared->key, shared->ahead_ns, sets_for(keys), memory};
    return table;
}

void dw__rate_table_free(struct rate_table *table)
{
    free(table);
}

void dw__rate_digest(const struct rate_table *table, dw_text text, uint8_t who[static 8])
{
    uint64_t hash = dw__hash(&table->key, text.p, text.n); /* the length is part of it */

    memcpy(who, &hash, sizeof hash);
}

struct rate_place dw__rate_place(const struct rate_table *table, const struct rate_key *key)
{
    _Static_assert(sizeof *key == 32, "all but the last byte, which is always zero");
    return (struct rate_place){dw__hash_31(&table->key, key)};
}

void dw__rate_soon(const struct rate_table *table, struct rate_place place)
{
    const char *set = (const char *)rate_set(table, place.hash, 0);

    __builtin_prefetch(set, 1);
    __builtin_prefetch(set + RATE_SET / 2, 1);
}

/* ---- the generic cell rate algorithm: a state is when the key will have paid ---- */

/* What one costs, rounded up by less than a nanosecond: never more in a window than the limit says. */
static uint64_t price_of(const struct rate *rate)
{
    return (rate_window(rate) + rate->count - 1) / rate->count;
}

/* What `paid` at `now` means to a client; `price` is that of one. */
static struct rate_answer answer_of(uint64_t paid, bool allowed, const struct rate_rule *rule, uint64_t price,
                                    uint64_t now)
{
    uint64_t whole = price * rule->rate.count;
    uint64_t ahead = paid - now < whole ? paid - now : whole;
    uint64_t with_next = ahead + price * rate_cost(rule);

    return (struct rate_answer){.allowed = allowed,
                                .remaining = (uint32_t)((whole - ahead) / price),
                                .wait_ns = with_next > whole ? with_next - whole : 0,
                                .full_ns = ahead,
                                .mark = paid};
}

static struct rate_answer gcra_take(struct rate_table *table, struct rate_place place,
                                    const struct rate_rule *rule, uint64_t now_ns)
{
    uint64_t tag, price = price_of(&rule->rate), whole = price * rule->rate.count;
    uint64_t cost = price * rate_cost(rule);
    union rate_entry *set = rate_set_of(table, place, &tag);
    uint64_t paid = now_ns + whole;

    for (unsigned i = 0; i < RATE_TRIES; i++) {
        union rate_entry seen, *at = rate_find(set, tag, now_ns, &seen);

        paid = rate_is(seen, tag) && seen.state > now_ns ? seen.state : now_ns;
        if (paid > now_ns + whole + RATE_APART_NS) {
            /* Nobody of ours wrote that. From now on it passes like any other. */
            paid = now_ns + whole;
            (void)rate_swap(at, seen, (union rate_entry){.tag = seen.tag, .state = paid});
            continue;
        }
        if (paid + cost > now_ns + whole) {
            if (rate_look(at).both != seen.both)
                continue; /* it was seen torn, or has changed */
            rate_refused(at, seen, tag);
            return answer_of(paid, false, rule, price, now_ns);
        }
        if (rate_charge(set, at, seen, tag, now_ns, paid + cost))
            return answer_of(paid + cost, true, rule, price, now_ns);
    }
    return answer_of(paid, false, rule, price, now_ns); /* it cannot be told: then no */
}

/* `mark` is when time will have paid for it: then there is nothing to give back, and shortly before only what is left of it. */
static void gcra_give(struct rate_table *table, struct rate_place place, const struct rate_rule *rule,
                      uint64_t mark, uint64_t now_ns)
{
    uint64_t tag, cost = price_of(&rule->rate) * rate_cost(rule);
    union rate_entry *set = rate_set_of(table, place, &tag);

    if (mark <= now_ns)
        return;
    if (mark - now_ns < cost)
        cost = mark - now_ns;

    for (unsigned i = 0; i < RATE_TRIES; i++) {
        union rate_entry seen, *at = rate_find(set, tag, 0, &seen);

        if (!rate_is(seen, tag) || seen.state < cost ||
            rate_swap(at, seen, (union rate_entry){.tag = seen.tag, .state = seen.state - cost}))
            return;
    }
}

/* ---- all ---- */

/* More than there ever is: no, and waiting does not help. */
static struct rate_answer never(const struct rate_rule *rule)
{
    return (struct rate_answer){.wait_ns = rate_window(&rule->rate), .full_ns = rate_window(&rule->rate)};
}

struct rate_answer dw__rate_take(struct rate_table *table, struct rate_place place,
                                 const struct rate_rule *rule, uint64_t now_ns)
{
    if (rate_cost(rule) > rule->rate.count)
        return never(rule);
    now_ns += table->ahead_ns;
    switch (rule->strategy) {
    case DW_RATE_FIXED_WINDOW: return dw__rate_fixed_take(table, place, rule, now_ns);
    case DW_RATE_MOVING_WINDOW: return dw__rate_moving_take(table, place, rule, now_ns);
    case DW_RATE_SLIDING_COUNTER: return dw__rate_sliding_take(table, place, rule, now_ns);
    case DW_RATE_STRATEGY_INHERIT:
    case DW_RATE_GCRA: break;
    }
    return gcra_take(table, place, rule, now_ns);
}

void dw__rate_give(struct rate_table *table, struct rate_place place, const struct rate_rule *rule,
                   uint64_t mark, uint64_t now_ns)
{
    if (rate_cost(rule) > rule->rate.count)
        return;
    switch (rule->strategy) {
    case DW_RATE_FIXED_WINDOW: dw__rate_fixed_give(table, place, rule, mark); return;
    case DW_RATE_MOVING_WINDOW: dw__rate_moving_give(table, place, rule, mark); return;
    case DW_RATE_SLIDING_COUNTER: dw__rate_sliding_give(table, place, rule, mark); return;
    case DW_RATE_STRATEGY_INHERIT:
    case DW_RATE_GCRA: break;
    }
    gcra_give(table, place, rule, mark, now_ns + table->ahead_ns);
}

/* ---- what is held: a state is until when ---- */

void dw__rate_hold(struct rate_table *table, struct rate_place place, uint64_t now_ns, uint64_t until_ns)
{
    uint64_t tag;
    union rate_entry *set = rate_set_of(table, place, &tag);

    now_ns += table->ahead_ns;
    until_ns += table->ahead_ns;
    for (unsigned i = 0; i < RATE_TRIES; i++) {
        union rate_entry seen, *at = rate_find(set, tag, now_ns, &seen);

        if ((rate_is(seen, tag) && seen.state >= until_ns) || rate_put(set, at, seen, tag, true, until_ns))
            return;
    }
}

void dw__rate_let_go(struct rate_table *table, struct rate_place place)
{
    uint64_t tag;
    union rate_entry *set = rate_set_of(table, place, &tag);

    for (unsigned i = 0; i < RATE_TRIES; i++) {
        union rate_entry seen, *at = rate_find(set, tag, 0, &seen);

        if (!rate_is(seen, tag) || rate_swap(at, seen, (union rate_entry){.tag = 0, .state = 0}))
            return;
    }
}

uint64_t dw__rate_held(struct rate_table *table, struct rate_place place, uint64_t now_ns,
                       uint64_t longest_ns)
{
    uint64_t tag;
    union rate_entry seen, *set = rate_set_of(table, place, &tag), *at;

    now_ns += table->ahead_ns;
    at = rate_find(set, tag, now_ns, &seen);
    if (!rate_is(seen, tag) || seen.state <= now_ns)
        return 0;
    if (seen.state - now_ns <= longest_ns)
        return seen.state - now_ns;
    if (seen.state - now_ns > longest_ns + RATE_APART_NS) /* nobody of ours wrote that */
        (void)rate_swap(at, seen, (union rate_entry){.tag = seen.tag, .state = now_ns + longest_ns});
    return longest_ns;
}
