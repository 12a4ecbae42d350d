/* coffer/account_find.c -- who there is: the one place where an account is read. */
#include "accounts.h"

DW_QUERY(account_of_id, account_key, account_row, ACCOUNT_ROW " WHERE u.id = :account");
DW_QUERY(account_of_name, account_name, account_row, ACCOUNT_ROW " WHERE u.username = :username");
DW_QUERY(account_of_address, account_address, account_row,
    ACCOUNT_ROW " WHERE lower(u.email) = lower(:email) AND u.email_verified = 1");
DW_QUERY(account_mine, dw_nothing, account_row, ACCOUNT_ROW " WHERE u.id = :me");

dw_err coffer_account_of_id(dw_ctx *ctx, int64_t account, account_row *out)
{
    const account_key key = {.account = account};

    return DW_ONE(ctx, account_of_id, &key, out);
}

dw_err coffer_account_of_name(dw_ctx *ctx, dw_text username, account_row *out)
{
    const account_name key = {.username = username};

    return DW_ONE(ctx, account_of_name, &key, out);
}

dw_err coffer_account_of_address(dw_ctx *ctx, dw_text email, account_row *out)
{
    const account_address key = {.email = email};

    return DW_ONE(ctx, account_of_address, &key, out);
}

dw_err coffer_account_mine(dw_ctx *ctx, account_row *out)
{
    const dw_nothing nothing = {0};

    return DW_ONE(ctx, account_mine, &nothing, out);
}
