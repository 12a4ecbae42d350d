/* coffer/sign_in.h -- who somebody is by name and password, for tokens and for sessions. */
#ifndef COFFER_SIGN_IN_H
#define COFFER_SIGN_IN_H

#include "coffer.h"

/* An account, and the hash that the password was found good by. */
DW_SCHEMA(credential, (int64_t, id), (dw_text, uid), (dw_text, password_hash));
/* What a sign-in rests on: that, and whether a second factor was shown. */
DW_SCHEMA(shown, (credential, found, .flat = true), (bool, factor));

/* DW_UNAUTHENTICATED: unknown, disabled and wrong are one answer after the same work. */
dw_err coffer_credential(dw_ctx *ctx, dw_text username, dw_secret password, credential *found);
/* What somebody sent to sign in with; `code` is empty when there was none. */
typedef struct sign_in_try {
    dw_text username;
    dw_secret password, code;
} sign_in_try;

/* Whether it is enough: the password, and the code of the second factor where there is one.  Failures are counted: DW_TOO_MANY when there were too many.  *guess is for
 * dw_guess_know_device. */
dw_err coffer_sign_in(dw_req *req, const sign_in_try *try, shown *by, dw_mfa_used *used, dw_guess *guess);
/* When *found was not so any more: once more, of the same account. Of two who sign in at once, one may have replaced the hash by ours. */
dw_err coffer_credential_again(dw_ctx *ctx, dw_text username, dw_secret password, credential *found);
/* Whether *shown (of that type) is still so, and still enough; DW_NOT_FOUND when not. For dw_still, in the transaction that lets somebody in. */
dw_err coffer_shown_still(dw_ctx *ctx, const void *shown);

#endif
