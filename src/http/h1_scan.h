/* http/h1_scan.h -- the character classes of RFC 9110 §5.6.2 and RFC 9112 §3, and fast spans over them. Reads no byte beyond n. */
#ifndef DW_HTTP_H1_SCAN_H
#define DW_HTTP_H1_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include <dw/types.h>

/* The lower case of a token character; 0 for any other byte. */
extern const unsigned char dw__h1_lower[256];

/* How many bytes at p may stand in a request target: 0x21 to 0x7e without '#'. */
size_t dw__h1_span_target(const char *p, size_t n);
/* How many bytes at p may stand in a field value: tab, 0x20 to 0x7e, 0x80 to 0xff. */
size_t dw__h1_span_value(const char *p, size_t n);
/* How many bytes at p may stand in the name of a host: letters, digits and "-._~". */
size_t dw__h1_span_host(const char *p, size_t n);
/* Whether t is a token: one or more token characters. */
bool dw__h1_is_token(dw_text t);

#endif
