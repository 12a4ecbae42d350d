/* net/netbuf.h -- the memory of connections, borrowed from a pool per worker while there are bytes.
 *
 * Three sizes: small for the rest of a head that is slow in coming, medium for reading and writing, large for a head that does
 * not fit medium.  So a connection that is idle holds none, and one that dribbles holds a kilobyte. */
#ifndef DW_NET_NETBUF_H
#define DW_NET_NETBUF_H

#include <stddef.h>
#include <stdint.h>

enum netbuf_kind { NETBUF_SMALL, NETBUF_MEDIUM, NETBUF_LARGE, NETBUF_KINDS };

/* Bytes are in data[start, end). */
struct netbuf {
    struct netbuf *next;
    uint32_t start, end, cap;
    enum netbuf_kind kind;
    char data[];
};

struct netbuf_pool {
    struct netbuf *free[NETBUF_KINDS];
    size_t n_free[NETBUF_KINDS];
    size_t lent_bytes; /* of buffers that are out */
};

/* Bytes that a buffer of `kind` holds. */
uint32_t dw__netbuf_cap(enum netbuf_kind kind);
void dw__netbuf_pool_init(struct netbuf_pool *pool);
/* Frees what is in the pool; buffers that are out must have come back. */
void dw__netbuf_pool_release(struct netbuf_pool *pool);
/* An empty buffer, or NULL without memory. */
struct netbuf *dw__netbuf_borrow(struct netbuf_pool *pool, enum netbuf_kind kind);
/* Wipes data[0, end) and gives `buf` (may be NULL) back. */
void dw__netbuf_return(struct netbuf_pool *pool, struct netbuf *buf);

#endif
