/* Bodies of parts: what is taken, what is refused and where, and that it makes no difference where chunks end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/text.h"
#include "codec/multipart.h"
#include "guard_page.h"

/* ---- what a body comes to ---- */

#define SAID 65536

static char said[SAID + 512];

static void say(size_t *n, const char *what, dw_text t)
{
    *n += (size_t)snprintf(said + *n, sizeof said - *n, "%s", what);
    for (size_t i = 0; i < t.n && *n < SAID; i++) {
        unsigned char ch = (unsigned char)t.p[i];

        if (ch >= ' ' && ch < 0x7f && ch != '\\')
            said[(*n)++] = (char)ch;
        else
            *n += (size_t)snprintf(said + *n, sizeof said - *n, "\\%02x", ch);
    }
    said[*n] = '\0';
}

/* A body in chunks that end at `cuts` as one line: "name[/filename][:type]=data;" for each part, and "." for a good end or "!" for a bad one.
 * *n_data is the largest number of DATA events of one part. */
struct outcome {
    dw_err err;
    uint64_t at;
    size_t n_data;
};

static void begin(size_t *n, const struct multipart_part *part)
{
    say(n, "", part->name);
    if (part->filename.p != NULL)
        say(n, "/", part->filename);
    if (part->type.p != NULL)
        say(n, ":", part->type);
    say(n, "=", (dw_text){"", 0});
}

static dw_err feed(struct multipart *m, const char *p, size_t length, size_t *n, size_t *n_data, size_t *most)
{
    char *copy = guard_page_copy(p, length);
    dw_text chunk = {copy, length};
    struct multipart_event event;
    dw_err err;

    while ((err = dw__multipart_next(m, &chunk, &event)) == DW_OK && event.kind != MULTIPART_MORE) {
        if (event.kind == MULTIPART_PART) {
            begin(n, &m->part);
            *n_data = 0;
        } else if (event.kind == MULTIPART_DATA) {
            assert_true(event.data.n > 0);
            say(n, "", event.data);
            *n_data += 1;
            *most = *n_data > *most ? *n_data : *most;
        } else {
            say(n, ";", (dw_text){"", 0});
        }
    }
    assert_true(err != DW_OK || chunk.n == 0);
    guard_page_free(copy);
    return err;
}

static struct outcome read_body(dw_text boundary, dw_text body, const size_t *cuts, size_t n_cuts)
{
    struct multipart m;
    struct outcome got = {0};
    size_t n = 0, n_data = 0, from = 0;

    memset(&m, 0xa5, sizeof m);
    dw__multipart_init(&m, boundary);
    said[0] = '\0';
    for (size_t i = 0; i <= n_cuts && got.err == DW_OK; i++) {
        size_t to = i < n_cuts ? cuts[i] : body.n;

        got.err = feed(&m, body.p + from, to - from, &n, &n_data, &got.n_data);
        from = to;
    }
    got.err = dw__multipart_end(&m);
    say(&n, got.err == DW_OK ? "." : "!", (dw_text){"", 0});
    got.at = m.at;
    return got;
}

static void expect(dw_text body, dw_err err, const char *want)
{
    struct outcome got = read_body(DW_TEXT("B"), body, NULL, 0);

    if (got.err != err || (want != NULL && strcmp(said, want) != 0))
        fail_msg("%.*s: %d %s, not %d %s", DW_FMT(body), got.err, said, err, want != NULL ? want : "");
    assert_true(got.at <= body.n);
    assert_true(got.n_data <= 1);
}

/* ---- what is taken ---- */

#define NAME(n) "Content-Disposition: form-data; name=\"" n "\"\r\n"
#define PART(n, v) "--B\r\n" NAME(n) "\r\n" v "\r\n"
#define GOOD(body, want) expect(DW_TEXT(body), DW_OK, want)

static void reads_parts(void **state)
{
    (void)state;
    GOOD("--B--\r\n", ".");
    GOOD("--B--", ".");
    GOOD(PART("a", "1") "--B--\r\n", "a=1;.");
    GOOD(PART("a", "1") PART("a", "") PART("", "x") "--B--", "a=1;a=;=x;.");
    GOOD(PART("a", "\r\n") PART("b", "\r\r\n\n--\r\n-") "--B--\r\n",
         "a=\\0d\\0a;b=\\0d\\0d\\0a\\0a--\\0d\\0a-;.");
    GOOD(PART("a", "--A") PART("b", "\r\n--\r\n--A--B\n--B--") "--B--\r\n",
         "a=--A;b=\\0d\\0a--\\0d\\0a--A--B\\0a--B--;.");
    GOOD("--B\r\ncontent-disposition:FORM-DATA;NAME=a\r\nContent-type:\ttext/plain ; Charset=\"UTF-8\" "
         "\r\n\r\n1\r\n--B--\r\n",
         "a:text/plain ; Charset=\"UTF-8\"=1;.");
    GOOD("--B\r\nContent-Type: image/png\r\nX-Own: \xff\r\nContent-Disposition: form-data; "
         "filename=\"\xc3\xbc.png\" ; name=f\r\n\r\n"
         "\0\x01\r\n--B--\r\n",
         "f/\\c3\\bc.png:image/png=\\00\\01;.");
    GOOD("--B\r\nContent-Disposition: form-data; name=f; filename=\"\"\r\nContent-Type: "
         "application/octet-stream\r\n\r\n\r\n--B--\r\n",
         "f/:application/octet-stream=;.");
    GOOD("--B\r\nContent-Disposition: form-data; name=f; filename=a\r\nContent-Type: text/csv; "
         "charset=latin1\r\n\r\n\r\n--B--\r\n",
         "f/a:text/csv; charset=latin1=;.");
}

static void decodes_names_as_browsers_write_them(void **state)
{
    (void)state;
    GOOD(PART("%22%0D%0A%22", "") "--B--", "\"\\0d\\0a\"=;.");
    GOOD(PART("%", "") PART("%2", "") PART("%00%0d%25%%22", "") "--B--", "%=;%2=;%00%0d%25%\"=;.");
    GOOD(PART("a\\b\\\\c", "") PART("\t \xf0\x9f\x98\x80", "") "--B--",
         "a\\5cb\\5c\\5cc=;\\09 \\f0\\9f\\98\\80=;.");
}

/* ---- what is refused ---- */

#define BAD(body) expect(DW_TEXT(body), DW_MALFORMED, NULL)

static void refuses_other_delimiters(void **state)
{
    (void)state;
    BAD("");
    BAD("--B");
    BAD("--B\r\n");
    BAD("\r\n--B--\r\n");
    BAD("preamble\r\n--B--\r\n");
    BAD("--A\r\n");
    BAD("--B --\r\n");
    BAD("--B \r\n" NAME("a") "\r\n1\r\n--B--\r\n");
    BAD("--B-\r\n");
    BAD("--B\n" NAME("a") "\r\n1\r\n--B--\r\n");
    BAD("--B\r" NAME("a") "\r\n1\r\n--B--\r\n");
    BAD(PART("a", "1") "--BB\r\n");
    BAD(PART("a", "1\r\n--B2") "--B--\r\n");
    BAD(PART("a", "1") "--B--\r");
    BAD(PART("a", "1") "--B--\n");
    BAD(PART("a", "1") "--B--\r\n\r\n");
    BAD(PART("a", "1") "--B--\r\nepilogue");
    BAD(PART("a", "1") "--B-- ");
    BAD(PART("a", "1") "--B--\r\n\0");
    BAD("--B\nContent-Disposition: form-data; name=\"a\"\n\n1\n--B--\n");
}

/* Data that begins with -- boundary, or a part that has none. */
static void refuses_a_delimiter_behind_a_head(void **state)
{
    (void)state;
    BAD("--B\r\n" NAME("a") "\r\n--B--\r\n");
    BAD("--B\r\n" NAME("a") "\r\n--Bxyz\r\n--B--\r\n");
}

static void refuses_bad_heads(void **state)
{
    static const char *const heads[] = {
        "",
        "\r\n",
        "Content-Type: text/plain\r\n",
        "Content-Disposition: form-data\r\n",
        "Content-Disposition:\r\n",
        "Content-Disposition: attachment; name=a\r\n",
        "Content-Disposition: form-data name=a\r\n",
        "Content-Disposition: form-data; name=\r\n",
        "Content-Disposition: form-data; name=a;\r\n",
        "Content-Disposition: form-data; name=a b\r\n",
        "Content-Disposition: form-data; name=\"a\r\n",
        "Content-Disposition: form-data; name=\"a\\\"\r\n",
        "Content-Disposition: form-data; name=\"a\\\"b\"\r\n",
        "Content-Disposition: form-data; name=a; name=b\r\n",
        "Content-Disposition: form-data; name=a; Name=b\r\n",
        "Content-Disposition: form-data; name=a; filename=b; filename=c\r\n",
        "Content-Disposition: form-data; filename=b\r\n",
        "Content-Disposition: form-data; name*=utf-8''a\r\n",
        "Content-Disposition: form-data; name=a; filename*=utf-8''b\r\n",
        "Content-Disposition: form-data; name=a; filename=b; filename*=utf-8''b\r\n",
        "Content-Disposition: form-data; name=a; size=3\r\n",
        "Content-Disposition: form-data; name=\"\xff\"\r\n",
        "Content-Disposition: form-data; name=a; filename=\"\xc3\"\r\n",
        "Content-Disposition: form-data; name=\"a\x01\"\r\n",
        "Content-Disposition: form-data; name=\"a\x7f\"\r\n",
        "Content-Disposition : form-data; name=a\r\n",
        " Content-Disposition: form-data; name=a\r\n",
        "Content-Disposition: form-data;\r\n name=a\r\n",
        "Content-Disposition: form-data; name=a\n",
        "Content-Disposition: form-data; name=a\nX: y\r\n",
        "Content-Disposition: form-data; name=a\rX: y\r\n",
        "Content-Disposition: form-data; name=a\r\r\n",
        NAME("a") NAME("a"),
        NAME("a") "content-disposition: form-data; name=b\r\n",
        NAME("a") "Content-Type: text/plain\r\nContent-type: text/plain\r\n",
        NAME("a") "X-Own: 1\r\nx-own: 2\r\n",
        NAME("a") "Content-Transfer-Encoding: 8bit\r\n",
        NAME("a") "content-transfer-encoding: base64\r\n",
        NAME("a") "Content-Type:\r\n",
        NAME("a") "Content-Type: text\r\n",
        NAME("a") "Content-Type: text/\r\n",
        NAME("a") "Content-Type: /plain\r\n",
        NAME("a") "Content-Type: text/plain/x\r\n",
        NAME("a") "Content-Type: text/plain; charset\r\n",
        NAME("a") "Content-Type: text/plain; charset=latin1\r\n",
        NAME("a") "Content-Type: text/plain; charset=utf-8; charset=utf-8\r\n",
        NAME("a") "Content-Type: text/plain; charset=utf-8;\r\n",
        NAME("a") "no field\r\n",
        NAME("a") ": no name\r\n",
        NAME("a") "b\xc3\xbc: 1\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        char body[512];
        size_t n = (size_t)snprintf(body, sizeof body, "--B\r\n%s\r\n1\r\n--B--\r\n", heads[i]);

        expect((dw_text){body, n}, DW_MALFORMED, "!");
    }
    BAD("--B\r\n" NAME("a\0b") "\r\n1\r\n--B--\r\n");
    BAD("--B\r\n" NAME("a") "X: a\0b\r\n\r\n1\r\n--B--\r\n");
}

static void says_where_it_is_bad(void **state)
{
    static const struct {
        dw_text body;
        uint64_t at;
    } rows[] = {
        {DW_TEXT_INIT("--b--"), 2},         {DW_TEXT_INIT("x"), 0},
        {DW_TEXT_INIT("--B?"), 3},          {DW_TEXT_INIT("--B--\r\nx"), 7},
        {DW_TEXT_INIT("--B\r\nA: 1\n"), 9}, {DW_TEXT_INIT("--B\r\nA: 1\r\n\r\n"), 13},
        {DW_TEXT_INIT("--B"), 3},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct outcome got = read_body(DW_TEXT("B"), rows[i].body, NULL, 0);

        assert_int_equal(got.err, DW_MALFORMED);
        assert_int_equal(got.at, rows[i].at);
    }
}

/* A failure stays, whatever comes behind it. */
static void stays_refused(void **state)
{
    struct multipart m;
    struct multipart_event event;
    dw_text bad = DW_TEXT("x"), good = DW_TEXT("--B--");

    (void)state;
    dw__multipart_init(&m, DW_TEXT("B"));
    assert_int_equal(dw__multipart_next(&m, &bad, &event), DW_MALFORMED);
    assert_int_equal(dw__multipart_next(&m, &good, &event), DW_MALFORMED);
    assert_int_equal(good.n, 5);
    assert_int_equal(dw__multipart_end(&m), DW_MALFORMED);
}

/* ---- limits ---- */

static char large[8 << 20];

static void bounds_parts(void **state)
{
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < DW__MULTIPART_PARTS; i++)
        n += (size_t)snprintf(large + n, sizeof large - n, PART("a", "1"));
    memcpy(large + n, "--B--", 5);
    assert_int_equal(read_body(DW_TEXT("B"), (dw_text){large, n + 5}, NULL, 0).err, DW_OK);
    n += (size_t)snprintf(large + n, sizeof large - n, PART("a", "1") "--B--");
    assert_int_equal(read_body(DW_TEXT("B"), (dw_text){large, n}, NULL, 0).err, DW_TOO_LARGE);
}

static dw_err with_fields(size_t n_fields)
{
    size_t n = (size_t)snprintf(large, sizeof large, "--B\r\n" NAME("a"));

    for (size_t i = 1; i < n_fields; i++)
        n += (size_t)snprintf(large + n, sizeof large - n, "X-%zu: 1\r\n", i);
    n += (size_t)snprintf(large + n, sizeof large - n, "\r\n1\r\n--B--");
    return read_body(DW_TEXT("B"), (dw_text){large, n}, NULL, 0).err;
}

static dw_err with_head_of(size_t bytes)
{
    static const char begin[] = "--B\r\n" NAME("a") "X: ";
    size_t n = sizeof begin - 1, end = 5 + bytes - 4;

    memcpy(large, begin, n);
    memset(large + n, 'x', end - n);
    memcpy(large + end, "\r\n\r\n1\r\n--B--", 12);
    return read_body(DW_TEXT("B"), (dw_text){large, end + 12}, NULL, 0).err;
}

static void bounds_heads(void **state)
{
    (void)state;
    assert_int_equal(with_fields(DW__MULTIPART_FIELDS), DW_OK);
    assert_int_equal(with_fields(DW__MULTIPART_FIELDS + 1), DW_TOO_LARGE);
    assert_int_equal(with_fields(20000), DW_TOO_LARGE);
    assert_int_equal(with_head_of(DW__MULTIPART_HEAD), DW_OK);
    assert_int_equal(with_head_of(DW__MULTIPART_HEAD + 1), DW_TOO_LARGE);
}

/* ---- chunks ---- */

static const char sample[] = PART("a", "1\r\n--B\x80\r\n-") "--B\r\nContent-Type: text/plain\r\n" NAME(
    "%22b") "\r\n-\r\n\r\n--\r\r\n--A\r\n" PART("c", "") "--B--\r\n";

/* The sample's boundary is longer than B, so that a part of it can stand in the data. */
static dw_text sample_body(char out[static 1024])
{
    size_t n = 0;

    for (const char *p = sample; *p != '\0'; p++) {
        out[n++] = *p;
        if (p[0] == 'B' && p > sample && p[-1] == '-' && p[1] != '\x80') {
            memcpy(out + n, "oundary", 7);
            n += 7;
        }
    }
    return (dw_text){out, n};
}

static void any_cut_gives_the_same(void **state)
{
    char room[1024], whole[1024];
    dw_text body = sample_body(room);

    (void)state;
    assert_int_equal(read_body(DW_TEXT("Boundary"), body, NULL, 0).err, DW_OK);
    assert_true(strlen(said) < sizeof whole);
    memcpy(whole, said, strlen(said) + 1);
    assert_string_equal(whole,
                        "a=1\\0d\\0a--B\\80\\0d\\0a-;\"b:text/plain=-\\0d\\0a\\0d\\0a--\\0d\\0d\\0a--A;c=;.");
    for (size_t i = 0; i <= body.n; i++)
        for (size_t k = i; k <= body.n; k += 1 + (k - i) / 8) {
            assert_int_equal(read_body(DW_TEXT("Boundary"), body, (size_t[]){i, k}, 2).err, DW_OK);
            assert_string_equal(said, whole);
        }
    size_t each[1024];
    for (size_t i = 0; i < body.n; i++)
        each[i] = i;
    assert_int_equal(read_body(DW_TEXT("Boundary"), body, each, body.n).err, DW_OK);
    assert_string_equal(said, whole);
}

static void every_beginning_is_malformed(void **state)
{
    char room[1024];
    dw_text body = sample_body(room);

    (void)state;
    for (size_t n = 0; n < body.n; n++) {
        struct outcome got = read_body(DW_TEXT("Boundary"), (dw_text){body.p, n}, NULL, 0);

        if (n == body.n - 2) /* the line behind the last delimiter need not end */
            assert_int_equal(got.err, DW_OK);
        else
            assert_int_equal(got.err, DW_MALFORMED);
        assert_true(got.at == n || got.err == DW_OK);
    }
}

/* One byte changed anywhere to any value: the same at every cut, and never more data than came. */
static void survives_mutation(void **state)
{
    char room[1024], once[1024];
    dw_text body = sample_body(room);
    static const char values[] = "\0\r\n-B\":;= \\%\x7f\xff";

    (void)state;
    for (size_t i = 0; i < body.n; i++)
        for (size_t v = 0; v < sizeof values - 1; v++) {
            char was = room[i];
            size_t cut = (i * 7 + v) % body.n;

            room[i] = values[v];
            struct outcome whole = read_body(DW_TEXT("Boundary"), body, NULL, 0);
            assert_true(strlen(said) < sizeof once);
            memcpy(once, said, strlen(said) + 1);
            struct outcome parts = read_body(DW_TEXT("Boundary"), body, &cut, 1);
            assert_int_equal(whole.err, parts.err);
            assert_int_equal(whole.at, parts.at);
            assert_string_equal(said, once);
            assert_true(whole.n_data <= 1);
            room[i] = was;
        }
}

/* ---- time ---- */

static double seconds_for(size_t n, size_t chunk)
{
    static const char pattern[] =
        "\r\n--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";
    dw_text boundary = DW_TEXT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    struct timespec t0, t1;
    struct multipart m;
    struct multipart_event event;
    size_t begun = (size_t)snprintf(large, sizeof large, "--%.*s\r\n" NAME("a") "\r\n", DW_FMT(boundary));

    for (size_t i = begun; i < n; i++)
        large[i] = pattern[(i - begun) % (sizeof pattern - 1)];
    dw__multipart_init(&m, boundary);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t0);
    for (size_t at = 0; at < n; at += chunk) {
        dw_text rest = {large + at, n - at < chunk ? n - at : chunk};

        do
            assert_int_equal(dw__multipart_next(&m, &rest, &event), DW_OK);
        while (event.kind != MULTIPART_MORE);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t1);
    assert_int_equal(m.at, n);
    return (double)(t1.tv_sec - t0.tv_sec) + (double)(t1.tv_nsec - t0.tv_nsec) / 1e9;
}

/* Almost-delimiters without end: eight times as much takes about eight times as long; a square would take 64 times. */
static void takes_linear_time(void **state)
{
    static const size_t chunks[] = {sizeof large, 73, 1};

    (void)state;
    for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
        double one = seconds_for((size_t)1 << 17, chunks[i]), eight = seconds_for((size_t)1 << 20, chunks[i]);

        if (eight > 30 * one + 0.05)
            fail_msg("chunks of %zu: %f s, then %f s", chunks[i], one, eight);
    }
}

/* ---- boundaries ---- */

static void expect_boundary(const char *type, const char *want)
{
    dw_text boundary;
    size_t n = strlen(type);
    char *copy = guard_page_copy(type, n);

    if (dw__multipart_boundary((dw_text){copy, n}, &boundary) != (want != NULL))
        fail_msg("%s", type);
    if (want != NULL) {
        assert_int_equal(boundary.n, strlen(want));
        assert_memory_equal(boundary.p, want, boundary.n);
    }
    guard_page_free(copy);
}

#define LONGEST "0123456789012345678901234567890123456789012345678901234567890123456789"

static void reads_boundaries(void **state)
{
    static const char *const bad[] = {
        "",
        "multipart/form-data",
        "multipart/form-data;",
        "multipart/form-data; boundary",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=a; boundary=a",
        "multipart/form-data; boundary=a; Boundary=b",
        "multipart/form-data; boundary=a;",
        "multipart/form-data; boundary=a b",
        "multipart/form-data; boundary=a,b",
        "multipart/form-data; boundary=\"a",
        "multipart/form-data; boundary=\"a \"",
        "multipart/form-data; boundary=\"a\\b\"",
        "multipart/form-data; boundary=\"a*b\"",
        "multipart/form-data; boundary=a/b",
        "multipart/form-data; boundary=a*",
        "multipart/form-data; boundary=\"\xc3\xbc\"",
        "multipart/form-data; boundary=a; charset=latin1",
        "multipart/form-data; boundary=a; charset=utf-8; charset=utf-8",
        "multipart/form-data; boundary=a; x=y",
        "multipart/mixed; boundary=a",
        "multipart/form-data, a; boundary=a",
        "multipart/form-data; boundary=" LONGEST "x",
        "text/plain; boundary=a",
    };

    (void)state;
    expect_boundary("multipart/form-data; boundary=a", "a");
    expect_boundary("Multipart/Form-Data;BOUNDARY=\"a\"", "a");
    expect_boundary("multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
                    "----WebKitFormBoundary7MA4YWxkTrZu0gW");
    expect_boundary("multipart/form-data; boundary=\"'()+_,-./:=? x\"", "'()+_,-./:=? x");
    expect_boundary("multipart/form-data; charset=UTF-8; boundary=" LONGEST, LONGEST);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_boundary(bad[i], NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_parts),
        cmocka_unit_test(decodes_names_as_browsers_write_them),
        cmocka_unit_test(refuses_other_delimiters),
        cmocka_unit_test(refuses_a_delimiter_behind_a_head),
        cmocka_unit_test(refuses_bad_heads),
        cmocka_unit_test(says_where_it_is_bad),
        cmocka_unit_test(stays_refused),
        cmocka_unit_test(bounds_parts),
        cmocka_unit_test(bounds_heads),
        cmocka_unit_test(any_cut_gives_the_same),
        cmocka_unit_test(every_beginning_is_malformed),
        cmocka_unit_test(survives_mutation),
        cmocka_unit_test(takes_linear_time),
        cmocka_unit_test(reads_boundaries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
