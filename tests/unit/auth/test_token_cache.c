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
        cmocka_unit_test_setup_teardown(believes_no_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_no_bad_token, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_being_full, set_up, tear_down),
        cmocka_unit_test_setup_teardown(claims_live_with_the_request, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("auth/token_cache", tests, NULL, NULL);
}
