/* HKDF-SHA256: Wycheproof's rows, which begin with RFC 5869's own, and sizes at the bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hkdf.h"
#include "guard_page.h"
#include "vectors.h"

static void judge(const json_t *row)
{
    const dw_bytes ikm = vectors_hex(row, "ikm"), salt = vectors_hex(row, "salt"),
                   info = vectors_hex(row, "info"), okm = vectors_hex(row, "okm");
    const size_t size = (size_t)json_integer_value(json_object_get(row, "size"));
    uint8_t *zeros = calloc(1, size + 1);
    char *out = guard_page_copy(zeros, size);
    const dw_err err = dw__hkdf_sha256(ikm, salt, info, (uint8_t *)out, size);
    if (err != (vectors_valid(row) ? DW_OK : DW_BAD_REQUEST))
        fail_msg("row %d", vectors_id(row));
    if (err == DW_OK) {
        assert_int_equal(okm.n, size);
        assert_memory_equal(out, okm.p, size);
    }
    guard_page_free(out);
    free(zeros);
    free((void *)ikm.p), free((void *)salt.p), free((void *)info.p), free((void *)okm.p);
}

static void agrees_with_wycheproof(void **state)
{
    (void)state;
    json_t *doc = vectors_load("wycheproof/hkdf_sha256_test.json");
    int rows = 0;
    if (doc == NULL)
        return;
    VECTORS_EACH(doc, group, row)
    {
        judge(row);
        rows++;
    }
    print_message("# hkdf_sha256: %d rows\n", rows);
    assert_int_equal(rows, (int)json_integer_value(json_object_get(doc, "numberOfTests")));
    json_decref(doc);
}

static void bounds_its_sizes(void **state)
{
    (void)state;
    static uint8_t out[DW__HKDF_MAX + 1], info[1025];
    const dw_bytes ikm = {(const uint8_t *)"key", 3}, none = {NULL, 0};
    assert_int_equal(dw__hkdf_sha256(ikm, none, none, out, 0), DW_BAD_REQUEST);
    assert_int_equal(dw__hkdf_sha256(ikm, none, none, out, DW__HKDF_MAX), DW_OK);
    assert_int_equal(dw__hkdf_sha256(ikm, none, none, out, DW__HKDF_MAX + 1), DW_BAD_REQUEST);
    assert_int_equal(dw__hkdf_sha256(ikm, none, (dw_bytes){info, 1024}, out, 64), DW_OK);
    assert_int_equal(dw__hkdf_sha256(ikm, none, (dw_bytes){info, 1025}, out, 64), DW_BAD_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_wycheproof),
                                       cmocka_unit_test(bounds_its_sizes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
