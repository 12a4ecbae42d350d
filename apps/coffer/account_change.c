/* coffer/account_change.c -- see account_change.h. */
#include "account_change.h"

DW_SCHEMA(set_roles, (int64_t, account), (int64_t, roles));
DW_SCHEMA(set_disabled, (int64_t, account), (bool, disabled));
DW_SCHEMA(set_password, (int64_t, account), (dw_text, password_hash));
DW_SCHEMA(admins_but, (int64_t, admin), (int64_t, but));
DW_SCHEMA(admins_left, (int64_t, n));

DW_QUERY(roles_set_of, set_roles, account_key,
    "UPDATE users SET roles = :roles WHERE id = :account RETURNING id AS account");
DW_QUERY(disabled_set_of, set_disabled, account_key,
    "UPDATE users SET disabled = CASE WHEN :disabled THEN 1 ELSE 0 END WHERE id = :account RETURNING id AS account");
DW_QUERY(password_set_of, set_password, account_key,
    "UPDATE users SET password_hash = :password_hash WHERE id = :account RETURNING id AS account");
DW_QUERY(admins_count, admins_but, admins_left,
    "SELECT count(*) AS n FROM users WHERE disabled = 0 AND (roles & :admin) <> 0 AND id <> :but");

dw_err coffer_set_roles(dw_ctx *ctx, int64_t account, int64_t roles)
{
    const set_roles in = {.account = account, .roles = roles};
    account_key changed;
    dw_err err = DW_ONE(ctx, roles_set_of, &in, &changed);

    return err == DW_OK ? coffer_account_changed(ctx, account) : err;
}

dw_err coffer_set_disabled(dw_ctx *ctx, int64_t account, bool disabled)
{
    const set_disabled in = {.account = account, .disabled = disabled};
    account_key changed;
    dw_err err = DW_ONE(ctx, disabled_set_of, &in, &changed);

    return err == DW_OK ? coffer_account_changed(ctx, account) : err;
}

dw_err coffer_set_password(dw_ctx *ctx, int64_t account, dw_text password_hash)
{
    const set_password in = {.account = account, .password_hash = password_hash};
    account_key changed;
    dw_err err = DW_ONE(ctx, password_set_of, &in, &changed);

    return err == DW_OK ? coffer_account_changed(ctx, account) : err;
}

dw_err coffer_admin_is_left(dw_ctx *ctx, int64_t but)
{
    const admins_but others = {.admin = INT64_C(1) << role_admin, .but = but};
    admins_left left = {0};
    dw_err err = DW_ONE(ctx, admins_count, &others, &left);

    return err == DW_OK && left.n == 0 ? DW_CONFLICT : err;
}

/* ---- taking one away ---- */

/* A transaction on SQLite has 50 ms, and somebody may have kept much. */
#define AT_A_TIME " LIMIT 500)"
DW_QUERY(items_end, account_key, dw_nothing,
    "DELETE FROM items WHERE id IN (SELECT id FROM items WHERE owner = :account" AT_A_TIME,
    .not_owned = "an account that is taken away takes its items with it");
DW_QUERY(cards_end, account_key, dw_nothing,
    "DELETE FROM virtual_cards WHERE id IN (SELECT id FROM virtual_cards WHERE owner = :account" AT_A_TIME,
    .not_owned = "an account that is taken away takes its cards with it");
DW_QUERY(repeats_end, account_key, dw_nothing, "DELETE FROM dw_repeats WHERE caller = :account");
DW_QUERY(factor_end, account_key, dw_nothing, "DELETE FROM dw_mfa WHERE account = :account");
DW_QUERY(recovery_end, account_key, dw_nothing, "DELETE FROM dw_mfa_codes WHERE account = :account");
DW_QUERY(account_end, account_key, dw_nothing, "DELETE FROM users WHERE id = :account");

static dw_err take_items(dw_ctx *ctx, const account_key *key)
{
    int64_t n = 1;
    dw_err err = DW_OK;

    while (err == DW_OK && n > 0)
        err = DW_EXEC(ctx, items_end, key, &n);
    return err;
}

static dw_err take_cards(dw_ctx *ctx, const account_key *key)
{
    int64_t n = 1;
    dw_err err = DW_OK;

    while (err == DW_OK && n > 0)
        err = DW_EXEC(ctx, cards_end, key, &n);
    return err;
}

/* What came in since it was disabled goes with the row: keys and codes that mails brought name it, and so do the last of its items. */
static dw_err take_row(dw_ctx *ctx, const account_key *key)
{
    dw_err err = DW_EXEC(ctx, repeats_end, key, NULL);

    if (err == DW_OK)
        err = DW_EXEC(ctx, recovery_end, key, NULL);
    if (err == DW_OK)
        err = DW_EXEC(ctx, factor_end, key, NULL);
    return err == DW_OK ? DW_EXEC(ctx, account_end, key, NULL) : err;
}

dw_err coffer_delete_account(dw_ctx *ctx, const account_row *account, bool keep_admin)
{
    const account_key key = {.account = account->account};
    dw_err err;

    DW_TX_REPEATABLE(ctx, &err)
    {
        err = coffer_set_disabled(ctx, key.account, true);
        if (err == DW_OK && keep_admin)
            err = coffer_admin_is_left(ctx, 0);
    }
    if (err == DW_OK)
        err = take_items(ctx, &key);
    if (err == DW_OK)
        err = take_cards(ctx, &key);
    if (err != DW_OK)
        return err;
    DW_TX_REPEATABLE(ctx, &err)
    {
        err = take_row(ctx, &key);
    }
    return err;
}
