/* app/cmd_top.c -- `top`: what the workers of a running server do, second by second, as its admin listener says. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "app/command.h"
#include "app/top.h"
#include "base/text.h"

#define TEXT_MAX ((size_t)1 << 20)
#define SECOND_NS UINT64_C(1000000000)
#define CLEAR "\033[H\033[J" /* ECMA-48: home, and erase what is below */

struct reading {
    struct counts counts[DW__MAX_WORKERS];
    unsigned n;
    uint64_t at_ns;
};

static uint64_t now_ns(void)
{
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

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

/* Asks for the counts; the reply, whole, in `in`. False with errno. */
static bool fetch(const struct config_address *address, struct buf *in)
{
    const struct timeval patience = {.tv_sec = 3};
    int fd = socket(address->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ssize_t n = -1;
    int error;

    if (fd < 0)
        return false;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
        connect(fd, (const struct sockaddr *)&address->address, address->address_n) == 0 &&
        send_all(fd, DW_TEXT("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")))
        while (dw__buf_reserve(in, 4096) && (n = recv(fd, in->p + in->n, 4096, 0)) > 0)
            in->n += (size_t)n;
    error = errno;
    (void)close(fd);
    errno = error;
    return n == 0;
}

/* Reads the counts; false and a line in `why`. */
static bool read_counts(const struct invocation *inv, struct reading *r, struct buf *why)
{
    const struct config_address *address = inv->config->admin_listen;
    struct arena arena;
    struct buf in;
    const char *body;
    bool good = false;

    dw__arena_init(&arena, NULL, 4 * TEXT_MAX);
    dw__buf_init(&in, &arena, TEXT_MAX);
    if (!fetch(address, &in)) {
        dw__buf_format(why, "the server cannot be asked at %.*s (ADMIN_LISTEN): %s\n", DW_FMT(address->text),
                       errno == EAGAIN ? "no answer" : strerror(errno));
    } else {
        body = memmem(in.p, in.n, "\r\n\r\n", 4);
        r->at_ns = now_ns();
        good = body != NULL && dw__text_starts((dw_text){in.p, in.n}, DW_TEXT("HTTP/1.1 200 ")) &&
               dw__counters_read((dw_text){body + 4, in.n - (size_t)(body + 4 - in.p)}, r->counts,
                                 DW__MAX_WORKERS, &r->n);
        if (!good)
            dw__buf_format(why, "what answers at %.*s (ADMIN_LISTEN) has no counts; is it this server?\n",
                           DW_FMT(address->text));
    }
    dw__arena_release(&arena);
    return good;
}

static void wait_until(uint64_t ns)
{
    const struct timespec at = {.tv_sec = (time_t)(ns / SECOND_NS), .tv_nsec = (long)(ns % SECOND_NS)};

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
        continue;
}

static bool show(const struct reading *before, const struct reading *now, const char *above)
{
    char text[DW__MAX_WORKERS * 160 + 512];
    struct buf out;

    dw__buf_init_fixed(&out, text, sizeof text);
    dw__buf_text(&out, dw__text_of(above));
    dw__top_table(before->counts, now->counts, now->n, now->at_ns - before->at_ns, &out);
    return fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0;
}

/* Two readings a second apart, and again while it is not `once`. */
static int run(const struct invocation *inv, bool once, struct buf *why)
{
    static struct reading readings[2]; /* large */
    unsigned now = 0;

    if (!read_counts(inv, &readings[now], why))
        return EXIT_NO_SERVICE;
    do {
        wait_until(readings[now].at_ns + SECOND_NS);
        now = 1 - now;
        if (!read_counts(inv, &readings[now], why))
            return EXIT_NO_SERVICE;
        if (!show(&readings[1 - now], &readings[now], once ? "" : CLEAR))
            return EXIT_FAILED;
    } while (!once);
    return EXIT_DONE;
}

int dw__cmd_top(const struct invocation *inv)
{
    bool once = inv->argc == 1 && strcmp(inv->argv[0], "--once") == 0;
    char lines[1024];
    struct buf why;
    int status;

    if (inv->argc > (once ? 1 : 0)) {
        (void)fprintf(stderr, "%s: usage: %s top [--once]\n", inv->app->name, inv->app->name);
        return EXIT_BAD_USAGE;
    }
    dw__buf_init_fixed(&why, lines, sizeof lines);
    status = run(inv, once || !isatty(STDOUT_FILENO), &why);
    dw__print_findings(inv->app, &why);
    return status;
}
