/* guard/rate_table.h -- who has asked how often: one table in memory that all workers share.
 *
 * An entry is sixteen bytes and is changed by one compare-and-swap, so that a worker that dies leaves none half written, and nothing is lost
 * between workers.  Four strategies (enum dw_rate_strategy) live side by side:
 *
 * - the generic cell rate algorithm (ITU-T I.371): of each key one number is kept, when it will have paid for all that it was let do. That
 *   lets a limit's whole count at once, and then one at a time as time pays for them; there is no window at whose edge twice as much goes
 *   through;
 * - fixed window: an entry has the window's end and how much was let through in it; the first request begins the window;
 * - moving window: each request that is let through has an entry of its own until it is a window old, so that there are never more than the
 *   limit's count, in whatever window one looks;
 * - sliding-window counter: an entry for this window and one for the window before, of which as much counts as the sliding window still
 *   covers.
 *
 * The memory is a cache and believed in nothing: whatever stands in it, a key is refused for its limit's time at most.  Its size is
 * fixed.  A set that is full forgets what does not matter any more, then keys that were asked for once, as those are that somebody
 * invents, and only then one that came again, be it refused; so that a flood of invented keys displaces its like, and frees nobody who is at a limit, unless each of them is
 * used twice as well. */
#ifndef DW_GUARD_RATE_TABLE_H
#define DW_GUARD_RATE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/rate.h"
#include <dw/route.h>

struct rate_table;

/* Keys that the workers of a server share where nothing else is set, in 4 MiB; and those that a process by itself counts. */
#define DW__RATE_KEYS ((size_t)1 << 18)
#define DW__RATE_KEYS_ALONE ((size_t)1 << 10)
#define DW__RATE_KEYS_MAX ((size_t)1 << 26)

/* Bytes of memory for `keys` keys (1 to DW__RATE_KEYS_MAX, rounded up to a power of two); and the keys for which a table has `size` bytes, 0
 * when no table has. */
size_t dw__rate_table_size(size_t keys);
size_t dw__rate_table_keys(size_t size);
/* Makes zeroed `memory` of that size, aligned to 128 bytes, a table: with a fresh number that keys are hashed with. */
void dw__rate_table_begin(void *memory);

/* ---- a table that goes on where another has ended (app/limits_file.h). It has a time of its own, so that nothing in it is to be changed ---- */

#define DW__RATE_TABLE_KEY ((size_t)16)
/* Makes `memory`, in which nothing or the content of another table of that size stands, a table whose keys are hashed with `key`, and whose time is `time_ns` at
 * `now_ns`.  Before there is a handle on it. */
void dw__rate_table_go_on(void *memory, const uint8_t key[static DW__RATE_TABLE_KEY], uint64_t now_ns,
                          uint64_t time_ns);
/* Its time at `now_ns`; and its content, `size` being that of all the memory: no key is in it. */
uint64_t dw__rate_table_time(const void *memory, uint64_t now_ns);
dw_bytes dw__rate_table_content(const void *memory, size_t size);

/* A handle on such a table, for one process. NULL without memory for it. dw__rate_table_free leaves the table as it is. */
struct rate_table *dw__rate_table_on(void *memory, size_t keys);
void dw__rate_table_free(struct rate_table *table);

/* Whose count it is: the limit's own number and up to 16 bytes of who asks. */
struct rate_key {
    uint64_t limit;
    uint8_t who[16];
    uint8_t kind; /* what `who` is: keys of different kinds are different */
    uint8_t zero[7];
};

/* Where a key is counted: its keyed hash, made once for all that is asked about it. Means nothing outside its table. */
struct rate_place {
    uint64_t hash;
};
struct rate_place dw__rate_place(const struct rate_table *table, const struct rate_key *key);
/* Asks for the memory at `place` ahead of a take, without waiting for it: of a table that is larger than the processor's caches, waiting is most of what
 * a take costs. */
void dw__rate_soon(const struct rate_table *table, struct rate_place place);

/* What is counted, and how. */
struct rate_rule {
    struct rate rate;
    dw_rate_strategy strategy; /* DW_RATE_STRATEGY_INHERIT: the generic cell rate algorithm */
    uint32_t cost;             /* of this request; 0: one. More than the count is never let through */
};

/* A keyed digest of `text` into who[8], for keys that are texts: nobody outside can find two that have the same. */
void dw__rate_digest(const struct rate_table *table, dw_text text, uint8_t who[static 8]);

struct rate_answer {
    bool allowed;
    uint32_t remaining; /* that would be let through now */
    uint64_t wait_ns;   /* until as much as this request costs is; 0 when it would be now */
    uint64_t full_ns;   /* until all are */
    uint64_t mark;      /* what dw__rate_give wants to know */
};

/* Charges a request to the key at `place`, or nothing when it is not allowed. `now_ns`: monotonic, the same clock in all processes. */
struct rate_answer dw__rate_take(struct rate_table *table, struct rate_place place,
                                 const struct rate_rule *rule, uint64_t now_ns);
/* Gives back at now_ns what was charged by the same rule, and was answered with `mark`: a request that is to be counted only when it ends in a certain
 * way is charged before it is known, so that those beside it find it charged, and given back behind.  What its window or time has given back already is not given
 * twice. */
void dw__rate_give(struct rate_table *table, struct rate_place place, const struct rate_rule *rule,
                   uint64_t mark, uint64_t now_ns);

/* Lets go of all that a moving window of `count` has charged to the key at `place`. */
void dw__rate_moving_let_go(struct rate_table *table, struct rate_place place, uint32_t count);

/* Holds the key at `place` from `now_ns` until `until_ns`, or as long as it is held already; and lets it go, with all that was counted of it. */
void dw__rate_hold(struct rate_table *table, struct rate_place place, uint64_t now_ns, uint64_t until_ns);
void dw__rate_let_go(struct rate_table *table, struct rate_place place);
/* How long it is held from now on, `longest_ns` at most; 0: it is not. */
uint64_t dw__rate_held(struct rate_table *table, struct rate_place place, uint64_t now_ns,
                       uint64_t longest_ns);

/* ---- rate_box.c: who is held, to be looked at. Being held does not depend on it: it has room for the last 256 ---- */

#define DW__RATE_BOX 256u

struct rate_held {
    struct rate_key key;
    uint64_t id; /* that names it to people; means nothing outside this table */
    uint64_t left_ns;
};

/* Notes that `key` is held from `now_ns` until `until_ns`. */
void dw__rate_box_note(struct rate_table *table, const struct rate_key *key, uint64_t now_ns,
                       uint64_t until_ns);
/* Who is held now; how many. */
size_t dw__rate_box_list(struct rate_table *table, uint64_t now_ns,
                         struct rate_held out[static DW__RATE_BOX]);

#endif
