/* Any bytes as a rule, and any as an origin, with a line end between them: what matches is an origin, of the rule's own scheme and domain. */
#include <stdlib.h>
#include <string.h>

#include "codec/absolute_url.h"
#include "codec/origin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The parser of URLs sees the host that a browser would go to. */
static void judge(const struct origin_rule *rule, dw_text origin)
{
    struct absolute_url url;
    dw_text domain = rule->tail;

    if (!dw__absolute_url_read(origin, &url) || url.path.n > 0 || url.query.p != NULL ||
        url.fragment.p != NULL)
        abort();
    if (rule->kind != ORIGIN_PATTERN)
        return;
    domain.n = url.port != 0 ? (size_t)((const char *)memchr(domain.p, ':', domain.n) - domain.p) : domain.n;
    if (url.scheme.n != 5 || url.host.n <= domain.n ||
        memcmp(url.host.p + url.host.n - domain.n, domain.p, domain.n) != 0 ||
        memchr(url.host.p, '.', url.host.n - domain.n) != NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t n = end != NULL ? (size_t)(end - data) : size;
    dw_text origin = end != NULL ? (dw_text){(const char *)end + 1, size - n - 1} : (dw_text){NULL, 0};
    struct origin_rule rule;

    if (dw__origin_rule_read((dw_text){(const char *)data, n}, &rule) != NULL)
        return 0;
    if (rule.kind == ORIGIN_EXACT && !dw__origin_rule_matches(&rule, rule.text))
        abort();
    if (rule.kind == ORIGIN_PATTERN && dw__origin_rule_matches(&rule, rule.text))
        abort();
    if (rule.kind != ORIGIN_ANY && dw__origin_rule_matches(&rule, origin))
        judge(&rule, origin);
    return 0;
}
