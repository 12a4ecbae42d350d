/* test_csp.c -- policies that protect, and those that only look so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "route/csp.h"
#include "route/header_block.h"

/* What default-src does not stand for. */
#define REST "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "

static void takes_what_protects(void **state)
{
    (void)state;
    assert_null(dw__csp_fault(dw__csp_page));
    assert_null(dw__csp_fault(REST "default-src 'self'; script-src 'self' 'nonce-abc'; style-src 'self' "
                                   "'unsafe-inline'; img-src 'self' data:"));
    assert_null(dw__csp_fault(REST "default-src 'self'; script-src https://*.cdn.test; img-src https:"));
}

static void refuses_what_does_not(void **state)
{
    static const struct {
        const char *policy, *says;
    } bad[] = {
        {"", "empty"},
        {"default-src 'self';", "empty"},
        {"default-src 'self';; img-src 'self'", "empty"},
        {"default-src 'self'; img-src https://images.test;evil", "do not know"},
        {"default-src 'self'; default-src 'none'", "twice"},
        {"default-src *", "everything"},
        {"default-src 'self'; script-src 'self' 'unsafe-inline'", "nonce"},
        {"default-src 'self' 'UNSAFE-EVAL'", "nonce"},
        {"default-src 'self'; script-src data:", "nonce"},
        {"default-src 'self'; script-src https:", "a scheme alone"},
        {"default-src 'self' HTTP:", "a scheme alone"},
        {"default-src 'self'; script-src-elem blob:", "a scheme alone"},
        {"default-src https://*", "everything"},
        {"default-src 'self'; script-src *:443", "everything"},
        {"img-src 'self'", "no default-src"},
        {"default-src 'self'", "say each"},
        {"default-src 'self'; base-uri 'none'; form-action 'none'", "say each"},
        {"default-src 'self'; base-uri 'none'; frame-ancestors 'none'", "say each"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *fault = dw__csp_fault(bad[i].policy);

        if (fault == NULL || strstr(fault, bad[i].says) == NULL)
            fail_msg("%s: %s", bad[i].policy, fault ? fault : "no fault");
    }
}

/* A policy that is only tried is of use where somebody hears of it. */
static void a_trial_has_an_endpoint(void **state)
{
    static const struct {
        const char *policy, *says; /* NULL: nothing is wrong with it */
    } rows[] = {
        {REST "default-src 'self'; report-uri /csp-report", NULL},
        {REST "default-src 'self'; REPORT-URI https://reports.test/csp /here", NULL},
        {REST "default-src 'self'", "nobody would hear"},
        {REST "default-src 'self'; report-uri", "nobody would hear"},
        {REST "default-src 'self'; report-to group", "nobody would hear"},
        {REST "default-src 'self'; report-uri http://reports.test/csp", "https://"},
        {REST "default-src 'self'; report-uri https://", "https://"},
        {REST "default-src 'self'; report-uri //reports.test/csp", "https://"},
        {REST "default-src 'self'; report-uri csp-report", "https://"},
        {REST "default-src 'self'; report-uri /here javascript:alert", "https://"},
        {"default-src 'self'; report-uri /here", "say each"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *fault = dw__csp_report_fault(rows[i].policy);

        if ((fault == NULL) != (rows[i].says == NULL) ||
            (fault != NULL && strstr(fault, rows[i].says) == NULL))
            fail_msg("%s: %s", rows[i].policy, fault ? fault : "no fault");
    }
}

static void knows_who_may_frame(void **state)
{
    (void)state;
    assert_false(dw__csp_lets_frame(dw__csp_page));
    assert_false(dw__csp_lets_frame("default-src 'self'"));
    assert_false(dw__csp_lets_frame("frame-ancestors"));
    assert_true(dw__csp_lets_frame("default-src 'self'; frame-ancestors https://partner.test"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_protects),
        cmocka_unit_test(refuses_what_does_not),
        cmocka_unit_test(a_trial_has_an_endpoint),
        cmocka_unit_test(knows_who_may_frame),
    };

    return cmocka_run_group_tests_name("route/csp", tests, NULL, NULL);
}
