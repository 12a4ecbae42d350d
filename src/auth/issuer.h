/* auth/issuer.h -- tokens of other issuers (<dw/issuer.h>): their keys, found when the server starts, and what verifies. */
#ifndef DW_AUTH_ISSUER_H
#define DW_AUTH_ISSUER_H

#include "auth/claims.h"
#include "base/arena.h"
#include "base/buf.h"
#include <dw/issuer.h>

/* The most issuers that an application declares. */
#define DW__ISSUERS_MAX 16u

struct issuers;

/* Takes the keys of each of `declared` (ended by NULL): keys[i] is the JWK set of the i-th, p == NULL where its setting has no value; setting[i] is
 * the setting's whole name.  DW_INVALID: a line of `why` for each that cannot be. DW_UNAVAILABLE: no memory. The texts are not referred to afterwards. */
DW_MUST dw_err dw__issuers_new(struct issuers **out, const dw_issuer *const *declared, const dw_text *keys,
                               const char (*setting)[128], struct buf *why);
void dw__issuers_free(struct issuers *issuers);

/* DW_OK when `token` is one that a declared issuer signed for us and is good at `now` (Unix seconds): its claims, and *by is who signed it. DW_UNAUTHENTICATED
 * for anything else; DW_UNAVAILABLE: no memory. Texts of *out are in `a`. */
DW_MUST dw_err dw__issuers_verify(const struct issuers *issuers, dw_text token, int64_t now, struct arena *a,
                                  struct token_claims *out, const dw_issuer **by);

#endif
