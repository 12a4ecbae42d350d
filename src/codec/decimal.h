/* codec/decimal.h -- decimals as text: no floating point on any way. The rest is in <dw/values.h>. */
#ifndef DW_CODEC_DECIMAL_H
#define DW_CODEC_DECIMAL_H

#include <dw/values.h>

/* Digits of a decimal, and the largest scale. */
#define DW__DECIMAL_DIGITS 18u
/* Bytes that the longest text needs: sign, zero, point, digits. */
#define DW__DECIMAL_SIZE 24

/* Whether v is one: scale and digits within bounds. */
bool dw__decimal_ok(dw_decimal v);
/* The text of v into out, no NUL; its length, 0 when v is none. */
size_t dw__decimal_write(dw_decimal v, char out[static DW__DECIMAL_SIZE]);

#endif
