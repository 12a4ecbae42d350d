/* coffer/blueprints/users.c -- accounts: registering, and looking at one's own. */
#include "../accounts.h"
#include "../user_records.h"

DW_SCHEMA(user_insert_in,
    (dw_text, uid),
    (dw_text, username),
    (dw_text, email),
    (dw_text, password_hash),
    (int64_t, roles)
);

DW_QUERY(user_insert, user_insert_in, user_out,
    "INSERT INTO users (uid, username, email, password_hash, roles, created_at)"
    " VALUES (:uid, :username, :email, :password_hash, :roles, :now) RETURNING id, username, email");
DW_QUERY(user_me, dw_nothing, user_out, "SELECT id, username, email FROM users WHERE id = :me");

/* A new account can look, and nothing else, until an admin says more. A taken name is 409. Whether the address is somebody's is not told, and nothing here
 * depends on it: it is nobody's until a code that was sent there came back. */
static dw_err create_user(dw_req *req, const user_create *in, user_out *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    user_insert_in row = {
        .uid = dw_uuid_text(ctx, dw_uuid_new()),
        .username = in->username,
        .email = in->email,
        .roles = INT64_C(1) << role_viewer,
    };
    dw_err err = dw_password_check(ctx, in->password, .names = {in->username, in->email, DW_TEXT("coffer")});

    if (err == DW_OK)
        err = dw_password_hash(ctx, in->password, &row.password_hash);
    if (err != DW_OK)
        return err;
    DW_TX_REPEATABLE(ctx, &err)
    {
        err = DW_ONE(ctx, user_insert, &row, out);
        if (err == DW_OK)
            err = coffer_put_welcome(ctx, out->id, out->email);
    }
    return err == DW_CONFLICT ? dw_req_fail(req, DW_CONFLICT, "That username is taken") : err;
}
DW_HANDLER(create_user, user_create, user_out);

static dw_err show_me(dw_req *req, const dw_nothing *in, user_out *out)
{
    return DW_ONE(dw_req_ctx(req), user_me, in, out);
}
DW_HANDLER(show_me, dw_nothing, user_out);

/* Oneself, or anybody for an administrator, who is shown more; another's is as if it were not there. */
static dw_err show_user(dw_req *req, const user_key *in, user_record *out)
{
    dw_ctx *ctx = dw_req_ctx(req);

    if (in->id != dw_req_principal(req)->id && !dw_ctx_has_role(ctx, role_admin))
        return DW_NOT_FOUND;
    return coffer_user_show(ctx, in->id, out);
}
DW_HANDLER(show_user, user_key, user_record);

static const dw_route routes[] = {
    DW_POST("/users", create_user, DW_PUBLIC("registration is open to all"), .rate = DW_PER_MINUTE(5),
            .rate_by = DW_RATE_BY_ADDRESS, .doc = "Make an account"),
    DW_GET("/users/me", show_me, DW_ANY_USER, .doc = "My own record"),
    DW_GET("/users/{id}", show_user, DW_ANY_USER, .doc = "My own record; anybody's for an administrator"),
};
const dw_blueprint coffer_users =
    DW_BLUEPRINT("/api", routes, .name = "users", .doc = "Accounts", .cors = &coffer_pages, API_LIMIT);
