/* Arguments of a job: what was put is what is run, or nothing is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jobs/args.h"
#include <dw/job.h>

DW_SCHEMA(parcel, (dw_text, to, DW_LEN(1, 100)), (int64_t, grams, DW_RANGE(1, 1000)), (dw_date, day, .optional = true),
          (dw_text, note, .optional = true));

struct rig {
    struct arena arena;
    struct schema_plan *plan;
};

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    char text[200];
    struct buf why;

    dw__buf_init_fixed(&why, text, sizeof text);
    dw__arena_init(&rig->arena, NULL, (size_t)1 << 20);
    assert_int_equal(dw__schema_compile(&parcel_schema, &rig->plan, &why), DW_OK);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;

    dw__schema_plan_free(rig->plan);
    dw__arena_release(&rig->arena);
    free(rig);
    return 0;
}

static void come_back(void **state)
{
    struct rig *rig = *state;
    const parcel in = {
        .to = DW_TEXT("Zo\xc3\xab \"the\\first\"\n"), .grams = 7, .day = {2026, 2, 28}, .has.day = true};
    const parcel *out;
    dw_text json, why;
    void *args;

    assert_int_equal(dw__job_args_print(rig->plan, &in, &rig->arena, &json), DW_OK);
    assert_int_equal(dw__job_args_bind(rig->plan, json, &rig->arena, &args, &why), DW_OK);
    out = args;
    assert_true(dw_text_eq(out->to, in.to) && out->grams == 7 && out->has.day && !out->has.note);
    assert_int_equal(dw_date_compare(out->day, in.day), 0);
}

static void are_judged_again(void **state)
{
    static const struct {
        const char *json, *why;
    } wrong[] = {
        {"{\"to\":\"x\",\"grams\":1001}", "grams"},
        {"{\"to\":\"\",\"grams\":1}", "to"},
        {"{\"grams\":1}", "to"},
        {"{\"to\":\"x\",\"grams\":1,\"more\":2}", "more"},
        {"{\"to\":\"x\",\"grams\":1", "not JSON"},
        {"[]", "_schema"},
        {"", "not JSON"},
    };
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        dw_text json = {wrong[i].json, strlen(wrong[i].json)}, why;
        void *args;

        assert_int_equal(dw__job_args_bind(rig->plan, json, &rig->arena, &args, &why), DW_INVALID);
        if (!memmem(why.p, why.n, wrong[i].why, strlen(wrong[i].why)))
            fail_msg("no `%s` in: %.*s", wrong[i].why, DW_FMT(why));
    }
}

static void have_a_bound(void **state)
{
    struct rig *rig = *state;
    char *long_text = malloc(DW_JOB_ARGS_MAX);
    parcel in = {.to = DW_TEXT("x"), .grams = 1, .has.note = true};
    dw_text json;

    memset(long_text, 'n', DW_JOB_ARGS_MAX);
    in.note = (dw_text){long_text, DW_JOB_ARGS_MAX - 100};
    assert_int_equal(dw__job_args_print(rig->plan, &in, &rig->arena, &json), DW_OK);
    in.note.n = DW_JOB_ARGS_MAX;
    assert_int_equal(dw__job_args_print(rig->plan, &in, &rig->arena, &json), DW_TOO_LARGE);
    free(long_text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(are_judged_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(have_a_bound, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
