/* test_own_guards.c -- guards of an application's own: their order over three levels, and the rows that start-up refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "route/own_guards.h"

static dw_err pass(dw_req *req)
{
    (void)req;
    return DW_OK;
}

static dw_err add(dw_req *req, int status)
{
    (void)req, (void)status;
    return DW_OK;
}

#define REFUSES DW_REFUSES(DW_DENIED)
DW_GUARD(early, DW_PHASE_EARLY, "for a test of it", .before = pass, .refuses = REFUSES);
DW_GUARD(head_1, DW_PHASE_HEAD, "for a test of it", .before = pass, .refuses = REFUSES);
DW_GUARD(head_2, DW_PHASE_HEAD, "for a test of it", .before = pass, .refuses = REFUSES);
DW_GUARD(head_3, DW_PHASE_HEAD, "for a test of it", .before = pass, .refuses = REFUSES);
DW_GUARD(body, DW_PHASE_BODY, "for a test of it", .before = pass, .refuses = REFUSES);
DW_GUARD(after, DW_PHASE_AFTER, "for a test of it", .after = add);

DW_GUARD(no_phase, (dw_phase)9, "for a test of it", .before = pass, .refuses = REFUSES);
DW_GUARD(no_before, DW_PHASE_HEAD, "for a test of it", .after = add);
DW_GUARD(late_before, DW_PHASE_AFTER, "for a test of it", .before = pass, .refuses = REFUSES);
DW_GUARD(idle, DW_PHASE_AFTER, "for a test of it", .audit = NULL);
DW_GUARD(no_refuses, DW_PHASE_HEAD, "for a test of it", .before = pass);
DW_GUARD(odd_refuses, DW_PHASE_HEAD, "for a test of it", .before = pass, .refuses = DW_REFUSES((dw_err)1999));
static const dw_guard no_reason = {
    .name = "no_reason", .phase = DW_PHASE_HEAD, .before = pass, .refuses = REFUSES};

static char why_text[1024];

static void plan(struct own_guards *own, const dw_guard *const *app, const dw_guard *const *bp,
                 const dw_guard *const *route)
{
    struct buf why;

    memset(own, 0, sizeof *own);
    dw__buf_init_fixed(&why, why_text, sizeof why_text - 1);
    dw__own_guards_plan(own, app, bp, route, "route GET /x", &why);
    why_text[why.n] = '\0';
}

static void orders_them_by_phase_and_level(void **state)
{
    struct own_guards own;
    const dw_guard *const expected[] = {&early, &head_1, &head_2, &head_3, &body, &after};

    (void)state;
    plan(&own, DW_GUARDS(after, head_1, early), DW_GUARDS(body, head_2), DW_GUARDS(head_3, head_1));
    assert_string_equal(why_text, "");
    assert_int_equal(own.n, 6);
    for (size_t i = 0; i < 6; i++)
        assert_ptr_equal(own.v[i].guard, expected[i]);
    assert_int_equal(own.v[1].from, FROM_APP);
    assert_int_equal(own.v[3].from, FROM_ROUTE);
    assert_int_equal(own.first[DW_PHASE_HEAD], 1);
    assert_int_equal(own.first[DW_PHASE_BODY], 4);
    assert_int_equal(own.first[DW_PHASE_AFTER], 5);
    assert_int_equal(own.first[DW_PHASE_AFTER + 1], 6);
    dw__own_guards_release(&own);
}

static void refused(const dw_guard *const *app, const dw_guard *const *route, const char *says)
{
    struct own_guards own;

    plan(&own, app, NULL, route);
    dw__own_guards_release(&own);
    if (strstr(why_text, says) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", says, why_text);
}

static void refuses_what_cannot_be(void **state)
{
    (void)state;
    refused(DW_GUARDS(no_phase), NULL, "guard no_phase of the application: there is no such phase");
    refused(DW_GUARDS(no_before), NULL, "it has no .before");
    refused(DW_GUARDS(late_before), NULL, ".before has no place there");
    refused(DW_GUARDS(idle), NULL, "it does nothing");
    refused(DW_GUARDS(no_refuses), NULL, ".refuses = DW_REFUSES(…) says with what");
    refused(DW_GUARDS(odd_refuses), NULL, "names an error that there is not");
    refused(DW_GUARDS(no_reason), NULL, "a reason of at least 8 characters");
    refused(DW_GUARDS(head_1, body, head_1), NULL, "guard head_1 of the application: it stands there twice");
    refused(NULL, DW_GUARDS(early), "guard early of route GET /x: in DW_PHASE_EARLY there is no route yet");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_them_by_phase_and_level),
        cmocka_unit_test(refuses_what_cannot_be),
    };

    return cmocka_run_group_tests_name("route/own_guards", tests, NULL, NULL);
}
