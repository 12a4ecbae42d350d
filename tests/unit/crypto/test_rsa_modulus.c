/* Which moduli and exponents are taken: sizes at the bounds, and ROCA's form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/rsa_modulus.h"
#include "guard_page.h"

static bool modulus(size_t n, uint8_t first, uint8_t last)
{
    uint8_t bytes[1025];
    memset(bytes, 0x5a, sizeof(bytes));
    bytes[0] = first;
    bytes[n - 1] = last;
    char *copy = guard_page_copy(bytes, n);
    const bool ok = dw__rsa_modulus_ok((dw_bytes){(uint8_t *)copy, n});
    guard_page_free(copy);
    return ok;
}

static void bounds_the_modulus(void **state)
{
    (void)state;
    assert_true(modulus(256, 0x80, 1));
    assert_false(modulus(256, 0x7f, 1)); /* 2047 bits */
    assert_false(modulus(256, 0x80, 2)); /* even */
    assert_false(modulus(257, 0x00, 1)); /* leading zero */
    assert_true(modulus(257, 0x01, 1));
    assert_false(modulus(128, 0x80, 1));
    assert_true(modulus(1024, 0xff, 1));
    assert_false(modulus(1025, 0x01, 1));
    assert_false(dw__rsa_modulus_ok((dw_bytes){NULL, 0}));
}

#define E(...) \
    dw__rsa_exponent_ok((dw_bytes){(const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})})

static void bounds_the_exponent(void **state)
{
    (void)state;
    assert_true(E(1, 0, 1));
    assert_true(E(1, 0, 3));
    assert_true(E(0xff, 0xff, 0xff, 0xff));
    assert_false(E(1));
    assert_false(E(3));
    assert_false(E(0xff, 0xff));
    assert_false(E(1, 0, 0));
    assert_false(E(1, 0, 2));
    assert_false(E(0, 1, 0, 1));
    assert_false(E(1, 0, 0, 0, 0)); /* even */
    assert_false(E(1, 0, 0, 0, 1)); /* above 2^32 */
    assert_false(E(1, 0, 0, 0, 0, 1));
    assert_false(dw__rsa_exponent_ok((dw_bytes){NULL, 0}));
}

/* 65537^k as an integer, of 2048 bits and more, is of the form by construction; two more is not. */
static void knows_the_roca_form(void **state)
{
    (void)state;
    uint8_t n[300] = {0}; /* little-endian while it grows by two bytes a round */
    size_t size = 1;
    n[0] = 1;
    while (size < 258) { /* n += n << 16 */
        unsigned carry = 0;
        uint8_t sum[300] = {0};
        for (size_t i = 0; i < size + 3; i++) {
            const unsigned v = n[i] + (i >= 2 ? n[i - 2] : 0) + carry;
            sum[i] = (uint8_t)v;
            carry = v >> 8;
        }
        memcpy(n, sum, sizeof(n));
        size += 2;
    }
    uint8_t big[300];
    for (size_t i = 0; i < size; i++)
        big[i] = n[size - 1 - i];
    assert_false(dw__rsa_modulus_ok((dw_bytes){big, size}));
    big[size - 1] = (uint8_t)(big[size - 1] + 2);
    assert_true(dw__rsa_modulus_ok((dw_bytes){big, size}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bounds_the_modulus),
                                       cmocka_unit_test(bounds_the_exponent),
                                       cmocka_unit_test(knows_the_roca_form)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
