/* Keys are made, verified, noted as used and ended, against a database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "auth/api_key.h"
#include <dw/dw.h>
#include <dw/test.h>

DW_API_KEYS(keys);

static dw_err look(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)req, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER(look, dw_nothing, dw_nothing);

static const dw_route routes[] = {DW_GET("/", look, DW_PUBLIC("for the test"))};
static const dw_blueprint blueprint = DW_BLUEPRINT("", routes);
static const char sql[] =
    "CREATE TABLE dw_api_keys (id TEXT NOT NULL PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL,"
    " digest TEXT NOT NULL, scopes INTEGER NOT NULL, made_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,"
    " used_at INTEGER NOT NULL) STRICT";
static const dw_migration migrations[] = {{1, "keys", sql, sizeof sql - 1, NULL, 0}, {0}};
static const dw_app app = {
    .name = "Trial-1",
    .migrations = migrations,
    .api_keys = &keys,
    .blueprints = (const dw_blueprint *const[]){&blueprint, NULL},
};

#define NOW INT64_C(1700000000)

static int begin(void **state)
{
    dw_test *t = dw_test_new(&app);

    dw_test_clock(t, NOW);
    *state = t;
    return 0;
}

static int end(void **state)
{
    dw_test_free(*state);
    return 0;
}

static dw_text make(dw_test *t, int64_t expires_at)
{
    const dw_api_key_order order = {.name = DW_TEXT("nightly"), .scopes = 5, .expires_at = expires_at};
    dw_text key;
    dw_api_key row;

    assert_int_equal(dw_api_key_add(dw_test_ctx(t), DW_TEXT("ann"), &order, &key, &row), DW_OK);
    assert_int_equal(row.made_at, NOW);
    return key;
}

static dw_err verify(dw_test *t, dw_text key, const char **why)
{
    struct api_key found;

    return dw__api_key_verify(dw_test_ctx(t), key, NULL, &found, why);
}

static void what_was_made_verifies(void **state)
{
    dw_test *t = *state;
    dw_text key = make(t, 0), other = make(t, 0);
    struct api_key found;
    const char *why;

    assert_int_equal(key.n, sizeof "trial1_" - 1 + 11 + 1 + 43 + 6);
    assert_memory_equal(key.p, "trial1_", 7);
    assert_memory_not_equal(key.p + 7, other.p + 7, 11);
    for (int again = 0; again < 2; again++) { /* from the table, and from what is remembered of it */
        assert_int_equal(dw__api_key_verify(dw_test_ctx(t), key, NULL, &found, &why), DW_OK);
        assert_true(dw_text_is(found.facts.account, "ann"));
        assert_int_equal(found.facts.scopes, 5);
        assert_memory_equal(found.id.p, key.p + 7, 11);
    }
}

static void another_secret_does_not(void **state)
{
    dw_test *t = *state;
    dw_text key = make(t, 0), other = make(t, 0), mixed;
    const char *why;

    assert_int_equal(verify(t, key, &why), DW_OK);
    for (size_t i = 0; i < key.n; i++) {
        char *altered = (char *)(uintptr_t)dw_format(dw_test_ctx(t), "%.*s", DW_FMT(key)).p;

        altered[i] = altered[i] == 'a' ? 'b' : 'a';
        assert_int_equal(verify(t, (dw_text){altered, key.n}, &why), DW_UNAUTHENTICATED);
        assert_string_equal(why, "it is no key of this application, or has a typing error");
    }
    /* With a checksum that is right: made for the test as the codec makes them, of an id that is there. */
    mixed = dw_format(dw_test_ctx(t), "%.*s%.*s", 18, key.p, DW_FMT(((dw_text){other.p + 18, other.n - 18})));
    assert_int_equal(verify(t, mixed, &why), DW_UNAUTHENTICATED);
}

static void one_whose_digest_differs_is_wrong(void **state)
{
    dw_test *t = *state;
    dw_text key = make(t, 0);
    const char *why;

    assert_int_equal(verify(t, key, &why), DW_OK);
    assert_int_equal(dw_api_key_revoke(dw_test_ctx(t), DW_TEXT("ann"), (dw_text){key.p + 7, 11}), DW_OK);
    const dw_api_key_new row = {.id = {key.p + 7, 11},
                                .account = DW_TEXT("ann"),
                                .name = DW_TEXT("x"),
                                .digest = DW_TEXT("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")};
    assert_int_equal(DW_EXEC(dw_test_ctx(t), keys_add, &row, NULL), DW_OK);
    assert_int_equal(verify(t, key, &why), DW_UNAUTHENTICATED);
    assert_string_equal(why, "the key is wrong");
}

static void an_expired_one_does_not(void **state)
{
    dw_test *t = *state;
    dw_text key = make(t, NOW + 10);
    const char *why;

    dw_test_clock(t, NOW + 9);
    assert_int_equal(verify(t, key, &why), DW_OK);
    dw_test_clock(t, NOW + 10);
    assert_int_equal(verify(t, key, &why), DW_UNAUTHENTICATED);
    assert_string_equal(why, "the key has expired");
}

static void a_revoked_one_does_not(void **state)
{
    dw_test *t = *state;
    dw_ctx *ctx = dw_test_ctx(t);
    dw_text key = make(t, 0), id = {key.p + 7, 11};
    dw_api_key_list all;
    const char *why;

    assert_int_equal(verify(t, key, &why), DW_OK);
    assert_int_equal(dw_api_key_revoke(ctx, DW_TEXT("ben"), id), DW_NOT_FOUND);
    assert_int_equal(dw_api_key_all(ctx, DW_TEXT("ann"), &all), DW_OK);
    assert_int_equal(all.n, 1);
    assert_int_equal(dw_api_key_revoke(ctx, DW_TEXT("ann"), id), DW_OK);
    assert_int_equal(verify(t, key, &why), DW_UNAUTHENTICATED);
    assert_string_equal(why, "there is no such key");
    assert_int_equal(dw_api_key_revoke(ctx, DW_TEXT("ann"), id), DW_NOT_FOUND);
}

static void all_of_an_account_end(void **state)
{
    dw_test *t = *state;
    dw_ctx *ctx = dw_test_ctx(t);
    dw_text one = make(t, 0), two = make(t, 0);
    dw_api_key_list all;
    const char *why;

    assert_int_equal(dw_api_keys_end_all(ctx, DW_TEXT("ben")), DW_OK);
    assert_int_equal(verify(t, one, &why), DW_OK);
    assert_int_equal(dw_api_keys_end_all(ctx, DW_TEXT("ann")), DW_OK);
    assert_int_equal(verify(t, one, &why), DW_UNAUTHENTICATED);
    assert_int_equal(verify(t, two, &why), DW_UNAUTHENTICATED);
    assert_int_equal(dw_api_key_all(ctx, DW_TEXT("ann"), &all), DW_OK);
    assert_int_equal(all.n, 0);
}

static int64_t used_at(dw_test *t)
{
    dw_api_key_list all;

    assert_int_equal(dw_api_key_all(dw_test_ctx(t), DW_TEXT("ann"), &all), DW_OK);
    assert_int_equal(all.n, 1);
    return all.v[0].used_at;
}

static void use(dw_test *t, dw_text key)
{
    struct api_key found;
    struct arena arena;
    dw_ctx ctx;
    const char *why;

    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__ctx_init(&ctx, &arena, dw_test_ctx(t)->services, dw_test_ctx(t)->clock);
    ctx.read_only = true; /* as in a GET */
    assert_int_equal(dw__api_key_verify(&ctx, key, NULL, &found, &why), DW_OK);
    dw__api_key_note_use(&ctx, &found);
    dw__ctx_end(&ctx);
    assert_true(ctx.read_only);
    dw__arena_release(&arena);
}

static void its_use_is_noted_once_a_minute(void **state)
{
    dw_test *t = *state;
    dw_text key = make(t, 0);

    assert_int_equal(used_at(t), 0);
    use(t, key);
    assert_int_equal(used_at(t), NOW);
    dw_test_clock(t, NOW + 59);
    use(t, key);
    assert_int_equal(used_at(t), NOW);
    dw_test_clock(t, NOW + 60);
    use(t, key);
    assert_int_equal(used_at(t), NOW + 60);
}

static void an_order_that_cannot_be(void **state)
{
    static const dw_api_key_order orders[] = {{.name = {"", 0}},
                                              {.name = DW_TEXT_INIT("a\xff")},
                                              {.name = DW_TEXT_INIT("a"), .expires_at = NOW},
                                              {.name = DW_TEXT_INIT("a"), .expires_at = -1}};
    dw_test *t = *state;
    dw_text key;
    dw_api_key row;

    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        assert_int_equal(dw_api_key_add(dw_test_ctx(t), DW_TEXT("ann"), &orders[i], &key, &row), DW_INVALID);
}

static void nobody_has_more_than_a_hundred(void **state)
{
    const dw_api_key_order order = {.name = DW_TEXT("many"), .scopes = 1};
    dw_test *t = *state;
    dw_text key;
    dw_api_key row;

    for (int i = 0; i < DW_API_KEYS_MAX; i++)
        (void)make(t, 0);
    assert_int_equal(dw_api_key_add(dw_test_ctx(t), DW_TEXT("ann"), &order, &key, &row), DW_CONFLICT);
    assert_int_equal(dw_api_key_add(dw_test_ctx(t), DW_TEXT("ben"), &order, &key, &row), DW_OK);
}

static void who_guesses_pays(void **state)
{
    dw_test *t = *state;
    dw_text key = make(t, 0);
    struct verify_payer payer = {.address = DW_TEXT("192.0.2.1"), .now_ns = 1};
    struct api_key found;
    const char *why;

    assert_int_equal(dw__verify_budget_new(&payer.budget, 2), DW_OK);
    for (int i = 0; i < 9; i++) /* what is good costs nothing */
        assert_int_equal(dw__api_key_verify(dw_test_ctx(t), key, &payer, &found, &why), DW_OK);
    for (int i = 0; i < 2; i++)
        assert_int_equal(dw__api_key_verify(dw_test_ctx(t), DW_TEXT("guess"), &payer, &found, &why),
                         DW_UNAUTHENTICATED);
    assert_int_equal(dw__api_key_verify(dw_test_ctx(t), DW_TEXT("guess"), &payer, &found, &why), DW_TOO_MANY);
    payer.now_ns += UINT64_C(1000000000);
    assert_int_equal(dw__api_key_verify(dw_test_ctx(t), key, &payer, &found, &why), DW_OK);
    dw__verify_budget_free(payer.budget);
}

static dw_err is_no_more(dw_ctx *ctx, const void *of)
{
    (void)ctx, (void)of;
    return DW_NOT_FOUND;
}

static void no_key_is_made_by_what_is_no_more(void **state)
{
    const dw_api_key_order order = {.name = DW_TEXT("nightly")};
    const dw_still still = {is_no_more, NULL};
    dw_api_key_list list;
    dw_api_key row;
    dw_text key;

    assert_int_equal(dw_api_key_add_if(dw_test_ctx(*state), DW_TEXT("ann"), &order, &still, &key, &row),
                     DW_NOT_FOUND);
    assert_int_equal(dw_api_key_all(dw_test_ctx(*state), DW_TEXT("ann"), &list), DW_OK);
    assert_int_equal(list.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_made_verifies, begin, end),
        cmocka_unit_test_setup_teardown(another_secret_does_not, begin, end),
        cmocka_unit_test_setup_teardown(one_whose_digest_differs_is_wrong, begin, end),
        cmocka_unit_test_setup_teardown(an_expired_one_does_not, begin, end),
        cmocka_unit_test_setup_teardown(a_revoked_one_does_not, begin, end),
        cmocka_unit_test_setup_teardown(all_of_an_account_end, begin, end),
        cmocka_unit_test_setup_teardown(its_use_is_noted_once_a_minute, begin, end),
        cmocka_unit_test_setup_teardown(an_order_that_cannot_be, begin, end),
        cmocka_unit_test_setup_teardown(nobody_has_more_than_a_hundred, begin, end),
        cmocka_unit_test_setup_teardown(who_guesses_pays, begin, end),
        cmocka_unit_test_setup_teardown(no_key_is_made_by_what_is_no_more, begin, end),
    };

    return cmocka_run_group_tests_name("api_key", tests, NULL, NULL);
}
