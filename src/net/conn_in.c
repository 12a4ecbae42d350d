/* net/conn_in.c -- the input of a connection.
 *
 * One buffer, borrowed when something may be read.  Bytes that were consumed stay where they are until the next fill, so that a
 * request's head can be used in place while it is answered. */
#include <string.h>

#include "base/check.h"
#include "net/conn_inside.h"

/* Less room than this is not worth a read while bytes can be moved to the front. */
#define WORTH_READING 2048u

ptrdiff_t dw__conn_read(struct conn *c, void *p, size_t n)
{
    if (c->closed)
        return STREAM_FAILED;
    if (c->ended)
        return STREAM_END;
    if (!c->readable)
        return STREAM_AGAIN;
    ptrdiff_t got = c->stream.ops->read(&c->stream, p, n);
    if (got > 0) {
        c->bytes_in += (uint64_t)got;
        if ((size_t)got < n && c->stream.ops->short_read_empties && !c->ending)
            c->readable = false;
    } else if (got == STREAM_END) {
        c->ending = c->ended = true;
        c->readable = false;
    } else if (got == STREAM_AGAIN) {
        c->readable = false;
    } else {
        dw__conn_fail(c);
    }
    return got;
}

/* Puts what is in the input into a buffer of `kind`; false without memory. */
static bool rehouse(struct conn *c, enum netbuf_kind kind)
{
    struct netbuf *to = dw__netbuf_borrow(c->env->bufs, kind);
    if (to == NULL)
        return false;
    if (c->in != NULL) {
        uint32_t n = c->in->end - c->in->start;
        DW__CHECK(n <= to->cap);
        memcpy(to->data, c->in->data + c->in->start, n);
        to->end = n;
        dw__netbuf_return(c->env->bufs, c->in);
    }
    c->in = to;
    return true;
}

/* Moves the input to the front of its buffer; what lay behind it is wiped, since `end` no longer covers it. */
static void move_to_front(struct netbuf *in)
{
    uint32_t n = in->end - in->start;
    memmove(in->data, in->data + in->start, n);
    explicit_bzero(in->data + n, in->end - n);
    in->start = 0;
    in->end = n;
}

/* Makes room behind the input. STREAM_FAILED without memory, CONN_FULL, or > 0. */
static ptrdiff_t make_room(struct conn *c)
{
    if (c->in == NULL || c->in->kind == NETBUF_SMALL) {
        if (!rehouse(c, NETBUF_MEDIUM))
            return STREAM_FAILED;
    }
    if (c->in->cap - c->in->end < WORTH_READING && c->in->start > 0)
        move_to_front(c->in);
    if (c->in->end < c->in->cap)
        return 1;
    if (c->in->kind == NETBUF_LARGE)
        return CONN_FULL;
    return rehouse(c, NETBUF_LARGE) ? 1 : STREAM_FAILED;
}

ptrdiff_t dw__conn_fill(struct conn *c)
{
    if (c->closed)
        return STREAM_FAILED;
    if (!c->readable)
        return c->ended ? STREAM_END : STREAM_AGAIN;
    ptrdiff_t room = make_room(c);
    if (room == STREAM_FAILED)
        dw__conn_fail(c);
    if (room <= 0)
        return room;
    struct netbuf *in = c->in;
    ptrdiff_t got = dw__conn_read(c, in->data + in->end, in->cap - in->end);
    if (got > 0)
        in->end += (uint32_t)got;
    return got;
}

void dw__conn_consume(struct conn *c, size_t n)
{
    if (n == 0)
        return;
    DW__CHECK(c->in != NULL && n <= c->in->end - c->in->start);
    c->in->start += (uint32_t)n;
}

struct netbuf *dw__conn_detach(struct conn *c)
{
    struct netbuf *in = c->in;
    DW__CHECK(in == NULL || in->start == in->end);
    c->in = NULL;
    return in;
}

void dw__conn_settle(struct conn *c)
{
    if (c->in == NULL)
        return;
    uint32_t n = c->in->end - c->in->start;
    if (n == 0) {
        dw__netbuf_return(c->env->bufs, c->in);
        c->in = NULL;
    } else if (c->in->kind != NETBUF_SMALL && n <= dw__netbuf_cap(NETBUF_SMALL)) {
        /* Without memory it stays where it is. */
        (void)rehouse(c, NETBUF_SMALL);
    }
}
