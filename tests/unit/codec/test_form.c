/* Forms: pairs, limits, and where a bad one is bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "codec/form.h"
#include "guard_page.h"

static struct arena arena;

static int begin(void **state)
{
    (void)state;
    dw__arena_init(&arena, NULL, 4 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    dw__arena_release(&arena);
    return 0;
}

static void reads_pairs(void **state)
{
    static const char body[] = "name=J%C3%BCrgen+M&plain=yes&&empty&plain=no";
    struct form form;
    (void)state;
    char *p = guard_page_copy(body, sizeof body - 1);
    assert_int_equal(dw__form_parse((dw_text){p, sizeof body - 1}, &arena, &form), DW_OK);
    assert_int_equal(form.n, 4);
    assert_true(dw__text_is(form.pairs[0].name, "name"));
    assert_true(dw__text_is(form.pairs[0].value, "J\xc3\xbcrgen M"));
    assert_true(dw__text_is(form.pairs[1].value, "yes"));
    assert_true(form.pairs[1].value.p == p + 25);
    assert_true(dw__text_is(form.pairs[2].name, "empty"));
    assert_int_equal(form.pairs[2].value.n, 0);
    assert_true(dw__text_is(form.pairs[3].value, "no"));
    guard_page_free(p);
    assert_int_equal(dw__form_parse((dw_text){NULL, 0}, &arena, &form), DW_OK);
    assert_int_equal(form.n, 0);
}

static void says_where_it_is_bad(void **state)
{
    static const struct {
        dw_text body;
        size_t at;
    } rows[] = {
        {DW_TEXT_INIT("a=1&b=2%"), 7},     {DW_TEXT_INIT("a=1&b%2=2"), 5}, {DW_TEXT_INIT("a=%00"), 2},
        {DW_TEXT_INIT("aa=1&b=x\xff"), 7}, {DW_TEXT_INIT("a=1\0"), 3},     {DW_TEXT_INIT("a=1&%c0%af=1"), 4},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct form form;
        assert_int_equal(dw__form_parse(rows[i].body, &arena, &form), DW_MALFORMED);
        assert_int_equal(form.error_at, rows[i].at);
    }
}

static void keeps_limits(void **state)
{
    static char body[DW__FORM_FIELD_SIZE + 100];
    struct form form;
    (void)state;
    for (size_t i = 0; i < 1001; i++)
        memcpy(body + 4 * i, "a=1&", 4);
    assert_int_equal(dw__form_parse((dw_text){body, 4000}, &arena, &form), DW_OK);
    assert_int_equal(form.n, 1000);
    assert_int_equal(dw__form_parse((dw_text){body, 4004}, &arena, &form), DW_TOO_LARGE);

    memset(body, 'x', sizeof body);
    body[1] = '=';
    assert_int_equal(dw__form_parse((dw_text){body, 2 + DW__FORM_FIELD_SIZE}, &arena, &form), DW_OK);
    assert_int_equal(dw__form_parse((dw_text){body, 3 + DW__FORM_FIELD_SIZE}, &arena, &form), DW_TOO_LARGE);

    struct arena none;
    dw__arena_init(&none, NULL, 0);
    assert_int_equal(dw__form_parse(DW_TEXT("a=1"), &none, &form), DW_TOO_LARGE);
    dw__arena_release(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_pairs),
        cmocka_unit_test(says_where_it_is_bad),
        cmocka_unit_test(keeps_limits),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
