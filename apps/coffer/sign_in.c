/* coffer/sign_in.c -- see sign_in.h.
 *
 * A password takes long to verify, and meanwhile it may be changed, a second factor be turned on, or the account disabled, and all that was given out be ended. What
 * would begin then was not there to be ended; so it begins only if the row is still as it was verified, and nothing more is asked for than was shown, which is looked
 * at in the transaction that begins it.
 *
 * Each try is charged before it is looked at, and given back when it was right. */
#include "sign_in.h"

DW_SCHEMA(credential_key, (dw_text, username));
DW_SCHEMA(credential_id, (int64_t, id));

DW_QUERY(credential_by_name, credential_key, credential,
    "SELECT id, uid, password_hash FROM users WHERE username = :username AND disabled = 0");
DW_QUERY(credential_as_verified, shown, credential_id,
    "SELECT id FROM users WHERE id = :id AND uid = :uid AND password_hash = :password_hash AND disabled = 0"
    " AND (:factor OR NOT EXISTS (SELECT 1 FROM dw_mfa WHERE dw_mfa.account = users.id AND dw_mfa.active = 1))");

dw_err coffer_credential(dw_ctx *ctx, dw_text username, dw_secret password, credential *found)
{
    const credential_key key = {.username = username};
    dw_err err;

    *found = (credential){0};
    err = DW_ONE(ctx, credential_by_name, &key, found);
    if (err != DW_OK && err != DW_NOT_FOUND)
        return err;
    err = dw_password_verify(ctx, password, found->password_hash);
    if (err == DW_UNAUTHENTICATED)
        DW_LOG_INFO(ctx, "auth.password_refused",
                    DW_KV(account, found->uid)); /* people type passwords as names */
    return err;
}

/* Who knows the password and was not asked for a code yet has failed in nothing. */
static dw_err count(dw_guess *guess, const sign_in_try *try, dw_err err)
{
    const bool asked = err == DW_MFA_REQUIRED && try->code.n == 0;

    (void)dw_guess_end(guess, asked ? DW_OK : err);
    return err;
}

dw_err coffer_sign_in(dw_req *req, const sign_in_try *try, shown *by, dw_mfa_used *used, dw_guess *guess)
{
    dw_ctx *ctx = dw_req_ctx(req);
    dw_err err = dw_guess_begin(req, try->username, guess);

    if (err != DW_OK)
        return err;
    err = coffer_credential(ctx, try->username, try->password, &by->found);
    if (err == DW_OK)
        err = dw_mfa_check(ctx, by->found.id, try->code, used);
    by->factor = err == DW_OK && *used != DW_MFA_NOTHING;
    return count(guess, try, err);
}

dw_err coffer_credential_again(dw_ctx *ctx, dw_text username, dw_secret password, credential *found)
{
    const int64_t id = found->id;
    dw_err err = coffer_credential(ctx, username, password, found);

    return err == DW_OK && found->id != id ? DW_UNAUTHENTICATED : err;
}

dw_err coffer_shown_still(dw_ctx *ctx, const void *what)
{
    credential_id row;

    return DW_ONE(ctx, credential_as_verified, (const shown *)what, &row);
}
