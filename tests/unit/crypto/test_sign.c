/* Ed25519: RFC 8032's first examples, Wycheproof's rows, and what must not be taken for a signature. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/base64.h"
#include "crypto/sign.h"
#include "guard_page.h"
#include "vectors.h"

#define BYTES(lit) ((dw_bytes){(const uint8_t *)(lit), sizeof(lit) - 1})

static void hex(const char *text, uint8_t *out, size_t n)
{
    size_t got;
    assert_true(dw__hex_decode((dw_text){text, strlen(text)}, out, n, &got));
    assert_int_equal(got, n);
}

/* RFC 8032 §7.1, TEST 2. */
static void signs_as_the_standard_does(void **state)
{
    (void)state;
    uint8_t seed[32], public_key[32], expected[64], out[64];
    struct sign_key *key;
    hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", seed, 32);
    hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b"
        "2eaeb4302aeeb00d291612bb0c00",
        expected, 64);
    assert_int_equal(dw__sign_key_new(&key, seed), DW_OK);
    dw__sign_key_public(key, public_key);
    hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", seed, 32);
    assert_memory_equal(public_key, seed, 32);
    assert_int_equal(dw__sign(key, BYTES("\x72"), out), DW_OK);
    assert_memory_equal(out, expected, 64);
    dw__sign_key_free(key);
    dw__sign_key_free(NULL);
}

static void refuses_a_flipped_bit_anywhere(void **state)
{
    (void)state;
    uint8_t seed[32] = {1, 2, 3}, public_key[32], out[64];
    struct sign_key *key;
    assert_int_equal(dw__sign_key_new(&key, seed), DW_OK);
    dw__sign_key_public(key, public_key);
    assert_int_equal(dw__sign(key, BYTES("message"), out), DW_OK);
    assert_int_equal(dw__sign_verify(public_key, BYTES("message"), (dw_bytes){out, 64}), DW_OK);
    assert_int_equal(dw__sign_verify(public_key, BYTES("messagE"), (dw_bytes){out, 64}), DW_UNAUTHENTICATED);
    for (size_t bit = 0; bit < 64 * 8; bit++) {
        out[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(dw__sign_verify(public_key, BYTES("message"), (dw_bytes){out, 64}),
                         DW_UNAUTHENTICATED);
        out[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t n = 0; n < 64; n++) {
        char *copy = guard_page_copy(out, n);
        assert_int_equal(dw__sign_verify(public_key, BYTES("message"), (dw_bytes){(uint8_t *)copy, n}),
                         DW_UNAUTHENTICATED);
        guard_page_free(copy);
    }
    dw__sign_key_free(key);
}

static void agrees_with_wycheproof(void **state)
{
    (void)state;
    json_t *doc = vectors_load("wycheproof/ed25519_test.json");
    int rows = 0;
    if (doc == NULL)
        return;
    VECTORS_EACH(doc, group, row)
    {
        const dw_bytes pk = vectors_hex(json_object_get(group, "publicKey"), "pk"),
                       msg = vectors_hex(row, "msg"), sig = vectors_hex(row, "sig");
        assert_int_equal(pk.n, 32);
        if (dw__sign_verify(pk.p, msg, sig) != (vectors_valid(row) ? DW_OK : DW_UNAUTHENTICATED))
            fail_msg("row %d", vectors_id(row));
        rows++;
        free((void *)pk.p), free((void *)msg.p), free((void *)sig.p);
    }
    print_message("# ed25519: %d rows\n", rows);
    assert_int_equal(rows, (int)json_integer_value(json_object_get(doc, "numberOfTests")));
    json_decref(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(signs_as_the_standard_does),
                                       cmocka_unit_test(refuses_a_flipped_bit_anywhere),
                                       cmocka_unit_test(agrees_with_wycheproof)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
