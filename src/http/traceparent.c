/* http/traceparent.c -- checks a trace context before it goes into a log line. */
#include "http/traceparent.h"

#include <stddef.h>

#define LENGTH 55u

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Lower-case hexadecimal, not all zeros unless `zeros`. */
static bool is_id(const char *p, size_t n, bool zeros)
{
    bool other = zeros;
    for (size_t i = 0; i < n; i++) {
        if (!is_hex(p[i]))
            return false;
        other = other || p[i] != '0';
    }
    return other;
}

bool dw__traceparent_valid(dw_text t)
{
    return t.n == LENGTH && t.p[0] == '0' && t.p[1] == '0' && t.p[2] == '-' && is_id(t.p + 3, 32, false) &&
           t.p[35] == '-' && is_id(t.p + 36, 16, false) && t.p[52] == '-' && is_id(t.p + 53, 2, true);
}
