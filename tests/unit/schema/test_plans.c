/* Each schema is compiled once. */
#include "schema/shapes.h"

DW_SCHEMA(broken, (dw_text, a, .pattern = "("));

static void compiles_once(void **state)
{
    struct schema_plans plans;
    const struct schema_plan *a, *b, *c;
    char text[256];
    struct buf why;
    (void)state;
    dw__buf_init_fixed(&why, text, sizeof text);
    dw__schema_plans_init(&plans);
    assert_int_equal(dw__schema_plans_get(&plans, &thing_schema, &a, &why), DW_OK);
    assert_int_equal(dw__schema_plans_get(&plans, &owner_schema, &b, &why), DW_OK);
    assert_int_equal(dw__schema_plans_get(&plans, &thing_schema, &c, &why), DW_OK);
    assert_ptr_equal(a, c);
    assert_ptr_not_equal(a, b);
    assert_int_equal(dw__schema_plans_get(&plans, &broken_schema, &c, &why), DW_INTERNAL);
    assert_null(c);
    assert_int_equal(plans.n, 2);
    dw__schema_plans_release(&plans);
    dw__schema_plans_release(&plans);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(compiles_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
