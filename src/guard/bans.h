/* guard/bans.h -- addresses that are answered 429 for a while, in memory that all workers share.
 *
 * A page of it: a cache that is believed in nothing, as guard/rate_table.h.  While nobody is in it, a request costs the look at one word. When it is full,
 * who would be let go first is. */
#ifndef DW_GUARD_BANS_H
#define DW_GUARD_BANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/ip.h"
#include <dw/types.h>

struct buf;

#define DW__BANS 255u
#define DW__BAN_NS UINT64_C(60000000000)

/* Zero: nobody. Times are of the monotonic clock, the same in all processes. */
struct bans {
    uint64_t until_ns; /* of whoever is in it longest */
    struct {
        uint64_t who, until_ns;
    } of[DW__BANS];
};

/* Whether anybody may be in it. */
static inline bool dw__bans_any(const struct bans *bans, uint64_t now_ns)
{
    return bans != NULL && __atomic_load_n(&bans->until_ns, __ATOMIC_RELAXED) > now_ns;
}

/* How long `who` still is; 0: not at all. */
uint64_t dw__ban_left(const struct bans *bans, struct ip_counted who, uint64_t now_ns);
/* From now on, for DW__BAN_NS. Who has no address is never: it would be everybody. */
void dw__ban(struct bans *bans, struct ip_counted who, uint64_t now_ns);

/* Who is in it, and until when. */
struct ban {
    struct ip_counted who;
    uint64_t id; /* that names it to people: `who` as a number */
    uint64_t left_ns;
};

/* Who is in it now; how many. */
size_t dw__bans_list(const struct bans *bans, uint64_t now_ns, struct ban out[static DW__BANS]);
/* Lets who has that id go. */
void dw__ban_lift(struct bans *bans, uint64_t id);

/* ---- bans_lift.c: the same for people, beside who is shut out for breaches (guard/charge.h) ---- */

/* Appends a line for each: an id, the seconds left, and who. */
void dw__bans_print(const dw_ctx *ctx, struct buf *out);
/* Lets who has that id go; all with "all". How many; each is an event. */
size_t dw__bans_let_go(const dw_ctx *ctx, dw_text id);

#endif
