/* http/field_mark.h -- header fields that are not a client's to send: which they are, and what becomes of them. */
#ifndef DW_HTTP_FIELD_MARK_H
#define DW_HTTP_FIELD_MARK_H

#include <dw/types.h>

/* Bits of http_head.marks. */
enum field_mark {
    FIELD_NEVER = 1, /* nobody's to send: it would be taken for another field, path, method or address */
    FIELD_X_FORWARDED = 2, /* a proxy's: X-Forwarded-… */
    FIELD_FORWARDED = 4,   /* a proxy's: Forwarded */
    FIELD_REQUEST_ID = 8   /* a proxy's: X-Request-Id */
};

/* What the field `name` (lower case) is; 0 for all others. */
unsigned dw__field_mark(dw_text name);

#endif
