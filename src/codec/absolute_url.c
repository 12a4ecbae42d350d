/* absolute_url.c -- URLs that mean the same to everyone who reads them.
 *
 * Browsers repair: they drop tabs and line ends, take '\' for '/', numbers of any base for an address, and what stands before '@'
 * for a name. A link that was checked must not become another when it is followed, so all of that is refused here. */
#include "codec/absolute_url.h"

#include "base/text.h"
#include "codec/hex_digit.h"
#include "codec/host.h"
#include "codec/ip.h"

#define PORT_MAX 65535

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* RFC 3986 §3.1. Its length, 0 when there is none. */
static size_t scheme_length(dw_text t)
{
    size_t n = 0;

    if (t.n == 0 || !is_letter(t.p[0]))
        return 0;
    while (n < t.n && (is_letter(t.p[n]) || is_digit(t.p[n]) || (t.p[n] != '\0' && strchr("+-.", t.p[n]))))
        n++;
    return n;
}

/* pchar, '/' and '?' (§3.3 to §3.5), and good escapes. */
static bool characters_valid(dw_text t)
{
    for (size_t i = 0; i < t.n; i++) {
        char c = t.p[i];
        if (c == '%') {
            if (t.n - i < 3 || dw__hex_digit(t.p[i + 1]) < 0 || dw__hex_digit(t.p[i + 2]) < 0)
                return false;
            i += 2;
        } else if (!is_letter(c) && !is_digit(c) && (c == '\0' || !strchr("-._~!$&'()*+,;=:@/?", c))) {
            return false;
        }
    }
    return true;
}

static bool host_valid(dw_text host)
{
    size_t labels;
    dw_ip ip;

    if (host.n >= 2 && host.p[0] == '[')
        return host.p[host.n - 1] == ']' && dw_ip_read((dw_text){host.p + 1, host.n - 2}, &ip) &&
               ip.version == 6;
    if (dw_ip_read(host, &ip))
        return ip.version == 4;
    if (host.n > 0 && host.p[host.n - 1] == '.') /* the root may be written */
        host.n--;
    return dw__host_name_valid(host, &labels);
}

/* "host", "host:port"; a colon wants a port behind it. */
static bool read_authority(dw_text t, struct absolute_url *url)
{
    size_t end = t.n;
    uint64_t port;

    while (end > 0 && is_digit(t.p[end - 1]))
        end--;
    url->host = t;
    if (end > 0 && t.p[end - 1] == ':') {
        dw_text digits = {t.p + end, t.n - end};
        if (!dw__text_u64(digits, &port) || port == 0 || port > PORT_MAX || digits.p[0] == '0')
            return false;
        url->port = (uint32_t)port;
        url->host.n = end - 1;
    }
    return host_valid(url->host);
}

/* Cuts *rest at the first `mark`; what stands behind it, or {NULL, 0}. */
static dw_text cut_tail(dw_text *rest, char mark)
{
    size_t at = dw__text_find(*rest, mark);
    dw_text tail = {0};

    if (at < rest->n)
        tail = (dw_text){rest->p + at + 1, rest->n - at - 1};
    rest->n = at;
    return tail;
}

bool dw__absolute_url_read(dw_text t, struct absolute_url *out)
{
    struct absolute_url url = {.scheme = {t.p, scheme_length(t)}};
    size_t n = url.scheme.n;

    *out = (struct absolute_url){.port = 0};
    if (n == 0 || t.n - n < 4 || memcmp(t.p + n, "://", 3) != 0)
        return false;
    dw_text rest = {t.p + n + 3, t.n - n - 3};
    url.fragment = cut_tail(&rest, '#');
    url.query = cut_tail(&rest, '?');
    size_t slash = dw__text_find(rest, '/');
    url.path = (dw_text){rest.p + slash, rest.n - slash};
    if (!read_authority((dw_text){rest.p, slash}, &url) || !characters_valid(url.path) ||
        !characters_valid(url.query) || !characters_valid(url.fragment))
        return false;
    *out = url;
    return true;
}

bool dw_url_valid(dw_text t)
{
    struct absolute_url url;

    return dw__absolute_url_read(t, &url);
}
