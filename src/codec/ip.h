/* codec/ip.h -- IP addresses as text. The rest is in <dw/values.h>. */
#ifndef DW_CODEC_IP_H
#define DW_CODEC_IP_H

#include <dw/values.h>

#define DW__IP_SIZE 46

/* The text of v into out, no NUL; its length, 0 when v is none. */
size_t dw__ip_write(dw_ip v, char out[static DW__IP_SIZE]);

/* v, or the IPv4 address that is mapped into it (RFC 4291 §2.5.5.2). */
dw_ip dw__ip_plain(dw_ip v);

/* What is counted of a client: an IPv4 address (mapped into IPv6 or not), or the first 64 bits of an IPv6 one, since whoever has one has all below. */
struct ip_counted {
    uint8_t b[8];    /* of IPv4 the first four */
    uint8_t version; /* 4, 6, or 0: no address */
};
struct ip_counted dw__ip_counted(dw_text address);
/* Its text into out, no NUL, of IPv6 the network ("2001:db8::/64"); its length, 0 when v is none. */
size_t dw__ip_counted_write(struct ip_counted v, char out[static DW__IP_SIZE]);

#endif
