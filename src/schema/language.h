/* schema/language.h -- in which language a client is told what is wrong. */
#ifndef DW_SCHEMA_LANGUAGE_H
#define DW_SCHEMA_LANGUAGE_H

#include <dw/rules.h>

/* The language of `messages` (ended by one without code; may be NULL) that an Accept-Language value (RFC 9110 §12.5.4) likes best by the
 * lookup of RFC 4647 §3.4, or NULL: our own English, which is also what "en" means when no message has that language. */
const char *dw__language(const dw_message *messages, dw_text accept);

#endif
