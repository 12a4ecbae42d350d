/* codec/proxy_protocol.h -- the header that a proxy of connections puts before the first byte: the PROXY protocol, version 1 and 2, by
 * the text of HAProxy's proxy-protocol.txt (2020). Pure: bytes in, result out. */
#ifndef DW_CODEC_PROXY_PROTOCOL_H
#define DW_CODEC_PROXY_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>

#include <dw/values.h>

#define DW__PROXY_HEADER_BAD (-1)
#define DW__PROXY_HEADER_MORE (-2)

/* The longest that is read: addresses and a few TLVs have never been as long. */
#define DW__PROXY_HEADER_MAX 2048u

struct proxy_header {
    bool
        named; /* `client` is whom the proxy speaks for; else it speaks for itself (LOCAL, UNKNOWN), or for who has no address */
    dw_ip client;
    bool tls; /* version 2: the client came to the proxy by TLS */
};

/* Reads the header at the beginning of p[n]. The bytes it has (> 0), DW__PROXY_HEADER_MORE when it is not all there, DW__PROXY_HEADER_BAD for what is none. */
int dw__proxy_header_read(const char *p, size_t n, struct proxy_header *out);

#endif
