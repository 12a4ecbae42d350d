/* route/csp.c -- reads a Content-Security-Policy as a browser would (CSP3 §2.2), and refuses what a browser would only ignore.
 *
 * A value with a ';' in the wrong place makes a directive that nobody knows, and browsers say nothing: so an unknown or repeated
 * directive is a fault here. 'unsafe-inline' and 'unsafe-eval' for scripts, and '*', make a policy that is none. */
#include "route/csp.h"

#include <stdbool.h>

#include "base/text.h"
#include "codec/local_target.h"

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

/* What default-src says nothing about (CSP3 §6). */
static const dw_text without_fallback[] = {DW_TEXT_INIT("base-uri"), DW_TEXT_INIT("form-action"),
                                           DW_TEXT_INIT("frame-ancestors")};

static int directive_index(dw_text name)
{
    for (size_t i = 0; i < sizeof directives / sizeof directives[0]; i++)
        if (dw__text_eq_nocase(directives[i], name))
            return (int)i;
    return -1;
}

/* Any host: '*', behind a scheme or before a port too. */
static bool is_any_host(dw_text source)
{
    static const dw_text schemes[] = {DW_TEXT_INIT("http://"), DW_TEXT_INIT("https://")};

    for (size_t i = 0; i < 2; i++)
        if (source.n > schemes[i].n && dw__text_eq_nocase((dw_text){source.p, schemes[i].n}, schemes[i]))
            source = (dw_text){source.p + schemes[i].n, source.n - schemes[i].n};
    return source.n > 0 && source.p[0] == '*' && (source.n == 1 || source.p[1] == ':' || source.p[1] == '/');
}

/* A scheme alone: all hosts of it, or what anybody can make up. */
static bool is_open_scheme(dw_text source)
{
    static const dw_text schemes[] = {DW_TEXT_INIT("http:"), DW_TEXT_INIT("https:"), DW_TEXT_INIT("blob:"),
                                      DW_TEXT_INIT("filesystem:")};

    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (dw__text_eq_nocase(source, schemes[i]))
            return true;
    return false;
}

static const char *source_fault(dw_text source, bool scripts)
{
    if (is_any_host(source))
        return "'*' allows everything";
    if (scripts && is_open_scheme(source))
        return "a scheme alone allows scripts of every host, or of everybody; name the hosts";
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
    for (size_t i = 0; i < sizeof without_fallback / sizeof without_fallback[0]; i++)
        if (!(seen >> directive_index(without_fallback[i]) & 1))
            return "base-uri, form-action and frame-ancestors do not follow default-src: say each";
    return NULL;
}

/* What stands behind directive `name` of a policy without a fault; {NULL, 0}: it has none, or nothing stands there. */
static dw_text values_of(const char *policy, dw_text name)
{
    dw_text rest = dw__text_of(policy);

    while (rest.p != NULL) {
        dw_text values = dw__text_trim(dw__text_cut(&rest, ';'));

        if (dw__text_eq_nocase(dw__text_cut(&values, ' '), name))
            return dw__text_trim(values);
    }
    return (dw_text){NULL, 0};
}

/* Where a report may go: a path of this server, or where nobody reads it on its way. */
static bool is_endpoint(dw_text uri)
{
    static const dw_text https = DW_TEXT_INIT("https://");

    if (uri.n > https.n && dw__text_eq_nocase((dw_text){uri.p, https.n}, https))
        return true;
    return dw__local_target_is(uri);
}

const char *dw__csp_report_fault(const char *policy)
{
    const char *fault = dw__csp_fault(policy);
    dw_text uris = {NULL, 0};

    if (fault != NULL)
        return fault;
    uris = values_of(policy, DW_TEXT("report-uri"));
    if (uris.n == 0)
        return "nobody would hear of it: report-uri says where browsers report, for instance report-uri "
               "/csp-report";
    while (uris.p != NULL)
        if (!is_endpoint(dw__text_cut(&uris, ' ')))
            return "report-uri takes a path of this server, or a URL that begins with https://";
    return NULL;
}

bool dw__csp_lets_frame(const char *policy)
{
    dw_text sources = values_of(policy, DW_TEXT("frame-ancestors"));

    return sources.n > 0 && !dw__text_eq_nocase(sources, DW_TEXT("'none'"));
}
