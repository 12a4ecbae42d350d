/* codec/uuid.h -- UUIDs as text (RFC 9562 §4). The rest is in <dw/values.h>. */
#ifndef DW_CODEC_UUID_H
#define DW_CODEC_UUID_H

#include <dw/values.h>

#define DW__UUID_SIZE 36

/* The text of v into out, no NUL. */
void dw__uuid_write(dw_uuid v, char out[static DW__UUID_SIZE]);

#endif
