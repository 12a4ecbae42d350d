/* Rules that name origins, and what they match. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "codec/origin.h"
#include "codec/public_suffix.h"

static dw_text text(const char *s)
{
    return (dw_text){s, strlen(s)};
}

static void test_what_is_a_rule(void **state)
{
    static const struct {
        const char *text;
        enum origin_kind kind;
    } good[] = {
        {"https://example.com", ORIGIN_EXACT},
        {"https://a.b.example.com:8443", ORIGIN_EXACT},
        {"http://localhost:3000", ORIGIN_EXACT},
        {"http://127.0.0.1", ORIGIN_EXACT},
        {"https://[2001:db8::1]:8443", ORIGIN_EXACT},
        {"https://xn--bcher-kva.example", ORIGIN_EXACT},
        {"http://example.com:443", ORIGIN_EXACT},
        {"https://*.example.com", ORIGIN_PATTERN},
        {"https://*.example.com:8443", ORIGIN_PATTERN},
        {"https://*.mine.github.io", ORIGIN_PATTERN},
        {"*", ORIGIN_ANY},
    };
    struct origin_rule rule;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_null(dw__origin_rule_read(text(good[i].text), &rule));
        assert_int_equal(rule.kind, good[i].kind);
    }
}

static void test_what_is_none(void **state)
{
    static const char *const bad[] = {
        "",
        "null",
        "Null",
        "example.com",
        "//example.com",
        "https://",
        "https:/example.com",
        "https://example.com/",
        "https://example.com/a",
        "https://example.com?",
        "https://example.com#",
        "HTTPS://example.com",
        "https://Example.com",
        "https://example.com:443",
        "http://example.com:80",
        "https://example.com:0",
        "https://example.com:",
        "https://example.com:65536",
        "https://user@example.com",
        "https://user:p@example.com",
        "https://example.com.",
        "https://exa mple.com",
        " https://example.com",
        "https://example.com ",
        "https://example.com\r\nX: y",
        "https://example.com,https://b.example",
        "https://exam\\ple.com",
        "ftp://example.com",
        "file://",
        "chrome-extension://abc",
        "https://[::1",
        "https://2130706433",
        /* patterns */
        "**",
        "https://*",
        "https://*.",
        "https://**.example.com",
        "https://*.*.example.com",
        "https://a.*.example.com",
        "https://*example.com",
        "https://*.example.com.",
        "https://*.Example.com",
        "https://*.example.com/",
        "https://*.example.com:443",
        "http://*.example.com",
        "*.example.com",
        "*://example.com",
        "https://*.127.0.0.1",
        "https://*.[::1]",
        "https://a*.example.com",
        "https://example.*",
        /* … below which anybody may have a name */
        "https://*.com",
        "https://*.co.uk",
        "https://*.github.io",
        "https://*.localhost",
        "https://*.internal",
        "https://*.herokuapp.com",
        "https://*.com:8443",
        "https://*.s3.amazonaws.com",
    };
    struct origin_rule rule;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (dw__origin_rule_read(text(bad[i]), &rule) == NULL)
            fail_msg("'%s' was taken", bad[i]);
}

static void expect(const char *rule_text, const char *origin, bool matches)
{
    struct origin_rule rule;

    assert_null(dw__origin_rule_read(text(rule_text), &rule));
    if (dw__origin_rule_matches(&rule, text(origin)) != matches)
        fail_msg("'%s' and '%s'", rule_text, origin);
}

static void test_exact(void **state)
{
    static const char *const others[] = {
        "",
        "null",
        "https://example.com/",
        "https://example.com:443",
        "http://example.com",
        "https://EXAMPLE.com",
        "HTTPS://example.com",
        "https://example.com.",
        "https://example.com.evil.test",
        "https://evil.test/https://example.com",
        "https://evilexample.com",
        "https://example.co",
        "https://example.comm",
        "https://example.com, https://example.com",
        "https://www.example.com",
        " https://example.com",
        "https://example.com ",
        "https://example.com:8443",
        "*",
    };

    (void)state;
    expect("https://example.com", "https://example.com", true);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        expect("https://example.com", others[i], false);
}

static void test_pattern(void **state)
{
    static const char *const others[] = {
        "https://example.com",
        "https://.example.com",
        "https://a.b.example.com",
        "https://evilexample.com",
        "http://a.example.com",
        "https://a.example.com:8443",
        "https://a.example.com:443",
        "https://A.example.com",
        "https://-a.example.com",
        "https://a-.example.com",
        "https://a_b.example.com",
        "https://a.example.com.evil.test",
        "https://evil.test?.example.com",
        "https://evil.test/.example.com",
        "https://evil.test#.example.com",
        "https://evil.test\\.example.com",
        "https://evil@a.example.com",
        "https://*.example.com",
        "https://a%2e.example.com",
        "https://\xc3\xa4.example.com",
        "https://a\r.example.com",
        "null",
        "",
        "https://",
        "a.example.com",
        "https://evil.test:80.example.com",
        "https://a .example.com",
        /* a label of 64 */
        "https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com",
    };

    (void)state;
    expect("https://*.example.com", "https://a.example.com", true);
    expect("https://*.example.com", "https://shop-1.example.com", true);
    expect("https://*.example.com",
           "https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com", true);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        expect("https://*.example.com", others[i], false);
    expect("https://*.example.com:8443", "https://a.example.com:8443", true);
    expect("https://*.example.com:8443", "https://a.example.com", false);
    expect("https://*.example.com:8443", "https://a.example.com:18443", false);
}

/* The text may end where memory does: nothing is read behind it. */
static void test_reads_no_further(void **state)
{
    static const char whole[] = "https://a.example.com";
    struct origin_rule rule;

    (void)state;
    assert_null(dw__origin_rule_read(text("https://*.example.com"), &rule));
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        char *cut = test_malloc(n + 1);

        memcpy(cut, whole, n);
        assert_false(dw__origin_rule_matches(&rule, (dw_text){cut, n}));
        test_free(cut);
    }
}

static void test_plain(void **state)
{
    static const struct {
        const char *text;
        bool plain;
    } rows[] = {{"http://example.com", true},
                {"http://10.0.0.1:8080", true},
                {"https://example.com", false},
                {"http://localhost:3000", false},
                {"http://127.0.0.1", false},
                {"http://localhost.example.com", true},
                {"*", false}};
    struct origin_rule rule;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_null(dw__origin_rule_read(text(rows[i].text), &rule));
        assert_int_equal(dw__origin_rule_is_plain(&rule), rows[i].plain);
    }
}

static void test_public_suffixes(void **state)
{
    static const char *const suffixes[] = {"com", "co.uk", "github.io", "localhost",
                                           "",    "a..b",  "-.com",     "UK"};
    static const char *const domains[] = {"example.com", "example.co.uk", "me.github.io", "a.b.example",
                                          "xn--bcher-kva.example"};

    (void)state;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        assert_true(dw__is_public_suffix(text(suffixes[i])));
    for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++)
        assert_false(dw__is_public_suffix(text(domains[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_a_rule),
        cmocka_unit_test(test_what_is_none),
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_pattern),
        cmocka_unit_test(test_reads_no_further),
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_public_suffixes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
