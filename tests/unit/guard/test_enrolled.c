/* test_enrolled.c -- who may do nothing before there is a second factor, and what they may all the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "guard/guard.h"

static const struct guard_env env = {.mfa_roles = 4};

static dw_err judge(const struct guard_env *with, const dw_route *route, const dw_principal *who)
{
    static const struct services services;
    const struct route_plan plan = {.route = route};
    struct guarded guarded = {0};
    dw_req req = {.plan = &plan, .ctx = {.principal = who, .services = &services}};

    return dw__guard_enrolled.before(with, &req, &guarded);
}

static void wants_a_second_factor_of_a_role(void **state)
{
    const struct guard_env nobody = {0};
    const dw_route route = {.path = "/"}, spared = {.path = "/", .without_mfa = "turning it on"};
    dw_principal who = {.roles = 4 | 1, .by = DW_SESSION};

    (void)state;
    assert_int_equal(judge(&env, &route, NULL), DW_OK); /* the guard of roles has looked */
    for (unsigned by = DW_BEARER; by <= DW_API_KEY; by <<= 1) {
        who.by = by;
        assert_int_equal(judge(&env, &route, &who), DW_MFA_ENROLMENT_REQUIRED);
        assert_int_equal(judge(&env, &spared, &who), DW_OK);
    }
    assert_int_equal(judge(&nobody, &route, &who), DW_OK);
    who.mfa = true;
    assert_int_equal(judge(&env, &route, &who), DW_OK);
    who = (dw_principal){.roles = 3, .by = DW_BEARER};
    assert_int_equal(judge(&env, &route, &who), DW_OK);
}

static void says_what_it_may_refuse(void **state)
{
    const dw_route route = {.path = "/"}, spared = {.path = "/", .without_mfa = "turning it on"};
    struct route_plan plan = {.route = &route, .allow = {.kind = DW_ALLOW_USER}, .has_mfa = true};

    (void)state;
    assert_true(dw__guard_enrolled.refuses(&plan) == DW__GUARD_ERROR(DW_MFA_ENROLMENT_REQUIRED));
    plan.route = &spared;
    assert_true(dw__guard_enrolled.refuses(&plan) == 0);
    plan.route = &route;
    plan.allow.kind = DW_ALLOW_PUBLIC;
    assert_true(dw__guard_enrolled.refuses(&plan) == 0);
    plan.allow.kind = DW_ALLOW_ROLES;
    plan.has_mfa = false;
    assert_true(dw__guard_enrolled.refuses(&plan) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wants_a_second_factor_of_a_role),
        cmocka_unit_test(says_what_it_may_refuse),
    };

    return cmocka_run_group_tests_name("enrolled", tests, NULL, NULL);
}
