/* auth/mfa.h -- the second factor of an account, as its tables have it. */
#ifndef DW_AUTH_MFA_H
#define DW_AUTH_MFA_H

#include "auth/totp.h"
#include "base/ctx.h"
#include <dw/mfa.h>

/* The statements of the application; NULL, with an event, when it has none, there are no DATA_KEYS, or a transaction is open: DW_INTERNAL then. */
const dw_mfa *dw__mfa_statements(dw_ctx *ctx);

/* What is kept of a seed: sealed with the newest of DATA_KEYS and bound to the account, as text, and the name of that root. */
struct mfa_sealed {
    dw_text seed, root;
};

/* Seals `seed` (up to DW__TOTP_SEED_MOST bytes) into the context's memory. DW_UNAVAILABLE without any. */
DW_MUST dw_err dw__mfa_seal(dw_ctx *ctx, int64_t account, dw_bytes seed, struct mfa_sealed *out);
/* Opens it; *n bytes in seed, which the caller wipes. DW_INTERNAL, with an event, when its root is gone, it is another account's, or it was changed. */
DW_MUST dw_err dw__mfa_open(dw_ctx *ctx, int64_t account, const struct mfa_sealed *sealed,
                            uint8_t seed[static DW__TOTP_SEED_MOST], size_t *n);

/* Keeps `seed` for `account`, active (1) or to be confirmed (0). DW_CONFLICT when it has an active one. */
DW_MUST dw_err dw__mfa_begin(dw_ctx *ctx, const dw_mfa *mfa, int64_t account, dw_bytes seed, int64_t active);

/* A try at the code of an account's authenticator, which is counted before it is looked at.  `active`: of the one that counts, or (0) of the one that waits to be
 * confirmed. DW_OK and what was accepted, to be written with mfa->accept, atomically; DW_UNAUTHENTICATED; DW_TOO_MANY. */
DW_MUST dw_err dw__mfa_try(dw_ctx *ctx, const dw_mfa *mfa, int64_t account, int64_t active, dw_secret code,
                           dw_mfa_accept *accept);
/* Counts a failure. DW_TOO_MANY, and the context knows when to come again, when there were too many before; DW_NOT_FOUND without such a row. *row is what there was. */
DW_MUST dw_err dw__mfa_count(dw_ctx *ctx, const dw_mfa *mfa, int64_t account, int64_t active,
                             dw_mfa_row *row);
/* Seconds for which nothing is looked at behind the n-th failure in a row; 0: it may go on. */
int64_t dw__mfa_pause(int64_t failures);

/* One line about an account, by its id (`account` is a uid elsewhere, and is not known here): a wrong code, or whatever else. */
#define DW__MFA_EVENT(ctx, level, event, account_, ...)                                           \
    DW__EVENT((ctx)->services->log, (ctx), (level), event, dw_x_kv_int("account_id", (account_)), \
              ##__VA_ARGS__)

#endif
