/* coffer/blueprints/mfa.c -- the second factor of one's own account: setting it up, and taking it away.
 *
 * Who does that says the password again: a token that was left open is not enough.  What was signed in before ends with it, since it was not asked for what
 * is asked for now; and the owner is told. */
#include "../accounts.h"

DW_SCHEMA(mfa_again, (dw_secret, password, DW_LEN(1, 1024)));
DW_SCHEMA(mfa_new,
    (dw_text, uri,    .doc = "otpauth://totp/…, for an authenticator application"),
    (dw_text, secret, .doc = "The seed alone, to be typed where there is no camera"),
    (dw_text, qr_svg, .doc = "The URI as a QR code"),
    (dw_text, qr_png, .doc = "The same as data:image/png;base64,…")
);

DW_SCHEMA(mfa_code, (dw_secret, code, DW_LEN(1, 64), .doc = "What the authenticator shows"));
DW_LIST(mfa_recovery, dw_text);
DW_SCHEMA(mfa_codes, (mfa_recovery, recovery_codes, .doc = "Each is good once, in place of a code. Never shown again"));

DW_SCHEMA(mfa_end,
    (dw_secret, password, DW_LEN(1, 1024)),
    (dw_secret, code,     DW_LEN(1, 64), .doc = "What the authenticator shows, or a recovery code")
);

static dw_err say_again(dw_req *req, dw_secret password, account_row *mine)
{
    dw_ctx *ctx = dw_req_ctx(req);
    dw_guess guess;
    dw_err err = coffer_account_mine(ctx, mine);

    if (err == DW_OK)
        err = dw_guess_begin(req, mine->username, &guess);
    if (err == DW_OK)
        err = dw_guess_end(&guess, dw_password_verify(ctx, password, mine->password_hash));
    if (err != DW_UNAUTHENTICATED)
        return err;
    DW_LOG_INFO(ctx, "auth.password_refused", DW_KV(account, dw_req_principal(req)->uid));
    return dw_req_fail(req, DW_INVALID_GRANT, "That is not the password");
}

/* What is true of the account now was not when others signed in. The session that asked goes on, under another id. */
static dw_err factor_changed(dw_req *req, const account_row *mine, const char *says)
{
    dw_ctx *ctx = dw_req_ctx(req);
    dw_err err;

    DW_TX_REPEATABLE(ctx, &err)
    {
        err = coffer_others_end(req, false);
        if (err == DW_OK)
            err = coffer_put_notice(ctx, mine, "The second factor of your account at Coffer", says);
    }
    return err == DW_OK ? coffer_session_goes_on(req) : err;
}

/* A new seed. It does not count before a code of it was shown. */
static dw_err mfa_enroll(dw_req *req, const mfa_again *in, mfa_new *out)
{
    const dw_principal *me = dw_req_principal(req);
    dw_mfa_enrolment made;
    account_row mine = {0};
    dw_err err = say_again(req, in->password, &mine);

    if (err == DW_OK)
        err = dw_mfa_enrol(dw_req_ctx(req), me->id, me->name, &made);
    if (err != DW_OK)
        return err == DW_CONFLICT ? dw_req_fail(req, DW_CONFLICT, "There is a second factor already") : err;
    *out = (mfa_new){.uri = made.uri, .secret = made.secret, .qr_svg = made.svg, .qr_png = made.png_uri};
    return DW_OK;
}
DW_HANDLER(mfa_enroll, mfa_again, mfa_new);

static dw_err mfa_confirm(dw_req *req, const mfa_code *in, mfa_codes *out)
{
    const dw_principal *me = dw_req_principal(req);
    account_row mine = {0};
    dw_err err = coffer_account_mine(dw_req_ctx(req), &mine);

    if (err != DW_OK)
        return err;
    err = dw_mfa_confirm(dw_req_ctx(req), me->id, in->code, &out->recovery_codes.v);
    out->recovery_codes.n = DW_MFA_CODES;
    if (err == DW_INVALID)
        return dw_req_fail(req, DW_INVALID, "That is not the code that the authenticator shows now");
    if (err == DW_CONFLICT)
        return dw_req_fail(req, DW_CONFLICT, "Nothing waits to be confirmed");
    return err == DW_OK
               ? factor_changed(req, &mine,
                                "a second factor was turned on for your account. If that was not you,"
                                " have your password reset, and write to whoever runs this.")
               : err;
}
DW_HANDLER(mfa_confirm, mfa_code, mfa_codes);

static dw_err mfa_disable(dw_req *req, const mfa_end *in, dw_nothing *out)
{
    const dw_principal *me = dw_req_principal(req);
    dw_ctx *ctx = dw_req_ctx(req);
    dw_mfa_used used;
    account_row mine = {0};
    dw_err err = say_again(req, in->password, &mine);

    (void)out;
    if (err == DW_OK)
        err = dw_mfa_check(ctx, me->id, in->code, &used);
    if (err == DW_MFA_REQUIRED)
        return dw_req_fail(req, DW_INVALID_GRANT, "That is not the code that the authenticator shows now");
    if (err == DW_OK)
        err = dw_mfa_disable(ctx, me->id);
    return err == DW_OK
               ? factor_changed(req, &mine,
                                "the second factor of your account was turned off. If that was not you,"
                                " have your password reset at once.")
               : err;
}
DW_HANDLER(mfa_disable, mfa_end, dw_nothing);

static const dw_route routes[] = {
    DW_POST("/enroll", mfa_enroll, DW_ANY_USER, GUESSES_ARE_LIMITED, .status = 200,
            .without_mfa = "the first half of turning it on",
            .doc = "A seed for an authenticator; it counts once a code of it has confirmed it"),
    DW_POST("/confirm", mfa_confirm, DW_ANY_USER, GUESSES_ARE_LIMITED, .status = 200,
            .without_mfa = "the second half of turning it on",
            .doc = "Turn it on. The ten recovery codes are never shown again"),
    DW_POST("/disable", mfa_disable, DW_ANY_USER, GUESSES_ARE_LIMITED, .status = 204,
            .doc = "Turn it off, with password and code"),
};
const dw_blueprint coffer_mfa = DW_BLUEPRINT("/auth/mfa", routes, .name = "mfa", .doc = "The second factor");
