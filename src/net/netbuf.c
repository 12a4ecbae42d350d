/* net/netbuf.c -- free lists of connection buffers.
 *
 * Whatever was in a buffer, a password or a token among it, is wiped when it comes back.  A few are kept; the rest goes back to
 * the system, so that a burst does not stay for ever. */
#include "net/netbuf.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static const struct {
    uint32_t size;
    size_t keep;
} kinds[NETBUF_KINDS] = {
    [NETBUF_SMALL] = {1024, 256},
    [NETBUF_MEDIUM] = {16384, 128},
    [NETBUF_LARGE] = {40960, 4},
};

uint32_t dw__netbuf_cap(enum netbuf_kind kind)
{
    return kinds[kind].size - (uint32_t)sizeof(struct netbuf);
}

void dw__netbuf_pool_init(struct netbuf_pool *pool)
{
    *pool = (struct netbuf_pool){0};
}

void dw__netbuf_pool_release(struct netbuf_pool *pool)
{
    DW__CHECK(pool->lent_bytes == 0);
    for (size_t kind = 0; kind < NETBUF_KINDS; kind++)
        while (pool->free[kind] != NULL) {
            struct netbuf *buf = pool->free[kind];
            pool->free[kind] = buf->next;
            free(buf);
        }
    dw__netbuf_pool_init(pool);
}

struct netbuf *dw__netbuf_borrow(struct netbuf_pool *pool, enum netbuf_kind kind)
{
    struct netbuf *buf = pool->free[kind];
    if (buf != NULL) {
        pool->free[kind] = buf->next;
        pool->n_free[kind]--;
    } else {
        buf = malloc(kinds[kind].size);
        if (buf == NULL)
            return NULL;
    }
    buf->next = NULL;
    buf->start = buf->end = 0;
    buf->cap = dw__netbuf_cap(kind);
    buf->kind = kind;
    pool->lent_bytes += kinds[kind].size;
    return buf;
}

void dw__netbuf_return(struct netbuf_pool *pool, struct netbuf *buf)
{
    if (buf == NULL)
        return;
    enum netbuf_kind kind = buf->kind;
    DW__CHECK(buf->end <= buf->cap && pool->lent_bytes >= kinds[kind].size);
    explicit_bzero(buf->data, buf->end);
    pool->lent_bytes -= kinds[kind].size;
    if (pool->n_free[kind] >= kinds[kind].keep) {
        free(buf);
        return;
    }
    buf->next = pool->free[kind];
    pool->free[kind] = buf;
    pool->n_free[kind]++;
}
