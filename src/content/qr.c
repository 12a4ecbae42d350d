/* content/qr.c -- see qr.h: libqrencode says which modules are dark, zlib packs the picture.
 *
 * Both take memory of their own for a moment; what a code says is wiped from what we can see of it, and is gone with their memory elsewhere. That happens once
 * for an account, when it enrols. */
#include "content/qr.h"

#include <qrencode.h>
#include <string.h>
#include <zlib.h>

#include "crypto/compare.h"

#define QUIET 4u
#define SCALE 4u

dw_err dw__qr_make(dw_text text, struct qr *out)
{
    QRcode *code;
    size_t n;

    if (text.n == 0 || text.n > DW__QR_TEXT_MAX)
        return DW_BAD_REQUEST;
    code = QRcode_encodeData((int)text.n, (const unsigned char *)text.p, 0, QR_ECLEVEL_M);
    if (code == NULL)
        return DW_UNAVAILABLE;
    if (code->width < 21 || (unsigned)code->width > DW__QR_SIDE) {
        QRcode_free(code);
        return DW_BAD_REQUEST;
    }
    out->side = (unsigned)code->width;
    n = (size_t)out->side * out->side;
    for (size_t i = 0; i < n; i++)
        out->dark[i] = code->data[i] & 1;
    dw__wipe(code->data, n);
    QRcode_free(code);
    return DW_OK;
}

/* ---- SVG ---- */

/* How many modules from (x, y) on are of one colour. */
static unsigned run_at(const struct qr *qr, unsigned x, unsigned y)
{
    const uint8_t *row = qr->dark + (size_t)y * qr->side;
    unsigned n = 1;

    while (x + n < qr->side && row[x + n] == row[x])
        n++;
    return n;
}

/* A row of dark modules is a line of their width. */
static void put_row(const struct qr *qr, unsigned y, struct buf *out)
{
    for (unsigned x = 0, n; x < qr->side; x += n) {
        n = run_at(qr, x, y);
        if (qr->dark[(size_t)y * qr->side + x])
            dw__buf_format(out, "M%u %u.5h%u", x + QUIET, y + QUIET, n);
    }
}

void dw__qr_svg(const struct qr *qr, struct buf *out)
{
    const unsigned size = qr->side + 2 * QUIET;

    dw__buf_format(out,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\""
                   " shape-rendering=\"crispEdges\">"
                   "<path fill=\"#fff\" d=\"M0 0h%uv%uH0z\"/><path stroke=\"#000\" d=\"",
                   size, size, size, size);
    for (unsigned y = 0; y < qr->side; y++)
        put_row(qr, y, out);
    dw__buf_lit(out, "\"/></svg>");
}

/* ---- PNG (ISO/IEC 15948) ---- */

static void put_u32(uint8_t *at, uint32_t n)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(n >> (24 - 8 * i));
}

static void put_chunk(struct buf *out, const char type[static 4], const void *data, size_t n)
{
    uint8_t word[4];
    uLong crc = crc32(crc32(0, NULL, 0), (const Bytef *)type, 4);

    if (n > 0)
        crc = crc32(crc, data, (uInt)n);
    put_u32(word, (uint32_t)n);
    dw__buf_put(out, word, sizeof word);
    dw__buf_put(out, type, 4);
    dw__buf_put(out, data, n);
    put_u32(word, (uint32_t)crc);
    dw__buf_put(out, word, sizeof word);
}

/* A row of pixels, a bit each, white is 1; behind the filter that it has, none. */
static void draw_row(const struct qr *qr, unsigned y, uint8_t *row, size_t n)
{
    const uint8_t *dark = qr->dark + (size_t)y * qr->side;

    row[0] = 0;
    memset(row + 1, 0xff, n - 1);
    for (unsigned x = 0; x < qr->side * SCALE; x++) {
        const unsigned at = x + QUIET * SCALE;
        if (dark[x / SCALE])
            row[1 + at / 8] &= (uint8_t) ~(0x80u >> at % 8);
    }
}

static void draw(const struct qr *qr, uint8_t *rows, size_t row_size, unsigned pixels)
{
    for (unsigned y = 0; y < pixels; y++) {
        uint8_t *row = rows + y * row_size;
        const unsigned module = y / SCALE;

        if (module >= QUIET && module - QUIET < qr->side)
            draw_row(qr, module - QUIET, row, row_size);
        else {
            row[0] = 0;
            memset(row + 1, 0xff, row_size - 1);
        }
    }
}

dw_err dw__qr_png(const struct qr *qr, struct arena *arena, struct buf *out)
{
    static const char signature[8] = {'\x89', 'P', 'N', 'G', '\r', '\n', '\x1a', '\n'};
    const unsigned pixels = (qr->side + 2 * QUIET) * SCALE;
    const size_t row_size = (pixels + 7) / 8 + 1, n = row_size * pixels;
    uint8_t head[13] = {[8] = 1}; /* one bit, grey, deflate, filters as ever, not interlaced */
    uLongf packed_n = compressBound((uLong)n);
    uint8_t *rows = dw__arena_alloc(arena, n), *packed = dw__arena_alloc(arena, packed_n);

    if (rows == NULL || packed == NULL)
        return DW_UNAVAILABLE;
    draw(qr, rows, row_size, pixels);
    if (compress2(packed, &packed_n, rows, (uLong)n, Z_BEST_COMPRESSION) != Z_OK)
        return DW_UNAVAILABLE;
    put_u32(head, pixels);
    put_u32(head + 4, pixels);
    dw__buf_put(out, signature, sizeof signature);
    put_chunk(out, "IHDR", head, sizeof head);
    put_chunk(out, "IDAT", packed, packed_n);
    put_chunk(out, "IEND", NULL, 0);
    return out->failed ? DW_UNAVAILABLE : DW_OK;
}
