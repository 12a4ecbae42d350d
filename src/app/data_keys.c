/* app/data_keys.c -- whether a key may leave DATA_KEYS: not while something is sealed with it.
 *
 * Whoever drops one too early finds out when people cannot sign in: their second factors do not open, and nothing brings them back but the key.  So `check --deploy`
 * and the probe ask the database, and at a start the first worker: the monitor opens no database, and the store has no keys. */
#include "app/data_keys.h"

#include "app/work.h"
#include "base/text.h"
#include "crypto/keyring.h"
#include "guard/findings.h"

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

/* As `serve` says the rest: each line with the id of the finding. */
static void refuse(const struct buf *missing, struct buf *why)
{
    dw_text rest = {missing->p, missing->n};

    while (rest.n > 0) {
        dw_text line = dw__text_cut(&rest, '\n');

        dw__buf_format(why, "%s: %.*s\n", dw__finding(FOUND_KEYS_MISSING)->id, DW_FMT(line));
    }
}

static dw_err judge(dw_err asked, const struct buf *missing, struct buf *why)
{
    refuse(missing, why);
    return missing->n > 0 || missing->failed ? DW_CONFLICT : asked;
}

dw_err dw__data_keys_would_hold(const struct invocation *inv, struct buf *why)
{
    struct arena arena;
    struct buf missing;
    dw_err err;

    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&missing, &arena, (size_t)1 << 16);
    err = dw__data_keys_missing(inv, &missing, why);
    err = judge(err, &missing, why);
    dw__arena_release(&arena);
    return err;
}

static dw_err ask(struct runtime *p, struct buf *why)
{
    struct arena arena;
    struct buf missing;
    dw_err err;

    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&missing, &arena, (size_t)1 << 16);
    err = dw__work_run(&(struct database_work){"keys", list_missing, &missing}, p);
    err = judge(err, &missing, why);
    dw__arena_release(&arena);
    return err;
}

dw_err dw__data_keys_hold(struct runtime *p, struct buf *why)
{
    dw_err err = DW_OK;

    if (p->services.mfa != NULL && p->services.data_keys != NULL && p->services.sql != NULL)
        err = ask(p, why);
    if (err == DW_TIMEOUT) /* slow is not wrong */
        err = DW_UNAVAILABLE;
    if (err == DW_UNAVAILABLE)
        DW__EVENT(p->log, NULL, DW_LOG_LEVEL_ERROR, "database.unchecked",
                  DW_KV(why, "DATA_KEYS was not compared with the database"));
    else if (err != DW_OK && err != DW_CONFLICT)
        dw__buf_lit(why, "DATA_KEYS cannot be compared with the database\n");
    return err == DW_UNAVAILABLE ? DW_OK : err;
}
