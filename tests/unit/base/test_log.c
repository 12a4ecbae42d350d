/* Log lines: what they look like, and that nothing from a client can break one. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "guard_page.h"

static struct clock clock_;
static struct services services;
static dw_ctx ctx;
static int file;
static char text[200000];

static int set_up(void **state)
{
    (void)state;
    clock_ = (struct clock){0};
    dw__clock_set(&clock_, INT64_C(784111777042));
    services = (struct services){0};
    ctx = (dw_ctx){.clock = &clock_, .services = &services};
    file = memfd_create("log", 0);
    assert_int_equal(dw__log_new(&services.log, dup(file), DW_LOG_LEVEL_INFO, "worker 1"), DW_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dw__log_free(services.log);
    close(file);
    return 0;
}

/* All that has been logged. */
static const char *logged(void)
{
    dw__log_flush(services.log);
    ssize_t n = pread(file, text, sizeof text - 1, 0);
    assert_true(n >= 0);
    text[n] = '\0';
    return text;
}

/* The value of a text as a line has it, with its quotes. */
static const char *escaped(const void *p, size_t n)
{
    static char line[4000];
    struct buf b;
    char *value = guard_page_copy(p, n);
    dw__buf_init_fixed(&b, line, sizeof line - 1);
    dw__log_text(&b, "k", (dw_text){value, n});
    guard_page_free(value);
    assert_false(b.failed);
    line[b.n] = '\0';
    assert_memory_equal(line, ",\"k\":", 5);
    return line + 5;
}

static void a_line_has_everything(void **state)
{
    (void)state;
    ctx.request_id = DW_TEXT("0123");
    ctx.traceparent = DW_TEXT("00-aa-bb-01");
    ctx.route = DW_TEXT("/items/{id}");
    DW_LOG_WARN(&ctx, "note.rejected", DW_KV(title_len, (size_t)7), DW_KV(title, DW_TEXT("a\"b")));
    assert_string_equal(logged(),
                        "{\"time\":\"1994-11-06T08:49:37.042Z\",\"level\":\"warn\",\"kind\":\"app\","
                        "\"event\":\"note.rejected\",\"request_id\":\"0123\",\"traceparent\":\"00-aa-bb-01\","
                        "\"route\":\"/items/{id}\",\"title_len\":7,\"title\":\"a\\\"b\","
                        "\"process\":\"worker 1\"}\n");
}

static void values_by_type(void **state)
{
    (void)state;
    const char *none = NULL;
    char own[] = "own";
    dw_text empty = {NULL, 0};
    dw_secret secret = {"hunter2", 7};
    DW_LOG_ERROR(&ctx, "types", DW_KV(a, -1), DW_KV(b, UINT64_MAX), DW_KV(c, INT64_MIN), DW_KV(d, (bool)true),
                 DW_KV(e, 0.1), DW_KV(f, (double)NAN), DW_KV(g, -INFINITY), DW_KV(h, none), DW_KV(i, own),
                 DW_KV(password, secret), DW_KV(k, empty), DW_KV(l, 1e300), DW_KV(m, 1.0f),
                 DW_KV(n, (signed char)-3));
    assert_non_null(
        strstr(logged(), "\"event\":\"types\",\"a\":-1,\"b\":18446744073709551615,\"c\":-9223372036854775808,"
                         "\"d\":true,\"e\":0.1,\"f\":null,\"g\":null,\"h\":null,\"i\":\"own\","
                         "\"password\":\"[secret]\",\"k\":\"\",\"l\":1e+300,\"m\":1,\"n\":-3,\"process\""));
    assert_null(strstr(text, "hunter2"));
}

static void framework_lines_are_events(void **state)
{
    (void)state;
    DW__EVENT(services.log, &ctx, DW_LOG_LEVEL_INFO, "host.refused", DW_KV(host, "a"));
    DW__EVENT(services.log, NULL, DW_LOG_LEVEL_INFO, "life.ready");
    DW_LOG_INFO(&ctx, "plain");
    assert_non_null(
        strstr(logged(), "\"level\":\"info\",\"kind\":\"event\",\"event\":\"host.refused\",\"host\":\"a\","));
    assert_non_null(strstr(text, "\"event\":\"life.ready\",\"process\":\"worker 1\"}\n"));
    assert_non_null(strstr(text, "\"kind\":\"app\",\"event\":\"plain\",\"process\":\"worker 1\"}\n"));
}

static void levels_below_are_not_written(void **state)
{
    (void)state;
    DW_LOG_DEBUG(&ctx, "quiet");
    assert_string_equal(logged(), "");
    assert_false(dw__log_wants(services.log, DW_LOG_LEVEL_DEBUG));
    assert_true(dw__log_wants(services.log, DW_LOG_LEVEL_INFO));
    assert_false(dw__log_wants(NULL, DW_LOG_LEVEL_DEBUG));
    assert_true(dw__log_wants(NULL, DW_LOG_LEVEL_ERROR));
}

static void texts_are_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        size_t n;
        const char *out;
    } rows[] = {
#define ROW(in, out) {in, sizeof(in) - 1, "\"" out "\""}
        ROW("", ""),
        ROW("plain text of more than eight bytes", "plain text of more than eight bytes"),
        ROW("a\r\n{\"level\":\"info\"}", "a\\u000d\\u000a{\\\"level\\\":\\\"info\\\"}"),
        ROW("12345678\n", "12345678\\u000a"),
        ROW("1234567\n8", "1234567\\u000a8"),
        ROW("\0", "\\u0000"),
        ROW("a\0b", "a\\u0000b"),
        ROW("\x1b[31mred\x1b[0m", "\\u001b[31mred\\u001b[0m"),
        ROW("\x7f", "\\u007f"),
        ROW("\xc2\x9b"
            "31m",
            "\\u009b31m"), /* the one-character CSI */
        ROW("\xc2\x85", "\\u0085"),
        ROW("\xe2\x80\xa8|\xe2\x80\xa9", "\\u2028|\\u2029"),
        ROW("\xe2\x80\xae|\xe2\x81\xa6", "\\u202e|\\u2066"),
        ROW("C:\\x", "C:\\\\x"),
        ROW("</script>", "</script>"),
        ROW("\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80", "\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80"),
#define BAD "\xef\xbf\xbd"
        ROW("\x80", BAD),
        ROW("\xff\xfe", BAD BAD),
        ROW("\xc0\xaf", BAD BAD),                 /* overlong */
        ROW("\xe0\x80\xaf", BAD BAD BAD),         /* overlong */
        ROW("\xed\xa0\x80", BAD BAD BAD),         /* surrogate */
        ROW("\xf4\x90\x80\x80", BAD BAD BAD BAD), /* above U+10FFFF */
        ROW("\xe6\x97", BAD BAD),                 /* ends too early */
        ROW("\xe6\"", BAD "\\\""),                /* does not swallow the quote */
        ROW("\xf0\x9f\x98\n", BAD BAD BAD "\\u000a"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(escaped(rows[i].in, rows[i].n), rows[i].out);
}

/* One JSON string and nothing else: printable, every backslash begins an escape, one quote at each end. */
static void assert_is_one_string(const char *s)
{
    assert_int_equal(*s++, '"');
    for (; *s != '"'; s++) {
        assert_true((unsigned char)*s >= 0x20 && *s != 0x7f);
        if (*s == '\\') {
            s++;
            assert_true(*s == '"' || *s == '\\' || *s == 'u');
        }
    }
    assert_int_equal(s[1], '\0');
}

static void no_bytes_break_a_string(void **state)
{
    (void)state;
    unsigned seed = 12345;
    char bytes[40];
    for (unsigned i = 0; i < 20000; i++) {
        size_t n = i % sizeof bytes;
        for (size_t k = 0; k < n; k++) {
            seed = seed * 1103515245 + 12345;
            /* Half of them from where trouble is. */
            bytes[k] = seed >> 30 & 1 ? (char)(seed >> 16)
                                      : "\"\\\n\r\0\x7f\xe2\x80\xa8\xf0\xed\xa0\x1b\xc2\x9b"[seed >> 16 & 15];
        }
        assert_is_one_string(escaped(bytes, n));
    }
}

static void every_byte_alone(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++)
        for (size_t at = 0; at < 17; at++) {
            char bytes[17];
            memset(bytes, 'x', sizeof bytes);
            bytes[at] = (char)c;
            const char *s = escaped(bytes, sizeof bytes);
            assert_is_one_string(s);
            bool as_it_is = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
            assert_int_equal(strlen(s) == sizeof bytes + 2, as_it_is);
        }
}

static void request_data_cannot_break_a_line(void **state)
{
    (void)state;
    ctx.request_id = DW_TEXT("a\",\"level\":\"x\n");
    ctx.route = DW_TEXT("\n");
    DW_LOG_WARN(&ctx, "x", DW_KV(t, DW_TEXT("\n{}\n")));
    const char *line = logged();
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void a_long_line_is_cut_between_values(void **state)
{
    (void)state;
    static char big[9000];
    memset(big, 'b', sizeof big);
    dw_text t = {big, sizeof big};
    DW_LOG_WARN(&ctx, "long", DW_KV(first, t), DW_KV(second, t), DW_KV(third, 1));
    const char *line = logged();
    assert_int_equal(strlen(strstr(line, "bbb")),
                     sizeof big + strlen("\",\"cut\":true,\"process\":\"worker 1\"}\n"));
    assert_non_null(strstr(line, "b\",\"cut\":true,\"process\":\"worker 1\"}\n"));
    assert_null(strstr(line, "third"));
    assert_int_equal(dw__log_lost(services.log), 0);
}

static void lengths_around_the_limit(void **state)
{
    (void)state;
    static char big[17000];
    memset(big, 'b', sizeof big);
    size_t cut = 0, whole = 0;
    for (size_t n = 16200; n < 16400; n++) {
        assert_int_equal(ftruncate(file, 0), 0);
        lseek(file, 0, SEEK_SET);
        DW_LOG_WARN(&ctx, "long", DW_KV(v, ((dw_text){big, n})), DW_KV(last, 1234567890));
        const char *line = logged();
        assert_string_equal(strstr(line, "\"process"), "\"process\":\"worker 1\"}\n");
        *(strstr(line, "\"cut\":true") != NULL ? &cut : &whole) += 1;
    }
    assert_true(cut > 0 && whole > 0);
    assert_int_equal(dw__log_lost(services.log), 0);
}

static void a_huge_value_is_not_even_read(void **state)
{
    (void)state;
    char line[100];
    struct buf b;
    dw__buf_init_fixed(&b, line, sizeof line);
    dw__log_text(&b, "k", (dw_text){"short", SIZE_MAX});
    assert_true(b.failed);
}

static void without_a_clock_there_is_still_a_time(void **state)
{
    (void)state;
    dw_x_log(NULL, DW_LOG_LEVEL_DEBUG, "nobody.reads", NULL, 0);
    ctx.clock = NULL;
    DW_LOG_INFO(&ctx, "now");
    assert_memory_equal(logged(), "{\"time\":\"20", 11);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_line_has_everything),
        TEST(values_by_type),
        TEST(framework_lines_are_events),
        TEST(levels_below_are_not_written),
        TEST(texts_are_escaped),
        TEST(no_bytes_break_a_string),
        TEST(every_byte_alone),
        TEST(request_data_cannot_break_a_line),
        TEST(a_long_line_is_cut_between_values),
        TEST(lengths_around_the_limit),
        TEST(a_huge_value_is_not_even_read),
        TEST(without_a_clock_there_is_still_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
