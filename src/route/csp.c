/* route/csp.c -- reads a Content-Security-Policy as a browser would (CSP3 §2.2), and refuses what a browser would only ignore.
 *
 * A value with a ';' in the wrong place makes a directive that nobody knows, and browsers say nothing: so an unknown or repeated
 * directive is a fault here. 'unsafe-inline' and 'unsafe-eval' for scripts, and '*', make a policy that is none. */
#include "route/csp.h"

#include <stdbool.h>

#include "base/text.h"

static const dw_text directives[] = {
    DW_TEXT_INIT("default-src"),
    DW_TEXT_INIT("script-src"),
    DW_TEXT_INIT("script-src-elem"),
    DW_TEXT_INIT("script-src-attr"),
    DW_TEXT_INIT("style-src"),
    DW_TEXT_INIT("style-src-elem"),
    DW_TEXT_INIT("style-src-attr"),
    DW_TEXT_INIT("img-src"),
    DW_TEXT_INIT("font-src"),
    DW_TEXT_INIT("connect-src"),
    DW_TEXT_INIT("media-src"),
    DW_TEXT_INIT("object-src"),
    DW_TEXT_INIT("frame-src"),
    DW_TEXT_INIT("child-src"),
    DW_TEXT_INIT("worker-src"),
    DW_TEXT_INIT("manifest-src"),
    DW_TEXT_INIT("base-uri"),
    DW_TEXT_INIT("form-action"),
    DW_TEXT_INIT("frame-ancestors"),
    DW_TEXT_INIT("sandbox"),
    DW_TEXT_INIT("report-to"),
    DW_TEXT_INIT("report-uri"),
    DW_TEXT_INIT("upgrade-insecure-requests"),
    DW_TEXT_INIT("require-trusted-types-for"),
    DW_TEXT_INIT("trusted-types"),
};

static int directive_index(dw_text name)
{
    for (size_t i = 0; i < sizeof directives / sizeof directives[0]; i++)
        if (dw__text_eq_nocase(directives[i], name))
            return (int)i;
    return -1;
}

static const char *source_fault(dw_text source, bool scripts)
{
    if (dw__text_is(source, "*"))
        return "'*' allows everything";
    if (scripts && (dw__text_eq_nocase(source, DW_TEXT("'unsafe-inline'")) ||
                    dw__text_eq_nocase(source, DW_TEXT("'unsafe-eval'")) ||
                    dw__text_eq_nocase(source, DW_TEXT("data:"))))
        return "'unsafe-inline', 'unsafe-eval' and data: for scripts make a policy that is none; use a nonce";
    return NULL;
}

const char *dw__csp_fault(const char *policy)
{
    dw_text rest = dw__text_of(policy);
    unsigned seen = 0;

    while (rest.p != NULL) {
        dw_text sources = dw__text_trim(dw__text_cut(&rest, ';'));
        dw_text name = dw__text_cut(&sources, ' ');
        int i = directive_index(name);

        if (name.n == 0)
            return "an empty directive: a ';' too many";
        if (i < 0)
            return "a directive that browsers do not know, and would ignore";
        if (seen >> i & 1)
            return "a directive stands twice, and browsers ignore the second";
        seen |= 1u << i;
        while (sources.p != NULL) {
            const char *fault = source_fault(dw__text_cut(&sources, ' '), i <= 3);

            if (fault != NULL)
                return fault;
        }
    }
    if (!(seen & 1))
        return "no default-src: what is not named would be allowed";
    return NULL;
}
