/* Recovery codes: what is shown can be read as people type it, and what is kept is another thing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/recovery.h"
#include "guard_page.h"

static bool reads(const char *typed, uint8_t bytes[static DW__RECOVERY_BYTES])
{
    size_t n = strlen(typed);
    char *copy = guard_page_copy(typed, n);
    bool good = dw__recovery_read((dw_secret){copy, n}, bytes);

    guard_page_free(copy);
    return good;
}

static void what_is_shown_is_read(void **state)
{
    uint8_t bytes[DW__RECOVERY_BYTES], back[DW__RECOVERY_BYTES];
    char text[DW__RECOVERY_TEXT + 1] = {0};

    (void)state;
    for (int i = 0; i < 1000; i++) {
        dw__recovery_make(bytes);
        dw__recovery_show(bytes, text);
        assert_true(text[6] == '-' && text[13] == '-' && text[20] == '-');
        assert_true(reads(text, back));
        assert_memory_equal(bytes, back, sizeof bytes);
    }
}

static void as_people_type_it(void **state)
{
    static const char *const same[] = {"GEZDGN-BVGY3T-QOJQGE-ZDGNBV", "gezdgn-bvgy3t-qojqge-zdgnbv",
                                       "GEZDGNBVGY3TQOJQGEZDGNBV", " gezd gnbv gy3t qojq gezd gnbv ",
                                       "--GEZDGNBVGY3TQOJQGEZDGNBV--"};
    static const char *const other[] = {"",
                                        "GEZDGN",
                                        "GEZDGN-BVGY3T-QOJQGE-ZDGNB",
                                        "GEZDGN-BVGY3T-QOJQGE-ZDGNBVA",
                                        "GEZDGN-BVGY3T-QOJQGE-ZDGNB1",
                                        "GEZDGN-BVGY3T-QOJQGE-ZDGNB\xc3\x97",
                                        "GEZDGN-BVGY3T-QOJQGE-ZDGNB\n",
                                        "123456"};
    uint8_t bytes[DW__RECOVERY_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_true(reads(same[i], bytes));
        assert_memory_equal(bytes, "123456789012345", sizeof bytes);
    }
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        assert_false(reads(other[i], bytes));
}

static void what_is_kept_is_each_account_s_own(void **state)
{
    const uint8_t *code = (const uint8_t *)"123456789012345", *next = (const uint8_t *)"123456789012346";
    char a[DW__RECOVERY_KEPT], b[DW__RECOVERY_KEPT];

    (void)state;
    assert_int_equal(dw__recovery_kept(1, code, a), DW_OK);
    assert_int_equal(dw__recovery_kept(1, code, b), DW_OK);
    assert_memory_equal(a, b, sizeof a);
    assert_int_equal(dw__recovery_kept(2, code, b), DW_OK);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(dw__recovery_kept(256, code, b), DW_OK);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(dw__recovery_kept(1, next, b), DW_OK);
    assert_memory_not_equal(a, b, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_shown_is_read),
                                       cmocka_unit_test(as_people_type_it),
                                       cmocka_unit_test(what_is_kept_is_each_account_s_own)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
