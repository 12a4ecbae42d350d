/* auth/token_family.c -- see token_family.h and <dw/token.h>.
 *
 * A renewal is one transaction: the row is read, judged and changed in it, so that of several that come at once one rotates, and the others find what it
 * did and answer the same.  What dies in the middle has either not rotated, or has and is asked again with the token before, within the grace.
 *
 * Must never: give a token that is not on disk as the family's, or take the same token twice beyond the grace without ending the family. */
#include "auth/token_family.h"

#include <string.h>

#include "auth/keeper_client.h"
#include "auth/refresh_token.h"
#include "auth/token_cache.h"
#include "base/audit.h"
#include "base/ctx.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/compare.h"
#include <dw/tx.h>

/* For as long the token before the last is answered again with the last. */
#define GRACE_MS INT64_C(10000)
#define PRUNE_ONE_IN 16u

static int64_t now_s(const dw_ctx *ctx)
{
    return ctx->clock->unix_ms / 1000;
}

/* DW_OK where there are families. */
static dw_err may_begin(const dw_ctx *ctx)
{
    const struct services *services = ctx->services;

    if (services == NULL || services->tokens == NULL || services->refresh == NULL || services->sql == NULL)
        return DW_UNAVAILABLE;
    if (services->families != NULL)
        return DW_OK;
    DW__EVENT(services->log, ctx, DW_LOG_LEVEL_ERROR, "auth.no_families",
              DW_KV(why, "dw_app.tokens is not set: see <dw/token.h>"));
    return DW_INTERNAL;
}

/* ---- beginning ---- */

/* Now and then what has expired goes away. */
static dw_err prune(dw_ctx *ctx, const dw_tokens *families)
{
    const dw_family_before before = {.now_s = now_s(ctx)};
    unsigned char random;

    dw_random(&random, sizeof random);
    return random % PRUNE_ONE_IN == 0 ? dw_x_exec(ctx, families->prune, &before, NULL) : DW_OK;
}

/* `still` NULL: it rests on nothing that may change. */
static dw_err add(dw_ctx *ctx, const dw_family_new *row, const dw_still *still)
{
    const dw_tokens *families = ctx->services->families;
    const dw_family_account account = {.uid = row->uid};
    dw_err err;

    DW_TX_REPEATABLE(ctx, &err)
    {
        err = still != NULL ? still->so(ctx, still->of) : DW_OK;
        if (err == DW_OK)
            err = prune(ctx, families);
        if (err == DW_OK)
            err = dw_x_exec(ctx, families->begin, row, NULL);
        if (err == DW_OK)
            err = dw_x_exec(ctx, families->trim, &account, NULL);
    }
    return err;
}

static void note_issued(const dw_ctx *ctx, dw_text uid)
{
    dw__audit_note(ctx, AUDIT_TOKEN_ISSUED, (const dw_kv[]){dw_x_kv_text("actor", uid)}, 1);
}

/* An access token of the family, which nobody has yet. */
static dw_err sign(dw_ctx *ctx, const dw_family_new *row, dw_text *token, int64_t *expires_in)
{
    const struct token_sign_in in = {
        .sub = row->uid, .sid = row->id, .auth_time = row->auth_time, .until = row->expires_at};

    return dw__keeper_issue(ctx, &in, token, expires_in);
}

/* A family for `uid` that ends `life_s` from now; texts of *row in the context, but for its digest. */
static dw_err describe(dw_ctx *ctx, dw_text uid, const struct refresh_token *token, int64_t life_s,
                       dw_family_new *row)
{
    char *id = dw__arena_bytes(ctx->arena, DW__REFRESH_ID);

    if (id == NULL)
        return DW_UNAVAILABLE;
    *row = (dw_family_new){
        .id = {id, DW__REFRESH_ID},
        .uid = uid,
        .auth_time = now_s(ctx),
        .rotated_at = ctx->clock->unix_ms,
        .expires_at = now_s(ctx) + life_s,
    };
    return dw__refresh_id(token, id);
}

static dw_err write_token(dw_ctx *ctx, const struct refresh_token *token, dw_text *out)
{
    char *p = dw__arena_bytes(ctx->arena, DW__REFRESH_TEXT);

    if (p == NULL)
        return DW_UNAVAILABLE;
    dw__refresh_write(token, p);
    *out = (dw_text){p, DW__REFRESH_TEXT};
    return DW_OK;
}

/* It is signed before the row is written: what waits for its signature has no transaction open, and what is on disk is answered. */
dw_err dw_tokens_begin_if(dw_ctx *ctx, dw_text uid, const dw_still *still, dw_issued *out)
{
    char digest[DW__REFRESH_DIGEST];
    struct refresh_token token;
    dw_family_new row;
    dw_err err;

    *out = (dw_issued){0};
    if ((err = may_begin(ctx)) != DW_OK)
        return err;
    dw__refresh_make(&token);
    if ((err = describe(ctx, uid, &token, dw__refresh_lifetime(ctx->services->refresh), &row)) == DW_OK &&
        (err = dw__refresh_digest(&token, digest)) == DW_OK &&
        (err = sign(ctx, &row, &out->access_token, &out->expires_in)) == DW_OK) {
        row.digest = (dw_text){digest, sizeof digest};
        err = add(ctx, &row, still);
    }
    if (err == DW_OK)
        err = write_token(ctx, &token, &out->refresh_token);
    dw__wipe(&token, sizeof token);
    if (err == DW_OK)
        note_issued(ctx, uid);
    else
        *out = (dw_issued){0};
    return err;
}

dw_err dw_tokens_begin(dw_ctx *ctx, dw_text uid, dw_issued *out)
{
    return dw_tokens_begin_if(ctx, uid, NULL, out);
}

/* ---- an access token alone ---- */

/* Of a family without a refresh token: no digest is empty. */
static dw_err issue_alone(dw_ctx *ctx, dw_text uid, dw_text *token, int64_t *expires_in)
{
    struct refresh_token nobody_gets;
    dw_family_new row;
    dw_err err = may_begin(ctx);

    if (err != DW_OK)
        return err;
    dw__refresh_make(&nobody_gets);
    err = describe(ctx, uid, &nobody_gets, dw__token_lifetime(ctx->services->tokens), &row);
    if (err == DW_OK && (err = sign(ctx, &row, token, expires_in)) == DW_OK)
        err = add(ctx, &row, NULL);
    if (err == DW_OK) {
        note_issued(ctx, uid);
    } else {
        *token = (dw_text){NULL, 0};
        *expires_in = 0;
    }
    return err;
}

dw_err dw_token_issue(dw_ctx *ctx, dw_text uid, dw_text *token, int64_t *expires_in)
{
    *token = (dw_text){NULL, 0};
    *expires_in = 0;
    if (ctx->services == NULL || ctx->services->tokens == NULL)
        return DW_UNAVAILABLE;
    if (ctx->services->families != NULL)
        return issue_alone(ctx, uid, token, expires_in);
    const struct token_sign_in in = {.sub = uid, .auth_time = now_s(ctx)};
    const dw_err err = dw__keeper_issue(ctx, &in, token, expires_in);
    if (err == DW_OK)
        note_issued(ctx, uid);
    return err;
}

/* ---- renewing ---- */

/* What came of a refresh token. */
enum verdict { UNKNOWN, EXPIRED, NO_ACCOUNT, UNDERIVABLE, REUSED, RENEWED };

struct renewal {
    dw_ctx *ctx;
    const dw_tokens *families;
    struct refresh_token token, next;
    char id[DW__REFRESH_ID], digest[DW__REFRESH_DIGEST];
    dw_family_row row;
    enum verdict verdict;
};

static bool same_digest(dw_text kept, const char digest[static DW__REFRESH_DIGEST])
{
    return kept.n == DW__REFRESH_DIGEST && dw__equal(kept.p, digest, DW__REFRESH_DIGEST);
}

static dw_text id_of(const struct renewal *r)
{
    return (dw_text){r->id, sizeof r->id};
}

static dw_err find(struct renewal *r)
{
    return dw_x_one(r->ctx, r->families->find, &(dw_family_key){.id = id_of(r)}, &r->row);
}

/* Makes the next token and has the row say so. */
static dw_err rotate(struct renewal *r)
{
    uint8_t random[DW__REFRESH_SALT];
    char salt[DW__REFRESH_SALT_TEXT], next[DW__REFRESH_DIGEST];
    dw_family_rotation rotation = {.id = id_of(r),
                                   .digest = {r->digest, sizeof r->digest},
                                   .next = {next, sizeof next},
                                   .salt = {salt, sizeof salt},
                                   .rotated_at = r->ctx->clock->unix_ms};
    int64_t changes = 0;
    dw_err err;

    dw_random(random, sizeof random);
    (void)dw__base64url_encode(random, sizeof random, salt);
    err = dw__refresh_next(r->ctx->services->refresh, 0, &r->token, rotation.salt, &r->next);
    if (err == DW_OK)
        err = dw__refresh_digest(&r->next, next);
    if (err == DW_OK)
        err = dw_x_exec(r->ctx, r->families->rotate, &rotation, &changes);
    if (err == DW_OK && changes != 1)
        err = DW_UNAVAILABLE; /* the row has changed in this transaction, which cannot be */
    r->verdict = RENEWED;
    return err;
}

/* Makes the token again that this one was exchanged for: by the key that it was made with, if that is still listed. */
static dw_err make_again(struct renewal *r)
{
    const struct refresh_keys *keys = r->ctx->services->refresh;
    char digest[DW__REFRESH_DIGEST];
    dw_err err = DW_OK;

    r->verdict = UNDERIVABLE;
    for (size_t i = 0; i < dw__refresh_keys_count(keys) && err == DW_OK; i++) {
        err = dw__refresh_next(keys, i, &r->token, r->row.salt, &r->next);
        if (err == DW_OK)
            err = dw__refresh_digest(&r->next, digest);
        if (err == DW_OK && same_digest(r->row.digest, digest)) {
            r->verdict = RENEWED;
            return DW_OK;
        }
    }
    return err;
}

static dw_err end(dw_ctx *ctx, const dw_tokens *families, dw_text id, dw_text uid, int64_t *changes)
{
    return dw_x_exec(ctx, families->end, &(dw_family_of){.id = id, .uid = uid}, changes);
}

/* The account may have gone since. */
static dw_err find_account(struct renewal *r)
{
    dw_principal_row account = {0};

    return dw_x_one(r->ctx, r->ctx->services->account, &(dw_principal_key){.uid = r->row.uid}, &account);
}

/* In the transaction. DW_OK and r->verdict, which is kept whatever the client is told. */
static dw_err judge(struct renewal *r)
{
    dw_err err = find(r);

    r->verdict = UNKNOWN;
    if (err != DW_OK)
        return err == DW_NOT_FOUND ? DW_OK : err;
    r->verdict = EXPIRED;
    if (r->row.expires_at <= now_s(r->ctx))
        return DW_OK;
    r->verdict = NO_ACCOUNT;
    if ((err = find_account(r)) != DW_OK)
        return err == DW_NOT_FOUND ? DW_OK : err;
    if (same_digest(r->row.digest, r->digest))
        return rotate(r);
    if (same_digest(r->row.digest_before, r->digest) && r->ctx->clock->unix_ms - r->row.rotated_at < GRACE_MS)
        return make_again(r);
    r->verdict = REUSED;
    return end(r->ctx, r->families, id_of(r), r->row.uid, NULL);
}

static dw_err refuse(const struct renewal *r)
{
    static const char *const why[] = {[UNKNOWN] = "there is no such sign-in, or it has ended",
                                      [EXPIRED] = "the sign-in is too old",
                                      [NO_ACCOUNT] = "no such account",
                                      [UNDERIVABLE] = "it was used, and the key of its successor is gone"};

    if (r->verdict == REUSED)
        DW__EVENT(r->ctx->services->log, r->ctx, DW_LOG_LEVEL_WARN, "auth.refresh_reused",
                  DW_KV(account, r->row.uid), DW_KV(sign_in, id_of(r)),
                  DW_KV(why, "a refresh token was used again: the sign-in has ended"));
    else
        DW__EVENT(r->ctx->services->log, r->ctx, DW_LOG_LEVEL_INFO, "auth.refresh_refused",
                  DW_KV(why, why[r->verdict]));
    return DW_INVALID_GRANT;
}

static dw_err answer(const struct renewal *r, dw_issued *out)
{
    const dw_family_new row = {
        .id = id_of(r), .uid = r->row.uid, .auth_time = r->row.auth_time, .expires_at = r->row.expires_at};
    const dw_err err = sign(r->ctx, &row, &out->access_token, &out->expires_in);

    if (err != DW_OK)
        return err;
    note_issued(r->ctx, row.uid);
    return write_token(r->ctx, &r->next, &out->refresh_token);
}

/* Whether there is such a family is asked first without a transaction: what is made up costs no more than a look. */
static dw_err renew(struct renewal *r, dw_issued *out)
{
    dw_err err = dw__refresh_id(&r->token, r->id);

    if (err == DW_OK)
        err = dw__refresh_digest(&r->token, r->digest);
    if (err == DW_OK)
        err = find(r);
    if (err == DW_NOT_FOUND)
        return refuse(r);
    if (err != DW_OK)
        return err;
    DW_TX_REPEATABLE(r->ctx, &err)
    {
        err = judge(r);
    }
    if (err != DW_OK)
        return err;
    return r->verdict == RENEWED ? answer(r, out) : refuse(r);
}

dw_err dw_tokens_refresh(dw_ctx *ctx, dw_secret refresh_token, dw_issued *out)
{
    struct renewal r = {.ctx = ctx};
    dw_err err = may_begin(ctx);

    *out = (dw_issued){0};
    if (err != DW_OK)
        return err;
    r.families = ctx->services->families;
    err =
        dw__refresh_read((dw_text){refresh_token.p, refresh_token.n}, &r.token) ? renew(&r, out) : refuse(&r);
    dw__wipe(&r, sizeof r);
    return err;
}

/* ---- asking, and ending ---- */

dw_err dw__token_family_live(dw_ctx *ctx, const dw_tokens *families, dw_text sid, dw_text uid)
{
    dw_family_key row;

    return dw_x_one(ctx, families->live, &(dw_family_of){.id = sid, .uid = uid}, &row);
}

/* The family that `token` names, and whose it is. DW_NOT_FOUND: none. */
static dw_err family_of(dw_ctx *ctx, dw_text token, dw_family_of *of)
{
    const struct services *services = ctx->services;
    struct token_claims claims;
    struct refresh_token refresh;
    dw_family_row row = {0};
    char *id;
    dw_err err;

    if (!dw__refresh_read(token, &refresh)) {
        err = dw__token_cache_verify(services->token_cache, services->tokens, token, now_s(ctx), NULL,
                                     ctx->arena, &claims);
        *of = (dw_family_of){.id = claims.sid, .uid = claims.sub};
        return err == DW_UNAUTHENTICATED || (err == DW_OK && claims.sid.n == 0) ? DW_NOT_FOUND : err;
    }
    if ((id = dw__arena_bytes(ctx->arena, DW__REFRESH_ID)) == NULL)
        return DW_UNAVAILABLE;
    err = dw__refresh_id(&refresh, id);
    of->id = (dw_text){id, DW__REFRESH_ID};
    dw__wipe(&refresh, sizeof refresh);
    if (err == DW_OK)
        err = dw_x_one(ctx, services->families->find, &(dw_family_key){.id = of->id}, &row);
    of->uid = row.uid;
    return err;
}

static void say_ended(const dw_ctx *ctx, dw_text uid, int64_t n, const char *why)
{
    if (n > 0)
        DW__EVENT(ctx->services->log, ctx, DW_LOG_LEVEL_INFO, "auth.sign_ins_ended", DW_KV(account, uid),
                  DW_KV(count, n), DW_KV(why, why));
}

dw_err dw_tokens_revoke(dw_ctx *ctx, dw_secret token)
{
    dw_family_of of = {0};
    int64_t changes;
    dw_err err = may_begin(ctx);

    if (err != DW_OK)
        return err;
    err = family_of(ctx, (dw_text){token.p, token.n}, &of);
    if (err != DW_OK)
        return err == DW_NOT_FOUND ? DW_OK : err;
    if (ctx->principal != NULL && !dw__text_eq(ctx->principal->uid, of.uid))
        return DW_OK;
    err = end(ctx, ctx->services->families, of.id, of.uid, &changes);
    if (err == DW_OK)
        say_ended(ctx, of.uid, changes, "revoked");
    return err;
}

dw_err dw_tokens_end_all(dw_ctx *ctx, dw_text uid)
{
    int64_t changes;
    dw_err err;

    if (ctx->services == NULL || ctx->services->families == NULL)
        return DW_OK;
    err = dw_x_exec(ctx, ctx->services->families->end_all, &(dw_family_account){.uid = uid}, &changes);
    if (err == DW_OK)
        say_ended(ctx, uid, changes, "all of an account");
    return err;
}
