/* auth/mfa_try.c -- one try at a code: counted first, looked at then, accepted by one UPDATE.
 *
 * The count is written and committed before the code is compared, on the condition that it is still what was read; so of any number of tries at the same time
 * exactly as many are looked at as one after the other.  A code is accepted by the UPDATE that moves the last step, which only one can.
 *
 * Must never: compare a code whose try has not been counted. */
#include "auth/mfa.h"

#include "base/log.h"
#include "crypto/compare.h"

/* So many failures in a row, and then a pause. */
#define FAILURES 5
#define PAUSE_S INT64_C(300)
#define DOUBLINGS 8
/* Each round that another one wins moves the count, and after FAILURES of those there is a pause. */
#define ROUNDS 32

int64_t dw__mfa_pause(int64_t failures)
{
    int64_t times;

    if (failures <= 0 || failures % FAILURES != 0)
        return 0;
    times = failures / FAILURES - 1;
    return PAUSE_S << (times < DOUBLINGS ? times : DOUBLINGS);
}

static dw_err too_many(dw_ctx *ctx, int64_t account, int64_t seconds)
{
    const int64_t most = PAUSE_S << DOUBLINGS;

    ctx->retry_s = (uint32_t)(seconds < most ? seconds : most);
    DW__MFA_EVENT(ctx, DW_LOG_LEVEL_WARN, "mfa.refused", account, DW_KV(why, "too many failures"));
    return DW_TOO_MANY;
}

dw_err dw__mfa_count(dw_ctx *ctx, const dw_mfa *mfa, int64_t account, int64_t active, dw_mfa_row *row)
{
    const int64_t now = dw_now_unix(ctx);
    const dw_mfa_key key = {.account = account};

    for (unsigned round = 0; round < ROUNDS; round++) {
        dw_mfa_claim claim = {.account = account};
        int64_t changes, pause;
        dw_err err = dw_x_one(ctx, mfa->find, &key, row);

        if (err != DW_OK)
            return err;
        if (row->active != active)
            return DW_NOT_FOUND;
        if (row->free_at > now)
            return too_many(ctx, account, row->free_at - now);
        pause = dw__mfa_pause(row->failures + 1);
        claim.failures = row->failures;
        claim.was_free_at = row->free_at;
        claim.free_at = pause > 0 ? now + pause : row->free_at;
        err = dw_x_exec(ctx, mfa->claim, &claim, &changes);
        if (err != DW_OK || changes == 1)
            return err;
    }
    return DW_UNAVAILABLE;
}

/* Whether it is the code of a step that was not there yet, and what to write then: with the newest root, whichever it had. */
static dw_err judge(dw_ctx *ctx, int64_t account, const dw_mfa_row *row, dw_secret code,
                    dw_mfa_accept *accept)
{
    const struct mfa_sealed kept = {row->seed, row->root};
    struct mfa_sealed anew;
    uint8_t seed[DW__TOTP_SEED_MOST];
    size_t n;
    dw_err err = dw__mfa_open(ctx, account, &kept, seed, &n);

    if (err != DW_OK)
        return err;
    err = dw__totp_check((dw_bytes){seed, n}, dw_now_unix(ctx), row->last_step, code, &accept->step);
    if (err == DW_OK)
        err = dw__mfa_seal(ctx, account, (dw_bytes){seed, n}, &anew);
    dw__wipe(seed, sizeof seed);
    if (err != DW_OK)
        return err;
    accept->account = account;
    accept->active = row->active;
    accept->was = row->seed;
    accept->seed = anew.seed;
    accept->root = anew.root;
    return DW_OK;
}

dw_err dw__mfa_try(dw_ctx *ctx, const dw_mfa *mfa, int64_t account, int64_t active, dw_secret code,
                   dw_mfa_accept *accept)
{
    dw_mfa_row row;
    dw_err err = dw__mfa_count(ctx, mfa, account, active, &row);

    return err == DW_OK ? judge(ctx, account, &row, code, accept) : err;
}
