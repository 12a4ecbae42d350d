/* app/test_say.c -- a test that fails says with what: the request, the reply and the log lines between them.
 *
 * An assert() of the test's own ends in abort(), so the same is said from a handler of SIGABRT: this file writes with write(2) and
 * nothing else that a handler must not call. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/test_inside.h"
#include "base/text.h"

#define SHOWN ((size_t)4096)     /* bytes of a request or a reply */
#define LOG_TAIL ((size_t)65536) /* bytes of the log that are looked at */

/* cmocka's, where the test is one of its: ends the test that runs, and no other. */
extern void _fail(const char *const file, const int line) __attribute__((weak));
extern void cmocka_set_test_filter(const char *pattern) __attribute__((weak));

static struct dw_test *live;
static bool said; /* by dw__test_fail, which aborts next */

static void put(dw_text t)
{
    while (t.n > 0) {
        ssize_t n = write(STDERR_FILENO, t.p, t.n);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        t = (dw_text){t.p + n, t.n - (size_t)n};
    }
}

/* Bytes, line by line, indented; a terminal obeys none of them. */
static void put_bytes(dw_text t)
{
    char line[512];
    size_t n = 0, shown = t.n < SHOWN ? t.n : SHOWN;
    bool begins = true;

    for (size_t i = 0; i < shown; i++) {
        unsigned char c = (unsigned char)t.p[i];

        if (begins)
            line[n++] = ' ', line[n++] = ' ';
        begins = c == '\n';
        if (c != '\r')
            line[n++] = c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7f) ? (char)c : '?';
        if (begins || n + 3 > sizeof line) {
            put((dw_text){line, n});
            n = 0;
        }
    }
    put((dw_text){line, n});
    if (!begins)
        put(DW_TEXT("\n"));
    if (shown < t.n)
        put(DW_TEXT("  … and more\n"));
}

/* The lines of the log that name the request. The writer of the log has had its 10 ms by then. */
static void put_log(const struct dw_test *t)
{
    static char tail[LOG_TAIL];
    off_t size = lseek(t->log_fd, 0, SEEK_END),
          from = size > (off_t)sizeof tail ? size - (off_t)sizeof tail : 0;
    ssize_t n = size > 0 ? pread(t->log_fd, tail, sizeof tail, from) : 0;
    dw_text rest = {tail, n > 0 ? (size_t)n : 0};

    if (t->request_id.n == 0)
        return;
    put(DW_TEXT("--- logged\n"));
    while (rest.n > 0) {
        const char *end = memchr(rest.p, '\n', rest.n);
        dw_text line = {rest.p, end != NULL ? (size_t)(end - rest.p) + 1 : rest.n};

        if (memmem(line.p, line.n, t->request_id.p, t->request_id.n) != NULL)
            put_bytes(line);
        rest = (dw_text){rest.p + line.n, rest.n - line.n};
    }
}

static void put_exchange(const struct dw_test *t)
{
    if (t->sent.n == 0)
        return;
    put(DW_TEXT("--- sent\n"));
    put_bytes(t->sent);
    put(DW_TEXT("--- came back\n"));
    put_bytes(t->received);
    put_log(t);
    put(DW_TEXT("---\n"));
}

static void on_abort(int signal_number)
{
    const struct timespec moment = {.tv_nsec = 50000000};

    (void)signal_number; /* the handler was for once: abort() goes on to end the program */
    if (said)
        return;
    (void)nanosleep(&moment, NULL);
    for (const struct dw_test *t = live; t != NULL; t = t->next_live)
        put_exchange(t);
}

void dw__test_live(struct dw_test *t)
{
    struct sigaction now, ours = {.sa_handler = on_abort, .sa_flags = (int)SA_RESETHAND};

    t->next_live = live;
    live = t;
    if (sigaction(SIGABRT, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
        (void)sigaction(SIGABRT, &ours, NULL);
}

void dw__test_forget(struct dw_test *t)
{
    for (struct dw_test **at = &live; *at != NULL; at = &(*at)->next_live)
        if (*at == t) {
            *at = t->next_live;
            return;
        }
}

void dw__test_say(struct dw_test *t, const char *file, int line, dw_text what)
{
    char place[256];
    int n = file != NULL ? snprintf(place, sizeof place, "%s:%d: ", file, line) : 0;

    put((dw_text){place, n < 0 ? 0 : (size_t)n < sizeof place ? (size_t)n : sizeof place - 1});
    put(what);
    if (what.n == 0 || what.p[what.n - 1] != '\n')
        put(DW_TEXT("\n"));
    if (t == NULL)
        return;
    dw__log_flush(t->runtime.log);
    put_exchange(t);
}

_Noreturn void dw__test_end(const char *file, int line)
{
    if (_fail != NULL && cmocka_set_test_filter != NULL)
        _fail(file != NULL ? file : "dw/test.h", line);
    said = true;
    abort();
}

_Noreturn void dw__test_fail(struct dw_test *t, const char *file, int line, dw_text what)
{
    dw__test_say(t, file, line, what);
    dw__test_end(file, line);
}
