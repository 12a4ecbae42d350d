/* http/h1_body.h -- the body of an HTTP/1.1 request: Content-Length or chunked (RFC 9112 §6, §7.1). Pure: bytes in, spans out. */
#ifndef DW_HTTP_H1_BODY_H
#define DW_HTTP_H1_BODY_H

#include "base/buf.h"
#include "http/request.h"

/* Bytes of trailers that a body may have. */
#define DW__H1_TRAILERS_MAX 8192

enum h1_body_result {
    H1_BODY_DATA, /* a span of the body */
    H1_BODY_MORE, /* all of the input used, more is needed */
    H1_BODY_END,  /* the body is complete */
    H1_BODY_BAD   /* malformed: answer 400 and close */
};

/* Where in a body a connection is. */
struct h1_body {
    uint64_t left;     /* of the whole body, or of this chunk */
    uint32_t overhead; /* bytes of extensions, then of trailers, so far */
    uint8_t state;     /* enum in h1_body.c */
    uint8_t digits;    /* of the chunk size */
    uint8_t trailer_fields;
    bool chunked;
};

/* Begins the body that `head` announces: none when it announces none. */
void dw__h1_body_init(struct h1_body *b, const struct http_head *head);
/* Whether nothing more of the body is to come. */
bool dw__h1_body_done(const struct h1_body *b);
/* Decodes from p[0, n): *used bytes are done with. For H1_BODY_DATA *data is the span, of at most `most` (> 0) bytes, in p.  Chunk
 * extensions (checked, at most 4 KiB in a body) are dropped, and so are trailers (checked, at most 8 KiB and 64 fields) where `trailers` is
 * NULL; else their bytes are put there as they came, with the CR of the line that ends them. */
enum h1_body_result dw__h1_body_next(struct h1_body *b, const char *p, size_t n, size_t most, size_t *used,
                                     dw_text *data, struct buf *trailers);
/* How many bytes of pure data come next: they may be read past the decoder, and are then counted with _took. */
uint64_t dw__h1_body_direct(const struct h1_body *b);
void dw__h1_body_took(struct h1_body *b, uint64_t n);

#endif
