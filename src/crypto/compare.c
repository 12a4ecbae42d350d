/* crypto/compare.c -- see compare.h. memcmp stops at the first difference and so tells an attacker how far
 * a guess was right; these do not. */
#include "crypto/compare.h"

#include <sodium.h>

bool dw__equal(const void *a, const void *b, size_t n)
{
    return n == 0 || sodium_memcmp(a, b, n) == 0;
}

bool dw__secret_eq(dw_secret a, dw_secret b)
{
    return a.n == b.n && dw__equal(a.p, b.p, a.n);
}

void dw__wipe(void *p, size_t n)
{
    if (n > 0)
        sodium_memzero(p, n);
}
