/* guard/redirects.c -- a reply leads nowhere but to this server, or to an origin that dw_app.redirects_to names (open redirects).
 *
 * It looks at what is about to be sent, so that it does not matter who wrote the Location: dw_redirect, dw_redirect_to, or a handler by itself.  Must never:
 * repair one. */
#include "base/log.h"
#include "base/text.h"
#include "guard/guard.h"

static void refuse(dw_req *req, dw_text to)
{
    DW__EVENT(req->ctx.services->log, &req->ctx, DW_LOG_LEVEL_ERROR, "redirect.refused", DW_KV(to, to));
    req->reply.header_broken = true;
}

static void after(const struct guard_env *env, dw_req *req)
{
    const struct http_reply *reply = &req->reply;
    bool redirects = reply->status >= 300 && reply->status < 400 && reply->status != 304;

    for (size_t i = 0; i < reply->n_extra; i++) {
        const struct http_field *field = &reply->extra[i];

        if (dw__text_eq_nocase(field->name, DW_TEXT("Refresh")) ||
            (redirects && dw__text_eq_nocase(field->name, DW_TEXT("Location")) &&
             !dw__redirects_allow(&env->routes->redirects, env->origin, field->value)))
            refuse(req, field->value);
    }
}

static void audit(const struct guard_env *env, struct audit *audit)
{
    const struct redirects *redirects = &env->routes->redirects;

    for (size_t i = 0; i < redirects->n; i++)
        dw__audit_say(audit, FOUND_REDIRECTS_ALLOWED, NULL, "replies may lead to %.*s",
                      DW_FMT(redirects->rules[i].text));
}

const struct guard dw__guard_redirects = {"redirects", NULL, after, audit, NULL};
