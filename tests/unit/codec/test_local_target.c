/* What is a place on this server, and every trick that is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "codec/local_target.h"
#include "guard_page.h"
#include <dw/req.h>

static bool is_local(const char *p, size_t n)
{
    char *at = guard_page_copy(p, n);
    const bool is = dw__local_target_is((dw_text){at, n});
    const dw_text chosen = dw_local_target((dw_text){at, n}, DW_TEXT("/else"));

    assert_int_equal(chosen.p == at, is);
    guard_page_free(at);
    return is;
}

static void takes_places_of_ours(void **state)
{
    static const char *const rows[] = {
        "/",           "/a",    "/a/b/", "/a?x=1&y=%2f//evil.test",    "/a?",       "/a%20b",
        "/@evil.test", "/a:80", "/...",  "/a?next=https://evil.test/", "/caf%C3%A9"};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (!is_local(rows[i], strlen(rows[i])))
            fail_msg("%s", rows[i]);
}

static void refuses_tricks(void **state)
{
    static const dw_text rows[] = {
        DW_TEXT_INIT(""),
        DW_TEXT_INIT("a"),
        DW_TEXT_INIT("?a"),
        DW_TEXT_INIT("https://evil.test/"),
        DW_TEXT_INIT("javascript:alert(1)"),
        DW_TEXT_INIT("//evil.test"),
        DW_TEXT_INIT("///evil.test"),
        DW_TEXT_INIT("/\\evil.test"),
        DW_TEXT_INIT("\\\\evil.test"),
        DW_TEXT_INIT("/\t/evil.test"),
        DW_TEXT_INIT("\t//evil.test"),
        DW_TEXT_INIT(" //evil.test"),
        DW_TEXT_INIT("/%09/evil.test"),
        DW_TEXT_INIT("/%2f/evil.test"),
        DW_TEXT_INIT("/%5cevil.test"),
        DW_TEXT_INIT("/a//evil.test"),
        DW_TEXT_INIT("/.//evil.test"),
        DW_TEXT_INIT("/a/../../evil.test"),
        DW_TEXT_INIT("/%2e%2e/a"),
        DW_TEXT_INIT("/a\r\nSet-Cookie: a=b"),
        DW_TEXT_INIT("/a%0d%0aSet-Cookie:%20a=b"),
        DW_TEXT_INIT("/a\0b"),
        DW_TEXT_INIT("/a#b"),
        DW_TEXT_INIT("/a?b#c"),
        DW_TEXT_INIT("/a?b c"),
        DW_TEXT_INIT("/a?b\rc"),
        DW_TEXT_INIT("/a?b\\c"),
        DW_TEXT_INIT("/a?\"><script>"),
        DW_TEXT_INIT("/a?b%"),
        DW_TEXT_INIT("/a?b%4"),
        DW_TEXT_INIT("/a?b%4g"),
        DW_TEXT_INIT("/a?\xc3\xa9"),
        DW_TEXT_INIT("/\xc3\xa9"),
        DW_TEXT_INIT("/%ff"),
        DW_TEXT_INIT("/a%"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (is_local(rows[i].p, rows[i].n))
            fail_msg("%s", rows[i].p);
    assert_true(dw_text_is(dw_local_target((dw_text){NULL, 0}, DW_TEXT("/else")), "/else"));
}

static void has_a_bound(void **state)
{
    char long_one[DW__LOCAL_TARGET_MAX + 1];

    (void)state;
    memset(long_one, 'a', sizeof long_one);
    long_one[0] = '/';
    assert_true(is_local(long_one, DW__LOCAL_TARGET_MAX));
    assert_false(is_local(long_one, sizeof long_one));
    long_one[1] = '?';
    assert_true(is_local(long_one, DW__LOCAL_TARGET_MAX));
    assert_false(is_local(long_one, sizeof long_one));
}

/* No other byte, wherever it stands, makes one of what is none; and whatever is taken begins as a path of ours does. */
static void every_byte(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++) {
            const char text[] = {(char)a, (char)b, 'x'};

            if (is_local(text, sizeof text) && (a != '/' || b == '/' || b == '\\' || b <= ' ' || b > '~'))
                fail_msg("%02x %02x", a, b);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_places_of_ours),
        cmocka_unit_test(refuses_tricks),
        cmocka_unit_test(has_a_bound),
        cmocka_unit_test(every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
