/* test_routes_say.c -- the cells of the authorisation matrix, and what is said where nothing is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/routes_say.h"

enum { VIEWER = ROUTE_ROLE, EDITOR, ADMIN };

static const dw_webhook hook = {.name = "payments"};
static const dw_route route = {.path = "/", .method = DW_M_POST},
                      spared = {.path = "/", .without_mfa = "to turn it on"};

static void assert_cells(const struct route_plan *plan, uint64_t mfa_roles, const char *const cells[5])
{
    for (unsigned column = 0; column < 5; column++)
        assert_string_equal(dw__route_may(plan, column, mfa_roles), cells[column]);
}

static void a_cell_is_what_the_policy_says(void **state)
{
    struct route_plan plan = {.route = &route, .allow = {.kind = DW_ALLOW_NOBODY}};

    (void)state;
    assert_cells(&plan, 0, (const char *const[]){"-", "-", "-", "-", "-"});
    plan.allow = (dw_policy){.kind = DW_ALLOW_PUBLIC, .why = "for everybody"};
    assert_cells(&plan, 0, (const char *const[]){"yes", "yes", "yes", "yes", "yes"});
    plan.allow = (dw_policy){.kind = DW_ALLOW_USER};
    assert_cells(&plan, 0, (const char *const[]){"-", "yes", "yes", "yes", "yes"});
    plan.allow = (dw_policy){.kind = DW_ALLOW_ROLES, .roles = 6};
    assert_cells(&plan, 0, (const char *const[]){"-", "-", "-", "yes", "yes"});
    plan.allow = (dw_policy){.kind = DW_ALLOW_SIGNED, .webhook = &hook};
    assert_cells(&plan, 0, (const char *const[]){"signed", "-", "-", "-", "-"});
}

static void a_role_may_want_a_second_factor(void **state)
{
    struct route_plan plan = {.route = &route, .allow = {.kind = DW_ALLOW_USER}};

    (void)state;
    assert_cells(&plan, UINT64_C(1) << (ADMIN - ROUTE_ROLE),
                 (const char *const[]){"-", "yes", "yes", "yes", "2nd"});
    plan.route = &spared;
    assert_cells(&plan, UINT64_C(1) << (ADMIN - ROUTE_ROLE),
                 (const char *const[]){"-", "yes", "yes", "yes", "yes"});
    plan = (struct route_plan){.route = &route, .allow = {.kind = DW_ALLOW_PUBLIC, .why = "for everybody"}};
    assert_cells(&plan, UINT64_MAX, (const char *const[]){"yes", "yes", "yes", "yes", "yes"});
}

static void an_object_s_policy_decides(void **state)
{
    struct route_plan plan = {.route = &route, .allow = {.kind = DW_ALLOW_USER}, .loads = {.n_policies = 1}};

    (void)state;
    assert_cells(&plan, UINT64_MAX, (const char *const[]){"-", "if", "if", "if", "if"});
}

static void csrf_is_asked_for_or_it_is_said_why_not(void **state)
{
    struct route_plan plan = {
        .route = &route, .allow = {.kind = DW_ALLOW_USER}, .by = DW_SESSION | DW_BEARER};

    (void)state;
    assert_true(dw__route_asks_csrf(&plan));
    plan.csrf_exempt = "signed otherwise";
    assert_false(dw__route_asks_csrf(&plan));
    assert_string_equal(dw__route_why_no_csrf(&plan), "signed otherwise");
    plan.csrf_exempt = NULL;
    plan.by = DW_BEARER;
    assert_false(dw__route_asks_csrf(&plan));
    assert_string_equal(dw__route_why_no_csrf(&plan), "no session counts here");
    plan.by = DW_SESSION;
    plan.route = &(const dw_route){.path = "/", .method = DW_M_GET};
    assert_false(dw__route_asks_csrf(&plan));
    assert_string_equal(dw__route_why_no_csrf(&plan), "it changes nothing");
}

static void a_body_has_its_kinds(void **state)
{
    struct route_plan plan = {.route = &route, .body = DW_BODY_JSON};

    (void)state;
    assert_null(dw__route_body(&plan));
    plan.sources.body = 1;
    assert_string_equal(dw__route_body(&plan), "JSON");
    plan.body = (enum dw_body)(DW_BODY_JSON | DW_BODY_FORM);
    assert_string_equal(dw__route_body(&plan), "JSON or form");
    plan.route = &(const dw_route){.path = "/", .raw = "it is large"};
    assert_string_equal(dw__route_body(&plan), "raw");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cell_is_what_the_policy_says),
        cmocka_unit_test(a_role_may_want_a_second_factor),
        cmocka_unit_test(an_object_s_policy_decides),
        cmocka_unit_test(csrf_is_asked_for_or_it_is_said_why_not),
        cmocka_unit_test(a_body_has_its_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
