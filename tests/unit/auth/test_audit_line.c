/* A line that is made is read as it was made, and nothing else is a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/audit_line.h"
#include "base/text.h"

static const uint8_t root[DW__AUDIT_KEY] = {7};
static char bytes[DW__AUDIT_LINE];

static dw_text make(struct audit_chain *chain, dw_text rest)
{
    char mac[DW__AUDIT_MAC];
    struct buf b;

    dw__buf_init_fixed(&b, bytes, sizeof bytes);
    dw__audit_line_begin(&b, chain, INT64_C(1700000000123), DW_TEXT("some.event"));
    dw__buf_text(&b, rest);
    assert_int_equal(dw__audit_line_end(&b, 0, chain, mac), DW_OK);
    assert_int_equal(bytes[b.n - 1], '\n');
    return (dw_text){bytes, b.n - 1};
}

static void a_line_is_read_as_it_was_made(void **state)
{
    struct audit_chain chain;
    struct audit_line line;
    dw_text text;

    (void)state;
    assert_int_equal(dw__audit_chain_begin(&chain, root, "0123456789abcdef"), DW_OK);
    text = make(&chain, DW_TEXT(",\"kind\":\"x\""));
    assert_int_equal(chain.seq, 1);
    assert_true(dw__audit_line_read(text, &line));
    assert_true(dw__text_is(line.time, "2023-11-14T22:13:20.123Z"));
    assert_true(dw__text_is(line.chain, "0123456789abcdef"));
    assert_true(dw__text_is(line.event, "some.event"));
    assert_true(dw__text_is(line.rest, ",\"kind\":\"x\""));
    assert_int_equal(line.seq, 0);
    for (size_t n = 0; n < text.n; n++)
        assert_false(dw__audit_line_read((dw_text){text.p, n}, &line));
    for (size_t n = 1; n < text.n; n++)
        assert_false(dw__audit_line_read((dw_text){text.p + n, text.n - n}, &line));
}

static void a_number_has_one_spelling(void **state)
{
    static const char mac[] =
        ",\"mac\":\"0000000000000000000000000000000000000000000000000000000000000000\"}";
    static const char *const numbers[] = {"01", "", "-1", "+1", "18446744073709551616", "1e2", "0x1"};
    struct audit_line line;

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char text[512];
        int n = snprintf(text, sizeof text,
                         "{\"time\":\"2023-11-14T22:13:20.123Z\",\"chain\":\"0123456789abcdef\",\"seq\":%s,"
                         "\"event\":\"x\"%s",
                         numbers[i], mac);

        assert_false(dw__audit_line_read((dw_text){text, (size_t)n}, &line));
    }
}

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static bool after(const char *rest, struct audit_after *out)
{
    return dw__audit_after_read(dw__text_of(rest), out);
}

static void what_is_followed_is_read(void **state)
{
    struct audit_after a;

    (void)state;
    assert_true(after(",\"after\":\"nothing\",\"torn\":0,\"x\":1", &a));
    assert_int_equal(a.chain.n, 0);
    assert_true(after(",\"after\":\"?\",\"torn\":5", &a));
    assert_true(dw__text_is(a.chain, "?"));
    assert_int_equal(a.torn, 5);
    assert_true(after(",\"after\":\"0123456789abcdef:17\",\"torn\":0,\"kind\":\"audit\"", &a));
    assert_true(dw__text_is(a.chain, "0123456789abcdef"));
    assert_int_equal(a.seq, 17);
    assert_int_equal(a.file.n + a.mac.n, 0);
    assert_false(after(",\"after\":\"0123456789abcde:17\",\"torn\":0", &a));
    assert_false(after(",\"kind\":\"x\",\"after\":\"?\",\"torn\":5", &a));
}

static void the_file_that_is_followed_is_read(void **state)
{
    static const char *const wrong[] = {",\"file\":\"\"", ",\"file\":\"a\\n\"", ",\"file\":\"a\033b\"",
                                        ",\"file\":\"a", ",\"last_mac\":\"0123\""};
    struct audit_after a;
    char text[512];

    (void)state;
    assert_true(after(
        ",\"after\":\"0123456789abcdef:17\",\"torn\":2,\"file\":\"a.log.1\",\"last_mac\":\"" HEX64 "\"", &a));
    assert_true(dw__text_is(a.file, "a.log.1"));
    assert_true(dw__text_is(a.mac, HEX64));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(text, sizeof text, ",\"after\":\"0123456789abcdef:17\",\"torn\":2%s", wrong[i]);
        assert_false(after(text, &a));
    }
}

static void what_is_followed_is_written_as_it_is_read(void **state)
{
    const struct audit_after all = {.chain = DW_TEXT_INIT("0123456789abcdef"),
                                    .seq = 3,
                                    .torn = 9,
                                    .file = DW_TEXT_INIT("a.log"),
                                    .mac = DW_TEXT_INIT(HEX64)};
    struct audit_after nothing = {.file = DW_TEXT_INIT("a \"b")}, a;
    char text[512];
    struct buf b;

    (void)state;
    dw__buf_init_fixed(&b, text, sizeof text);
    dw__audit_after_put(&b, &all);
    assert_true(dw__audit_after_read((dw_text){b.p, b.n}, &a));
    assert_true(dw__text_eq(a.chain, all.chain) && dw__text_eq(a.file, all.file) &&
                dw__text_eq(a.mac, all.mac));
    assert_int_equal(a.seq * 100 + a.torn, 309);
    dw__buf_init_fixed(&b, text, sizeof text);
    dw__audit_after_put(&b, &nothing); /* a name that could not be read again is not written */
    assert_true(dw__text_is(((dw_text){b.p, b.n}), ",\"after\":\"nothing\",\"torn\":0"));
}

static void members_are_read_one_after_the_other(void **state)
{
    dw_text rest = DW_TEXT(",\"a\":\"x\\\"y,\",\"b\":12,\"c\":true");
    static const char *const wrong[] = {"", "x", ",\"a\"", ",\"a\":\"x", ",\"a\":\"x\\\"", ",\"\":1"};
    struct audit_member m;

    (void)state;
    assert_true(dw__audit_member_read(&rest, &m));
    assert_true(m.is_text && dw__text_is(m.name, "a") && dw__text_is(m.value, "x\\\"y,"));
    assert_true(dw__audit_member_read(&rest, &m));
    assert_true(!m.is_text && dw__text_is(m.name, "b") && dw__text_is(m.value, "12"));
    assert_true(dw__audit_member_read(&rest, &m));
    assert_true(dw__text_is(m.value, "true"));
    assert_false(dw__audit_member_read(&rest, &m));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        rest = dw__text_of(wrong[i]);
        assert_false(dw__audit_member_read(&rest, &m));
    }
}

static bool read_head(dw_text text, struct audit_head_line *out)
{
    return dw__audit_head_read(&text, out);
}

static void a_head_is_found_in_a_line_of_the_log(void **state)
{
    static const char mac[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    struct audit_head_line head;
    char text[1024];
    int n = snprintf(
        text, sizeof text,
        "{\"time\":\"t\",\"level\":\"info\",\"kind\":\"event\",\"event\":\"audit.head\",\"at\":"
        "\"2023-11-14T22:13:20.123Z\",\"chain\":\"0123456789abcdef\",\"seq\":41,\"mac\":\"%s\",\"head\":"
        "\"%s\",\"process\":\"audit\"}",
        mac, mac);

    (void)state;
    assert_true(read_head((dw_text){text, (size_t)n}, &head));
    assert_int_equal(head.seq, 41);
    assert_true(dw__text_eq(head.mac, dw__text_of(mac)) && dw__text_eq(head.head, dw__text_of(mac)));
    for (int i = 0; i < n - (int)strlen(",\"process\":\"audit\"}"); i++)
        assert_false(read_head((dw_text){text, (size_t)i}, &head));
    assert_false(read_head(DW_TEXT("{\"event\":\"audit.opened\"}"), &head));
    strstr(text, "T22:")[0] = 'x'; /* that is no time */
    assert_false(read_head((dw_text){text, (size_t)n}, &head));
}

/* Who can write into the log before a head, and sends no newline. */
static void what_stands_before_a_head_does_not_hide_it(void **state)
{
#define HEAD(seq)                                                                                  \
    "\"event\":\"audit.head\",\"at\":\"2023-11-14T22:13:20.123Z\",\"chain\":\"0123456789abcdef\"," \
    "\"seq\":" seq ",\"mac\":\"" HEX64 "\",\"head\":\"" HEX64 "\""
    static const char *const before[] = {"\"event\":\"audit.head\",\"at\":\"",
                                         "\"event\":\"audit.head\",\"at\":\"2023"};
    struct audit_head_line head;
    dw_text both = DW_TEXT("{" HEAD("1") "{" HEAD("2") "}");

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char text[1024];
        int n = snprintf(text, sizeof text, "%s{%s}", before[i], HEAD("41"));

        assert_true(read_head((dw_text){text, (size_t)n}, &head));
        assert_int_equal(head.seq, 41);
    }
    assert_true(dw__audit_head_read(&both, &head));
    assert_int_equal(head.seq, 1);
    assert_true(dw__audit_head_read(&both, &head));
    assert_int_equal(head.seq, 2);
    assert_false(dw__audit_head_read(&both, &head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_read_as_it_was_made),
        cmocka_unit_test(a_number_has_one_spelling),
        cmocka_unit_test(what_is_followed_is_read),
        cmocka_unit_test(the_file_that_is_followed_is_read),
        cmocka_unit_test(what_is_followed_is_written_as_it_is_read),
        cmocka_unit_test(members_are_read_one_after_the_other),
        cmocka_unit_test(a_head_is_found_in_a_line_of_the_log),
        cmocka_unit_test(what_stands_before_a_head_does_not_hide_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
