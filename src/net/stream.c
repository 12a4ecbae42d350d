/* net/stream.c -- plain TCP and Unix sockets as streams.
 *
 * A write to a peer that has gone is an error value here, never a signal. */
#include "net/stream.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/asan.h"

static ptrdiff_t plain_result(ssize_t n)
{
    if (n >= 0)
        return n;
    return errno == EAGAIN || errno == EWOULDBLOCK ? STREAM_AGAIN : STREAM_FAILED;
}

/* In a process with threads, libc's own are points where a thread may be cancelled, which costs two locked instructions a call;
 * nobody cancels threads here.  AddressSanitizer watches libc's. */
#if DW__ASAN
#define RECV(fd, p, n) recv((fd), (p), (n), 0)
#define SEND(fd, p, n) send((fd), (p), (n), MSG_NOSIGNAL)
#else
#define RECV(fd, p, n) syscall(SYS_recvfrom, (fd), (p), (n), 0, NULL, NULL)
#define SEND(fd, p, n) syscall(SYS_sendto, (fd), (p), (n), MSG_NOSIGNAL, NULL, 0)
#endif

static ptrdiff_t plain_read(struct stream *s, void *p, size_t n)
{
    ssize_t got;
    do
        got = RECV(s->fd, p, n);
    while (got < 0 && errno == EINTR);
    return plain_result(got);
}

static ptrdiff_t plain_writev(struct stream *s, const struct iovec *iov, int n)
{
    struct iovec pieces[16];
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = (size_t)n};
    ssize_t sent;
    if (n == 1) {
        do
            sent = SEND(s->fd, iov->iov_base, iov->iov_len);
        while (sent < 0 && errno == EINTR);
        return plain_result(sent);
    }
    if (n < 1 || n > 16)
        return STREAM_FAILED;
    for (int i = 0; i < n; i++)
        pieces[i] = iov[i];
    do
        sent = sendmsg(s->fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return plain_result(sent);
}

static void plain_shutdown(struct stream *s)
{
    (void)shutdown(s->fd, SHUT_WR);
}

static void plain_close(struct stream *s)
{
    if (s->fd >= 0)
        (void)close(s->fd);
    s->fd = -1;
}

static const struct stream_ops plain = {
    .read = plain_read,
    .writev = plain_writev,
    .shutdown = plain_shutdown,
    .close = plain_close,
    .short_read_empties = true,
};

void dw__stream_plain(struct stream *s, int fd)
{
    *s = (struct stream){.ops = &plain, .fd = fd};
}
