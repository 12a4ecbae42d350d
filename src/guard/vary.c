/* guard/vary.c -- a cache must not give one client what was made for another (RFC 9110 §12.5.5).
 *
 * What is declared is known since the start (route/vary.h).  What a handler, a guard or a function of the application reads by itself (dw_req_header, dw_req_cookie) was
 * noted when it did.  What CORS and the isolation of sites depend on, their guards say. */
#include "guard/vary.h"

#include "base/text.h"
#include "route/vary.h"

/* More than a reply should name. */
#define MOST 4096u

static bool say(dw_req *req, dw_text names)
{
    return names.n == 0 || dw__reply_header(req, DW_TEXT("Vary"), names) == DW_OK;
}

bool dw__vary_say(dw_req *req)
{
    const dw_text declared = req->plan->vary;
    struct buf names;

    if (req->n_read_fields == 0)
        return say(req, declared);
    if (req->n_read_fields > DW__READ_FIELDS || dw__text_is(declared, "*"))
        return say(req, DW_TEXT("*"));
    dw__buf_init(&names, &req->arena, MOST);
    dw__buf_text(&names, declared);
    for (size_t i = 0; i < req->n_read_fields; i++) {
        const dw_text name = dw__text_of(req->read_fields[i]);

        if (!dw__vary_has((dw_text){names.p, names.n}, name))
            dw__buf_format(&names, "%s%.*s", names.n > 0 ? ", " : "", DW_FMT(name));
    }
    return !names.failed && say(req, (dw_text){names.p, names.n});
}
