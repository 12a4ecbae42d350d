/* coffer/blueprints/auth.c -- signing in: the OAuth2 password form, the tokens it gives, their renewal and their end. */
#include "../accounts.h"
#include "../sign_in.h"

DW_SCHEMA(token_form,
    (dw_text,   grant_type, DW_LEN(1, 64)),
    (dw_text,   username,   DW_LEN(1, 256), .optional = true),
    (dw_secret, password,   DW_LEN(1, 1024), .optional = true),
    (dw_secret, refresh_token, DW_LEN(1, 8192), .optional = true),
    (dw_secret, otp,        DW_LEN(1, 64), .optional = true, .doc = "Code of the second factor, or a recovery code, where the account has one"),
    (dw_text,   scope,      .optional = true),
    (dw_text,   client_id,  .optional = true),
    (dw_secret, client_secret, .optional = true)
);

DW_SCHEMA(token_out,
    (dw_text, access_token),
    (dw_text, token_type),
    (int64_t, expires_in),
    (dw_text, refresh_token)
);

/* Begins it if the account is still as it was when the password was found good, and else asks once more. */
static dw_err begin(dw_ctx *ctx, const token_form *in, shown *by, dw_issued *issued)
{
    const dw_still still = {coffer_shown_still, by};
    dw_err err = dw_tokens_begin_if(ctx, by->found.uid, &still, issued);

    if (err == DW_NOT_FOUND &&
        (err = coffer_credential_again(ctx, in->username, in->password, &by->found)) == DW_OK)
        err = dw_tokens_begin_if(ctx, by->found.uid, &still, issued);
    return err == DW_NOT_FOUND ? DW_UNAUTHENTICATED : err;
}

/* Tokens for a name and a password; unknown, disabled and wrong are the same words after the same work. */
static dw_err sign_in(dw_req *req, const token_form *in, dw_issued *issued)
{
    const sign_in_try try = {in->username, in->password, in->otp};
    dw_ctx *ctx = dw_req_ctx(req);
    dw_mfa_used used;
    dw_guess guess;
    shown by = {0};
    dw_err err;

    if (!in->has.username || !in->has.password)
        return dw_req_fail(req, DW_BAD_REQUEST, "username and password are required");
    err = coffer_sign_in(req, &try, &by, &used, &guess);
    if (err != DW_OK)
        return err == DW_UNAUTHENTICATED ? DW_INVALID_GRANT : err;
    err = begin(ctx, in, &by, issued);
    if (err == DW_OK)
        coffer_password_upgrade(ctx, by.found.uid, in->password, by.found.password_hash);
    return err == DW_UNAUTHENTICATED ? DW_INVALID_GRANT : err;
}

static dw_err renew(dw_req *req, const token_form *in, dw_issued *issued)
{
    if (!in->has.refresh_token)
        return dw_req_fail(req, DW_BAD_REQUEST, "refresh_token is required");
    return dw_tokens_refresh(dw_req_ctx(req), in->refresh_token, issued);
}

static dw_err token(dw_req *req, const token_form *in, token_out *out)
{
    dw_issued issued;
    dw_err err;

    if (in->scope.n > 0)
        return DW_INVALID_SCOPE; /* there are none: what a caller may, their roles say */
    if (dw_text_is(in->grant_type, "password"))
        err = sign_in(req, in, &issued);
    else if (dw_text_is(in->grant_type, "refresh_token"))
        err = renew(req, in, &issued);
    else
        err = DW_UNSUPPORTED_GRANT_TYPE;
    if (err != DW_OK)
        return err;
    *out = (token_out){.access_token = issued.access_token,
                       .token_type = DW_TEXT("bearer"),
                       .expires_in = issued.expires_in,
                       .refresh_token = issued.refresh_token};
    return DW_OK;
}
DW_HANDLER(token, token_form, token_out);

DW_SCHEMA(revocation,
    (dw_secret, token, DW_LEN(1, 8192)),
    (dw_text,   token_type_hint, .optional = true, .doc = "Not needed, and not looked at")
);

/* Ends the sign-in that a token is of; what is none, or another's, changes nothing and looks the same (RFC 7009 section 2.2). */
static dw_err end_sign_in(dw_req *req, const revocation *in, dw_nothing *out)
{
    (void)out;
    return dw_tokens_revoke(dw_req_ctx(req), in->token);
}
DW_HANDLER(end_sign_in, revocation, dw_nothing);

static const dw_route routes[] = {
    DW_POST("/token", token, DW_PUBLIC("signing in"), .status = 200, .body = DW_BODY_FORM,
            .errors = DW_ERRORS_OAUTH, .cors = &coffer_pages, .no_rate = FAILURES_ARE_COUNTED,
            .doc = "Tokens for a password (RFC 6749 §4.3) or a refresh token (§6)"),
    DW_POST("/token/revoke", end_sign_in, DW_ANY_USER, .status = 200, .body = DW_BODY_FORM,
            .without_mfa = "who came in may leave again", .cors = &coffer_pages,
            .doc = "End the sign-in of a token of mine (RFC 7009)"),
    DW_JWKS_ROUTE,
};
const dw_blueprint coffer_auth =
    DW_BLUEPRINT("", routes, .by = DW_BEARER, .name = "auth", .doc = "Signing in");
