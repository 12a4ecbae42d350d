/* store/pg_json.c -- see pg_json.h. Strings, numbers and the rest are told apart by how they begin; a string or a true becomes no longer. */
#include "store/pg_json.h"

#include <stdbool.h>

/* Beyond any exponent that jsonb takes (numeric.c: 16,383 digits behind the point, 131,072 before it). */
#define EXPONENT_MAX 200000u

static bool is_space(char ch)
{
    return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

static bool is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

static bool is_of_number(char ch)
{
    return is_digit(ch) || ch == '-' || ch == '+' || ch == '.' || ch == 'e' || ch == 'E';
}

/* Behind the string that begins at i. */
static size_t skip_string(dw_text t, size_t i)
{
    for (i++; i < t.n && t.p[i] != '"'; i++)
        if (t.p[i] == '\\')
            i++;
    return i < t.n ? i + 1 : t.n;
}

/* Behind the number that begins at i; *more is what its exponent adds at most: as many zeros, one before the point, and the point. */
static size_t skip_number(dw_text t, size_t i, size_t *more)
{
    size_t exponent = 0;
    bool behind_e = false;

    for (; i < t.n && is_of_number(t.p[i]); i++) {
        if (t.p[i] == 'e' || t.p[i] == 'E')
            behind_e = true;
        else if (behind_e && is_digit(t.p[i]) && exponent < EXPONENT_MAX)
            exponent = exponent * 10 + (size_t)(t.p[i] - '0');
    }
    *more = behind_e ? exponent + 2 : 0;
    return i;
}

size_t dw__pg_json_size(dw_text t)
{
    size_t size = 0, more, end;

    for (size_t i = 0; i < t.n; i = end) {
        end = i + 1;
        more = 0;
        if (t.p[i] == '"')
            end = skip_string(t, i);
        else if (t.p[i] == '-' || is_digit(t.p[i]))
            end = skip_number(t, i, &more);
        else if (is_space(t.p[i]))
            continue;
        size += end - i + more;
    }
    return size;
}

size_t dw__pg_json_pack(dw_text t, char *out)
{
    size_t n = 0, end;

    for (size_t i = 0; i < t.n; i = end) {
        end = t.p[i] == '"' ? skip_string(t, i) : i + 1;
        for (size_t k = i; k < end && !(end == i + 1 && is_space(t.p[i])); k++)
            out[n++] = t.p[k];
    }
    return n;
}
