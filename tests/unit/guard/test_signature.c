/* Who signs a webhook comes in, once; and nobody else, whatever they know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "auth/webhook.h"
#include "codec/base64.h"
#include "crypto/hmac.h"
#include <dw/dw.h>
#include <dw/test.h>

#define KEY "0123456789abcdef01234567"
#define SECRET "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
#define NOW INT64_C(1700000000)

DW_SETTINGS(hook_settings, (dw_secret, hook_secrets, .optional = true, .doc = "Secrets of the test."));
DW_WEBHOOKS(webhooks);
static const dw_webhook hook = DW_WEBHOOK("hook", hook_settings, hook_secrets);

DW_SCHEMA(event, (dw_text, type, DW_LEN(1, 20)));
DW_SCHEMA(count_out, (int64_t, n));
DW_QUERY(event_insert, event, dw_nothing, "INSERT INTO events (type) VALUES (:type)");
DW_QUERY(event_count, dw_nothing, count_out, "SELECT count(*) AS n FROM events");

/* Writes, and then may say that it cannot. */
static dw_err take(dw_req *req, const event *in, dw_nothing *out)
{
    dw_err err = DW_EXEC(dw_req_ctx(req), event_insert, in, NULL);

    (void)out;
    if (err == DW_OK && dw_text_is(in->type, "fail"))
        return DW_UNAVAILABLE;
    return err;
}
DW_HANDLER(take, event, dw_nothing);

static const dw_route routes[] = {DW_POST("/hook", take, DW_SIGNED(hook), .status = 202)};
static const dw_blueprint blueprint = DW_BLUEPRINT("", routes);
static const char sql[] = "CREATE TABLE events (type TEXT NOT NULL) STRICT;"
                          "CREATE TABLE dw_webhooks (source TEXT NOT NULL, id TEXT NOT NULL, seen_at INTEGER "
                          "NOT NULL, PRIMARY KEY (source, id)) STRICT;";
static const dw_migration migrations[] = {{1, "hooks", sql, sizeof sql - 1, NULL, 0}, {0}};
static const dw_app app = {
    .name = "trial",
    .migrations = migrations,
    .settings = &hook_settings_table,
    .webhooks = &webhooks,
    .blueprints = (const dw_blueprint *const[]){&blueprint, NULL},
};

static int begin(void **state)
{
    *state = dw_test_new(&app, .settings = (const char *const[]){"HOOK_SECRETS", SECRET, NULL});
    dw_test_clock(*state, NOW);
    return 0;
}

static int end(void **state)
{
    dw_test_free(*state);
    return 0;
}

static const char *sign(dw_test *t, const char *id, int64_t time, const char *body)
{
    const char *text = dw_test_format(t, "%s.%lld.%s", id, (long long)time, body);
    uint8_t tag[DW__HMAC_MAX];
    char url[64];
    struct hmac_key *key;
    size_t n;

    assert_int_equal(dw__hmac_key_new(&key, HMAC_SHA256, (dw_bytes){(const uint8_t *)KEY, sizeof KEY - 1}),
                     DW_OK);
    assert_int_equal(dw__hmac(key, (dw_bytes){(const uint8_t *)text, strlen(text)}, tag), DW_OK);
    dw__hmac_key_free(key);
    n = dw__base64url_encode(tag, 32, url);
    for (size_t i = 0; i < n; i++)
        url[i] = url[i] == '-' ? '+' : url[i] == '_' ? '/' : url[i];
    return dw_test_format(t, "v1,%.*s=", (int)n, url);
}

static int deliver(dw_test *t, const char *id, int64_t time, const char *signature, const char *body)
{
    if (id != NULL)
        dw_test_with(t, "webhook-id", id);
    dw_test_with(t, "webhook-timestamp", dw_test_format(t, "%lld", (long long)time));
    if (signature != NULL)
        dw_test_with(t, "webhook-signature", signature);
    return DW_TEST_POST(t, "/hook", body)->status;
}

static int deliver_good(dw_test *t, const char *id, const char *body)
{
    return deliver(t, id, NOW, sign(t, id, NOW, body), body);
}

static int64_t events(dw_test *t)
{
    const dw_nothing nothing = {0};
    count_out out;

    assert_int_equal(DW_ONE(dw_test_ctx(t), event_count, &nothing, &out), DW_OK);
    return out.n;
}

static void what_is_signed_is_bound_and_done_once(void **state)
{
    dw_test *t = *state;

    assert_int_equal(deliver_good(t, "m1", "{\"type\":\"paid\"}"), 202);
    assert_int_equal(deliver_good(t, "m1", "{\"type\":\"paid\"}"), 200);
    assert_int_equal(deliver_good(t, "m2", "{\"type\":\"paid\"}"), 202);
    assert_int_equal(events(t), 2);
    assert_int_equal(dw_test_logged(t, "webhook.repeated"), 1);
}

static void a_signature_comes_before_the_schema(void **state)
{
    dw_test *t = *state;

    assert_int_equal(deliver(t, "m1", NOW, "v1,x", "not JSON"), 401);
    assert_int_equal(deliver_good(t, "m1", "not JSON"), 400);
    assert_int_equal(deliver_good(t, "m1", "{\"type\":\"\"}"), 422);
    assert_int_equal(deliver_good(t, "m1", "{\"type\":\"paid\"}"), 202);
}

static void what_is_not_signed_so_is_401(void **state)
{
    static const char body[] = "{\"type\":\"paid\"}";
    dw_test *t = *state;
    const char *good = sign(t, "m1", NOW, body);

    assert_int_equal(deliver(t, NULL, NOW, good, body), 401);
    assert_int_equal(deliver(t, "m1", NOW, NULL, body), 401);
    assert_int_equal(deliver(t, "m2", NOW, good, body), 401);
    assert_int_equal(deliver(t, "m1", NOW + 1, good, body), 401);
    assert_int_equal(deliver(t, "m1", NOW, good, "{\"type\":\"paie\"}"), 401);
    assert_int_equal(deliver(t, "m1", NOW - 301, sign(t, "m1", NOW - 301, body), body), 401);
    assert_int_equal(deliver(t, "m1", NOW + 301, sign(t, "m1", NOW + 301, body), body), 401);
    DW_TEST_GET(t, "/hook");
    DW_TEST_STATUS(t, 405);
    assert_int_equal(dw_test_logged(t, "webhook.refused"), 7);
    assert_int_equal(events(t), 0);
    assert_int_equal(deliver(t, "m1", NOW - 300, sign(t, "m1", NOW - 300, body), body), 202);
}

static void a_handler_that_fails_leaves_the_id_free(void **state)
{
    dw_test *t = *state;

    assert_int_equal(deliver_good(t, "m1", "{\"type\":\"fail\"}"), 503);
    assert_int_equal(events(t), 0);
    assert_int_equal(deliver_good(t, "m1", "{\"type\":\"paid\"}"), 202);
    assert_int_equal(events(t), 1);
}

static void without_a_secret_nothing_is_taken(void **state)
{
    dw_test *t = dw_test_new(&app);

    (void)state;
    dw_test_clock(t, NOW);
    assert_int_equal(deliver_good(t, "m1", "{\"type\":\"paid\"}"), 503);
    assert_int_equal(dw_test_logged(t, "webhook.no_secret"), 1);
    dw_test_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_signed_is_bound_and_done_once, begin, end),
        cmocka_unit_test_setup_teardown(a_signature_comes_before_the_schema, begin, end),
        cmocka_unit_test_setup_teardown(what_is_not_signed_so_is_401, begin, end),
        cmocka_unit_test_setup_teardown(a_handler_that_fails_leaves_the_id_free, begin, end),
        cmocka_unit_test(without_a_secret_nothing_is_taken),
    };

    return cmocka_run_group_tests_name("signature", tests, NULL, NULL);
}
