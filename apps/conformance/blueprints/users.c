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

/* ---- accounts by number ---- */

DW_SCHEMA(user_key, (int64_t, id, DW_RANGE(1, INT64_MAX)));
DW_SCHEMA(user_seen, (int64_t, id), (int64_t, admin));
DW_SCHEMA(user_uid, (dw_text, uid));
DW_QUERY(user_by_id, user_seen, user_out, "SELECT id, username FROM users WHERE id = :id AND (id = :me OR :admin = 1)");
DW_QUERY(user_uid_of, user_key, user_uid, "SELECT uid FROM users WHERE id = :id");
DW_QUERY(user_end, user_key, dw_nothing, "DELETE FROM users WHERE id = :id");

/* Another's account is not found, and looks like one that is not there. */
static dw_err show_user(dw_req *req, const user_key *in, user_out *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    const user_seen seen = {.id = in->id, .admin = dw_ctx_has_role(ctx, role_admin)};

    return DW_ONE(ctx, user_by_id, &seen, out);
}
DW_HANDLER(show_user, user_key, user_out);

/* With it goes what lets its owner in. */
static dw_err end_user(dw_req *req, const user_key *in, dw_nothing *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    user_uid whose = {0};
    dw_err err = DW_ONE(ctx, user_uid_of, in, &whose);

    (void)out;
    if (err == DW_OK)
        err = DW_AUDIT(ctx, "account.deleted", DW_KV(account, whose.uid));
    if (err != DW_OK)
        return err;
    DW_TX_REPEATABLE(ctx, &err)
    {
        err = dw_sessions_end_all(ctx, whose.uid, NULL);
        if (err == DW_OK)
            err = dw_api_keys_end_all(ctx, whose.uid);
        if (err == DW_OK)
            err = DW_EXEC(ctx, user_end, in, NULL);
    }
    return err;
}
DW_HANDLER(end_user, user_key, dw_nothing);

DW_SCHEMA(user_in,
    (dw_text,   username, DW_LEN(3, 64), .pattern = "[a-z][a-z0-9_-]*"),
    (dw_secret, password, DW_LEN(15, 128)),
    (dw_email,  email,    .optional = true)
);
DW_SCHEMA(user_new, (dw_text, uid), (dw_text, username), (dw_text, password_hash), (dw_email, email, .optional = true));
DW_QUERY(user_insert, user_new, user_out,
    "INSERT INTO users (uid, username, password_hash, email, roles) VALUES (:uid, :username, :password_hash, :email, 1)"
    " RETURNING id, username");

/* For an admin, who may know that a name is taken. */
static dw_err create_user(dw_req *req, const user_in *in, user_out *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    user_new user = {.uid = dw_uuid_text(ctx, dw_uuid_new()),
                     .username = in->username,
                     .email = in->email,
                     .has.email = in->has.email};
    dw_err err = dw_password_check(ctx, in->password, .names = {in->username, DW_TEXT("conformance")});

    if (err == DW_OK)
        err = dw_password_hash(ctx, in->password, &user.password_hash);
    if (err == DW_OK)
        err = DW_ONE(ctx, user_insert, &user, out);
    return err == DW_OK
               ? dw_reply_header(req, "Location", dw_format(ctx, "/api/users/%lld", (long long)out->id))
               : err;
}
DW_HANDLER(create_user, user_in, user_out);

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
    DW_POST("/api/users", create_user, DW_ROLES(admin)),
    DW_GET("/api/users/{id}", show_user, DW_ANY_USER),
    DW_DELETE("/api/users/{id}", end_user, DW_ROLES(admin)),
    DW_GET("/api/data", show_data, DW_ANY_USER, .by = DW_API_KEY, .scopes = DW_SCOPES(read)),
    DW_GET("/api/data/either", show_data, DW_ANY_USER, .by = DW_API_KEY | DW_BEARER,
           .scopes = DW_SCOPES(read)),
    DW_GET("/api/data/both", show_data, DW_ROLES(admin), .by = DW_API_KEY, .scopes = DW_SCOPES(read, write)),
    DW_PUT("/api/users/{username}/state", set_account, DW_ROLES(admin), .status = 200),
};
const dw_blueprint users = DW_BLUEPRINT("", routes);
