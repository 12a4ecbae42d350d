/* guard/rate_box.c -- notes of who is held; see rate_table.h.
 *
 * The table knows keys by digests only; here they stand as they are, so that people can read who is held.  A note is several words and has
 * one writer at a time: who takes it says so in `until_ns`, for a second, in which a writer is done or dead.  A reader believes what its
 * digest says is whole, and asks the table whether it still holds. */
#include <string.h>

#include "guard/rate_entry.h"

#define WRITING_NS RATE_SECOND_NS
#define LOOKED_AT 8u /* notes that one may stand in */

static uint64_t check_of(const struct rate_table *table, uint64_t until_ns, const struct rate_key *key)
{
    return dw__rate_place(table, key).hash ^ dw__hash(&table->key, &until_ns, sizeof until_ns);
}

/* The note for `key`: its own, else a free one, else the one that ends first. */
static struct rate_note *note_for(struct rate_table *table, const struct rate_key *key, uint64_t *seen)
{
    size_t first = dw__rate_place(table, key).hash % DW__RATE_BOX;
    struct rate_note *least = NULL;

    for (size_t i = 0; i < LOOKED_AT; i++) {
        struct rate_note *note = &table->shared->box[(first + i) % DW__RATE_BOX];
        uint64_t until = __atomic_load_n(&note->until_ns, __ATOMIC_RELAXED);

        if (memcmp(&note->key, key, sizeof *key) == 0) {
            *seen = until;
            return note;
        }
        if (least == NULL || until < *seen) {
            least = note;
            *seen = until;
        }
    }
    return least;
}

void dw__rate_box_note(struct rate_table *table, const struct rate_key *key, uint64_t now_ns,
                       uint64_t until_ns)
{
    uint64_t seen = 0;
    struct rate_note *note = note_for(table, key, &seen);

    now_ns += table->ahead_ns;
    until_ns += table->ahead_ns;
    if (!__atomic_compare_exchange_n(&note->until_ns, &seen, now_ns + WRITING_NS, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED))
        return; /* somebody else writes there: one note less */
    note->key = *key;
    note->check = check_of(table, until_ns, key);
    __atomic_store_n(&note->until_ns, until_ns, __ATOMIC_RELEASE);
}

size_t dw__rate_box_list(struct rate_table *table, uint64_t now_ns, struct rate_held out[static DW__RATE_BOX])
{
    const uint64_t table_ns = now_ns + table->ahead_ns;
    size_t n = 0;

    for (size_t i = 0; i < DW__RATE_BOX; i++) {
        const struct rate_note *note = &table->shared->box[i];
        uint64_t until = __atomic_load_n(&note->until_ns, __ATOMIC_ACQUIRE);
        struct rate_key key;
        struct rate_place place;
        uint64_t check, left;

        memcpy(&key, (const void *)&note->key, sizeof key);
        place = dw__rate_place(table, &key);
        check = __atomic_load_n(&note->check, __ATOMIC_RELAXED);
        if (until <= table_ns || check != check_of(table, until, &key) ||
            (left = dw__rate_held(table, place, now_ns, until - table_ns)) == 0)
            continue;
        out[n++] = (struct rate_held){.key = key, .id = place.hash, .left_ns = left};
    }
    return n;
}
