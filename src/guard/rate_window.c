/* guard/rate_window.c -- the three strategies with windows; see rate_table.h.
 *
 * A window that begins with its first request, so that a client's end is its own; one that moves with the clock; and the estimate of that
 * one from two counts.  Like the first strategy each changes one entry at a time, so that whoever dies in between leaves a count that is
 * right, or too high by its own request. */
#include <string.h>

#include "guard/rate_entry.h"

#define GROUP 4u /* entries of a moving window that lie in one set */

/* The time of a state, and its count. */
static uint64_t end_of(uint64_t state)
{
    return state & ~RATE_COUNT_MASK;
}

static uint32_t count_of(uint64_t state)
{
    return (uint32_t)(state & RATE_COUNT_MASK);
}

/* A time as a state has it: never early. */
static uint64_t as_end(uint64_t ns)
{
    return (ns + RATE_COUNT_MASK) & ~RATE_COUNT_MASK;
}

/* Takes `cost` off the count of the entry of `tag`, if its window is still the one that ends at `end`. */
static void uncount(union rate_entry *set, uint64_t tag, uint64_t end, uint32_t cost)
{
    for (unsigned i = 0; i < RATE_TRIES; i++) {
        union rate_entry seen, *at = rate_find(set, tag, 0, &seen);

        if (!rate_is(seen, tag) || end_of(seen.state) != end || count_of(seen.state) < cost ||
            rate_swap(at, seen, (union rate_entry){.tag = seen.tag, .state = seen.state - cost}))
            return;
    }
}

/* ---- fixed window ---- */

static struct rate_answer fixed_answer(uint64_t state, bool allowed, const struct rate_rule *rule,
                                       uint64_t now)
{
    uint32_t count = count_of(state), most = rule->rate.count, left = count < most ? most - count : 0;
    uint64_t rest = end_of(state) - now;

    return (struct rate_answer){.allowed = allowed,
                                .remaining = left,
                                .wait_ns = left >= rate_cost(rule) ? 0 : rest,
                                .full_ns = count > 0 ? rest : 0,
                                .mark = end_of(state)};
}

struct rate_answer dw__rate_fixed_take(struct rate_table *table, struct rate_place place,
                                       const struct rate_rule *rule, uint64_t now_ns)
{
    const uint64_t fresh = as_end(now_ns + rate_window(&rule->rate));
    uint64_t tag, state = fresh;
    union rate_entry *set = rate_set_of(table, place, &tag);

    for (unsigned i = 0; i < RATE_TRIES; i++) {
        union rate_entry seen, *at = rate_find(set, tag, now_ns, &seen);

        /* One that ends later than any of ours is none of ours. */
        state = rate_is(seen, tag) && end_of(seen.state) > now_ns && seen.state <= fresh + RATE_APART_NS
                    ? seen.state
                    : fresh;
        if (count_of(state) + rate_cost(rule) > rule->rate.count) {
            if (rate_look(at).both != seen.both)
                continue; /* it was seen torn, or has changed */
            rate_refused(at, seen, tag);
            return fixed_answer(state, false, rule, now_ns);
        }
        if (rate_charge(set, at, seen, tag, now_ns, state + rate_cost(rule)))
            return fixed_answer(state + rate_cost(rule), true, rule, now_ns);
    }
    return fixed_answer(state, false, rule, now_ns); /* it cannot be told: then no */
}

void dw__rate_fixed_give(struct rate_table *table, struct rate_place place, const struct rate_rule *rule,
                         uint64_t mark)
{
    uint64_t tag;
    union rate_entry *set = rate_set_of(table, place, &tag);

    uncount(set, tag, mark, rate_cost(rule));
}

/* ---- moving window: entry i of a key says until when the i-th of what may be let through is used ---- */

/* Where entry i of a key is: four of them in each of the sets that follow each other, so that a key does not crowd itself out. */
static union rate_entry *moving_set(const struct rate_table *table, uint64_t hash, uint32_t i, uint64_t *tag)
{
    *tag = rate_tag(hash, i);
    return rate_set(table, hash, i / GROUP);
}

/* What is found of a moving window. */
struct moving {
    uint64_t until;                        /* of what is taken now */
    uint32_t used;                         /* by others */
    uint32_t taken;                        /* for this request */
    uint32_t wanted;                       /* … of its cost */
    uint64_t latest;                       /* that any of them ends */
    uint64_t soonest[DW__RATE_MOVING_MAX]; /* ends of those in use, the `wanted` soonest of them in order */
    uint32_t n_soonest;
    union rate_entry *lone, lone_seen; /* in use, and not yet marked as one of several; or NULL */
};

static void note_end(struct moving *m, uint64_t end)
{
    uint32_t at;

    if (end > m->latest)
        m->latest = end;
    if (m->n_soonest < m->wanted)
        m->n_soonest++;
    else if (m->soonest[m->n_soonest - 1] <= end)
        return;
    for (at = m->n_soonest - 1; at > 0 && m->soonest[at - 1] > end; at--)
        m->soonest[at] = m->soonest[at - 1];
    m->soonest[at] = end;
}

/* An entry in use. The first is noted while it looks like that of a key that came once. */
static void note_used(struct moving *m, union rate_entry *at, union rate_entry seen)
{
    if (m->lone == NULL && (seen.tag & RATE_AGAIN) == 0) {
        m->lone = at;
        m->lone_seen = seen;
    }
    note_end(m, seen.state);
    m->used++;
}

/* Takes the entry of `tag` if it is not in use and still wanted; else counts it as used, or leaves it. */
static void moving_one(struct moving *m, union rate_entry *set, uint64_t tag, uint64_t now)
{
    for (unsigned i = 0; i < RATE_TRIES; i++) {
        union rate_entry seen, *at = rate_find(set, tag, now, &seen);

        if (rate_is(seen, tag) && seen.state > m->until + RATE_APART_NS) {
            /* Nobody of ours wrote that. From now on it passes like any other. */
            (void)rate_swap(at, seen, (union rate_entry){.tag = seen.tag, .state = m->until});
            continue;
        }
        if (rate_is(seen, tag) && seen.state > now) {
            note_used(m, at, seen);
            return;
        }
        if (m->taken == m->wanted)
            return;
        if (rate_put(set, at, seen, tag, m->used + m->taken > 0, m->until)) {
            m->taken++;
            return;
        }
    }
    m->used++; /* it cannot be told: then it is */
    note_end(m, m->until);
}

/* How long until `cost` are free, when `left` are. */
static uint64_t moving_wait(const struct moving *m, uint32_t cost, uint32_t left, uint64_t now)
{
    if (left >= cost)
        return 0;
    return (cost - left <= m->n_soonest ? m->soonest[cost - left - 1] : m->until) - now;
}

struct rate_answer dw__rate_moving_take(struct rate_table *table, struct rate_place place,
                                        const struct rate_rule *rule, uint64_t now_ns)
{
    struct moving m;
    uint64_t hash = place.hash, tag;
    uint32_t count = rule->rate.count < DW__RATE_MOVING_MAX ? rule->rate.count : DW__RATE_MOVING_MAX;
    uint32_t cost = rate_cost(rule) < count ? rate_cost(rule) : count;
    bool allowed;

    m.until = now_ns + rate_window(&rule->rate);
    m.used = m.taken = m.n_soonest = 0;
    m.wanted = cost;
    m.latest = now_ns;
    m.lone = NULL;
    for (uint32_t i = 0; i < count; i++) {
        union rate_entry *set = moving_set(table, hash, i, &tag);

        moving_one(&m, set, tag, now_ns);
    }
    allowed = m.taken == cost;
    if (m.lone != NULL && (m.used + m.taken > 1 || !allowed))
        (void)rate_swap(m.lone, m.lone_seen,
                        (union rate_entry){.tag = m.lone_seen.tag | RATE_AGAIN, .state = m.lone_seen.state});
    if (!allowed && m.taken > 0)
        dw__rate_moving_give(table, place, &(struct rate_rule){rule->rate, rule->strategy, m.taken}, m.until);
    count -= m.used + (allowed ? cost : 0);
    return (struct rate_answer){.allowed = allowed,
                                .remaining = count,
                                .wait_ns = moving_wait(&m, cost, count, now_ns),
                                .full_ns = (allowed ? m.until : m.latest) - now_ns,
                                .mark = m.until};
}

void dw__rate_moving_give(struct rate_table *table, struct rate_place place, const struct rate_rule *rule,
                          uint64_t mark)
{
    uint64_t hash = place.hash, tag;
    uint32_t left = rate_cost(rule);

    /* Two that were taken at the same time are the same. */
    for (uint32_t i = 0; i < rule->rate.count && i < DW__RATE_MOVING_MAX && left > 0; i++) {
        union rate_entry seen, *set = moving_set(table, hash, i, &tag), *at = rate_find(set, tag, 0, &seen);

        if (rate_is(seen, tag) && seen.state == mark &&
            rate_swap(at, seen, (union rate_entry){.tag = 0, .state = 0}))
            left--;
    }
}

static void free_entry(union rate_entry *set, uint64_t tag)
{
    for (unsigned i = 0; i < RATE_TRIES; i++) {
        union rate_entry seen, *at = rate_find(set, tag, 0, &seen);

        if (!rate_is(seen, tag) || rate_swap(at, seen, (union rate_entry){.tag = 0, .state = 0}))
            return;
    }
}

void dw__rate_moving_let_go(struct rate_table *table, struct rate_place place, uint32_t count)
{
    for (uint32_t i = 0; i < count && i < DW__RATE_MOVING_MAX; i++) {
        uint64_t tag;
        union rate_entry *set = moving_set(table, place.hash, i, &tag);

        free_entry(set, tag);
    }
}

/* ---- sliding-window counter: windows are counted from the clock's beginning, and each has an entry ---- */

struct sliding {
    uint64_t window, number; /* the window's length, and which it is now */
    uint64_t rest;           /* of it */
    uint32_t before;         /* in the one before */
};

/* The entry's set and tag for one of a key's windows: elsewhere for each, and elsewhere than those of other strategies.  What is mixed is a keyed
 * hash already, which nobody outside knows. */
static union rate_entry *sliding_set(const struct rate_table *table, struct rate_place place, uint64_t number,
                                     uint64_t *tag)
{
    const uint64_t mixed = dw__hash_mix(place.hash + (number + 1) * UINT64_C(0x9e3779b97f4a7c15));

    return rate_set_of(table, (struct rate_place){mixed}, tag);
}

/* Until when an entry of that window matters: the end of the next. */
static uint64_t sliding_end(const struct sliding *s, uint64_t number)
{
    return as_end((number + 2) * s->window);
}

/* What stands in the entry of the window before. */
static uint32_t count_before(const struct rate_table *table, struct rate_place place, const struct sliding *s)
{
    uint64_t tag;
    union rate_entry seen, *set;

    if (s->number == 0)
        return 0;
    set = sliding_set(table, place, s->number - 1, &tag);
    (void)rate_find(set, tag, 0, &seen);
    return rate_is(seen, tag) && end_of(seen.state) == sliding_end(s, s->number - 1) ? count_of(seen.state)
                                                                                     : 0;
}

/* How much of the window before still counts when `rest` of this one is left, rounded up: never more than the limit by the estimate. */
static uint32_t weighed(uint32_t before, uint64_t rest, uint64_t window)
{
    __extension__ typedef unsigned __int128 wide;

    return (uint32_t)(((wide)before * rest + window - 1) / window);
}

/* The part of a window for which `before` counts as `room` or less. */
static uint64_t part_for(uint32_t room, uint32_t before, uint64_t window)
{
    __extension__ typedef unsigned __int128 wide;

    return room >= before ? window : (uint64_t)((wide)room * window / before);
}

/* How long until `cost` is let through, when `now` have been in this window. */
static uint64_t sliding_wait(const struct sliding *s, uint32_t now, const struct rate_rule *rule)
{
    uint32_t most = rule->rate.count, cost = rate_cost(rule);
    uint64_t part;

    if (now + cost <= most) {
        part = part_for(most - now - cost, s->before, s->window);
        return part >= s->rest ? 0 : s->rest - part;
    }
    return s->rest + s->window - part_for(most - cost, now, s->window);
}

static struct rate_answer sliding_answer(const struct sliding *s, uint32_t now, bool allowed,
                                         const struct rate_rule *rule)
{
    uint32_t all = weighed(s->before, s->rest, s->window) + now, most = rule->rate.count;

    return (struct rate_answer){.allowed = allowed,
                                .remaining = all < most ? most - all : 0,
                                .wait_ns = sliding_wait(s, now, rule),
                                .full_ns = now > 0         ? s->rest + s->window
                                           : s->before > 0 ? s->rest
                                                           : 0,
                                .mark = sliding_end(s, s->number)};
}

struct rate_answer dw__rate_sliding_take(struct rate_table *table, struct rate_place place,
                                         const struct rate_rule *rule, uint64_t now_ns)
{
    struct sliding s = {.window = rate_window(&rule->rate)};
    uint64_t tag, end;
    uint32_t now = 0, cost = rate_cost(rule);
    union rate_entry *set;

    s.number = now_ns / s.window;
    s.rest = s.window - now_ns % s.window;
    s.before = count_before(table, place, &s);
    end = sliding_end(&s, s.number);
    set = sliding_set(table, place, s.number, &tag);
    for (unsigned i = 0; i < RATE_TRIES; i++) {
        union rate_entry seen, *at = rate_find(set, tag, now_ns, &seen);

        now = rate_is(seen, tag) && end_of(seen.state) == end ? count_of(seen.state) : 0;
        if (weighed(s.before, s.rest, s.window) + now + cost > rule->rate.count) {
            if (rate_look(at).both != seen.both)
                continue; /* it was seen torn, or has changed */
            rate_refused(at, seen, tag);
            return sliding_answer(&s, now, false, rule);
        }
        if (rate_charge(set, at, seen, tag, now_ns, end + now + cost))
            return sliding_answer(&s, now + cost, true, rule);
    }
    return sliding_answer(&s, now, false, rule); /* it cannot be told: then no */
}

void dw__rate_sliding_give(struct rate_table *table, struct rate_place place, const struct rate_rule *rule,
                           uint64_t mark)
{
    uint64_t tag, window = rate_window(&rule->rate);
    union rate_entry *set = sliding_set(table, place, mark / window - 2, &tag);

    uncount(set, tag, mark, rate_cost(rule));
}
