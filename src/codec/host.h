/* codec/host.h -- host names and bracketed addresses, as e-mail addresses and URLs both have them. */
#ifndef DW_CODEC_HOST_H
#define DW_CODEC_HOST_H

#include <dw/types.h>

/* Whether t is a host name (RFC 1123 §2.1, RFC 5321 §4.1.2): labels of 1 to 63 letters, digits and inner hyphens with single dots
 * between, at most 253 bytes, and the last label not a number, which would be an address to some readers. *labels is how many. */
bool dw__host_name_valid(dw_text t, size_t *labels);

#endif
