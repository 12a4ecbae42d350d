/* guard/charge.c -- see charge.h.
 *
 * Of several rates all must let a request through; one that does not is not charged, nor are the others.  Who has no address (a Unix
 * socket) shares one count with all others that have none, and what names nobody falls to the address: an unknown key falls to a
 * limit, never to none.
 *
 * Who breaches a limit too often (.rate_meta) is held, and then refused without being counted.  What a browser sends for another site is
 * counted and held apart: else a page full of pictures could shut its visitors out. */
#include "guard/charge.h"

#include <string.h>

#include "auth/session.h"
#include "base/log.h"
#include "base/text.h"
#include "guard/api_key.h"

#define SECOND_NS UINT64_C(1000000000)
#define KEY_MAX 256u

static bool is_cross_site(const dw_req *req)
{
    for (size_t i = 0; i < req->head.n_fields; i++)
        if (dw__text_is(req->head.fields[i].name, "sec-fetch-site"))
            return dw__text_is(req->head.fields[i].value, "cross-site");
    return false;
}

/* ---- keys ---- */

/* Nobody knows whose it is that a proxy passes on broken: it must not use up what the proxy may ask for itself. */
static enum charge_kind kind_of_address(const dw_req *req, const struct plan_limit *limit)
{
    if (req->of_proxy && req->refused != DW_OK)
        return CHARGE_BROKEN;
    return limit->cross_site_apart && is_cross_site(req) ? CHARGE_CROSS_SITE : CHARGE_ADDRESS;
}

static void put_address(struct rate_key *key, const dw_req *req, const struct plan_limit *limit)
{
    key->kind = (uint8_t)kind_of_address(req, limit);
    memcpy(key->who, &req->peer.counted, sizeof req->peer.counted);
}

/* Makes `key` that of a text; false when the text is none that may be one. */
static bool put_text(struct rate_key *key, enum charge_kind kind, dw_text text,
                     const struct rate_table *table)
{
    if (text.n == 0 || text.n > KEY_MAX)
        return false;
    key->kind = (uint8_t)kind;
    dw__rate_digest(table, text, key->who);
    return true;
}

static bool put_caller(struct rate_key *key, const dw_principal *who)
{
    if (who == NULL)
        return false;
    key->kind = CHARGE_CALLER;
    memcpy(key->who, &who->id, sizeof who->id);
    return true;
}

/* Whether what the limit counts by is known, and then in `key`. */
static bool put_known(struct rate_key *key, dw_req *req, const struct plan_limit *limit, dw_text named)
{
    const struct rate_table *table = req->ctx.services->rates;
    const dw_principal *who = req->ctx.principal;

    if (limit->field != NULL)
        return put_text(key, CHARGE_NAMED, named, table);
    if (limit->key_of != NULL)
        return put_text(key, CHARGE_OWN, limit->key_of(req), table);
    switch (limit->by) {
    case DW_RATE_INHERIT:
    case DW_RATE_BY_CALLER: return put_caller(key, who);
    case DW_RATE_BY_API_KEY:
        return who != NULL && who->by == DW_API_KEY &&
               put_text(key, CHARGE_API_KEY, dw__api_key_sent(req), table);
    case DW_RATE_BY_SESSION:
        return who != NULL && who->by == DW_SESSION && req->session != NULL &&
               put_text(key, CHARGE_SESSION, req->session->digest, table);
    case DW_RATE_BY_ADDRESS: break;
    }
    return false;
}

static struct rate_key key_of(dw_req *req, const struct plan_limit *limit, dw_text named)
{
    struct rate_key key = {.limit = limit->identity};

    if (!put_known(&key, req, limit, named))
        put_address(&key, req, limit);
    return key;
}

/* The key of the i-th of several rates. */
static struct rate_key nth(struct rate_key key, size_t i)
{
    key.limit += i * UINT64_C(0x9e3779b97f4a7c15);
    return key;
}

static struct rate_key beside(const dw_req *req, struct rate_key key, uint64_t what)
{
    key.limit ^= is_cross_site(req) ? what ^ CHARGE_OF_OTHERS : what;
    return key;
}

/* ---- places ---- */

void dw__charge_soon(const struct rate_table *table, const struct plan_limit *limit,
                     const struct ip_counted *peer, uint64_t *note)
{
    struct rate_key key = {.limit = limit->identity, .kind = CHARGE_ADDRESS};

    if (table == NULL || limit->n == 0)
        return;
    if (*note == 0) {
        memcpy(key.who, peer, sizeof *peer);
        *note = dw__rate_place(table, &key).hash;
    }
    dw__rate_soon(table, (struct rate_place){*note});
}

/* Where the rates of a charge are counted. Of the limit of all requests the first is known since their connection was read; what lies elsewhere is asked for
 * at once, so that it is waited for once. */
static void find_places(const dw_req *req, struct charge *charge)
{
    const struct rate_table *table = req->ctx.services->rates;
    const struct rate_key *key = &charge->key;
    const bool noted = req->peer.note != 0 && charge->limit->of_all && key->kind == CHARGE_ADDRESS;

    for (size_t i = 0; i < charge->limit->n; i++) {
        const struct rate_key one = nth(*key, i);

        charge->places[i] =
            i == 0 && noted ? (struct rate_place){req->peer.note} : dw__rate_place(table, &one);
        if (i > 0)
            dw__rate_soon(table, charge->places[i]);
    }
}

/* ---- breaches ---- */

static uint64_t meta_ns(const struct plan_limit *limit)
{
    return limit->meta.seconds * SECOND_NS;
}

/* What is said of a breach, and when to come again. */
static dw_err refuse(dw_req *req, struct limited *found)
{
    uint64_t seconds = (found->answer.wait_ns + SECOND_NS - 1) / SECOND_NS;

    req->retry_after_s = seconds > 0 ? (uint32_t)seconds : 1;
    return DW_TOO_MANY;
}

/* Counts a breach, and holds who has made too many. */
static void count_breach(dw_req *req, const struct charge *charge)
{
    const struct plan_limit *limit = charge->limit;
    struct rate_table *table = req->ctx.services->rates;
    const struct rate_rule rule = {limit->meta, DW_RATE_FIXED_WINDOW, 1};
    const uint64_t now = req->ctx.clock->mono_ns;
    struct rate_key breaches, held;

    if (limit->meta.count == 0)
        return;
    breaches = beside(req, charge->key, CHARGE_OF_BREACHES);
    held = beside(req, charge->key, CHARGE_OF_HELD);
    if (dw__rate_take(table, dw__rate_place(table, &breaches), &rule, now).remaining > 0)
        return;
    dw__rate_hold(table, dw__rate_place(table, &held), now, now + meta_ns(limit));
    dw__rate_box_note(table, &held, now, now + meta_ns(limit));
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_WARN, "limit.held", DW_KV(limit, limit->text),
              DW_KV(seconds, (int64_t)limit->meta.seconds));
}

static dw_err breached(dw_req *req, struct limited *found, const struct charge *charge)
{
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_INFO, "limit.exceeded",
              DW_KV(limit, charge->limit->text));
    count_breach(req, charge);
    return refuse(req, found);
}

/* Whether who is asking is held for earlier breaches. */
static bool is_held(const dw_req *req, struct limited *found, const struct charge *charge)
{
    const struct plan_limit *limit = charge->limit;
    struct rate_table *table = req->ctx.services->rates;
    struct rate_key held;
    uint64_t left;

    if (limit->meta.count == 0)
        return false;
    held = beside(req, charge->key, CHARGE_OF_HELD);
    left = dw__rate_held(table, dw__rate_place(table, &held), req->ctx.clock->mono_ns, meta_ns(limit));
    if (left == 0)
        return false;
    found->limit = limit;
    found->name = limit->names[DW__RATES];
    found->rate = &limit->meta;
    found->answer = (struct rate_answer){.wait_ns = left, .full_ns = left};
    return true;
}

/* ---- charging ---- */

static struct rate_rule rule_of(const struct charge *charge, size_t i)
{
    return (struct rate_rule){charge->limit->rates[i], charge->limit->strategy, charge->cost};
}

static void give_back(dw_req *req, const struct charge *charge, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct rate_rule rule = rule_of(charge, i);

        dw__rate_give(req->ctx.services->rates, charge->places[i], &rule, charge->marks[i],
                      req->ctx.clock->mono_ns);
    }
}

static uint32_t cost_of(dw_req *req, const struct plan_limit *limit)
{
    uint32_t cost = limit->cost_of != NULL ? limit->cost_of(req) : limit->cost;

    return cost > 0 ? cost : 1;
}

/* Notes the answer for the reply, if it is what matters most. */
static void note(struct limited *found, const struct plan_limit *limit, size_t i, struct rate_answer answer)
{
    if (found->rate != NULL && answer.allowed && answer.remaining >= found->answer.remaining)
        return;
    found->limit = limit;
    found->name = limit->names[i];
    found->rate = &limit->rates[i];
    found->answer = answer;
}

dw_err dw__charge(dw_req *req, const struct plan_limit *limit, dw_text named)
{
    struct rate_table *table = req->ctx.services->rates;
    struct limited *found = req->limited;
    struct charge *charge;

    if (found == NULL)
        req->limited = found = dw__arena_zalloc(&req->arena, sizeof *found);
    if (table == NULL || found == NULL)
        return DW_UNAVAILABLE;
    charge = &found->by[found->n];
    *charge = (struct charge){.limit = limit, .key = key_of(req, limit, named), .cost = cost_of(req, limit)};
    if (is_held(req, found, charge))
        return refuse(req, found);
    find_places(req, charge);
    for (size_t i = 0; i < limit->n; i++) {
        const struct rate_rule rule = rule_of(charge, i);
        struct rate_answer answer = dw__rate_take(table, charge->places[i], &rule, req->ctx.clock->mono_ns);

        charge->marks[i] = answer.mark;
        note(found, limit, i, answer);
        if (!answer.allowed) {
            give_back(req, charge, i);
            return breached(req, found, charge);
        }
    }
    found->n++;
    return DW_OK;
}

/* ---- outcomes ---- */

static bool counts(unsigned on, int status)
{
    return on == 0 || (on >> (status / 100) & 1u) != 0 || (status == 401 && (on & DW_RATE_ON_401) != 0);
}

void dw__charge_settle(dw_req *req)
{
    struct limited *found = req->limited;

    if (found == NULL || found->settled || req->ctx.canceled)
        return;
    found->settled = true;
    for (size_t i = 0; i < found->n; i++) {
        struct charge *charge = &found->by[i];

        if (counts(charge->limit->on, req->reply.status))
            continue;
        give_back(req, charge, charge->limit->n);
        if (found->limit == charge->limit && found->answer.allowed)
            found->answer.remaining += charge->cost;
    }
}
