/* base/arena.h -- memory that dies together.
 *
 * A request owns an arena; its chunks come from the worker's free list, so that a request does not call malloc.  What was
 * used is wiped on release, so that no secret outlives its request. */
#ifndef DW_BASE_ARENA_H
#define DW_BASE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <dw/types.h>

/* Bytes of a chunk, its own head included. */
#define DW__CHUNK_SIZE ((size_t)8192)

struct arena_chunk {
    struct arena_chunk *next;
    size_t size; /* of the whole chunk; DW__CHUNK_SIZE ones go back to the pool */
    _Alignas(16) char data[];
};

/* Free chunks of one thread. */
struct chunk_pool {
    struct arena_chunk *free;
    size_t n_free, max_free;
    size_t lent; /* bytes of chunks that are out */
    size_t
        max_lent; /* beyond it there is none, but for an eighth in chunks of the usual size: for errors to be told; 0: no bound */
};

struct arena {
    struct chunk_pool *pool;    /* NULL: malloc and free */
    struct arena_chunk *chunks; /* newest first */
    char *at, *end;             /* free part of the newest */
    size_t used, limit;         /* bytes taken in chunks, and their bound */
};

/* At most `max_free` chunks are kept for reuse. */
void dw__chunk_pool_init(struct chunk_pool *pool, size_t max_free);
void dw__chunk_pool_release(struct chunk_pool *pool);

/* An empty arena that takes at most `limit` bytes from `pool` (may be NULL). Allocates nothing yet. */
void dw__arena_init(struct arena *a, struct chunk_pool *pool, size_t limit);
/* Wipes what was used and gives it back; `a` is empty and usable again. */
void dw__arena_release(struct arena *a);

/* n bytes aligned to 16, not cleared; NULL over the limit or without memory. n == 0 gives a valid pointer. */
void *dw__arena_alloc(struct arena *a, size_t n) __attribute__((malloc, alloc_size(2)));
/* The same, cleared. */
void *dw__arena_zalloc(struct arena *a, size_t n) __attribute__((malloc, alloc_size(2)));
/* count * size bytes, cleared; NULL also when that overflows. */
void *dw__arena_calloc(struct arena *a, size_t count, size_t size) __attribute__((malloc, alloc_size(2, 3)));
/* n bytes without alignment, not cleared: for text. */
char *dw__arena_bytes(struct arena *a, size_t n) __attribute__((malloc, alloc_size(2)));
/* Lets the allocation of n bytes at p grow by `more` where it is; use the result instead of p. NULL when it is not the last one
 * or its chunk is full: nothing has changed then. */
char *dw__arena_extend(struct arena *a, char *p, size_t n, size_t more);
/* A copy of `t`, with a NUL behind it that does not count; {NULL, 0} without memory. */
dw_text dw__arena_text(struct arena *a, dw_text t);
/* Formats; {NULL, 0} without memory. */
dw_text dw__arena_format(struct arena *a, const char *fmt, ...) DW_PRINTF(2, 3);
dw_text dw__arena_vformat(struct arena *a, const char *fmt, va_list args) DW_PRINTF(2, 0);

#endif
