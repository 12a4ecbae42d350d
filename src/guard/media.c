/* guard/media.c -- a body is only read when it says that it is what the route reads.
 *
 * A JSON route takes application/json and nothing else (a PATCH also application/merge-patch+json, RFC 7396, which is what binding into a
 * partial schema does): text/plain and forms are what a browser can be made to send across sites without asking.  A charset other than
 * UTF-8 is refused.  A missing Content-Type is no JSON.  multipart/form-data without a boundary that can be used is refused here too, before
 * its body is read. */
#include "guard/media.h"
#include "base/text.h"
#include "codec/multipart.h"
#include "codec/parameter.h"
#include "guard/guard.h"

/* Whether a Content-Type value is `type`, with no parameter but charset=utf-8. */
static bool media_is(dw_text value, dw_text type)
{
    dw_text rest = value;
    dw_text essence = dw__text_trim(dw__text_cut(&rest, ';'));

    if (!dw__text_eq_nocase(essence, type))
        return false;
    while (rest.p != NULL) {
        dw_text name_value = dw__text_trim(dw__text_cut(&rest, ';'));

        if (name_value.n > 0 && !dw__text_eq_nocase(name_value, DW_TEXT("charset=utf-8")) &&
            !dw__text_eq_nocase(name_value, DW_TEXT("charset=\"utf-8\"")))
            return false;
    }
    return true;
}

bool dw__media_is_json(dw_text value)
{
    return media_is(value, DW_TEXT("application/json"));
}

bool dw__media_is_merge_patch(dw_text value)
{
    return media_is(value, DW_TEXT("application/merge-patch+json"));
}

bool dw__media_is_form(dw_text value)
{
    return media_is(value, DW_TEXT("application/x-www-form-urlencoded"));
}

bool dw__media_is_multipart(dw_text value)
{
    dw_text parameters;

    return dw__text_eq_nocase(dw__parameter_begin(value, &parameters), DW_TEXT("multipart/form-data"));
}

static dw_err judge_boundary(dw_req *req, dw_text type)
{
    dw_text boundary;

    return dw__multipart_boundary(type, &boundary)
               ? DW_OK
               : dw_req_fail(req, DW_BAD_REQUEST,
                             "The content type names no boundary, or none that can be used");
}

static dw_err before(const struct guard_env *env, dw_req *req, struct guarded *guarded)
{
    const struct route_plan *plan = req->plan;
    dw_text type = req->head.known[HTTP_CONTENT_TYPE];

    (void)env, (void)guarded;
    if (plan->route == NULL || plan->route->raw != NULL || plan->sources.body == 0)
        return DW_OK;
    if ((plan->body & DW_BODY_JSON) && dw__media_is_json(type))
        return DW_OK;
    if ((plan->body & DW_BODY_JSON) && plan->route->method == DW_M_PATCH && dw__media_is_merge_patch(type))
        return DW_OK;
    if ((plan->body & DW_BODY_FORM) && dw__media_is_form(type))
        return DW_OK;
    if ((plan->body & DW_BODY_MULTIPART) && dw__media_is_multipart(type))
        return judge_boundary(req, type);
    return DW_UNSUPPORTED_MEDIA;
}

static void audit(const struct guard_env *env, struct audit *audit)
{
    for (size_t i = 0; i < env->routes->n_plans; i++)
        if (env->routes->plans[i].route->raw != NULL)
            dw__audit_say(audit, FOUND_MEDIA_RAW, env->routes->plans[i].route->where,
                          "%s %.*s reads its body itself: %s", env->routes->plans[i].method,
                          DW_FMT(env->routes->plans[i].pattern), env->routes->plans[i].route->raw);
}

static guard_errors refuses(const struct route_plan *plan)
{
    if (plan->route->raw != NULL || plan->sources.body == 0)
        return 0;
    return DW__GUARD_ERROR(DW_UNSUPPORTED_MEDIA) |
           ((plan->body & DW_BODY_MULTIPART) ? DW__GUARD_ERROR(DW_BAD_REQUEST) : 0);
}

const struct guard dw__guard_media = {"media", before, NULL, audit, refuses};
