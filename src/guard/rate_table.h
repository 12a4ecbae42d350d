/* guard/rate_table.h -- who has asked how often: one table in memory that all workers share.
 *
 * The generic cell rate algorithm (ITU-T I.371): of each key one number is kept, when it will have paid for all that it was let do. That
 * lets a limit's whole count at once, and then one at a time as time pays for them; there is no window at whose edge twice as much
 * goes through.  An entry is sixteen bytes and is changed by one compare-and-swap, so that a worker that dies leaves none half written,
 * and nothing is lost between workers.
 *
 * The memory is a cache and believed in nothing: whatever stands in it, a key is refused for its limit's time at most.  Its size is
 * fixed.  A set that is full forgets what is nearest to having paid, so that keys that were invented a moment ago and used once go
 * before one that is at its limit. */
#ifndef DW_GUARD_RATE_TABLE_H
#define DW_GUARD_RATE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/rate.h"

struct rate_table;

/* Keys that the workers of a server share, in 4 MiB; and those that a process by itself counts. */
#define DW__RATE_KEYS ((size_t)1 << 18)
#define DW__RATE_KEYS_ALONE ((size_t)1 << 10)

/* Bytes of memory for `keys` keys (1 to 2^26, rounded up to a power of two). */
size_t dw__rate_table_size(size_t keys);
/* Makes zeroed `memory` of that size, aligned to 64 bytes, a table: with a fresh number that keys are hashed with. */
void dw__rate_table_begin(void *memory);
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

struct rate_answer {
    bool allowed;
    uint32_t remaining; /* that would be let through now */
    uint64_t wait_ns;   /* until one more is; 0 when there is one */
    uint64_t full_ns;   /* until all are */
};

/* Charges one to `key`, or nothing when it is not allowed. `now_ns`: monotonic, the same clock in all processes. */
struct rate_answer dw__rate_take(struct rate_table *table, const struct rate_key *key,
                                 const struct rate *rate, uint64_t now_ns);
/* Gives back what was charged just now. */
void dw__rate_give(struct rate_table *table, const struct rate_key *key, const struct rate *rate);

#endif
