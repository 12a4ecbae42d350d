/* What a browser asks for on behalf of another site, and whom it is for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "guard/guard.h"
#include "route/csp.h"

static const dw_route get = {.method = DW_M_GET}, post = {.method = DW_M_POST};

/* What the guard says of a request; absent where NULL. */
static dw_err asked(const struct route_plan *plan, enum http_method method, const char *site,
                    const char *mode, const char *dest, const char *origin)
{
    struct services services = {.log = NULL};
    const char *const named[][2] = {
        {"sec-fetch-site", site}, {"sec-fetch-mode", mode}, {"sec-fetch-dest", dest}, {"origin", origin}};
    struct http_field fields[4];
    struct dw_req req = {
        .plan = plan, .head = {.method = method, .fields = fields}, .ctx = {.services = &services}};
    struct guarded guarded;

    for (size_t i = 0; i < 4; i++)
        if (named[i][1] != NULL)
            fields[req.head.n_fields++] =
                (struct http_field){dw__text_of(named[i][0]), dw__text_of(named[i][1])};
    return dw__guard_isolation.before(NULL, &req, &guarded);
}

static void test_ours_and_who_does_not_say(void **state)
{
    const struct route_plan plan = {.route = &get, .corp = DW_CORP_SAME_ORIGIN};

    (void)state;
    assert_int_equal(asked(&plan, HTTP_GET, NULL, NULL, NULL, NULL), DW_OK);
    assert_int_equal(asked(&plan, HTTP_POST, NULL, NULL, NULL, "https://evil.test"), DW_OK);
    assert_int_equal(asked(&plan, HTTP_GET, "same-origin", "cors", "empty", NULL), DW_OK);
    assert_int_equal(asked(&plan, HTTP_POST, "same-origin", "cors", "empty", NULL), DW_OK);
    assert_int_equal(asked(&plan, HTTP_GET, "none", "navigate", "document", NULL), DW_OK);
}

static void test_others(void **state)
{
    static const char *const sites[] = {"cross-site",  "same-site",    "",
                                        "Same-Origin", "same-origin ", "nonsense"};
    const struct route_plan plan = {.route = &get, .corp = DW_CORP_SAME_ORIGIN};

    (void)state;
    for (size_t i = 0; i < sizeof sites / sizeof sites[0]; i++) {
        assert_int_equal(asked(&plan, HTTP_GET, sites[i], "no-cors", "image", NULL), DW_CROSS_SITE);
        assert_int_equal(asked(&plan, HTTP_GET, sites[i], "cors", "empty", "https://a.example"),
                         DW_CROSS_SITE);
        assert_int_equal(asked(&plan, HTTP_GET, sites[i], NULL, NULL, NULL), DW_CROSS_SITE);
        assert_int_equal(asked(&plan, HTTP_POST, sites[i], "navigate", "document", NULL), DW_CROSS_SITE);
        assert_int_equal(asked(&plan, HTTP_GET, sites[i], "navigate", "iframe", NULL), DW_CROSS_SITE);
        assert_int_equal(asked(&plan, HTTP_GET, sites[i], "navigate", "object", NULL), DW_CROSS_SITE);
        assert_int_equal(asked(&plan, HTTP_GET, sites[i], "navigate", NULL, NULL), DW_CROSS_SITE);
        assert_int_equal(asked(&plan, HTTP_GET, sites[i], "navigate", "document", NULL), DW_OK);
        assert_int_equal(asked(&plan, HTTP_HEAD, sites[i], "navigate", "document", NULL), DW_OK);
    }
}

static void test_frames(void **state)
{
    const struct route_plan plan = {.route = &get, .corp = DW_CORP_SAME_ORIGIN, .framed = true};

    (void)state;
    assert_int_equal(asked(&plan, HTTP_GET, "cross-site", "navigate", "iframe", NULL), DW_OK);
    assert_int_equal(asked(&plan, HTTP_GET, "cross-site", "navigate", "frame", NULL), DW_OK);
    assert_int_equal(asked(&plan, HTTP_GET, "cross-site", "navigate", "embed", NULL), DW_CROSS_SITE);
    assert_int_equal(asked(&plan, HTTP_POST, "cross-site", "navigate", "iframe", NULL), DW_CROSS_SITE);
}

static void test_what_is_embedded(void **state)
{
    const struct route_plan near = {.route = &get, .corp = DW_CORP_SAME_SITE},
                            all = {.route = &get, .corp = DW_CORP_CROSS_ORIGIN},
                            posts = {.route = &post, .corp = DW_CORP_CROSS_ORIGIN};

    (void)state;
    assert_int_equal(asked(&near, HTTP_GET, "same-site", "no-cors", "image", NULL), DW_OK);
    assert_int_equal(asked(&near, HTTP_GET, "cross-site", "no-cors", "image", NULL), DW_CROSS_SITE);
    assert_int_equal(asked(&all, HTTP_GET, "same-site", "no-cors", "script", NULL), DW_OK);
    assert_int_equal(asked(&all, HTTP_GET, "cross-site", "no-cors", "script", NULL), DW_OK);
    assert_int_equal(asked(&posts, HTTP_POST, "cross-site", "no-cors", "empty", NULL), DW_CROSS_SITE);
}

static void test_what_is_opened(void **state)
{
    struct origin_rule rule;
    struct cors cors = {.rules = &rule, .n = 1};
    const struct route_plan plan = {.route = &get, .corp = DW_CORP_SAME_ORIGIN, .cors = &cors},
                            exempt = {
                                .route = &post, .corp = DW_CORP_SAME_ORIGIN, .csrf_exempt = "for a test"};

    (void)state;
    assert_null(dw__origin_rule_read(DW_TEXT("https://a.example"), &rule));
    assert_int_equal(asked(&plan, HTTP_GET, "cross-site", "cors", "empty", "https://a.example"), DW_OK);
    assert_int_equal(asked(&plan, HTTP_PUT, "cross-site", "cors", "empty", "https://a.example"), DW_OK);
    assert_int_equal(asked(&plan, HTTP_PUT, "cross-site", "cors", "empty", "https://b.example"),
                     DW_CROSS_SITE);
    assert_int_equal(asked(&plan, HTTP_PUT, "cross-site", "cors", "empty", "null"), DW_CROSS_SITE);
    assert_int_equal(asked(&plan, HTTP_PUT, "cross-site", "cors", "empty", NULL), DW_CROSS_SITE);
    assert_int_equal(asked(&plan, HTTP_GET, "cross-site", "no-cors", "script", "https://a.example"),
                     DW_CROSS_SITE);
    assert_int_equal(asked(&exempt, HTTP_POST, "cross-site", "navigate", "document", "null"), DW_OK);
    assert_int_equal(asked(&exempt, HTTP_GET, "cross-site", "no-cors", "script", NULL),
                     DW_CROSS_SITE); /* posted, not read */
}

static void test_what_clients_are_told(void **state)
{
    const struct route_plan plan = {.route = &get, .corp = DW_CORP_SAME_SITE},
                            open = {.route = &get, .corp = DW_CORP_CROSS_ORIGIN};

    (void)state;
    assert_true(dw__guard_isolation.refuses(&plan) == DW__GUARD_ERROR(DW_CROSS_SITE));
    assert_true(dw__guard_isolation.refuses(&open) == 0);
}

static void test_policies_that_let_frame(void **state)
{
    (void)state;
    assert_true(dw__csp_lets_frame("default-src 'self'; frame-ancestors https://partner.test"));
    assert_true(dw__csp_lets_frame("Frame-Ancestors 'self'"));
    assert_false(dw__csp_lets_frame("default-src 'self'; frame-ancestors 'none'; base-uri 'none'"));
    assert_false(dw__csp_lets_frame("default-src 'self'; frame-ancestors"));
    assert_false(dw__csp_lets_frame("default-src 'self'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ours_and_who_does_not_say),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_what_is_embedded),
        cmocka_unit_test(test_what_is_opened),
        cmocka_unit_test(test_what_clients_are_told),
        cmocka_unit_test(test_policies_that_let_frame),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
