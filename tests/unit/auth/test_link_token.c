/* Tokens for links: new each time, found by their digest, and nothing else is one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/ctx.h"

static struct arena arena;
static struct services services;
static struct clock frozen;
static dw_ctx ctx;

static int set_up(void **state)
{
    (void)state;
    dw__arena_init(&arena, NULL, 1 << 16);
    dw__ctx_init(&ctx, &arena, &services, &frozen);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dw__ctx_end(&ctx);
    dw__arena_release(&arena);
    return 0;
}

static void comes_back(void **state)
{
    (void)state;
    dw_text token, digest, other, other_digest, found;
    assert_int_equal(dw_link_token_new(&ctx, &token, &digest), DW_OK);
    assert_int_equal(dw_link_token_new(&ctx, &other, &other_digest), DW_OK);
    assert_true(token.n == 43 && digest.n == 64 && !dw_text_eq(token, other) &&
                !dw_text_eq(digest, other_digest));
    assert_int_equal(dw_link_token_digest(&ctx, (dw_secret){token.p, token.n}, &found), DW_OK);
    assert_true(dw_text_eq(found, digest));
}

/* SHA-256 of 32 zeros. */
static void is_a_plain_digest(void **state)
{
    (void)state;
    static const char zeros[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    dw_text found;
    assert_int_equal(dw_link_token_digest(&ctx, (dw_secret){zeros, 43}, &found), DW_OK);
    assert_true(dw_text_is(found, "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"));
}

static void refuses_all_else(void **state)
{
    (void)state;
    static const char *const others[] = {"",
                                         "x",
                                         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",
                                         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                                         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+",
                                         "AAAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAA"};
    dw_text found;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_int_equal(dw_link_token_digest(&ctx, (dw_secret){others[i], strlen(others[i])}, &found),
                         DW_NOT_FOUND);
        assert_null(found.p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(is_a_plain_digest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_all_else, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
