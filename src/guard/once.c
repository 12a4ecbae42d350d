/* guard/once.c -- see once.h. Counts lie in the table of limits, under keys that no route has. */
#include "guard/once.h"

#include <string.h>

#include "codec/ip.h"
#include "guard/rate_table.h"

#define KIND_ONCE 200

static struct rate_key key_of(const dw_req *req, enum once what)
{
    const struct ip_counted address = dw__ip_counted(req->peer.text);
    struct rate_key key = {.limit = (uint64_t)what, .kind = KIND_ONCE};

    memcpy(key.who, &address, sizeof address);
    return key;
}

bool dw__once(const dw_req *req, enum once what, struct rate rate)
{
    const struct rate_key key = key_of(req, what);
    const struct rate_rule rule = {rate, DW_RATE_GCRA, 1};
    struct rate_table *table = req->ctx.services->rates;

    return table == NULL || dw__rate_take(table, &key, &rule, req->ctx.clock->mono_ns).allowed;
}

void dw__once_forget(const dw_req *req, enum once what, struct rate rate, unsigned times)
{
    const struct rate_key key = key_of(req, what);
    const struct rate_rule rule = {rate, DW_RATE_GCRA, 1};
    struct rate_table *table = req->ctx.services->rates;

    while (table != NULL && times-- > 0)
        dw__rate_give(table, &key, &rule, 0);
}
