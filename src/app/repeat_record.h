/* app/repeat_record.h -- an outcome as bytes: what is kept for an Idempotency-Key, before it is sealed. */
#ifndef DW_APP_REPEAT_RECORD_H
#define DW_APP_REPEAT_RECORD_H

#include "app/repeat.h"
#include "base/buf.h"

/* Bytes of the longest. */
#define DW__REPEAT_MAX ((size_t)64 << 10)

struct repeat_record {
    dw_err err;       /* not DW_OK: the reply is an error … */
    dw_text sentence; /* … with this sentence, or that of the table when it is empty */
    struct made made;
    const struct http_field *fields; /* headers */
    size_t n_fields;
};

/* Appends it; buf->failed when it is too long. */
void dw__repeat_put(const struct repeat_record *record, struct buf *out);
/* Reads one that fills `bytes`; the headers are put into `arena`. DW_INTERNAL when it is none. */
DW_MUST dw_err dw__repeat_get(dw_text bytes, struct arena *arena, struct repeat_record *record);

#endif
