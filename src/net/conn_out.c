/* net/conn_out.c -- the output of a connection.
 *
 * Small things gather in blocks and leave together at the end of the turn, those of all connections one after the other: while
 * requests are answered the processor then keeps our code at hand, and the kernel's while replies are sent.  Large ones are written from where they lie, behind what is waiting.  Who
 * produces more than the limit has to wait: that is the protocol's to see to, by looking at `unsent`. */
#include <string.h>

#include "base/check.h"
#include "net/conn_inside.h"

#define PIECES 16

/* The first is a small one when that will do, as it does for most replies: many connections wait for the end of the same turn. */
static bool add_block(struct conn *c, size_t n)
{
    bool small = c->out_last == NULL && n <= dw__netbuf_cap(NETBUF_SMALL);
    struct netbuf *block = dw__netbuf_borrow(c->env->bufs, small ? NETBUF_SMALL : NETBUF_MEDIUM);
    if (block == NULL)
        return false;
    if (c->out_last == NULL)
        c->out = block;
    else
        c->out_last->next = block;
    c->out_last = block;
    return true;
}

char *dw__conn_out(struct conn *c, size_t n)
{
    if (c->closed || n > dw__netbuf_cap(NETBUF_MEDIUM))
        return NULL;
    if ((c->out_last == NULL || c->out_last->cap - c->out_last->end < n) && !add_block(c, n))
        return NULL;
    return c->out_last->data + c->out_last->end;
}

void dw__conn_out_commit(struct conn *c, size_t n)
{
    DW__CHECK(c->out_last != NULL && n <= c->out_last->cap - c->out_last->end);
    c->out_last->end += (uint32_t)n;
    c->unsent += n;
    dw__loop_at_end(c->env->loop, &c->end_of_turn);
}

bool dw__conn_put(struct conn *c, const void *p, size_t n)
{
    const char *from = p;
    while (n > 0) {
        char *at = dw__conn_out(c, 1);
        if (at == NULL)
            return false;
        size_t room = c->out_last->cap - c->out_last->end;
        size_t part = n < room ? n : room;
        memcpy(at, from, part);
        dw__conn_out_commit(c, part);
        from += part;
        n -= part;
    }
    return true;
}

/* n bytes of the blocks have gone. */
static void drop(struct conn *c, size_t n)
{
    c->unsent -= n;
    while (c->out != NULL) {
        struct netbuf *block = c->out;
        size_t left = block->end - block->start;
        if (n < left) {
            block->start += (uint32_t)n;
            return;
        }
        n -= left;
        c->out = block->next;
        dw__netbuf_return(c->env->bufs, block);
    }
    c->out_last = NULL;
}

void dw__conn_drop_output(struct conn *c)
{
    drop(c, c->unsent);
    c->out_deadline_ns = 0;
}

/* One write of the blocks and of p: bytes written, or STREAM_…. */
static ptrdiff_t write_once(struct conn *c, const void *p, size_t n)
{
    struct iovec pieces[PIECES];
    int k = 0;
    size_t queued = 0;
    for (struct netbuf *block = c->out; block != NULL && k < PIECES - 1; block = block->next) {
        pieces[k++] = (struct iovec){block->data + block->start, block->end - block->start};
        queued += block->end - block->start;
    }
    if (n > 0 && queued == c->unsent) /* else p would overtake blocks */
        pieces[k++] = (struct iovec){(void *)(uintptr_t)p, n};
    return c->stream.ops->writev(&c->stream, pieces, k);
}

/* The earlier of the minimum rate's deadline and the reply's. */
static uint64_t out_deadline(const struct conn *c, uint64_t of_rate)
{
    return c->out_end_ns != 0 && c->out_end_ns < of_rate ? c->out_end_ns : of_rate;
}

/* The socket is full: from here on the client has to take its bytes at the minimum rate. */
static void begin_waiting(struct conn *c)
{
    uint64_t now = dw__loop_clock(c->env->loop)->mono_ns;
    c->blocked = true;
    if (c->env->events->on_full != NULL)
        c->env->events->on_full(c);
    if (c->out_deadline_ns != 0)
        return;
    dw__rate_begin(&c->out_rate, now);
    c->out_deadline_ns =
        out_deadline(c, dw__rate_count(&c->out_rate, now, 0, c->env->limits->write_window_ms, 0));
    dw__conn_arm(c);
}

static void count_out(struct conn *c, uint64_t n)
{
    c->bytes_out += n;
    if (c->out_deadline_ns == 0)
        return;
    const struct net_limits *limits = c->env->limits;
    uint64_t now = dw__loop_clock(c->env->loop)->mono_ns;
    uint64_t of_rate =
        dw__rate_count(&c->out_rate, now, n, limits->write_window_ms, limits->write_window_bytes);
    c->out_deadline_ns = out_deadline(c, of_rate);
}

ptrdiff_t dw__conn_write_through(struct conn *c, const void *p, size_t n)
{
    size_t taken = 0;
    while (!c->closed && !c->blocked && (c->unsent > 0 || taken < n)) {
        ptrdiff_t wrote = write_once(c, (const char *)p + taken, n - taken);
        if (wrote == STREAM_AGAIN) {
            begin_waiting(c);
        } else if (wrote <= 0) {
            dw__conn_fail(c);
        } else {
            size_t of_blocks = (size_t)wrote < c->unsent ? (size_t)wrote : c->unsent;
            drop(c, of_blocks);
            taken += (size_t)wrote - of_blocks;
            count_out(c, (uint64_t)wrote);
        }
    }
    if (c->closed)
        return STREAM_FAILED;
    if (c->unsent == 0 && taken == n)
        c->out_deadline_ns = 0;
    return (ptrdiff_t)taken;
}

void dw__conn_flush(struct conn *c)
{
    if (c->unsent > 0)
        (void)dw__conn_write_through(c, "", 0);
}
