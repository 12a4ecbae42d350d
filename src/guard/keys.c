/* guard/keys.c -- what a loader is given: fields of its key from path, query, headers and cookies.
 *
 * A key is judged by its own schema, together with the input: a client is told all that is wrong at once.  What a key takes from the
 * record of another loader is filled in when that has run (app/load.c). */
#include "guard/keys.h"

#include "guard/head_sources.h"

dw_err dw__keys_init(dw_req *req)
{
    const struct route_loads *loads = &req->plan->loads;
    void **keys = dw__arena_calloc(&req->arena, loads->n, sizeof *keys);

    req->loaded = dw__arena_calloc(&req->arena, loads->n, sizeof *req->loaded);
    if (keys == NULL || req->loaded == NULL)
        return DW_UNAVAILABLE;
    for (size_t i = 0; i < loads->n; i++)
        if ((keys[i] = dw__arena_zalloc(&req->arena, loads->v[i].key->size)) == NULL)
            return DW_UNAVAILABLE;
    req->load_keys = keys;
    return DW_OK;
}

bool dw__keys_use_query(const struct route_plan *plan)
{
    for (size_t i = 0; i < plan->loads.n; i++)
        if (plan->loads.v[i].sources.query != 0)
            return true;
    return false;
}

/* Binds the pairs that are the key's, and leaves the others. */
static void take_pairs(const struct load_plan *load, struct form *query, void *key,
                       struct bind_faults *faults)
{
    size_t kept = 0;

    for (size_t i = 0; i < query->n; i++) {
        int field = dw__schema_field(load->key, query->pairs[i].name);

        if (field >= 0 && (load->sources.query >> field & 1))
            dw__bind_text(load->key, (size_t)field, query->pairs[i].value, key, faults);
        else
            query->pairs[kept++] = query->pairs[i];
    }
    query->n = kept;
}

static dw_err bind_key(dw_req *req, const struct load_plan *load, const struct route_match *match, void *key,
                       struct form *query, struct bind_faults *faults)
{
    dw_err err;

    faults->seen = load->copied;
    faults->text_lists = 0;
    for (size_t i = 0; i < load->n_params; i++)
        if ((err = dw__bind_segment(load->key, load->params[i].field, match->params[load->params[i].param],
                                    key, faults)) != DW_OK)
            return err;
    dw__bind_headers(req, load->key, load->sources.header, key, faults);
    dw__bind_cookies(req, load->key, load->sources.cookie, key, faults);
    if (load->sources.query != 0)
        take_pairs(load, query, key, faults);
    err = dw__bind_end(load->key, key, faults);
    return err == DW_INVALID ? DW_OK : err; /* the end of the input says it, with what else is wrong */
}

dw_err dw__keys_bind(dw_req *req, const struct route_match *match, bool with_input, struct form *query,
                     struct bind_faults *faults)
{
    const struct route_loads *loads = &req->plan->loads;
    const uint64_t seen = faults->seen, lists = faults->text_lists; /* of the input */
    dw_err err = DW_OK;

    for (size_t i = 0; i < loads->n && err == DW_OK; i++)
        if (loads->v[i].with_input == with_input)
            err = bind_key(req, &loads->v[i], match, req->load_keys[i], query, faults);
    faults->seen = seen;
    faults->text_lists = lists;
    return err;
}
