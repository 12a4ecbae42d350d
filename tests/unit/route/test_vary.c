/* What of a request the answer of a route depends on by its tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "route/vary.h"

/* By header the first and the third, by cookie the second. */
static struct plan_field fields[] = {{.source_name = DW_TEXT_INIT("accept-language")},
                                     {.source_name = DW_TEXT_INIT("theme")},
                                     {.source_name = DW_TEXT_INIT("x-device")}};
static const struct schema_plan schema = {.fields = fields, .n_fields = 3};

static void says(struct route_plan plan, const char *expected)
{
    dw__plan_vary(&plan);
    if (!dw__text_eq(plan.vary, dw__text_of(expected)))
        fail_msg("%.*s, not %s", DW_FMT(plan.vary), expected);
    free((void *)(uintptr_t)plan.vary.p);
}

static void what_is_declared(void **state)
{
    struct load_plan load = {.key = &schema, .sources = {.header = 4}},
                     both[] = {load, {.key = &schema, .sources = {.header = 1, .cookie = 2}}};

    (void)state;
    says((struct route_plan){.in = NULL}, "");
    says((struct route_plan){.in = &schema}, "");
    says((struct route_plan){.in = &schema, .sources = {.query = 1}}, "");
    says((struct route_plan){.in = &schema, .sources = {.header = 5, .cookie = 2}},
         "accept-language, x-device, cookie");
    says((struct route_plan){.in = &schema, .loads = {.v = &load, .n = 1}, .sources = {.query = 1}},
         "x-device");
    says((struct route_plan){.in = &schema, .loads = {.v = both, .n = 2}, .sources = {.header = 4}},
         "x-device, accept-language, cookie");
}

static void too_many_to_name(void **state)
{
    static char name[600];
    struct plan_field longs[] = {{.source_name = {name, sizeof name}},
                                 {.source_name = {name, sizeof name - 1}}};
    const struct schema_plan much = {.fields = longs, .n_fields = 2};

    (void)state;
    memset(name, 'x', sizeof name);
    says((struct route_plan){.in = &much, .sources = {.header = 3}}, "*");
}

static void what_a_list_has(void **state)
{
    const dw_text list = DW_TEXT("accept-language, x-device");

    (void)state;
    assert_true(dw__vary_has(list, DW_TEXT("Accept-Language")) && dw__vary_has(list, DW_TEXT("x-device")));
    assert_false(dw__vary_has(list, DW_TEXT("x-dev")) || dw__vary_has(list, DW_TEXT("language")));
    assert_false(dw__vary_has((dw_text){NULL, 0}, DW_TEXT("cookie")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_declared), cmocka_unit_test(too_many_to_name),
                                       cmocka_unit_test(what_a_list_has)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
