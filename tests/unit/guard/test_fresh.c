/* test_fresh.c -- who has shown lately who they are, and who only seems to have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "guard/account.h"

#define NOW 1700000000

static dw_err judge(bool fresh, const dw_principal *who)
{
    static const struct services services;
    const struct route_plan plan = {.fresh = fresh};
    const struct guard_env env = {.fresh_s = 900};
    const struct clock clock = {.unix_ms = NOW * INT64_C(1000)};
    struct guarded guarded = {0};
    dw_req req = {.plan = &plan, .ctx = {.principal = who, .clock = &clock, .services = &services}};

    return dw__guard_fresh.before(&env, &req, &guarded);
}

static void wants_a_recent_sign_in(void **state)
{
    dw_principal who = {.by = DW_SESSION, .auth_time = NOW - 899, .amr = DW_AMR_PWD};

    (void)state;
    assert_int_equal(judge(true, &who), DW_OK);
    who.auth_time = NOW - 900;
    assert_int_equal(judge(true, &who), DW_SIGN_IN_AGAIN);
    assert_int_equal(judge(false, &who), DW_OK);
    who.auth_time = 0;
    assert_int_equal(judge(true, &who), DW_SIGN_IN_AGAIN);
    who = (dw_principal){.by = DW_BEARER, .auth_time = NOW};
    assert_int_equal(judge(true, &who), DW_OK);
    assert_int_equal(judge(true, NULL), DW_UNAUTHENTICATED);
}

static void a_key_or_a_remembered_browser_never_is(void **state)
{
    dw_principal who = {.by = DW_API_KEY, .auth_time = NOW, .amr = DW_AMR_PWD};

    (void)state;
    assert_int_equal(judge(true, &who), DW_SIGN_IN_AGAIN);
    who = (dw_principal){.by = DW_SESSION, .auth_time = NOW, .amr = DW_AMR_REMEMBERED | DW_AMR_PWD};
    assert_int_equal(judge(true, &who), DW_SIGN_IN_AGAIN);
}

static void a_request_has_one_author(void **state)
{
    const dw_principal ann = {.id = 1}, again = ann, bob = {.id = 2};
    dw_req req = {.ctx.principal = NULL};

    (void)state;
    assert_int_equal(dw__caller_take(&req, &ann), DW_OK);
    assert_int_equal(dw__caller_take(&req, &again), DW_OK);
    assert_ptr_equal(req.ctx.principal, &again);
    assert_int_equal(dw__caller_take(&req, &bob), DW_BAD_REQUEST);
    assert_ptr_equal(req.ctx.principal, &again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wants_a_recent_sign_in),
        cmocka_unit_test(a_key_or_a_remembered_browser_never_is),
        cmocka_unit_test(a_request_has_one_author),
    };

    return cmocka_run_group_tests_name("fresh", tests, NULL, NULL);
}
