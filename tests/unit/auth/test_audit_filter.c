/* Which lines of the audit log are looked for: by time, event, account and request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/audit_filter.h"
#include "base/text.h"

static const struct audit_line line = {
    .time = DW_TEXT_INIT("2026-01-31T12:00:00.500Z"),
    .event = DW_TEXT_INIT("auth.password_refused"),
    .rest = DW_TEXT_INIT(",\"kind\":\"authentication\",\"request_id\":\"abc\",\"actor\":\"u-1\",\"account\":"
                         "\"u-2\",\"account_id\":7"),
};

static bool takes(struct audit_filter filter)
{
    return dw__audit_filter_takes(&filter, &line);
}
#define TAKES(member, text) takes((struct audit_filter){.member = DW_TEXT_INIT(text)})

static void times_are_taken_by_their_beginnings(void **state)
{
    (void)state;
    assert_true(takes((struct audit_filter){0}));
    assert_true(TAKES(since, "2026-01-31"));
    assert_true(TAKES(since, "2026-01-31T12:00:00Z"));
    assert_true(TAKES(since, "2026-01-31T12:00:00.500Z"));
    assert_false(TAKES(since, "2026-01-31T12:00:00.501Z"));
    assert_false(TAKES(since, "2026-02"));
    assert_true(TAKES(until, "2026-01-31")); /* all of that day */
    assert_true(TAKES(until, "2026-01-31T12:00:00Z"));
    assert_false(TAKES(until, "2026-01-31T11:59"));
    assert_false(TAKES(until, "2026-01-30"));
}

static void events_are_taken_whole_or_by_their_beginning(void **state)
{
    (void)state;
    assert_true(TAKES(event, "auth.password_refused"));
    assert_false(TAKES(event, "auth.password"));
    assert_true(TAKES(event, "auth.*"));
    assert_true(TAKES(event, "*"));
    assert_false(TAKES(event, "session.*"));
}

static void accounts_and_requests_are_members(void **state)
{
    (void)state;
    assert_true(TAKES(account, "u-1"));
    assert_true(TAKES(account, "u-2"));
    assert_true(TAKES(account, "7"));
    assert_false(TAKES(account, "abc"));
    assert_true(TAKES(request, "abc"));
    assert_false(TAKES(request, "u-1"));
    assert_false(takes((struct audit_filter){.account = DW_TEXT_INIT("u-1"), .request = DW_TEXT_INIT("x")}));
    assert_true(takes((struct audit_filter){.account = DW_TEXT_INIT("u-1"), .request = DW_TEXT_INIT("abc")}));
}

static void a_time_has_its_shape(void **state)
{
    static const char *const right[] = {"2026", "2026-01-31", "2026-01-31T12:00:00Z",
                                        "2026-01-31T12:00:00.500Z"};
    static const char *const wrong[] = {
        "", "20", "yesterday", "2026-1-31", "2026-01-31Z", "2026-01-31 ", "2026-01-31T12:00:00.500ZZ"};

    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        assert_true(dw__audit_filter_time_holds(dw__text_of(right[i])));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(dw__audit_filter_time_holds(dw__text_of(wrong[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_taken_by_their_beginnings),
        cmocka_unit_test(events_are_taken_whole_or_by_their_beginning),
        cmocka_unit_test(accounts_and_requests_are_members),
        cmocka_unit_test(a_time_has_its_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
