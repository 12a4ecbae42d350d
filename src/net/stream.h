/* net/stream.h -- a stream of bytes to a peer: plain here, TLS in a file of its own, and nobody above can tell. */
#ifndef DW_NET_STREAM_H
#define DW_NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

struct stream;

/* What a read or write returns when it is not a count of bytes. */
enum { STREAM_END = 0, STREAM_AGAIN = -1, STREAM_FAILED = -2 };

/* One kind of stream; all are required. None blocks. */
struct stream_ops {
    /* At most n (> 0) bytes into p: how many, STREAM_END when the peer has ended, STREAM_AGAIN when there are none now, or
     * STREAM_FAILED. */
    ptrdiff_t (*read)(struct stream *s, void *p, size_t n);
    /* Writes from `n` (1 … 16) pieces, not all empty: how many bytes, STREAM_AGAIN or STREAM_FAILED. */
    ptrdiff_t (*writev)(struct stream *s, const struct iovec *iov, int n);
    /* Tells the peer that nothing more will come. */
    void (*shutdown)(struct stream *s);
    /* Closes and frees what the stream holds. */
    void (*close)(struct stream *s);
    /* A read that returned fewer bytes than asked has emptied the socket. */
    bool short_read_empties;
};

struct stream {
    const struct stream_ops *ops;
    void *state; /* of the kind */
    int fd;
};

/* A plain stream over `fd`, a connected non-blocking stream socket, owned from now on. */
void dw__stream_plain(struct stream *s, int fd);

#endif
