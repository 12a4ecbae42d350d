/* codec/url.h -- the one normal form of a path, and the pairs of a query (RFC 3986).
 *
 * Routing, policy and logs see the same decoded path.  What could mean one thing to one of them and another to the next
 * (%2f, %5c, dot segments, empty segments) is refused, never repaired. */
#ifndef DW_CODEC_URL_H
#define DW_CODEC_URL_H

#include <dw/err.h>
#include <dw/types.h>

/* Decodes the path of an origin-form target, once, into out[raw.n]; *n is the length of the result, which begins with '/'.
 * DW_BAD_REQUEST: no '/' first; a byte that RFC 3986 does not allow there (a backslash, a space, a control character, anything above
 * 0x7e); a bad %XX; %00 to %1f, %7f, %2f, %5c; an empty segment ("//") or a dot segment, plain or encoded; bytes that are not UTF-8. A
 * '/' at the end stays and is part of the path. */
DW_MUST dw_err dw__path_normalise(dw_text raw, char *out, size_t *n);
/* Whether `raw` is its own normal form, as most paths are: dw__path_normalise would copy it unchanged. */
bool dw__path_is_normal(dw_text raw);

/* Takes the next pair off *rest, which is a query or form without '?': raw slices, cut at '&' and the first '='. Empty pieces are passed
 * over; a pair without '=' has an empty value. False at the end. */
bool dw__query_next(dw_text *rest, dw_text *name, dw_text *value);

/* Decodes application/x-www-form-urlencoded text ('+' is a space) into out[raw.n]. False, with *at the offset in raw, for a bad %XX, a NUL
 * (plain or encoded), or bytes that are not UTF-8 (then *at is 0). */
bool dw__form_decode(dw_text raw, char *out, size_t *n, size_t *at);

#endif
