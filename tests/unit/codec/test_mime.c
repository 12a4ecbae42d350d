/* Mails as bytes. Python's email package reads what is written here as it was meant: an independent judge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "codec/mime.h"

#define SIZE 200000

static const struct mime_mail plain = {.from = DW_TEXT_INIT("shop@example.com"),
                                       .to = DW_TEXT_INIT("ann@example.org"),
                                       .subject = DW_TEXT_INIT("Hello"),
                                       .text = DW_TEXT_INIT("One line."),
                                       .id = DW_TEXT_INIT("00000000-0000-4000-8000-000000000001"),
                                       .unix_s = 784111777};

static char written[SIZE];

static dw_text write_it(const struct mime_mail *mail)
{
    struct buf out;

    assert_null(dw__mime_fault(mail));
    dw__buf_init_fixed(&out, written, SIZE);
    dw__mime_write(mail, &out);
    assert_false(out.failed);
    return (dw_text){out.p, out.n};
}

static void to_the_letter(void **state)
{
    const char *const expected = "Date: Sun, 06 Nov 1994 08:49:37 +0000\r\n"
                                 "From: <shop@example.com>\r\n"
                                 "To: <ann@example.org>\r\n"
                                 "Subject: Hello\r\n"
                                 "Message-ID: <00000000-0000-4000-8000-000000000001@example.com>\r\n"
                                 "Auto-Submitted: auto-generated\r\n"
                                 "MIME-Version: 1.0\r\n"
                                 "Content-Type: text/plain; charset=utf-8\r\n"
                                 "Content-Transfer-Encoding: quoted-printable\r\n"
                                 "\r\n"
                                 "One line.\r\n";
    dw_text t = write_it(&plain);

    (void)state;
    assert_int_equal(t.n, strlen(expected));
    assert_memory_equal(t.p, expected, t.n);
}

static void nothing_gets_into_a_header(void **state)
{
    static const dw_text foul[] = {
        DW_TEXT_INIT("a\r\nBcc: all@example.com"),
        DW_TEXT_INIT("a\nb"),
        DW_TEXT_INIT("a\rb"),
        DW_TEXT_INIT("a\0b"),
        DW_TEXT_INIT("a\x7f"),
        DW_TEXT_INIT("\xff"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof foul / sizeof foul[0]; i++) {
        struct mime_mail mail = plain;

        mail.subject = foul[i];
        assert_non_null(dw__mime_fault(&mail));
        mail = plain;
        mail.to = foul[i];
        assert_non_null(dw__mime_fault(&mail));
        mail = plain;
        mail.from = foul[i];
        assert_non_null(dw__mime_fault(&mail));
        mail = plain;
        mail.reply_to = foul[i];
        assert_non_null(dw__mime_fault(&mail));
        mail = plain;
        mail.id = foul[i];
        assert_non_null(dw__mime_fault(&mail));
    }
    for (size_t i = 3; i < 6; i += 2) {
        struct mime_mail mail = plain;

        mail.text = foul[i];
        assert_non_null(dw__mime_fault(&mail));
        mail = plain;
        mail.html = foul[i];
        assert_non_null(dw__mime_fault(&mail));
    }
}

static void lines_are_short(void **state)
{
    static char text[9000];
    struct mime_mail mail = plain;
    dw_text t;
    size_t column = 0;

    (void)state;
    for (size_t i = 0; i + 3 < sizeof text; i += 3)
        memcpy(text + i, i % 7 ? "\xe2\x82\xac" : ".= ", 3);
    mail.text = mail.html = (dw_text){text, sizeof text - 3};
    mail.subject = (dw_text){
        "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
        "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac",
        48};
    t = write_it(&mail);
    for (size_t i = 0; i < t.n; i++) {
        column = t.p[i] == '\n' ? 0 : column + (t.p[i] != '\r');
        assert_true(column <= 76);
        assert_true(t.p[i] != '\n' || t.p[i - 1] == '\r');
        assert_true((unsigned char)t.p[i] < 0x7f);
    }
}

/* Writes the mail where Python reads it, which compares. */
static void judge(const struct mime_mail *mail)
{
    static const char script[] =
        "import email, email.policy, sys\n"
        "a = sys.argv\n"
        "m = email.message_from_bytes(open(a[1], 'rb').read(), policy=email.policy.default)\n"
        "assert not m.defects, m.defects\n"
        "parts = [p for p in m.walk() if not p.is_multipart()]\n"
        "assert not any(p.defects for p in parts)\n"
        "same = lambda p, x: p.get_content().replace('\\r\\n', '\\n') in (y := x.replace('\\r\\n', '\\n'), y "
        "+ '\\n')\n"
        "assert m['subject'] == a[2], (m['subject'], a[2])\n"
        "assert m['to'].addresses[0].addr_spec == a[3], m['to']\n"
        "assert len(parts) == len(a) - 4\n"
        "assert all(same(p, x) for p, x in zip(parts, a[4:])), [p.get_content() for p in parts]\n";
    char path[] = "/tmp/dewar-mime-XXXXXX";
    char command[16], *argv[9] = {command, (char[]){"-c"}, NULL};
    dw_text t = write_it(mail);
    char subject[500], to[300], text[5000], html[5000];
    int fd = mkstemp(path), status;
    pid_t pid;

    assert_true(fd >= 0 && write(fd, t.p, t.n) == (ssize_t)t.n);
    (void)close(fd);
    (void)snprintf(command, sizeof command, "python3");
    (void)snprintf(subject, sizeof subject, "%.*s", DW_FMT(mail->subject));
    (void)snprintf(to, sizeof to, "%.*s", DW_FMT(mail->to));
    (void)snprintf(text, sizeof text, "%.*s", DW_FMT(mail->text));
    (void)snprintf(html, sizeof html, "%.*s", DW_FMT(mail->html));
    argv[2] = strdup(script);
    argv[3] = path;
    argv[4] = subject;
    argv[5] = to;
    argv[6] = text;
    argv[7] = mail->html.n > 0 ? html : NULL;
    pid = fork();
    if (pid == 0) {
        execvp(argv[0], argv);
        _exit(127);
    }
    assert_true(waitpid(pid, &status, 0) == pid);
    (void)unlink(path);
    free(argv[2]);
    assert_int_equal(status, 0);
}

static void another_reader_reads_the_same(void **state)
{
    static const dw_text subjects[] = {
        DW_TEXT_INIT("Hello"),
        DW_TEXT_INIT("Gr\xc3\xbc\xc3\x9f Gott, Zo\xc3\xab"),
        DW_TEXT_INIT("=?UTF-8?B?bm90aGluZw==?="),
        DW_TEXT_INIT("An English subject that is much longer than one line of a header should ever be, and "
                     "goes on and on"),
        DW_TEXT_INIT("\xe2\x82\xac\xf0\x9f\x99\x82\xe2\x82\xac\xf0\x9f\x99\x82\xe2\x82\xac\xf0\x9f\x99\x82"
                     "\xe2\x82\xac\xf0\x9f\x99\x82"
                     "\xe2\x82\xac\xf0\x9f\x99\x82\xe2\x82\xac\xf0\x9f\x99\x82\xe2\x82\xac\xf0\x9f\x99\x82"
                     "\xe2\x82\xac\xf0\x9f\x99\x82"),
    };
    static const dw_text texts[] = {
        DW_TEXT_INIT("One line."),
        DW_TEXT_INIT("two\nlines, and a blank \n\n.\n..dots\nFrom here\r\nto there\t\nend "),
        DW_TEXT_INIT("=3D =\nna\xc3\xafve \xf0\x9f\x99\x82 "
                     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                     "xxxxxxxxxxx"),
        DW_TEXT_INIT("--=_00000000-0000-4000-8000-000000000001\nnot a boundary"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
        struct mime_mail mail = plain;

        mail.subject = subjects[i];
        mail.text = texts[i % 4];
        judge(&mail);
        mail.html = texts[(i + 1) % 4];
        judge(&mail);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(to_the_letter),
        cmocka_unit_test(nothing_gets_into_a_header),
        cmocka_unit_test(lines_are_short),
        cmocka_unit_test(another_reader_reads_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
