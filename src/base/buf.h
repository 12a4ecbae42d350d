/* base/buf.h -- bytes that grow at the end.
 *
 * Either in an arena (grows by moving; the old place stays in the arena), or in fixed memory (never grows).  The first
 * failure is remembered: a caller appends freely and looks once, at the end. */
#ifndef DW_BASE_BUF_H
#define DW_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

struct buf {
    char *p;
    size_t n, cap;
    size_t max;          /* never more than this */
    struct arena *arena; /* NULL: fixed */
    bool failed;         /* something did not fit; what is in p is not to be used */
};

/* Grows in `a` to at most `max` bytes. */
void dw__buf_init(struct buf *b, struct arena *a, size_t max);
/* Fixed memory of `cap` bytes at p. */
void dw__buf_init_fixed(struct buf *b, void *p, size_t cap);
/* Makes room for n more bytes; false (and b->failed) when that cannot be. */
bool dw__buf_reserve(struct buf *b, size_t n);

static inline void dw__buf_put(struct buf *b, const void *p, size_t n)
{
    if (n > b->cap - b->n && !dw__buf_reserve(b, n))
        return;
    if (n > 0)
        memcpy(b->p + b->n, p, n);
    b->n += n;
}
static inline void dw__buf_putc(struct buf *b, char c)
{
    if (b->n < b->cap || dw__buf_reserve(b, 1))
        b->p[b->n++] = c;
}
static inline void dw__buf_text(struct buf *b, dw_text t)
{
    dw__buf_put(b, t.p, t.n);
}
/* A string literal. */
#define dw__buf_lit(b, lit) dw__buf_put((b), "" lit "", sizeof(lit) - 1)
/* Decimal digits. */
void dw__buf_u64_large(struct buf *b, uint64_t v);
static inline void dw__buf_u64(struct buf *b, uint64_t v)
{
    if (v < 10)
        dw__buf_putc(b, (char)('0' + v));
    else
        dw__buf_u64_large(b, v);
}
void dw__buf_i64(struct buf *b, int64_t v);
/* printf. Beyond 255 characters it needs room for one byte more than its text. */
void dw__buf_format(struct buf *b, const char *fmt, ...) DW_PRINTF(2, 3);

#endif
