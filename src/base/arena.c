/* base/arena.c -- memory that dies together.
 *
 * Allocation is a pointer moved through a chunk of 8 KiB; chunks come from the free list of the thread, last in, first out,
 * so that the one in use is the one in cache.  What does not fit in a chunk gets a chunk of its own, behind the newest, so
 * that the newest goes on being filled.  Release wipes what was handed out, and only that: a small request pays for
 * few bytes.
 *
 * Under AddressSanitizer what is not handed out is poisoned, and a gap is left behind every allocation: running over one
 * into the next, or using it after release, is reported as with malloc. */
#define _GNU_SOURCE
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/asan.h"
#include "base/format.h"

#if DW__ASAN
#define GAP ((size_t)16)
#define TEXT_ALIGN ((size_t)8) /* what the shadow can tell apart */
#else
#define GAP ((size_t)0)
#define TEXT_ALIGN ((size_t)1)
#endif
#define ALIGN ((size_t)16)
#define CHUNK_DATA (DW__CHUNK_SIZE - sizeof(struct arena_chunk))

void dw__chunk_pool_init(struct chunk_pool *pool, size_t max_free)
{
    *pool = (struct chunk_pool){.max_free = max_free};
}

static void chunk_free(struct arena_chunk *c)
{
    dw__unpoison(c->data, c->size - sizeof *c);
    free(c);
}

void dw__chunk_pool_release(struct chunk_pool *pool)
{
    while (pool->free != NULL) {
        struct arena_chunk *c = pool->free;
        pool->free = c->next;
        chunk_free(c);
    }
    pool->n_free = 0;
}

void dw__arena_init(struct arena *a, struct chunk_pool *pool, size_t limit)
{
    *a = (struct arena){.pool = pool, .limit = limit};
}

static bool may_lend(const struct chunk_pool *pool, size_t size)
{
    size_t most = pool->max_lent + (size == DW__CHUNK_SIZE ? pool->max_lent / 8 : 0);
    return pool->max_lent == 0 || (pool->lent <= most && size <= most - pool->lent);
}

/* A poisoned chunk of `size` bytes, from the pool when it is of the usual size. */
static struct arena_chunk *chunk_take(struct arena *a, size_t size)
{
    struct chunk_pool *pool = a->pool;
    if (size > a->limit - a->used || (pool != NULL && !may_lend(pool, size)))
        return NULL;
    struct arena_chunk *c;
    if (size == DW__CHUNK_SIZE && pool != NULL && pool->free != NULL) {
        c = pool->free;
        pool->free = c->next;
        pool->n_free--;
    } else {
        c = malloc(size);
        if (c == NULL)
            return NULL;
        c->size = size;
        dw__poison(c->data, size - sizeof *c);
    }
    a->used += size;
    if (pool != NULL)
        pool->lent += size;
    return c;
}

static void chunk_give_back(struct chunk_pool *pool, struct arena_chunk *c)
{
    if (pool != NULL)
        pool->lent -= c->size;
    if (pool == NULL || c->size != DW__CHUNK_SIZE || pool->n_free >= pool->max_free) {
        chunk_free(c);
        return;
    }
    dw__poison(c->data, CHUNK_DATA);
    c->next = pool->free;
    pool->free = c;
    pool->n_free++;
}

void dw__arena_release(struct arena *a)
{
    struct arena_chunk *next;
    for (struct arena_chunk *c = a->chunks; c != NULL; c = next) {
        next = c->next;
        bool newest = a->end == (char *)c + c->size;
        size_t used = newest ? (size_t)(a->at - c->data) : c->size - sizeof *c;
        dw__unpoison(c->data, c->size - sizeof *c);
        explicit_bzero(c->data, used);
        chunk_give_back(a->pool, c);
    }
    dw__arena_init(a, a->pool, a->limit);
}

/* A chunk for n bytes alone: its data begins aligned, and `at` and `end` stay where they are. */
static char *take_own_chunk(struct arena *a, size_t n)
{
    if (n > SIZE_MAX - sizeof(struct arena_chunk) - GAP)
        return NULL;
    struct arena_chunk *c = chunk_take(a, sizeof *c + n + GAP);
    if (c == NULL)
        return NULL;
    if (a->chunks == NULL) {
        c->next = NULL;
        a->chunks = c;
    } else {
        c->next = a->chunks->next;
        a->chunks->next = c;
    }
    dw__unpoison(c->data, n);
    return c->data;
}

static __attribute__((noinline)) char *take_slowly(struct arena *a, size_t n)
{
    struct arena_chunk *c = n > CHUNK_DATA - GAP ? NULL : chunk_take(a, DW__CHUNK_SIZE);
    if (c == NULL)
        return take_own_chunk(a, n); /* large, or the limit leaves less than a chunk */
    c->next = a->chunks;
    a->chunks = c;
    a->at = c->data + n + GAP;
    a->end = c->data + CHUNK_DATA;
    dw__unpoison(c->data, n);
    return c->data;
}

static inline char *take(struct arena *a, size_t n, size_t align)
{
    size_t pad = -(uintptr_t)a->at & (align - 1);
    size_t room = (size_t)(a->end - a->at);
    if (n > room || pad + GAP > room - n || a->at == NULL)
        return take_slowly(a, n);
    char *p = a->at + pad;
    a->at = p + n + GAP;
    dw__unpoison(p, n);
    return p;
}

void *dw__arena_alloc(struct arena *a, size_t n)
{
    return take(a, n, ALIGN);
}

void *dw__arena_zalloc(struct arena *a, size_t n)
{
    void *p = take(a, n, ALIGN);
    if (p != NULL)
        memset(p, 0, n);
    return p;
}

void *dw__arena_calloc(struct arena *a, size_t count, size_t size)
{
    size_t n;
    if (__builtin_mul_overflow(count, size, &n))
        return NULL;
    return dw__arena_zalloc(a, n);
}

char *dw__arena_bytes(struct arena *a, size_t n)
{
    return take(a, n, TEXT_ALIGN);
}

char *dw__arena_extend(struct arena *a, char *p, size_t n, size_t more)
{
    if (p == NULL || p + n + GAP != a->at || more > (size_t)(a->end - a->at))
        return NULL;
    a->at += more;
    dw__unpoison(p, n + more);
    __asm__("" : "+r"(p)); /* the compiler knows how large p was (alloc_size), and must forget it */
    return p;
}

dw_text dw__arena_text(struct arena *a, dw_text t)
{
    char *p = t.n == SIZE_MAX ? NULL : take(a, t.n + 1, TEXT_ALIGN);
    if (p == NULL)
        return (dw_text){NULL, 0};
    if (t.n > 0)
        memcpy(p, t.p, t.n);
    p[t.n] = '\0';
    return (dw_text){p, t.n};
}

static dw_text format_slowly(struct arena *a, size_t n, const char *fmt, va_list args)
{
    char *p = take(a, n + 1, TEXT_ALIGN);
    if (p == NULL || vsnprintf(p, n + 1, fmt, args) < 0)
        return (dw_text){NULL, 0};
    return (dw_text){p, n};
}

dw_text dw__arena_vformat(struct arena *a, const char *fmt, va_list args)
{
    char small[256];
    va_list again;
    size_t plain = dw__format_plain(small, sizeof small, fmt, args);
    if (plain != SIZE_MAX)
        return dw__arena_text(a, (dw_text){small, plain});
    va_copy(again, args);
    int n = vsnprintf(small, sizeof small, fmt, args);
    dw_text t = {NULL, 0};
    if (n >= 0 && (size_t)n < sizeof small)
        t = dw__arena_text(a, (dw_text){small, (size_t)n});
    else if (n >= 0)
        t = format_slowly(a, (size_t)n, fmt, again);
    va_end(again);
    return t;
}

dw_text dw__arena_format(struct arena *a, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    dw_text t = dw__arena_vformat(a, fmt, args);
    va_end(args);
    return t;
}
