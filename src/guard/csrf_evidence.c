/* guard/csrf_evidence.c -- see csrf_evidence.h.
 *
 * Every header that is there must be good: a browser does not contradict itself, and who does is no browser of our user's.
 *
 * | Sec-Fetch-Site | same-origin: good · none with a navigation: silent · anything else: bad |
 * | Origin         | ours: good · another, null, several: bad |
 * | Referer        | only without both of the others. On https: under an origin of ours: good, else bad; on http it may be missing or forged on the way: never good |
 *
 * An origin of ours is CANONICAL_ORIGIN.  Where that is not set, and for requests of this machine to itself (development), it is the one that the
 * request was sent to: its host is one that the server answers for (guard/hosts.c). */
#include "guard/csrf_evidence.h"

#include "base/text.h"
#include "codec/absolute_url.h"

struct origin {
    bool https;
    dw_text host;
    uint32_t port;
};

/* The origin of a URL; `alone`: it must be nothing else. */
static bool origin_of(dw_text url, bool alone, struct origin *out)
{
    struct absolute_url u;

    if (!dw__absolute_url_read(url, &u) ||
        (alone && (u.path.n > 0 || u.query.p != NULL || u.fragment.p != NULL)))
        return false;
    out->https = dw__text_eq_nocase(u.scheme, DW_TEXT("https"));
    if (!out->https && !dw__text_eq_nocase(u.scheme, DW_TEXT("http")))
        return false;
    out->host = u.host;
    out->port = u.port != 0 ? u.port : out->https ? 443 : 80;
    return true;
}

static bool same(const struct origin *a, const struct origin *b)
{
    return a->https == b->https && a->port == b->port && dw__text_eq_nocase(a->host, b->host);
}

/* host[:port] as a URL of the other's scheme would have it. */
static bool is_to(const struct origin *o, dw_text host)
{
    size_t end = host.n > 0 && host.p[0] == '[' ? dw__text_find(host, ']') : dw__text_find(host, ':');
    uint64_t port = o->https ? 443 : 80;

    if (end < host.n && host.p[end] == ']')
        end++;
    if (end < host.n &&
        (host.p[end] != ':' || !dw__text_u64((dw_text){host.p + end + 1, host.n - end - 1}, &port)))
        return false;
    return port == o->port && dw__text_eq_nocase((dw_text){host.p, end}, o->host);
}

static bool is_this_machine(dw_text host)
{
    return dw__text_eq_nocase(host, DW_TEXT("localhost")) || dw__text_is(host, "127.0.0.1") ||
           dw__text_is(host, "[::1]");
}

static bool is_ours(const struct csrf_clues *clues, dw_text url, bool alone)
{
    struct origin o, canonical;

    if (!origin_of(url, alone, &o))
        return false;
    if (clues->canonical.n > 0 && origin_of(clues->canonical, true, &canonical) && same(&o, &canonical))
        return true;
    if (clues->canonical.n > 0 && !(clues->local && is_this_machine(o.host)))
        return false;
    return is_to(&o, clues->host) && (o.https || !clues->https);
}

static bool under_https(const struct csrf_clues *clues)
{
    return clues->https || dw__text_starts(clues->canonical, DW_TEXT("https:"));
}

static enum csrf_evidence of_referer(const struct csrf_clues *clues)
{
    if (clues->referer.p == NULL)
        return CSRF_SILENT;
    if (!is_ours(clues, clues->referer, false))
        return CSRF_BAD;
    return under_https(clues) ? CSRF_GOOD : CSRF_SILENT;
}

static enum csrf_evidence of_fetch_site(const struct csrf_clues *clues)
{
    if (clues->fetch_site.p == NULL)
        return CSRF_SILENT;
    if (dw__text_is(clues->fetch_site, "same-origin"))
        return CSRF_GOOD;
    return dw__text_is(clues->fetch_site, "none") && dw__text_is(clues->fetch_mode, "navigate") ? CSRF_SILENT
                                                                                                : CSRF_BAD;
}

enum csrf_evidence dw__csrf_evidence(const struct csrf_clues *clues)
{
    enum csrf_evidence site = of_fetch_site(clues);

    if (site == CSRF_BAD || (clues->origin.p != NULL && !is_ours(clues, clues->origin, true)))
        return CSRF_BAD;
    if (site == CSRF_GOOD || clues->origin.p != NULL)
        return CSRF_GOOD;
    return clues->fetch_site.p != NULL ? CSRF_SILENT : of_referer(clues);
}
