/* auth/session.c -- see session.h.
 *
 * A cookie that is not written as ids are, or is there twice, is no session and costs no look at the database.  Must never: adopt an id that a client
 * made, write an id into a log, or let a session live because its time could not be told. */
#include "auth/session.h"

#include <stdio.h>
#include <stdlib.h>

#include "auth/refresh_token.h"
#include "auth/session_cache.h"
#include "auth/session_id.h"
#include "auth/verify_budget.h"
#include "base/log.h"
#include "base/text.h"
#include "codec/cookie.h"
#include "store/sql.h"

#define TOUCHES_IN_IDLE 10u

static bool set_names(struct session_rules *rules, const char *name)
{
    int n = snprintf(rules->cookie, sizeof rules->cookie, "__Host-%s", name);

    return n > 0 && (size_t)n < sizeof rules->cookie &&
           snprintf(rules->form_cookie, sizeof rules->form_cookie, "%s-form", rules->cookie) > 0;
}

dw_err dw__session_rules_new(struct session_rules **out, const char *name, const dw_sessions *statements,
                             const struct keyring *signing, const struct session_times *times)
{
    struct session_rules *rules = calloc(1, sizeof *rules);
    dw_err err = rules != NULL ? DW_OK : DW_UNAVAILABLE;

    *out = NULL;
    if (err == DW_OK && !set_names(rules, name))
        err = DW_INVALID;
    if (err == DW_OK)
        err = dw__session_cache_new(&rules->cache);
    if (err == DW_OK && signing != NULL)
        err = dw__hmac_ring_new(&rules->csrf, signing, KEY_CSRF);
    if (err != DW_OK) {
        dw__session_rules_free(rules);
        return err;
    }
    rules->statements = statements;
    rules->times = *times;
    *out = rules;
    return DW_OK;
}

void dw__session_rules_free(struct session_rules *rules)
{
    if (rules == NULL)
        return;
    dw__hmac_ring_free(rules->csrf);
    dw__session_cache_free(rules->cache);
    dw__refresh_keys_free(rules->remember_keys);
    free(rules);
}

/* The one cookie `name` of the request, when it is written as ids are. */
static dw_text id_in(const dw_req *req, const char *name)
{
    dw_text id = dw__cookie_find(req->head.known[HTTP_COOKIE], dw__text_of(name));

    return dw__session_id_is(id) ? id : (dw_text){NULL, 0};
}

dw_text dw__session_form_id(const dw_req *req)
{
    return id_in(req, req->ctx.services->sessions->form_cookie);
}

/* From the database. One that is not there is not remembered, so made-up ids are charged to their address as bad tokens are. */
static dw_err ask(dw_req *req, const struct session_rules *rules, struct session *s)
{
    const struct verify_payer payer = {req->ctx.services->verify_budget, req->peer.text,
                                       req->ctx.clock->mono_ns};
    const dw_session_key key = {.digest = s->digest};
    dw_err err;

    if (payer.budget != NULL && !dw__verify_budget_take(&payer))
        return DW_TOO_MANY;
    err = dw_x_one(&req->ctx, rules->statements->find, &key, &s->row);
    if (payer.budget != NULL && err != DW_NOT_FOUND) /* nor for trouble of ours */
        dw__verify_budget_give(&payer);
    return err;
}

/* From the database as it is at a generation, or later. */
static dw_err look_up(dw_req *req, struct session *s)
{
    const struct services *services = req->ctx.services;
    const struct session_rules *rules = services->sessions;
    uint64_t generation;
    dw_err err;

    if (services->sql == NULL)
        return DW_UNAVAILABLE;
    generation = dw__sql_generation(services->sql);
    if (dw__session_cache_find(rules->cache, generation, s->digest, &req->arena, &s->row))
        return DW_OK;
    err = ask(req, rules, s);
    if (err == DW_OK && dw__sql_may_keep(services->sql, rules->statements->find))
        dw__session_cache_keep(rules->cache, generation, s->digest, &s->row);
    return err;
}

/* NULL when it lives. A time that lies ahead is of a clock that was set back. */
static const char *why_dead(const dw_req *req, const dw_session_row *row)
{
    const struct session_times *times = &req->ctx.services->sessions->times;
    int64_t now = req->ctx.clock->unix_ms;

    if (row->seen_at <= now - (int64_t)times->idle_ms)
        return "it was not used for too long";
    return row->made_at <= now - (int64_t)times->absolute_ms ? "its time is over" : NULL;
}

/* A sign-in that waits lives from when it began, and is found as no session. */
static const char *take(dw_req *req, const struct session *s)
{
    const struct session_times *times = &req->ctx.services->sessions->times;
    const char *why = why_dead(req, &s->row);

    if (why != NULL)
        return why;
    if ((s->row.amr & DW__SESSION_WAITS) == 0) {
        req->session = s;
        return NULL;
    }
    if (s->row.made_at <= req->ctx.clock->unix_ms - (int64_t)times->second_ms)
        return "its second factor was not shown in time";
    req->waiting = s;
    return NULL;
}

static dw_err find(dw_req *req, dw_text id)
{
    struct session *s = dw__arena_zalloc(&req->arena, sizeof *s);
    char *digest = dw__arena_bytes(&req->arena, DW__SESSION_ID_SIZE);
    const char *why = "there is none of this id";
    dw_err err;

    if (s == NULL || digest == NULL)
        return DW_UNAVAILABLE;
    s->id = id;
    s->digest = (dw_text){digest, DW__SESSION_ID_SIZE};
    err = dw__session_id_digest(id, digest);
    if (err == DW_OK)
        err = look_up(req, s);
    if (err == DW_OK && (why = take(req, s)) == NULL)
        return DW_OK;
    if (err == DW_TOO_MANY)
        why = "too many of this address that name none";
    else if (err != DW_OK && err != DW_NOT_FOUND)
        return err;
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_INFO, "session.refused", DW_KV(why, why));
    return err == DW_TOO_MANY ? err : DW_OK;
}

dw_err dw__session_find(dw_req *req, const struct session **out)
{
    const struct session_rules *rules = req->ctx.services->sessions;
    dw_err err = DW_OK;
    dw_text id;

    if (!req->session_looked) {
        id = rules != NULL ? id_in(req, rules->cookie) : (dw_text){NULL, 0};
        err = id.p != NULL ? find(req, id) : DW_OK;
        req->session_looked = err == DW_OK;
    }
    *out = req->session;
    return err;
}

void dw__session_touch(dw_req *req, const struct session *session)
{
    const struct session_rules *rules = req->ctx.services->sessions;
    const dw_session_seen seen = {.digest = session->digest, .seen_at = req->ctx.clock->unix_ms};
    bool read_only = req->ctx.read_only;
    dw_err err;

    if (seen.seen_at - session->row.seen_at < (int64_t)(rules->times.idle_ms / TOUCHES_IN_IDLE))
        return;
    req->ctx.read_only = false;
    err = dw_x_exec(&req->ctx, rules->statements->touch, &seen, NULL);
    req->ctx.read_only = read_only;
    if (err != DW_OK) /* it lives all the same, until its time is over */
        DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_WARN, "session.not_touched",
                  DW_KV(why, dw_err_code(err)));
}
