/* guard/once.c -- see once.h. Counts lie in the table of limits, under keys that no route has. */
#include "guard/once.h"

#include <string.h>

#include "codec/ip.h"

#define KIND_ONCE 200

static struct rate_place place_of(const struct rate_table *table, const dw_req *req, enum once what)
{
    struct rate_key key = {.limit = (uint64_t)what, .kind = KIND_ONCE};

    memcpy(key.who, &req->peer.counted, sizeof req->peer.counted);
    return dw__rate_place(table, &key);
}

bool dw__once(const dw_req *req, enum once what, const struct rate_rule *rule)
{
    struct rate_table *table = req->ctx.services->rates;

    return table == NULL ||
           dw__rate_take(table, place_of(table, req, what), rule, req->ctx.clock->mono_ns).allowed;
}

void dw__once_forget(const dw_req *req, enum once what, const struct rate_rule *rule)
{
    struct rate_table *table = req->ctx.services->rates;

    if (table != NULL)
        dw__rate_moving_let_go(table, place_of(table, req, what), rule->rate.count);
}
