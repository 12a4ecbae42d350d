/* http/range.h -- which part of a representation a client asks for (RFC 9110 §14.1.2, §14.2). */
#ifndef DW_HTTP_RANGE_H
#define DW_HTTP_RANGE_H

#include <dw/req.h>

enum range_kind {
    RANGE_NONE,   /* to be ignored: malformed, of another unit, or of several ranges */
    RANGE_PART,   /* *part is what is asked for */
    RANGE_OUTSIDE /* there is no such part: 416 */
};

/* Reads the value of a Range field for a representation of `length` (≥ 0) bytes. With RANGE_PART part->n > 0 and part->from + part->n <= length;
 * otherwise *part is zero. Numbers of any length are read right. A suffix of an empty representation is RANGE_NONE: it is
 * satisfiable, and Content-Range has no words for it. */
enum range_kind dw__range_parse(dw_text value, int64_t length, dw_part *part);

#endif
