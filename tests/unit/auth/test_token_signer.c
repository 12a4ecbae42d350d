/* One key of access tokens: a header of its own for each algorithm and root, signatures of exactly one size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/token_signer.h"
#include "base/text.h"

#define ROOTS                                      \
    "-_b-oZJnBwfUKvHQ1MNwYVw2tuT9Dy2gGskqu1Ez8I0," \
    "fbf6fea192670707d42af1d0d4c370615c36b6e4fd0f2da01ac92abb5133f08e"
#define MESSAGE ((dw_bytes){(const uint8_t *)"header.claims", 13})

static struct token_signer signers[2 * TOKEN_ALGS];

static int set_up(void **state)
{
    (void)state;
    struct keyring *ring;
    char why[256];
    assert_int_equal(
        dw__keyring_parse(&ring, (dw_secret){ROOTS, strlen(ROOTS)}, "KEYS", "make", why, sizeof(why)), DW_OK);
    for (size_t i = 0; i < 2 * TOKEN_ALGS; i++)
        assert_int_equal(dw__token_signer_init(&signers[i], ring, i / TOKEN_ALGS, i % TOKEN_ALGS), DW_OK);
    dw__keyring_free(ring);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * TOKEN_ALGS; i++)
        dw__token_signer_free(&signers[i]);
    return 0;
}

static void headers_differ(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * TOKEN_ALGS; i++) {
        assert_int_equal(signers[i].header[signers[i].header_n - 1], '.');
        for (size_t k = 0; k < i; k++)
            assert_false(dw__text_eq((dw_text){signers[i].header, signers[i].header_n},
                                     (dw_text){signers[k].header, signers[k].header_n}));
    }
}

static void only_its_own_key_takes_a_signature(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * TOKEN_ALGS; i++) {
        uint8_t signature[DW__TOKEN_SIGNATURE_MAX + 1] = {0};
        const size_t n = dw__token_signature_size(signers[i].alg);
        assert_int_equal(dw__token_signer_sign(&signers[i], MESSAGE, signature), DW_OK);
        for (size_t k = 0; k < 2 * TOKEN_ALGS; k++)
            assert_int_equal(dw__token_signer_verify(&signers[k], MESSAGE, (dw_bytes){signature, n}),
                             k == i ? DW_OK : DW_UNAUTHENTICATED);
        for (size_t size = 0; size <= sizeof(signature); size++)
            if (size != n)
                assert_int_equal(dw__token_signer_verify(&signers[i], MESSAGE, (dw_bytes){signature, size}),
                                 DW_UNAUTHENTICATED);
    }
}

/* A process that is given public halves knows the same keys, and can make nothing. */
static void public_halves_verify_and_do_not_sign(void **state)
{
    (void)state;
    struct keyring *ring, *part;
    struct token_signer public;
    uint8_t bytes[DW__KEYRING_PART], signature[DW__TOKEN_SIGNATURE_MAX];
    char why[256];
    size_t n;
    assert_int_equal(
        dw__keyring_parse(&ring, (dw_secret){ROOTS, strlen(ROOTS)}, "KEYS", "make", why, sizeof(why)), DW_OK);
    assert_int_equal(dw__keyring_part(ring, 1u << KEY_CSRF, true, bytes, &n), DW_OK);
    assert_int_equal(dw__keyring_of_part(&part, (dw_bytes){bytes, n}), DW_OK);
    for (size_t i = 0; i < 2; i++) {
        const struct token_signer *whole = &signers[i * TOKEN_ALGS + TOKEN_EDDSA];
        assert_int_equal(dw__token_signer_init(&public, part, i, TOKEN_EDDSA), DW_OK);
        assert_true(dw__token_signer_can_sign(whole));
        assert_false(dw__token_signer_can_sign(&public));
        assert_int_equal(public.header_n, whole->header_n);
        assert_memory_equal(public.header, whole->header, whole->header_n);
        assert_int_equal(dw__token_signer_sign(whole, MESSAGE, signature), DW_OK);
        assert_int_equal(dw__token_signer_verify(&public, MESSAGE, (dw_bytes){signature, 64}), DW_OK);
        signature[5] ^= 1;
        assert_int_equal(dw__token_signer_verify(&public, MESSAGE, (dw_bytes){signature, 64}),
                         DW_UNAUTHENTICATED);
        assert_int_equal(dw__token_signer_sign(&public, MESSAGE, signature), DW_DENIED);
        dw__token_signer_free(&public);
    }
    assert_int_equal(dw__token_signer_init(&public, part, 0, TOKEN_HS256), DW_DENIED);
    dw__token_signer_free(&public);
    dw__keyring_free(part);
    dw__keyring_free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(headers_differ, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_its_own_key_takes_a_signature, set_up, tear_down),
        cmocka_unit_test_setup_teardown(public_halves_verify_and_do_not_sign, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
