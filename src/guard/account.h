/* guard/account.h -- whom a credential stands for, as they are now. */
#ifndef DW_GUARD_ACCOUNT_H
#define DW_GUARD_ACCOUNT_H

#include "guard/guard.h"
#include "store/sql.h"

/* Fills *who in from what the database says of an account, with whether it has the second factor that one of its roles may want. */
DW_MUST dw_err dw__account_fill(const struct guard_env *env, dw_ctx *ctx, const dw_principal_row *row,
                                dw_principal *who);
/* Whether that may be remembered for as long as nothing was committed. */
bool dw__account_may_keep(const struct guard_env *env, const struct sql_client *sql, const dw_query *account);

/* The account of `subject`: id, uid, name, roles and mfa of *who, its other members stay.  From the database, or as remembered for as long as nothing was
 * committed to it. DW_NOT_FOUND: there is none, or it is disabled. */
DW_MUST dw_err dw__account_of(const struct guard_env *env, dw_req *req, dw_text subject, dw_principal *who);

/* Makes `who` (in the request's memory) the caller. DW_BAD_REQUEST, with a sentence, when another credential of the request is of another
 * account: a request has one author. */
DW_MUST dw_err dw__caller_take(dw_req *req, const dw_principal *who);

#endif
