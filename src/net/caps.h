/* net/caps.h -- how much of a worker one address may take: connections, new ones in a second, heads that are not complete.
 *
 * An address is what is counted of it elsewhere: IPv4, or the first 64 bits of IPv6.  There are twice as many entries as there may be
 * connections, so that an address that comes always finds one; what is left of them remembers who came and went, and those that nobody
 * holds go by age. */
#ifndef DW_NET_CAPS_H
#define DW_NET_CAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dw/err.h>

#include "codec/ip.h"

/* What one address may have in one worker; 0: as much as there is. */
struct cap_limits {
    uint32_t per_second; /* new connections: as many at once, then evenly */
    uint32_t heads;      /* at a time: begun and not complete */
};

struct caps;
struct cap; /* of an address */

/* For at most `connections` connections at a time. DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__caps_new(struct caps **out, const struct cap_limits *limits, uint32_t connections);
void dw__caps_free(struct caps *caps);

/* A new connection from `address`, which may have `most` (0: as many as there are), at now_ns. NULL: *cap is to be given to dw__cap_end when it
 * has ended.  Else why it may not be, a static phrase: nothing is counted, and *cap is NULL. Who has no address (a Unix socket) has no cap:
 * NULL, and *cap is NULL as well. */
DW_MUST const char *dw__cap_begin(struct caps *caps, const struct ip_counted *address, uint32_t most,
                                  uint64_t now_ns, struct cap **cap);
void dw__cap_end(struct caps *caps, struct cap *cap);

/* A head of this address begins: false when it is one too many, and is not counted. And ends. cap may be NULL. */
DW_MUST bool dw__cap_head_begin(const struct caps *caps, struct cap *cap);
void dw__cap_head_end(struct cap *cap);

/* Addresses that hold a connection at present: for tests. */
size_t dw__caps_held(const struct caps *caps);

#endif
