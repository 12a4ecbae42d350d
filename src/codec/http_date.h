/* codec/http_date.h -- reads the dates of HTTP fields (RFC 9110 §5.6.7). They are written by dw__http_date in base/clock.h. */
#ifndef DW_CODEC_HTTP_DATE_H
#define DW_CODEC_HTTP_DATE_H

#include <dw/types.h>

/* Reads `t` as an HTTP-date: IMF-fixdate, and the two obsolete forms, which a recipient must accept. *unix_s is Unix time in seconds, below 0
 * before 1970. `now_unix_s` (0 … 253402300799) tells the century of a year of two digits: never more than 50 years ahead. False, *unix_s 0:
 * not one of the three forms to the letter, or no day of the calendar. The name of the day must be one, and need not be the right one: that
 * errs on the side of a client that means its condition. */
bool dw__http_date_parse(dw_text t, int64_t now_unix_s, int64_t *unix_s);

#endif
