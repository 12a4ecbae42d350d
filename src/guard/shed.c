/* guard/shed.c -- new work is refused early when there is more than can be done (app/shedding.c), those who are signed in last.
 *
 * Two guards: before there is a route, who sends nothing to be known by is refused, for next to nothing; behind the credentials, whoever was not known by
 * them.  Where everybody is refused the protocol has done so already, without a fiber.  A preflight is let through: a browser sends it without
 * credentials for somebody who may have some, and it costs as much as its refusal. */
#include "base/counts.h"
#include "base/load.h"
#include "base/log.h"
#include "base/text.h"
#include "guard/cors.h"
#include "guard/guard.h"
#include "guard/somebody.h"

#define SECOND_NS UINT64_C(1000000000)

static bool is_calm(const dw_req *req)
{
    const struct load *load = req->ctx.services->load;

    return load == NULL || req->admin || (load->level == LOAD_CALM && !load->crowded);
}

/* The log hears of it once a second, however many there are. */
static dw_err refuse(dw_req *req)
{
    const struct services *services = req->ctx.services;
    const uint64_t now = req->ctx.clock->mono_ns;
    struct load *load = services->load;

    if (services->counts != NULL)
        dw__count_up(&services->counts->shed);
    if (load->told_ns == 0 || now - load->told_ns >= SECOND_NS) {
        load->told_ns = now;
        DW__EVENT(services->log, NULL, DW_LOG_LEVEL_WARN, "load.shed",
                  DW_KV(refused, services->counts != NULL ? (int64_t)services->counts->shed : 0),
                  DW_KV(lag_ms, (int64_t)load->lag_ms), DW_KV(memory_percent, (int64_t)load->memory_percent),
                  DW_KV(crowded, load->crowded));
    }
    req->shed = true;
    return DW_UNAVAILABLE;
}

static guard_errors refuses(const struct route_plan *plan)
{
    (void)plan;
    return 0; /* 503, which every route may give */
}

/* ---- before there is a route ---- */

static bool may_be_known(const dw_req *req)
{
    const struct http_head *head = &req->head;

    if (head->known[HTTP_AUTHORIZATION].p != NULL || head->known[HTTP_COOKIE].p != NULL)
        return true;
    for (size_t i = 0; i < head->n_fields; i++)
        if (dw__text_is(head->fields[i].name, "x-api-key"))
            return true;
    return false;
}

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    (void)env, (void)guarded;
    if (is_calm(req) || req->refused != DW_OK || may_be_known(req) || dw__cors_is_preflight(req))
        return DW_OK;
    return refuse(req);
}

const struct guard dw__guard_shed = {"shed", before, NULL, NULL, refuses};

/* ---- when it is known who asks ---- */

static dw_err before_strangers(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    (void)guarded;
    return is_calm(req) || dw__is_somebody(env, req) ? DW_OK : refuse(req);
}

const struct guard dw__guard_strangers = {"strangers", before_strangers, NULL, NULL, refuses};
