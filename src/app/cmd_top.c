/* app/cmd_top.c -- `top`: what the workers of a running server do, second by second, as its admin listener says. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/admin_ask.h"
#include "app/top.h"
#include "base/text.h"

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

/* Reads the counts; false and a line in `why`. */
static bool read_counts(const struct invocation *inv, struct reading *r, struct buf *why)
{
    struct admin_answer answer;
    bool good = false;

    if (dw__admin_ask(inv, "GET", DW_TEXT("/metrics"), &answer, why)) {
        r->at_ns = now_ns();
        good = answer.status == 200 && dw__counters_read(answer.body, r->counts, DW__MAX_WORKERS, &r->n);
        if (!good)
            dw__buf_format(why, "what answers at %.*s (ADMIN_LISTEN) has no counts; is it this server?\n",
                           DW_FMT(inv->config->admin_listen->text));
    }
    dw__admin_answer_release(&answer);
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
