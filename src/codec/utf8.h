/* codec/utf8.h -- is it UTF-8, and how many characters (RFC 3629). */
#ifndef DW_CODEC_UTF8_H
#define DW_CODEC_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include <dw/types.h>

/* Whether the n bytes at p are UTF-8: no overlong form, no surrogate, nothing above U+10FFFF, nothing cut short. */
bool dw__utf8_valid(const void *p, size_t n);
/* The same, and no byte of it is NUL. */
bool dw__utf8_valid_text(const void *p, size_t n);
/* Characters in n bytes of valid UTF-8. */
size_t dw__utf8_chars(const void *p, size_t n);
/* Bytes (1 to 4) of the valid sequence that begins at p, with `left` > 0 bytes up to the end; 0 when it is not valid. */
size_t dw__utf8_sequence(const unsigned char *p, size_t left);
/* Writes `code` (a Unicode scalar value) as 1 to 4 bytes; returns how many. */
size_t dw__utf8_encode(unsigned code, char out[static 4]);
/* The longest beginning of valid text `t` that has at most `max` bytes and cuts no character. */
dw_text dw__utf8_cut(dw_text t, size_t max);

#endif
