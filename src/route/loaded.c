/* route/loaded.c -- what DW_LOADED gives: the object that a loader of this route has loaded for this request. */
#include "base/text.h"
#include "route/plan.h"

const void *dw_x_loaded(dw_req *req, const dw_loader *loader)
{
    const struct route_loads *loads = &req->plan->loads;

    for (size_t i = 0; i < loads->n && req->loaded != NULL; i++)
        if (loads->v[i].loader == loader && req->loaded[i] != NULL)
            return req->loaded[i];
    dw__req_stop(
        req, dw__arena_format(&req->arena, "DW_LOADED: this route does not name loader %s", loader->name));
    return loader->nothing;
}
