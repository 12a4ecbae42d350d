/* route/redirects.c -- see redirects.h. */
#include "route/redirects.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/text.h"
#include "codec/absolute_url.h"
#include "codec/local_target.h"

static const char *fault_of(const struct origin_rule *rule)
{
    if (rule->kind != ORIGIN_EXACT)
        return "is more than one origin: name each of them";
    return dw__origin_rule_is_plain(rule) ? "begins with http:, and whoever is on the way to it can be it"
                                          : NULL;
}

void dw__redirects_plan(struct redirects *out, const dw_app *app, struct buf *why)
{
    size_t n = 0;

    while (app->redirects_to != NULL && app->redirects_to[n] != NULL)
        n++;
    *out = (struct redirects){calloc(n + 1, sizeof *out->rules), n};
    DW__CHECK(out->rules != NULL);
    for (size_t i = 0; i < n; i++) {
        const char *fault = dw__origin_rule_read(dw__text_of(app->redirects_to[i]), &out->rules[i]);

        if (fault == NULL)
            fault = fault_of(&out->rules[i]);
        if (fault != NULL)
            dw__buf_format(why, "dw_app.redirects_to: '%s' %s\n", app->redirects_to[i], fault);
    }
}

void dw__redirects_release(struct redirects *redirects)
{
    free(redirects->rules);
    *redirects = (struct redirects){NULL, 0};
}

/* What stands behind an origin and '/' is a path, whatever it is: a query as it came has bytes that a URL should not have. */
static bool begins_with(dw_text url, dw_text origin)
{
    return origin.n > 0 && dw__text_starts(url, origin) && (url.n == origin.n || url.p[origin.n] == '/');
}

bool dw__redirects_allow(const struct redirects *redirects, dw_text own, dw_text url)
{
    struct absolute_url parts;
    dw_text origin;

    if (dw__local_target_is(url) || begins_with(url, own))
        return true;
    if (!dw__absolute_url_read(url, &parts))
        return false;
    origin = (dw_text){url.p, (size_t)(parts.path.p - url.p)};
    for (size_t i = 0; i < redirects->n; i++)
        if (dw__origin_rule_matches(&redirects->rules[i], origin))
            return true;
    return false;
}
