/* auth/remember.c -- see remember.h and <dw/remember.h>.
 *
 * The token of a browser is one of auth/refresh_token.h under a key of its own, and follows the one before it in the same way. The id of the session that comes with a token is
 * derived from it too: so of several requests with the same token, at the same time or within the grace, all are given the same successor and the same session, and one row of each
 * is all that there is.  A rotation is one transaction with the session that it begins.
 *
 * What a browser was given in vain would end all of it a little later: so the two cookies go on whatever reply is made, an error too.
 *
 * Must never: begin a session that is fresh, take the same token twice beyond the grace without ending what is remembered, or leave a session alive that came of one that was. */
#include "auth/remember.h"

#include <stdio.h>
#include <string.h>

#include "auth/refresh_token.h"
#include "auth/session_id.h"
#include "auth/set_cookie.h"
#include "base/log.h"
#include "base/text.h"
#include "codec/cookie.h"
#include "crypto/compare.h"
#include <dw/tx.h>

/* For as long the token before the last is answered again with the last. */
#define GRACE_MS INT64_C(10000)

static const struct session_rules *rules_of(const dw_ctx *ctx)
{
    const struct session_rules *rules = ctx->services != NULL ? ctx->services->sessions : NULL;

    return rules != NULL && rules->remembered != NULL ? rules : NULL;
}

dw_err dw__remember_set_up(struct session_rules *rules, const dw_remembered *statements,
                           const struct keyring *signing, uint64_t life_ms)
{
    const int n =
        snprintf(rules->remember_cookie, sizeof rules->remember_cookie, "%s-remember", rules->cookie);

    if (n < 0 || (size_t)n >= sizeof rules->remember_cookie)
        return DW_INVALID;
    rules->remembered = statements;
    rules->times.remember_ms = life_ms;
    return signing != NULL ? dw__refresh_keys_new_for(&rules->remember_keys, signing, KEY_REMEMBER,
                                                      (int64_t)(life_ms / 1000))
                           : DW_OK;
}

/* ---- the cookie ---- */

static bool cookie_token(const dw_req *req, const struct session_rules *rules, struct refresh_token *token)
{
    dw_text text = dw__cookie_find(req->head.known[HTTP_COOKIE], dw__text_of(rules->remember_cookie));

    return text.p != NULL && dw__refresh_read(text, token);
}

static int64_t seconds_left(const dw_req *req, int64_t expires_at)
{
    const int64_t ms = expires_at - req->ctx.clock->unix_ms;

    return ms > 1000 ? ms / 1000 : 1;
}

dw_err dw__remember_forget(dw_req *req)
{
    const struct session_rules *rules = rules_of(&req->ctx);

    return rules != NULL ? dw__set_cookie(req, rules->remember_cookie, DW_TEXT(""), 0) : DW_OK;
}

/* ---- using it ---- */

/* What came of a token. */
enum verdict { UNKNOWN, EXPIRED, NO_ACCOUNT, UNDERIVABLE, ENDED, REUSED, RENEWED };

struct use {
    dw_req *req;
    const struct session_rules *rules;
    struct refresh_token token, next;
    char id[DW__REFRESH_ID], digest[DW__REFRESH_DIGEST];
    dw_remembered_row row;
    struct session *session;
    enum verdict verdict;
};

static int64_t now_ms(const struct use *u)
{
    return u->req->ctx.clock->unix_ms;
}

static bool same_digest(dw_text kept, const char digest[static DW__REFRESH_DIGEST])
{
    return kept.n == DW__REFRESH_DIGEST && dw__equal(kept.p, digest, DW__REFRESH_DIGEST);
}

static dw_text id_of(const struct use *u)
{
    return (dw_text){u->id, sizeof u->id};
}

static dw_err find(struct use *u)
{
    return dw_x_one(&u->req->ctx, u->rules->remembered->find, &(dw_remembered_key){.id = id_of(u)}, &u->row);
}

/* The session of the next token, by the key that made that: its id and what is kept of it. */
static dw_err derive_session(struct use *u, size_t key)
{
    uint8_t bytes[DW__REFRESH_TAG];
    char *text = dw__arena_bytes(&u->req->arena, (size_t)2 * DW__SESSION_ID_SIZE);
    struct session *s = dw__arena_zalloc(&u->req->arena, sizeof *s);
    dw_err err;

    if (s == NULL || text == NULL)
        return DW_UNAVAILABLE;
    err = dw__refresh_tag(u->rules->remember_keys, key, &u->next, bytes);
    (void)dw__base64url_encode(bytes, sizeof bytes, text);
    dw__wipe(bytes, sizeof bytes);
    s->id = (dw_text){text, DW__SESSION_ID_SIZE};
    s->digest = (dw_text){text + DW__SESSION_ID_SIZE, DW__SESSION_ID_SIZE};
    u->session = s;
    return err == DW_OK ? dw__session_id_digest(s->id, text + DW__SESSION_ID_SIZE) : err;
}

/* In place of the one before of the same name. */
static dw_err begin_session(struct use *u)
{
    dw_ctx *ctx = &u->req->ctx;
    const dw_session_name before = {.uid = u->row.name, .account = u->row.account};
    const dw_session_new row = {.digest = u->session->digest,
                                .uid = u->row.name,
                                .account = u->row.account,
                                .made_at = now_ms(u),
                                .auth_time = u->row.auth_time,
                                .seen_at = now_ms(u),
                                .amr = u->row.amr | DW_AMR_REMEMBERED,
                                .agent = u->row.agent};
    dw_err err = dw_x_exec(ctx, u->rules->statements->end_one, &before, NULL);

    if (err == DW_OK)
        err = dw_x_exec(ctx, u->rules->statements->put, &row, NULL);
    if (err == DW_OK)
        err = dw__session_keep_cap(ctx, row.account, false);
    u->session->row = (dw_session_row){.uid = row.uid,
                                       .account = row.account,
                                       .made_at = row.made_at,
                                       .auth_time = row.auth_time,
                                       .seen_at = row.seen_at,
                                       .amr = row.amr};
    return err;
}

/* Makes the next token, has the row say so, and begins the session that goes with it. */
static dw_err rotate(struct use *u)
{
    uint8_t random[DW__REFRESH_SALT];
    char salt[DW__REFRESH_SALT_TEXT], next[DW__REFRESH_DIGEST];
    const dw_remembered_rotation rotation = {.id = id_of(u),
                                             .digest = {u->digest, sizeof u->digest},
                                             .next = {next, sizeof next},
                                             .salt = {salt, sizeof salt},
                                             .rotated_at = now_ms(u)};
    int64_t changes = 0;
    dw_err err;

    dw_random(random, sizeof random);
    (void)dw__base64url_encode(random, sizeof random, salt);
    err = dw__refresh_next(u->rules->remember_keys, 0, &u->token, rotation.salt, &u->next);
    if (err == DW_OK)
        err = dw__refresh_digest(&u->next, next);
    if (err == DW_OK)
        err = dw_x_exec(&u->req->ctx, u->rules->remembered->rotate, &rotation, &changes);
    if (err == DW_OK && changes != 1)
        err = DW_UNAVAILABLE; /* the row has changed in this transaction, which cannot be */
    if (err == DW_OK)
        err = derive_session(u, 0);
    u->verdict = RENEWED;
    return err == DW_OK ? begin_session(u) : err;
}

/* The session that another request has begun with the same token. */
static dw_err join_session(struct use *u, size_t key)
{
    const dw_session_key of = {.digest = DW_TEXT("")};
    dw_session_key session = of;
    dw_err err = derive_session(u, key);

    if (err != DW_OK)
        return err;
    session.digest = u->session->digest;
    err = dw_x_one(&u->req->ctx, u->rules->statements->find, &session, &u->session->row);
    u->verdict = err == DW_OK ? RENEWED : ENDED;
    return err == DW_NOT_FOUND ? DW_OK : err;
}

/* Makes the token again that this one was exchanged for: by the key that it was made with, if that is still listed. */
static dw_err make_again(struct use *u)
{
    const struct refresh_keys *keys = u->rules->remember_keys;
    char digest[DW__REFRESH_DIGEST];
    dw_err err = DW_OK;

    u->verdict = UNDERIVABLE;
    for (size_t i = 0; i < dw__refresh_keys_count(keys) && err == DW_OK; i++) {
        err = dw__refresh_next(keys, i, &u->token, u->row.salt, &u->next);
        if (err == DW_OK)
            err = dw__refresh_digest(&u->next, digest);
        if (err == DW_OK && same_digest(u->row.digest, digest))
            return join_session(u, i);
    }
    return err;
}

/* The account may have gone since. */
static dw_err find_account(struct use *u)
{
    dw_ctx *ctx = &u->req->ctx;
    dw_principal_row account = {0};

    if (ctx->services->account == NULL)
        return DW_UNAVAILABLE;
    return dw_x_one(ctx, ctx->services->account, &(dw_principal_key){.uid = u->row.account}, &account);
}

/* In two hands: neither keeps what came of it. */
static dw_err end_all_of_it(struct use *u)
{
    const dw_session_name session = {.uid = u->row.name, .account = u->row.account};
    dw_err err =
        dw_x_exec(&u->req->ctx, u->rules->remembered->end_id, &(dw_remembered_key){.id = id_of(u)}, NULL);

    u->verdict = REUSED;
    return err == DW_OK ? dw_x_exec(&u->req->ctx, u->rules->statements->end_one, &session, NULL) : err;
}

/* In the transaction. DW_OK and u->verdict, which is kept whatever the client is told. */
static dw_err judge(struct use *u)
{
    dw_err err = find(u);

    u->verdict = UNKNOWN;
    if (err != DW_OK)
        return err == DW_NOT_FOUND ? DW_OK : err;
    u->verdict = EXPIRED;
    if (u->row.expires_at <= now_ms(u))
        return DW_OK;
    u->verdict = NO_ACCOUNT;
    if ((err = find_account(u)) != DW_OK)
        return err == DW_NOT_FOUND ? DW_OK : err;
    if (same_digest(u->row.digest, u->digest))
        return rotate(u);
    if (same_digest(u->row.digest_before, u->digest) && now_ms(u) - u->row.rotated_at < GRACE_MS)
        return make_again(u);
    return end_all_of_it(u);
}

/* In a GET too: it is not its handler that writes. */
static dw_err decide(struct use *u)
{
    dw_ctx *ctx = &u->req->ctx;
    const bool read_only = ctx->read_only;
    dw_err err = find(u); /* without a transaction: what is made up costs no more than a look */

    u->verdict = UNKNOWN;
    if (err != DW_OK)
        return err == DW_NOT_FOUND ? DW_OK : err;
    ctx->read_only = false;
    DW_TX_REPEATABLE(ctx, &err)
    {
        err = judge(u);
    }
    ctx->read_only = read_only;
    return err;
}

/* ---- what is said of it ---- */

static void log_refusal(const struct use *u)
{
    static const char *const why[] = {[UNKNOWN] = "there is no such browser, or it is remembered no more",
                                      [EXPIRED] = "its time is over",
                                      [NO_ACCOUNT] = "there is no such account any more",
                                      [UNDERIVABLE] = "it was used, and the key of its successor is gone",
                                      [ENDED] = "it was used, and its session has ended"};
    const dw_ctx *ctx = &u->req->ctx;

    if (u->verdict == REUSED)
        DW__EVENT(ctx->services->log, ctx, DW_LOG_LEVEL_WARN, "remember.reused",
                  DW_KV(account, u->row.account), DW_KV(session, u->row.name),
                  DW_KV(why, "a browser's token was used again: it is remembered no more"));
    else
        DW__EVENT(ctx->services->log, ctx, DW_LOG_LEVEL_INFO, "remember.refused",
                  DW_KV(why, why[u->verdict]));
}

/* A cookie that is good for nothing any more goes. One that another request has exchanged just now stays: the browser may have the next. */
static dw_err refuse(const struct use *u)
{
    log_refusal(u);
    u->req->forgets_browser = u->verdict == UNKNOWN || u->verdict == EXPIRED || u->verdict == REUSED;
    return DW_OK;
}

/* The session, from now on, and the cookies for the reply. */
static dw_err let_in(const struct use *u)
{
    dw_req *req = u->req;
    char *text = dw__arena_bytes(&req->arena, DW__REFRESH_TEXT);

    if (text == NULL)
        return DW_UNAVAILABLE;
    dw__refresh_write(&u->next, text);
    req->given_token = (dw_text){text, DW__REFRESH_TEXT};
    req->given_seconds = seconds_left(req, u->row.expires_at);
    req->gives_session = true;
    req->session = u->session;
    req->session_looked = true;
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_INFO, "session.remembered",
              DW_KV(account, u->row.account), DW_KV(session, u->row.name));
    return DW_OK;
}

dw_err dw__remember_use(dw_req *req, const struct session **out)
{
    struct use u = {.req = req, .rules = rules_of(&req->ctx)};
    dw_err err;

    *out = NULL;
    if (u.rules == NULL || u.rules->remember_keys == NULL || !cookie_token(req, u.rules, &u.token))
        return DW_OK;
    err = dw__refresh_id(&u.token, u.id);
    if (err == DW_OK)
        err = dw__refresh_digest(&u.token, u.digest);
    if (err == DW_OK)
        err = decide(&u);
    if (err == DW_OK)
        err = u.verdict == RENEWED ? let_in(&u) : refuse(&u);
    if (err == DW_OK)
        *out = req->session;
    dw__wipe(&u, sizeof u);
    return err;
}

void dw__remember_say(dw_req *req)
{
    const struct session_rules *rules = rules_of(&req->ctx);
    dw_err err = DW_OK;

    if (rules == NULL)
        return;
    if (req->gives_session && req->session != NULL)
        err = dw__set_cookie(req, rules->cookie, req->session->id, -1);
    if (err == DW_OK && req->given_token.p != NULL)
        err = dw__set_cookie(req, rules->remember_cookie, req->given_token, req->given_seconds);
    if (err == DW_OK && req->forgets_browser)
        err = dw__remember_forget(req);
    if (err != DW_OK)
        req->reply.close = true; /* no memory left: it will have to sign in */
}

/* ---- beginning ---- */

static dw_err find_session(dw_req *req, const struct session_rules *rules)
{
    const dw_session_key key = {.digest = req->session->digest};
    dw_session_row row;
    dw_err err = dw_x_one(&req->ctx, rules->statements->find, &key, &row);

    return err == DW_NOT_FOUND ? DW_UNAUTHENTICATED : err;
}

static dw_err put(dw_req *req, const struct session_rules *rules, const dw_remembered_new *row)
{
    const dw_remembered_name name = {.name = row->name, .account = row->account};
    const dw_remembered_since now = {.now_ms = row->rotated_at};
    dw_ctx *ctx = &req->ctx;
    dw_err err;

    DW_TX_REPEATABLE(ctx, &err)
    {
        err = find_session(req, rules);
        if (err == DW_OK)
            err = dw_x_exec(ctx, rules->remembered->prune, &now, NULL);
        if (err == DW_OK)
            err = dw_x_exec(ctx, rules->remembered->end_name, &name, NULL);
        if (err == DW_OK)
            err = dw_x_exec(ctx, rules->remembered->put, row, NULL);
        if (err == DW_OK)
            err = dw__remember_cap(ctx, row->account);
    }
    return err;
}

static dw_err remember(dw_req *req, const struct session_rules *rules, const struct refresh_token *token)
{
    char id[DW__REFRESH_ID], digest[DW__REFRESH_DIGEST], text[DW__REFRESH_TEXT];
    const dw_session_row *session = &req->session->row;
    const dw_remembered_new row = {.id = {id, sizeof id},
                                   .name = session->uid,
                                   .account = session->account,
                                   .digest = {digest, sizeof digest},
                                   .auth_time = session->auth_time,
                                   .amr = session->amr,
                                   .rotated_at = req->ctx.clock->unix_ms,
                                   .expires_at = req->ctx.clock->unix_ms + (int64_t)rules->times.remember_ms,
                                   .agent = dw__session_agent(req)};
    dw_err err = dw__refresh_id(token, id);

    if (err == DW_OK)
        err = dw__refresh_digest(token, digest);
    if (err == DW_OK)
        err = put(req, rules, &row);
    if (err != DW_OK)
        return err;
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_INFO, "remember.begun",
              DW_KV(account, row.account), DW_KV(session, row.name));
    dw__refresh_write(token, text);
    err = dw__set_cookie(req, rules->remember_cookie, (dw_text){text, sizeof text},
                         seconds_left(req, row.expires_at));
    dw__wipe(text, sizeof text);
    return err;
}

dw_err dw_session_remember(dw_req *req)
{
    const struct session_rules *rules = rules_of(&req->ctx);
    struct refresh_token token;
    dw_err err;

    if (rules == NULL || rules->remember_keys == NULL || !req->may_sign_in || req->session == NULL)
        return dw_req_fail_internal(
            req, DW_TEXT("dw_session_remember is for applications with .remembered, behind "
                         "dw_session_begin"));
    dw__refresh_make(&token);
    err = remember(req, rules, &token);
    dw__wipe(&token, sizeof token);
    return err;
}

/* ---- ending ---- */

dw_err dw__remember_end_name(dw_ctx *ctx, dw_text account, dw_text name, int64_t *changes)
{
    const struct session_rules *rules = rules_of(ctx);
    const dw_remembered_name of = {.name = name, .account = account};

    *changes = 0;
    return rules != NULL ? dw_x_exec(ctx, rules->remembered->end_name, &of, changes) : DW_OK;
}

dw_err dw__remember_end_cookie(dw_req *req)
{
    const struct session_rules *rules = rules_of(&req->ctx);
    char id[DW__REFRESH_ID];
    struct refresh_token token;
    dw_err err;

    if (rules == NULL || !cookie_token(req, rules, &token))
        return DW_OK;
    err = dw__refresh_id(&token, id);
    dw__wipe(&token, sizeof token);
    return err == DW_OK ? dw_x_exec(&req->ctx, rules->remembered->end_id,
                                    &(dw_remembered_key){.id = {id, sizeof id}}, NULL)
                        : err;
}

dw_err dw__remember_end_others(dw_ctx *ctx, dw_text account, dw_text name)
{
    const struct session_rules *rules = rules_of(ctx);
    const dw_remembered_name others = {.name = name, .account = account};

    return rules != NULL ? dw_x_exec(ctx, rules->remembered->end_others, &others, NULL) : DW_OK;
}

dw_err dw_remembered_end_all(dw_ctx *ctx, dw_text uid)
{
    return dw__remember_end_others(ctx, uid, DW_TEXT(""));
}

dw_err dw__remember_cap(dw_ctx *ctx, dw_text account)
{
    const struct session_rules *rules = rules_of(ctx);
    const dw_remembered_cap cap = {.account = account, .n = rules != NULL ? rules->times.most : 0};

    return rules != NULL ? dw_x_exec(ctx, rules->remembered->cap, &cap, NULL) : DW_OK;
}

dw_err dw_remembered_list(dw_req *req, dw_remembered_infos *list)
{
    const struct session_rules *rules = rules_of(&req->ctx);
    const dw_remembered_whose whose = {.account = dw_req_principal(req)->uid,
                                       .now_ms = req->ctx.clock->unix_ms};

    *list = (dw_remembered_infos){0};
    return rules != NULL ? dw_x_all(&req->ctx, rules->remembered->list, &whose, (dw_any_list *)(void *)list)
                         : DW_OK;
}
