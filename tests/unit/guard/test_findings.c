/* test_findings.c -- the list of what can be found: every row is whole, and its id is its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "guard/findings.h"

#include "base/text.h"

static bool is_id(const char *id)
{
    const char *dot = strchr(id, '.');

    return dot != NULL && dot > id && strspn(id, "abcdefghijklmnopqrstuvwxyz_") == (size_t)(dot - id) &&
           dot[1] != '\0' && strspn(dot + 1, "abcdefghijklmnopqrstuvwxyz-") == strlen(dot + 1);
}

static void every_row_is_whole(void **state)
{
    (void)state;
    assert_true(FINDINGS > 60);
    for (unsigned i = 0; i < FINDINGS; i++) {
        const struct finding_row *row = dw__finding((enum finding)i);

        assert_true(is_id(row->id));
        assert_true(row->cwe > 0 && row->cwe < 2000);
        assert_true(strspn(row->asvs, "0123456789.") == strlen(row->asvs) && strlen(row->asvs) >= 5);
        assert_true(strlen(row->why) > 10 && strlen(row->fix) > 10);
        /* They stand in tables and behind a colon. */
        assert_null(strpbrk(row->why, "|\n"));
        assert_null(strpbrk(row->fix, "|\n"));
        assert_true(row->why[strlen(row->why) - 1] != '.' && row->fix[strlen(row->fix) - 1] != '.');
    }
}

static void an_id_is_one_findings(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FINDINGS; i++)
        assert_int_equal(dw__finding_find(dw__text_of(dw__finding((enum finding)i)->id)), i);
    assert_int_equal(dw__finding_find(DW_TEXT("")), FINDINGS);
    assert_int_equal(dw__finding_find(DW_TEXT("roles")), FINDINGS);
    assert_int_equal(dw__finding_find(DW_TEXT("roles.public ")), FINDINGS);
}

static void levels_have_names(void **state)
{
    (void)state;
    assert_string_equal(dw__finding_level_name(FINDING_NOTE), "note");
    assert_string_equal(dw__finding_level_name(FINDING_WARNING), "warning");
    assert_string_equal(dw__finding_level_name(FINDING_ERROR), "error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_whole),
        cmocka_unit_test(an_id_is_one_findings),
        cmocka_unit_test(levels_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
