/* test_token_cache.c -- a token is verified once, and never believed beyond its time or for another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/token_cache.h"
#include "base/text.h"
#include "codec/base64.h"
#include "crypto/hmac.h"

#define NOW INT64_C(1700000000)
#define ROOT "fbf6fea192670707d42af1d0d4c370615c36b6e4fd0f2da01ac92abb5133f08e"

static struct arena arena;
static struct token_keys *keys;
static struct token_cache *cache;

static int set_up(void **state)
{
    static const struct token_config config = {.issuer = DW_TEXT_INIT("https://app.test"),
                                               .audience = DW_TEXT_INIT("api.test")};
    struct keyring *ring;
    char why[256];

    (void)state;
    dw__arena_init(&arena, NULL, 64 << 20);
    if (dw__keyring_parse(&ring, (dw_secret){ROOT, strlen(ROOT)}, "KEYS", "make", why, sizeof why) != DW_OK ||
        dw__token_keys_new(&keys, ring, &config) != DW_OK || dw__token_cache_new(&cache) != DW_OK)
        return -1;
    dw__keyring_free(ring);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dw__token_cache_free(cache);
    dw__token_keys_free(keys);
    dw__arena_release(&arena);
    return 0;
}

static dw_text issue(const char *sub, int64_t now)
{
    dw_text token;

    assert_int_equal(dw__token_issue(keys, dw__text_of(sub), now, now - 5, &arena, &token), DW_OK);
    return token;
}

static dw_err verify(dw_text token, int64_t now, struct token_claims *claims)
{
    return dw__token_cache_verify(cache, keys, token, now, NULL, &arena, claims);
}

/* One address pays for what does not verify, and for nothing else. */
static void who_sends_bad_tokens_pays(void **state)
{
    char bad[2048];
    dw_text token = issue("alice", NOW), other = issue("bob", NOW), late = issue("carol", NOW - 86400);
    struct verify_payer payer = {NULL, DW_TEXT("192.0.2.1"), 1};
    struct token_claims claims;

    (void)state;
    assert_int_equal(dw__verify_budget_new(&payer.budget, 3), DW_OK);
    memcpy(bad, other.p, other.n);
    bad[other.n - 2] ^= 1;
    assert_int_equal(dw__token_cache_verify(cache, keys, token, NOW, &payer, &arena, &claims), DW_OK);
    assert_int_equal(
        dw__token_cache_verify(cache, keys, (dw_text){bad, other.n}, NOW, &payer, &arena, &claims),
        DW_UNAUTHENTICATED);
    assert_int_equal(
        dw__token_cache_verify(NULL, keys, (dw_text){bad, other.n}, NOW, &payer, &arena, &claims),
        DW_UNAUTHENTICATED);
    assert_int_equal(dw__token_cache_verify(cache, keys, late, NOW, &payer, &arena, &claims),
                     DW_UNAUTHENTICATED);
    assert_int_equal(dw__token_cache_verify(cache, keys, other, NOW, &payer, &arena, &claims), DW_TOO_MANY);
    assert_int_equal(dw__token_cache_verify(cache, keys, token, NOW, &payer, &arena, &claims),
                     DW_OK); /* known */
    payer.address = DW_TEXT("192.0.2.2");
    assert_int_equal(dw__token_cache_verify(cache, keys, other, NOW, &payer, &arena, &claims), DW_OK);
    dw__verify_budget_free(payer.budget);
}

static void verifies_once(void **state)
{
    dw_text token = issue("alice", NOW);
    struct token_claims first, second;

    (void)state;
    assert_int_equal(verify(token, NOW, &first), DW_OK);
    assert_int_equal(verify(token, NOW + 1, &second), DW_OK);
    assert_true(dw__text_is(second.sub, "alice"));
    assert_int_equal(second.exp, first.exp);
    assert_int_equal(second.auth_time, NOW - 5);
    assert_int_equal(dw__token_cache_counts(cache).found, 1);
    assert_int_equal(dw__token_cache_counts(cache).verified, 1);
}

static void knows_the_sign_in_again(void **state)
{
    const struct token_sign_in in = {
        .sub = DW_TEXT("alice"), .sid = DW_TEXT("a-sign-in-of-22-bytes!"), .auth_time = NOW};
    struct token_claims first, second;
    dw_text token;
    int64_t exp;

    (void)state;
    assert_int_equal(dw__token_issue_in(keys, &in, NOW, &arena, &token, &exp), DW_OK);
    assert_int_equal(verify(token, NOW, &first), DW_OK);
    assert_int_equal(verify(token, NOW, &second), DW_OK);
    assert_int_equal(dw__token_cache_counts(cache).found, 1);
    assert_true(dw__text_eq(first.sid, in.sid) && dw__text_eq(second.sid, in.sid));
    token = issue("alice", NOW);
    assert_int_equal(verify(token, NOW, &first), DW_OK);
    assert_int_equal(verify(token, NOW, &second), DW_OK);
    assert_int_equal(second.sid.n, 0);
}

static void ends_with_the_token(void **state)
{
    dw_text token = issue("alice", NOW);
    struct token_claims claims;
    int64_t exp;

    (void)state;
    assert_int_equal(verify(token, NOW, &claims), DW_OK);
    exp = claims.exp;
    assert_int_equal(verify(token, exp - 1, &claims), DW_OK);
    assert_int_equal(verify(token, exp, &claims), DW_UNAUTHENTICATED);
    assert_int_equal(verify(token, exp + 1000, &claims), DW_UNAUTHENTICATED);
    assert_int_equal(dw__token_cache_counts(cache).found, 1);
}

/* ---- of other issuers ---- */

#define PARTNER_KEY "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s" /* 32 bytes of 'k' */
DW_ISSUER(partner, "https://partner.test", "api.test", "at+jwt", "PARTNER_KEYS");

static struct issuers *make_issuers(void)
{
    static const char setting[][128] = {"PARTNER_KEYS"};
    static const dw_text sets[] = {DW_TEXT_INIT(
        "{\"keys\":[{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"p\",\"k\":\"" PARTNER_KEY "\"}]}")};
    const dw_issuer *const declared[] = {&partner, NULL};
    struct issuers *issuers;
    struct buf why;

    dw__buf_init(&why, &arena, 1024);
    assert_int_equal(dw__issuers_new(&issuers, declared, sets, setting, &why), DW_OK);
    return issuers;
}

/* A token of the partner's for alice that is good for a minute. */
static dw_text partner_token(void)
{
    static const char header[] = "{\"alg\":\"HS256\",\"kid\":\"p\",\"typ\":\"at+jwt\"}";
    dw_text claims = dw__arena_format(
        &arena,
        "{\"iss\":\"https://partner.test\",\"aud\":\"api.test\",\"sub\":\"alice\",\"iat\":%lld,\"exp\":%lld}",
        (long long)NOW, (long long)NOW + 60);
    char *p = dw__arena_bytes(&arena, 2048);
    uint8_t key[32], tag[DW__HMAC_MAX];
    struct hmac_key *hmac;
    size_t n;

    memset(key, 'k', sizeof key);
    n = dw__base64url_encode(header, sizeof header - 1, p);
    p[n++] = '.';
    n += dw__base64url_encode(claims.p, claims.n, p + n);
    assert_int_equal(dw__hmac_key_new(&hmac, HMAC_SHA256, (dw_bytes){key, sizeof key}), DW_OK);
    assert_int_equal(dw__hmac(hmac, (dw_bytes){(const uint8_t *)p, n}, tag), DW_OK);
    dw__hmac_key_free(hmac);
    p[n++] = '.';
    return (dw_text){p, n + dw__base64url_encode(tag, 32, p + n)};
}

static void those_of_others_too(void **state)
{
    struct issuers *issuers = make_issuers();
    dw_text token = partner_token();
    char *bad = dw__arena_bytes(&arena, token.n);
    struct token_claims claims;
    const dw_issuer *by;

    (void)state;
    for (int64_t now = NOW; now < NOW + 70; now += 20) {
        const dw_err want = now < NOW + 60 ? DW_OK : DW_UNAUTHENTICATED;

        assert_int_equal(
            dw__token_cache_verify_foreign(cache, issuers, token, now, NULL, &arena, &claims, &by), want);
        assert_ptr_equal(by, want == DW_OK ? &partner : NULL);
        if (want == DW_OK)
            assert_true(dw__text_is(claims.sub, "alice"));
    }
    assert_int_equal(dw__token_cache_counts(cache).found, 2);
    memcpy(bad, token.p, token.n);
    bad[token.n - 2] ^= 1;
    for (int i = 0; i < 2; i++)
        assert_int_equal(dw__token_cache_verify_foreign(cache, issuers, (dw_text){bad, token.n}, NOW, NULL,
                                                        &arena, &claims, &by),
                         DW_UNAUTHENTICATED);
    assert_int_equal(dw__token_cache_counts(cache).found, 2);
    dw__issuers_free(issuers);
}

/* What one of them has remembered is nothing to the other. */
static void ours_and_theirs_are_apart(void **state)
{
    struct issuers *issuers = make_issuers();
    dw_text theirs = partner_token(), ours = issue("alice", NOW);
    struct token_claims claims;
    const dw_issuer *by;

    (void)state;
    assert_int_equal(dw__token_cache_verify_foreign(cache, issuers, theirs, NOW, NULL, &arena, &claims, &by),
                     DW_OK);
    assert_int_equal(verify(ours, NOW, &claims), DW_OK);
    assert_int_equal(verify(theirs, NOW, &claims), DW_UNAUTHENTICATED);
    assert_int_equal(dw__token_cache_verify_foreign(cache, issuers, ours, NOW, NULL, &arena, &claims, &by),
                     DW_UNAUTHENTICATED);
    assert_null(by);
    assert_int_equal(dw__token_cache_counts(cache).found, 0);
    dw__issuers_free(issuers);
}

/* One bit anywhere makes another token. */
static void believes_no_other(void **state)
{
    dw_text token = issue("alice", NOW);
    struct token_claims claims;
    char other[1024];

    (void)state;
    assert_int_equal(verify(token, NOW, &claims), DW_OK);
    for (size_t i = 0; i < token.n; i++) {
        memcpy(other, token.p, token.n);
        other[i] ^= 1;
        assert_int_equal(verify((dw_text){other, token.n}, NOW, &claims), DW_UNAUTHENTICATED);
    }
    assert_int_equal(verify((dw_text){token.p, token.n - 1}, NOW, &claims), DW_UNAUTHENTICATED);
    assert_int_equal(dw__token_cache_counts(cache).found, 0);
}

static void keeps_no_bad_token(void **state)
{
    static const dw_text bad = DW_TEXT_INIT("a.b.c");
    struct token_claims claims;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(verify(bad, NOW, &claims), DW_UNAUTHENTICATED);
    assert_int_equal(dw__token_cache_counts(cache).verified, 3);
}

/* More tokens than there is room for: each answer is still its own. */
static void survives_being_full(void **state)
{
    struct token_claims claims;
    char sub[16];

    (void)state;
    for (int i = 0; i < 6000; i++) {
        (void)snprintf(sub, sizeof sub, "user%d", i);
        assert_int_equal(verify(issue(sub, NOW + i % 7), NOW + 7, &claims), DW_OK);
        assert_true(dw__text_eq(claims.sub, dw__text_of(sub)));
    }
}

/* What was taken stays when its entry goes to another. */
static void claims_live_with_the_request(void **state)
{
    dw_text token = issue("alice", NOW);
    struct token_claims claims;

    (void)state;
    assert_int_equal(verify(token, NOW, &claims), DW_OK);
    assert_int_equal(verify(token, NOW, &claims), DW_OK);
    dw__token_cache_free(cache);
    assert_int_equal(dw__token_cache_new(&cache), DW_OK);
    assert_true(dw__text_is(claims.sub, "alice"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_sends_bad_tokens_pays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(verifies_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(knows_the_sign_in_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ends_with_the_token, set_up, tear_down),
        cmocka_unit_test_setup_teardown(those_of_others_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ours_and_theirs_are_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(believes_no_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_no_bad_token, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_being_full, set_up, tear_down),
        cmocka_unit_test_setup_teardown(claims_live_with_the_request, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("auth/token_cache", tests, NULL, NULL);
}
