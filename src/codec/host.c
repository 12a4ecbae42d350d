/* host.c -- host names by letters, digits, hyphens. Internationalised names come in their ASCII form (xn--). */
#include "codec/host.h"

#include "base/text.h"
#include "codec/hex_digit.h"

#define NAME_MAX_BYTES 253
#define LABEL_MAX_BYTES 63

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool label_valid(dw_text label)
{
    if (label.n == 0 || label.n > LABEL_MAX_BYTES || label.p[0] == '-' || label.p[label.n - 1] == '-')
        return false;
    for (size_t i = 0; i < label.n; i++)
        if (!is_letter(label.p[i]) && !is_digit(label.p[i]) && label.p[i] != '-')
            return false;
    return true;
}

/* Decimal or 0x: what inet_aton would take for a part of an address. */
static bool is_number(dw_text label)
{
    bool hex = label.n >= 2 && label.p[0] == '0' && (label.p[1] | 0x20) == 'x';

    for (size_t i = hex ? 2 : 0; i < label.n; i++)
        if (hex ? dw__hex_digit(label.p[i]) < 0 : !is_digit(label.p[i]))
            return false;
    return true;
}

bool dw__host_name_valid(dw_text t, size_t *labels)
{
    dw_text label = {0};

    *labels = 0;
    if (t.n == 0 || t.n > NAME_MAX_BYTES)
        return false;
    while (t.p != NULL) {
        label = dw__text_cut(&t, '.');
        if (!label_valid(label))
            return false;
        ++*labels;
    }
    return !is_number(label);
}
