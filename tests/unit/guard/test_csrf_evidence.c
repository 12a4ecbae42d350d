/* test_csrf_evidence.c -- the truth table of where a request was made: every row of each header, and what they come to together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "guard/csrf_evidence.h"

static dw_text text(const char *s)
{
    return s != NULL ? (dw_text){s, strlen(s)} : (dw_text){NULL, 0};
}

struct row {
    enum csrf_evidence expected;
    const char *site, *mode, *origin, *referer;
};

static const char *const words[] = {"good", "silent", "bad"};

static void judge(const struct row *r, const char *canonical, const char *host, bool https, bool local)
{
    const struct csrf_clues clues = {text(r->site),   text(r->mode), text(r->origin), text(r->referer),
                                     text(canonical), text(host),    https,           local};
    enum csrf_evidence got = dw__csrf_evidence(&clues);

    if (got != r->expected)
        fail_msg("site %s, mode %s, origin %s, referer %s, host %s: %s, not %s", r->site, r->mode, r->origin,
                 r->referer, host, words[got], words[r->expected]);
}

static void with_a_canonical_origin(void **state)
{
    static const struct row rows[] = {
        /* Sec-Fetch-Site alone */
        {CSRF_GOOD, "same-origin", NULL, NULL, NULL},
        {CSRF_GOOD, "same-origin", "cors", NULL, NULL},
        {CSRF_BAD, "same-site", "navigate", NULL, NULL},
        {CSRF_BAD, "cross-site", "navigate", NULL, NULL},
        {CSRF_BAD, "cross-site", NULL, "https://app.test", NULL},
        {CSRF_SILENT, "none", "navigate", NULL, NULL},
        {CSRF_BAD, "none", "cors", NULL, NULL},
        {CSRF_BAD, "none", "no-cors", NULL, NULL},
        {CSRF_BAD, "none", NULL, NULL, NULL},
        {CSRF_BAD, "none", "", NULL, NULL},
        {CSRF_BAD, "Same-Origin", NULL, NULL, NULL},
        {CSRF_BAD, "same-origin ", NULL, NULL, NULL},
        {CSRF_BAD, "", NULL, NULL, NULL},
        {CSRF_BAD, "future-value", NULL, NULL, NULL},
        /* Origin alone */
        {CSRF_GOOD, NULL, NULL, "https://app.test", NULL},
        {CSRF_GOOD, NULL, NULL, "https://APP.test", NULL},
        {CSRF_GOOD, NULL, NULL, "https://app.test:443", NULL},
        {CSRF_BAD, NULL, NULL, "null", NULL},
        {CSRF_BAD, NULL, NULL, "", NULL},
        {CSRF_BAD, NULL, NULL, "http://app.test", NULL},
        {CSRF_BAD, NULL, NULL, "http://app.test:443", NULL},
        {CSRF_BAD, NULL, NULL, "https://app.test:444", NULL},
        {CSRF_BAD, NULL, NULL, "https://app.test.evil", NULL},
        {CSRF_BAD, NULL, NULL, "https://evilapp.test", NULL},
        {CSRF_BAD, NULL, NULL, "https://a.app.test", NULL},
        {CSRF_BAD, NULL, NULL, "https://app.test@evil.test", NULL},
        {CSRF_BAD, NULL, NULL, "https://evil.test#https://app.test", NULL},
        {CSRF_BAD, NULL, NULL, "https://app.test/", NULL},
        {CSRF_BAD, NULL, NULL, "https://app.test?", NULL},
        {CSRF_BAD, NULL, NULL, "https://app.test https://evil.test", NULL},
        {CSRF_BAD, NULL, NULL, "https://app.test, https://app.test", NULL},
        {CSRF_BAD, NULL, NULL, "app.test", NULL},
        {CSRF_BAD, NULL, NULL, "ftp://app.test", NULL},
        {CSRF_BAD, NULL, NULL, "https://127.0.0.1:8080", NULL},
        /* both: neither may be bad */
        {CSRF_GOOD, "same-origin", NULL, "https://app.test", NULL},
        {CSRF_BAD, "same-origin", NULL, "https://evil.test", NULL},
        {CSRF_BAD, "same-origin", NULL, "null", NULL},
        {CSRF_BAD, "none", "navigate", "https://evil.test", NULL},
        {CSRF_GOOD, "none", "navigate", "https://app.test", NULL},
        /* Referer: only without both */
        {CSRF_GOOD, NULL, NULL, NULL, "https://app.test/login?next=1"},
        {CSRF_GOOD, NULL, NULL, NULL, "https://app.test"},
        {CSRF_BAD, NULL, NULL, NULL, "https://evil.test/https://app.test"},
        {CSRF_BAD, NULL, NULL, NULL, "https://app.test.evil/"},
        {CSRF_BAD, NULL, NULL, NULL, "http://app.test/"},
        {CSRF_BAD, NULL, NULL, NULL, "about:blank"},
        {CSRF_BAD, NULL, NULL, NULL, ""},
        {CSRF_GOOD, "same-origin", NULL, NULL, "https://evil.test/"},
        {CSRF_SILENT, "none", "navigate", NULL, "https://evil.test/"},
        /* nothing */
        {CSRF_SILENT, NULL, NULL, NULL, NULL},
        {CSRF_SILENT, NULL, "cors", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        judge(&rows[i], "https://app.test", "app.test", true, false);
}

static void without_one_it_is_where_the_request_went(void **state)
{
    static const struct row plain[] = {
        {CSRF_GOOD, NULL, NULL, "http://app.test:8080", NULL},
        {CSRF_BAD, NULL, NULL, "https://app.test", NULL},
        {CSRF_GOOD, NULL, NULL, "https://app.test:8080", NULL}, /* a proxy in front does TLS */
        {CSRF_BAD, NULL, NULL, "http://app.test", NULL},
        {CSRF_BAD, NULL, NULL, "http://app.test:80", NULL},
        {CSRF_BAD, NULL, NULL, "http://other.test:8080", NULL},
        {CSRF_SILENT, NULL, NULL, NULL, "http://app.test:8080/x"}, /* plain text says nothing of worth … */
        {CSRF_BAD, NULL, NULL, NULL, "http://evil.test:8080/x"},   /* … but against itself */
    };
    static const struct row secure[] = {
        {CSRF_GOOD, NULL, NULL, "https://app.test", NULL},
        {CSRF_BAD, NULL, NULL, "http://app.test", NULL},
        {CSRF_GOOD, NULL, NULL, NULL, "https://app.test/x"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        judge(&plain[i], NULL, "app.test:8080", false, false);
    for (size_t i = 0; i < sizeof secure / sizeof secure[0]; i++)
        judge(&secure[i], NULL, "app.test", true, false);
}

/* A developer's browser talks to this machine whatever the address of production is; nobody else's does. */
static void this_machine_may_talk_to_itself(void **state)
{
    static const struct row good = {CSRF_GOOD, "same-origin", NULL, "http://127.0.0.1:8080", NULL};
    static const struct row six = {CSRF_GOOD, NULL, NULL, "http://[::1]:8080", NULL};
    static const struct row name = {CSRF_BAD, NULL, NULL, "http://app.test:8080", NULL};
    static const struct row port = {CSRF_BAD, NULL, NULL, "http://127.0.0.1:9090", NULL};

    (void)state;
    judge(&good, "https://app.test", "127.0.0.1:8080", false, true);
    judge(&six, "https://app.test", "[::1]:8080", false, true);
    judge(&name, "https://app.test", "app.test:8080", false, true);
    judge(&port, "https://app.test", "127.0.0.1:8080", false, true);
    judge(&(struct row){CSRF_BAD, NULL, NULL, "http://127.0.0.1:8080", NULL}, "https://app.test",
          "127.0.0.1:8080", false, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_a_canonical_origin),
        cmocka_unit_test(without_one_it_is_where_the_request_went),
        cmocka_unit_test(this_machine_may_talk_to_itself),
    };

    return cmocka_run_group_tests_name("csrf_evidence", tests, NULL, NULL);
}
