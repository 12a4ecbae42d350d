/* MAIL_URL: what it says, and what it may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jobs/mail.h"

static struct mail_url read_it(const char *text)
{
    struct mail_url url;
    const char *fault = dw__mail_url_read((dw_text){text, strlen(text)}, &url);

    if (fault)
        fail_msg("%s: %s", text, fault);
    return url;
}

static void says_where(void **state)
{
    struct mail_url url = read_it("smtp://app@mail.example.com:587?ca=/etc/ca.pem");

    (void)state;
    assert_int_equal(url.kind, MAIL_SMTP);
    assert_true(dw_text_is(url.user, "app") && dw_text_is(url.server, "mail.example.com:587") &&
                dw_text_is(url.authority, "/etc/ca.pem") && !url.tls && !url.loopback);
    url = read_it("smtps://mail.example.com");
    assert_true(url.kind == MAIL_SMTP && url.tls && url.user.n == 0);
    url = read_it("file:var/mail");
    assert_true(url.kind == MAIL_FILE && dw_text_is(url.folder, "var/mail"));
    assert_int_equal(read_it("none").kind, MAIL_NONE);
}

/* Only there TLS may be missing. */
static void knows_this_machine(void **state)
{
    static const char *const here[] = {"smtp://localhost", "smtp://localhost:25", "smtp://127.0.0.1:25",
                                       "smtp://127.9.9.9", "smtp://[::1]",        "smtp://[::1]:25"};
    static const char *const elsewhere[] = {"smtp://127.0.0.1.example.com",
                                            "smtp://127.example.com",
                                            "smtp://localhost.example.com",
                                            "smtp://[::1].example.com",
                                            "smtp://[::2]",
                                            "smtp://10.0.0.1",
                                            "smtp://128.0.0.1"};

    (void)state;
    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++)
        assert_true(read_it(here[i]).loopback);
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
        if (read_it(elsewhere[i]).loopback)
            fail_msg("%s is not this machine", elsewhere[i]);
}

static void is_refused(void **state)
{
    static const char *const wrong[] = {
        "",          "smtp://",       "file:",           "http://x",     "smtp://a:b@host",
        "smtp://@x", "smtp://x/path", "smtp://x?tls=no", "smtp://x?ca=", "smtp://a b",
        "NONE",      "smtp://x#y",    "smtp:x",          "smtp://a@b@c"};
    struct mail_url url;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (!dw__mail_url_read((dw_text){wrong[i], strlen(wrong[i])}, &url))
            fail_msg("`%s` was taken", wrong[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_where),
        cmocka_unit_test(knows_this_machine),
        cmocka_unit_test(is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
