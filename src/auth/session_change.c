/* auth/session_change.c -- what a handler does with sessions: begin, give a new id, end, list.
 *
 * A cookie is put on the reply when the database has the session, and not before.  Errors drop what was put on a reply, the cookie too: then the
 * browser has no session, and the row goes with time. */
#include "auth/remember.h"
#include "auth/session_id.h"
#include "auth/set_cookie.h"
#include "base/log.h"
#include "base/text.h"
#include "codec/uuid.h"
#include <dw/tx.h>
#include <dw/values.h>

#define ACCOUNT_MAX 64u
#define AGENT_MAX 200u

static struct session_rules *rules_of(const dw_ctx *ctx)
{
    return ctx->services != NULL ? ctx->services->sessions : NULL;
}

static dw_err no_sessions(dw_req *req)
{
    return dw_req_fail_internal(req, DW_TEXT("dw_app.sessions is not set, or SIGNING_KEYS is missing"));
}

/* What the browser and the log are told cannot be taken back when a transaction is undone, or run again. */
static dw_err in_transaction(dw_req *req)
{
    return dw_req_fail_internal(
        req, DW_TEXT("a session begins or gets a new id outside of a DW_TX, which may be undone"));
}

static bool is_account(dw_text uid)
{
    for (size_t i = 0; i < uid.n; i++)
        if (uid.p[i] <= ' ' || uid.p[i] > '~')
            return false;
    return uid.n > 0 && uid.n <= ACCOUNT_MAX;
}

dw_text dw__session_agent(dw_req *req)
{
    dw_text agent = dw__arena_text(&req->arena, dw_x_req_header(req, "user-agent"));
    char *p = (char *)(uintptr_t)agent.p;

    if (agent.n > AGENT_MAX)
        agent.n = AGENT_MAX;
    for (size_t i = 0; i < agent.n; i++)
        if (p[i] < ' ' || p[i] > '~')
            p[i] = '?';
    return agent.p != NULL ? agent : DW_TEXT("");
}

/* A new id and its digest, in the request's memory. */
static dw_err new_id(dw_req *req, dw_text *id, dw_text *digest)
{
    char *text = dw__arena_bytes(&req->arena, (size_t)2 * DW__SESSION_ID_SIZE);

    if (text == NULL)
        return DW_UNAVAILABLE;
    dw__session_id_new(text);
    *id = (dw_text){text, DW__SESSION_ID_SIZE};
    *digest = (dw_text){text + DW__SESSION_ID_SIZE, DW__SESSION_ID_SIZE};
    return dw__session_id_digest(*id, text + DW__SESSION_ID_SIZE);
}

/* The session of that name, which stays when another request gives it a new id meanwhile, and that its browser is remembered.  That first: else a request that is let in for
 * it in between would leave a session behind. */
static dw_err end_name(dw_ctx *ctx, const dw_session_name *name, int64_t *changes)
{
    int64_t remembered;
    dw_err err = dw__remember_end_name(ctx, name->account, name->uid, &remembered);

    if (err == DW_OK)
        err = dw_x_exec(ctx, rules_of(ctx)->statements->end_one, name, changes);
    if (changes != NULL)
        *changes += remembered;
    return err;
}

static dw_err end_row(dw_ctx *ctx, const struct session *old)
{
    const dw_session_name name = {.uid = old->row.uid, .account = old->row.account};

    return end_name(ctx, &name, NULL);
}

/* What the sign-in that is completed was must end with it: of several requests that complete it, for one. */
static dw_err end_waiting(dw_ctx *ctx, const struct session *from)
{
    const dw_session_name name = {.uid = from->row.uid, .account = from->row.account};
    int64_t changes = 0;
    dw_err err = dw_x_exec(ctx, rules_of(ctx)->statements->end_one, &name, &changes);

    return err == DW_OK && changes == 0 ? DW_UNAUTHENTICATED : err;
}

dw_err dw__session_keep_cap(dw_ctx *ctx, dw_text account, bool waits)
{
    const dw_session_cap cap = {.account = account,
                                .n = rules_of(ctx)->times.most,
                                .least = waits ? DW__SESSION_WAITS : 0,
                                .below = waits ? INT64_MAX : DW__SESSION_WAITS};

    return dw_x_exec(ctx, rules_of(ctx)->statements->cap, &cap, NULL);
}

/* The old one away, and behind all steps whoever this browser was remembered as; the new one there, and no more than there may be; if what it rests on is still so. */
static dw_err replace(dw_req *req, const struct session *old, const dw_session_new *row,
                      const struct session_start *start)
{
    dw_ctx *ctx = &req->ctx;
    const struct session_rules *rules = rules_of(ctx);
    const dw_session_since dead = {.since = row->seen_at - (int64_t)rules->times.idle_ms};
    const dw_still *still = start->still;
    dw_err err;

    DW_TX_REPEATABLE(ctx, &err)
    {
        err = still != NULL ? still->so(ctx, still->of) : DW_OK;
        if (err == DW_OK && start->from != NULL)
            err = end_waiting(ctx, start->from);
        else if (err == DW_OK && old != NULL)
            err = end_row(ctx, old);
        if (err == DW_OK && !start->waits)
            err = dw__remember_end_cookie(req);
        if (err == DW_OK)
            err = dw_x_exec(ctx, rules->statements->prune, &dead, NULL);
        if (err == DW_OK)
            err = dw_x_exec(ctx, rules->statements->put, row, NULL);
        if (err == DW_OK)
            err = dw__session_keep_cap(ctx, row->account, start->waits);
        if (err == DW_OK)
            err = dw__remember_cap(ctx, row->account);
    }
    return err;
}

/* What the browser and the rest of this request know as the session from now on; `session` NULL: none. */
static void becomes(dw_req *req, const struct session *session)
{
    const bool waits = session != NULL && (session->row.amr & DW__SESSION_WAITS) != 0;

    req->gives_session = false;
    req->session = waits ? NULL : session;
    req->waiting = waits ? session : NULL;
    req->session_looked = true;
}

/* What this request was given for a browser that was remembered is of what has just ended. */
static void not_remembered(dw_req *req)
{
    req->given_token = (dw_text){NULL, 0};
    req->forgets_browser = false;
}

static dw_err say_begun(dw_req *req, dw_text id)
{
    const struct session_rules *rules = rules_of(&req->ctx);
    dw_err err = dw__set_cookie(req, rules->cookie, id, -1);

    if (err == DW_OK && dw__session_form_id(req).p != NULL)
        err = dw__set_cookie(req, rules->form_cookie, DW_TEXT(""), 0);
    return err;
}

/* The next form, for the second factor, is bound to what this one was. */
static dw_err say_waits(dw_req *req, dw_text id)
{
    const struct session_rules *rules = rules_of(&req->ctx);

    return dw__set_cookie(req, rules->cookie, id, (int64_t)((rules->times.second_ms + 999) / 1000));
}

static struct session *session_of(dw_req *req, dw_text id, const dw_session_new *row)
{
    struct session *s = dw__arena_zalloc(&req->arena, sizeof *s);

    if (s != NULL)
        *s = (struct session){.id = id,
                              .digest = row->digest,
                              .row = {.uid = row->uid,
                                      .account = row->account,
                                      .made_at = row->made_at,
                                      .auth_time = row->auth_time,
                                      .seen_at = row->seen_at,
                                      .amr = row->amr}};
    return s;
}

/* What the request has by now: a session, or a sign-in that waits; *out NULL: neither. */
static dw_err present(dw_req *req, const struct session **out)
{
    dw_err err = dw__session_find(req, out);

    if (*out == NULL)
        *out = req->waiting;
    return err;
}

static dw_err say_started(dw_req *req, const struct session *made, bool waits)
{
    if (waits)
        DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_INFO, "session.waits",
                  DW_KV(account, made->row.account), DW_KV(session, made->row.uid));
    else
        DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_INFO, "session.begun",
                  DW_KV(account, made->row.account), DW_KV(session, made->row.uid));
    return waits ? say_waits(req, made->id) : say_begun(req, made->id);
}

dw_err dw__session_start(dw_req *req, const struct session_start *start)
{
    const int64_t now = req->ctx.clock->unix_ms;
    const struct session *old;
    struct session *made;
    dw_session_new row = {.account = start->account, .made_at = now, .auth_time = now, .seen_at = now};
    dw_text id;
    dw_err err;

    if (rules_of(&req->ctx) == NULL)
        return no_sessions(req);
    if (!req->may_sign_in)
        return dw_req_fail_internal(req, DW_TEXT("dw_session_begin is for routes that say .signs_in: another "
                                                 "site could have made this request"));
    if (req->ctx.tx != NULL)
        return in_transaction(req);
    if (!is_account(start->account) || start->amr >= DW__SESSION_WAITS)
        return DW_INVALID;
    if ((err = present(req, &old)) != DW_OK || (err = new_id(req, &id, &row.digest)) != DW_OK)
        return err;
    row.amr = start->amr | (start->waits ? DW__SESSION_WAITS : 0);
    row.uid = dw_uuid_text(&req->ctx, dw_uuid_new());
    row.agent = dw__session_agent(req);
    made = session_of(req, id, &row);
    if (row.uid.n == 0 || made == NULL)
        return DW_UNAVAILABLE;
    if ((err = replace(req, old, &row, start)) != DW_OK)
        return err;
    becomes(req, made);
    not_remembered(req);
    return say_started(req, made, start->waits);
}

dw_err dw_session_begin_if(dw_req *req, dw_text uid, unsigned amr, const dw_still *still)
{
    return dw__session_start(req, &(const struct session_start){.account = uid, .amr = amr, .still = still});
}

dw_err dw_session_begin(dw_req *req, dw_text uid, unsigned amr)
{
    return dw_session_begin_if(req, uid, amr, NULL);
}

dw_err dw_session_rotate(dw_req *req, unsigned amr)
{
    struct session *next = dw__arena_zalloc(&req->arena, sizeof *next);
    const struct session *now;
    dw_session_moved move;
    int64_t changes = 0;
    dw_err err;

    if (rules_of(&req->ctx) == NULL)
        return no_sessions(req);
    if (req->ctx.tx != NULL)
        return in_transaction(req);
    if (next == NULL)
        return DW_UNAVAILABLE;
    if ((err = dw__session_find(req, &now)) != DW_OK)
        return err;
    if (now == NULL)
        return DW_UNAUTHENTICATED;
    *next = *now;
    if ((err = new_id(req, &next->id, &next->digest)) != DW_OK)
        return err;
    next->row.seen_at = req->ctx.clock->unix_ms;
    next->row.auth_time = amr != 0 ? next->row.seen_at : now->row.auth_time;
    next->row.amr = (amr != 0 ? now->row.amr & ~(int64_t)DW_AMR_REMEMBERED : now->row.amr) | (int64_t)amr;
    move = (dw_session_moved){.old = now->digest,
                              .digest = next->digest,
                              .auth_time = next->row.auth_time,
                              .seen_at = next->row.seen_at,
                              .amr = next->row.amr};
    err = dw_x_exec(&req->ctx, rules_of(&req->ctx)->statements->move, &move, &changes);
    if (err != DW_OK || changes == 0)
        return err != DW_OK ? err : DW_UNAUTHENTICATED;
    becomes(req, next);
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_INFO, "session.rotated",
              DW_KV(account, next->row.account), DW_KV(session, next->row.uid));
    return say_begun(req, next->id);
}

/* ---- ending ---- */

static dw_err say_ended(dw_req *req)
{
    dw_err err = dw__set_cookie(req, rules_of(&req->ctx)->cookie, DW_TEXT(""), 0);

    if (err == DW_OK)
        err = dw__remember_forget(req);
    return err != DW_OK ? err
                        : dw__reply_header(req, DW_TEXT("Clear-Site-Data"),
                                           DW_TEXT("\"cache\", \"cookies\", \"storage\""));
}

dw_err dw_session_end(dw_req *req)
{
    const struct session *now;
    dw_err err;

    if (rules_of(&req->ctx) == NULL)
        return no_sessions(req);
    if ((err = present(req, &now)) != DW_OK)
        return err;
    if (now != NULL) {
        if ((err = end_row(&req->ctx, now)) != DW_OK)
            return err;
        DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_INFO, "session.ended",
                  DW_KV(account, now->row.account), DW_KV(session, now->row.uid));
    }
    if ((err = dw__remember_end_cookie(req)) != DW_OK)
        return err;
    becomes(req, NULL);
    not_remembered(req);
    return say_ended(req);
}

static dw_err ended(dw_ctx *ctx, dw_text account, int64_t n)
{
    DW__EVENT(ctx->services->log, ctx, DW_LOG_LEVEL_INFO, "session.others_ended", DW_KV(account, account),
              DW_KV(sessions, n));
    return DW_OK;
}

/* All of `account` but `kept` (NULL: all), and that their browsers are remembered: that first, as above. */
static dw_err end_but(dw_ctx *ctx, dw_text account, const struct session *kept, int64_t *n)
{
    const dw_session_others others = {.account = account,
                                      .digest = kept != NULL ? kept->digest : DW_TEXT("")};
    int64_t changes = 0;
    dw_err err = dw__remember_end_others(ctx, account, kept != NULL ? kept->row.uid : DW_TEXT(""));

    if (err == DW_OK)
        err = dw_x_exec(ctx, rules_of(ctx)->statements->end_others, &others, &changes);

    if (n != NULL)
        *n = changes;
    return err != DW_OK || changes == 0 ? err : ended(ctx, account, changes);
}

dw_err dw_session_end_one(dw_req *req, dw_text id)
{
    const dw_principal *who = dw_req_principal(req);
    const dw_session_name name = {.uid = id, .account = who->uid};
    int64_t changes = 0;
    dw_err err;

    if (rules_of(&req->ctx) == NULL)
        return no_sessions(req);
    err = end_name(&req->ctx, &name, &changes);
    if (err != DW_OK || changes == 0)
        return err != DW_OK ? err : DW_NOT_FOUND;
    return ended(&req->ctx, who->uid, 1);
}

/* The digest of this request's session, or a text that is none. */
static dw_err current(dw_req *req, dw_text *digest)
{
    const struct session *now;
    dw_err err = dw__session_find(req, &now);

    *digest = now != NULL ? now->digest : DW_TEXT("");
    return err;
}

dw_err dw_session_end_others(dw_req *req, int64_t *n)
{
    const dw_principal *who = dw_req_principal(req);
    const struct session *kept;
    dw_err err;

    if (rules_of(&req->ctx) == NULL)
        return no_sessions(req);
    err = dw__session_find(req, &kept);
    return err != DW_OK ? err : end_but(&req->ctx, who->uid, kept, n);
}

dw_err dw_sessions_end_all(dw_ctx *ctx, dw_text uid, int64_t *n)
{
    return rules_of(ctx) != NULL ? end_but(ctx, uid, NULL, n) : DW_UNAVAILABLE;
}

dw_err dw_session_list(dw_req *req, dw_session_infos *list)
{
    const struct session_rules *rules = rules_of(&req->ctx);
    const dw_principal *who = dw_req_principal(req);
    dw_session_whose whose = {.account = who->uid};
    dw_err err;

    *list = (dw_session_infos){0};
    if (rules == NULL)
        return no_sessions(req);
    if ((err = current(req, &whose.digest)) != DW_OK)
        return err;
    whose.seen_since = req->ctx.clock->unix_ms - (int64_t)rules->times.idle_ms;
    whose.made_since = req->ctx.clock->unix_ms - (int64_t)rules->times.absolute_ms;
    return dw_x_all(&req->ctx, rules->statements->list, &whose, (dw_any_list *)(void *)list);
}

/* ---- tokens for forms ---- */

/* The id that a form for who is not signed in is bound to: the one that the browser has, or a new one. */
static dw_err form_id(dw_req *req, dw_text *id)
{
    const struct session_rules *rules = rules_of(&req->ctx);
    char *text;

    *id = dw__session_form_id(req);
    if (id->p == NULL) {
        text = dw__arena_bytes(&req->arena, DW__SESSION_ID_SIZE);
        if (text == NULL)
            return DW_UNAVAILABLE;
        dw__session_id_new(text);
        *id = (dw_text){text, DW__SESSION_ID_SIZE};
    }
    return dw__set_cookie(req, rules->form_cookie, *id, (int64_t)((rules->times.form_ms + 999) / 1000));
}

dw_text dw_csrf_token(dw_req *req)
{
    const struct session_rules *rules = rules_of(&req->ctx);
    char *token = dw__arena_bytes(&req->arena, DW__CSRF_TOKEN_SIZE);
    const struct session *now;
    enum csrf_purpose purpose;
    dw_text id;

    if (rules == NULL || rules->csrf == NULL || token == NULL || dw__session_find(req, &now) != DW_OK)
        return (dw_text){NULL, 0};
    req->ctx.principal_asked = true;
    purpose = now != NULL ? CSRF_OF_SESSION : CSRF_OF_FORM;
    id = now != NULL ? now->id : req->form_id;
    if (id.p == NULL && form_id(req, &id) != DW_OK)
        return (dw_text){NULL, 0};
    if (now == NULL)
        req->form_id = id;
    if (dw__csrf_make(rules->csrf, purpose, id, dw_now_unix(&req->ctx), token) != DW_OK)
        return (dw_text){NULL, 0};
    return (dw_text){token, DW__CSRF_TOKEN_SIZE};
}
