/* codec/origin.c -- see origin.h.
 *
 * Must never: match by the beginning or the end of a text alone. "https://example.com.evil.test" begins with an origin of ours, and
 * "https://evilexample.com" ends with one. */
#include "codec/origin.h"

#include "base/text.h"
#include "codec/absolute_url.h"
#include "codec/public_suffix.h"

#define HTTPS "https://"
#define STAR "https://*."
#define LABEL_MAX 63u
#define ORIGIN_MAX 280u

static bool has_upper(dw_text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (t.p[i] >= 'A' && t.p[i] <= 'Z')
            return true;
    return false;
}

/* What is wrong with an origin that is one host. */
static const char *exact_fault(dw_text text)
{
    struct absolute_url url;
    bool https;

    if (!dw__absolute_url_read(text, &url))
        return "is no origin; write it as browsers do, https://app.example.com";
    https = dw__text_is(url.scheme, "https");
    if (!https && !dw__text_is(url.scheme, "http"))
        return "is no origin of a page: it begins with https:// (or http://), in lower case";
    if (url.path.n > 0 || url.query.p != NULL || url.fragment.p != NULL)
        return "is more than an origin: it ends behind the host or the port, without '/'";
    if (has_upper(text))
        return "has capitals, and browsers send origins in lower case: it would match nothing";
    if (url.host.p[url.host.n - 1] == '.')
        return "has a '.' at its end: browsers send it so only where people type it so";
    if (url.port == (https ? 443u : 80u))
        return "names the port that goes without saying, and browsers leave it out: it would match nothing";
    return NULL;
}

/* The same of a pattern, which is an origin with "*." in front of its host. */
static const char *pattern_fault(dw_text text, dw_text *tail)
{
    char whole[ORIGIN_MAX];
    struct absolute_url url;
    dw_text origin = {whole, text.n - (sizeof STAR - sizeof HTTPS)};
    const char *fault;

    if (text.n > sizeof whole)
        return "is longer than an origin can be";
    *tail = (dw_text){text.p + sizeof STAR - 2, text.n - (sizeof STAR - 2)};
    memcpy(whole, HTTPS, sizeof HTTPS - 1);
    memcpy(whole + sizeof HTTPS - 1, tail->p + 1, tail->n - 1);
    if ((fault = exact_fault(origin)) != NULL)
        return fault;
    if (!dw__absolute_url_read(origin, &url) || dw__is_public_suffix(url.host))
        return "is a pattern below a public suffix, where anybody can have a name; put a domain of your own "
               "behind '*.'";
    return NULL;
}

const char *dw__origin_rule_read(dw_text text, struct origin_rule *out)
{
    const char *fault;

    *out = (struct origin_rule){.kind = ORIGIN_EXACT, .text = text};
    if (dw__text_is(text, "*")) {
        out->kind = ORIGIN_ANY;
        return NULL;
    }
    if (dw__text_is(text, "null"))
        return "is null, which every sandboxed page and every file can be: it is never an origin of somebody";
    if (dw__text_starts(text, DW_TEXT(STAR))) {
        out->kind = ORIGIN_PATTERN;
        fault = pattern_fault(text, &out->tail);
    } else if (dw__text_find(text, '*') < text.n) {
        fault = "has a '*' elsewhere than in https://*.example.com, where it is one label";
    } else {
        fault = exact_fault(text);
    }
    return fault;
}

static bool is_label(dw_text t)
{
    if (t.n == 0 || t.n > LABEL_MAX || t.p[0] == '-' || t.p[t.n - 1] == '-')
        return false;
    for (size_t i = 0; i < t.n; i++)
        if (!((t.p[i] >= 'a' && t.p[i] <= 'z') || (t.p[i] >= '0' && t.p[i] <= '9') || t.p[i] == '-'))
            return false;
    return true;
}

bool dw__origin_rule_matches(const struct origin_rule *rule, dw_text origin)
{
    size_t head = sizeof HTTPS - 1, tail = rule->tail.n;

    switch (rule->kind) {
    case ORIGIN_ANY: return true;
    case ORIGIN_EXACT: return dw__text_eq(rule->text, origin);
    case ORIGIN_PATTERN: break;
    }
    return origin.n > head + tail && dw__text_starts(origin, DW_TEXT(HTTPS)) &&
           dw__text_eq((dw_text){origin.p + origin.n - tail, tail}, rule->tail) &&
           is_label((dw_text){origin.p + head, origin.n - head - tail});
}

bool dw__origin_rule_is_plain(const struct origin_rule *rule)
{
    struct absolute_url url;

    return rule->kind == ORIGIN_EXACT && dw__text_starts(rule->text, DW_TEXT("http://")) &&
           dw__absolute_url_read(rule->text, &url) && !dw__text_is(url.host, "localhost") &&
           !dw__text_is(url.host, "127.0.0.1") && !dw__text_is(url.host, "[::1]");
}
