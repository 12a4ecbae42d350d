/* What a cache is told to tell apart: what was declared, and what was read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "guard/vary.h"
#include "route/plan.h"

static void says(const struct route_plan *plan, const char *const *read, const char *expected)
{
    struct dw_req req = {.plan = plan};
    const struct http_reply *reply = &req.reply;

    dw__arena_init(&req.arena, NULL, 65536);
    for (; *read != NULL; read++)
        (void)dw_x_req_header(&req, *read);
    assert_true(dw__vary_say(&req));
    if (expected == NULL) {
        assert_int_equal(reply->n_extra, 0);
    } else {
        assert_int_equal(reply->n_extra, 1);
        assert_true(dw__text_is(reply->extra[0].name, "Vary"));
        if (!dw__text_eq(reply->extra[0].value, dw__text_of(expected)))
            fail_msg("%.*s, not %s", DW_FMT(reply->extra[0].value), expected);
    }
    dw__arena_release(&req.arena);
}

#define READ(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_what_is_declared(void **state)
{
    const struct route_plan none = {.in = NULL}, some = {.vary = DW_TEXT_INIT("x-device, cookie")},
                            all = {.vary = DW_TEXT_INIT("*")};

    (void)state;
    says(&none, READ(NULL), NULL);
    says(&some, READ(NULL), "x-device, cookie");
    says(&all, READ(NULL), "*");
    says(&all, READ("x-client"), "*");
}

static void test_what_is_read(void **state)
{
    const struct route_plan none = {.in = NULL}, some = {.vary = DW_TEXT_INIT("accept-language")};

    (void)state;
    says(&none, READ("x-client"), "x-client");
    says(&some, READ("Accept-Language", "x-client", "x-client"), "accept-language, x-client");
    says(&none, READ("a", "b", "c", "d", "e", "f", "g", "h"), "a, b, c, d, e, f, g, h");
    says(&none, READ("a", "b", "c", "d", "e", "f", "g", "h", "h"), "a, b, c, d, e, f, g, h");
    says(&none, READ("a", "b", "c", "d", "e", "f", "g", "h", "i"), "*");
}

static void test_a_cookie_that_is_read(void **state)
{
    const struct route_plan none = {.in = NULL};
    struct dw_req req = {.plan = &none};

    (void)state;
    dw__arena_init(&req.arena, NULL, 65536);
    (void)dw_x_req_cookie(&req, "theme");
    assert_true(dw__vary_say(&req));
    assert_true(dw__text_is(req.reply.extra[0].value, "cookie"));
    dw__arena_release(&req.arena);
}

static void test_without_memory_it_is_not_said(void **state)
{
    const struct route_plan some = {.vary = DW_TEXT_INIT("accept-language")};
    struct dw_req req = {.plan = &some};

    (void)state;
    dw__arena_init(&req.arena, NULL, 0);
    (void)dw_x_req_header(&req, "x-client");
    assert_false(dw__vary_say(&req));
    dw__arena_release(&req.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_declared),
        cmocka_unit_test(test_what_is_read),
        cmocka_unit_test(test_a_cookie_that_is_read),
        cmocka_unit_test(test_without_memory_it_is_not_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
