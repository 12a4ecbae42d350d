/* SHA-256 against FIPS 180-4's examples, in pieces, and on kept contexts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/crypto.h>

#include "crypto/hash.h"
#include "crypto/init.h"

static size_t allocations;

static void *counted_malloc(size_t n, const char *file, int line)
{
    (void)file, (void)line;
    allocations++;
    return malloc(n);
}
static void *counted_realloc(void *p, size_t n, const char *file, int line)
{
    (void)file, (void)line;
    allocations++;
    return realloc(p, n);
}
static void counted_free(void *p, const char *file, int line)
{
    (void)file, (void)line;
    free(p);
}

static const uint8_t of_nothing[] = {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
                                     0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
                                     0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55};
static const uint8_t of_abc[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
#define BYTES(lit) ((dw_bytes){(const uint8_t *)(lit), sizeof(lit) - 1})

static void knows_the_examples(void **state)
{
    (void)state;
    uint8_t out[DW__SHA256_SIZE];
    assert_int_equal(dw__sha256((dw_bytes){NULL, 0}, out), DW_OK);
    assert_memory_equal(out, of_nothing, sizeof(out));
    assert_int_equal(dw__sha256(BYTES("abc"), out), DW_OK);
    assert_memory_equal(out, of_abc, sizeof(out));
}

static void takes_pieces_and_begins_anew(void **state)
{
    (void)state;
    uint8_t out[DW__SHA256_SIZE];
    struct sha256 *h;
    assert_int_equal(dw__sha256_new(&h), DW_OK);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(dw__sha256_update(h, BYTES("a")), DW_OK);
        assert_int_equal(dw__sha256_update(h, BYTES("")), DW_OK);
        assert_int_equal(dw__sha256_update(h, BYTES("bc")), DW_OK);
        assert_int_equal(dw__sha256_final(h, out), DW_OK);
        assert_memory_equal(out, of_abc, sizeof(out));
    }
    assert_int_equal(dw__sha256_final(h, out), DW_OK);
    assert_memory_equal(out, of_nothing, sizeof(out));
    dw__sha256_free(h);
    dw__sha256_free(NULL);
}

static void keeps_its_contexts(void **state)
{
    (void)state;
    uint8_t out[DW__SHA256_SIZE];
    struct sha256 *h;
    assert_int_equal(dw__sha256(BYTES("abc"), out), DW_OK);
    assert_int_equal(dw__sha256_new(&h), DW_OK);
    assert_true(allocations > 0); /* or they are not counted */
    const size_t before = allocations;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(dw__sha256(BYTES("abc"), out), DW_OK);
        assert_int_equal(dw__sha256_update(h, BYTES("abc")), DW_OK);
        assert_int_equal(dw__sha256_final(h, out), DW_OK);
    }
    assert_true(allocations - before <=
                200); /* libcrypto 3.0's inner state, once a digest: a new context costs more */
    dw__sha256_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(knows_the_examples),
                                       cmocka_unit_test(takes_pieces_and_begins_anew),
                                       cmocka_unit_test(keeps_its_contexts)};
    if (CRYPTO_set_mem_functions(counted_malloc, counted_realloc, counted_free) != 1)
        return 1;
    if (dw__crypto_init() != DW_OK || dw__crypto_init() != DW_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
