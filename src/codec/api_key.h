/* codec/api_key.h -- the text of an API key: <dw/api_key.h> has its form.
 *
 * One form, so that there is one spelling of each key: no padding, no other case, nothing around it. */
#ifndef DW_CODEC_API_KEY_H
#define DW_CODEC_API_KEY_H

#include <dw/types.h>

#define DW__API_KEY_ID 11u
#define DW__API_KEY_SECRET 43u
#define DW__API_KEY_CHECK 6u
#define DW__API_KEY_PREFIX_MAX 32u
/* Characters of the longest. */
#define DW__API_KEY_MAX \
    (DW__API_KEY_PREFIX_MAX + 2u + DW__API_KEY_ID + DW__API_KEY_SECRET + DW__API_KEY_CHECK)

/* What keys of the application `name` begin with: its letters and digits in lower case, at most DW__API_KEY_PREFIX_MAX of them; "key" where it has
 * none. Returns how many characters. */
size_t dw__api_key_prefix(dw_text name, char out[static DW__API_KEY_PREFIX_MAX]);

/* Writes the key of `prefix` (of dw__api_key_prefix) with the base62 digits `digits`, each below 62: first those of the id, then those of the
 * secret.  Returns how many characters; no NUL. */
size_t dw__api_key_write(dw_text prefix, const uint8_t digits[static DW__API_KEY_ID + DW__API_KEY_SECRET],
                         char out[static DW__API_KEY_MAX]);

/* Whether `text` is a key of `prefix`, whole and with the checksum that it must have; *id is then its id, within `text`. */
bool dw__api_key_read(dw_text text, dw_text prefix, dw_text *id);
/* Whether a key of `prefix` stands anywhere in `text`; *id as above, of the first. */
bool dw__api_key_find(dw_text text, dw_text prefix, dw_text *id);

#endif
