/* auth/mfa.c -- see <dw/mfa.h>: what an application asks of an account's second factor.
 *
 * Must never: be DW_OK for an account that has one, without a code that nobody has used. */
#include "auth/mfa.h"

#include <string.h>

#include "auth/recovery.h"
#include "base/log.h"
#include "codec/base32.h"
#include "crypto/compare.h"
#include <dw/tx.h>

_Static_assert(DW_MFA_CODES == 10, "dw_mfa_codes has a member for each");

static dw_err refused(dw_ctx *ctx, int64_t account, const char *why)
{
    DW__MFA_EVENT(ctx, DW_LOG_LEVEL_INFO, "mfa.refused", account, DW_KV(why, why));
    return DW_MFA_REQUIRED;
}

/* What is there; nothing is a row of zeros. */
static dw_err find(dw_ctx *ctx, const dw_mfa *mfa, int64_t account, dw_mfa_row *row)
{
    const dw_mfa_key key = {.account = account};
    dw_err err = dw_x_one(ctx, mfa->find, &key, row);

    if (err != DW_NOT_FOUND)
        return err;
    memset(row, 0, sizeof *row);
    return DW_OK;
}

dw_err dw_mfa_look(dw_ctx *ctx, int64_t account, dw_mfa_state *out)
{
    const dw_mfa *mfa = dw__mfa_statements(ctx);
    dw_mfa_row row;
    dw_err err;

    *out = (dw_mfa_state){0};
    if (mfa == NULL)
        return DW_INTERNAL;
    err = find(ctx, mfa, account, &row);
    if (err == DW_OK && row.active == 1)
        *out = (dw_mfa_state){.on = true, .codes_left = row.codes};
    return err;
}

/* ---- recovery codes ---- */

/* Ten of them, as they are shown and as they are kept. */
static dw_err make_codes(dw_ctx *ctx, int64_t account, dw_text **shown, dw_mfa_codes *kept)
{
    dw_text *const each[DW_MFA_CODES] = {&kept->c0, &kept->c1, &kept->c2, &kept->c3, &kept->c4,
                                         &kept->c5, &kept->c6, &kept->c7, &kept->c8, &kept->c9};
    char *text = dw__arena_bytes(ctx->arena, DW_MFA_CODES * (DW__RECOVERY_TEXT + DW__RECOVERY_KEPT));
    uint8_t bytes[DW__RECOVERY_BYTES];
    dw_err err = DW_OK;

    *shown = dw__arena_calloc(ctx->arena, DW_MFA_CODES, sizeof **shown);
    if (text == NULL || *shown == NULL)
        return DW_UNAVAILABLE;
    kept->account = account;
    for (unsigned i = 0; i < DW_MFA_CODES && err == DW_OK; i++) {
        dw__recovery_make(bytes);
        dw__recovery_show(bytes, text);
        (*shown)[i] = (dw_text){text, DW__RECOVERY_TEXT};
        text += DW__RECOVERY_TEXT;
        err = dw__recovery_kept(account, bytes, text);
        *each[i] = (dw_text){text, DW__RECOVERY_KEPT};
        text += DW__RECOVERY_KEPT;
    }
    dw__wipe(bytes, sizeof bytes);
    return err;
}

/* In the transaction that is open. */
static dw_err replace_codes(dw_ctx *ctx, const dw_mfa *mfa, const dw_mfa_codes *kept)
{
    const dw_mfa_key key = {.account = kept->account};
    dw_err err = dw_x_exec(ctx, mfa->end_codes, &key, NULL);

    return err == DW_OK ? dw_x_exec(ctx, mfa->put_codes, kept, NULL) : err;
}

dw_err dw_mfa_new_codes(dw_ctx *ctx, int64_t account, const dw_text **codes)
{
    const dw_mfa *mfa = dw__mfa_statements(ctx);
    dw_mfa_codes kept = {0};
    dw_mfa_row row;
    dw_text *shown;
    dw_err err;

    *codes = NULL;
    if (mfa == NULL)
        return DW_INTERNAL;
    if ((err = make_codes(ctx, account, &shown, &kept)) != DW_OK)
        return err;
    DW_TX_REPEATABLE(ctx, &err)
    {
        err = find(ctx, mfa, account, &row);
        if (err == DW_OK)
            err = row.active == 1 ? replace_codes(ctx, mfa, &kept) : DW_CONFLICT;
    }
    if (err != DW_OK)
        return err;
    *codes = shown;
    DW__MFA_EVENT(ctx, DW_LOG_LEVEL_INFO, "mfa.codes_renewed", account);
    return DW_OK;
}

/* ---- turning it on and off ---- */

dw_err dw__mfa_begin(dw_ctx *ctx, const dw_mfa *mfa, int64_t account, dw_bytes seed, int64_t active)
{
    dw_mfa_start start = {.account = account, .active = active, .now_s = dw_now_unix(ctx)};
    struct mfa_sealed sealed;
    int64_t changes;
    dw_err err = dw__mfa_seal(ctx, account, seed, &sealed);

    if (err != DW_OK)
        return err;
    start.seed = sealed.seed;
    start.root = sealed.root;
    err = dw_x_exec(ctx, mfa->begin, &start, &changes);
    return err == DW_OK && changes == 0 ? DW_CONFLICT : err;
}

dw_err dw_mfa_import(dw_ctx *ctx, int64_t account, dw_secret seed)
{
    const dw_mfa *mfa = dw__mfa_statements(ctx);
    char text[DW__BASE32_SIZE(DW__TOTP_SEED_MOST)];
    uint8_t bytes[DW__TOTP_SEED_MOST];
    size_t n;
    dw_err err = DW_INVALID;

    if (mfa == NULL)
        return DW_INTERNAL;
    if (dw__base32_fold((dw_text){seed.p, seed.n}, text, sizeof text, &n) &&
        dw__base32_decode((dw_text){text, n}, bytes, sizeof bytes, &n) && n >= DW__TOTP_SEED_LEAST)
        err = dw__mfa_begin(ctx, mfa, account, (dw_bytes){bytes, n}, 1);
    dw__wipe(text, sizeof text);
    dw__wipe(bytes, sizeof bytes);
    if (err == DW_OK)
        DW__MFA_EVENT(ctx, DW_LOG_LEVEL_INFO, "mfa.on", account, DW_KV(how, "imported"));
    return err;
}

/* The code that was shown becomes the last step in the same transaction: it is not good for signing in as well. */
static dw_err turn_on(dw_ctx *ctx, const dw_mfa *mfa, const dw_mfa_accept *accept, const dw_mfa_codes *kept)
{
    int64_t changes;
    dw_err err;

    DW_TX_REPEATABLE(ctx, &err)
    {
        err = dw_x_exec(ctx, mfa->accept, accept, &changes);
        if (err == DW_OK)
            err = changes == 1 ? replace_codes(ctx, mfa, kept) : DW_CONFLICT;
    }
    return err;
}

dw_err dw_mfa_confirm(dw_ctx *ctx, int64_t account, dw_secret code, const dw_text **codes)
{
    const dw_mfa *mfa = dw__mfa_statements(ctx);
    dw_mfa_accept accept;
    dw_mfa_codes kept = {0};
    dw_text *shown;
    dw_err err;

    *codes = NULL;
    if (mfa == NULL)
        return DW_INTERNAL;
    err = dw__mfa_try(ctx, mfa, account, 0, code, &accept);
    if (err == DW_UNAUTHENTICATED) {
        (void)refused(ctx, account, "wrong code to confirm with");
        return DW_INVALID;
    }
    if (err == DW_NOT_FOUND)
        return DW_CONFLICT;
    if (err == DW_OK)
        err = make_codes(ctx, account, &shown, &kept);
    if (err == DW_OK)
        err = turn_on(ctx, mfa, &accept, &kept);
    if (err != DW_OK)
        return err;
    *codes = shown;
    DW__MFA_EVENT(ctx, DW_LOG_LEVEL_INFO, "mfa.on", account, DW_KV(how, "confirmed"));
    return DW_OK;
}

dw_err dw_mfa_disable(dw_ctx *ctx, int64_t account)
{
    const dw_mfa *mfa = dw__mfa_statements(ctx);
    const dw_mfa_key key = {.account = account};
    dw_err err;

    if (mfa == NULL)
        return DW_INTERNAL;
    DW_TX_REPEATABLE(ctx, &err)
    {
        err = dw_x_exec(ctx, mfa->end_codes, &key, NULL);
        if (err == DW_OK)
            err = dw_x_exec(ctx, mfa->end, &key, NULL);
    }
    if (err == DW_OK)
        DW__MFA_EVENT(ctx, DW_LOG_LEVEL_INFO, "mfa.off", account);
    return err;
}

/* ---- signing in ---- */

static dw_err check_totp(dw_ctx *ctx, const dw_mfa *mfa, int64_t account, dw_secret code)
{
    dw_mfa_accept accept;
    int64_t changes;
    dw_err err = dw__mfa_try(ctx, mfa, account, 1, code, &accept);

    if (err == DW_UNAUTHENTICATED)
        return refused(ctx, account, "wrong code, or one that was used");
    if (err == DW_NOT_FOUND)
        return refused(ctx, account, "it was turned off meanwhile");
    if (err != DW_OK)
        return err;
    err = dw_x_exec(ctx, mfa->accept, &accept, &changes);
    if (err != DW_OK)
        return err;
    return changes == 1 ? DW_OK : refused(ctx, account, "another was faster with that code");
}

/* The DELETE of a code is its use; two cannot delete it. */
static dw_err use_recovery(dw_ctx *ctx, const dw_mfa *mfa, int64_t account, dw_secret typed, bool *right)
{
    uint8_t bytes[DW__RECOVERY_BYTES];
    char kept[DW__RECOVERY_KEPT];
    int64_t changes = 0;
    dw_err err;

    *right = false;
    if (!dw__recovery_read(typed, bytes))
        return DW_OK;
    err = dw__recovery_kept(account, bytes, kept);
    dw__wipe(bytes, sizeof bytes);
    if (err == DW_OK)
        err = dw_x_exec(ctx, mfa->use_code, &(dw_mfa_code){.account = account, .code = {kept, sizeof kept}},
                        &changes);
    *right = err == DW_OK && changes == 1;
    return err;
}

static dw_err check_recovery(dw_ctx *ctx, const dw_mfa *mfa, int64_t account, dw_secret typed)
{
    const dw_mfa_key key = {.account = account};
    dw_mfa_row row;
    bool right;
    dw_err err = use_recovery(ctx, mfa, account, typed, &right);

    if (err != DW_OK)
        return err;
    if (!right) {
        err = dw__mfa_count(ctx, mfa, account, 1, &row);
        return err == DW_OK || err == DW_NOT_FOUND ? refused(ctx, account, "wrong recovery code") : err;
    }
    DW__MFA_EVENT(ctx, DW_LOG_LEVEL_WARN, "mfa.recovery_used", account);
    return dw_x_exec(ctx, mfa->calm, &key, NULL);
}

dw_err dw_mfa_check(dw_ctx *ctx, int64_t account, dw_secret code, dw_mfa_used *used)
{
    const dw_mfa *mfa = dw__mfa_statements(ctx);
    const bool is_code = dw__otp_is_code(code);
    dw_mfa_row row;
    dw_err err;

    *used = DW_MFA_NOTHING;
    if (mfa == NULL)
        return DW_INTERNAL;
    if ((err = find(ctx, mfa, account, &row)) != DW_OK || row.active != 1)
        return err;
    if (code.n == 0)
        return DW_MFA_REQUIRED;
    err = is_code ? check_totp(ctx, mfa, account, code) : check_recovery(ctx, mfa, account, code);
    if (err == DW_OK)
        *used = is_code ? DW_MFA_TOTP : DW_MFA_RECOVERY;
    return err;
}
