/* auth/csrf.h -- tokens that show that a request was made from a page of ours.
 *
 * A token is the time it was made at and an HMAC over that time and the id that a cookie holds, a session's or that of a form to sign in with.
 * Who does not know the id cannot make one, and what is made for one id is good for no other.  It is masked with random bytes that
 * are written before it, anew each time, so that a compressed page that also has text of an attacker's choice never holds the same bytes twice
 * (BREACH).  The newest signing key makes, all verify. */
#ifndef DW_AUTH_CSRF_H
#define DW_AUTH_CSRF_H

#include "codec/base64.h"
#include "crypto/hmac_ring.h"

/* What the id is of: a token for the one is none for the other. */
enum csrf_purpose { CSRF_OF_SESSION = 1, CSRF_OF_FORM };

#define DW__CSRF_TOKEN_SIZE DW__BASE64URL_SIZE(80)

/* `keys` are a ring of KEY_CSRF. */

/* A token for `id` (43 characters) made at `now` (Unix seconds, 0 and more), no NUL. DW_INVALID for another id or time, DW_INTERNAL when the library fails. */
DW_MUST dw_err dw__csrf_make(const struct hmac_ring *keys, enum csrf_purpose purpose, dw_text id, int64_t now,
                             char out[static DW__CSRF_TOKEN_SIZE]);
/* DW_OK when `token` was made for `purpose` and `id`, with one of the keys, at most `age` seconds before `now` (0: whenever). DW_CSRF when not. */
DW_MUST dw_err dw__csrf_judge(const struct hmac_ring *keys, enum csrf_purpose purpose, dw_text id,
                              int64_t now, int64_t age, dw_text token);

#endif
