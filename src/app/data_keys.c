/* app/data_keys.c -- whether a key may leave DATA_KEYS: not while something is sealed with it.
 *
 * Whoever drops one too early finds out when people cannot sign in: their second factors do not open, and nothing brings them back but the key. */
#include "app/command.h"
#include "crypto/keyring.h"

DW_LIST(root_list, dw_mfa_root);

static dw_err list_missing(dw_ctx *ctx, void *arg)
{
    const dw_nothing nothing = {0};
    struct buf *missing = arg;
    root_list roots;
    dw_err err = dw_x_all(ctx, ctx->services->mfa->roots, &nothing, (dw_any_list *)(void *)&roots);

    for (size_t i = 0; err == DW_OK && i < roots.n; i++)
        if (dw__keyring_find(ctx->services->data_keys, roots.v[i].root) == SIZE_MAX)
            dw__buf_format(
                missing,
                "the key %.*s is not in DATA_KEYS, and second factors are sealed with it: put it back, "
                "seal them anew (dw_mfa_rewrap), and take it out then\n",
                DW_FMT(roots.v[i].root));
    return err;
}

dw_err dw__data_keys_missing(const struct invocation *inv, struct buf *missing, struct buf *why)
{
    if (inv->app->mfa == NULL || inv->config->data_keys.n == 0)
        return DW_OK; /* which is refused elsewhere */
    return dw__on_database(inv, SQL_READ_ONLY, &(struct database_work){"check", list_missing, missing}, why);
}
