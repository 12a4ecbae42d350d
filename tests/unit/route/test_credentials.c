/* test_credentials.c -- what a route says of credentials: what it inherits, and what cannot be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "route/credentials.h"

static const dw_sessions sessions;

/* What is said of `route`; empty when it can be. */
static const char *said(const dw_route *route, const dw_blueprint *bp, const dw_app *app,
                        struct route_plan *plan)
{
    static char text[1024];
    struct buf why;

    dw__buf_init_fixed(&why, text, sizeof text - 1);
    *plan = (struct route_plan){
        .route = route, .method = "POST", .pattern = DW_TEXT_INIT("/x"), .allow = route->allow};
    dw__plan_credentials(plan, app, bp, &why);
    text[why.n] = '\0';
    return text;
}

static void the_closest_counts(void **state)
{
    const dw_app app = {.sessions = &sessions, .by = DW_SESSION, .fresh = true};
    const dw_blueprint bp = {.csrf_exempt = "signed by another server"};
    const dw_route route = {.method = DW_M_POST, .allow = DW_ANY_USER, .by = DW_BEARER};
    const dw_route public = {.method = DW_M_POST, .allow = DW_PUBLIC("everybody's")};
    struct route_plan plan;

    (void)state;
    assert_string_equal(said(&route, &bp, &app, &plan), "");
    assert_true(plan.by == DW_BEARER && plan.by_from == FROM_ROUTE);
    assert_true(plan.fresh && plan.fresh_from == FROM_APP);
    assert_true(plan.csrf_exempt == bp.csrf_exempt && plan.csrf_from == FROM_BLUEPRINT);
    assert_string_equal(said(&public, &bp, &app, &plan), "");
    assert_true(plan.by == DW_SESSION && !plan.fresh);
    assert_string_equal(said(&public, &(dw_blueprint){0}, &(dw_app){0}, &plan), "");
    assert_int_equal(plan.by, DW_BEARER);
}

static void what_cannot_be_is_said(void **state)
{
    static const dw_app with = {.sessions = &sessions}, without;
    static const dw_blueprint bp;
    static const struct {
        dw_route route;
        const dw_app *app;
        const char *says;
    } rows[] = {
        {{.method = DW_M_POST, .allow = DW_ANY_USER, .by = DW_SESSION},
         &without,
         "dw_app.sessions is not set"},
        {{.method = DW_M_POST, .allow = DW_ANY_USER, .by = 1u << 9},
         &with,
         "names a credential that there is not"},
        {{.method = DW_M_POST, .allow = DW_PUBLIC("signing in"), .signs_in = true},
         &without,
         "needs dw_app.sessions"},
        {{.method = DW_M_GET, .allow = DW_PUBLIC("signing in"), .signs_in = true},
         &with,
         "a POST that is public"},
        {{.method = DW_M_POST, .allow = DW_ANY_USER, .signs_in = true}, &with, "a POST that is public"},
        {{.method = DW_M_POST,
          .allow = DW_PUBLIC("signing in"),
          .signs_in = true,
          .csrf_exempt = "no reason"},
         &with,
         "as somebody else"},
        {{.method = DW_M_POST, .allow = DW_ANY_USER, .csrf_exempt = "why not"},
         &with,
         "at least 8 characters"},
        {{.method = DW_M_POST, .allow = DW_PUBLIC("everybody's"), .fresh = true},
         &with,
         "anyone may use this route"},
    };
    struct route_plan plan;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strstr(said(&rows[i].route, &bp, rows[i].app, &plan), rows[i].says) == NULL)
            fail_msg("row %zu: \"%s\" does not say %s", i, said(&rows[i].route, &bp, rows[i].app, &plan),
                     rows[i].says);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_closest_counts),
        cmocka_unit_test(what_cannot_be_is_said),
    };

    return cmocka_run_group_tests_name("credentials", tests, NULL, NULL);
}
