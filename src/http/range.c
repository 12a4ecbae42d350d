/* http/range.c -- the value of a Range field, for one range of bytes.
 *
 * Several ranges are ignored, which RFC 9110 §14.2 allows, and the client gets everything: hardly anybody asks for them but those who
 * want a server to do much work for few bytes (§17.15; CVE-2011-3192), and a reply in parts is a second framing inside the first. */
#include "http/range.h"

#include "base/text.h"

static bool all_digits(dw_text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (t.p[i] < '0' || t.p[i] > '9')
            return false;
    return true;
}

/* first-pos "-" [ last-pos ], or "-" suffix-length. */
static bool split_spec(dw_text spec, dw_text *first, dw_text *last)
{
    size_t dash = dw__text_find(spec, '-');
    if (dash == spec.n)
        return false;
    *first = (dw_text){spec.p, dash};
    *last = (dw_text){spec.p + dash + 1, spec.n - dash - 1};
    return first->n + last->n > 0 && all_digits(*first) && all_digits(*last);
}

/* Numbers too large are INT64_MAX: behind the end of anything. */
static int64_t number_of(dw_text digits)
{
    int64_t v = 0;
    for (size_t i = 0; i < digits.n; i++)
        if (__builtin_mul_overflow(v, INT64_C(10), &v) ||
            __builtin_add_overflow(v, (int64_t)(digits.p[i] - '0'), &v))
            return INT64_MAX;
    return v;
}

static dw_text without_zeros(dw_text digits)
{
    while (digits.n > 1 && digits.p[0] == '0')
        digits = (dw_text){digits.p + 1, digits.n - 1};
    return digits;
}

/* Whether a < b, however many digits they have: of two numbers too large one is still the larger. */
static bool is_less(dw_text a, dw_text b)
{
    a = without_zeros(a);
    b = without_zeros(b);
    return a.n != b.n ? a.n < b.n : a.n > 0 && memcmp(a.p, b.p, a.n) < 0;
}

static enum range_kind suffix(dw_text count, int64_t length, dw_part *part)
{
    int64_t n = number_of(count);
    if (n == 0)
        return RANGE_OUTSIDE;
    if (length == 0)
        return RANGE_NONE;
    n = n < length ? n : length;
    *part = (dw_part){length - n, n};
    return RANGE_PART;
}

static enum range_kind resolve(dw_text spec, int64_t length, dw_part *part)
{
    dw_text first, last;
    if (!split_spec(spec, &first, &last) || (first.n > 0 && last.n > 0 && is_less(last, first)))
        return RANGE_NONE;
    if (first.n == 0)
        return suffix(last, length, part);
    int64_t from = number_of(first);
    if (from >= length)
        return RANGE_OUTSIDE;
    int64_t to = last.n > 0 ? number_of(last) : INT64_MAX;
    *part = (dw_part){from, (to < length ? to : length - 1) - from + 1};
    return RANGE_PART;
}

/* The only element of `list` (#rule, RFC 9110 §5.6.1: empty ones do not count); false when there is none or more. */
static bool only_element(dw_text list, dw_text *only)
{
    size_t found = 0;
    while (list.p != NULL) {
        dw_text element = dw__text_trim(dw__text_cut(&list, ','));
        if (element.n == 0)
            continue;
        *only = element;
        found++;
    }
    return found == 1;
}

enum range_kind dw__range_parse(dw_text value, int64_t length, dw_part *part)
{
    dw_text set = value, spec = {NULL, 0};
    *part = (dw_part){0, 0};
    dw_text unit = dw__text_cut(&set, '=');
    if (!dw__text_eq_nocase(unit, DW_TEXT("bytes")) || !only_element(set, &spec))
        return RANGE_NONE;
    return resolve(spec, length, part);
}
