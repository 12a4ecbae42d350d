/* os/socket.c -- sockets of the network and of our own processes.
 *
 * What can go wrong at a start is said in one line that a person can act on; what can go wrong later is an errno that the
 * caller decides about.  TCP_NODELAY is set on a listener, from which Linux hands it down: one system call less a connection. */
#define _GNU_SOURCE
#include "os/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "os/address.h"
#include "os/fault.h"

#define BACKLOG 4096
#define KIND (SOCK_NONBLOCK | SOCK_CLOEXEC)

static void set_option(int fd, int level, int name)
{
    int on = 1;
    (void)setsockopt(fd, level, name, &on, sizeof(on));
}

void dw__socket_nodelay(int fd)
{
    set_option(fd, IPPROTO_TCP, TCP_NODELAY);
}

/* ---- listening ---- */

static dw_err explain(int error, dw_text address, char why[static DW__WHY])
{
    switch (error) {
    case EADDRINUSE:
        (void)snprintf(
            why, DW__WHY,
            "%.*s is in use by another program: stop it (ss -tlnp shows it), or choose another port",
            DW_FMT(address));
        return DW_CONFLICT;
    case EACCES:
    case EPERM:
        (void)snprintf(why, DW__WHY,
                       "%.*s: ports below 1024 need root or CAP_NET_BIND_SERVICE; choose one above 1023",
                       DW_FMT(address));
        return DW_DENIED;
    case EADDRNOTAVAIL:
        (void)snprintf(why, DW__WHY, "%.*s is not an address of this machine (ip addr shows them)",
                       DW_FMT(address));
        return DW_UNAVAILABLE;
    default:
        (void)snprintf(why, DW__WHY, "cannot listen on %.*s: %s", DW_FMT(address), strerror(error));
        return DW_UNAVAILABLE;
    }
}

/* A bound socket, or -errno. */
static int bound(const struct peer *at, bool reuseport)
{
    int fd = socket(at->family, SOCK_STREAM | KIND, IPPROTO_TCP);
    if (fd < 0)
        return -errno;
    set_option(fd, SOL_SOCKET, SO_REUSEADDR);
    if (reuseport)
        set_option(fd, SOL_SOCKET, SO_REUSEPORT);
    if (at->family == AF_INET6)
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY);
    dw__socket_nodelay(fd);
    struct sockaddr_storage name;
    socklen_t n = dw__peer_to(at, &name);
    if (bind(fd, (struct sockaddr *)&name, n) == 0)
        return fd;
    int error = errno;
    close(fd);
    return -error;
}

/* A listener, or -errno. */
static int listening(const struct peer *at, bool reuseport)
{
    int fd = bound(at, reuseport);
    if (fd < 0 || listen(fd, BACKLOG) == 0)
        return fd;
    int error = errno;
    close(fd);
    return -error;
}

static dw_err parse(dw_text address, struct peer *at, char why[static DW__WHY])
{
    why[0] = '\0';
    dw_err err = dw__address_parse(address, at);
    if (err != DW_OK)
        (void)snprintf(why, DW__WHY,
                       "\"%.*s\" is not an address to listen on: write 127.0.0.1:8080 or [::1]:8080",
                       address.n > 100 ? 100 : (int)address.n, address.n == 0 ? "" : address.p);
    return err;
}

dw_err dw__listen_tcp(dw_text address, bool reuseport, int *fd, char why[static DW__WHY])
{
    *fd = -1;
    struct peer at;
    dw_err err = parse(address, &at, why);
    if (err != DW_OK)
        return err;
    int got = listening(&at, reuseport);
    if (got < 0)
        return explain(-got, address, why);
    *fd = got;
    return DW_OK;
}

dw_err dw__listen_tcp_shared(dw_text address, int *fds, size_t n, char why[static DW__WHY])
{
    struct peer at;
    for (size_t i = 0; i < n; i++)
        fds[i] = -1;
    dw_err err = parse(address, &at, why);
    if (err != DW_OK)
        return err;
    int got = bound(&at, false); /* fails when anybody listens there, whatever their options */
    if (got >= 0)
        close(got);
    for (size_t i = 0; got >= 0 && i < n; i++) {
        got = fds[i] = listening(&at, true);
        if (i == 0 && got >= 0 && at.port == 0 && dw__socket_address(got, &at) != DW_OK)
            got = -EINVAL;
    }
    if (got >= 0)
        return DW_OK;
    for (size_t i = 0; i < n; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
    return explain(-got, address, why);
}

dw_err dw__socket_address(int fd, struct peer *out)
{
    struct sockaddr_storage name = {0};
    socklen_t n = sizeof(name);
    if (getsockname(fd, (struct sockaddr *)&name, &n) != 0)
        return DW_INTERNAL;
    dw__peer_of(&name, out);
    return DW_OK;
}

/* ---- Unix sockets ---- */

/* Removes the socket file of somebody who is gone. 0, or the errno that says why it stays. */
static int remove_stale(const struct sockaddr_un *name)
{
    struct stat st;
    if (lstat(name->sun_path, &st) != 0)
        return errno == ENOENT ? 0 : errno;
    if (!S_ISSOCK(st.st_mode))
        return EEXIST;
    int fd = socket(AF_UNIX, SOCK_STREAM | KIND, 0);
    if (fd < 0)
        return errno;
    int error = connect(fd, (const struct sockaddr *)name, sizeof(*name)) == 0 ? EADDRINUSE : errno;
    close(fd);
    if (error != ECONNREFUSED)
        return error == EAGAIN ? EADDRINUSE : error; /* its queue is full: somebody is there */
    return unlink(name->sun_path) == 0 ? 0 : errno;
}

static dw_err explain_unix(int error, const char *path, char why[static DW__WHY])
{
    switch (error) {
    case EADDRINUSE:
        (void)snprintf(why, DW__WHY, "%.150s is in use by another program: stop it, or choose another path",
                       path);
        return DW_CONFLICT;
    case EEXIST:
        (void)snprintf(why, DW__WHY, "%.150s exists and is not a socket: remove it, or choose another path",
                       path);
        return DW_CONFLICT;
    default:
        (void)snprintf(why, DW__WHY, "cannot listen on %.150s: %s", path, strerror(error));
        return error == EACCES || error == EPERM ? DW_DENIED : DW_UNAVAILABLE;
    }
}

/* bind makes the file with the mode of the socket less the umask. chmod on the path would do it too, but by then whoever may write to the
 * directory can have put a link there, and we may be root. The umask is the process's: call this before there are threads. */
static int bind_plain(int fd, const struct sockaddr_un *name)
{
    mode_t before = umask(0);
    int result = bind(fd, (const struct sockaddr *)name, sizeof(*name));
    umask(before);
    return result;
}

dw_err dw__listen_unix(const char *path, mode_t mode, int *fd, char why[static DW__WHY])
{
    *fd = -1;
    why[0] = '\0';
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof(name.sun_path)) {
        (void)snprintf(why, DW__WHY, "the path of a Unix socket has 1 to %zu bytes, this one has %zu",
                       sizeof(name.sun_path) - 1, n);
        return DW_INVALID;
    }
    memcpy(name.sun_path, path, n);
    int error = remove_stale(&name);
    if (error != 0)
        return explain_unix(error, path, why);
    int got = socket(AF_UNIX, SOCK_STREAM | KIND, 0);
    if (got < 0)
        return explain_unix(errno, path, why);
    if (fchmod(got, mode) != 0 || bind_plain(got, &name) != 0 || listen(got, BACKLOG) != 0) {
        error = errno;
        close(got);
        return explain_unix(error, path, why);
    }
    *fd = got;
    return DW_OK;
}

/* ---- accepting ---- */

int dw__accept(int listener, struct peer *peer)
{
    int error = dw__fault(DW__FAULT_ACCEPT);
    if (error != 0)
        return -error;
    struct sockaddr_storage from = {0};
    socklen_t n = sizeof(from);
    int fd;
    do
        fd = accept4(listener, (struct sockaddr *)&from, &n, KIND);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return -errno;
    if (peer != NULL)
        dw__peer_of(&from, peer);
    return fd;
}

/* ---- messages ---- */

/* Room for one descriptor. The system's alignment may let two in. */
union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

dw_err dw__socket_pair(int fds[static 2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | KIND, 0, fds) == 0 ? DW_OK : DW_UNAVAILABLE;
}

bool dw__socket_only_sends(int fd)
{
    return shutdown(fd, SHUT_RD) == 0;
}

dw_err dw__pipe_new(int fds[static 2])
{
    return pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0 ? DW_OK : DW_UNAVAILABLE;
}

int dw__message_send(int fd, const void *p, size_t n, int passed)
{
    if (n == 0)
        return -EINVAL; /* it would look like the end */
    union {
        const void *in;
        void *out;
    } bytes = {p}; /* struct iovec serves both directions */
    struct iovec part = {.iov_base = bytes.out, .iov_len = n};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    union control control = {0};
    if (passed >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &passed, sizeof(int));
    }
    ssize_t sent;
    do
        sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        return errno == ECONNRESET ? -EPIPE : -errno;
    return 0;
}

/* Keeps the first descriptor that came in *passed (closes it when NULL), closes the others; returns how many came. */
static size_t take_descriptors(struct msghdr *message, int *passed)
{
    size_t n = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t here = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < here; i++, n++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
            if (n == 0 && passed != NULL)
                *passed = fd;
            else
                close(fd);
        }
    }
    return n;
}

ssize_t dw__message_receive(int fd, void *p, size_t cap, int *passed)
{
    if (passed != NULL)
        *passed = -1;
    struct iovec part = {.iov_base = p, .iov_len = cap};
    union control control = {0};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    ssize_t n;
    do
        n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == ECONNRESET ? 0 : -errno;
    size_t came = take_descriptors(&message, passed);
    if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 && came <= 1)
        return n;
    if (passed != NULL && *passed >= 0) {
        close(*passed);
        *passed = -1;
    }
    return -EMSGSIZE;
}
