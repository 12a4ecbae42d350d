/* coffer/blueprints/admin.c -- what administrators see, and what they do to accounts.
 *
 * Whoever does something has shown lately who they are (.fresh), and it is written down before it is done.  It takes effect on the next request: what the account
 * was signed in with ends in the same transaction.  Nothing here leaves Coffer without anybody who can administer it. */
#include "../account_change.h"
#include "../user_records.h"

/* ---- seeing ---- */

DW_PAGE(user_row_page, user_row);
DW_SCHEMA(users_in,
    (dw_text, q,        .optional = true),
    (int64_t, role,     .optional = true),
    (bool,    disabled, .optional = true),
    (int64_t, after_id),
    (dw_text, after_username),
    (int64_t, n)
);
DW_ORDERED(users_page, users_in, user_row,
           USER_ROW
           " WHERE (:q IS NULL OR username = :q OR replace(lower(email), lower(:q), '') <> lower(email))"
           " AND (:role IS NULL OR (roles & :role) <> 0)"
           " AND (:disabled IS NULL OR (disabled <> 0) = :disabled)",
           id, username);

static dw_err show_page(dw_ctx *ctx, const user_row_page *rows, user_page *out)
{
    user_record *v = dw_alloc(ctx, (rows->items.n + 1) * sizeof *v);
    dw_err err = v != NULL ? DW_OK : DW_UNAVAILABLE;

    for (size_t i = 0; err == DW_OK && i < rows->items.n; i++)
        err = coffer_user_record(ctx, &rows->items.v[i], &v[i]);
    out->items = (user_page_items){v, rows->items.n};
    out->next = rows->next;
    out->has.next = rows->has.next;
    return err;
}

static dw_err list_users(dw_req *req, const user_list *in, user_page *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    users_in page = {.q = in->q,
                     .role = in->has.role ? INT64_C(1) << (in->role - 1) : 0,
                     .disabled = in->disabled,
                     .has = {.q = in->has.q, .role = in->has.role, .disabled = in->has.disabled},
                     .n = in->has.limit ? in->limit : DW_SETTINGS_OF(ctx, coffer_settings)->page_items};
    user_row_page rows = {0};
    dw_err err = DW_PAGE_OF(ctx, users_page, in->sort, in->cursor, &page, &rows);

    if (err == DW_BAD_REQUEST)
        return dw_req_fail(req, err, "The cursor is not one of this list");
    return err == DW_OK ? show_page(ctx, &rows, out) : err;
}
DW_HANDLER(list_users, user_list, user_page);

DW_SCHEMA(stats_in, (int64_t, admin));
DW_SCHEMA(stats_out,
    (int64_t, users),
    (int64_t, disabled),
    (int64_t, administrators, .doc = "Who are not disabled"),
    (int64_t, secondFactors,  .doc = "Accounts that have one"),
    (int64_t, sessions,       .doc = "Browsers that are signed in; those that have run out go with time"),
    (int64_t, tokens,         .doc = "Sign-ins by token, likewise"),
    (int64_t, apiKeys),
    (int64_t, items),
    (int64_t, cards),
    (int64_t, jobs,           .doc = "What is done behind requests: waiting, running or failed")
);
DW_QUERY(stats_now, stats_in, stats_out,
    "SELECT (SELECT count(*) FROM users) AS users,"
    " (SELECT count(*) FROM users WHERE disabled <> 0) AS disabled,"
    " (SELECT count(*) FROM users WHERE disabled = 0 AND (roles & :admin) <> 0) AS administrators,"
    " (SELECT count(*) FROM dw_mfa WHERE active = 1) AS \"secondFactors\","
    " (SELECT count(*) FROM dw_sessions) AS sessions,"
    " (SELECT count(*) FROM dw_token_families) AS tokens,"
    " (SELECT count(*) FROM dw_api_keys) AS \"apiKeys\","
    " (SELECT count(*) FROM items) AS items,"
    " (SELECT count(*) FROM virtual_cards) AS cards,"
    " (SELECT count(*) FROM dw_jobs) AS jobs",
    .not_owned = "administrators see how many items and cards there are, and no more of them");

static dw_err show_stats(dw_req *req, const dw_nothing *in, stats_out *out)
{
    const stats_in roles = {.admin = INT64_C(1) << role_admin};

    (void)in;
    return DW_ONE(dw_req_ctx(req), stats_now, &roles, out);
}
DW_HANDLER(show_stats, dw_nothing, stats_out);

/* ---- doing ---- */

static dw_err find_user(dw_req *req, const user_key *key, account_row *row)
{
    return coffer_account_of_id(dw_req_ctx(req), key->id, row);
}
DW_LOADER_FN(user_of_path, user_key, account_row, find_user);

static bool administers(int64_t roles, bool disabled)
{
    return !disabled && (roles >> role_admin & 1) != 0;
}

static dw_err refuse_last(dw_req *req, dw_err err)
{
    return err == DW_CONFLICT ? dw_req_fail(req, err, "Nobody would be left who can administer") : err;
}

/* Before the act is written down: whether the account may stop administering, as far as can be seen now. The transaction looks again. */
static dw_err may_lose(dw_req *req, const account_row *it)
{
    return administers(it->roles, it->disabled)
               ? refuse_last(req, coffer_admin_is_left(dw_req_ctx(req), it->account))
               : DW_OK;
}

/* What was written down and did not happen is written down too. */
static dw_err undone(dw_req *req, const account_row *it, dw_err err)
{
    dw_err said = DW_AUDIT(dw_req_ctx(req), "account.unchanged", DW_KV(account, it->uid),
                           DW_KV(code, dw_err_code(err)));

    return said == DW_OK ? refuse_last(req, err) : said;
}

static dw_err set_roles(dw_req *req, const account_row *it, const roles_set *in, user_record *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    const int64_t roles = coffer_roles_of(&in->roles);
    dw_err err = (roles >> role_admin & 1) != 0 ? DW_OK : may_lose(req, it);

    if (err == DW_OK)
        err = DW_AUDIT(ctx, "account.roles_set", DW_KV(account, it->uid),
                       DW_KV(roles, coffer_roles_words(ctx, roles)),
                       DW_KV(before, coffer_roles_words(ctx, it->roles)));
    if (err != DW_OK)
        return err;
    DW_TX_REPEATABLE(ctx, &err)
    {
        err = coffer_set_roles(ctx, it->account, roles);
        if (err == DW_OK)
            err = coffer_admin_is_left(ctx, 0);
    }
    return err == DW_OK ? coffer_user_show(ctx, it->account, out) : undone(req, it, err);
}
DW_HANDLER_OF(set_roles, user_of_path, roles_set, user_record);

static dw_err switch_account(dw_req *req, const account_row *it, bool disabled, user_record *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    dw_err err;

    DW_TX_REPEATABLE(ctx, &err)
    {
        err = coffer_set_disabled(ctx, it->account, disabled);
        if (err == DW_OK)
            err = coffer_admin_is_left(ctx, 0);
    }
    return err == DW_OK ? coffer_user_show(ctx, it->account, out) : undone(req, it, err);
}

static dw_err disable_user(dw_req *req, const account_row *it, const user_key *in, user_record *out)
{
    dw_err err = may_lose(req, it);

    (void)in;
    if (err == DW_OK)
        err = DW_AUDIT(dw_req_ctx(req), "account.disabled", DW_KV(account, it->uid));
    return err == DW_OK ? switch_account(req, it, true, out) : err;
}
DW_HANDLER_OF(disable_user, user_of_path, user_key, user_record);

static dw_err enable_user(dw_req *req, const account_row *it, const user_key *in, user_record *out)
{
    dw_err err = DW_AUDIT(dw_req_ctx(req), "account.enabled", DW_KV(account, it->uid));

    (void)in;
    return err == DW_OK ? switch_account(req, it, false, out) : err;
}
DW_HANDLER_OF(enable_user, user_of_path, user_key, user_record);

static dw_err end_user_sessions(dw_req *req, const account_row *it, const user_key *in, dw_nothing *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    dw_err err = DW_AUDIT(ctx, "account.sign_ins_ended", DW_KV(account, it->uid));

    (void)in, (void)out;
    if (err != DW_OK)
        return err;
    DW_TX_REPEATABLE(ctx, &err)
    {
        err = coffer_sign_ins_end(ctx, it);
    }
    return err == DW_OK ? DW_OK : undone(req, it, err);
}
DW_HANDLER_OF(end_user_sessions, user_of_path, user_key, dw_nothing);

static dw_err delete_user(dw_req *req, const account_row *it, const user_key *in, dw_nothing *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    dw_err err = may_lose(req, it);

    (void)in, (void)out;
    if (err == DW_OK)
        err = DW_AUDIT(ctx, "account.deleted", DW_KV(account, it->uid));
    if (err != DW_OK)
        return err;
    err = coffer_delete_account(ctx, it, true);
    return err == DW_OK ? DW_OK : undone(req, it, err);
}
DW_HANDLER_OF(delete_user, user_of_path, user_key, dw_nothing);

static const dw_route routes[] = {
    DW_GET("/admin/users", list_users, DW_ROLES(admin), .doc = "Accounts, page by page"),
    DW_GET("/admin/stats", show_stats, DW_ROLES(admin), .doc = "How much there is of everything"),
    DW_PUT("/admin/users/{id}/roles", set_roles, DW_ROLES(admin), .fresh = true,
           .doc = "What an account may. Whoever is signed in as it is not any more, and its keys end"),
    DW_POST("/admin/users/{id}/disable", disable_user, DW_ROLES(admin), .fresh = true, .status = 200,
            .doc = "Let nobody in as this account, whatever they have"),
    DW_POST("/admin/users/{id}/enable", enable_user, DW_ROLES(admin), .fresh = true, .status = 200,
            .doc = "Let its owner in again, who signs in anew"),
    DW_DELETE("/admin/users/{id}/sessions", end_user_sessions, DW_ROLES(admin), .fresh = true,
              .doc = "End what an account is signed in with: sessions and tokens"),
    DW_DELETE("/users/{id}", delete_user, DW_ROLES(admin), .fresh = true,
              .doc = "Take an account away, and all that is its own"),
};
const dw_blueprint coffer_admin =
    DW_BLUEPRINT("/api", routes, .name = "admin", .doc = "For administrators", API_LIMIT);
