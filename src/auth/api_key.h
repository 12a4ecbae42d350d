/* auth/api_key.h -- whether a key is one, and whose. Making and ending them is in <dw/api_key.h>. */
#ifndef DW_AUTH_API_KEY_H
#define DW_AUTH_API_KEY_H

#include "auth/api_key_cache.h"
#include "auth/verify_budget.h"
#include "base/ctx.h"

/* A key that verified. */
struct api_key {
    dw_text id; /* within the text that was given */
    struct api_key_facts facts;
};

/* What keys of this process's application begin with, in `out`; see codec/api_key.h. */
dw_text dw__api_key_prefix_of(const struct services *services, char *out);

/* Verifies `text` against what is stored; *key is then whose it is.  DW_UNAUTHENTICATED with a static phrase in *why: no key of this application or one
 * with a typing error, unknown or revoked, wrong, expired.  DW_TOO_MANY when `payer` (NULL: nobody is charged) has sent too many of those.
 * DW_UNAVAILABLE and so on: the database could not say. */
DW_MUST dw_err dw__api_key_verify(dw_ctx *ctx, dw_text text, const struct verify_payer *payer,
                                  struct api_key *key, const char **why);

/* Writes down, behind the reply of `ctx`, that `key` was used: at most once a minute for each key. */
void dw__api_key_note_use(dw_ctx *ctx, const struct api_key *key);

#endif
