/* Fields that are not a client's to send: believed of a trusted proxy, gone from everybody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "http/field_mark.h"
#include "http/forwarding.h"

static const struct ip_net loopback = {{{127, 0, 0, 1}, 4}, 32};
static const struct proxies by_x = {&loopback, 1, 1, FORWARDED_X};
static const struct proxies by_standard = {&loopback, 1, 1, FORWARDED_RFC7239};

static struct http_field fields[16];
static char room[DW__IP_SIZE];
static dw_req req;
static const char *why;

/* A request from 127.0.0.1 with these fields, "name: value" up to NULL, judged. */
static void ask(const struct proxies *proxies, const char *const *lines)
{
    req = (dw_req){.head = {.fields = fields, .host = DW_TEXT_INIT("localhost")},
                   .peer = {DW_TEXT_INIT("127.0.0.1"), true},
                   .ctx.request_id = DW_TEXT_INIT("ours")};
    for (; *lines != NULL; lines++) {
        dw_text value = dw__text_of(*lines), name = dw__text_cut(&value, ':');

        fields[req.head.n_fields++] = (struct http_field){name, dw__text_trim(value)};
        req.head.marks |= (unsigned char)dw__field_mark(name);
    }
    why = dw__forwarding_take(&req, proxies, proxies != NULL ? proxies->hops : 0, room);
}
#define ASK(proxies, ...) ask((proxies), (const char *const[]){__VA_ARGS__, NULL})

/* The names that are left, each behind a space. */
static const char *left(void)
{
    static char text[512];
    size_t n = 0;

    text[0] = '\0';
    for (size_t i = 0; i < req.head.n_fields; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, " %.*s", DW_FMT(req.head.fields[i].name));
    return text;
}

static void marks(void **state)
{
    static const char *const never[] = {"proxy",
                                        "x-original-url",
                                        "x-rewrite-url",
                                        "x-http-method-override",
                                        "x_usual",
                                        "content_length",
                                        "x-forwarded_for",
                                        "_",
                                        "x-real-ip",
                                        "true-client-ip",
                                        "x-client-ip",
                                        "x-host",
                                        "x-method-override"};
    static const char *const usual[] = {
        "host",       "accept",     "x-forward",     "x-forwarded-", "proxy-authorization",
        "x-original", "forwarded-", "x-request-ids", "te",           "x",
        "priority",   "from"};

    (void)state;
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        if (dw__field_mark(dw__text_of(never[i])) != FIELD_NEVER)
            fail_msg("%s", never[i]);
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (dw__field_mark(dw__text_of(usual[i])) & ~(unsigned)FIELD_X_FORWARDED)
            fail_msg("%s", usual[i]);
    assert_int_equal(dw__field_mark(DW_TEXT("x-forwarded-for")), FIELD_X_FORWARDED);
    assert_int_equal(dw__field_mark(DW_TEXT("x-forwarded")), FIELD_X_FORWARDED);
    assert_int_equal(dw__field_mark(DW_TEXT("forwarded")), FIELD_FORWARDED);
    assert_int_equal(dw__field_mark(DW_TEXT("x-request-id")), FIELD_REQUEST_ID);
    assert_int_equal(dw__field_mark((dw_text){0}), 0);
}

static void from_a_stranger(void **state)
{
    (void)state;
    ASK(NULL, "host: a", "x-forwarded-for: 1.2.3.4", "x-usual: 1", "x-forwarded-proto: garbled,,",
        "forwarded: for=", "x-request-id: theirs", "proxy: x", "x_usual: 2", "x-forwarded-prefix: /x",
        "accept: */*");
    assert_null(why);
    assert_string_equal(left(), " host x-usual accept");
    assert_true(dw__text_is(req.peer.text, "127.0.0.1") && req.peer.loopback && req.via.p == NULL);
    assert_true(dw__text_is(req.ctx.request_id, "ours") && dw__text_is(req.head.host, "localhost"));
    assert_true(req.forwarding_dropped && !req.https);
    ASK(NULL, "x-real-ip: 1.2.3.4", "x-request-id: theirs");
    assert_string_equal(left(), "");
    assert_false(req.forwarding_dropped);
}

static void from_a_proxy(void **state)
{
    (void)state;
    ASK(&by_x, "host: evil.test", "x-forwarded-host: app.test");
    assert_true(dw__text_is(req.head.host, "app.test") && dw__text_is(fields[0].value, "app.test"));
    assert_true(dw__text_is(req.head.known[HTTP_HOST], "app.test"));
    ASK(&by_x, "x-forwarded-for: 6.6.6.6", "x-forwarded-for: 1.2.3.4:80", "x-forwarded-proto: https",
        "x-forwarded-host: app.test", "x-request-id: a-1.b_2", "x-real-ip: 6.6.6.6", "x_usual: 1");
    assert_null(why);
    assert_true(dw__text_is(req.peer.text, "1.2.3.4") && !req.peer.loopback);
    assert_true(dw__text_is(req.via, "127.0.0.1") && req.https && dw__text_is(req.head.host, "app.test"));
    assert_true(dw__text_is(req.ctx.request_id, "a-1.b_2"));
    assert_string_equal(left(),
                        " x-forwarded-for x-forwarded-for x-forwarded-proto x-forwarded-host x-request-id");
    assert_false(req.forwarding_dropped);
    ASK(&by_standard, "forwarded: for=6.6.6.6", "forwarded: for=1.2.3.4;proto=https");
    assert_null(why);
    assert_true(dw__text_is(req.peer.text, "1.2.3.4") && req.https);
    ASK(&by_x, "x-request-id: only-that");
    assert_null(why);
    assert_true(dw__text_is(req.peer.text, "127.0.0.1") && req.peer.loopback && req.via.p == NULL);
}

static void the_other_kind(void **state)
{
    (void)state;
    ASK(&by_x, "forwarded: for=6.6.6.6;proto=https");
    assert_null(why);
    assert_true(dw__text_is(req.peer.text, "127.0.0.1") && !req.peer.loopback && !req.https);
    assert_string_equal(left(), "");
    ASK(&by_x, "x-forwarded-for: 1.2.3.4", "forwarded: for=1.2.3.4;by=_x");
    assert_null(why);
    assert_string_equal(left(), " x-forwarded-for");
    ASK(&by_x, "x-forwarded-for: 1.2.3.4", "forwarded: for=6.6.6.6");
    assert_string_equal(why, "Forwarded and X-Forwarded disagree");
    assert_string_equal(left(), "");
    ASK(&by_standard, "x-forwarded-proto: https", "forwarded: for=1.2.3.4;proto=http");
    assert_string_equal(why, "Forwarded and X-Forwarded disagree");
    ASK(&by_x, "x-forwarded-for: 1.2.3.4", "forwarded: for");
    assert_string_equal(why, "garbled Forwarded");
    ASK(&by_standard, "x-forwarded-for: 1.2.3.", "forwarded: for=1.2.3.4");
    assert_string_equal(why, "garbled X-Forwarded");
}

static void what_is_garbled(void **state)
{
    (void)state;
    ASK(&by_x, "x-forwarded-for: 1.2.3.4", "x-forwarded-for:", "x-usual: 1");
    assert_string_equal(why, "garbled X-Forwarded");
    assert_string_equal(left(), " x-usual");
    assert_true(dw__text_is(req.peer.text, "127.0.0.1") && !req.peer.loopback);
    ASK(&by_x, "x-forwarded-proto: http", "x-forwarded-proto: https");
    assert_string_equal(why, "conflicting X-Forwarded-Proto");
    ASK(&by_x, "x-forwarded-for: unknown");
    assert_string_equal(why, "a proxy that hides who its client is");
}

static void ids(void **state)
{
    static const char *const bad[] = {
        "x-request-id:", "x-request-id: a b", "x-request-id: a\"b", "x-request-id: \xc3\xa9",
        "x-request-id: 12345678901234567890123456789012345678901234567890123456789012345"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ASK(&by_x, bad[i]);
        assert_null(why);
        assert_true(dw__text_is(req.ctx.request_id, "ours"));
    }
    ASK(&by_x, "x-request-id: one", "x-request-id: two");
    assert_true(dw__text_is(req.ctx.request_id, "ours"));
    assert_string_equal(left(), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks),          cmocka_unit_test(from_a_stranger), cmocka_unit_test(from_a_proxy),
        cmocka_unit_test(the_other_kind), cmocka_unit_test(what_is_garbled), cmocka_unit_test(ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
