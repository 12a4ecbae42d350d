/* E-mail addresses: what RFC 5321 §4.1.2 takes, and what only a header may hold. */
#include "codec/email.h"

#include "codec/values.h"

#define L16 "abcdefghijklmnop"
#define L64 L16 L16 L16 L16
#define L63 L16 L16 L16 "abcdefghijklmno"

static void takes(void **state)
{
    static const struct {
        dw_text text;
        size_t local, labels;
    } rows[] = {
        {DW_TEXT_INIT("simple@example.com"), 6, 2},
        {DW_TEXT_INIT("very.common@example.com"), 11, 2},
        {DW_TEXT_INIT("x@example.com"), 1, 2},
        {DW_TEXT_INIT("FirstName.LastName@EasierReading.org"), 18, 2},
        {DW_TEXT_INIT("user.name+tag+sorting@example.com"), 21, 2},
        {DW_TEXT_INIT("name/surname@example.com"), 12, 2},
        {DW_TEXT_INIT("admin@example"), 5, 1},
        {DW_TEXT_INIT("example@s.example"), 7, 2},
        {DW_TEXT_INIT("\" \"@example.org"), 3, 2},
        {DW_TEXT_INIT("\"john..doe\"@example.org"), 11, 2},
        {DW_TEXT_INIT("mailhost!username@example.org"), 17, 2},
        {DW_TEXT_INIT("\"very.(),:;<>[]\\\".VERY.\\\"very@\\\\ \\\"very\\\".unusual\"@strange.example.com"),
         50, 3},
        {DW_TEXT_INIT("user%example.com@example.org"), 16, 2},
        {DW_TEXT_INIT("user-@example.org"), 5, 2},
        {DW_TEXT_INIT("!#$%&'*+-/=?^_`{|}~@example.org"), 19, 2},
        {DW_TEXT_INIT("postmaster@[123.123.123.123]"), 10, 0},
        {DW_TEXT_INIT("postmaster@[IPv6:2001:0db8:85a3::8a2e:0370:7334]"), 10, 0},
        {DW_TEXT_INIT("_test@[ipv6:::1]"), 5, 0},
        {DW_TEXT_INIT("a@xn--bcher-kva.example"), 1, 2},
        {DW_TEXT_INIT(L64 "@example.com"), 64, 2},
        {DW_TEXT_INIT("a@" L63 "." L63 "." L63 "." L16 L16 L16 "abcdefghijkl"), 1, 4},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct email email;
        char *copy = guard_page_copy(rows[i].text.p, rows[i].text.n);
        if (!dw__email_read((dw_text){copy, rows[i].text.n}, &email))
            fail_msg("%.*s", DW_FMT(rows[i].text));
        assert_int_equal(email.local.n, rows[i].local);
        assert_int_equal(email.domain.n, rows[i].text.n - rows[i].local - 1);
        assert_int_equal(email.labels, rows[i].labels);
        guard_page_free(copy);
        assert_true(dw_email_valid(rows[i].text));
    }
}

static void refuses(void **state)
{
    static const dw_text rows[] = {
        DW_TEXT_INIT(""),
        DW_TEXT_INIT("@"),
        DW_TEXT_INIT("a@"),
        DW_TEXT_INIT("@b"),
        DW_TEXT_INIT("abc.example.com"),
        DW_TEXT_INIT("a@b@c@example.com"),
        DW_TEXT_INIT("a\"b(c)d,e:f;g<h>i[j\\k]l@example.com"),
        DW_TEXT_INIT("just\"not\"right@example.com"),
        DW_TEXT_INIT("this is\"not\\allowed@example.com"),
        DW_TEXT_INIT("this\\ still\\\"not\\\\allowed@example.com"),
        DW_TEXT_INIT(L64 "x@example.com"),
        DW_TEXT_INIT("i.like.underscores@but_they_are_not_allowed_in_this_part"),
        DW_TEXT_INIT(".a@example.com"),
        DW_TEXT_INIT("a.@example.com"),
        DW_TEXT_INIT("a..b@example.com"),
        DW_TEXT_INIT("a b@example.com"),
        DW_TEXT_INIT(" a@example.com"),
        DW_TEXT_INIT("a@example.com "),
        DW_TEXT_INIT("a@example.com\n"),
        DW_TEXT_INIT("a\r\nBcc: x@example.com"),
        DW_TEXT_INIT("\"a\r\nb\"@example.com"),
        DW_TEXT_INIT("\"a\0b\"@example.com"),
        DW_TEXT_INIT("\"a@example.com"),
        DW_TEXT_INIT("\"a\"b@example.com"),
        DW_TEXT_INIT("\"a\\\"@example.com"),
        DW_TEXT_INIT("\"a\\"),
        DW_TEXT_INIT("\"a\""),
        DW_TEXT_INIT("John <john@example.com>"),
        DW_TEXT_INIT("<john@example.com>"),
        DW_TEXT_INIT("john(comment)@example.com"),
        DW_TEXT_INIT("john@(comment)example.com"),
        DW_TEXT_INIT("john@example.com(comment)"),
        DW_TEXT_INIT("a@example.com,b@example.com"),
        DW_TEXT_INIT("mailto:a@example.com,"),
        DW_TEXT_INIT("a@-example.com"),
        DW_TEXT_INIT("a@example-.com"),
        DW_TEXT_INIT("a@example..com"),
        DW_TEXT_INIT("a@.example.com"),
        DW_TEXT_INIT("a@example.com."),
        DW_TEXT_INIT("a@1.2.3.4"),
        DW_TEXT_INIT("a@[1.2.3]"),
        DW_TEXT_INIT("a@[1.2.3.4"),
        DW_TEXT_INIT("a@["),
        DW_TEXT_INIT("a@[]"),
        DW_TEXT_INIT("a@[::1]"),
        DW_TEXT_INIT("a@[IPv6:1.2.3.4]"),
        DW_TEXT_INIT("a@[IPv6:]"),
        DW_TEXT_INIT("a@[tag:value]"),
        DW_TEXT_INIT("\xc3\xbc@example.com"),
        DW_TEXT_INIT("a@b\xc3\xbc"
                     "cher.example"),
        DW_TEXT_INIT("a@" L63 "." L63 "." L63 "." L16 L16 L16 "abcdefghijklm"),
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct email email;
        if (READS(dw__email_read, rows[i], &email))
            fail_msg("\"%.*s\" is no address", DW_FMT(rows[i]));
        assert_true(email.local.p == NULL && email.domain.p == NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(takes), cmocka_unit_test(refuses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
