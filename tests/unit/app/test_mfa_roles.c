/* test_mfa_roles.c -- the setting MFA_REQUIRED_ROLES, and what stops the start. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "app/mfa_roles.h"
#include "base/text.h"

static const char *const roles[] = {"viewer", "editor", "admin", NULL};
static const dw_mfa mfa;
static const dw_app app = {.name = "t", .roles = roles, .mfa = &mfa};
static const dw_route enrol = {.path = "/", .without_mfa = "turning it on"}, other = {.path = "/"};

static char said[512];

static uint64_t read_roles(const dw_app *of, const dw_route *route, const char *names)
{
    struct route_plan plan = {.route = route};
    const struct route_table routes = {.plans = &plan, .n_plans = 1};
    uint64_t found = 99;
    struct buf why;

    dw__buf_init_fixed(&why, said, sizeof said - 1);
    dw__mfa_roles_read(of, &routes, dw__text_of(names), &found, &why);
    said[why.n] = '\0';
    return found;
}

static void names_are_roles(void **state)
{
    (void)state;
    assert_int_equal(read_roles(&app, &enrol, "admin"), 4);
    assert_int_equal(read_roles(&app, &enrol, "admin,viewer"), 5);
    assert_string_equal(said, "");
    assert_int_equal(read_roles(&app, &other, ""), 0);
    assert_string_equal(said, "");
}

static void what_cannot_be_is_said(void **state)
{
    const dw_app without = {.name = "t", .roles = roles};

    (void)state;
    assert_int_equal(read_roles(&app, &enrol, "admin,king"), 0);
    assert_string_equal(said, "MFA_REQUIRED_ROLES: there is no role 'king', but viewer, editor, admin\n");
    assert_int_equal(read_roles(&app, &enrol, "admin,"), 0);
    assert_non_null(strstr(said, "there is no role ''"));
    assert_int_equal(read_roles(&app, &enrol, "Admin"), 0);
    assert_int_equal(read_roles(&without, &enrol, "admin"), 0);
    assert_non_null(strstr(said, "has no second factors (dw_app.mfa)"));
    assert_int_equal(read_roles(&app, &other, "admin"), 0);
    assert_non_null(strstr(said, "no route says .without_mfa"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_roles),
        cmocka_unit_test(what_cannot_be_is_said),
    };

    return cmocka_run_group_tests_name("mfa_roles", tests, NULL, NULL);
}
