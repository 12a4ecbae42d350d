/* codec/date.h -- dates and instants as text (RFC 3339). The rest is in <dw/values.h>. */
#ifndef DW_CODEC_DATE_H
#define DW_CODEC_DATE_H

#include <dw/values.h>

#define DW__DATE_SIZE 10
#define DW__TIME_SIZE 30

/* Whether v is a day of the calendar in the years 0 to 9999; an instant in them. */
bool dw__date_ok(dw_date v);
bool dw__time_ok(dw_time v);
/* The text of v into out, no NUL; its length, 0 when v is none. */
size_t dw__date_write(dw_date v, char out[static DW__DATE_SIZE]);
size_t dw__time_write(dw_time v, char out[static DW__TIME_SIZE]);

#endif
