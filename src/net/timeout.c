/* net/timeout.c -- the defaults, and the arithmetic of a minimum rate.
 *
 * A deadline that moves with every byte would let a client hold a connection with one byte a minute; one that never moves would
 * forbid large transfers.  A window that begins anew only when enough bytes came allows the one and ends the other. */
#include "net/timeout.h"

#define NS_PER_MS 1000000u

struct net_limits dw__net_limits_default(void)
{
#define DW__NET_LIMIT_VALUE(name, value, meaning) .name = (value),
    return (struct net_limits){DW__NET_LIMITS(DW__NET_LIMIT_VALUE)};
#undef DW__NET_LIMIT_VALUE
}

void dw__rate_begin(struct rate_window *w, uint64_t now_ns)
{
    *w = (struct rate_window){.since_ns = now_ns};
}

uint64_t dw__rate_count(struct rate_window *w, uint64_t now_ns, uint64_t n, uint32_t window_ms,
                        uint32_t least)
{
    w->bytes += n;
    if (w->bytes >= least && n > 0)
        dw__rate_begin(w, now_ns);
    return w->since_ns + (uint64_t)window_ms * NS_PER_MS;
}
