/* codec/ip_net.h -- networks of addresses, as settings name them: "10.0.0.0/8", "2001:db8::/32", one address alone, and "unix". */
#ifndef DW_CODEC_IP_NET_H
#define DW_CODEC_IP_NET_H

#include <stdbool.h>
#include <stddef.h>

#include <dw/values.h>

/* The addresses whose first `bits` are those of `ip`, which has no other set.  Version 0: who came through a Unix socket, and has none. */
struct ip_net {
    dw_ip ip;
    unsigned bits;
};

/* Reads one.  NULL; or why not, a phrase that goes on after the text: what everybody is in (/0), bits behind the prefix, an IPv4 network in IPv6 clothes. */
const char *dw__ip_net_read(dw_text t, struct ip_net *out);
/* Whether one of nets[n] has `ip`. An IPv4 address that is mapped into IPv6 is that IPv4 address. */
bool dw__ip_net_has(const struct ip_net *nets, size_t n, dw_ip ip);

#endif
