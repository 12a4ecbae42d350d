/* Passwords that may be set: long, not on the list, not repeated, more than names; and the words of a refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth/password_policy.h"
#include "base/ctx.h"
#include "schema/bind.h"

extern const char dw__password_list[];
extern const uint64_t dw__password_list_size;

static dw_text text_of(const char *s)
{
    return (dw_text){s, strlen(s)};
}

static enum password_verdict judge(const char *password)
{
    const dw_text names[] = {
        text_of("Margaret"), text_of("margaret.hamilton@example.com"), text_of("coffer"), {0}};
    return dw__password_judge((dw_secret){password, strlen(password)}, false, names, 4);
}

static const struct {
    enum password_verdict verdict;
    const char *password;
} rows[] = {
    {PASSWORD_GOOD, "correct horse battery staple 1"},
    {PASSWORD_GOOD, "seven blue lamps hum"},
    {PASSWORD_GOOD, "x7Kp2mQw9ZrT4vB"},
    {PASSWORD_GOOD, "!@#$%^&*()_+-=[]"},
    {PASSWORD_GOOD, "\xd1\x81\xd0\xb5\xd0\xbc\xd1\x8c \xd1\x81\xd0\xb8\xd0\xbd\xd0\xb8\xd1\x85 "
                    "\xd0\xbb\xd0\xb0\xd0\xbc\xd0\xbf \xd0\xb3\xd1\x83\xd0\xb4\xd1\x8f\xd1\x82"},
    {PASSWORD_LENGTH, ""},
    {PASSWORD_LENGTH, "x7Kp2mQw9ZrT4v"},
    {PASSWORD_LENGTH,
     "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4"}, /* 14 bytes, 7 characters */
    {PASSWORD_COMMON, "correct horse battery staple"},
    {PASSWORD_COMMON, "Correct-Horse-Battery-Staple!"},
    {PASSWORD_COMMON, "1qaz2wsx3edc4rfv"},
    {PASSWORD_COMMON, "qwertyuiopasdfgh"},
    {PASSWORD_COMMON, "12345678987654321"},
    {PASSWORD_COMMON, "Password123456789"},
    {PASSWORD_COMMON, "may the force be with you"},
    {PASSWORD_COMMON, "zyxwvutsrqponmlk"},
    {PASSWORD_REPEATED, "aaaaaaaaaaaaaaaaaaaa"},
    {PASSWORD_REPEATED, "abcabcabcabcabcabc"},
    {PASSWORD_REPEATED, "passwordpassword"},
    {PASSWORD_REPEATED, "Tr0ub4dor Tr0ub4dor"},
    {PASSWORD_REPEATED, "121212121212121"},
    {PASSWORD_REPEATED, "1122211212121221"},
    {PASSWORD_NAMES, "margaret hamilton"},
    {PASSWORD_NAMES, "MargaretHamilton1"},
    {PASSWORD_NAMES, "coffer-margaret-2024"},
    {PASSWORD_GOOD, "margaret keeps eleven owls"},
};

static void judges(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const enum password_verdict got = judge(rows[i].password);
        if (got != rows[i].verdict)
            fail_msg("%s: %d, not %d", rows[i].password, got, rows[i].verdict);
    }
}

static void counts_characters(void **state)
{
    (void)state;
    char longest[129 * 2 + 1] = {0};
    for (int i = 0; i < 129; i++)
        memcpy(longest + 2 * i,
               i % 11 == 0  ? "\xc3\xa4"
               : i % 7 == 0 ? "\xc3\xb6"
               : i % 5 == 0 ? "\xc3\xbc"
               : i % 3 == 0 ? "\xc3\xa0"
                            : "\xc3\xa8",
               2);
    assert_int_equal(judge(longest), PASSWORD_LENGTH);
    longest[2 * 128] = '\0';
    assert_int_equal(judge(longest), PASSWORD_GOOD);
    assert_int_equal(dw__password_judge((dw_secret){"x7Kp2mQw", 8}, true, NULL, 0), PASSWORD_GOOD);
    assert_int_equal(dw__password_judge((dw_secret){"x7Kp2mQ", 7}, true, NULL, 0), PASSWORD_LENGTH);
}

static void finds_every_line_and_nothing_else(void **state)
{
    (void)state;
    size_t n = 0;
    char longer[160];
    const char *const last = dw__password_list + dw__password_list_size;
    for (const char *at = dw__password_list; at < last; n++) {
        const char *end = memchr(at, '\n', (size_t)(last - at));
        assert_non_null(end);
        const size_t size = (size_t)(end - at);
        assert_true(size >= DW__PASSWORD_CHARS_MIN && size <= DW__PASSWORD_CHARS_MAX);
        assert_true(dw__password_listed((dw_text){at, size}));
        memcpy(longer, at, size);
        longer[size] = '#';
        assert_false(dw__password_listed((dw_text){longer, size + 1}));
        longer[size / 2] = '!';
        assert_false(dw__password_listed((dw_text){longer, size}));
        at = end + 1;
    }
    assert_true(n >= 3000);
    static const char *const strangers[] = {"",         "0",      "a",  "zzzzzzzzzzzzzzzzzzzzzz",
                                            "\xff\xff", "qwerty", "\n", "password\n"};
    for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
        assert_false(dw__password_listed(text_of(strangers[i])));
}

static void a_refusal_names_the_field(void **state)
{
    (void)state;
    struct arena arena;
    struct services services = {0};
    struct clock frozen = {0};
    dw_ctx ctx;
    dw__arena_init(&arena, NULL, 1 << 16);
    dw__ctx_init(&ctx, &arena, &services, &frozen);
    assert_int_equal(dw_password_check(&ctx, ((dw_secret){"seven blue lamps hum", 20})), DW_OK);
    assert_null(ctx.faults);
    assert_int_equal(dw_password_check(&ctx, ((dw_secret){"short", 5})), DW_INVALID);
    const struct bind_faults *faults = ctx.faults;
    assert_true(faults->n_broken == 1 && dw_text_is(faults->broken[0].field, "password"));
    assert_string_equal(faults->broken[0].code, "len");
    assert_int_equal(dw_password_check(&ctx, ((dw_secret){"margaret hamilton", 17}), .field = "new_password",
                                       .names = {DW_TEXT("Margaret Hamilton")}),
                     DW_INVALID);
    faults = ctx.faults;
    assert_true(faults->n_broken == 1 && dw_text_is(faults->broken[0].field, "new_password"));
    assert_string_equal(faults->broken[0].code, "names");
    dw__ctx_end(&ctx);
    dw__arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges),
        cmocka_unit_test(counts_characters),
        cmocka_unit_test(finds_every_line_and_nothing_else),
        cmocka_unit_test(a_refusal_names_the_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
