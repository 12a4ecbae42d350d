/* Keys bound to one algorithm: Wycheproof's ECDSA and Ed25519 rows as JWS would carry them, and parts that are no key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/base64.h"
#include "crypto/jws_key.h"
#include "guard_page.h"
#include "vectors.h"

#define BYTES(lit) ((dw_bytes){(const uint8_t *)(lit), sizeof(lit) - 1})

static dw_bytes hex(const char *text, uint8_t *out, size_t cap)
{
    size_t n;
    assert_true(dw__hex_decode((dw_text){text, strlen(text)}, out, cap, &n));
    return (dw_bytes){out, n};
}

/* ---- names ---- */

static void knows_its_names_exactly(void **state)
{
    (void)state;
    static const char *const others[] = {"",      "none",   "None",   "NONE", "nOnE",
                                         "hs256", "HS256 ", " HS256", "HS25", "HS2560",
                                         "ES512", "PS384",  "RSA1_5", "dir",  "Ed25519"};
    for (int alg = JWS_UNKNOWN + 1; alg < JWS_ALGS; alg++) {
        const char *name = dw__jws_alg_name((enum jws_alg)alg);
        assert_true(strlen(name) == 5);
        assert_int_equal(dw__jws_alg((dw_text){name, 5}), alg);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_int_equal(dw__jws_alg((dw_text){others[i], strlen(others[i])}), JWS_UNKNOWN);
    assert_int_equal(dw__jws_alg((dw_text){"HS256\0", 6}), JWS_UNKNOWN);
    assert_string_equal(dw__jws_alg_name(JWS_UNKNOWN), "");
    assert_string_equal(dw__jws_alg_name(JWS_ALGS), "");
}

/* ---- ECDSA ---- */

/* A DER INTEGER at *p, not negative, shortest form, of at most 32 bytes: right-aligned into out. */
static bool take_integer(const uint8_t **p, const uint8_t *end, uint8_t out[static 32])
{
    if (end - *p < 3 || (*p)[0] != 2 || (*p)[1] == 0 || (*p)[1] > 33 || (*p)[1] > end - *p - 2)
        return false;
    size_t n = (*p)[1];
    const uint8_t *v = *p + 2;
    *p = v + n;
    if (v[0] & 0x80 || (n > 1 && v[0] == 0 && !(v[1] & 0x80)))
        return false;
    if (v[0] == 0) {
        v++;
        n--;
    }
    if (n > 32)
        return false;
    memset(out, 0, 32);
    memcpy(out + 32 - n, v, n);
    return true;
}

/* r||s of a signature in canonical DER; false when JWS could not carry it at all. */
static bool raw_of(dw_bytes der, uint8_t out[static 64])
{
    const uint8_t *p = der.p + 2, *end = der.p + der.n;
    if (der.n < 8 || der.p[0] != 0x30 || der.p[1] != der.n - 2)
        return false;
    return take_integer(&p, end, out) && take_integer(&p, end, out + 32) && p == end;
}

static void judge_ecdsa(const json_t *group, const json_t *row, int *rows, int *skipped)
{
    const json_t *pub = json_object_get(group, "publicKey");
    const dw_bytes point = vectors_hex(pub, "uncompressed"), msg = vectors_hex(row, "msg"),
                   sig = vectors_hex(row, "sig");
    struct jws_key *key;
    uint8_t raw[64];

    assert_int_equal(point.n, 65);
    assert_int_equal(
        dw__jws_key_ec(&key, JWS_ES256, (dw_bytes){point.p + 1, 32}, (dw_bytes){point.p + 33, 32}), DW_OK);
    /* As it stands it is never a signature of JWS (unless it happens to be 64 bytes, and then a wrong one). */
    assert_int_equal(dw__jws_key_verify(key, msg, sig), DW_UNAUTHENTICATED);
    if (raw_of(sig, raw)) {
        char *copy = guard_page_copy(raw, 64);
        if (dw__jws_key_verify(key, msg, (dw_bytes){(uint8_t *)copy, 64}) !=
            (vectors_valid(row) ? DW_OK : DW_UNAUTHENTICATED))
            fail_msg("row %d", vectors_id(row));
        guard_page_free(copy);
    } else {
        assert_false(vectors_valid(row));
        *skipped += 1;
    }
    *rows += 1;
    dw__jws_key_free(key);
    free((void *)point.p), free((void *)msg.p), free((void *)sig.p);
}

static void agrees_with_wycheproof_on_ecdsa(void **state)
{
    (void)state;
    json_t *doc = vectors_load("wycheproof/ecdsa_secp256r1_sha256_test.json");
    int rows = 0, skipped = 0;
    if (doc == NULL)
        return;
    VECTORS_EACH(doc, group, row)
    judge_ecdsa(group, row, &rows, &skipped);
    print_message("# ecdsa_secp256r1_sha256: %d rows, %d of them in no form that JWS has (all invalid)\n",
                  rows, skipped);
    assert_int_equal(rows, (int)json_integer_value(json_object_get(doc, "numberOfTests")));
    assert_true(rows - skipped > 150);
    json_decref(doc);
}

static const char p256_x[] = "d38374c62db586c872bc1a7b235ebbb1b13f6d7ab2aa400f7de7dd92530eef06",
                  p256_y[] = "508f1ec72f82d3a6bb0d49e321d10d931785b47338fa5ff8d4ba84c3d9d5826c";

static void takes_points_on_the_curve_only(void **state)
{
    (void)state;
    uint8_t x[48] = {0}, y[48] = {0};
    struct jws_key *key;
    hex(p256_x, x, 32);
    hex(p256_y, y, 32);
    assert_int_equal(dw__jws_key_ec(&key, JWS_ES256, (dw_bytes){x, 32}, (dw_bytes){y, 32}), DW_OK);
    assert_int_equal(dw__jws_key_alg(key), JWS_ES256);
    dw__jws_key_free(key);
    assert_int_equal(dw__jws_key_ec(&key, JWS_ES256, (dw_bytes){x, 31}, (dw_bytes){y, 32}), DW_BAD_REQUEST);
    assert_int_equal(dw__jws_key_ec(&key, JWS_ES256, (dw_bytes){x, 32}, (dw_bytes){y, 33}), DW_BAD_REQUEST);
    assert_int_equal(dw__jws_key_ec(&key, JWS_ES256, (dw_bytes){NULL, 0}, (dw_bytes){NULL, 0}),
                     DW_BAD_REQUEST);
    assert_int_equal(dw__jws_key_ec(&key, JWS_ES384, (dw_bytes){x, 32}, (dw_bytes){y, 32}), DW_BAD_REQUEST);
    assert_int_equal(dw__jws_key_ec(&key, JWS_ES384, (dw_bytes){x, 48}, (dw_bytes){y, 48}), DW_BAD_REQUEST);
    assert_int_equal(dw__jws_key_ec(&key, JWS_HS256, (dw_bytes){x, 32}, (dw_bytes){y, 32}), DW_BAD_REQUEST);
    assert_int_equal(dw__jws_key_ec(&key, JWS_UNKNOWN, (dw_bytes){x, 32}, (dw_bytes){y, 32}), DW_BAD_REQUEST);
    y[31] ^= 1;
    assert_int_equal(dw__jws_key_ec(&key, JWS_ES256, (dw_bytes){x, 32}, (dw_bytes){y, 32}), DW_BAD_REQUEST);
    assert_null(key);
    memset(x, 0, sizeof(x));
    memset(y, 0, sizeof(y));
    assert_int_equal(dw__jws_key_ec(&key, JWS_ES256, (dw_bytes){x, 32}, (dw_bytes){y, 32}), DW_BAD_REQUEST);
    memset(x, 0xff, sizeof(x)); /* not below p */
    assert_int_equal(dw__jws_key_ec(&key, JWS_ES256, (dw_bytes){x, 32}, (dw_bytes){y, 32}), DW_BAD_REQUEST);
    dw__jws_key_free(NULL);
}

/* ---- shared keys ---- */

static void wants_shared_keys_as_long_as_the_hash(void **state)
{
    (void)state;
    static const struct {
        enum jws_alg alg;
        size_t size;
    } rows[] = {{JWS_HS256, 32}, {JWS_HS384, 48}, {JWS_HS512, 64}};
    static uint8_t secret[DW__OCT_MAX + 1], zeros[64];
    struct jws_key *key;
    memset(secret, 7, sizeof(secret));
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(dw__jws_key_oct(&key, rows[i].alg, (dw_bytes){secret, rows[i].size - 1}),
                         DW_BAD_REQUEST);
        assert_null(key);
        assert_int_equal(dw__jws_key_oct(&key, rows[i].alg, (dw_bytes){secret, DW__OCT_MAX + 1}),
                         DW_BAD_REQUEST);
        assert_int_equal(dw__jws_key_oct(&key, rows[i].alg, (dw_bytes){secret, rows[i].size}), DW_OK);
        for (size_t n = 0; n <= 64; n++)
            assert_int_equal(dw__jws_key_verify(key, BYTES("data"), (dw_bytes){zeros, n}),
                             DW_UNAUTHENTICATED);
        dw__jws_key_free(key);
    }
    assert_int_equal(dw__jws_key_oct(&key, JWS_RS256, (dw_bytes){secret, 64}), DW_BAD_REQUEST);
    assert_int_equal(dw__jws_key_oct(&key, JWS_EDDSA, (dw_bytes){secret, 64}), DW_BAD_REQUEST);
    assert_int_equal(dw__jws_key_oct(&key, JWS_ALGS, (dw_bytes){secret, 64}), DW_BAD_REQUEST);
}

/* ---- Ed25519 ---- */

static void refuses_points_of_small_order(void **state)
{
    (void)state;
    static const char *const points[] = {
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* 0, not canonical */
        "0200000000000000000000000000000000000000000000000000000000000000", /* not on the curve */
    };
    uint8_t bytes[33] = {0};
    struct jws_key *key;
    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        hex(points[i], bytes, 32);
        assert_int_equal(dw__jws_key_ed25519(&key, JWS_EDDSA, (dw_bytes){bytes, 32}), DW_BAD_REQUEST);
        assert_null(key);
    }
    hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", bytes, 32);
    assert_int_equal(dw__jws_key_ed25519(&key, JWS_EDDSA, (dw_bytes){bytes, 31}), DW_BAD_REQUEST);
    assert_int_equal(dw__jws_key_ed25519(&key, JWS_EDDSA, (dw_bytes){bytes, 33}), DW_BAD_REQUEST);
    assert_int_equal(dw__jws_key_ed25519(&key, JWS_ES256, (dw_bytes){bytes, 32}), DW_BAD_REQUEST);
    assert_int_equal(dw__jws_key_ed25519(&key, JWS_EDDSA, (dw_bytes){bytes, 32}), DW_OK);
    dw__jws_key_free(key);
}

static void agrees_with_wycheproof_on_ed25519(void **state)
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
        struct jws_key *key;
        assert_int_equal(dw__jws_key_ed25519(&key, JWS_EDDSA, pk), DW_OK);
        if (dw__jws_key_verify(key, msg, sig) != (vectors_valid(row) ? DW_OK : DW_UNAUTHENTICATED))
            fail_msg("row %d", vectors_id(row));
        rows++;
        dw__jws_key_free(key);
        free((void *)pk.p), free((void *)msg.p), free((void *)sig.p);
    }
    print_message("# ed25519 as EdDSA: %d rows\n", rows);
    json_decref(doc);
}

/* ---- RSA: signatures are in tests/unit/auth/test_jws.c ---- */

static void refuses_rsa_for_another_algorithm(void **state)
{
    (void)state;
    uint8_t n[256], e[] = {1, 0, 1}, three[] = {3}, sig[257] = {0};
    struct jws_key *key;
    memset(n, 0x5b, sizeof(n));
    n[0] = 0x80;
    static const enum jws_alg others[] = {JWS_UNKNOWN, JWS_HS256, JWS_ES256, JWS_EDDSA, JWS_ALGS};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_int_equal(dw__jws_key_rsa(&key, others[i], (dw_bytes){n, 256}, (dw_bytes){e, 3}),
                         DW_BAD_REQUEST);
    assert_int_equal(dw__jws_key_rsa(&key, JWS_RS256, (dw_bytes){n, 255}, (dw_bytes){e, 3}), DW_BAD_REQUEST);
    assert_int_equal(dw__jws_key_rsa(&key, JWS_RS256, (dw_bytes){n, 256}, (dw_bytes){three, 1}),
                     DW_BAD_REQUEST);
    assert_int_equal(dw__jws_key_rsa(&key, JWS_PS256, (dw_bytes){n, 256}, (dw_bytes){e, 3}), DW_OK);
    for (size_t size = 0; size <= 257; size++)
        assert_int_equal(dw__jws_key_verify(key, BYTES("data"), (dw_bytes){sig, size}), DW_UNAUTHENTICATED);
    dw__jws_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_its_names_exactly),
        cmocka_unit_test(agrees_with_wycheproof_on_ecdsa),
        cmocka_unit_test(takes_points_on_the_curve_only),
        cmocka_unit_test(wants_shared_keys_as_long_as_the_hash),
        cmocka_unit_test(refuses_points_of_small_order),
        cmocka_unit_test(agrees_with_wycheproof_on_ed25519),
        cmocka_unit_test(refuses_rsa_for_another_algorithm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
