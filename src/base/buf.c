/* base/buf.c -- bytes that grow at the end.
 *
 * In an arena a buffer doubles, in place while it is the arena's last allocation.  What it leaves behind when it moves stays
 * valid until the arena is released, so that a buffer may append a part of itself. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

#define FIRST_SIZE ((size_t)256)

void dw__buf_init(struct buf *b, struct arena *a, size_t max)
{
    *b = (struct buf){.max = max, .arena = a};
}

void dw__buf_init_fixed(struct buf *b, void *p, size_t cap)
{
    *b = (struct buf){.p = p, .cap = cap, .max = cap};
}

static bool grow_to(struct buf *b, size_t cap)
{
    char *p = dw__arena_extend(b->arena, b->p, b->cap, cap - b->cap);
    if (p == NULL) {
        p = dw__arena_bytes(b->arena, cap);
        if (p == NULL)
            return false;
        if (b->n > 0)
            memcpy(p, b->p, b->n);
    }
    b->p = p;
    b->cap = cap;
    return true;
}

bool dw__buf_reserve(struct buf *b, size_t n)
{
    if (n <= b->cap - b->n)
        return true;
    size_t need = 0;
    if (b->arena == NULL || __builtin_add_overflow(b->n, n, &need) || need > b->max) {
        b->failed = true;
        return false;
    }
    size_t cap = b->cap > b->max / 2 ? b->max : b->cap * 2;
    if (cap < FIRST_SIZE)
        cap = FIRST_SIZE < b->max ? FIRST_SIZE : b->max;
    if (cap < need)
        cap = need;
    /* A limit that refuses the double may still have room for what is asked. */
    if (!grow_to(b, cap) && (cap == need || !grow_to(b, need))) {
        b->failed = true;
        return false;
    }
    return true;
}

void dw__buf_u64_large(struct buf *b, uint64_t v)
{
    if (b->cap - b->n >= 20) {
        b->n += dw__u64_digits(v, b->p + b->n);
        return;
    }
    char digits[20];
    dw__buf_put(b, digits, dw__u64_digits(v, digits));
}

void dw__buf_i64(struct buf *b, int64_t v)
{
    char digits[21] = "-";
    if (v >= 0)
        dw__buf_u64(b, (uint64_t)v);
    else
        dw__buf_put(b, digits, 1 + dw__u64_digits(0 - (uint64_t)v, digits + 1));
}

static void put_formatted(struct buf *b, size_t n, const char *fmt, va_list args)
{
    if (!dw__buf_reserve(b, n + 1))
        return;
    int again = vsnprintf(b->p + b->n, n + 1, fmt, args);
    if (again < 0 || (size_t)again != n)
        b->failed = true;
    else
        b->n += n;
}

void dw__buf_format(struct buf *b, const char *fmt, ...)
{
    char small[256];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(small, sizeof small, fmt, args);
    va_end(args);
    if (n < 0) {
        b->failed = true;
        return;
    }
    if ((size_t)n < sizeof small) {
        dw__buf_put(b, small, (size_t)n);
        return;
    }
    va_start(args, fmt);
    put_formatted(b, (size_t)n, fmt, args);
    va_end(args);
}
