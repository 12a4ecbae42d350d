/* auth/mfa_rewrap.c -- seeds move to the newest of DATA_KEYS.
 *
 * A row is changed only where its seed is still the one that was opened: what an owner does meanwhile counts. */
#include "auth/mfa.h"

#include "crypto/compare.h"
#include "crypto/keyring.h"

DW_LIST(kept_seeds, dw_mfa_kept);

static dw_err move(dw_ctx *ctx, const dw_mfa *mfa, const dw_mfa_kept *kept, int64_t *n)
{
    const struct mfa_sealed before = {.seed = kept->seed, .root = kept->root};
    uint8_t seed[DW__TOTP_SEED_MOST];
    struct mfa_sealed after;
    int64_t changes = 0;
    size_t seed_n;
    dw_err err = dw__mfa_open(ctx, kept->account, &before, seed, &seed_n);

    if (err != DW_OK)
        return err;
    err = dw__mfa_seal(ctx, kept->account, (dw_bytes){seed, seed_n}, &after);
    dw__wipe(seed, sizeof seed);
    if (err == DW_OK)
        err = dw_x_exec(
            ctx, mfa->seal_again,
            &(dw_mfa_sealed){
                .account = kept->account, .was = kept->seed, .seed = after.seed, .root = after.root},
            &changes);
    *n += changes;
    return err;
}

/* The next hundred behind *beyond, which goes on; false behind the last. What does not open is DW_INTERNAL and passed over. */
static dw_err some(dw_ctx *ctx, const dw_mfa *mfa, dw_mfa_before *from, int64_t *n, bool *more)
{
    kept_seeds found;
    dw_err trouble = DW_OK, err = dw_x_all(ctx, mfa->sealed_before, from, (dw_any_list *)(void *)&found);

    *more = err == DW_OK && found.n > 0;
    for (size_t i = 0; err == DW_OK && i < found.n; i++) {
        from->beyond = found.v[i].account;
        err = move(ctx, mfa, &found.v[i], n);
        if (err == DW_INTERNAL) {
            trouble = err;
            err = DW_OK;
        }
    }
    return err != DW_OK ? err : trouble;
}

dw_err dw_mfa_rewrap(dw_ctx *ctx, int64_t *n)
{
    const dw_mfa *mfa = dw__mfa_statements(ctx);
    char root[DW__KEYRING_ID];
    dw_mfa_before from = {.root = {root, sizeof root}, .beyond = INT64_MIN};
    dw_err trouble = DW_OK, err;
    bool more = true;

    *n = 0;
    if (mfa == NULL)
        return DW_INTERNAL;
    err = dw__keyring_id(ctx->services->data_keys, 0, root);
    while (err == DW_OK && more) {
        err = some(ctx, mfa, &from, n, &more);
        if (err == DW_INTERNAL) {
            trouble = err;
            err = DW_OK;
        }
    }
    return err != DW_OK ? err : trouble;
}
