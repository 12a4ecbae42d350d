/* conformance/blueprints/users.c -- the fixture's people: a token for a password, oneself, and what an admin does to others. */
#include "../conformance.h"

DW_SCHEMA(user_out, (int64_t, id), (dw_text, username));
DW_SCHEMA(login_in, (dw_text, grant_type, DW_LEN(1, 64)), (dw_text, username), (dw_secret, password, DW_LEN(1, 1024)));
DW_SCHEMA(login_out, (dw_text, access_token), (dw_text, token_type), (int64_t, expires_in));
DW_SCHEMA(credential_key, (dw_text, username));
DW_SCHEMA(credential, (dw_text, uid), (dw_text, password_hash));

DW_QUERY(user_me, dw_nothing, user_out, "SELECT id, username FROM users WHERE id = :me");
DW_QUERY(credential_by_name, credential_key, credential,
    "SELECT uid, password_hash FROM users WHERE username = :username AND disabled = 0");

static dw_err token(dw_req *req, const login_in *in, login_out *out)
{
    const credential_key key = {.username = in->username};
    dw_ctx *ctx = dw_req_ctx(req);
    credential found = {0};
    dw_err err;

    if (!dw_text_is(in->grant_type, "password"))
        return DW_UNSUPPORTED_GRANT_TYPE;
    err = DW_ONE(ctx, credential_by_name, &key, &found);
    if (err != DW_OK && err != DW_NOT_FOUND)
        return err;
    err = dw_password_verify(ctx, in->password, found.password_hash);
    if (err != DW_OK)
        return err == DW_UNAUTHENTICATED ? DW_INVALID_GRANT : err;
    out->token_type = DW_TEXT("bearer");
    return dw_token_issue(ctx, found.uid, &out->access_token, &out->expires_in);
}
DW_HANDLER(token, login_in, login_out);

static dw_err show_me(dw_req *req, const dw_nothing *in, user_out *out)
{
    return DW_ONE(dw_req_ctx(req), user_me, in, out);
}
DW_HANDLER(show_me, dw_nothing, user_out);

DW_SCHEMA(account_key, (dw_text, username, DW_LEN(1, 64)));
DW_SCHEMA(account_state, (bool, disabled));
DW_SCHEMA(account_change, (account_key, key, .flat = true), (account_state, set, .flat = true));
DW_QUERY(account_set, account_change, account_state,
    "UPDATE users SET disabled = CAST(:disabled AS integer) WHERE username = :username RETURNING disabled = 1 AS disabled");

DW_SCHEMA(account_uid, (dw_text, uid));
DW_QUERY(account_named, account_key, account_uid, "SELECT uid FROM users WHERE username = :username");

/* What an admin does to another is written down first. */
static dw_err set_account(dw_req *req, const account_change *in, account_state *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    account_uid whose = {0};
    dw_err err = DW_ONE(ctx, account_named, &in->key, &whose);

    if (err == DW_OK)
        err = DW_AUDIT(ctx, "account.state", DW_KV(account, whose.uid), DW_KV(disabled, in->set.disabled));
    return err == DW_OK ? DW_ONE(ctx, account_set, in, out) : err;
}
DW_HANDLER(set_account, account_change, account_state);

DW_SCHEMA(data_out, (dw_text, data));
static dw_err show_data(dw_req *req, const dw_nothing *in, data_out *out)
{
    (void)req, (void)in;
    out->data = DW_TEXT("sensitive");
    return DW_OK;
}
DW_HANDLER(show_data, dw_nothing, data_out);

static const dw_route routes[] = {
    DW_POST("/token", token, DW_PUBLIC("signing in"), .status = 200, .body = DW_BODY_FORM,
            .errors = DW_ERRORS_OAUTH),
    DW_GET("/api/users/me", show_me, DW_ANY_USER),
    DW_GET("/api/data", show_data, DW_ANY_USER, .by = DW_API_KEY, .scopes = DW_SCOPES(read)),
    DW_GET("/api/data/either", show_data, DW_ANY_USER, .by = DW_API_KEY | DW_BEARER,
           .scopes = DW_SCOPES(read)),
    DW_GET("/api/data/both", show_data, DW_ROLES(admin), .by = DW_API_KEY, .scopes = DW_SCOPES(read, write)),
    DW_PUT("/api/users/{username}/state", set_account, DW_ROLES(admin), .status = 200),
};
const dw_blueprint users = DW_BLUEPRINT("", routes);
