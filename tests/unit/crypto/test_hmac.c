/* HMAC: Wycheproof's rows through a kept key, RFC 4231's for the longer hashes, and keys that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hmac.h"
#include "guard_page.h"
#include "vectors.h"

#define BYTES(lit) ((dw_bytes){(const uint8_t *)(lit), sizeof(lit) - 1})

/* A row's tag may be cut short; only the whole tag is one of ours. */
static void judge(const json_t *row, size_t tag_bits, int *rows, int *cut)
{
    const dw_bytes key = vectors_hex(row, "key"), msg = vectors_hex(row, "msg"),
                   tag = vectors_hex(row, "tag");
    struct hmac_key *k;
    uint8_t out[DW__HMAC_MAX];

    assert_int_equal(dw__hmac_key_new(&k, HMAC_SHA256, key), DW_OK);
    for (int round = 0; round < 2; round++) { /* the second time with the key kept */
        const dw_err want = vectors_valid(row) && tag_bits == 256 ? DW_OK : DW_UNAUTHENTICATED;
        char *copy = guard_page_copy(tag.p, tag.n);
        if (dw__hmac_verify(k, msg, (dw_bytes){(uint8_t *)copy, tag.n}) != want)
            fail_msg("row %d", vectors_id(row));
        assert_int_equal(dw__hmac(k, msg, out), DW_OK);
        assert_int_equal(memcmp(out, tag.p, tag.n) == 0, vectors_valid(row));
        guard_page_free(copy);
    }
    *rows += 1;
    *cut += tag_bits != 256;
    dw__hmac_key_free(k);
    free((void *)key.p), free((void *)msg.p), free((void *)tag.p);
}

static void agrees_with_wycheproof(void **state)
{
    (void)state;
    json_t *doc = vectors_load("wycheproof/hmac_sha256_test.json");
    int rows = 0, cut = 0;
    if (doc == NULL)
        return;
    VECTORS_EACH(doc, group, row)
    judge(row, (size_t)json_integer_value(json_object_get(group, "tagSize")), &rows, &cut);
    print_message("# hmac_sha256: %d rows, %d of them cut short and so refused\n", rows, cut);
    assert_int_equal(rows, (int)json_integer_value(json_object_get(doc, "numberOfTests")));
    json_decref(doc);
}

/* RFC 4231 §4.3, first bytes. */
static void knows_the_other_hashes(void **state)
{
    (void)state;
    static const struct {
        enum hmac_hash hash;
        size_t size;
        uint8_t head[4];
    } rows[] = {{HMAC_SHA256, 32, {0x5b, 0xdc, 0xc1, 0x46}},
                {HMAC_SHA384, 48, {0xaf, 0x45, 0xd2, 0xe3}},
                {HMAC_SHA512, 64, {0x16, 0x4b, 0x7a, 0x7b}},
                {HMAC_SHA1, 20, {0xef, 0xfc, 0xdf, 0x6a}}}; /* RFC 2202 §3 */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hmac_key *k;
        uint8_t out[DW__HMAC_MAX];
        assert_int_equal(dw__hmac_size(rows[i].hash), rows[i].size);
        assert_int_equal(dw__hmac_key_new(&k, rows[i].hash, BYTES("Jefe")), DW_OK);
        assert_int_equal(dw__hmac(k, BYTES("what do ya want for nothing?"), out), DW_OK);
        assert_memory_equal(out, rows[i].head, 4);
        assert_int_equal(
            dw__hmac_verify(k, BYTES("what do ya want for nothing?"), (dw_bytes){out, rows[i].size}), DW_OK);
        assert_int_equal(
            dw__hmac_verify(k, BYTES("what do ya want for nothing?"), (dw_bytes){out, rows[i].size - 1}),
            DW_UNAUTHENTICATED);
        assert_int_equal(dw__hmac_verify(k, BYTES("what do ya want for nothing?"), (dw_bytes){NULL, 0}),
                         DW_UNAUTHENTICATED);
        dw__hmac_key_free(k);
    }
}

static void refuses_what_is_no_key(void **state)
{
    (void)state;
    struct hmac_key *k;
    assert_int_equal(dw__hmac_key_new(&k, HMAC_SHA256, (dw_bytes){NULL, 0}), DW_BAD_REQUEST);
    assert_null(k);
    assert_int_equal(dw__hmac_key_new(&k, (enum hmac_hash)0, BYTES("key")), DW_BAD_REQUEST);
    assert_int_equal(dw__hmac_key_new(&k, (enum hmac_hash)9, BYTES("key")), DW_BAD_REQUEST);
    dw__hmac_key_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_wycheproof),
                                       cmocka_unit_test(knows_the_other_hashes),
                                       cmocka_unit_test(refuses_what_is_no_key)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
