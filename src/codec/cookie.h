/* codec/cookie.h -- the cookies of a request's Cookie field (RFC 6265 §4.1.1, §5.4). */
#ifndef DW_CODEC_COOKIE_H
#define DW_CODEC_COOKIE_H

#include <stdbool.h>

#include <dw/types.h>

/* The value of the one cookie of `field` that is called `name` (letters as they are), a slice of `field`: cookie-octets, in quotes when it
 * came so. {NULL, 0} when there is none, and when there are several, of which two readers could take two. What is no name=value is
 * passed over: others set cookies for our host too. */
dw_text dw__cookie_find(dw_text field, dw_text name);

/* Takes the next pair off *rest, which is such a field: slices without white space around them. What is no pair (no '=', an empty name) is
 * passed over; quotes belong to the value, which may hold anything. False at the end. */
bool dw__cookie_next(dw_text *rest, dw_text *name, dw_text *value);

#endif
