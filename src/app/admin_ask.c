/* app/admin_ask.c -- see admin_ask.h. */
#define _GNU_SOURCE
#include "app/admin_ask.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/text.h"

#define TEXT_MAX ((size_t)1 << 20)

static bool send_all(int fd, dw_text t)
{
    while (t.n > 0) {
        ssize_t n = send(fd, t.p, t.n, MSG_NOSIGNAL);

        if (n <= 0)
            return false;
        t = (dw_text){t.p + n, t.n - (size_t)n};
    }
    return true;
}

/* Sends `request`; the reply, whole, in `in`. False with errno. */
static bool fetch(const struct config_address *address, dw_text request, struct buf *in)
{
    const struct timeval patience = {.tv_sec = 3};
    int fd = socket(address->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ssize_t n = -1;
    int error;

    if (fd < 0)
        return false;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
        connect(fd, (const struct sockaddr *)&address->address, address->address_n) == 0 &&
        send_all(fd, request))
        while (dw__buf_reserve(in, 4096) && (n = recv(fd, in->p + in->n, 4096, 0)) > 0)
            in->n += (size_t)n;
    error = errno;
    (void)close(fd);
    errno = error;
    return n == 0;
}

/* Status and body of the reply in `in`. */
static void take(struct admin_answer *out, const struct buf *in)
{
    const char *body = memmem(in->p, in->n, "\r\n\r\n", 4);
    uint64_t status;

    if (body == NULL || !dw__text_starts((dw_text){in->p, in->n}, DW_TEXT("HTTP/1.1 ")) || in->n < 12 ||
        !dw__text_u64((dw_text){in->p + 9, 3}, &status))
        return;
    out->status = (unsigned)status;
    out->body = (dw_text){body + 4, in->n - (size_t)(body + 4 - in->p)};
}

bool dw__admin_ask(const struct invocation *inv, const char *method, dw_text path, struct admin_answer *out,
                   struct buf *why)
{
    const struct config_address *address = inv->config->admin_listen;
    dw_text request;
    struct buf in;

    *out = (struct admin_answer){0};
    dw__arena_init(&out->memory, NULL, 4 * TEXT_MAX);
    dw__buf_init(&in, &out->memory, TEXT_MAX);
    request =
        dw__arena_format(&out->memory, "%s %.*s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                         method, DW_FMT(path));
    if (request.p == NULL || !fetch(address, request, &in)) {
        dw__buf_format(why, "the server cannot be asked at %.*s (ADMIN_LISTEN): %s\n", DW_FMT(address->text),
                       errno == EAGAIN ? "no answer" : strerror(errno));
        return false;
    }
    take(out, &in);
    return true;
}

void dw__admin_answer_release(struct admin_answer *answer)
{
    dw__arena_release(&answer->memory);
}
