/* Where replies may lead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "route/redirects.h"

static void plan(struct redirects *redirects, const char *const *origins, char *said, size_t size)
{
    const dw_app app = {.redirects_to = origins};
    struct buf why;

    dw__buf_init_fixed(&why, said, size - 1);
    dw__redirects_plan(redirects, &app, &why);
    said[why.n] = '\0';
}

static void test_what_the_list_may_have(void **state)
{
    static const char *const bad[] = {"*",
                                      "null",
                                      "https://*.example.com",
                                      "http://pay.example",
                                      "https://pay.example/",
                                      "https://PAY.example",
                                      "pay.example"};
    struct redirects redirects;
    char said[512];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        plan(&redirects, (const char *const[]){"https://fine.example", bad[i], NULL}, said, sizeof said);
        if (strstr(said, bad[i]) == NULL || strstr(said, "fine.example") != NULL)
            fail_msg("'%s': %s", bad[i], said);
        dw__redirects_release(&redirects);
    }
    plan(&redirects, NULL, said, sizeof said);
    assert_string_equal(said, "");
    assert_int_equal(redirects.n, 0);
    dw__redirects_release(&redirects);
}

static void test_where_they_lead(void **state)
{
    static const struct {
        const char *url;
        bool allowed;
    } rows[] = {
        {"/items", true},
        {"//pay.example/", false},
        {"https://pay.example", true},
        {"https://pay.example/order/7?a=b#c", true},
        {"https://pay.example?a", true},
        {"https://app.test/items", true},
        {"https://app.test/a?b=[1]|", true},
        {"https://app.test", true},
        {"https://app.test:8443/", false},
        {"https://app.test@evil.test/", false},
        {"https://app.test\\@evil.test/", false},
        {"https://app.test.evil.test/", false},
        {"https://pay.example.evil.test/", false},
        {"https://pay.example@evil.test/", false},
        {"https://pay.example:443/", false},
        {"https://pay.example:8443/", false},
        {"http://pay.example/", false},
        {"https://PAY.example/", false},
        {"https://pay.example./", false},
        {"https://a.pay.example/", false},
        {"https:/pay.example/", false},
        {"https:\\\\pay.example/", false},
        {"https://pay.example\\@evil.test/", false},
        {"https://evil.test/https://pay.example", false},
        {"https://evil.test#https://pay.example", false},
        {"javascript:alert(1)//https://pay.example", false},
        {"https://pay.example/\r\nSet-Cookie: a=b", false},
        {"https://local.test:8443/a", true},
        {"", false},
    };
    struct redirects redirects;
    char said[512];

    (void)state;
    plan(&redirects, (const char *const[]){"https://pay.example", "https://local.test:8443", NULL}, said,
         sizeof said);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (dw__redirects_allow(&redirects, DW_TEXT("https://app.test"), dw__text_of(rows[i].url)) !=
            rows[i].allowed)
            fail_msg("%s", rows[i].url);
    assert_false(dw__redirects_allow(&redirects, (dw_text){NULL, 0}, DW_TEXT("https://app.test/items")));
    dw__redirects_release(&redirects);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_the_list_may_have),
        cmocka_unit_test(test_where_they_lead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
