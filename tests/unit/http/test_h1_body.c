/* The decoder of bodies: chunked bodies in every split, and what must not pass for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/text.h"
#include "guard_page.h"
#include "http/h1_body.h"

struct row {
    const char *in;
    const char *body; /* NULL: bad */
};

static const struct row rows[] = {
    {"0\r\n\r\n", ""},
    {"5\r\nhello\r\n0\r\n\r\n", "hello"},
    {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"},
    {"00000005\r\nhello\r\n000\r\n\r\n", "hello"},
    {"A\r\n0123456789\r\na\r\nabcdefghij\r\n0\r\n\r\n", "0123456789abcdefghij"},
    {"1\r\n\n\r\n0\r\n\r\n", "\n"},
    {"5;a\r\nhello\r\n0\r\n\r\n", "hello"},
    {"5;a=b;c=\"d\\\" ;\r\"\r\nhello\r\n0\r\n\r\n", NULL},
    {"5;a=b;c=\"d\\\" ;\";e\r\nhello\r\n0;f=g\r\n\r\n", "hello"},
    {"0\r\nContent-Length: 5\r\nHost: x\r\n\r\n", ""},
    {"0\r\nX:\r\n\r\n", ""},
    /* sizes */
    {"0x5\r\nhello\r\n0\r\n\r\n", NULL},
    {"-5\r\nhello\r\n0\r\n\r\n", NULL},
    {"+5\r\nhello\r\n0\r\n\r\n", NULL},
    {";-1\r\n\r\n", NULL},
    {"\r\n\r\n", NULL},
    {" 5\r\nhello\r\n0\r\n\r\n", NULL},
    {"5 \r\nhello\r\n0\r\n\r\n", NULL},
    {"5_0\r\n", NULL},
    {"g\r\n", NULL},
    {"000000000000000000\r\n\r\n", NULL},
    {"fffffffffffffffff\r\n", NULL},
    {"ffffffffffffffff\r\n", NULL},
    {"8000000000000000\r\n", NULL},
    /* line ends */
    {"5\nhello\r\n0\r\n\r\n", NULL},
    {"5\r\nhello\n0\r\n\r\n", NULL},
    {"5\r\nhelloX\r\n0\r\n\r\n", NULL},
    {"5\r\nhelloX\n0\r\n\r\n", NULL},
    {"5\r\nhello0\r\n\r\n", NULL},
    {"5\r\rhello\r\n", NULL},
    {"0\r\n\n", NULL},
    {"0\r\n\rX", NULL},
    /* extensions and trailers */
    {"5;\r\nhello\r\n0\r\n\r\n", NULL},
    {"5; a\r\nhello\r\n0\r\n\r\n", NULL},
    {"5;a=\r\nhello\r\n0\r\n\r\n", NULL},
    {"5;a=\"b\nc\"\r\nhello\r\n0\r\n\r\n", NULL},
    {"5;a=\"b\"c\r\nhello\r\n0\r\n\r\n", NULL},
    {"5;a\nhello\r\n0\r\n\r\n", NULL},
    {"0\r\nX : y\r\n\r\n", NULL},
    {"0\r\n X: y\r\n\r\n", NULL},
    {"0\r\nX: y\n\r\n", NULL},
    {"0\r\nX\r\n\r\n", NULL},
    {"0\r\n: y\r\n\r\n", NULL},
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

/* Decodes `in` in pieces of at most `piece` bytes, each ending at a guard page, and spans of at most `most`. */
static enum h1_body_result decode(struct h1_body *b, dw_text in, size_t piece, size_t most, char *out,
                                  size_t *n_out, size_t *used_all)
{
    *n_out = *used_all = 0;
    while (*used_all < in.n) {
        size_t n = in.n - *used_all < piece ? in.n - *used_all : piece;
        char *copy = guard_page_copy(in.p + *used_all, n);
        size_t used = 0;
        dw_text data = {0};
        enum h1_body_result r = dw__h1_body_next(b, copy, n, most, &used, &data, NULL);
        assert_true(used <= n);
        *used_all += used;
        if (r == H1_BODY_DATA) {
            assert_true(data.n > 0 && data.n <= most);
            memcpy(out + *n_out, data.p, data.n);
            *n_out += data.n;
        }
        guard_page_free(copy);
        if (r == H1_BODY_END || r == H1_BODY_BAD)
            return r;
        if (r == H1_BODY_MORE)
            assert_int_equal(used, n);
    }
    return dw__h1_body_done(b) ? H1_BODY_END : H1_BODY_MORE;
}

static void test_chunked(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ROWS; i++)
        for (size_t piece = 1; piece <= 64; piece++) {
            struct h1_body b;
            char out[256];
            size_t n, used;
            dw__h1_body_init(&b, &(struct http_head){.chunked = true, .content_length = -1});
            dw_text in = dw__text_of(rows[i].in);
            enum h1_body_result r = decode(&b, in, piece, piece % 5 + 1, out, &n, &used);
            if (r != (rows[i].body ? H1_BODY_END : H1_BODY_BAD))
                fail_msg("row %zu (%s) in pieces of %zu: %d", i, rows[i].in, piece, (int)r);
            if (rows[i].body == NULL)
                continue;
            assert_int_equal(used, in.n);
            assert_true(dw__text_eq((dw_text){out, n}, dw__text_of(rows[i].body)));
        }
}

static void test_length(void **state)
{
    (void)state;
    struct h1_body b;
    char out[16];
    size_t n, used;
    dw__h1_body_init(&b, &(struct http_head){.content_length = 5});
    assert_int_equal(dw__h1_body_direct(&b), 5);
    assert_int_equal(decode(&b, DW_TEXT("helloGET"), 3, 2, out, &n, &used), H1_BODY_END);
    assert_int_equal(used, 5);
    assert_memory_equal(out, "hello", 5);
    dw__h1_body_init(&b, &(struct http_head){.content_length = 0});
    assert_true(dw__h1_body_done(&b));
    dw__h1_body_init(&b, &(struct http_head){.content_length = -1});
    assert_true(dw__h1_body_done(&b));
}

/* What is read past the decoder counts as if it had gone through it. */
static void test_direct(void **state)
{
    (void)state;
    struct h1_body b;
    dw_text data;
    size_t used;
    dw__h1_body_init(&b, &(struct http_head){.chunked = true, .content_length = -1});
    assert_int_equal(dw__h1_body_direct(&b), 0);
    assert_int_equal(dw__h1_body_next(&b, "10\r\n", 4, 100, &used, &data, NULL), H1_BODY_MORE);
    assert_int_equal(dw__h1_body_direct(&b), 16);
    dw__h1_body_took(&b, 10);
    assert_int_equal(dw__h1_body_direct(&b), 6);
    dw__h1_body_took(&b, 6);
    assert_int_equal(dw__h1_body_direct(&b), 0);
    assert_int_equal(dw__h1_body_next(&b, "\r\n0\r\n\r\nX", 8, 100, &used, &data, NULL), H1_BODY_END);
    assert_int_equal(used, 7);
}

/* A unit repeated for ever is refused after a bounded number of bytes; returns that number. */
static size_t refused_after(const char *first, const char *unit)
{
    struct h1_body b;
    dw_text data;
    size_t used, total = 0;
    dw__h1_body_init(&b, &(struct http_head){.chunked = true, .content_length = -1});
    enum h1_body_result r = dw__h1_body_next(&b, first, strlen(first), 100, &used, &data, NULL);
    while (total < 1000000) {
        const char *p = unit;
        size_t n = strlen(unit);
        do {
            r = dw__h1_body_next(&b, p, n, 100, &used, &data, NULL);
            p += used;
            n -= used;
            total += used;
            if (r == H1_BODY_BAD)
                return total;
        } while (r == H1_BODY_DATA && n > 0);
    }
    return total;
}

static void test_bounds(void **state)
{
    (void)state;
    assert_in_range(refused_after("1;a=", "b"), 4000, 5000);
    assert_in_range(refused_after("", "1;aaaaaaaaaaaaaaa\r\nx\r\n"), 4000, 8000);
    assert_in_range(refused_after("0\r\nX: ", "y"), 8000, 16000);
    assert_in_range(refused_after("0\r\n", "X:y\r\n"), 64 * 5, 65 * 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chunked),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_direct),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
