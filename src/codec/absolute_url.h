/* codec/absolute_url.h -- the parts of an absolute URL. */
#ifndef DW_CODEC_ABSOLUTE_URL_H
#define DW_CODEC_ABSOLUTE_URL_H

#include <dw/values.h>

/* Slices of the text; `query` and `fragment` without '?' and '#', p NULL when there is none. */
struct absolute_url {
    dw_text scheme, host, path, query, fragment; /* host: with the brackets of an IPv6 address */
    uint32_t port;                               /* 0: none given */
};

/* Reads scheme://host[:port][/path][?query][#fragment] (RFC 3986) of ASCII: a name, an IPv4 or a bracketed IPv6 address as host, every '%'
 * followed by two digits, no userinfo, a port from 1 to 65535. False for anything else. */
bool dw__absolute_url_read(dw_text t, struct absolute_url *out);

#endif
