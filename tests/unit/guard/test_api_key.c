/* Who comes by a key: where it may stand, whose it is, what it is for; and what other guards leave alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "guard/api_key.h"
#include <dw/dw.h>
#include <dw/test.h>

enum { role_keeper };
enum { scope_read, scope_write };
static const char *const roles[] = {"keeper", NULL};
static const char *const scopes[] = {"read", "write", NULL};

DW_API_KEYS(keys);
DW_SCHEMA(person, (dw_text, uid), (int64_t, gone));
DW_QUERY(person_of, dw_principal_key, dw_principal_row,
         "SELECT id, uid, uid AS name, roles FROM people WHERE uid = :uid AND gone = 0");
DW_QUERY(person_set, person, dw_nothing, "UPDATE people SET gone = :gone WHERE uid = :uid");

DW_SCHEMA(who_out, (dw_text, name), (bool, scoped), (int64_t, scopes), (bool, reads), (bool, writes), (int64_t, by),
          (int64_t, auth_time));
static dw_err who(dw_req *req, const dw_nothing *in, who_out *out)
{
    const dw_principal *p = dw_req_principal(req);
    dw_ctx *ctx = dw_req_ctx(req);

    (void)in;
    *out = (who_out){.name = p->name,
                     .scoped = p->scoped,
                     .scopes = (int64_t)p->scopes,
                     .reads = dw_ctx_has_scope(ctx, scope_read),
                     .writes = dw_ctx_has_scope(ctx, scope_write),
                     .by = p->by,
                     .auth_time = p->auth_time};
    return DW_OK;
}
DW_HANDLER(who, dw_nothing, who_out);
/* Makes a key by the one that it came with, which may have ended meanwhile. */
DW_SCHEMA(again_in, (bool, revoke), (bool, leave));
DW_SCHEMA(again_out, (bool, made), (int64_t, err));
static dw_err again(dw_req *req, const again_in *in, again_out *out)
{
    const dw_api_key_order order = {.name = DW_TEXT("another")};
    const dw_still still = dw_caller_still(req);
    const person leaves = {.uid = dw_req_principal(req)->uid, .gone = 1};
    dw_ctx *ctx = dw_req_ctx(req);
    dw_api_key_list list;
    dw_api_key row;
    dw_text key;
    dw_err err = DW_OK;

    if (in->revoke)
        err = dw_api_keys_end_all(ctx, leaves.uid);
    if (err == DW_OK && in->leave)
        err = DW_EXEC(ctx, person_set, &leaves, NULL);
    if (err != DW_OK)
        return err;
    *out = (again_out){0};
    out->err = dw_api_key_add_if(ctx, leaves.uid, &order, &still, &key, &row);
    err = dw_api_key_all(ctx, leaves.uid, &list);
    for (size_t i = 0; err == DW_OK && i < list.n; i++)
        out->made = out->made || dw_text_eq(list.v[i].name, order.name);
    return err;
}
DW_HANDLER(again, again_in, again_out);
static dw_err nothing(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)req, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER(nothing, dw_nothing, dw_nothing);

static const dw_route routes[] = {
    DW_GET("/key", who, DW_ANY_USER, .by = DW_API_KEY),
    DW_GET("/either", who, DW_ANY_USER, .by = DW_API_KEY | DW_BEARER, .scopes = DW_SCOPES(read)),
    DW_GET("/both", who, DW_ANY_USER, .by = DW_API_KEY, .scopes = DW_SCOPES(read, write)),
    DW_GET("/keeper", who, DW_ROLES(keeper), .by = DW_API_KEY),
    DW_GET("/kept", nothing, DW_ANY_USER, .by = DW_API_KEY, .cacheable = "max-age=60",
           .cacheable_why = "for the test"),
    DW_GET("/token", who, DW_ANY_USER),
    DW_POST("/again", again, DW_ANY_USER, .by = DW_API_KEY, .csrf_exempt = "for the test"),
    DW_GET("/public", nothing, DW_PUBLIC("for the test"), .by = DW_API_KEY),
};
static const dw_blueprint blueprint = DW_BLUEPRINT("", routes);
static const char sql[] =
    "CREATE TABLE people (id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, roles INTEGER NOT NULL, gone "
    "INTEGER NOT NULL) STRICT;"
    "INSERT INTO people VALUES (1, 'ann', 0, 0), (2, 'ben', 1, 0);"
    "CREATE TABLE dw_api_keys (id TEXT NOT NULL PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL,"
    " digest TEXT NOT NULL, scopes INTEGER NOT NULL, made_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,"
    " used_at INTEGER NOT NULL) STRICT;";
static const dw_migration migrations[] = {{1, "keys", sql, sizeof sql - 1, NULL, 0}, {0}};
static const dw_app app = {
    .name = "trial",
    .roles = roles,
    .scopes = scopes,
    .migrations = migrations,
    .principal = &person_of,
    .api_keys = &keys,
    .blueprints = (const dw_blueprint *const[]){&blueprint, NULL},
};

static int begin(void **state)
{
    *state = dw_test_new(&app);
    return 0;
}

static int end(void **state)
{
    dw_test_free(*state);
    return 0;
}

static const char *make(dw_test *t, const char *uid, uint64_t set)
{
    const dw_api_key_order order = {.name = DW_TEXT("test"), .scopes = set};
    dw_text key;
    dw_api_key row;

    assert_int_equal(dw_api_key_add(dw_test_ctx(t), (dw_text){uid, strlen(uid)}, &order, &key, &row), DW_OK);
    return dw_test_format(t, "%.*s", DW_FMT(key));
}

static int status(dw_test *t, const char *path, const char *key)
{
    if (key != NULL)
        dw_test_with(t, "X-API-Key", key);
    return DW_TEST_GET(t, path)->status;
}

static void its_owner_is_the_caller(void **state)
{
    dw_test *t = *state;
    const char *key = make(t, "ann", 1);
    who_out out;

    for (int again = 0; again < 2; again++) {
        assert_int_equal(status(t, "/key", key), 200);
        DW_TEST_REPLY(t, who_out, &out);
        assert_true(dw_text_is(out.name, "ann"));
        assert_true(out.scoped && out.scopes == 1 && out.by == DW_API_KEY && out.auth_time == 0);
        assert_true(out.reads && !out.writes);
    }
    dw_test_with(t, "Authorization", dw_test_format(t, "apikey  %s ", key));
    DW_TEST_GET(t, "/key");
    DW_TEST_STATUS(t, 200);
    DW_TEST_GET(t, "/key");
    DW_TEST_STATUS(t, 401);
}

static void a_challenge_says_what_is_asked_for(void **state)
{
    dw_test *t = *state;
    const dw_test_reply *reply = DW_TEST_GET(t, "/key");

    DW_TEST_THAT(t, dw_text_is(dw_test_header(reply, "www-authenticate"), "ApiKey realm=\"trial\""));
    DW_TEST_THAT(t, dw_text_is(dw_test_header(reply, "cache-control"), "no-store"));
    reply = DW_TEST_GET(t, "/token");
    DW_TEST_THAT(t, dw_text_is(dw_test_header(reply, "www-authenticate"), "Bearer realm=\"trial\""));
    reply = DW_TEST_GET(t, "/either");
    DW_TEST_THAT(t, dw_text_is(dw_test_header(reply, "www-authenticate"), "Bearer realm=\"trial\"") ||
                        dw_text_is(dw_test_header(reply, "www-authenticate"), "ApiKey realm=\"trial\""));
}

static void what_depends_on_it_is_private(void **state)
{
    dw_test *t = *state;

    dw_test_with(t, "X-API-Key", make(t, "ann", 1));
    DW_TEST_THAT(t,
                 dw_text_is(dw_test_header(DW_TEST_GET(t, "/kept"), "cache-control"), "private, no-store"));
}

static void a_key_can_do_no_more_than_its_scopes(void **state)
{
    dw_test *t = *state;
    const char *none = make(t, "ann", 0), *read = make(t, "ann", 1), *both = make(t, "ann", 3);

    assert_int_equal(status(t, "/either", none), 403);
    assert_int_equal(status(t, "/either", read), 200);
    assert_int_equal(status(t, "/both", read), 403);
    assert_int_equal(status(t, "/both", make(t, "ann", 2)), 403);
    assert_int_equal(status(t, "/both", both), 200);
    assert_int_equal(status(t, "/key", none), 200);
}

static void nor_than_its_owner(void **state)
{
    dw_test *t = *state;
    person gone = {.uid = DW_TEXT("ben"), .gone = 1};
    const char *key = make(t, "ben", 3);

    assert_int_equal(status(t, "/keeper", make(t, "ann", 3)), 403);
    assert_int_equal(status(t, "/keeper", key), 200);
    assert_int_equal(DW_EXEC(dw_test_ctx(t), person_set, &gone, NULL), DW_OK);
    assert_int_equal(status(t, "/keeper", key), 401);
    gone.gone = 0;
    assert_int_equal(DW_EXEC(dw_test_ctx(t), person_set, &gone, NULL), DW_OK);
    assert_int_equal(status(t, "/keeper", key), 200);
}

static void a_token_without_scopes_is_not_limited(void **state)
{
    dw_test *t = *state;
    who_out out;

    dw_test_as(t, "ann");
    DW_TEST_GET(t, "/either");
    DW_TEST_REPLY(t, who_out, &out);
    assert_true(!out.scoped && out.reads && out.writes && out.by == DW_BEARER);
}

static void two_of_one_account_both_limit(void **state)
{
    dw_test *t = *state;
    const char *read = make(t, "ann", 1), *write = make(t, "ann", 2), *other = make(t, "ben", 3);
    who_out out;

    dw_test_as(t, "ann");
    assert_int_equal(status(t, "/either", read), 200);
    DW_TEST_REPLY(t, who_out, &out);
    assert_true(out.scoped && out.scopes == 1 && out.by == (DW_BEARER | DW_API_KEY));
    assert_int_equal(status(t, "/either", write), 403);
    assert_int_equal(status(t, "/either", other), 400);
}

static void two_keys_are_too_many(void **state)
{
    dw_test *t = *state;
    const char *key = make(t, "ann", 3);

    dw_test_with(t, "Authorization", dw_test_format(t, "ApiKey %s", key));
    assert_int_equal(status(t, "/key", key), 400);
    dw_test_with(t, "X-API-Key", key);
    assert_int_equal(status(t, "/key", key), 400);
}

static void one_in_the_query_is_refused(void **state)
{
    dw_test *t = *state;
    const char *key = make(t, "ann", 3);

    assert_int_equal(status(t, dw_test_format(t, "/key?anything=%s", key), NULL), 400);
    assert_int_equal(status(t, dw_test_format(t, "/key?%s", key), key), 400);
    assert_int_equal(status(t, "/key?Api_Key=x", NULL), 400);
    assert_int_equal(status(t, "/either?a=b&x-api-key", NULL), 400);
    assert_int_equal(dw_test_logged(t, "key.in_query"), 4);
    assert_null(memmem(dw_test_log(t).p, dw_test_log(t).n, key + 18, strlen(key) - 18));
    assert_non_null(memmem(dw_test_log(t).p, dw_test_log(t).n, key + 6, 11));
}

static void what_is_none_is_401(void **state)
{
    dw_test *t = *state;
    const char *key = make(t, "ann", 3);

    assert_int_equal(status(t, "/key", ""), 401);
    assert_int_equal(status(t, "/key", "x"), 401);
    assert_int_equal(status(t, "/key", dw_test_format(t, "%s0", key)), 401);
    assert_int_equal(status(t, "/key", dw_test_format(t, "%.*s", (int)strlen(key) - 1, key)), 401);
    dw_test_with(t, "Authorization", "ApiKey");
    DW_TEST_GET(t, "/key");
    DW_TEST_STATUS(t, 401);
    assert_int_equal(dw_test_logged(t, "key.refused"), 5);
    assert_int_equal(status(t, "/key", key), 200);
}

static void where_keys_do_not_count_they_are_not_looked_at(void **state)
{
    dw_test *t = *state;
    const char *key = make(t, "ann", 3);

    assert_int_equal(status(t, "/token", key), 401);
    assert_int_equal(status(t, "/token", "x"), 401);
    assert_int_equal(status(t, "/public", "x"), 204);
    dw_test_with(t, "Authorization", dw_test_format(t, "ApiKey %s", key));
    DW_TEST_GET(t, "/token");
    DW_TEST_STATUS(t, 401);
    dw_test_as(t, "ann");
    assert_int_equal(status(t, "/key", NULL), 401); /* and a token does not count there */
    assert_int_equal(dw_test_logged(t, "key.refused"), 0);
}

/* Between the guard and what the handler does lies time, in which the key, or the account, may have ended. */
static void what_they_came_with_is_asked_again(void **state)
{
    static const struct {
        const char *body;
        bool made;
    } cases[] = {{"{\"revoke\":false,\"leave\":false}", true},
                 {"{\"revoke\":true,\"leave\":false}", false},
                 {"{\"revoke\":false,\"leave\":true}", false}};
    dw_test *t = *state;
    again_out out;

    for (size_t i = 0; i < 3; i++) {
        dw_test_with(t, "X-API-Key", make(t, "ann", 1));
        DW_TEST_POST(t, "/again", cases[i].body);
        DW_TEST_STATUS(t, 201);
        DW_TEST_REPLY(t, again_out, &out);
        assert_int_equal(out.err, cases[i].made ? DW_OK : DW_UNAUTHENTICATED);
        if (!cases[i].made)
            assert_false(out.made && i == 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(its_owner_is_the_caller, begin, end),
        cmocka_unit_test_setup_teardown(a_challenge_says_what_is_asked_for, begin, end),
        cmocka_unit_test_setup_teardown(what_depends_on_it_is_private, begin, end),
        cmocka_unit_test_setup_teardown(a_key_can_do_no_more_than_its_scopes, begin, end),
        cmocka_unit_test_setup_teardown(nor_than_its_owner, begin, end),
        cmocka_unit_test_setup_teardown(a_token_without_scopes_is_not_limited, begin, end),
        cmocka_unit_test_setup_teardown(two_of_one_account_both_limit, begin, end),
        cmocka_unit_test_setup_teardown(two_keys_are_too_many, begin, end),
        cmocka_unit_test_setup_teardown(one_in_the_query_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(what_is_none_is_401, begin, end),
        cmocka_unit_test_setup_teardown(where_keys_do_not_count_they_are_not_looked_at, begin, end),
        cmocka_unit_test_setup_teardown(what_they_came_with_is_asked_again, begin, end),
    };

    return cmocka_run_group_tests_name("api_key", tests, NULL, NULL);
}
