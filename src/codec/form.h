/* codec/form.h -- the pairs of application/x-www-form-urlencoded (WHATWG URL §5.1, but strict). */
#ifndef DW_CODEC_FORM_H
#define DW_CODEC_FORM_H

#include "base/arena.h"
#include <dw/err.h>
#include <dw/types.h>

#define DW__FORM_FIELDS 1000
/* Bytes of one raw name or value. */
#define DW__FORM_FIELD_SIZE 500000

struct form_pair {
    dw_text name, value; /* decoded UTF-8 without NUL */
};

struct form {
    struct form_pair *pairs; /* in `a`, in the order of the body */
    size_t n;
    size_t error_at; /* after a failure: offset of the byte in `body` */
};

/* Reads a form or query. Pairs without '%' and '+' are slices of `body`, which must live as long as they.
 * DW_MALFORMED with form->error_at for a bad %XX, NUL or bytes that are not UTF-8; DW_TOO_LARGE for more than 1,000 fields, a field of more
 * than 500,000 bytes, or a full arena. */
DW_MUST dw_err dw__form_parse(dw_text body, struct arena *a, struct form *form);

#endif
