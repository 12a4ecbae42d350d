/* bench/ceiling.c -- what this machine can do at most: answers the same bytes to every "\r\n\r\n" that it reads, with epoll and nothing else.
 *
 * Every figure of ours is divided by this program's in the same minute, so that it means the same on any machine.  It parses nothing,
 * allocates nothing, and makes one read and one write for each event: no server can do with less. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_FD 65536
#define MAX_REPLY 65536
#define MAX_BATCH 64 /* replies in one write */

static char reply[MAX_REPLY];
static size_t reply_n;
static char batch[MAX_BATCH * 4096];
static uint8_t matched[MAX_FD]; /* bytes of "\r\n\r\n" seen at the end of the last read */
static bool close_behind;       /* the reply says Connection: close */

static const char default_reply[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n"
    "{\"message\":\"Hello, World!\"}";

static void load_reply(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        perror(path);
        exit(1);
    }
    reply_n = fread(reply, 1, sizeof(reply), f);
    fclose(f);
}

static int listen_on(uint16_t port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(fd, 4096) != 0) {
        perror("listen");
        exit(1);
    }
    return fd;
}

/* Ends of heads in p[0, n), going on from what the last read of this connection matched. */
static size_t count_heads(uint8_t *state, const char *p, size_t n)
{
    static const char end[4] = {'\r', '\n', '\r', '\n'};
    size_t heads = 0;
    unsigned at = *state;
    for (size_t i = 0; i < n; i++) {
        if (at == 0) {
            const char *cr = memchr(p + i, '\r', n - i);
            if (cr == NULL)
                break;
            i = (size_t)(cr - p);
        }
        at = p[i] == end[at] ? at + 1 : p[i] == '\r' ? 1 : 0;
        if (at == 4) {
            heads++;
            at = 0;
        }
    }
    *state = (uint8_t)at;
    return heads;
}

/* False when the connection has ended or does not take its bytes. */
static bool answer(int fd, size_t heads)
{
    size_t at_once = sizeof(batch) / reply_n;
    while (heads > 0) {
        size_t k = heads < at_once ? heads : at_once;
        if (send(fd, batch, k * reply_n, MSG_NOSIGNAL) != (ssize_t)(k * reply_n))
            return false;
        heads -= k;
    }
    return true;
}

static bool serve(int fd)
{
    static char in[16384];
    ssize_t n = recv(fd, in, sizeof(in), 0);
    if (n < 0)
        return errno == EAGAIN;
    if (n == 0)
        return false;
    size_t heads = count_heads(&matched[fd], in, (size_t)n);
    return answer(fd, heads) && !(close_behind && heads > 0);
}

static void accept_all(int epfd, int listener)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (fd >= MAX_FD) {
            close(fd);
            continue;
        }
        matched[fd] = 0;
        if (!serve(fd) || epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event) != 0)
            close(fd);
    }
}

static void run(int epfd, int listener)
{
    struct epoll_event events[256];
    for (;;) {
        int n = epoll_wait(epfd, events, 256, -1);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (fd == listener)
                accept_all(epfd, listener);
            else if (!serve(fd))
                close(fd);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3 || strcmp(argv[1], "--help") == 0) {
        puts("usage: ceiling PORT [REPLY-FILE]\n"
             "Answers the bytes of REPLY-FILE (64 KiB at most; a small JSON reply without it) to every "
             "request head on\n"
             "127.0.0.1:PORT. A reply with \"Connection: close\" closes behind it.");
        return argc == 2 && strcmp(argv[1], "--help") == 0 ? 0 : 64;
    }
    unsigned long port = strtoul(argv[1], NULL, 10);
    if (port == 0 || port > 65535)
        return 64;
    memcpy(reply, default_reply, reply_n = sizeof(default_reply) - 1);
    if (argc == 3)
        load_reply(argv[2]);
    if (reply_n == 0)
        return 64;
    close_behind = memmem(reply, reply_n, "Connection: close", 17) != NULL;
    for (size_t at = 0; at + reply_n <= sizeof(batch); at += reply_n)
        memcpy(batch + at, reply, reply_n);
    int listener = listen_on((uint16_t)port), epfd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    if (epfd < 0 || epoll_ctl(epfd, EPOLL_CTL_ADD, listener, &event) != 0)
        return 1;
    run(epfd, listener);
}
