/* language.c -- Accept-Language against the languages that an application has messages in. */
#include "schema/language.h"

#include "base/text.h"

/* Ranges that are looked at; a client that prefers more than these gets the best of them. */
#define RANGES_MAX 16
#define BEST 1000u

/* ";q=0.8" in thousandths: 1000 without one, 0 when it is malformed. */
static unsigned quality(dw_text params)
{
    dw_text q = dw__text_trim(params);
    unsigned value = 0, unit = BEST;

    if (q.n == 0)
        return BEST;
    if (q.n < 3 || q.n > 7 || (q.p[0] | 0x20) != 'q' || q.p[1] != '=')
        return 0;
    for (size_t i = 2; i < q.n; i++) {
        if (i == 3 && q.p[i] == '.')
            continue;
        if (i == 3 || q.p[i] < '0' || q.p[i] > '9')
            return 0;
        value += unit * (unsigned)(q.p[i] - '0');
        unit /= 10;
    }
    return value > BEST ? 0 : value;
}

static const char *find(const dw_message *m, dw_text language)
{
    for (; m->code != NULL; m++)
        if (m->language != NULL && dw__text_eq_nocase(dw__text_of(m->language), language))
            return m->language;
    return NULL;
}

/* "de-AT-1996" without its last subtag; empty when there is none. */
static dw_text shorter(dw_text range)
{
    while (range.n > 0 && range.p[range.n - 1] != '-')
        range.n--;
    return range.n > 0 ? (dw_text){range.p, range.n - 1} : range;
}

/* The language for one range: of the messages, or "" for our own; NULL when it names neither. */
static const char *lookup(const dw_message *messages, dw_text range)
{
    for (; range.n > 0; range = shorter(range)) {
        const char *found = find(messages, range);
        if (found != NULL)
            return found;
        if (dw__text_eq_nocase(range, DW_TEXT("en")))
            return "";
    }
    return NULL;
}

const char *dw__language(const dw_message *messages, dw_text accept)
{
    const char *best = NULL;
    unsigned best_quality = 0;

    if (messages == NULL)
        return NULL;
    for (int i = 0; i < RANGES_MAX && accept.p != NULL; i++) {
        dw_text params = dw__text_cut(&accept, ',');
        dw_text range = dw__text_trim(dw__text_cut(&params, ';'));
        unsigned q = quality(params);
        const char *found = q > best_quality ? lookup(messages, range) : NULL;
        if (found != NULL) {
            best = found;
            best_quality = q;
        }
    }
    return best != NULL && *best != '\0' ? best : NULL;
}
