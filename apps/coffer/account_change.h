/* coffer/account_change.h -- what is done to accounts, by administrators and by operators alike. */
#ifndef COFFER_ACCOUNT_CHANGE_H
#define COFFER_ACCOUNT_CHANGE_H

#include "accounts.h"

/* In a transaction, each of the first four. What the account had been given before (sign-ins, keys, codes) ends with it, so that it takes effect on the
 * next request. DW_NOT_FOUND when it is gone meanwhile. */
dw_err coffer_set_roles(dw_ctx *ctx, int64_t account, int64_t roles);
dw_err coffer_set_disabled(dw_ctx *ctx, int64_t account, bool disabled);
dw_err coffer_set_password(dw_ctx *ctx, int64_t account, dw_text password_hash);
/* DW_CONFLICT when nobody but the account `but` (0: no matter who) is left who can administer. Behind what may have made it so: transactions are serializable, so that of two who take the
 * last two roles away from each other one does not succeed. */
dw_err coffer_admin_is_left(dw_ctx *ctx, int64_t but);

/* Takes an account away with all that is its own: first it is disabled, then its things go a few at a time, then itself. Not in a transaction. `keep_admin`: DW_CONFLICT,
 * and nothing is done, when nobody would be left who can administer. */
dw_err coffer_delete_account(dw_ctx *ctx, const account_row *account, bool keep_admin);

#endif
