/* auth/token_cache.h -- tokens that were verified before.
 *
 * A signature costs sixty microseconds to verify and a digest half of one, so a worker remembers which tokens it has seen to be
 * good.  The key is the SHA-256 of the whole token: whoever finds another token with that digest has broken more than us.
 * Only what never changes is kept, the claims; expiry is judged anew each time, and the account behind the subject is judged by
 * auth/principal_cache.h, so that disabling it takes effect on the next request.  Tokens that do not verify are not remembered. */
#ifndef DW_AUTH_TOKEN_CACHE_H
#define DW_AUTH_TOKEN_CACHE_H

#include "auth/issuer.h"
#include "auth/token.h"
#include "auth/verify_budget.h"

struct token_cache;

/* Room for 4,096 tokens, about 600 KiB. DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__token_cache_new(struct token_cache **out);
/* Wipes and frees. */
void dw__token_cache_free(struct token_cache *cache);

/* As dw__token_verify, but of *out only sub, sid, exp and auth_time are set. With `cache` NULL every token is verified. DW_TOO_MANY: it was not
 * seen before, and `payer` (NULL: nobody pays) has nothing left to have it verified for. */
DW_MUST dw_err dw__token_cache_verify(struct token_cache *cache, const struct token_keys *keys, dw_text token,
                                      int64_t now, const struct verify_payer *payer, struct arena *a,
                                      struct token_claims *out);

/* The same for tokens of other issuers, as dw__issuers_verify: *by is whose it is. Their keys are those of the process, as ours are. */
DW_MUST dw_err dw__token_cache_verify_foreign(struct token_cache *cache, const struct issuers *issuers,
                                              dw_text token, int64_t now, const struct verify_payer *payer,
                                              struct arena *a, struct token_claims *out,
                                              const dw_issuer **by);

/* How many tokens were found and how many had to be verified: for tests and metrics. */
struct token_cache_counts {
    uint64_t found, verified;
};
struct token_cache_counts dw__token_cache_counts(const struct token_cache *cache);

#endif
