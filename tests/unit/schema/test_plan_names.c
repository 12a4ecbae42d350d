/* The perfect hash: 64 names that look alike, and every near miss of them. */
#include <stdio.h>

#include "schema/plan_names.h"
#include "schema/shapes.h"

#define N 64

static char names[N][64];
static struct plan_field fields[N];

static void indexes(const char *format)
{
    struct schema_plan plan = {.n_fields = N, .fields = fields};
    for (int i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], format, i);
        fields[i].name = dw__text_of(names[i]);
    }
    assert_int_equal(dw__plan_names_index(&plan), DW_OK);
    for (int i = 0; i < N; i++) {
        char near[64];
        dw_text t = {near, strlen(names[i])};
        strcpy(near, names[i]);
        assert_int_equal(dw__schema_field(&plan, t), i);
        for (size_t k = 0; k < t.n; k++) {
            near[k] ^= 0x40;
            assert_int_equal(dw__schema_field(&plan, t), -1);
            near[k] ^= 0x40;
        }
        assert_int_equal(dw__schema_field(&plan, (dw_text){near, t.n - 1}), -1);
    }
    free(plan.slots);
}

static void finds_all(void **state)
{
    (void)state;
    indexes("%02d");
    indexes("f%02d");
    indexes("%02dabcde");
    indexes("field_%02d");
    indexes("a rather long name with %02d in its middle and more behind");
    indexes("%02d a rather long name, and the only difference in front");
}

static void finds_nothing_in_nothing(void **state)
{
    struct schema_plan plan = {0};
    (void)state;
    assert_int_equal(dw__plan_names_index(&plan), DW_OK);
    assert_int_equal(dw__schema_field(&plan, DW_TEXT("a")), -1);
    free(plan.slots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_all),
                                       cmocka_unit_test(finds_nothing_in_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
