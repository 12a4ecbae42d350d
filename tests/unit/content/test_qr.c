/* QR codes: zbarimg reads what we draw; what is too long is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "content/qr.h"

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dw__arena_release(&arena);
    return 0;
}

/* What an independent reader finds in the picture; skips where there is none. */
static void read_back(dw_text png, char *out, size_t cap)
{
    char path[] = "/tmp/dewar-qr-XXXXXX", command[128];
    int fd = mkstemp(path);
    FILE *zbar;
    size_t n;

    if (access("/usr/bin/zbarimg", X_OK) != 0)
        skip();
    assert_true(fd >= 0);
    assert_int_equal(write(fd, png.p, png.n), png.n);
    close(fd);
    (void)snprintf(command, sizeof command, "zbarimg --quiet --raw --oneshot -Sbinary %s 2>/dev/null", path);
    zbar = popen(command, "r");
    assert_non_null(zbar);
    n = fread(out, 1, cap - 1, zbar);
    out[n] = '\0';
    assert_int_equal(pclose(zbar), 0);
    unlink(path);
}

static void is_read_back(const char *text, size_t n)
{
    static struct qr qr;
    char seen[DW__QR_TEXT_MAX + 16];
    struct buf png;

    dw__buf_init(&png, &arena, (size_t)64 << 10);
    assert_int_equal(dw__qr_make((dw_text){text, n}, &qr), DW_OK);
    assert_true(qr.side <= DW__QR_SIDE);
    assert_int_equal(dw__qr_png(&qr, &arena, &png), DW_OK);
    assert_true(png.n < (size_t)8 << 10);
    read_back((dw_text){png.p, png.n}, seen, sizeof seen);
    assert_int_equal(strlen(seen), n);
    assert_memory_equal(seen, text, n);
}

static void an_independent_reader_reads_the_png(void **state)
{
    static const char uri[] =
        "otpauth://totp/Coffer:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Coffer";
    char longest[DW__QR_TEXT_MAX];

    (void)state;
    is_read_back(uri, sizeof uri - 1);
    is_read_back("x", 1);
    for (size_t i = 0; i < sizeof longest; i++)
        longest[i] = "abcdefghijklmnopqrstuvwxyz%ABCDEF0123456789?=&"[i * 7 % 46];
    is_read_back(longest, sizeof longest);
}

static void too_long_is_refused(void **state)
{
    static struct qr qr;
    static char text[DW__QR_TEXT_MAX + 1];

    (void)state;
    assert_int_equal(dw__qr_make((dw_text){text, sizeof text}, &qr), DW_BAD_REQUEST);
    assert_int_equal(dw__qr_make((dw_text){text, 0}, &qr), DW_BAD_REQUEST);
    assert_int_equal(dw__qr_make((dw_text){text, DW__QR_TEXT_MAX}, &qr), DW_OK); /* of NULs */
}

/* Drawn anew from the lines that the SVG has, it is the same code. */
static void the_svg_has_the_same_modules(void **state)
{
    static struct qr qr;
    static uint8_t drawn[DW__QR_SIDE * DW__QR_SIDE];
    unsigned x, y, n, size;
    struct buf svg;
    const char *at;
    int used;

    (void)state;
    dw__buf_init(&svg, &arena, (size_t)64 << 10);
    assert_int_equal(dw__qr_make(DW_TEXT("otpauth://totp/Coffer:alice"), &qr), DW_OK);
    dw__qr_svg(&qr, &svg);
    dw__buf_putc(&svg, '\0');
    assert_false(svg.failed);
    assert_non_null(at = strstr(svg.p, "viewBox=\"0 0 "));
    size = (unsigned)strtoul(at + 13, NULL, 10);
    assert_int_equal(size, qr.side + 8);
    assert_non_null(at = strstr(svg.p, "stroke=\"#000\" d=\""));
    for (at += 17; *at == 'M'; at += used) {
        char *end;
        x = (unsigned)strtoul(at + 1, &end, 10);
        y = (unsigned)strtoul(end + 1, &end, 10);
        assert_memory_equal(end, ".5h", 3);
        n = (unsigned)strtoul(end + 3, &end, 10);
        used = (int)(end - at);
        assert_true(x >= 4 && y >= 4 && x + n <= qr.side + 4 && y < qr.side + 4);
        memset(drawn + (size_t)(y - 4) * qr.side + x - 4, 1, n);
    }
    assert_string_equal(at, "\"/></svg>");
    assert_memory_equal(drawn, qr.dark, (size_t)qr.side * qr.side);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_independent_reader_reads_the_png),
                                       cmocka_unit_test(too_long_is_refused),
                                       cmocka_unit_test(the_svg_has_the_same_modules)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
