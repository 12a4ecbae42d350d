/* crypto/rsa_modulus.c -- see rsa_modulus.h.
 *
 * ROCA (CVE-2017-15361): a maker of smart cards chose primes of the form k*M + (65537^a mod M), M a
 * product of small primes. Then the modulus, too, is a power of 65537 modulo each of those primes. That
 * all 38 hold by chance has a probability of about 2^-28 for a sound modulus; such a key can be factored. */
#include "crypto/rsa_modulus.h"

#include <stddef.h>
#include <stdint.h>

#include "crypto/jws_key.h"

static const uint8_t primes[] = {3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
                                 47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
                                 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};

static unsigned modulo(dw_bytes n, unsigned p)
{
    unsigned r = 0;

    for (size_t i = 0; i < n.n; i++)
        r = (r * 256 + n.p[i]) % p;
    return r;
}

static bool is_power_of_65537(unsigned r, unsigned p)
{
    unsigned power = 1;

    do {
        if (power == r)
            return true;
        power = power * (65537 % p) % p;
    } while (power != 1);
    return false;
}

static bool has_roca_form(dw_bytes n)
{
    for (size_t i = 0; i < sizeof(primes); i++)
        if (!is_power_of_65537(modulo(n, primes[i]), primes[i]))
            return false;
    return true;
}

bool dw__rsa_modulus_ok(dw_bytes n)
{
    if (n.n < 2048 / 8 || n.n > DW__RSA_MAX || n.p[0] == 0 || (n.p[n.n - 1] & 1) == 0)
        return false;
    if (n.n == 2048 / 8 && (n.p[0] & 0x80) == 0)
        return false;
    return !has_roca_form(n);
}

bool dw__rsa_exponent_ok(dw_bytes e)
{
    uint64_t v = 0;

    if (e.n == 0 || e.n > 5 || e.p[0] == 0)
        return false;
    for (size_t i = 0; i < e.n; i++)
        v = v << 8 | e.p[i];
    return (v & 1) == 1 && v >= 65537 && v <= (uint64_t)1 << 32;
}
