/* app/dev_say.c -- lines for a developer.
 *
 * What a client sent is escaped as in the log, so that no path paints the terminal. */
#include "app/dev.h"

#include <time.h>

#include "app/access_log.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/text.h"
#include "codec/utf8.h"
#include "route/plan.h"

#define LINE_MAX_BYTES 2048
#define PATH_MAX_BYTES 300
#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define CYAN "\033[36m"
#define FAINT "\033[2m"
#define PLAIN "\033[0m"

void dw__dev_begin(dw_req *req)
{
    req->ctx.statements = dw__arena_zalloc(&req->arena, sizeof *req->ctx.statements);
}

/* As the log has it, without the quotes. */
static void put_escaped(struct buf *b, dw_text text)
{
    char memory[4 * PATH_MAX_BYTES + 64];
    struct buf quoted;

    dw__buf_init_fixed(&quoted, memory, sizeof memory);
    dw__log_put_text(&quoted, dw__utf8_cut(text, PATH_MAX_BYTES));
    if (!quoted.failed && quoted.n >= 2)
        dw__buf_put(b, memory + 1, quoted.n - 2);
}

static const char *colour_of(unsigned status)
{
    return status >= 500 || status == 0 ? RED : status >= 400 ? YELLOW : status >= 300 ? CYAN : GREEN;
}

static void put_time(struct buf *b, uint64_t us)
{
    dw__buf_format(b, "%llu.%llu ms", (unsigned long long)(us / 1000), (unsigned long long)(us % 1000 / 100));
}

/* By the clock itself: the loop's stands still while a request is answered in one turn. */
static uint64_t us_since(uint64_t begun_ns)
{
    struct timespec now = {0, 0};
    uint64_t ns;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    return ns > begun_ns ? (ns - begun_ns) / 1000 : 0;
}

static void say_request(const struct dev *dev, const dw_req *req)
{
    unsigned status = req->reply.state == REPLY_NONE ? 0 : (unsigned)req->reply.status;
    unsigned statements = req->ctx.statements != NULL ? req->ctx.statements->total : 0;
    char line[LINE_MAX_BYTES];
    struct buf b;

    dw__buf_init_fixed(&b, line, sizeof line);
    dw__buf_format(&b, "%s%u" PLAIN " ", colour_of(status), status);
    dw__buf_text(&b, req->head.method_text);
    dw__buf_putc(&b, ' ');
    put_escaped(&b, req->path);
    if (req->ctx.route.n > 0 && !dw__text_eq(req->ctx.route, req->path)) {
        dw__buf_lit(&b, FAINT " ");
        put_escaped(&b, req->ctx.route);
        dw__buf_lit(&b, PLAIN);
    }
    dw__buf_lit(&b, "  ");
    put_time(&b, us_since(req->begun_ns));
    dw__buf_format(&b, "  %u statement%s\n", statements, statements == 1 ? "" : "s");
    dw__log_plain(dev->log, &b);
}

static void say_repeats(const struct dev *dev, const dw_req *req, const char *name, unsigned times)
{
    char line[512];
    struct buf b;

    if (!dev->terminal) {
        DW__EVENT(dev->log, &req->ctx, DW_LOG_LEVEL_WARN, "dev.repeated_statement",
                  dw_x_kv_cstr("statement", name), DW_KV(times, times));
        return;
    }
    dw__buf_init_fixed(&b, line, sizeof line);
    dw__buf_format(&b,
                   YELLOW "    %.100s ran %u times in this request" PLAIN
                          ": one statement for all of them would do\n",
                   name, times);
    dw__log_plain(dev->log, &b);
}

void dw__dev_request(const struct dev *dev, const dw_req *req)
{
    const struct statements *s = req->ctx.statements;

    if (dev->terminal && dw__log_wants(dev->log, DW_LOG_LEVEL_INFO))
        say_request(dev, req);
    else
        dw__access_log(req);
    for (size_t i = 0; s != NULL && i < s->n; i++)
        if (s->each[i].times > DW__DEV_REPEATS)
            say_repeats(dev, req, s->each[i].name, s->each[i].times);
}

void dw__dev_say_hold(const struct dev *dev, dw_text request_id, dw_text route, uint64_t ms, dw_text where)
{
    char line[LINE_MAX_BYTES];
    struct buf b;

    if (!dev->terminal) {
        DW__EVENT(dev->log, NULL, DW_LOG_LEVEL_WARN, "dev.loop_held", DW_KV(request_id, request_id),
                  DW_KV(route, route), DW_KV(ms, (unsigned long long)ms), DW_KV(backtrace, where));
        return;
    }
    dw__buf_init_fixed(&b, line, sizeof line);
    dw__buf_lit(&b, YELLOW "    ");
    put_escaped(&b, route.n > 0 ? route : DW_TEXT("a fiber"));
    dw__buf_format(
        &b, " held the loop for %llu ms" PLAIN ", and nobody else was served: ", (unsigned long long)ms);
    dw__buf_text(&b, (dw_text){where.p, where.n < 1200 ? where.n : 1200});
    dw__buf_putc(&b, '\n');
    dw__log_plain(dev->log, &b);
}
