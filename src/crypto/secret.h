/* crypto/secret.h -- what a secret of 32 bytes looks like in a setting, and which ones are no secret at
 * all. */
#ifndef DW_CRYPTO_SECRET_H
#define DW_CRYPTO_SECRET_H

#include <stdint.h>

#include <dw/types.h>

#define DW__SECRET_SIZE 32
#define DW__SECRET_TEXT 43

/* Reads 43 characters of base64 or base64url without padding, 44 with, or 64 hexadecimal digits. NULL when
 * `text` is a good secret; else a static phrase that says what is wrong ("it is shorter than 32 bytes")
 * and nothing of the text, and out is zeroed. Refused as guessable: repeating and counting bytes, decoded
 * text, words like "changeme", examples from manuals. */
DW_MUST const char *dw__secret_parse(dw_secret text, uint8_t out[static DW__SECRET_SIZE]);

/* A fresh secret: 43 characters of base64url and a NUL. */
void dw__secret_make(char out[static DW__SECRET_TEXT + 1]);

#endif
