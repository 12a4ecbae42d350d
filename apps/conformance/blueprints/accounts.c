/* conformance/blueprints/accounts.c -- one's own account: the second step of signing in, the password, the address, a forgotten password, a new account.
 *
 * What Coffer does with jobs and mails is done here at once, and what a mail would have brought lies in a table that testers may ask. */
#include "../conformance.h"

/* How long what a mail would have brought is good. */
#define RESET_SECONDS 3

/* ---- the second step of signing in ---- */

DW_SCHEMA(second_key, (dw_text, uid));
DW_SCHEMA(second_row, (int64_t, id), (dw_text, uid));
DW_QUERY(second_account, second_key, second_row, "SELECT id, uid FROM users WHERE uid = :uid AND disabled = 0");
DW_SCHEMA(second_out, (dw_text, csrf_token));

/* Another password, or an admin, has ended what waits; that the account is enabled still is looked up once more. */
static dw_err still_enabled(dw_ctx *ctx, const void *of)
{
    second_row row;

    return DW_ONE(ctx, second_account, (const second_key *)of, &row);
}

static dw_err second_step(dw_req *req, dw_secret code, bool remember, second_out *out)
{
    static const unsigned amr[] = {
        [DW_MFA_NOTHING] = 0, [DW_MFA_TOTP] = DW_AMR_OTP, [DW_MFA_RECOVERY] = DW_AMR_RECOVERY};
    dw_ctx *ctx = dw_req_ctx(req);
    second_key key;
    second_row row;
    dw_mfa_used used = DW_MFA_NOTHING;
    const dw_still still = {still_enabled, &key};
    dw_err err = dw_session_pending(req, &key.uid);

    if (err == DW_OK)
        err = DW_ONE(ctx, second_account, &key, &row);
    if (err == DW_OK)
        err = dw_mfa_check(ctx, row.id, code, &used);
    if (err == DW_OK)
        err = dw_session_complete(req, amr[used], &still);
    if (err == DW_OK && remember)
        err = dw_session_remember(req);
    if (err != DW_OK)
        return err == DW_NOT_FOUND ? DW_UNAUTHENTICATED : err;
    out->csrf_token = dw_csrf_token(req);
    return out->csrf_token.n > 0 ? DW_OK : DW_UNAVAILABLE;
}

DW_SCHEMA(verify_in, (dw_secret, code, .pattern = "[0-9]{6}"), (bool, remember, .optional = true));

static dw_err verify(dw_req *req, const verify_in *in, second_out *out)
{
    return second_step(req, in->code, in->has.remember && in->remember, out);
}
DW_HANDLER(verify, verify_in, second_out);

DW_SCHEMA(recovery_in, (dw_secret, code, DW_LEN(7, 64)), (bool, remember, .optional = true));

static dw_err recover(dw_req *req, const recovery_in *in, second_out *out)
{
    return second_step(req, in->code, in->has.remember && in->remember, out);
}
DW_HANDLER(recover, recovery_in, second_out);

DW_LIST(recovery_codes, dw_text);
DW_SCHEMA(codes_out, (recovery_codes, recovery_codes));

static dw_err new_codes(dw_req *req, const dw_nothing *in, codes_out *out)
{
    (void)in;
    out->recovery_codes.n = DW_MFA_CODES;
    return dw_mfa_new_codes(dw_req_ctx(req), dw_req_principal(req)->id, &out->recovery_codes.v);
}
DW_HANDLER(new_codes, dw_nothing, codes_out);

/* ---- the password ---- */

DW_SCHEMA(password_in,
    (dw_secret, password,     DW_LEN(1, 1024), .doc = "The present one"),
    (dw_secret, new_password, DW_LEN(15, 128))
);
DW_SCHEMA(my_password, (dw_text, username), (dw_text, password_hash));
DW_SCHEMA(password_change, (dw_text, old_hash), (dw_text, new_hash));
DW_QUERY(password_mine, dw_nothing, my_password, "SELECT username, password_hash FROM users WHERE id = :me");
DW_QUERY(password_set, password_change, dw_nothing,
    "UPDATE users SET password_hash = :new_hash WHERE id = :me AND password_hash = :old_hash");

/* With the new one: every other session ends, and that which asks gets another id. */
static dw_err replace_password(dw_req *req, const password_change *change)
{
    dw_ctx *ctx = dw_req_ctx(req);
    int64_t changes = 0;
    dw_err err;

    DW_TX_REPEATABLE(ctx, &err)
    {
        err = DW_EXEC(ctx, password_set, change, &changes);
        if (err == DW_OK && changes == 0)
            err = DW_CONFLICT; /* somebody was faster */
        if (err == DW_OK)
            err = dw_session_end_others(req, NULL);
    }
    return err == DW_OK ? dw_session_rotate(req, DW_AMR_PWD) : err;
}

static dw_err change_password(dw_req *req, const password_in *in, second_out *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    my_password mine = {0};
    password_change change;
    dw_err err = DW_ONE(ctx, password_mine, &(dw_nothing){0}, &mine);

    if (err == DW_OK)
        err = dw_password_verify(ctx, in->password, mine.password_hash);
    if (err == DW_UNAUTHENTICATED)
        return dw_req_fail(req, DW_BAD_REQUEST, "The present password is another");
    if (err == DW_OK)
        err = dw_password_check(ctx, in->new_password, .field = "new_password",
                                .names = {mine.username, DW_TEXT("conformance")});
    if (err == DW_OK)
        err = dw_password_hash(ctx, in->new_password, &change.new_hash);
    change.old_hash = mine.password_hash;
    if (err == DW_OK)
        err = replace_password(req, &change);
    if (err != DW_OK)
        return err;
    out->csrf_token = dw_csrf_token(req);
    return out->csrf_token.n > 0 ? DW_OK : DW_UNAVAILABLE;
}
DW_HANDLER(change_password, password_in, second_out);

/* ---- the address ---- */

DW_SCHEMA(address_in, (dw_email, email));
DW_QUERY(address_set, address_in, dw_nothing, "UPDATE users SET email = :email WHERE id = :me");

static dw_err change_address(dw_req *req, const address_in *in, dw_nothing *out)
{
    (void)out;
    return DW_EXEC(dw_req_ctx(req), address_set, in, NULL);
}
DW_HANDLER(change_address, address_in, dw_nothing);

/* ---- a forgotten password ---- */

DW_SCHEMA(reset_in, (dw_text, username, DW_LEN(1, 64)));
DW_SCHEMA(reset_new, (dw_text, username), (dw_text, digest), (int64_t, expires_at));
DW_SCHEMA(mailed, (dw_text, username), (dw_text, token));
DW_SCHEMA(mailed_out, (dw_text, token));
DW_QUERY(reset_put, reset_new, dw_nothing,
    "INSERT INTO resets (digest, account, expires_at) SELECT :digest, id, CAST(:expires_at AS bigint) FROM users"
    " WHERE username = :username AND disabled = 0");
DW_QUERY(outbox_put, mailed, dw_nothing,
    "INSERT INTO outbox (username, token) VALUES (:username, :token)"
    " ON CONFLICT (username) DO UPDATE SET token = excluded.token");
DW_QUERY(outbox_of, reset_in, mailed_out, "SELECT token FROM outbox WHERE username = :username");

/* The same words and the same work for who is there and who is not. */
static dw_err ask_for_reset(dw_req *req, const reset_in *in, dw_nothing *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    reset_new reset = {.username = in->username, .expires_at = dw_now_unix(ctx) + RESET_SECONDS};
    mailed mail = {.username = in->username};
    dw_err err = dw_link_token_new(ctx, &mail.token, &reset.digest);

    (void)out;
    if (err != DW_OK)
        return err;
    DW_TX_REPEATABLE(ctx, &err)
    {
        err = DW_EXEC(ctx, reset_put, &reset, NULL);
        if (err == DW_OK)
            err = DW_EXEC(ctx, outbox_put, &mail, NULL);
    }
    return err;
}
DW_HANDLER(ask_for_reset, reset_in, dw_nothing);

static dw_err read_outbox(dw_req *req, const reset_in *in, mailed_out *out)
{
    return DW_ONE(dw_req_ctx(req), outbox_of, in, out);
}
DW_HANDLER(read_outbox, reset_in, mailed_out);

DW_SCHEMA(confirm_in, (dw_secret, token, DW_LEN(1, 100)), (dw_secret, password, DW_LEN(15, 128)));
DW_SCHEMA(reset_key, (dw_text, digest), (int64_t, now_s));
DW_SCHEMA(reset_row, (int64_t, account));
DW_SCHEMA(reset_set, (int64_t, account), (dw_text, password_hash));
DW_SCHEMA(reset_whose, (dw_text, uid));
DW_QUERY(reset_take, reset_key, reset_row,
    "DELETE FROM resets WHERE digest = :digest AND expires_at > :now_s RETURNING account");
DW_QUERY(reset_end, reset_row, dw_nothing, "DELETE FROM resets WHERE account = :account");
DW_QUERY(reset_password, reset_set, reset_whose,
    "UPDATE users SET password_hash = :password_hash WHERE id = :account AND disabled = 0 RETURNING uid");

/* The code goes, with those beside it, and with it all that was let in before. In a transaction. */
static dw_err take_reset(dw_ctx *ctx, const reset_key *key, dw_text hash)
{
    reset_row taken;
    reset_set set = {.password_hash = hash};
    reset_whose whose;
    dw_err err = DW_ONE(ctx, reset_take, key, &taken);

    if (err == DW_OK) {
        set.account = taken.account;
        err = DW_ONE(ctx, reset_password, &set, &whose);
    }
    if (err == DW_OK)
        err = DW_EXEC(ctx, reset_end, &taken, NULL);
    if (err == DW_OK)
        err = dw_sessions_end_all(ctx, whose.uid, NULL);
    return err == DW_OK ? dw_api_keys_end_all(ctx, whose.uid) : err;
}

/* Everything that may fail comes before the transaction, so that a password that is refused does not cost the code. */
static dw_err confirm_reset(dw_req *req, const confirm_in *in, dw_nothing *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    reset_key key = {.now_s = dw_now_unix(ctx)};
    dw_text hash;
    dw_err err = dw_link_token_digest(ctx, in->token, &key.digest);

    (void)out;
    if (err == DW_OK)
        err = dw_password_check(ctx, in->password, .names = {DW_TEXT("conformance")});
    if (err == DW_OK)
        err = dw_password_hash(ctx, in->password, &hash);
    if (err == DW_OK)
        DW_TX_REPEATABLE(ctx, &err)
        {
            err = take_reset(ctx, &key, hash);
        }
    return err == DW_NOT_FOUND ? dw_req_fail(req, DW_BAD_REQUEST, "That code is not good, or not any more")
                               : err;
}
DW_HANDLER(confirm_reset, confirm_in, dw_nothing);

/* ---- a new account ---- */

DW_SCHEMA(register_in,
    (dw_text,   username, DW_LEN(3, 64), .pattern = "[a-z][a-z0-9_-]*"),
    (dw_secret, password, DW_LEN(15, 128))
);
DW_SCHEMA(account_new, (dw_text, uid), (dw_text, username), (dw_text, password_hash));
DW_QUERY(account_put, account_new, dw_nothing,
    "INSERT INTO users (uid, username, password_hash, roles) VALUES (:uid, :username, :password_hash, 1)"
    " ON CONFLICT (username) DO NOTHING");

/* A name that is taken is answered as one that was free, after the same work. */
static dw_err sign_up(dw_req *req, const register_in *in, dw_nothing *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    account_new account = {.uid = dw_uuid_text(ctx, dw_uuid_new()), .username = in->username};
    dw_err err = dw_password_check(ctx, in->password, .names = {in->username, DW_TEXT("conformance")});

    (void)out;
    if (err == DW_OK)
        err = dw_password_hash(ctx, in->password, &account.password_hash);
    return err == DW_OK ? DW_EXEC(ctx, account_put, &account, NULL) : err;
}
DW_HANDLER(sign_up, register_in, dw_nothing);

/* ---- what is kept with a session ---- */

static dw_err show_values(dw_req *req, const dw_nothing *in, session_state *out)
{
    (void)in;
    return DW_SESSION_GET(req, session_state, out);
}
DW_HANDLER(show_values, dw_nothing, session_state);

static dw_err set_values(dw_req *req, const session_state *in, session_state *out)
{
    dw_err err = DW_SESSION_SET(req, session_state, in);

    return err == DW_OK ? DW_SESSION_GET(req, session_state, out) : err;
}
DW_HANDLER(set_values, session_state, session_state);

static const dw_route routes[] = {
    DW_POST("/mfa/verify", verify, DW_PUBLIC("the second step of signing in"), .signs_in = true,
            .status = 200, .body = DW_BODY_JSON_OR_FORM),
    DW_POST("/mfa/recovery", recover, DW_PUBLIC("the second step of signing in"), .signs_in = true,
            .status = 200, .body = DW_BODY_JSON_OR_FORM),
    DW_POST("/mfa/codes", new_codes, DW_ANY_USER, .fresh = true, .status = 200),
    DW_POST("/account/password", change_password, DW_ANY_USER, .status = 200),
    DW_POST("/account/email", change_address, DW_ANY_USER, .fresh = true),
    DW_POST("/reset", ask_for_reset, DW_PUBLIC("who forgot the password cannot sign in"), .status = 204),
    DW_GET("/reset/outbox", read_outbox, DW_PUBLIC("what a mail would have brought, for testers")),
    DW_POST("/reset/confirm", confirm_reset, DW_PUBLIC("who has the code has the mailbox"), .status = 204),
    DW_POST("/register", sign_up, DW_PUBLIC("who is new cannot sign in"), .status = 204),
    DW_GET("/me/values", show_values, DW_ANY_USER),
    DW_PATCH("/me/values", set_values, DW_ANY_USER, .status = 200),
};
const dw_blueprint accounts = DW_BLUEPRINT("", routes, .by = DW_SESSION);
