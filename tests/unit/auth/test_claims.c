/* Claims: all of them, once, of their own type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth/claims.h"
#include "guard_page.h"

#define NOW 1700000000

static dw_err parse_n(const char *text, size_t n, size_t limit, struct token_claims *out)
{
    struct arena a;
    char *json = guard_page_copy(text, n);
    dw__arena_init(&a, NULL, limit);
    const dw_err err = dw__claims_parse((dw_text){json, n}, NOW, &a, out);
    if (err == DW_OK) {
        assert_int_equal(out->iss.n, 1);
        assert_int_equal(out->iss.p[0], 'i');
    }
    dw__arena_release(&a);
    guard_page_free(json);
    return err;
}

static dw_err parse(const char *text, struct token_claims *out)
{
    return parse_n(text, strlen(text), 1 << 20, out);
}

/* One member left out or written otherwise; the others as they must be. */
static const char *const members[][2] = {
    {"iss", "\"i\""},       {"aud", "\"a\""},      {"sub", "\"s\""},      {"jti", "\"j\""},
    {"client_id", "\"c\""}, {"exp", "1700000600"}, {"iat", "1700000000"}, {"auth_time", "1699999999"},
};
#define MEMBERS (sizeof(members) / sizeof(members[0]))

static const char *with(size_t which, const char *value)
{
    static char json[4096];
    size_t n = (size_t)snprintf(json, sizeof(json), "{\"x\":[{\"y\":null}]");
    for (size_t i = 0; i < MEMBERS; i++) {
        const char *v = i == which ? value : members[i][1];
        if (v != NULL)
            n += (size_t)snprintf(json + n, sizeof(json) - n, ",\"%s\":%s", members[i][0], v);
    }
    snprintf(json + n, sizeof(json) - n, "}");
    return json;
}

static void reads_all_claims(void **state)
{
    (void)state;
    struct token_claims c;
    assert_int_equal(parse(with(MEMBERS, NULL), &c), DW_OK);
    assert_int_equal(c.exp, 1700000600);
    assert_int_equal(c.iat, 1700000000);
    assert_int_equal(c.auth_time, 1699999999);
    assert_int_equal(c.client_id.n, 1);
}

static void wants_each_of_its_type(void **state)
{
    (void)state;
    static const char *const no_text[] = {
        NULL, "null", "1", "true", "\"\"", "[\"a\"]", "{}", "[]", "\"s\\u0000\"", "\"\\ud800\"", "\"\xff\""};
    static const char *const no_time[] = {NULL,
                                          "null",
                                          "\"1700000600\"",
                                          "true",
                                          "-1",
                                          "1.5",
                                          "17e8",
                                          "1.7e9",
                                          "253402300800",
                                          "9223372036854775807",
                                          "9223372036854775808",
                                          "18446744073709551617",
                                          "1e400",
                                          "[1700000600]",
                                          "{}",
                                          "0x7",
                                          "01",
                                          "NaN",
                                          "Infinity"};
    struct token_claims c;
    for (size_t m = 0; m < MEMBERS; m++) {
        const bool text = m < 5;
        const char *const *values = text ? no_text : no_time;
        const size_t n = text ? sizeof(no_text) / sizeof(no_text[0]) : sizeof(no_time) / sizeof(no_time[0]);
        for (size_t v = 0; v < n; v++)
            if (parse(with(m, values[v]), &c) != DW_UNAUTHENTICATED)
                fail_msg("taken: %s", with(m, values[v]));
        assert_int_equal(c.exp, 0);
    }
    assert_int_equal(parse(with(5, "0"), &c), DW_OK);
    assert_int_equal(parse(with(5, "253402300799"), &c), DW_OK);
}

/* The one that may be left out. */
static void may_have_a_sign_in(void **state)
{
    (void)state;
    struct token_claims c;
    assert_int_equal(parse(with(MEMBERS, NULL), &c), DW_OK);
    assert_null(c.sid.p);
    assert_int_equal(parse(with(4, "\"c\",\"sid\":\"abc\""), &c), DW_OK);
    assert_int_equal(c.sid.n, 3);
    assert_int_equal(parse(with(4, "\"c\",\"sid\":\"\""), &c), DW_UNAUTHENTICATED);
    assert_int_equal(parse(with(4, "\"c\",\"sid\":1"), &c), DW_UNAUTHENTICATED);
    assert_int_equal(parse(with(4, "\"c\",\"sid\":null"), &c), DW_UNAUTHENTICATED);
    assert_int_equal(parse(with(4, "\"c\",\"sid\":\"a\",\"sid\":\"a\""), &c), DW_UNAUTHENTICATED);
}

/* Of other issuers five are wanted, and what else of ours is there has its type. */
static void wants_less_of_others(void **state)
{
    (void)state;
    static const char five[] = "\"iss\":\"i\",\"aud\":\"a\",\"sub\":\"s\",\"exp\":2,\"iat\":1";
    struct token_claims c;
    struct arena a;
    char json[256];
    dw__arena_init(&a, NULL, 1 << 20);
#define FOREIGN(...)                            \
    (snprintf(json, sizeof(json), __VA_ARGS__), \
     dw__claims_parse_foreign((dw_text){json, strlen(json)}, NOW, &a, &c))
    assert_int_equal(FOREIGN("{%s}", five), DW_OK);
    assert_int_equal(c.auth_time, 0);
    assert_int_equal(c.exp, 2);
    assert_int_equal(FOREIGN("{%s,\"auth_time\":1,\"jti\":\"j\"}", five), DW_OK);
    assert_int_equal(c.auth_time, 1);
    assert_int_equal(FOREIGN("{%s,\"auth_time\":\"1\"}", five), DW_UNAUTHENTICATED);
    assert_int_equal(FOREIGN("{%s,\"nbf\":1700000001}", five), DW_UNAUTHENTICATED);
    assert_int_equal(FOREIGN("{%.*s}", (int)(sizeof(five) - 9), five), DW_UNAUTHENTICATED);
    assert_int_equal(FOREIGN("{%s}", five + 10), DW_UNAUTHENTICATED);
    dw__arena_release(&a);
}

static void bounds_texts(void **state)
{
    (void)state;
    char value[300];
    struct token_claims c;
    for (int n = 255; n <= 258; n++) {
        snprintf(value, sizeof(value), "\"%0*d\"", n, 0);
        assert_int_equal(parse(with(2, value), &c), n <= 256 ? DW_OK : DW_UNAUTHENTICATED);
    }
}

static void refuses_what_is_no_object_of_its_own(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "null", "[]", "{}", "\"x\"", "{\"iss\"", "\xef\xbb\xbf{}"};
    struct token_claims c;
    char json[4200];
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(parse(texts[i], &c), DW_UNAUTHENTICATED);
    snprintf(json, sizeof(json), "%s ", with(MEMBERS, NULL));
    assert_int_equal(parse(json, &c), DW_OK);
    snprintf(json, sizeof(json), "%sx", with(MEMBERS, NULL));
    assert_int_equal(parse(json, &c), DW_UNAUTHENTICATED);
    snprintf(json, sizeof(json), "[%s]", with(MEMBERS, NULL));
    assert_int_equal(parse(json, &c), DW_UNAUTHENTICATED);
    /* Cut anywhere. */
    const size_t n = strlen(with(MEMBERS, NULL));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(parse_n(with(MEMBERS, NULL), i, 1 << 20, &c), DW_UNAUTHENTICATED);
}

static void refuses_a_name_twice(void **state)
{
    (void)state;
    static const char *const more[] = {
        "\"sub\":\"s\"",           "\"s\\u0075b\":\"s\"", "\"exp\":1700000600", "\"x\":1",
        "\"z\":{\"a\":1,\"a\":2}", "\"nbf\":1700000001",  "\"nbf\":\"1\"",      "\"nbf\":null"};
    struct token_claims c;
    char json[4200];
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
        snprintf(json, sizeof(json), "{%s,%s", more[i], with(MEMBERS, NULL) + 1);
        if (parse(json, &c) != DW_UNAUTHENTICATED)
            fail_msg("taken: %s", json);
    }
    snprintf(json, sizeof(json), "{\"nbf\":1700000000,%s", with(MEMBERS, NULL) + 1);
    assert_int_equal(parse(json, &c), DW_OK);
}

static void refuses_deep_nesting(void **state)
{
    (void)state;
    static char json[201000];
    struct token_claims c;
    static const size_t depths[] = {65, 1000, 100000};
    for (size_t i = 0; i < 3; i++) {
        memset(json, 0, sizeof(json));
        memcpy(json, "{\"d\":", 5);
        memset(json + 5, '[', depths[i]);
        memset(json + 5 + depths[i], ']', depths[i]);
        snprintf(json + 5 + 2 * depths[i], 900, ",%s", with(MEMBERS, NULL) + 1);
        assert_int_equal(parse(json, &c), DW_UNAUTHENTICATED);
    }
}

static void says_when_there_is_no_memory(void **state)
{
    (void)state;
    struct token_claims c;
    /* An escape needs memory, a plain text does not. */
    const char *json = with(0, "\"\\u0069\"");
    assert_int_equal(parse_n(json, strlen(json), 1 << 20, &c), DW_OK);
    assert_int_equal(parse_n(json, strlen(json), 1, &c), DW_UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_claims),
        cmocka_unit_test(wants_each_of_its_type),
        cmocka_unit_test(may_have_a_sign_in),
        cmocka_unit_test(wants_less_of_others),
        cmocka_unit_test(bounds_texts),
        cmocka_unit_test(refuses_what_is_no_object_of_its_own),
        cmocka_unit_test(refuses_a_name_twice),
        cmocka_unit_test(refuses_deep_nesting),
        cmocka_unit_test(says_when_there_is_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
