/* Outcomes as bytes: what goes in comes out, and nothing that is cut or longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../guard_page.h"
#include "app/repeat_record.h"
#include "base/text.h"

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dw__arena_release(&arena);
    return 0;
}

static const struct http_field fields[] = {{DW_TEXT_INIT("Location"), DW_TEXT_INIT("/cards/1")},
                                           {DW_TEXT_INIT("ETag"), DW_TEXT_INIT("\"1\"")}};

static dw_text put(const struct repeat_record *record)
{
    struct buf b;

    dw__buf_init(&b, &arena, 2 * DW__REPEAT_MAX);
    dw__repeat_put(record, &b);
    return b.failed ? (dw_text){NULL, 0} : (dw_text){b.p, b.n};
}

static dw_err get(dw_text bytes, struct repeat_record *record)
{
    char *copy = guard_page_copy(bytes.p, bytes.n);
    dw_err err = dw__repeat_get((dw_text){copy, bytes.n}, &arena, record);

    guard_page_free(copy);
    return err;
}

static void outcomes_come_back(void **state)
{
    const struct repeat_record made = {
        .made = {201, DW_TEXT("application/json"), DW_TEXT("{\"id\":1}")}, .fields = fields, .n_fields = 2};
    const struct repeat_record failed = {.err = DW_CONFLICT, .sentence = DW_TEXT("Somebody has it")};
    struct repeat_record got;
    dw_text bytes = put(&made);

    (void)state;
    assert_int_equal(dw__repeat_get(bytes, &arena, &got), DW_OK);
    assert_int_equal(got.err, DW_OK);
    assert_int_equal(got.made.status, 201);
    assert_true(dw__text_is(got.made.type, "application/json") && dw__text_is(got.made.body, "{\"id\":1}"));
    assert_int_equal(got.n_fields, 2);
    assert_true(dw__text_is(got.fields[0].name, "Location") && dw__text_is(got.fields[1].value, "\"1\""));
    assert_int_equal(dw__repeat_get(put(&failed), &arena, &got), DW_OK);
    assert_int_equal(got.err, DW_CONFLICT);
    assert_true(dw__text_is(got.sentence, "Somebody has it"));
    assert_int_equal(got.n_fields, 0);
}

static void nothing_else_is_one(void **state)
{
    const struct repeat_record made = {
        .made = {201, DW_TEXT("application/json"), DW_TEXT("{}")}, .fields = fields, .n_fields = 2};
    struct repeat_record got;
    dw_text bytes = put(&made);
    char *longer = dw__arena_bytes(&arena, bytes.n + 1);

    (void)state;
    for (size_t n = 0; n < bytes.n; n++)
        assert_int_equal(get((dw_text){bytes.p, n}, &got), DW_INTERNAL);
    memcpy(longer, bytes.p, bytes.n);
    longer[bytes.n] = 0;
    assert_int_equal(get((dw_text){longer, bytes.n + 1}, &got), DW_INTERNAL);
    for (size_t word = 0; word < 5; word++) { /* version, error, status, headers, a length */
        memcpy(longer, bytes.p, bytes.n);
        memset(longer + 4 * word, 0xff, 4);
        assert_int_equal(get((dw_text){longer, bytes.n}, &got), DW_INTERNAL);
    }
}

static void what_is_too_long_is_not_kept(void **state)
{
    struct repeat_record made = {.made = {200, DW_TEXT("a/b"), {NULL, 0}}};

    (void)state;
    made.made.body = (dw_text){dw__arena_bytes(&arena, DW__REPEAT_MAX + 1), DW__REPEAT_MAX - 64};
    memset((char *)(uintptr_t)made.made.body.p, 'x', DW__REPEAT_MAX + 1);
    assert_non_null(put(&made).p);
    made.made.body.n = DW__REPEAT_MAX;
    assert_null(put(&made).p);
    made.made.body.n = DW__REPEAT_MAX + 1;
    assert_null(put(&made).p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(outcomes_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_else_is_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_too_long_is_not_kept, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("app/repeat_record", tests, NULL, NULL);
}
