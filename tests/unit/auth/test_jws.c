/* JWS as a client of `/jws` meets it: every row of Wycheproof's three files, and what has gone wrong in other libraries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth/jws.h"
#include "base/ctx.h"
#include "codec/base64.h"
#include "crypto/hmac.h"
#include "guard_page.h"
#include "vectors.h"

/* Through the public function, both texts ending where memory ends. */
static dw_err verify(const char *keys, const char *jws)
{
    struct arena arena;
    struct clock clock = {0};
    struct services services = {0};
    dw_ctx ctx;
    char *k = guard_page_copy(keys, strlen(keys)), *j = guard_page_copy(jws, strlen(jws));

    dw__arena_init(&arena, NULL, 1 << 20);
    dw__ctx_init(&ctx, &arena, &services, &clock);
    const dw_err err = dw_jws_verify(&ctx, (dw_text){k, strlen(keys)}, (dw_text){j, strlen(jws)});
    dw__ctx_end(&ctx);
    dw__arena_release(&arena);
    guard_page_free(k);
    guard_page_free(j);
    return err;
}

/* ---- Wycheproof ---- */

/* Where we do not follow the verdict of a row, and why. */
static const struct difference {
    const char *file;
    int from, to;
    bool we_take;
    const char *why;
} differences[] = {
    {"json_web_signature_test", 320, 323, false, "PS384 is no algorithm of ours"},
    {"json_web_signature_test", 325, 328, false, "PS512 is no algorithm of ours"},
    {"json_web_signature_test", 346, 346, false, "the key is bound to PS256, the header says PS384"},
    {"json_web_signature_test", 347, 347, false,
     "ES512 is no algorithm of ours, and \"ES521\" is none at all"},
    {"json_web_signature_test", 350, 350, false, "the key is bound to PS256, the header says PS384"},
    {"json_web_signature_test", 351, 351, false,
     "ES512 is no algorithm of ours, and \"ES521\" is none at all"},
    {"json_web_signature_test", 367, 367, true, "byte for byte row 357, which is valid"},
    {"json_web_signature_test", 370, 370, true, "byte for byte row 357, which is valid"},
    {"json_web_signature_test", 372, 373, false,
     "'?' is no character of base64url; RFC 7515 has nothing to skip"},
};
static const char row_357[] =
    "eyJraWQiOiJoczI1Ni1rZXkiLCJhbGciOiJIUzI1NiJ9.VGVzdA.c1LROH7eNQwUT8KMVEO52VC3WZ9e_AnDWbZ7aMmowV8";

static const struct difference *known_difference(const char *file, int id)
{
    for (size_t i = 0; i < sizeof(differences) / sizeof(differences[0]); i++)
        if (strcmp(differences[i].file, file) == 0 && id >= differences[i].from && id <= differences[i].to)
            return &differences[i];
    return NULL;
}

static char *keys_of(const json_t *group)
{
    const json_t *keys = json_object_get(group, "public");
    return json_dumps(keys != NULL ? keys : json_object_get(group, "private"), JSON_COMPACT);
}

/* The row's JWS as text, malloced; another serialisation as the JSON it is; NULL: encryption. */
static char *text_of(const json_t *row)
{
    const json_t *jws = json_object_get(row, "jws");
    if (jws == NULL)
        return NULL;
    return json_is_string(jws) ? strdup(json_string_value(jws)) : json_dumps(jws, JSON_COMPACT);
}

/* Whether the row went as it must. */
static bool judge(const char *file, const json_t *group, const json_t *row, const char *jws)
{
    const struct difference *d = known_difference(file, vectors_id(row));
    const bool valid = vectors_valid(row) != 0;
    char *keys = keys_of(group);
    const dw_err want = (d != NULL ? d->we_take : valid) ? DW_OK : DW_BAD_REQUEST, got = verify(keys, jws);

    free(keys);
    if (d != NULL && d->we_take == valid) {
        print_error("%s row %d: no difference any more\n", file, vectors_id(row));
        return false;
    }
    if (d != NULL && d->we_take && strcmp(jws, row_357) != 0)
        return false;
    if (got != want)
        print_error("%s row %d (%s, %s): %d\n", file, vectors_id(row),
                    json_string_value(json_object_get(row, "comment")),
                    json_string_value(json_object_get(row, "result")), (int)got);
    return got == want;
}

/* Runs every row; returns how many were encryption and skipped, or -1 when there are no vectors. */
static int run_file(const char *name)
{
    char path[64];
    int rows = 0, differ = 0, skipped = 0, wrong = 0;

    snprintf(path, sizeof(path), "wycheproof/%s.json", name);
    json_t *doc = vectors_load(path);
    if (doc == NULL)
        return -1;
    VECTORS_EACH(doc, group, row)
    {
        char *jws = text_of(row);
        rows++;
        if (jws == NULL) {
            skipped++;
        } else {
            differ += known_difference(name, vectors_id(row)) != NULL;
            wrong += !judge(name, group, row, jws);
        }
        free(jws);
    }
    print_message("# %s: %d rows, %d judged otherwise (see the table), %d skipped (encryption)\n", name, rows,
                  differ, skipped);
    assert_int_equal(rows, (int)json_integer_value(json_object_get(doc, "numberOfTests")));
    json_decref(doc);
    assert_int_equal(wrong, 0);
    return skipped;
}

static void agrees_on_json_web_signature(void **state)
{
    (void)state;
    assert_true(run_file("json_web_signature_test") <= 0);
}

static void agrees_on_json_web_key(void **state)
{
    (void)state;
    assert_true(run_file("json_web_key_test") <= 0);
}

static void agrees_on_json_web_crypto(void **state)
{
    (void)state;
    const int skipped = run_file("json_web_crypto_test");
    assert_true(skipped == -1 || skipped == 34);
}

/* ---- our own: everything is right, and well signed, but for one thing ---- */

/* The modulus of some RSA key. */
#define RSA_N                                                                                                \
    "ocgDKgCL4WtWBGiZY47z7kcOCNNeeqHnyTH0o9V3AB2wjabLzG6bAo4zMtKxhQEMM4G4xDodkWbGF-"                         \
    "icXPOH22YguLQ75c5FqyHkmZosfScEft68eeZAS4U2IA8ZZLnqbuqs4CIIHz0yJEOgtzGk4gmps9kuvT94paERL8PTpm1DudOQX40E" \
    "BRcxe1mzVw8fVsllW2vYnyEqnuiJ8bUz-HP8cb9_"                                                               \
    "OjKyVIRwOAxRpMBQfxHlJ5Yht2BhOSyBfJKWefwnV77yK5ZYcvQOMBHcZ52BIHFY8_obz2Akz8InJO6Br2QfXDFtwtSZYq-"        \
    "XyFzk5x_h2rBr_8AAxpdWQycw9w"
#define SECRET "0123456789abcdefghijklmnopqrstuv"
/* The key that is SECRET, with a kid and without. */
#define KEY                                                    \
    "{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"k1\",\"k\":" \
    "\"MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY\"}"
#define KEY_NO_KID "{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY\"}"
#define KEY_2                                                  \
    "{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"k2\",\"k\":" \
    "\"MTEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY\"}"
#define KEYS(...) "{\"keys\":[" __VA_ARGS__ "]}"

/* A JWS of that header and payload under SECRET, NUL-terminated and malloced. */
static char *make_n(const char *header, size_t header_n, const char *payload, size_t payload_n)
{
    const size_t size = DW__BASE64URL_SIZE(header_n) + DW__BASE64URL_SIZE(payload_n) + 64;
    char *jws = calloc(1, size);
    uint8_t tag[DW__HMAC_MAX];
    struct hmac_key *key;
    size_t n;

    assert_non_null(jws);
    n = dw__base64url_encode(header, header_n, jws);
    jws[n++] = '.';
    n += dw__base64url_encode(payload, payload_n, jws + n);
    assert_int_equal(dw__hmac_key_new(&key, HMAC_SHA256, (dw_bytes){(const uint8_t *)SECRET, 32}), DW_OK);
    assert_int_equal(dw__hmac(key, (dw_bytes){(uint8_t *)jws, n}, tag), DW_OK);
    dw__hmac_key_free(key);
    jws[n++] = '.';
    dw__base64url_encode(tag, 32, jws + n);
    return jws;
}

static dw_err verify_header(const char *keys, const char *header, size_t n)
{
    char *jws = make_n(header, n, "{}", 2);
    const dw_err err = verify(keys, jws);
    free(jws);
    return err;
}

struct header {
    const char *text;
    size_t n;
};
#define HEADER(lit)          \
    {                        \
        lit, sizeof(lit) - 1 \
    }

static const struct header good_headers[] = {
    HEADER("{\"alg\":\"HS256\"}"),
    HEADER("{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWT\",\"cty\":\"x\"}"),
    HEADER(" {\t\"typ\" : \"JWT\" ,\r\n \"alg\":\"HS256\" } "),
    HEADER("{\"\\u0061lg\":\"HS\\u0032\\u00356\"}"),
    HEADER("{\"alg\":\"HS256\",\"x\":1e308,\"y\":-0,\"z\":null,\"w\":true}"),
    HEADER("{\"alg\":\"HS256\",\"jwk2\":1,\"Crit\":1,\"B64\":false}"),
};

static const struct header bad_headers[] = {
    HEADER(""),
    HEADER("{}"),
    HEADER("null"),
    HEADER("[]"),
    HEADER("\"HS256\""),
    HEADER("{\"typ\":\"JWT\"}"),
    HEADER("{\"alg\":\"none\"}"),
    HEADER("{\"alg\":\"None\"}"),
    HEADER("{\"alg\":\"hs256\"}"),
    HEADER("{\"alg\":\"HS256 \"}"),
    HEADER("{\"alg\":\"HS384\"}"),
    HEADER("{\"alg\":\"HS512\"}"),
    HEADER("{\"alg\":\"RS256\"}"),
    HEADER("{\"alg\":\"EdDSA\"}"),
    HEADER("{\"alg\":\"\"}"),
    HEADER("{\"alg\":null}"),
    HEADER("{\"alg\":256}"),
    HEADER("{\"alg\":[\"HS256\"]}"),
    HEADER("{\"alg\":{\"alg\":\"HS256\"}}"),
    HEADER("{\"Alg\":\"HS256\"}"),
    HEADER("{\"alg\":\"HS256\",\"alg\":\"HS256\"}"),
    HEADER("{\"alg\":\"none\",\"alg\":\"HS256\"}"),
    HEADER("{\"alg\":\"HS256\",\"\\u0061lg\":\"HS256\"}"),
    HEADER("{\"alg\":\"HS256\",\"kid\":\"k1\",\"kid\":\"k1\"}"),
    HEADER("{\"alg\":\"HS256\",\"x\":1,\"x\":1}"),
    HEADER("{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}"),
    HEADER("{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}"),
    HEADER("{\"alg\":\"HS256\",\"crit\":[]}"),
    HEADER("{\"alg\":\"HS256\",\"crit\":null}"),
    HEADER("{\"alg\":\"HS256\",\"b64\":true}"),
    HEADER("{\"alg\":\"HS256\",\"b64\":false}"),
    HEADER("{\"alg\":\"HS256\",\"jwk\":" KEY "}"),
    HEADER("{\"alg\":\"HS256\",\"jwk\":null}"),
    HEADER("{\"alg\":\"HS256\",\"jku\":\"https://evil.test/jwks\"}"),
    HEADER("{\"alg\":\"HS256\",\"x5u\":\"https://evil.test/cert\"}"),
    HEADER("{\"alg\":\"HS256\",\"x5c\":[\"MIIB\"]}"),
    HEADER("{\"alg\":\"HS256\",\"j\\u0077k\":1}"),
    HEADER("{\"alg\":\"HS256\",\"x\":[]}"),
    HEADER("{\"alg\":\"HS256\",\"x\":{\"y\":1}}"),
    HEADER("{\"alg\":\"HS256\",\"kid\":1}"),
    HEADER("{\"alg\":\"HS256\",\"kid\":null}"),
    HEADER("{\"alg\":\"HS256\",\"kid\":\"k2\"}"),
    HEADER("{\"alg\":\"HS256\",\"kid\":\"\"}"),
    HEADER("{\"alg\":\"HS256\",\"kid\":\"K1\"}"),
    HEADER("{\"alg\":\"HS256\",\"kid\":\"k1\\u0000\"}"),
    HEADER("{\"alg\":\"HS256\",\"kid\":\"../../../../dev/null\"}"),
    HEADER("{\"alg\":\"HS256\",\"kid\":\"k1' OR '1'='1\"}"),
    HEADER("{\"alg\":\"HS256\",\"typ\":1}"),
    HEADER("{\"alg\":\"HS256\"}x"),
    HEADER("{\"alg\":\"HS256\"}{\"alg\":\"HS256\"}"),
    HEADER("{\"alg\":\"HS256\",}"),
    HEADER("{\"alg\":\"HS256\"} /* */"),
    HEADER("{'alg':'HS256'}"),
    HEADER("{\"alg\":\"HS256\"\0}"),
    HEADER("{\"alg\":\"HS256\"}\0"),
    HEADER("\xef\xbb\xbf{\"alg\":\"HS256\"}"),
    HEADER("{\"alg\":\"HS256\",\"x\":\"\xff\"}"),
    HEADER("{\"alg\":\"HS256\",\"x\":\"\\ud800\"}"),
    HEADER("{\"alg\":\"HS256\",\"x\":1e999}"),
    HEADER("{\"alg\":\"HS256\",\"x\":01}"),
    HEADER("{\"alg\":\"HS256\",\"x\":NaN}"),
};

static void judges_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good_headers) / sizeof(good_headers[0]); i++)
        if (verify_header(KEY, good_headers[i].text, good_headers[i].n) != DW_OK)
            fail_msg("refused: %s", good_headers[i].text);
    for (size_t i = 0; i < sizeof(bad_headers) / sizeof(bad_headers[0]); i++)
        if (verify_header(KEY, bad_headers[i].text, bad_headers[i].n) != DW_BAD_REQUEST)
            fail_msg("taken: %s", bad_headers[i].text);
}

static void refuses_deep_and_huge(void **state)
{
    (void)state;
    static char header[200100];
    static const char before[] = "{\"alg\":\"HS256\",\"x\":";
    static const size_t depths[] = {1, 64, 65, 1000, 2900, 100000};
    for (size_t i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
        size_t n = sizeof(before) - 1;
        memcpy(header, before, n);
        memset(header + n, '[', depths[i]);
        memset(header + n + depths[i], ']', depths[i]);
        n += 2 * depths[i];
        header[n++] = '}';
        assert_int_equal(verify_header(KEY, header, n), DW_BAD_REQUEST);
    }
    /* A number of 2000 digits is a number; of 400 before the point it is none that a double holds. */
    memcpy(header, before, sizeof(before) - 1);
    memset(header + sizeof(before) - 1, '9', 400);
    header[sizeof(before) - 1 + 400] = '}';
    assert_int_equal(verify_header(KEY, header, sizeof(before) + 400), DW_BAD_REQUEST);
}

static void takes_8192_bytes_and_no_more(void **state)
{
    (void)state;
    static char payload[DW__JWS_MAX];
    static const char header[] = "{\"alg\":\"HS256\"}";
    int taken = 0, refused = 0;
    memset(payload, 'x', sizeof(payload));
    for (size_t n = 6080; n < 6110; n++) {
        char *jws = make_n(header, sizeof(header) - 1, payload, n);
        const bool ok = verify(KEY, jws) == DW_OK;
        assert_int_equal(ok, strlen(jws) <= DW__JWS_MAX);
        taken += ok;
        refused += !ok;
        free(jws);
    }
    assert_true(taken > 5 && refused > 5);
}

static void chooses_the_key_by_kid(void **state)
{
    (void)state;
    static const char with[] = "{\"alg\":\"HS256\",\"kid\":\"k1\"}", without[] = "{\"alg\":\"HS256\"}";
#define WITH(keys) verify_header(keys, with, sizeof(with) - 1)
#define WITHOUT(keys) verify_header(keys, without, sizeof(without) - 1)
    assert_int_equal(WITH(KEYS(KEY_2 "," KEY)), DW_OK);
    assert_int_equal(WITH(KEYS(KEY)), DW_OK);
    assert_int_equal(WITH(KEY_NO_KID), DW_OK);
    assert_int_equal(WITH(KEY_2), DW_BAD_REQUEST);
    assert_int_equal(WITH(KEYS(KEY_2 "," KEY_NO_KID)), DW_BAD_REQUEST); /* unknown kid, two keys */
    assert_int_equal(WITH(KEYS(KEY "," KEY)), DW_BAD_REQUEST);
    assert_int_equal(WITHOUT(KEY), DW_OK);
    assert_int_equal(WITHOUT(KEY_NO_KID), DW_OK);
    assert_int_equal(WITHOUT(KEYS(KEY "," KEY_2)), DW_BAD_REQUEST);
    assert_int_equal(WITHOUT(KEYS("")), DW_BAD_REQUEST);
}

/* The public half of an RSA key is no secret, so it must never serve as one. */
static void does_not_take_a_public_key_for_a_secret(void **state)
{
    (void)state;
    static const char rsa[] =
        "{\"kty\":\"RSA\",\"alg\":\"RS256\",\"kid\":\"k1\",\"e\":\"AQAB\",\"n\":\"" RSA_N "\"}";
    static const char header[] = "{\"alg\":\"HS256\",\"kid\":\"k1\"}";
    char jws[256];
    uint8_t n_bytes[256], tag[DW__HMAC_MAX];
    size_t n, size;
    struct hmac_key *key;

    assert_true(dw__base64url_decode(DW_TEXT(RSA_N), n_bytes, sizeof(n_bytes), &size));
    const dw_bytes secrets[] = {{(const uint8_t *)rsa, sizeof(rsa) - 1},
                                {(const uint8_t *)RSA_N, sizeof(RSA_N) - 1},
                                {n_bytes, size}};
    for (size_t i = 0; i < 3; i++) {
        n = dw__base64url_encode(header, sizeof(header) - 1, jws);
        n += (size_t)snprintf(jws + n, sizeof(jws) - n, ".e30");
        assert_int_equal(dw__hmac_key_new(&key, HMAC_SHA256, secrets[i]), DW_OK);
        assert_int_equal(dw__hmac(key, (dw_bytes){(uint8_t *)jws, n}, tag), DW_OK);
        dw__hmac_key_free(key);
        jws[n++] = '.';
        n += dw__base64url_encode(tag, 32, jws + n);
        jws[n] = '\0';
        assert_int_equal(verify(rsa, jws), DW_BAD_REQUEST);
    }
}

static void refuses_every_change(void **state)
{
    (void)state;
    static const char header[] = "{\"alg\":\"HS256\"}";
    static const char alphabet[] = "ABab01-_.=+/ \n?";
    char *jws = make_n(header, sizeof(header) - 1, "{\"sub\":\"x\"}", 11);
    const size_t n = strlen(jws);
    char *copy = calloc(1, n + 3);

    assert_int_equal(verify(KEY, jws), DW_OK);
    for (size_t i = 0; i < n; i++) {
        memcpy(copy, jws, n + 1);
        copy[i] = '\0'; /* cut there */
        assert_int_equal(verify(KEY, copy), DW_BAD_REQUEST);
        for (size_t c = 0; alphabet[c] != '\0'; c++) {
            memcpy(copy, jws, n + 1);
            if (copy[i] == alphabet[c])
                continue;
            copy[i] = alphabet[c]; /* another character */
            assert_int_equal(verify(KEY, copy), DW_BAD_REQUEST);
            memcpy(copy, jws, i); /* one more */
            memcpy(copy + i + 1, jws + i, n - i + 1);
            assert_int_equal(verify(KEY, copy), DW_BAD_REQUEST);
        }
    }
    static const char *const tails[] = {".", ".x", "=", "==", "A", "\n", " "};
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        snprintf(copy, n + 3, "%s%s", jws, tails[i]);
        assert_int_equal(verify(KEY, copy), DW_BAD_REQUEST);
    }
    free(copy);
    free(jws);
}

/* One of each, made by other programs: keys on the first line, the JWS behind it. */
static void verifies_each_algorithm(void **state)
{
    (void)state;
    static const char *const names[] = {"hs256", "hs512", "rs256", "ps256", "es256", "es384", "eddsa"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[64], text[4096];
        snprintf(path, sizeof(path), "fuzz/corpus/jws/%s", names[i]);
        FILE *f = fopen(path, "rb");
        if (f == NULL)
            fail_msg("%s: not there", path);
        const size_t n = fread(text, 1, sizeof(text) - 1, f);
        fclose(f);
        text[n] = '\0';
        char *jws = strchr(text, '\n');
        assert_non_null(jws);
        *jws++ = '\0';
        if (verify(text, jws) != DW_OK)
            fail_msg("%s: refused", path);
        /* A bit of the signature, of the payload, of the header. */
        for (char *at = strrchr(jws, '.') + 1; *at != '\0'; at++) {
            const char was = *at;
            *at = was == 'B' ? 'C' : 'B';
            assert_int_equal(verify(text, jws), DW_BAD_REQUEST);
            *at = was;
        }
        jws[1] ^= 1;
        assert_int_equal(verify(text, jws), DW_BAD_REQUEST);
        jws[1] ^= 1;
        assert_int_equal(verify(text, jws), DW_OK);
    }
}

static void says_when_there_is_no_memory(void **state)
{
    (void)state;
    struct arena arena;
    struct jws jws;
    char *text = make_n("{\"alg\":\"HS256\"}", 15, "{}", 2);
    dw__arena_init(&arena, NULL, 1);
    assert_int_equal(dw__jws_parse((dw_text){text, strlen(text)}, &arena, &jws), DW_UNAVAILABLE);
    dw__arena_release(&arena);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_on_json_web_signature),
        cmocka_unit_test(agrees_on_json_web_key),
        cmocka_unit_test(agrees_on_json_web_crypto),
        cmocka_unit_test(judges_headers),
        cmocka_unit_test(refuses_deep_and_huge),
        cmocka_unit_test(takes_8192_bytes_and_no_more),
        cmocka_unit_test(chooses_the_key_by_kid),
        cmocka_unit_test(does_not_take_a_public_key_for_a_secret),
        cmocka_unit_test(refuses_every_change),
        cmocka_unit_test(says_when_there_is_no_memory),
        cmocka_unit_test(verifies_each_algorithm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
