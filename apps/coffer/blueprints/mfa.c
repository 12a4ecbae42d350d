/* coffer/blueprints/mfa.c -- the second factor of one's own account: setting it up, and taking it away.
 *
 * Who does that says the password again: a token that was left open is not enough. */
#include "../coffer.h"
#include "../models.h"

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

DW_SCHEMA(mfa_hash, (dw_text, password_hash));
DW_QUERY(mfa_hash_mine, dw_nothing, mfa_hash, "SELECT password_hash FROM users WHERE id = :me");

static dw_err say_again(dw_req *req, dw_secret password)
{
    const dw_nothing nothing = {0};
    dw_ctx *ctx = dw_req_ctx(req);
    mfa_hash mine;
    dw_err err = DW_ONE(ctx, mfa_hash_mine, &nothing, &mine);

    if (err == DW_OK)
        err = dw_password_verify(ctx, password, mine.password_hash);
    if (err != DW_UNAUTHENTICATED)
        return err;
    DW_LOG_INFO(ctx, "auth.password_refused", DW_KV(account, dw_req_principal(req)->uid));
    return dw_req_fail(req, DW_INVALID_GRANT, "That is not the password");
}

/* A new seed. It does not count before a code of it was shown. */
static dw_err mfa_enroll(dw_req *req, const mfa_again *in, mfa_new *out)
{
    const dw_principal *me = dw_req_principal(req);
    dw_mfa_enrolment made;
    dw_err err = say_again(req, in->password);

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
    dw_err err = dw_mfa_confirm(dw_req_ctx(req), me->id, in->code, &out->recovery_codes.v);

    out->recovery_codes.n = DW_MFA_CODES;
    if (err == DW_INVALID)
        return dw_req_fail(req, DW_INVALID, "That is not the code that the authenticator shows now");
    return err == DW_CONFLICT ? dw_req_fail(req, DW_CONFLICT, "Nothing waits to be confirmed") : err;
}
DW_HANDLER(mfa_confirm, mfa_code, mfa_codes);

static dw_err mfa_disable(dw_req *req, const mfa_end *in, dw_nothing *out)
{
    const dw_principal *me = dw_req_principal(req);
    dw_ctx *ctx = dw_req_ctx(req);
    dw_mfa_used used;
    dw_err err = say_again(req, in->password);

    (void)out;
    if (err == DW_OK)
        err = dw_mfa_check(ctx, me->id, in->code, &used);
    if (err == DW_MFA_REQUIRED)
        return dw_req_fail(req, DW_INVALID_GRANT, "That is not the code that the authenticator shows now");
    return err == DW_OK ? dw_mfa_disable(ctx, me->id) : err;
}
DW_HANDLER(mfa_disable, mfa_end, dw_nothing);

static const dw_route routes[] = {
    DW_POST("/enroll", mfa_enroll, DW_ANY_USER, .status = 200,
            .doc = "A seed for an authenticator; it counts once a code of it has confirmed it"),
    DW_POST("/confirm", mfa_confirm, DW_ANY_USER, .status = 200,
            .doc = "Turn it on. The ten recovery codes are never shown again"),
    DW_POST("/disable", mfa_disable, DW_ANY_USER, .status = 204,
            .doc = "Turn it off, with password and code"),
};
const dw_blueprint coffer_mfa = DW_BLUEPRINT("/auth/mfa", routes, .name = "mfa", .doc = "The second factor");
