/* guard/charge.h -- what a request is charged to, and what came of it: for the guards of limits (global.c, limit.c). */
#ifndef DW_GUARD_CHARGE_H
#define DW_GUARD_CHARGE_H

#include "guard/guard.h"
#include "guard/rate_table.h"

/* What rate_key.kind is. */
enum charge_kind {
    CHARGE_CALLER = 1,
    CHARGE_ADDRESS,
    CHARGE_CROSS_SITE,
    CHARGE_API_KEY,
    CHARGE_SESSION,
    CHARGE_OWN,
    CHARGE_NAMED,
    CHARGE_BROKEN /* what cannot be read, by way of a proxy: an address, the proxy's */
};

/* Told from the counts of the limit itself: those of its breaches, and who is held for them. */
#define CHARGE_OF_BREACHES UINT64_C(0x62726561636865)
#define CHARGE_OF_HELD UINT64_C(0x68656c64)
/* … each of these of what a browser sends for other sites. */
#define CHARGE_OF_OTHERS UINT64_C(0x6f746865727300)

/* What a request was charged by one limit: by each of its rates at a place of its own. */
struct charge {
    const struct plan_limit *limit;
    struct rate_key key;
    uint32_t cost;
    struct rate_place places[DW__RATES];
    uint64_t marks[DW__RATES];
};

/* By all its limits, and what is said of it in the reply: the one that has least left, or that refused. */
struct limited {
    struct charge by[2]; /* of all requests, and of the route */
    size_t n;
    bool settled;
    const struct plan_limit *limit;
    const char *name; /* of `limit`'s, which it is */
    const struct rate *rate;
    struct rate_answer answer;
};

/* Charges req by `limit` (n > 0); `named` is what a limit with a field counts by, folded already, and else not looked at. DW_TOO_MANY, with an event, when one of its rates or a penalty refuses: then nothing is charged by this
 * limit. DW_UNAVAILABLE when that cannot be found out. */
DW_MUST dw_err dw__charge(dw_req *req, const struct plan_limit *limit, dw_text named);
/* global.c: whether the limit of all requests holds for this one. */
bool dw__charged_globally(const struct guard_env *env, const dw_req *req);
/* Asks for the memory that dw__charge will look at for a request of `peer`'s by `limit`, the one of all requests; *note is 0 at first, and then says where that is
 * (http_app.soon). */
void dw__charge_soon(const struct rate_table *table, const struct plan_limit *limit,
                     const struct ip_counted *peer, uint64_t *note);
/* Gives back what only certain outcomes are charged, when req's reply is none of them. Once: a reply that could not be sent is followed by another. Not when its client
 * has left: what it would have been told is nobody's outcome. */
void dw__charge_settle(dw_req *req);

/* ---- charge_held.c: who is shut out for breaches, for people ---- */

/* Appends a line for each: an id, the seconds left, who, and of which limit. */
void dw__charge_held_print(struct rate_table *table, const struct route_table *routes, uint64_t now_ns,
                           struct buf *out);
/* Lets who has that id go, and forgets their breaches; all with "all". How many; each is an event. */
size_t dw__charge_let_go(const dw_ctx *ctx, const struct route_table *routes, dw_text id);

#endif
