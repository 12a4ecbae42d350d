/* guard/vary.c -- a cache must not give one client what was made for another (RFC 9110 §12.5.5).
 *
 * What is declared is known: fields of the input and of loaders' keys that come from a header or a cookie.  What a handler, a guard or a function of the
 * application reads by itself (dw_req_header, dw_req_cookie) was noted when it did.  Neither depends on the value, or on whether it was there: a cache has to know before.
 * What CORS and the isolation of sites depend on, their guards say. */
#include "guard/vary.h"

#include "base/text.h"
#include "route/plan.h"

#define NAMES 24u

struct names {
    dw_text v[NAMES];
    size_t n; /* NAMES + 1: more than that */
};

static void add(struct names *names, dw_text name)
{
    for (size_t i = 0; i < names->n && i < NAMES; i++)
        if (dw__text_eq_nocase(names->v[i], name))
            return;
    if (names->n < NAMES)
        names->v[names->n] = name;
    if (names->n <= NAMES)
        names->n++;
}

static void add_declared(struct names *names, const struct schema_plan *schema,
                         const struct input_sources *from)
{
    for (uint64_t left = from->header; left != 0; left &= left - 1)
        add(names, schema->fields[__builtin_ctzll(left)].source_name);
    if (from->cookie != 0)
        add(names, DW_TEXT("cookie"));
}

static void add_all(struct names *names, const dw_req *req)
{
    const struct route_plan *plan = req->plan;

    if (plan->in != NULL)
        add_declared(names, plan->in, &plan->sources);
    for (size_t i = 0; i < plan->loads.n; i++)
        add_declared(names, plan->loads.v[i].key, &plan->loads.v[i].sources);
    for (size_t i = 0; i < req->n_read_fields && i < DW__READ_FIELDS; i++)
        add(names, dw__text_of(req->read_fields[i]));
    if (req->n_read_fields > DW__READ_FIELDS)
        names->n = NAMES + 1;
}

bool dw__vary_say(dw_req *req)
{
    struct names names = {.n = 0};
    struct buf text;

    add_all(&names, req);
    if (names.n == 0)
        return true;
    if (names.n > NAMES)
        return dw__reply_header(req, DW_TEXT("Vary"), DW_TEXT("*")) == DW_OK;
    dw__buf_init(&text, &req->arena, 4096);
    for (size_t i = 0; i < names.n; i++)
        dw__buf_format(&text, "%s%.*s", i > 0 ? ", " : "", DW_FMT(names.v[i]));
    return !text.failed && dw__reply_header(req, DW_TEXT("Vary"), (dw_text){text.p, text.n}) == DW_OK;
}
