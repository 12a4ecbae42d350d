/* guard/head_sources.c -- the path, headers and cookies, into the fields that are declared to come from there. */
#include "guard/head_sources.h"

#include "base/text.h"
#include "codec/cookie.h"

dw_err dw__bind_segment(const struct schema_plan *plan, size_t i, dw_text segment, void *out,
                        struct bind_faults *faults)
{
    size_t before = faults->n_broken;

    dw__bind_text(plan, i, segment, out, faults);
    return faults->n_broken > before && dw__bind_is_misspelt(&faults->broken[before]) ? DW_NOT_FOUND : DW_OK;
}

/* A list has an element on each line, or several behind commas on one, which a proxy may make of each other (RFC 9110 §5.3). */
static void bind_header(const struct schema_plan *plan, size_t i, dw_text value, void *out,
                        struct bind_faults *faults)
{
    if (plan->fields[i].type.kind != DW_KIND_LIST) {
        dw__bind_octets(plan, i, value, out, faults);
        return;
    }
    while (value.p != NULL) {
        dw_text element = dw__text_trim(dw__text_cut(&value, ','));

        if (element.n > 0)
            dw__bind_octets(plan, i, element, out, faults);
    }
}

void dw__bind_headers(const dw_req *req, const struct schema_plan *plan, uint64_t mask, void *out,
                      struct bind_faults *faults)
{
    for (; mask != 0; mask &= mask - 1) {
        size_t i = (size_t)__builtin_ctzll(mask);

        for (size_t k = 0; k < req->head.n_fields; k++)
            if (dw__text_eq(req->head.fields[k].name, plan->fields[i].source_name))
                bind_header(plan, i, req->head.fields[k].value, out, faults);
    }
}

static void bind_cookie(const struct schema_plan *plan, uint64_t mask, dw_text name, dw_text value, void *out,
                        struct bind_faults *faults)
{
    for (; mask != 0; mask &= mask - 1) {
        size_t i = (size_t)__builtin_ctzll(mask);

        if (dw__text_eq(plan->fields[i].source_name, name))
            dw__bind_octets(plan, i, value, out, faults);
    }
}

void dw__bind_cookies(const dw_req *req, const struct schema_plan *plan, uint64_t mask, void *out,
                      struct bind_faults *faults)
{
    for (size_t k = 0; mask != 0 && k < req->head.n_fields; k++) {
        dw_text rest = req->head.fields[k].value, name, value;

        if (!dw__text_is(req->head.fields[k].name, "cookie"))
            continue;
        while (dw__cookie_next(&rest, &name, &value))
            bind_cookie(plan, mask, name, value, out, faults);
    }
}
