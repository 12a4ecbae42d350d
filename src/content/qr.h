/* content/qr.h -- a short text as a QR code (ISO/IEC 18004), as PNG and as SVG. */
#ifndef DW_CONTENT_QR_H
#define DW_CONTENT_QR_H

#include "base/buf.h"
#include <dw/err.h>

/* Bytes of the longest text: with error correction M it fits the version below. */
#define DW__QR_TEXT_MAX ((size_t)500)
/* Modules of a side at most: version 18. */
#define DW__QR_SIDE 89u

struct qr {
    unsigned side;
    uint8_t dark[DW__QR_SIDE * DW__QR_SIDE]; /* 1 or 0, by rows of `side` */
};

/* The code of `text` (1 to DW__QR_TEXT_MAX bytes). DW_BAD_REQUEST for another length, DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__qr_make(dw_text text, struct qr *out);
/* Appends it as an SVG document, one unit a module, with the quiet zone of four. */
void dw__qr_svg(const struct qr *qr, struct buf *out);
/* Appends it as a PNG of two colours, four pixels a module, with the same zone. DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__qr_png(const struct qr *qr, struct arena *arena, struct buf *out);

#endif
