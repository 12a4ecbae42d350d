/* guard/guess.c -- see guess.h and <dw/guess.h>.
 *
 * Everything is counted in the table that all workers share (rate_table.h), under keys that are digests: of what kind the count is, whose account, and from where.  The
 * name of an account is in none of them as it was typed, and the table hashes them once more with a number of its own.
 *
 * Must never: let a password be looked at whose try is not charged, or do for an account that exists what it does not for one that does not. */
#include "guard/guess.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/device.h"
#include "auth/set_cookie.h"
#include "base/log.h"
#include "base/text.h"
#include "codec/cookie.h"
#include "codec/ip.h"
#include "codec/normalise.h"
#include "guard/csrf.h"
#include "guard/rate_table.h"
#include "os/wait.h"

#define SECOND_NS UINT64_C(1000000000)
#define MINUTE_S 60u
#define HOUR_S 3600u
#define WIDER 10u        /* times as many for a network of networks, and for all known browsers */
#define COUNTS 3u        /* that a try is charged to, at most */
#define PART 16u         /* bytes of what a count is by, beside the account */
#define WAITING_MAX 256u /* tries of one worker that are slowed at a time */

/* What rate_key.kind is; guard/charge.h has those below 16. */
enum kind { KIND_NETWORK = 16, KIND_NETWORKS, KIND_EVERYWHERE, KIND_DEVICE, KIND_DEVICES, KIND_CALLER };

struct guess_rules {
    struct rate few, more, hourly;
    uint64_t delay_ms;
    unsigned waiting;
    dw_text origin;
    struct hmac_ring *devices; /* or NULL */
    char cookie[96];
};

struct count {
    struct rate_place place;
    struct rate_rule rule;
    uint64_t mark;
};

/* A try. */
struct guess {
    dw_req *req;
    uint8_t account[DW__SHA256_SIZE];
    bool foreign; /* a browser says that another site made it */
    bool known;   /* it comes with the cookie of … */
    uint8_t device[DW__DEVICE_ID];
    size_t n;
    struct count counts[COUNTS];
};

dw_err dw__guess_rules_new(struct guess_rules **out, const char *name, const struct keyring *signing,
                           const struct guess_config *config)
{
    struct guess_rules *rules = calloc(1, sizeof *rules);
    dw_err err = DW_OK;
    int n;

    *out = NULL;
    if (rules == NULL)
        return DW_UNAVAILABLE;
    rules->few = (struct rate){config->failures, MINUTE_S};
    rules->more = (struct rate){config->failures * WIDER, MINUTE_S};
    rules->hourly = (struct rate){config->slowed_after, HOUR_S};
    rules->delay_ms = config->delay_ms;
    rules->origin = config->origin;
    n = snprintf(rules->cookie, sizeof rules->cookie, "__Host-%s-device", name);
    if (n < 0 || (size_t)n >= sizeof rules->cookie)
        err = DW_INVALID;
    if (err == DW_OK && signing != NULL)
        err = dw__hmac_ring_new(&rules->devices, signing, KEY_DEVICE);
    if (err != DW_OK) {
        dw__guess_rules_free(rules);
        return err;
    }
    *out = rules;
    return DW_OK;
}

void dw__guess_rules_free(struct guess_rules *rules)
{
    if (rules == NULL)
        return;
    dw__hmac_ring_free(rules->devices);
    free(rules);
}

/* ---- whose try it is, and where it comes from ---- */

/* The browser is known when it has the cookie that was made for this account. */
static void look_at_device(const struct guess_rules *rules, struct guess *g)
{
    const dw_req *req = g->req;
    dw_text cookie = dw__cookie_find(req->head.known[HTTP_COOKIE], dw__text_of(rules->cookie));

    g->known =
        rules->devices != NULL && cookie.p != NULL &&
        dw__device_judge(rules->devices, g->account, req->ctx.clock->unix_ms / 1000, cookie, g->device);
}

static dw_err look(const struct guess_rules *rules, dw_text account, struct guess *g)
{
    dw_text folded;
    dw_err err = dw__fold(account, &g->req->arena, &folded);

    if (err != DW_OK)
        return DW_UNAVAILABLE;
    if ((err = dw__sha256((dw_bytes){(const uint8_t *)folded.p, folded.n}, g->account)) != DW_OK)
        return err;
    g->foreign = dw__csrf_evidence_of(rules->origin, g->req) == CSRF_BAD;
    look_at_device(rules, g);
    return DW_OK;
}

/* ---- counts ---- */

/* The key of a count: digests of fixed-length things. */
static dw_err key_of(const struct guess *g, enum kind kind, const uint8_t part[static PART],
                     struct rate_key *key)
{
    uint8_t message[2 + DW__SHA256_SIZE + PART], digest[DW__SHA256_SIZE];
    dw_err err;

    message[0] = (uint8_t)kind;
    message[1] = g->foreign;
    memcpy(message + 2, g->account, DW__SHA256_SIZE);
    memcpy(message + 2 + DW__SHA256_SIZE, part, PART);
    *key = (struct rate_key){.kind = (uint8_t)kind};
    err = dw__sha256((dw_bytes){message, sizeof message}, digest);
    memcpy(key->who, digest, sizeof key->who);
    return err;
}

/* Charges it. DW_TOO_MANY, and nothing is: *wait_ns until there is one again. */
static dw_err charge(struct guess *g, enum kind kind, const uint8_t part[static PART], struct rate rate,
                     uint64_t *wait_ns)
{
    const dw_ctx *ctx = &g->req->ctx;
    struct count count = {.rule = {rate, DW_RATE_GCRA, 1}};
    struct rate_answer answer;
    struct rate_key key;
    dw_err err = key_of(g, kind, part, &key);

    if (err != DW_OK)
        return err;
    count.place = dw__rate_place(ctx->services->rates, &key);
    answer = dw__rate_take(ctx->services->rates, count.place, &count.rule, ctx->clock->mono_ns);
    *wait_ns = answer.wait_ns;
    count.mark = answer.mark;
    if (!answer.allowed)
        return DW_TOO_MANY;
    g->counts[g->n++] = count;
    return DW_OK;
}

static void give_back(struct guess *g)
{
    while (g->n > 0) {
        const struct count *count = &g->counts[--g->n];
        const dw_ctx *ctx = &g->req->ctx;

        dw__rate_give(ctx->services->rates, count->place, &count->rule, count->mark, ctx->clock->mono_ns);
    }
}

/* The account together with the first bytes of the address: of IPv4 24 and 16 bits, of IPv6 64 and 48. Who has none is of one network. */
static dw_err charge_networks(const struct guess_rules *rules, struct guess *g, uint64_t *wait_ns)
{
    const struct ip_counted address = g->req->peer.counted;
    uint8_t near[PART] = {address.version}, wide[PART] = {address.version};
    dw_err err;

    memcpy(near + 1, address.b, address.version == 4 ? 3 : sizeof address.b);
    memcpy(wide + 1, address.b, address.version == 4 ? 2 : 6);
    err = charge(g, KIND_NETWORK, near, rules->few, wait_ns);
    return err == DW_OK ? charge(g, KIND_NETWORKS, wide, rules->more, wait_ns) : err;
}

static dw_err charge_device(const struct guess_rules *rules, struct guess *g, uint64_t *wait_ns)
{
    static const uint8_t all[PART];
    dw_err err = charge(g, KIND_DEVICE, g->device, rules->few, wait_ns);

    return err == DW_OK ? charge(g, KIND_DEVICES, all, rules->more, wait_ns) : err;
}

static dw_err charge_caller(const struct guess_rules *rules, struct guess *g, uint64_t *wait_ns)
{
    uint8_t caller[PART] = {0};

    memcpy(caller, &g->req->ctx.principal->id, sizeof g->req->ctx.principal->id);
    memset(g->account, 0, sizeof g->account); /* whatever it is called */
    return charge(g, KIND_CALLER, caller, rules->few, wait_ns);
}

/* ---- what comes of it ---- */

static dw_err refuse(dw_req *req, uint64_t wait_ns, const char *why)
{
    const uint64_t seconds = (wait_ns + SECOND_NS - 1) / SECOND_NS;

    req->retry_after_s = seconds > 0 ? (uint32_t)seconds : 1;
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_WARN, "guess.refused", DW_KV(why, why));
    return DW_TOO_MANY;
}

/* Waits, without a place in the queue of passwords, when the account was guessed at too often from wherever. */
static dw_err slow(struct guess_rules *rules, struct guess *g)
{
    static const uint8_t everywhere[PART];
    dw_req *req = g->req;
    uint64_t wait_ns;
    dw_err err = charge(g, KIND_EVERYWHERE, everywhere, rules->hourly, &wait_ns);

    if (err != DW_TOO_MANY)
        return err;
    if (rules->waiting >= WAITING_MAX)
        return refuse(req, rules->delay_ms * (SECOND_NS / 1000), "too many tries are waiting");
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_WARN, "guess.slowed",
              DW_KV(why, "too many failures at one account"));
    rules->waiting++;
    err = dw_sleep(&req->ctx, rules->delay_ms);
    rules->waiting--;
    return err;
}

static dw_err charge_all(struct guess_rules *rules, struct guess *g)
{
    dw_req *req = g->req;
    uint64_t wait_ns = 0;
    dw_err err;

    if (req->ctx.principal != NULL) {
        err = charge_caller(rules, g, &wait_ns);
        return err == DW_TOO_MANY ? refuse(req, wait_ns, "too many failures of one caller") : err;
    }
    if (g->known) {
        err = charge_device(rules, g, &wait_ns);
        return err == DW_TOO_MANY ? refuse(req, wait_ns, "too many failures of a known browser") : err;
    }
    err = charge_networks(rules, g, &wait_ns);
    if (err == DW_TOO_MANY)
        return refuse(req, wait_ns, "too many failures at one account from one network");
    return err == DW_OK ? slow(rules, g) : err;
}

dw_err dw_guess_begin(dw_req *req, dw_text account, dw_guess *guess)
{
    struct guess_rules *rules = req->ctx.services->guesses;
    struct guess *g = dw__arena_zalloc(&req->arena, sizeof *g);
    dw_err err;

    *guess = (dw_guess){NULL};
    if (g == NULL || rules == NULL || req->ctx.services->rates == NULL)
        return DW_UNAVAILABLE;
    g->req = req;
    err = look(rules, account, g);
    if (err == DW_OK)
        err = charge_all(rules, g);
    if (err == DW_OK)
        guess->inside = g;
    else
        give_back(g);
    return err;
}

dw_err dw_guess_end(dw_guess *guess, dw_err err)
{
    struct guess *g = guess->inside;

    if (g != NULL && (err == DW_OK || dw_err_status(err) >= 500))
        give_back(g);
    if (err != DW_OK)
        guess->inside = NULL;
    return err;
}

dw_err dw_guess_know_device(dw_req *req, const dw_guess *guess)
{
    const struct guess_rules *rules = req->ctx.services->guesses;
    const int64_t now = req->ctx.clock->unix_ms / 1000;
    struct guess *g = guess->inside;
    char text[DW__DEVICE_SIZE];
    dw_err err;

    if (g == NULL || rules == NULL || rules->devices == NULL || !req->may_sign_in)
        return dw_req_fail_internal(req,
                                    DW_TEXT("dw_guess_know_device is for routes that say .signs_in, behind "
                                            "a sign-in, and wants SIGNING_KEYS"));
    if (!g->known)
        dw_random(g->device, sizeof g->device);
    err = dw__device_make(rules->devices, g->device, g->account, now, text);
    return err == DW_OK ? dw__set_cookie(req, rules->cookie, (dw_text){text, sizeof text}, DW__DEVICE_SECONDS)
                        : err;
}
