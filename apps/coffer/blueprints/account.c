/* coffer/blueprints/account.c -- one's own account: the address, the password, and a way back for who has forgotten it.
 *
 * What anybody may ask (a reset) is answered the same for everybody, and does the same: see accounts.c. */
#include "../accounts.h"

/* ---- statements ---- */

DW_SCHEMA(password_set_in, (int64_t, account), (dw_text, password_hash));
DW_SCHEMA(password_change_in, (dw_text, old_hash), (dw_text, new_hash));

DW_QUERY(account_of_link, link_key, account_row,
    ACCOUNT_ROW " JOIN account_links l ON l.account = u.id WHERE l.digest = :digest AND l.purpose = :purpose AND l.expires_at > :now_s AND u.disabled = 0");
DW_QUERY(password_set, password_set_in, dw_nothing,
    "UPDATE users SET password_hash = :password_hash WHERE id = :account AND disabled = 0");
DW_QUERY(password_change, password_change_in, dw_nothing,
    "UPDATE users SET password_hash = :new_hash WHERE id = :me AND password_hash = :old_hash");
DW_QUERY(address_set, account_mail, dw_nothing,
    "UPDATE users SET email = :email, email_verified = 1 WHERE id = :account AND disabled = 0");

/* ---- what all of them do ---- */

/* The present password of whoever is signed in. */
static dw_err is_the_owner(dw_req *req, dw_secret password, account_row *me)
{
    dw_ctx *ctx = dw_req_ctx(req);
    dw_guess guess;
    dw_err err = coffer_account_mine(ctx, me);

    if (err == DW_OK)
        err = dw_guess_begin(req, me->username, &guess);
    if (err == DW_OK)
        err = dw_guess_end(&guess, dw_password_verify(ctx, password, me->password_hash));
    if (err != DW_UNAUTHENTICATED)
        return err;
    DW_LOG_INFO(ctx, "auth.password_refused", DW_KV(account, dw_req_principal(req)->uid));
    return dw_req_fail(req, DW_BAD_REQUEST, "The present password is another");
}

/* The code of the second factor, where there is one. Behind the password, and behind what may be refused without it: a code is good once. */
static dw_err shows_code(dw_req *req, const account_row *me, dw_secret code)
{
    dw_mfa_used used;

    return dw_mfa_check(dw_req_ctx(req), me->account, code, &used);
}

/* ---- the address ---- */

DW_SCHEMA(code_in, (dw_secret, token, DW_LEN(1, 100), .doc = "What the mail brought"));

/* An address that meanwhile became another's looks like a code that is not good any more. */
static dw_err verify_address(dw_req *req, const code_in *in, dw_nothing *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    link_key key = {.purpose = DW_TEXT("email"), .now_s = dw_now_unix(ctx)};
    account_mail link;
    int64_t changes = 0;
    dw_err err = coffer_link_digest(req, in->token, &key.digest);

    (void)out;
    if (err != DW_OK)
        return err;
    DW_TX_REPEATABLE(ctx, &err)
    {
        err = coffer_link_take(ctx, &key, &link);
        if (err == DW_OK)
            err = DW_EXEC(ctx, address_set, &link, &changes);
        if (err == DW_OK && changes == 0)
            err = DW_NOT_FOUND; /* disabled meanwhile */
        if (err == DW_OK)
            err = coffer_links_end(ctx, link.account);
    }
    return err == DW_NOT_FOUND || err == DW_CONFLICT
               ? dw_req_fail(req, DW_BAD_REQUEST, "That code is not good, or not any more")
               : err;
}
DW_HANDLER(verify_address, code_in, dw_nothing);

DW_SCHEMA(address_in,
    (dw_secret, password, DW_LEN(1, 1024)),
    (dw_email, email, .dotted = true),
    (dw_secret, code, DW_LEN(1, 64), .optional = true,
     .doc = "Of the second factor, or a recovery code, where the account has one")
);

static dw_err change_address(dw_req *req, const address_in *in, dw_nothing *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    account_row me = {0};
    dw_err err = is_the_owner(req, in->password, &me);

    (void)out;
    if (err == DW_OK)
        err = shows_code(req, &me, in->code);
    if (err != DW_OK)
        return err;
    DW_TX_REPEATABLE(ctx, &err)
    {
        err = coffer_put_new_address(ctx, me.account, in->email);
        if (err == DW_OK)
            err = coffer_put_notice(ctx, &me, "Your address at Coffer",
                                    "somebody who knows your password asked for another address for your "
                                    "account. If that was not you, set"
                                    " another password now.");
    }
    return err;
}
DW_HANDLER(change_address, address_in, dw_nothing);

/* ---- the password ---- */

DW_SCHEMA(password_in,
    (dw_secret, password,     DW_LEN(1, 1024), .doc = "The present one"),
    (dw_secret, new_password, PASSWORD_RULES),
    (dw_secret, code, DW_LEN(1, 64), .optional = true,
     .doc = "Of the second factor, or a recovery code, where the account has one")
);

static dw_err change_password(dw_req *req, const password_in *in, dw_nothing *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    password_change_in change;
    account_row me = {0};
    int64_t changes = 0;
    dw_err err = is_the_owner(req, in->password, &me);

    (void)out;
    if (err == DW_OK)
        err = dw_password_check(ctx, in->new_password, .field = "new_password",
                                .names = {me.username, me.email, DW_TEXT("coffer")});
    if (err == DW_OK)
        err = shows_code(req, &me, in->code);
    if (err == DW_OK)
        err = dw_password_hash(ctx, in->new_password, &change.new_hash);
    if (err != DW_OK)
        return err;
    change.old_hash = me.password_hash;
    DW_TX_REPEATABLE(ctx, &err)
    {
        err = DW_EXEC(ctx, password_change, &change, &changes);
        if (err == DW_OK && changes == 0)
            err = DW_CONFLICT; /* somebody was faster */
        if (err == DW_OK)
            err = coffer_others_end(req, true);
        if (err == DW_OK)
            err = coffer_put_notice(ctx, &me, "Your password at Coffer",
                                    "your password was changed. If that was not you, have it reset at once.");
    }
    return err == DW_OK ? coffer_session_goes_on(req) : err;
}
DW_HANDLER(change_password, password_in, dw_nothing);

/* ---- a forgotten one ---- */

DW_SCHEMA(reset_in, (dw_email, email));

static dw_err ask_for_reset(dw_req *req, const reset_in *in, dw_nothing *out)
{
    (void)out;
    return coffer_put_reset(dw_req_ctx(req), in->email);
}
DW_HANDLER(ask_for_reset, reset_in, dw_nothing);

DW_SCHEMA(reset_confirm_in,
    (dw_secret, token,    DW_LEN(1, 100), .doc = "What the mail brought"),
    (dw_secret, password, PASSWORD_RULES)
);

/* Everything that may fail comes before the transaction, so that a password that is refused does not cost the code. */
static dw_err confirm_reset(dw_req *req, const reset_confirm_in *in, dw_nothing *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    link_key key = {.purpose = DW_TEXT("reset"), .now_s = dw_now_unix(ctx)};
    password_set_in set;
    account_row account = {0};
    account_mail link;
    int64_t changes = 0;
    dw_err err = coffer_link_digest(req, in->token, &key.digest);

    (void)out;
    if (err == DW_OK)
        err = DW_ONE(ctx, account_of_link, &key, &account);
    if (err == DW_OK)
        err = dw_password_check(ctx, in->password,
                                .names = {account.username, account.email, DW_TEXT("coffer")});
    if (err == DW_OK)
        err = dw_password_hash(ctx, in->password, &set.password_hash);
    if (err == DW_OK)
        DW_TX_REPEATABLE(ctx, &err)
        {
            err = coffer_link_take(ctx, &key, &link);
            set.account = account.account;
            if (err == DW_OK)
                err = DW_EXEC(ctx, password_set, &set, &changes);
            if (err == DW_OK && changes == 0)
                err = DW_NOT_FOUND; /* disabled meanwhile */
            if (err == DW_OK)
                err = coffer_account_changed(ctx, account.account);
            if (err == DW_OK)
                err = coffer_put_notice(
                    ctx, &account, "Your password at Coffer",
                    "your password was reset. If that was not you, have it reset once more, and look after"
                    " this mailbox.");
        }
    return err == DW_NOT_FOUND ? dw_req_fail(req, DW_BAD_REQUEST, "That code is not good, or not any more")
                               : err;
}
DW_HANDLER(confirm_reset, reset_confirm_in, dw_nothing);

static const dw_route routes[] = {
    DW_POST("/verify", verify_address, DW_PUBLIC("who has the code has the mailbox"),
            .rate = DW_PER_MINUTE(10), .rate_by = DW_RATE_BY_ADDRESS,
            .doc = "Show that an address is one's own"),
    DW_POST("/email", change_address, DW_ANY_USER, GUESSES_ARE_LIMITED,
            .doc = "Ask for another address. The new one gets a code, the old one a notice"),
    DW_POST("/password", change_password, DW_ANY_USER, GUESSES_ARE_LIMITED, .doc = "Set another password"),
    DW_POST("/reset", ask_for_reset, DW_PUBLIC("who forgot the password cannot sign in"),
            .rate = DW_PER_MINUTE(5), .rate_by = DW_RATE_BY_ADDRESS,
            .doc = "Have a code sent to an address, if it is anybody's. The answer is always the same"),
    DW_POST("/reset/confirm", confirm_reset, DW_PUBLIC("who has the code has the mailbox"),
            .rate = DW_PER_MINUTE(10), .rate_by = DW_RATE_BY_ADDRESS,
            .doc = "Set a new password with the code"),
};
const dw_blueprint coffer_account =
    DW_BLUEPRINT("/auth", routes, .name = "account", .doc = "One's own account");
