/* guard/at_once.c -- not too many at a time: .at_once of a route.
 *
 * The last guard before the handler, so that who may not, or sends its body slowly, holds no place.  A place is held while the handler works: until its
 * reply begins where that is made from its output, else until it has ended.  Work on another thread (dw_blocking) is a part of that, also when nobody waits for it any
 * more: clients that come and leave would else have the worker compute for as many as they like. */
#include "guard/at_once.h"

#include "base/counts.h"
#include "base/log.h"
#include "guard/guard.h"

#define SECOND_NS UINT64_C(1000000000)

/* ---- the count ---- */

bool dw__at_once_enter(struct at_once *a, unsigned number, uint32_t most)
{
    uint64_t all = 0;

    /* In one order for all: of two workers that count themselves at once, one at least sees the other. */
    (void)__atomic_fetch_add(&a->rows[a->mine].of[number], 1, __ATOMIC_SEQ_CST);
    for (unsigned i = 0; i < a->n; i++)
        all += __atomic_load_n(&a->rows[i].of[number], __ATOMIC_SEQ_CST);
    if (all <= most)
        return true;
    dw__at_once_leave(a, number);
    return false;
}

void dw__at_once_leave(struct at_once *a, unsigned number)
{
    (void)__atomic_fetch_sub(&a->rows[a->mine].of[number], 1, __ATOMIC_SEQ_CST);
}

void dw__at_once_begin(struct at_once *a)
{
    for (unsigned i = 0; i < DW__AT_ONCE_ROUTES; i++)
        __atomic_store_n(&a->rows[a->mine].of[i], 0, __ATOMIC_SEQ_CST);
}

/* ---- the guard ---- */

static void leave(dw_req *req)
{
    if (req->in_place)
        dw__at_once_leave(req->ctx.services->at_once, req->plan->at_once_number);
    req->in_place = req->ctx.stays = false;
}

static void on_end(void *p)
{
    leave(p);
}

/* The log hears of it once a second, however many there are. */
static dw_err refuse(dw_req *req, struct at_once *a)
{
    const struct services *services = req->ctx.services;
    const uint64_t now = req->ctx.clock->mono_ns;

    if (services->counts != NULL)
        dw__count_up(&services->counts->busy);
    if (a->told_ns == 0 || now - a->told_ns >= SECOND_NS) {
        a->told_ns = now;
        DW__EVENT(services->log, &req->ctx, DW_LOG_LEVEL_WARN, "route.busy",
                  DW_KV(at_once, (int64_t)req->plan->at_once));
    }
    req->shed = true;
    return DW_UNAVAILABLE;
}

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    struct at_once *a = req->ctx.services->at_once;

    (void)env, (void)guarded;
    if (req->plan->at_once == 0)
        return DW_OK;
    if (a == NULL || dw_defer(&req->ctx, on_end, req) != DW_OK)
        return DW_UNAVAILABLE;
    if (!dw__at_once_enter(a, req->plan->at_once_number, req->plan->at_once))
        return refuse(req, a);
    req->in_place = req->ctx.stays = true;
    return DW_OK;
}

static void after(const struct guard_env *env, dw_req *req)
{
    (void)env;
    if (req->plan->typed_reply)
        leave(req);
}

static guard_errors refuses(const struct route_plan *plan)
{
    (void)plan;
    return 0; /* 503, which every route may give */
}

const struct guard dw__guard_at_once = {"at_once", before, after, NULL, refuses};
