/* What is sealed opens with its key and its context, and with nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/seal.h"

#define BYTES(s) ((dw_bytes){(const uint8_t *)(s), sizeof(s) - 1})

static const uint8_t key[DW__SEAL_KEY] = {1, 2, 3}, other[DW__SEAL_KEY] = {1, 2, 4};

static void what_is_sealed_opens(void **state)
{
    uint8_t sealed[5 + DW__SEAL_MORE], twice[5 + DW__SEAL_MORE], plain[5];

    (void)state;
    dw__seal(key, BYTES("mine"), BYTES("hello"), sealed);
    dw__seal(key, BYTES("mine"), BYTES("hello"), twice);
    assert_memory_not_equal(sealed, twice, sizeof sealed);
    assert_int_equal(dw__unseal(key, BYTES("mine"), (dw_bytes){sealed, sizeof sealed}, plain), DW_OK);
    assert_memory_equal(plain, "hello", 5);
    dw__seal(key, BYTES(""), BYTES(""), sealed);
    assert_int_equal(dw__unseal(key, BYTES(""), (dw_bytes){sealed, DW__SEAL_MORE}, plain), DW_OK);
}

static void nothing_else_opens_it(void **state)
{
    uint8_t sealed[5 + DW__SEAL_MORE], plain[5] = "xxxx";

    (void)state;
    dw__seal(key, BYTES("mine"), BYTES("hello"), sealed);
    assert_int_equal(dw__unseal(other, BYTES("mine"), (dw_bytes){sealed, sizeof sealed}, plain),
                     DW_UNAUTHENTICATED);
    assert_memory_equal(plain, "\0\0\0\0\0", 5);
    assert_int_equal(dw__unseal(key, BYTES("yours"), (dw_bytes){sealed, sizeof sealed}, plain),
                     DW_UNAUTHENTICATED);
    for (size_t n = 0; n < sizeof sealed; n++)
        assert_int_equal(dw__unseal(key, BYTES("mine"), (dw_bytes){sealed, n}, plain), DW_UNAUTHENTICATED);
    for (size_t i = 0; i < sizeof sealed; i++) {
        sealed[i] ^= 1;
        assert_int_equal(dw__unseal(key, BYTES("mine"), (dw_bytes){sealed, sizeof sealed}, plain),
                         DW_UNAUTHENTICATED);
        sealed[i] ^= 1;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sealed_opens),
        cmocka_unit_test(nothing_else_opens_it),
    };
    return cmocka_run_group_tests_name("crypto/seal", tests, NULL, NULL);
}
