/* The head parser: what is exactly right is read, what is not is refused, and no byte behind the input is touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "base/text.h"
#include "guard_page.h"
#include "http/h1_parse.h"

struct row {
    const char *name;
    dw_text in;
    dw_err err;      /* DW_OK: a complete head */
    const char *why; /* when it is bad: part of the reason, or NULL */
};
#define ROW(name, in, err, why)              \
    {                                        \
        name, {in, sizeof(in) - 1}, err, why \
    }
#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\n"

static const struct row rows[] = {
    ROW("plain", GET "\r\n", DW_OK, NULL),
    ROW("one empty line before", "\r\n" GET "\r\n", DW_OK, NULL),
    ROW("two empty lines before", "\r\n\r\n" GET "\r\n", DW_BAD_REQUEST, "method"),
    ROW("LF before", "\n" GET "\r\n", DW_BAD_REQUEST, "method"),
    /* Host */
    ROW("a name that ends in host", "GET / HTTP/1.1\r\nHostile: a\r\n\r\n", DW_BAD_REQUEST, "no Host"),
    ROW("no Host", "GET / HTTP/1.1\r\n\r\n", DW_BAD_REQUEST, "no Host"),
    ROW("no Host in 1.0", "GET / HTTP/1.0\r\n\r\n", DW_OK, NULL),
    ROW("two Hosts", GET "Host: a\r\n\r\n", DW_BAD_REQUEST, "two Host"),
    ROW("two Hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nhOST: b\r\n\r\n", DW_BAD_REQUEST, "two Host"),
    ROW("empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", DW_BAD_REQUEST, "bad Host"),
    ROW("Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", DW_BAD_REQUEST, "bad Host"),
    ROW("Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", DW_BAD_REQUEST, "bad Host"),
    ROW("Host with a list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", DW_BAD_REQUEST, "bad Host"),
    ROW("Host with a port", "GET / HTTP/1.1\r\nHost: a:65535\r\n\r\n", DW_OK, NULL),
    ROW("Host with a large port", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", DW_BAD_REQUEST, "bad Host"),
    ROW("Host with an odd port", "GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n", DW_BAD_REQUEST, "bad Host"),
    ROW("IPv6", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", DW_OK, NULL),
    ROW("IPv6 not closed", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", DW_BAD_REQUEST, "bad Host"),
    ROW("IPv6 and more", "GET / HTTP/1.1\r\nHost: [::1]a\r\n\r\n", DW_BAD_REQUEST, "bad Host"),
    /* framing */
    ROW("length", POST "Content-Length: 5\r\n\r\n", DW_OK, NULL),
    ROW("length and coding", POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", DW_BAD_REQUEST,
        "and Transfer"),
    ROW("coding and length", POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", DW_BAD_REQUEST,
        "and Transfer"),
    ROW("two lengths", POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", DW_BAD_REQUEST,
        "two Content-Length"),
    ROW("list of lengths", POST "Content-Length: 4,4\r\n\r\n", DW_BAD_REQUEST, "bad Content-Length"),
    ROW("plus", POST "Content-Length: +4\r\n\r\n", DW_BAD_REQUEST, "bad Content-Length"),
    ROW("minus", POST "Content-Length: -4\r\n\r\n", DW_BAD_REQUEST, "bad Content-Length"),
    ROW("hexadecimal", POST "Content-Length: 0x4\r\n\r\n", DW_BAD_REQUEST, "bad Content-Length"),
    ROW("underscore", POST "Content-Length: 1_0\r\n\r\n", DW_BAD_REQUEST, "bad Content-Length"),
    ROW("inner space", POST "Content-Length: 1 0\r\n\r\n", DW_BAD_REQUEST, "bad Content-Length"),
    ROW("empty length", POST "Content-Length: \r\n\r\n", DW_BAD_REQUEST, "bad Content-Length"),
    ROW("2^63 - 1", POST "Content-Length: 9223372036854775807\r\n\r\n", DW_OK, NULL),
    ROW("2^63", POST "Content-Length: 9223372036854775808\r\n\r\n", DW_BAD_REQUEST, "bad Content-Length"),
    ROW("2^64", POST "Content-Length: 18446744073709551616\r\n\r\n", DW_BAD_REQUEST, "bad Content-Length"),
    ROW("chunked", POST "Transfer-Encoding: Chunked\r\n\r\n", DW_OK, NULL),
    ROW("chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", DW_BAD_REQUEST,
        "in HTTP/1.0"),
    ROW("chunked twice", POST "Transfer-Encoding: chunked, chunked\r\n\r\n", DW_BAD_REQUEST, "bad Transfer"),
    ROW("two codings in lines", POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        DW_BAD_REQUEST, "two"),
    ROW("identity", POST "Transfer-Encoding: identity\r\n\r\n", DW_BAD_REQUEST, "bad Transfer"),
    ROW("chunked not last", POST "Transfer-Encoding: chunked, gzip\r\n\r\n", DW_BAD_REQUEST, "bad Transfer"),
    ROW("xchunked", POST "Transfer-Encoding: xchunked\r\n\r\n", DW_BAD_REQUEST, "bad Transfer"),
    ROW("chunked with a vertical tab",
        POST "Transfer-Encoding: \x0b"
             "chunked\r\n\r\n",
        DW_BAD_REQUEST, "control"),
    ROW("gzip, chunked", POST "Transfer-Encoding: gzip, chunked\r\n\r\n", DW_NOT_IMPLEMENTED, "coding"),
    ROW("empty coding", POST "Transfer-Encoding:\r\n\r\n", DW_BAD_REQUEST, "bad Transfer"),
    /* lines */
    ROW("LF alone", "GET / HTTP/1.1\nHost: a\n\n", DW_BAD_REQUEST, "end of the request line"),
    ROW("LF alone in a field", GET "X: y\nZ: z\r\n\r\n", DW_BAD_REQUEST, "LF without CR"),
    ROW("LF alone at the end", GET "\n", DW_BAD_REQUEST, "no field name"),
    ROW("CR alone in a value", GET "X: y\rz\r\n\r\n", DW_BAD_REQUEST, "CR without LF"),
    ROW("CR alone at the end", GET "\rX", DW_BAD_REQUEST, "CR without LF"),
    ROW("NUL in a value", GET "X: y\0z\r\n\r\n", DW_BAD_REQUEST, "control"),
    ROW("NUL in a name", GET "X\0: y\r\n\r\n", DW_BAD_REQUEST, "field name"),
    ROW("DEL in a value", GET "X: \x7f\r\n\r\n", DW_BAD_REQUEST, "control"),
    ROW("folded", GET "X: y\r\n z\r\n\r\n", DW_BAD_REQUEST, "folded"),
    ROW("folded first", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", DW_BAD_REQUEST, "folded"),
    ROW("folded with a tab", GET "\tz\r\n\r\n", DW_BAD_REQUEST, "folded"),
    ROW("space before the colon", GET "X : y\r\n\r\n", DW_BAD_REQUEST, "white space"),
    ROW("no name", GET ": y\r\n\r\n", DW_BAD_REQUEST, "no field name"),
    ROW("no colon", GET "X\r\n\r\n", DW_BAD_REQUEST, "field name"),
    ROW("bracket in a name", GET "X[]: y\r\n\r\n", DW_BAD_REQUEST, "field name"),
    ROW("high byte in a name", GET "\xc3\xa4: y\r\n\r\n", DW_BAD_REQUEST, "name"),
    ROW("high byte in a value", GET "X: \xc3\xa4\r\n\r\n", DW_OK, NULL),
    ROW("tab in a value", GET "X:\ty\tz\t\r\n\r\n", DW_OK, NULL),
    /* request line */
    ROW("method in lower case", "get / HTTP/1.1\r\nHost: a\r\n\r\n", DW_OK, NULL),
    ROW("bad method", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", DW_BAD_REQUEST, "method"),
    ROW("no method", " / HTTP/1.1\r\nHost: a\r\n\r\n", DW_BAD_REQUEST, "method"),
    ROW("long method", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1\r\n", DW_NOT_IMPLEMENTED,
        "method too long"),
    ROW("two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", DW_BAD_REQUEST, "request line"),
    ROW("tab for space", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", DW_BAD_REQUEST, "method"),
    ROW("space behind the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", DW_BAD_REQUEST, "request line"),
    ROW("HTTP/0.9", "GET /\r\n", DW_BAD_REQUEST, "request line"),
    ROW("HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", DW_VERSION, NULL),
    ROW("HTTP/2.0", "PRI * HTTP/2.0\r\n\r\n", DW_VERSION, NULL),
    ROW("HTTP/0.1", "GET / HTTP/0.1\r\nHost: a\r\n\r\n", DW_VERSION, NULL),
    ROW("HTTP/1.10", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", DW_BAD_REQUEST, "version"),
    ROW("HTTP/11", "GET / HTTP/11\r\nHost: a\r\n\r\n", DW_BAD_REQUEST, "version"),
    ROW("http/1.1", "GET / http/1.1\r\nHost: a\r\n\r\n", DW_BAD_REQUEST, "version"),
    ROW("TLS hello", "\x16\x03\x01\x02", DW_BAD_REQUEST, "method"),
    /* targets */
    ROW("fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", DW_BAD_REQUEST, "request line"),
    ROW("high byte in the target", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", DW_BAD_REQUEST,
        "request line"),
    ROW("NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", DW_BAD_REQUEST, "request line"),
    ROW("no slash", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", DW_BAD_REQUEST, "form of target"),
    ROW("authority", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", DW_METHOD_NOT_ALLOWED, "CONNECT"),
    ROW("authority with GET", "GET a:443 HTTP/1.1\r\nHost: a\r\n\r\n", DW_BAD_REQUEST, "form of target"),
    ROW("CONNECT to nothing", "CONNECT @ HTTP/1.1\r\nHost: a\r\n\r\n", DW_BAD_REQUEST, "form of target"),
    ROW("CONNECT with a path", "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", DW_OK, NULL),
    ROW("asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", DW_OK, NULL),
    ROW("asterisk with GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", DW_BAD_REQUEST, "form of target"),
    ROW("absolute", "GET http://b/c HTTP/1.1\r\nHost: a\r\n\r\n", DW_OK, NULL),
    ROW("absolute without Host", "GET http://b/c HTTP/1.1\r\n\r\n", DW_BAD_REQUEST, "no Host"),
    ROW("absolute with a user", "GET http://u@b/c HTTP/1.1\r\nHost: a\r\n\r\n", DW_BAD_REQUEST, "authority"),
    ROW("absolute without authority", "GET http:///c HTTP/1.1\r\nHost: a\r\n\r\n", DW_BAD_REQUEST,
        "authority"),
    ROW("other scheme", "GET ftp://b/c HTTP/1.1\r\nHost: a\r\n\r\n", DW_BAD_REQUEST, "form of target"),
    /* fields that may come once */
    ROW("two Authorization", GET "Authorization: a\r\nauthorization: b\r\n\r\n", DW_BAD_REQUEST, "two"),
    ROW("two Content-Type", GET "Content-Type: a\r\nContent-Type: b\r\n\r\n", DW_BAD_REQUEST, "two"),
    ROW("two Cookie", GET "Cookie: a\r\nCookie: b\r\n\r\n", DW_BAD_REQUEST, "two"),
    ROW("two Accept", GET "Accept: a\r\nAccept: b\r\n\r\n", DW_OK, NULL),
    ROW("Expect", POST "Content-Length: 1\r\nExpect: 100-Continue\r\n\r\n", DW_OK, NULL),
    ROW("other Expect", POST "Expect: 200-ok\r\n\r\n", DW_EXPECTATION_FAILED, NULL),
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct http_limits usual = {.target = 8192, .line = 8192, .fields = 100, .head = 32768};
static struct http_field fields[DW__MAX_FIELDS];

/* Parses a copy that ends at a guard page; *copy stays for the texts of head. */
static int parse(dw_text in, size_t seen, const struct http_limits *limits, struct http_head *head,
                 struct h1_fault *fault, char **copy)
{
    *copy = guard_page_copy(in.p, in.n);
    memset(head, 0x5a, sizeof(*head));
    head->fields = fields;
    *fault = (struct h1_fault){DW_OK, NULL};
    return dw__h1_parse(*copy, in.n, seen, limits, head, fault);
}

static int parse_usual(dw_text in, struct http_head *head, struct h1_fault *fault, char **copy)
{
    return parse(in, 0, &usual, head, fault, copy);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ROWS; i++) {
        const struct row *row = &rows[i];
        struct http_head head;
        struct h1_fault fault;
        char *copy;
        int r = parse_usual(row->in, &head, &fault, &copy);
        if (row->err == DW_OK ? r != (int)row->in.n : r != H1_BAD || fault.err != row->err)
            fail_msg("%s: returned %d, error %d (%s)", row->name, r, (int)fault.err,
                     fault.why ? fault.why : "");
        if (row->why != NULL && strstr(fault.why, row->why) == NULL)
            fail_msg("%s: refused for \"%s\"", row->name, fault.why);
        guard_page_free(copy);
    }
}

/* Every prefix of a good head is "more", of a bad one "more" or bad; bytes behind a head change nothing. */
static void test_prefixes(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ROWS; i++) {
        const struct row *row = &rows[i];
        struct http_head head;
        struct h1_fault fault;
        char *copy;
        for (size_t n = 0; n < row->in.n; n++) {
            int r = parse_usual((dw_text){row->in.p, n}, &head, &fault, &copy);
            if (r != H1_MORE && (row->err == DW_OK || r != H1_BAD))
                fail_msg("%s: %d for its first %zu bytes", row->name, r, n);
            guard_page_free(copy);
        }
        char longer[512];
        memcpy(longer, row->in.p, row->in.n);
        memcpy(longer + row->in.n, "GET /next", 9);
        int r = parse_usual((dw_text){longer, row->in.n + 9}, &head, &fault, &copy);
        if (row->err == DW_OK && r != (int)row->in.n)
            fail_msg("%s: %d with more behind it", row->name, r);
        guard_page_free(copy);
    }
}

/* Byte by byte, with `seen`: the same verdict in the end, and a good head on its last byte. */
static void test_byte_by_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ROWS; i++) {
        const struct row *row = &rows[i];
        struct http_head head = {.fields = fields};
        struct h1_fault fault = {DW_OK, NULL};
        char buf[512];
        int r = H1_MORE;
        size_t n = 0;
        while (r == H1_MORE && n < row->in.n) {
            buf[n] = row->in.p[n];
            n++;
            r = dw__h1_parse(buf, n, n - 1, &usual, &head, &fault);
        }
        if (row->err == DW_OK && (r != (int)row->in.n || n != row->in.n))
            fail_msg("%s: %d after %zu bytes", row->name, r, n);
        /* A bad head may be found bad later, but then at the next end of a line or of the head. */
        if (row->err != DW_OK && r == H1_BAD && fault.err != row->err)
            fail_msg("%s: %d byte by byte", row->name, (int)fault.err);
        if (row->err != DW_OK && r != H1_BAD && row->in.n > 4 &&
            memcmp(row->in.p + row->in.n - 4, "\r\n\r\n", 4) == 0)
            fail_msg("%s: not refused byte by byte", row->name);
    }
}

static void test_what_is_read(void **state)
{
    (void)state;
    static const char in[] =
        "POST http://B.example:8080/a/b?c=d&e HTTP/1.1\r\nHOST: x\r\nConnection: Keep-Alive\r\n"
        "X-Empty:\r\nCONNECTION: foo , Close\r\ncontent-length: 007\r\nAccept:  a/b ,c \t\r\n"
        "traceparent: t\r\nExpect: 100-continue\r\n\r\n";
    struct http_head head;
    struct h1_fault fault;
    char *copy;
    assert_int_equal(parse_usual((dw_text){in, sizeof(in) - 1}, &head, &fault, &copy), sizeof(in) - 1);
    assert_int_equal(head.method, HTTP_POST);
    assert_true(dw__text_is(head.method_text, "POST"));
    assert_true(dw__text_is(head.target, "http://B.example:8080/a/b?c=d&e"));
    assert_true(dw__text_is(head.path, "/a/b"));
    assert_true(dw__text_is(head.query, "c=d&e"));
    assert_true(dw__text_is(head.host, "B.example:8080"));
    assert_true(dw__text_is(head.known[HTTP_HOST], "x"));
    assert_true(dw__text_is(head.known[HTTP_ACCEPT], "a/b ,c"));
    assert_true(dw__text_is(head.known[HTTP_TRACEPARENT], "t"));
    assert_null(head.known[HTTP_COOKIE].p);
    assert_int_equal(head.minor, 1);
    assert_false(head.keep_alive);
    assert_false(head.chunked);
    assert_true(head.expect_continue);
    assert_int_equal(head.content_length, 7);
    assert_int_equal(head.n_fields, 8);
    assert_true(dw__text_is(head.fields[0].name, "host"));
    assert_true(dw__text_is(head.fields[2].name, "x-empty"));
    assert_int_equal(head.fields[2].value.n, 0);
    assert_non_null(head.fields[2].value.p);
    assert_true(dw__text_is(head.fields[3].name, "connection"));
    guard_page_free(copy);
}

static bool keeps_alive(const char *in)
{
    struct http_head head;
    struct h1_fault fault;
    char *copy;
    assert_int_equal(parse_usual(dw__text_of(in), &head, &fault, &copy), strlen(in));
    guard_page_free(copy);
    return head.keep_alive;
}

static void test_keep_alive(void **state)
{
    (void)state;
    assert_true(keeps_alive(GET "\r\n"));
    assert_false(keeps_alive(GET "Connection: close\r\n\r\n"));
    assert_false(keeps_alive(GET "Connection: keep-alive, close\r\n\r\n"));
    assert_true(keeps_alive(GET "Connection: closed\r\n\r\n"));
    assert_false(keeps_alive("GET / HTTP/1.0\r\n\r\n"));
    assert_true(keeps_alive("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

static void test_query(void **state)
{
    (void)state;
    struct http_head head;
    struct h1_fault fault;
    char *copy;
    assert_true(parse_usual(DW_TEXT("GET /? HTTP/1.0\r\n\r\n"), &head, &fault, &copy) > 0);
    assert_non_null(head.query.p);
    assert_int_equal(head.query.n, 0);
    guard_page_free(copy);
    assert_true(parse_usual(DW_TEXT("GET / HTTP/1.0\r\n\r\n"), &head, &fault, &copy) > 0);
    assert_null(head.query.p);
    assert_null(head.host.p);
    guard_page_free(copy);
    assert_true(parse_usual(DW_TEXT("OPTIONS https://x HTTP/1.1\r\nHost: x\r\n\r\n"), &head, &fault, &copy) >
                0);
    assert_true(dw__text_is(head.path, "*"));
    guard_page_free(copy);
    assert_true(parse_usual(DW_TEXT("GET https://x?q HTTP/1.1\r\nHost: x\r\n\r\n"), &head, &fault, &copy) >
                0);
    assert_true(dw__text_is(head.path, "/"));
    assert_true(dw__text_is(head.query, "q"));
    guard_page_free(copy);
}

/* before + n times fill + behind; the caller's to free. */
static dw_text long_text(const char *before, size_t n, char fill, const char *behind)
{
    size_t a = strlen(before), b = strlen(behind);
    char *p = malloc(a + n + b + 1);
    assert_non_null(p);
    memcpy(p, before, a);
    memset(p + a, fill, n);
    memcpy(p + a + n, behind, b + 1);
    return (dw_text){p, a + n + b};
}

static int verdict(dw_text in, const struct http_limits *limits, dw_err *err)
{
    struct http_head head;
    struct h1_fault fault;
    char *copy;
    int r = parse(in, 0, limits, &head, &fault, &copy);
    guard_page_free(copy);
    *err = fault.err;
    free((char *)(uintptr_t)in.p);
    return r;
}

static void test_limits(void **state)
{
    (void)state;
    dw_err err;
    assert_true(verdict(long_text("GET /", 8191, 'a', " HTTP/1.0\r\n\r\n"), &usual, &err) > 0);
    assert_int_equal(verdict(long_text("GET /", 8192, 'a', " HTTP/1.0\r\n\r\n"), &usual, &err), H1_BAD);
    assert_int_equal(err, DW_URI_TOO_LONG);
    assert_int_equal(verdict(long_text("GET /", 8192, 'a', ""), &usual, &err), H1_BAD);
    assert_int_equal(err, DW_URI_TOO_LONG);
    assert_int_equal(verdict(long_text("GET /", 8191, 'a', ""), &usual, &err), H1_MORE);

    assert_true(verdict(long_text("GET / HTTP/1.0\r\nX:", 8190, 'a', "\r\n\r\n"), &usual, &err) > 0);
    assert_int_equal(verdict(long_text("GET / HTTP/1.0\r\nX:", 8191, 'a', "\r\n\r\n"), &usual, &err), H1_BAD);
    assert_int_equal(err, DW_HEAD_TOO_LARGE);
    assert_int_equal(verdict(long_text("GET / HTTP/1.0\r\nX:", 8192, 'a', ""), &usual, &err), H1_BAD);
    assert_int_equal(err, DW_HEAD_TOO_LARGE);
    assert_int_equal(verdict(long_text("GET / HTTP/1.0\r\n", 8194, 'a', ""), &usual, &err), H1_BAD);
    assert_int_equal(err, DW_HEAD_TOO_LARGE);

    const struct http_limits few = {.target = 100, .line = 100, .fields = 2, .head = 60};
    assert_true(verdict(long_text("GET / HTTP/1.0\r\nA:\r\nB:\r\n\r\n", 0, 0, ""), &few, &err) > 0);
    assert_int_equal(verdict(long_text("GET / HTTP/1.0\r\nA:\r\nB:\r\nC:\r\n\r\n", 0, 0, ""), &few, &err),
                     H1_BAD);
    assert_int_equal(err, DW_HEAD_TOO_LARGE);

    assert_int_equal(verdict(long_text("GET / HTTP/1.0\r\nA:", 38, 'a', "\r\n\r\n"), &few, &err), 60);
    assert_int_equal(verdict(long_text("GET / HTTP/1.0\r\nA:", 39, 'a', "\r\n\r\n"), &few, &err), H1_BAD);
    assert_int_equal(err, DW_HEAD_TOO_LARGE);
    assert_int_equal(verdict(long_text("GET / HTTP/1.0\r\nA:", 42, 'a', ""), &few, &err), H1_BAD);
    assert_int_equal(verdict(long_text("GET / HTTP/1.0\r\nA:", 41, 'a', ""), &few, &err), H1_MORE);
}

/* 32 KiB sent byte by byte: refused at the limit, and the bytes looked at are linear in those sent (a quadratic parser would need
 * half a thousand million). */
static void test_slow_sender(void **state)
{
    (void)state;
    static char buf[40000];
    struct http_head head = {.fields = fields};
    struct h1_fault fault;
    size_t n = 0;
    int r = H1_MORE;
    const char *line = "GET / HTTP/1.1\r\nHost: a\r\nX:";
    memcpy(buf, line, strlen(line));
    n = strlen(line);
    clock_t begin = clock();
    while (r == H1_MORE && n < sizeof(buf)) {
        memcpy(buf + n, n % 400 == 0 ? "\r" : n % 400 == 1 ? "\n" : n % 400 == 10 ? ":" : "a", 1);
        n++;
        r = dw__h1_parse(buf, n, n - 1, &usual, &head, &fault);
    }
    assert_int_equal(r, H1_BAD);
    assert_int_equal(fault.err, DW_HEAD_TOO_LARGE);
    assert_true(n <= usual.head);
    assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 0.5);
}

/* Bytes that were looked at are looked at again only when a line that matters may have come, or the size has doubled. */
static void test_no_second_look(void **state)
{
    (void)state;
    char buf[] = GET "X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\n";
    struct http_head head = {.fields = fields};
    struct h1_fault fault;
    size_t n = 33; /* behind a power of two */
    assert_int_equal(dw__h1_parse(buf, n, 0, &usual, &head, &fault), H1_MORE);
    buf[0] = '@';
    while (n < sizeof(buf) - 2) {
        n++;
        assert_int_equal(dw__h1_parse(buf, n, n - 1, &usual, &head, &fault), n == 64 ? H1_BAD : H1_MORE);
    }
    assert_int_equal(dw__h1_parse(buf, n + 1, n, &usual, &head, &fault), H1_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),           cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_byte_by_byte),   cmocka_unit_test(test_what_is_read),
        cmocka_unit_test(test_keep_alive),     cmocka_unit_test(test_query),
        cmocka_unit_test(test_limits),         cmocka_unit_test(test_slow_sender),
        cmocka_unit_test(test_no_second_look),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
