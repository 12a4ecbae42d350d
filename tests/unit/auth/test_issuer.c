/* Tokens of other issuers: keys that can be, and of the tokens only those that are as declared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/issuer.h"
#include "base/text.h"
#include "codec/base64.h"
#include "crypto/hmac.h"
#include "guard_page.h"

#define NOW INT64_C(1700000000)
/* 32 bytes of 'k', and of 'o'. */
#define KEY "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s"
#define OTHER "b29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb28"
#define JWK(kid, k) "{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"" kid "\",\"k\":\"" k "\"}"
#define SET(...) "{\"keys\":[" __VA_ARGS__ "]}"

DW_ISSUER(partner, "https://partner.test", "api.test", "at+jwt", "PARTNER_KEYS");
DW_ISSUER(second, "https://second.test", "api.test", "jwt", "SECOND_KEYS");

static const char settings[][128] = {"SHOP_PARTNER_KEYS", "SHOP_SECOND_KEYS"};
static struct arena arena;
static char said[1024];

static dw_err make(struct issuers **out, const char *first, const char *more)
{
    const dw_text keys[] = {dw__text_of(first ? first : ""), dw__text_of(more ? more : "")};
    const dw_text given[] = {first ? keys[0] : (dw_text){0}, more ? keys[1] : (dw_text){0}};
    const dw_issuer *const one[] = {&partner, NULL}, *const two[] = {&partner, &second, NULL};
    struct buf why;
    dw_err err;

    dw__buf_init_fixed(&why, said, sizeof said - 1);
    err = dw__issuers_new(out, more ? two : one, given, settings, &why);
    said[why.n] = '\0';
    return err;
}

static void refused(const char *first, const char *more, const char *word)
{
    struct issuers *issuers;

    assert_int_equal(make(&issuers, first, more), DW_INVALID);
    assert_null(issuers);
    if (strstr(said, word) == NULL)
        fail_msg("not \"%s\" but: %s", word, said);
    assert_null(strstr(said, KEY));
}

static void keys_that_cannot_be(void **state)
{
    static const char *const bad[] = {"",
                                      "x",
                                      "{}",
                                      "[]",
                                      SET(),
                                      "{\"keys\":{}}",
                                      SET(JWK("a", "OGJ5dGVzIQ")),
                                      SET("{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"" KEY "\"}"),
                                      SET(JWK("a", KEY) "," JWK("a", OTHER)),
                                      SET(JWK("a", KEY)) "x"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refused(bad[i], NULL, "SHOP_PARTNER_KEYS: ");
    refused(NULL, NULL, "set SHOP_PARTNER_KEYS");
    refused(SET("{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"" KEY "\"}"), NULL, "each key needs a \"kid\"");
    refused(SET(JWK("", KEY)), NULL, "each key needs a \"kid\"");
    refused(SET(JWK("a", KEY)), SET(JWK("b", KEY) "," JWK("a", OTHER)), "SHOP_SECOND_KEYS: a \"kid\" of it");
}

/* A token whose header and claims are as written, signed with 32 times `key`. */
static dw_text sign(const char *header, const char *claims, char key)
{
    char *p = dw__arena_bytes(&arena, 16384);
    uint8_t bytes[32], tag[DW__HMAC_MAX];
    struct hmac_key *hmac;
    size_t n;

    assert_non_null(p);
    memset(bytes, key, sizeof bytes);
    n = dw__base64url_encode(header, strlen(header), p);
    p[n++] = '.';
    n += dw__base64url_encode(claims, strlen(claims), p + n);
    assert_int_equal(dw__hmac_key_new(&hmac, HMAC_SHA256, (dw_bytes){bytes, sizeof bytes}), DW_OK);
    assert_int_equal(dw__hmac(hmac, (dw_bytes){(const uint8_t *)p, n}, tag), DW_OK);
    dw__hmac_key_free(hmac);
    p[n++] = '.';
    n += dw__base64url_encode(tag, 32, p + n);
    return (dw_text){p, n};
}

static dw_err verify(const struct issuers *issuers, dw_text token, const dw_issuer **by)
{
    char *copy = guard_page_copy(token.p, token.n);
    struct token_claims claims;
    const dw_err err = dw__issuers_verify(issuers, (dw_text){copy, token.n}, NOW, &arena, &claims, by);

    guard_page_free(copy);
    assert_true((err == DW_OK) == (*by != NULL));
    assert_true((err == DW_OK) == (claims.exp != 0));
    return err;
}

#define HEADER(kid, typ) "{\"alg\":\"HS256\",\"kid\":\"" kid "\",\"typ\":\"" typ "\"}"
#define CLAIMS(iss, times) "{\"iss\":\"" iss "\",\"aud\":\"api.test\",\"sub\":\"ann\"," times "}"
#define TIMES "\"iat\":1700000000,\"exp\":1700000001"

static void tokens_as_declared(void **state)
{
    const char *const first = CLAIMS("https://partner.test", TIMES), *const other =
                                                                         CLAIMS("https://second.test", TIMES);
    struct issuers *issuers;
    const dw_issuer *by;

    (void)state;
    assert_int_equal(make(&issuers, SET(JWK("a", KEY) "," JWK("b", OTHER)), SET(JWK("c", OTHER))), DW_OK);
    assert_int_equal(verify(issuers, sign(HEADER("a", "at+jwt"), first, 'k'), &by), DW_OK);
    assert_ptr_equal(by, &partner);
    assert_int_equal(verify(issuers, sign(HEADER("b", "at+jwt"), first, 'o'), &by), DW_OK);
    assert_int_equal(verify(issuers, sign(HEADER("c", "jwt"), other, 'o'), &by), DW_OK);
    assert_ptr_equal(by, &second);
    /* Each part of it that is another issuer's, or nobody's. */
    const struct {
        const char *header, *claims;
        char key;
    } bad[] = {
        {HEADER("c", "at+jwt"), other, 'o'},
        {HEADER("c", "jwt"), first, 'o'},
        {HEADER("a", "jwt"), first, 'k'},
        {HEADER("a", "at+jwt"), other, 'k'},
        {HEADER("a", "at+jwt"), first, 'o'},
        {HEADER("d", "at+jwt"), first, 'k'},
        {HEADER("", "at+jwt"), first, 'k'},
        {"{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", first, 'k'},
        {"{\"alg\":\"HS256\",\"kid\":\"a\"}", first, 'k'},
        {"{\"alg\":\"none\",\"kid\":\"a\",\"typ\":\"at+jwt\"}", first, 'k'},
        {HEADER("a", "at+jwt"), CLAIMS("https://partner.test", "\"iat\":1700000001,\"exp\":1700000009"), 'k'},
        {HEADER("a", "at+jwt"), CLAIMS("https://partner.test", "\"iat\":1699999999,\"exp\":1700000000"), 'k'},
        {HEADER("a", "at+jwt"), CLAIMS("https://partner.test", TIMES ",\"auth_time\":1700000001"), 'k'},
        {HEADER("a", "at+jwt"), CLAIMS("https://partner.testing", TIMES), 'k'},
        {HEADER("a", "at+jwt"), "{}", 'k'},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (verify(issuers, sign(bad[i].header, bad[i].claims, bad[i].key), &by) != DW_UNAUTHENTICATED)
            fail_msg("taken: %zu", i);
    assert_int_equal(verify(issuers, (dw_text){NULL, 0}, &by), DW_UNAUTHENTICATED);
    assert_int_equal(verify(issuers, DW_TEXT("a.b.c"), &by), DW_UNAUTHENTICATED);
    dw__issuers_free(issuers);
    dw__issuers_free(NULL);
}

static int set_up(void **state)
{
    (void)state;
    dw__arena_init(&arena, NULL, (size_t)8 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dw__arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_that_cannot_be, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tokens_as_declared, set_up, tear_down)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
