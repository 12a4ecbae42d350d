/* app/load.c -- from bound keys to objects, and from objects to yes or no, before the handler.
 *
 * The order was decided at start-up (route/loads.c).  While a loader or a policy runs the request is shut (http/shut.h): it can look, and
 * not act.  Must never: let a handler see an object that a policy was not asked about, or run a loader twice. */
#include "app/load.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "http/shut.h"
#include "route/plan.h"

/* The fields of a key that earlier records give; false when one that must be there is null in its record. */
static bool copy_fields(const struct load_plan *load, const void *const *loaded, char *key)
{
    for (size_t i = 0; i < load->n_copies; i++) {
        const struct plan_field *from = load->copies[i].source, *to = load->copies[i].field;
        const char *record = loaded[load->copies[i].from];
        bool has = !(from->optional || from->nullable) || record[from->has_at];

        if (!has && !to->optional)
            return false;
        memcpy(key + to->at, record + from->at, to->type.size);
        key[to->has_at] = has;
    }
    return true;
}

static dw_err run(dw_req *req, const dw_loader *loader, const void *key, void *record)
{
    const struct http_shut before = dw__req_shut(req);
    dw_err err = loader->query != NULL ? dw_x_one(&req->ctx, loader->query, key, record)
                                       : loader->load(req, key, record);

    dw__req_open(req, &before);
    return req->ctx.stopped ? DW_INTERNAL : err;
}

static dw_err load_one(dw_req *req, size_t i)
{
    const struct load_plan *load = &req->plan->loads.v[i];
    void *record;
    dw_err err;

    if (!copy_fields(load, req->loaded, req->load_keys[i]))
        return DW_NOT_FOUND;
    record = dw__arena_zalloc(&req->arena, load->loader->record->size);
    if (record == NULL)
        return DW_UNAVAILABLE;
    err = run(req, load->loader, req->load_keys[i], record);
    if (err == DW_OK)
        req->loaded[i] = record;
    return err;
}

static dw_err undecided(dw_req *req, const dw_object_policy *policy, dw_err err)
{
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_ERROR, "policy.undecided",
              DW_KV(policy, policy->name), DW_KV(why, dw_err_code(err)));
    return DW_UNAVAILABLE;
}

static dw_err judge(dw_req *req, const struct load_policy *p)
{
    const dw_principal *who = dw_req_principal(req);
    const struct http_shut before = dw__req_shut(req);
    dw_err err = req->ctx.stopped ? DW_INTERNAL : p->policy->call(&req->ctx, who, req->loaded[p->load]);

    dw__req_open(req, &before);
    if (err == DW_OK || err == DW_CANCELED)
        return err;
    if (err == DW_DENIED || err == DW_NOT_FOUND)
        return p->policy->refused_as == DW_NOT_FOUND ? DW_NOT_FOUND : DW_DENIED;
    return undecided(req, p->policy, err);
}

dw_err dw__load_all(dw_req *req)
{
    const struct route_loads *loads = &req->plan->loads;
    size_t p = 0;
    dw_err err;

    for (size_t i = 0; i < loads->n; i++)
        req->loaded[i] = NULL;
    for (size_t i = 0; i < loads->n; i++) {
        if ((err = load_one(req, i)) != DW_OK)
            return err;
        for (; p < loads->n_policies && loads->policies[p].load == i; p++)
            if ((err = judge(req, &loads->policies[p])) != DW_OK)
                return err;
    }
    return DW_OK;
}
