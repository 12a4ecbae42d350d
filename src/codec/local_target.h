/* codec/local_target.h -- whether a text that a client sent is a place on this server, for a redirect or a link.
 *
 * Browsers read what RFC 3986 calls malformed: they drop tabs and line ends, take "\" for "/", and "//host" for another host. So only what has one
 * meaning to everybody is a place here. */
#ifndef DW_CODEC_LOCAL_TARGET_H
#define DW_CODEC_LOCAL_TARGET_H

#include <dw/types.h>

#define DW__LOCAL_TARGET_MAX 2048u

/* Whether `t` is an absolute path that has a normal form (codec/url.h), with a query of characters that RFC 3986 allows there, or without one. */
bool dw__local_target_is(dw_text t);

#endif
