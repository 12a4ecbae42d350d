/* Access tokens: what we issue verifies, for as long as it should, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth/jws.h"
#include "auth/token.h"
#include "base/ctx.h"
#include "codec/base64.h"
#include "crypto/sign.h"
#include "guard_page.h"

#define NOW INT64_C(1700000000)
#define OLD "-_b-oZJnBwfUKvHQ1MNwYVw2tuT9Dy2gGskqu1Ez8I0"
#define NEW "fbf6fea192670707d42af1d0d4c370615c36b6e4fd0f2da01ac92abb5133f08e"
#define SUB "6f1c6a54-3f55-4f0e-9a53-0a6bd8f5b6f1"

static struct arena arena;
static const struct token_config config = {.issuer = DW_TEXT_INIT("https://app.test"),
                                           .audience = DW_TEXT_INIT("api.test")};

static struct keyring *ring_of(const char *roots)
{
    struct keyring *ring;
    char why[256];
    if (dw__keyring_parse(&ring, (dw_secret){roots, strlen(roots)}, "KEYS", "make", why, sizeof(why)) !=
        DW_OK)
        fail_msg("%s", why);
    return ring;
}

static struct token_keys *keys_of(const char *roots, const struct token_config *c)
{
    struct keyring *ring = ring_of(roots);
    struct token_keys *keys;
    assert_int_equal(dw__token_keys_new(&keys, ring, c), DW_OK);
    dw__keyring_free(ring);
    return keys;
}

static dw_text issue(const struct token_keys *keys)
{
    dw_text token;
    assert_int_equal(dw__token_issue(keys, DW_TEXT(SUB), NOW, NOW - 5, &arena, &token), DW_OK);
    return token;
}

static dw_err verify(const struct token_keys *keys, dw_text token, int64_t now)
{
    struct token_claims claims;
    char *copy = guard_page_copy(token.p, token.n);
    const dw_err err = dw__token_verify(keys, (dw_text){copy, token.n}, now, &arena, &claims);
    guard_page_free(copy);
    return err;
}

static int set_up(void **state)
{
    (void)state;
    dw__arena_init(&arena, NULL, 64 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dw__arena_release(&arena);
    return 0;
}

static void says_what_it_should(void **state)
{
    (void)state;
    struct token_keys *keys = keys_of(NEW, &config);
    struct token_claims c;
    const dw_text token = issue(keys);
    assert_int_equal(dw__token_verify(keys, token, NOW, &arena, &c), DW_OK);
#define IS(member, lit) \
    assert_int_equal(c.member.n, sizeof(lit) - 1), assert_memory_equal(c.member.p, lit, sizeof(lit) - 1)
    IS(iss, "https://app.test");
    IS(aud, "api.test");
    IS(sub, SUB);
    IS(client_id, "first-party");
    assert_int_equal(c.jti.n, 22);
    assert_int_equal(c.iat, NOW);
    assert_int_equal(c.exp, NOW + DW__TOKEN_LIFETIME_S);
    assert_int_equal(c.auth_time, NOW - 5);
    assert_int_equal(dw__token_lifetime(keys), DW__TOKEN_LIFETIME_S);

    char *header = dw__arena_bytes(&arena, 200);
    size_t n = 0;
    assert_true(dw__base64url_decode(
        (dw_text){token.p, (size_t)((const char *)memchr(token.p, '.', token.n) - token.p)}, header, 200,
        &n));
    assert_memory_equal(header, "{\"alg\":\"EdDSA\",\"kid\":\"", 22);
    assert_memory_equal(header + 22 + 22, "\",\"typ\":\"at+jwt\"}", 17);
    assert_int_equal(n, 22 + 22 + 17);

    struct token_claims other;
    assert_int_equal(dw__token_verify(keys, issue(keys), NOW, &arena, &other), DW_OK);
    assert_memory_not_equal(c.jti.p, other.jti.p, 22);
    dw__token_keys_free(keys);
    dw__token_keys_free(NULL);
}

static void lives_exactly_as_long(void **state)
{
    (void)state;
    struct token_keys *keys = keys_of(NEW, &config);
    const dw_text token = issue(keys);
    assert_int_equal(verify(keys, token, NOW + 599), DW_OK);
    assert_int_equal(verify(keys, token, NOW + 600), DW_UNAUTHENTICATED);
    assert_int_equal(verify(keys, token, NOW + 601), DW_UNAUTHENTICATED);
    assert_int_equal(verify(keys, token, NOW - 5), DW_OK);
    assert_int_equal(verify(keys, token, NOW - 6), DW_UNAUTHENTICATED);
    assert_int_equal(verify(keys, token, 0), DW_UNAUTHENTICATED);
    assert_int_equal(verify(keys, token, INT64_MAX / 2), DW_UNAUTHENTICATED);
    dw__token_keys_free(keys);
}

static void rotates(void **state)
{
    (void)state;
    struct token_keys *old = keys_of(OLD, &config), *both = keys_of(NEW "," OLD, &config),
                      *new = keys_of(NEW, &config);
    assert_int_equal(verify(both, issue(old), NOW), DW_OK);
    assert_int_equal(verify(both, issue(new), NOW), DW_OK);
    assert_int_equal(verify(new, issue(both), NOW), DW_OK); /* the newest signs */
    assert_int_equal(verify(old, issue(both), NOW), DW_UNAUTHENTICATED);
    assert_int_equal(verify(new, issue(old), NOW), DW_UNAUTHENTICATED);
    dw__token_keys_free(old);
    dw__token_keys_free(both);
    dw__token_keys_free(new);
}

/* The same keys, another issuer or audience: compared whole, not as a prefix. */
static void is_for_one_issuer_and_audience(void **state)
{
    (void)state;
    static const struct token_config others[] = {
        {.issuer = DW_TEXT_INIT("https://app.test.evil"), .audience = DW_TEXT_INIT("api.test")},
        {.issuer = DW_TEXT_INIT("https://app.tes"), .audience = DW_TEXT_INIT("api.test")},
        {.issuer = DW_TEXT_INIT("https://APP.test"), .audience = DW_TEXT_INIT("api.test")},
        {.issuer = DW_TEXT_INIT("https://app.test"), .audience = DW_TEXT_INIT("api.tes")},
        {.issuer = DW_TEXT_INIT("https://app.test"), .audience = DW_TEXT_INIT("api.test2")},
        {.issuer = DW_TEXT_INIT("api.test"), .audience = DW_TEXT_INIT("https://app.test")},
    };
    struct token_keys *keys = keys_of(NEW, &config);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct token_keys *other = keys_of(NEW, &others[i]);
        assert_int_equal(verify(other, issue(other), NOW), DW_OK);
        assert_int_equal(verify(keys, issue(other), NOW), DW_UNAUTHENTICATED);
        dw__token_keys_free(other);
    }
    dw__token_keys_free(keys);
}

static void refuses_every_change(void **state)
{
    (void)state;
    static const char alphabet[] = "AQgw_-.= ";
    struct token_keys *keys = keys_of(NEW, &config);
    const dw_text token = issue(keys);
    char *copy = dw__arena_bytes(&arena, token.n + 1);
    for (size_t i = 0; i < token.n; i++) {
        memcpy(copy, token.p, token.n);
        assert_int_equal(verify(keys, (dw_text){token.p, i}, NOW), DW_UNAUTHENTICATED);
        for (size_t c = 0; alphabet[c] != '\0'; c++) {
            copy[i] = alphabet[c];
            if (token.p[i] != alphabet[c])
                assert_int_equal(verify(keys, (dw_text){copy, token.n}, NOW), DW_UNAUTHENTICATED);
        }
        memcpy(copy, token.p, i); /* one more */
        copy[i] = 'A';
        memcpy(copy + i + 1, token.p + i, token.n - i);
        assert_int_equal(verify(keys, (dw_text){copy, token.n + 1}, NOW), DW_UNAUTHENTICATED);
    }
    memcpy(copy, token.p, token.n);
    for (size_t i = 0; i < 3; i++) {
        copy[token.n] = ".A="[i];
        assert_int_equal(verify(keys, (dw_text){copy, token.n + 1}, NOW), DW_UNAUTHENTICATED);
    }
    dw__token_keys_free(keys);
}

/* HEADER.CLAIMS.SIGNATURE with our own key, whatever the texts. */
static dw_text forge(const struct sign_key *key, const char *header, const char *claims, size_t claims_n)
{
    const size_t header_n = strlen(header);
    char *p = dw__arena_bytes(&arena, (header_n + claims_n) * 2 + 200);
    uint8_t signature[DW__ED25519_SIGNATURE];
    assert_non_null(p);
    size_t n = dw__base64url_encode(header, header_n, p);
    p[n++] = '.';
    n += dw__base64url_encode(claims, claims_n, p + n);
    assert_int_equal(dw__sign(key, (dw_bytes){(uint8_t *)p, n}, signature), DW_OK);
    p[n++] = '.';
    n += dw__base64url_encode(signature, sizeof(signature), p + n);
    return (dw_text){p, n};
}

static struct sign_key *signer_of(const char *roots)
{
    struct keyring *ring = ring_of(roots);
    struct sign_key *key;
    uint8_t seed[32];
    assert_int_equal(dw__keyring_derive(ring, 0, KEY_ACCESS_TOKEN, seed, sizeof(seed)), DW_OK);
    assert_int_equal(dw__sign_key_new(&key, seed), DW_OK);
    dw__keyring_free(ring);
    return key;
}

/* The header of `token` as JSON, NUL-terminated. */
static char *header_of(dw_text token)
{
    char *json = dw__arena_zalloc(&arena, 200);
    size_t n;
    assert_true(dw__base64url_decode(
        (dw_text){token.p, (size_t)((const char *)memchr(token.p, '.', token.n) - token.p)}, json, 199, &n));
    return json;
}

#define REST ",\"sub\":\"" SUB "\",\"client_id\":\"c\",\"jti\":\"j\",\"auth_time\":1699999999"
#define CLAIMS \
    "{\"iss\":\"https://app.test\",\"aud\":\"api.test\",\"iat\":1700000000,\"exp\":1700000600" REST "}"

static const char *const bad_claims[] = {
    "",
    "{}",
    "null",
    "{\"iss\":\"https://app.test\",\"aud\":[\"api.test\"],\"iat\":1700000000,\"exp\":1700000600" REST "}",
    "{\"iss\":[\"https://app.test\"],\"aud\":\"api.test\",\"iat\":1700000000,\"exp\":1700000600" REST "}",
    "{\"iss\":\"https://app.test\",\"aud\":\"api.test\",\"iat\":1700000000" REST "}",
    "{\"iss\":\"https://app.test\",\"aud\":\"api.test\",\"exp\":1700000600" REST "}",
    "{\"iss\":\"https://app.test\",\"aud\":\"api.test\",\"iat\":1700000000,\"exp\":\"1700000600\"" REST "}",
    "{\"iss\":\"https://app.test\",\"aud\":\"api.test\",\"iat\":1700000000,\"exp\":1700000600.5" REST "}",
    "{\"iss\":\"https://app.test\",\"aud\":\"api.test\",\"iat\":1700000000,\"exp\":1e300" REST "}",
    "{\"iss\":\"https://app.test\",\"aud\":\"api.test\",\"iat\":1700000000,\"exp\":99999999999999999999" REST
    "}",
    "{\"iss\":\"https://app.test\",\"aud\":\"api.test\",\"iat\":1700000000,\"exp\":null" REST "}",
    "{\"iss\":\"https://app.test\",\"aud\":\"api.test\",\"iat\":1700000006,\"exp\":1700000600" REST "}",
    "{\"iss\":\"https://app.test\",\"aud\":\"api.test\",\"iat\":1700000000,\"exp\":1700000000" REST "}",
    "{\"iss\":\"https://app.test\",\"aud\":\"api.test\",\"iat\":-1,\"exp\":1700000600" REST "}",
    "{\"iss\":\"https://"
    "app.test\",\"aud\":\"api.test\",\"nbf\":1700000001,\"iat\":1700000000,\"exp\":1700000600" REST "}",
    "{\"iss\":\"https://app.test\",\"iss\":\"https://"
    "app.test\",\"aud\":\"api.test\",\"iat\":1700000000,\"exp\":1700000600" REST "}",
    "{\"iss\":\"https://app.test/\",\"aud\":\"api.test\",\"iat\":1700000000,\"exp\":1700000600" REST "}",
    "{\"iss\":\"https://app.test\",\"aud\":\"api.test\",\"iat\":1700000000,\"exp\":1700000600}",
    "{\"iss\":\"https://app.test\",\"aud\":\"api.test\",\"iat\":1700000004,\"exp\":1700000003" REST "}",
    CLAIMS "x",
    "[" CLAIMS "]",
};

static void judges_claims_under_a_good_signature(void **state)
{
    (void)state;
    struct token_keys *keys = keys_of(NEW, &config);
    struct sign_key *signer = signer_of(NEW);
    const char *header = header_of(issue(keys));
    assert_int_equal(verify(keys, forge(signer, header, CLAIMS, strlen(CLAIMS)), NOW), DW_OK);
    for (size_t i = 0; i < sizeof(bad_claims) / sizeof(bad_claims[0]); i++)
        if (verify(keys, forge(signer, header, bad_claims[i], strlen(bad_claims[i])), NOW) !=
            DW_UNAUTHENTICATED)
            fail_msg("taken: %s", bad_claims[i]);
    /* 100 000 deep would be too long already; 2 900 fit. */
    static char deep[200000];
    static const size_t depths[] = {2900, 100000};
    for (size_t i = 0; i < 2; i++) {
        memset(deep, '[', depths[i]);
        memset(deep + depths[i], ']', depths[i]);
        assert_int_equal(verify(keys, forge(signer, header, deep, 2 * depths[i]), NOW), DW_UNAUTHENTICATED);
    }
    dw__sign_key_free(signer);
    dw__token_keys_free(keys);
}

/* However good it is otherwise. */
static void takes_8192_bytes_and_no_more(void **state)
{
    (void)state;
    static char claims[DW__TOKEN_MAX];
    struct token_keys *keys = keys_of(NEW, &config);
    struct sign_key *signer = signer_of(NEW);
    const char *header = header_of(issue(keys));
    int taken = 0, refused = 0;
    for (int more = 5680; more < 5900; more += 10) {
        snprintf(claims, sizeof(claims), "{\"x\":\"%0*d\",%s", more, 0, &CLAIMS[1]);
        const dw_text token = forge(signer, header, claims, strlen(claims));
        const bool ok = verify(keys, token, NOW) == DW_OK;
        assert_int_equal(ok, token.n <= DW__TOKEN_MAX);
        taken += ok;
        refused += !ok;
    }
    assert_true(taken > 2 && refused > 2);
    dw__sign_key_free(signer);
    dw__token_keys_free(keys);
}

/* Any header but ours is refused, though the signature be good. */
static void takes_its_own_header_only(void **state)
{
    (void)state;
    struct token_keys *keys = keys_of(NEW, &config);
    struct sign_key *signer = signer_of(NEW);
    const char *ours = header_of(issue(keys));
    char kid[23] = "";
    memcpy(kid, ours + 22, 22);
    static const char *const others[] = {
        "",
        "{}",
        "{\"alg\":\"none\"}",
        "{\"alg\":\"none\",\"kid\":\"%s\",\"typ\":\"at+jwt\"}",
        "{\"alg\":\"HS256\",\"kid\":\"%s\",\"typ\":\"at+jwt\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"typ\":\"JWT\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"typ\":\"AT+JWT\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"typ\":\"application/at+jwt\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"%s\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"typ\":\"at+jwt\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"../../%s\",\"typ\":\"at+jwt\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"typ\":\"at+jwt\",\"crit\":[\"x\"]}",
        "{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"typ\":\"at+jwt\",\"typ\":\"at+jwt\"}",
        "{\"typ\":\"at+jwt\",\"alg\":\"EdDSA\",\"kid\":\"%s\"}",
        "{ \"alg\":\"EdDSA\",\"kid\":\"%s\",\"typ\":\"at+jwt\"}",
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        char header[200];
        const char *rest = strstr(others[i], "%s");
        if (rest == NULL)
            snprintf(header, sizeof(header), "%s", others[i]);
        else
            snprintf(header, sizeof(header), "%.*s%s%s", (int)(rest - others[i]), others[i], kid, rest + 2);
        if (verify(keys, forge(signer, header, CLAIMS, strlen(CLAIMS)), NOW) != DW_UNAUTHENTICATED)
            fail_msg("taken: %s", header);
    }
    dw__sign_key_free(signer);
    /* The right words under another key. */
    signer = signer_of(OLD);
    assert_int_equal(verify(keys, forge(signer, ours, CLAIMS, strlen(CLAIMS)), NOW), DW_UNAUTHENTICATED);
    dw__sign_key_free(signer);
    dw__token_keys_free(keys);
}

static void survives_any_bytes(void **state)
{
    (void)state;
    struct token_keys *keys = keys_of(NEW "," OLD, &config);
    static const char *const texts[] = {"",      ".",    "..",       "...",
                                        "a.b.c", "null", "Bearer x", "eyJhbGciOiJub25lIn0.e30."};
    static char long_text[DW__TOKEN_MAX + 2];
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(verify(keys, (dw_text){texts[i], strlen(texts[i])}, NOW), DW_UNAUTHENTICATED);
    const dw_text token = issue(keys);
    const size_t header = (size_t)((const char *)memchr(token.p, '.', token.n) - token.p) + 1;
    memset(long_text, 'A', sizeof(long_text));
    memcpy(long_text, token.p, header);
    assert_int_equal(verify(keys, (dw_text){long_text, sizeof(long_text)}, NOW), DW_UNAUTHENTICATED);
    long_text[sizeof(long_text) - 88] = '.';
    assert_int_equal(verify(keys, (dw_text){long_text, sizeof(long_text) - 1}, NOW), DW_UNAUTHENTICATED);
    dw__token_keys_free(keys);
}

static void refuses_a_bad_configuration(void **state)
{
    (void)state;
    static char long_text[257];
    memset(long_text, 'x', sizeof(long_text));
    const struct token_config bad[] = {
        {.audience = DW_TEXT("a")},
        {.issuer = DW_TEXT("i")},
        {.issuer = DW_TEXT("i\""), .audience = DW_TEXT("a")},
        {.issuer = DW_TEXT("i"), .audience = DW_TEXT("a\\")},
        {.issuer = DW_TEXT("i i"), .audience = DW_TEXT("a")},
        {.issuer = DW_TEXT("i"), .audience = DW_TEXT("\xc3\xa4")},
        {.issuer = {long_text, 257}, .audience = DW_TEXT("a")},
        {.issuer = DW_TEXT("i"), .audience = DW_TEXT("a"), .client_id = DW_TEXT("\n")},
        {.issuer = DW_TEXT("i"), .audience = DW_TEXT("a"), .lifetime_s = -1},
        {.issuer = DW_TEXT("i"), .audience = DW_TEXT("a"), .lifetime_s = 86401},
    };
    struct keyring *ring = ring_of(NEW);
    struct token_keys *keys;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(dw__token_keys_new(&keys, ring, &bad[i]), DW_INVALID);
        assert_null(keys);
    }
    dw__keyring_free(ring);
    /* Everything as long as it may be. */
    keys = keys_of(NEW, &(struct token_config){{long_text, 256}, {long_text, 256}, {long_text, 256}, 86400});
    dw_text token;
    assert_int_equal(
        dw__token_issue(keys, (dw_text){long_text, 64}, INT64_C(1) << 36, INT64_C(1) << 36, &arena, &token),
        DW_OK);
    assert_int_equal(verify(keys, token, INT64_C(1) << 36), DW_OK);
    assert_int_equal(dw__token_issue(keys, (dw_text){long_text, 65}, NOW, NOW, &arena, &token), DW_INVALID);
    assert_int_equal(dw__token_issue(keys, (dw_text){NULL, 0}, NOW, NOW, &arena, &token), DW_INVALID);
    assert_int_equal(dw__token_issue(keys, DW_TEXT("a\"b"), NOW, NOW, &arena, &token), DW_INVALID);
    assert_int_equal(dw__token_issue(keys, DW_TEXT("a"), NOW, NOW + 1, &arena, &token), DW_INVALID);
    assert_int_equal(dw__token_issue(keys, DW_TEXT("a"), -1, -1, &arena, &token), DW_INVALID);
    assert_null(token.p);
    struct arena none;
    dw__arena_init(&none, NULL, 1);
    assert_int_equal(dw__token_issue(keys, DW_TEXT("a"), NOW, NOW, &none, &token), DW_UNAVAILABLE);
    dw__arena_release(&none);
    dw__token_keys_free(keys);
}

/* What we issue is a JWS as anyone reads it. */
static void is_a_jws_by_our_own_rules(void **state)
{
    (void)state;
    struct token_keys *keys = keys_of(NEW, &config);
    struct sign_key *signer = signer_of(NEW);
    uint8_t public_key[32];
    char x[43], jwk[200];
    struct jwk_set set;
    struct jws jws;
    dw__sign_key_public(signer, public_key);
    dw__base64url_encode(public_key, 32, x);
    const dw_text token = issue(keys);
    char kid[23] = "";
    memcpy(kid, header_of(token) + 22, 22);
    snprintf(jwk, sizeof(jwk),
             "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"EdDSA\",\"kid\":\"%s\",\"x\":\"%.43s\"}", kid,
             x);
    assert_int_equal(dw__jwk_set_parse((dw_text){jwk, strlen(jwk)}, &arena, &set), DW_OK);
    assert_int_equal(dw__jws_parse(token, &arena, &jws), DW_OK);
    assert_int_equal(dw__jws_verify(&set, &jws), DW_OK);
    assert_int_equal(jws.typ.n, 6);
    assert_memory_equal(jws.typ.p, "at+jwt", 6);
    dw__jwk_set_release(&set);
    dw__sign_key_free(signer);
    dw__token_keys_free(keys);
}

static void ends_with_its_sign_in(void **state)
{
    (void)state;
    struct token_keys *keys = keys_of(NEW, &config);
    struct token_sign_in in = {.sub = DW_TEXT(SUB),
                               .sid = DW_TEXT("AAAAAAAAAAAAAAAAAAAAAA"),
                               .auth_time = NOW - 9,
                               .until = NOW + 60};
    struct token_claims c;
    dw_text token;
    int64_t exp;
    assert_int_equal(dw__token_issue_in(keys, &in, NOW, &arena, &token, &exp), DW_OK);
    assert_int_equal(exp, NOW + 60);
    assert_int_equal(dw__token_verify(keys, token, NOW + 59, &arena, &c), DW_OK);
    assert_int_equal(c.sid.n, 22);
    assert_memory_equal(c.sid.p, in.sid.p, 22);
    assert_int_equal(dw__token_verify(keys, token, NOW + 60, &arena, &c), DW_UNAUTHENTICATED);
    in.until = NOW + 6000;
    assert_int_equal(dw__token_issue_in(keys, &in, NOW, &arena, &token, &exp), DW_OK);
    assert_int_equal(exp, NOW + DW__TOKEN_LIFETIME_S);
    in.until = NOW;
    assert_int_equal(dw__token_issue_in(keys, &in, NOW, &arena, &token, &exp), DW_INVALID);
    assert_int_equal(exp, 0);
    in.until = 0;
    in.sid = DW_TEXT("AAAAAAAAAAAAAAAAAAAAAAA");
    assert_int_equal(dw__token_issue_in(keys, &in, NOW, &arena, &token, &exp), DW_INVALID);
    in.sid = DW_TEXT("a\"b");
    assert_int_equal(dw__token_issue_in(keys, &in, NOW, &arena, &token, &exp), DW_INVALID);
    dw__token_keys_free(keys);
}

static void issues_for_a_context(void **state)
{
    (void)state;
    struct services services = {0};
    struct clock clock = {0};
    dw_ctx ctx;
    dw_text token;
    int64_t expires_in;
    dw__clock_set(&clock, NOW * 1000 + 999);
    dw__ctx_init(&ctx, &arena, &services, &clock);
    assert_int_equal(dw_token_issue(&ctx, DW_TEXT(SUB), &token, &expires_in), DW_UNAVAILABLE);
    services.tokens = keys_of(NEW, &config);
    assert_int_equal(dw_token_issue(&ctx, DW_TEXT(SUB), &token, &expires_in), DW_OK);
    assert_int_equal(expires_in, DW__TOKEN_LIFETIME_S);
    assert_int_equal(verify(services.tokens, token, NOW + 599), DW_OK);
    assert_int_equal(verify(services.tokens, token, NOW + 600), DW_UNAUTHENTICATED);
    assert_int_equal(dw_token_issue(&ctx, DW_TEXT(""), &token, &expires_in), DW_INVALID);
    assert_int_equal(expires_in, 0);
    dw__token_keys_free(services.tokens);
    dw__ctx_end(&ctx);
}

/* With HS256 everything is as with EdDSA, but for the algorithm; neither takes the other's tokens. */
static void shared_keys(void **state)
{
    (void)state;
    struct token_config shared = config;
    shared.alg = TOKEN_HS256;
    struct token_keys *ours = keys_of(NEW, &shared), *others = keys_of(OLD, &shared);
    struct token_keys *both = keys_of(OLD "," NEW, &shared), *eddsa = keys_of(NEW, &config);
    const dw_text token = issue(ours);
    assert_non_null(strstr(header_of(token), "{\"alg\":\"HS256\",\"kid\":\""));
    assert_int_equal(verify(ours, token, NOW), DW_OK);
    assert_int_equal(verify(both, token, NOW), DW_OK);
    assert_int_equal(verify(others, token, NOW), DW_UNAUTHENTICATED);
    assert_int_equal(verify(eddsa, token, NOW), DW_UNAUTHENTICATED);
    assert_int_equal(verify(ours, issue(eddsa), NOW), DW_UNAUTHENTICATED);
    assert_int_equal(verify(ours, token, NOW + 600), DW_UNAUTHENTICATED);
    for (size_t i = 0; i < token.n; i++) {
        char *changed = dw__arena_bytes(&arena, token.n);
        assert_non_null(changed);
        memcpy(changed, token.p, token.n);
        changed[i] ^= 1;
        assert_int_equal(verify(ours, (dw_text){changed, token.n}, NOW), DW_UNAUTHENTICATED);
        assert_int_equal(verify(ours, (dw_text){token.p, i}, NOW), DW_UNAUTHENTICATED);
    }
    dw__token_keys_free(ours);
    dw__token_keys_free(others);
    dw__token_keys_free(both);
    dw__token_keys_free(eddsa);
}

/* The header says HS256 and what signed it is the public key, or anything else that is known: the old confusion. */
static void no_public_key_is_a_shared_one(void **state)
{
    (void)state;
    struct token_config shared = config;
    shared.alg = TOKEN_HS256;
    struct token_keys *ours = keys_of(NEW, &shared);
    struct sign_key *sign = signer_of(NEW);
    const dw_text token = issue(ours);
    const dw_text header = {token.p, (size_t)((const char *)memchr(token.p, '.', token.n) - token.p)};
    uint8_t public_key[DW__ED25519_PUBLIC], tag[DW__HMAC_MAX];
    struct hmac_key *key;
    dw__sign_key_public(sign, public_key);
    const dw_bytes known[] = {{public_key, sizeof(public_key)}, {(const uint8_t *)header.p, header.n}};
    for (size_t i = 0; i < 2; i++) {
        char *p = dw__arena_bytes(&arena, token.n);
        const size_t message_n = token.n - DW__BASE64URL_SIZE(32) - 1;
        assert_non_null(p);
        memcpy(p, token.p, token.n);
        assert_int_equal(dw__hmac_key_new(&key, HMAC_SHA256, known[i]), DW_OK);
        assert_int_equal(dw__hmac(key, (dw_bytes){(const uint8_t *)p, message_n}, tag), DW_OK);
        (void)dw__base64url_encode(tag, 32, p + message_n + 1);
        assert_int_equal(verify(ours, (dw_text){p, token.n}, NOW), DW_UNAUTHENTICATED);
        dw__hmac_key_free(key);
    }
    dw__sign_key_free(sign);
    dw__token_keys_free(ours);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(says_what_it_should),
        T(lives_exactly_as_long),
        T(rotates),
        T(is_for_one_issuer_and_audience),
        T(refuses_every_change),
        T(judges_claims_under_a_good_signature),
        T(takes_8192_bytes_and_no_more),
        T(takes_its_own_header_only),
        T(shared_keys),
        T(no_public_key_is_a_shared_one),
        T(survives_any_bytes),
        T(refuses_a_bad_configuration),
        T(is_a_jws_by_our_own_rules),
        T(ends_with_its_sign_in),
        T(issues_for_a_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
