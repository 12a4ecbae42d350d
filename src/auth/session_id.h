/* auth/session_id.h -- the ids that browsers hold, and what the server keeps of them.
 *
 * 256 random bits as 43 characters of base64url.  What is kept is the SHA-256 of these characters, written the same way: with so much chance in an
 * id nobody gets from one to the other, and no salt is needed. */
#ifndef DW_AUTH_SESSION_ID_H
#define DW_AUTH_SESSION_ID_H

#include <stdbool.h>

#include "codec/base64.h"
#include <dw/err.h>

#define DW__SESSION_ID_SIZE DW__BASE64URL_SIZE(32)

/* A new id, no NUL. */
void dw__session_id_new(char out[static DW__SESSION_ID_SIZE]);
/* Whether `t` is written as ids are: one spelling for each value. */
bool dw__session_id_is(dw_text t);
/* The digest of `id` into out, no NUL. DW_INTERNAL when the library fails. */
DW_MUST dw_err dw__session_id_digest(dw_text id, char out[static DW__SESSION_ID_SIZE]);

#endif
