/* coffer/blueprints/auth.c -- signing in: the OAuth2 password form and the token it gives. */
#include "../coffer.h"
#include "../models.h"

DW_SCHEMA(token_form,
    (dw_text,   grant_type, DW_LEN(1, 64)),
    (dw_text,   username,   DW_LEN(1, 256), .optional = true),
    (dw_secret, password,   DW_LEN(1, 1024), .optional = true),
    (dw_text,   scope,      .optional = true),
    (dw_text,   client_id,  .optional = true),
    (dw_secret, client_secret, .optional = true)
);

DW_SCHEMA(token_out,
    (dw_text, access_token),
    (dw_text, token_type),
    (int64_t, expires_in)
);

DW_SCHEMA(credential_key, (dw_text, username));
DW_SCHEMA(credential, (dw_text, uid), (dw_text, password_hash));

DW_QUERY(credential_by_name, credential_key, credential,
    "SELECT uid, password_hash FROM users WHERE username = :username AND disabled = 0");

/* Gives a token for a name and a password; unknown, disabled and wrong are the same words after the same work. */
static dw_err token(dw_req *req, const token_form *in, token_out *out)
{
    const credential_key key = {.username = in->username};
    dw_ctx *ctx = dw_req_ctx(req);
    credential found = {0};
    dw_err err;

    if (!dw_text_is(in->grant_type, "password"))
        return DW_UNSUPPORTED_GRANT_TYPE;
    if (!in->has.username || !in->has.password)
        return dw_req_fail(req, DW_BAD_REQUEST, "username and password are required");
    err = DW_ONE(ctx, credential_by_name, &key, &found);
    if (err != DW_OK && err != DW_NOT_FOUND)
        return err;
    err = dw_password_verify(ctx, in->password, found.password_hash);
    if (err == DW_UNAUTHENTICATED) {
        DW_LOG_INFO(ctx, "auth.password_refused",
                    DW_KV(account, found.uid)); /* people type passwords as names */
        return DW_INVALID_GRANT;
    }
    if (err != DW_OK)
        return err;
    out->token_type = DW_TEXT("bearer");
    return dw_token_issue(ctx, found.uid, &out->access_token, &out->expires_in);
}
DW_HANDLER(token, token_form, token_out);

static const dw_route routes[] = {
    DW_POST("/token", token, DW_PUBLIC("signing in"), .status = 200, .body = DW_BODY_FORM,
            .errors = DW_ERRORS_OAUTH, .doc = "OAuth2 password grant (RFC 6749 §4.3)"),
};
const dw_blueprint coffer_auth = DW_BLUEPRINT("", routes, .name = "auth", .doc = "Signing in");
