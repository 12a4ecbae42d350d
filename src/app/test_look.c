/* app/test_look.c -- what a test may ask of the last reply and of the log. */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

#include "app/test_inside.h"
#include "base/text.h"
#include "schema/bind.h"

/* ---- the reply ---- */

/* As dw__test_fail; a line that there was no memory for is said without its particulars. */
static _Noreturn void fail(struct dw_test *t, const char *file, int line, dw_text what)
{
    dw__test_fail(t, file, line, what.p != NULL ? what : DW_TEXT("it does not hold, and there is no memory"));
}

void dw_x_test_status(dw_test *t, int status, const char *file, int line)
{
    if (t->reply.status != status)
        fail(t, file, line,
             t->sent.n == 0
                 ? DW_TEXT("no request was sent")
                 : dw__arena_format(&t->memory, "the status is %d, not %d", t->reply.status, status));
}

void dw_x_test_that(dw_test *t, bool holds, const char *what, const char *file, int line)
{
    if (!holds)
        fail(t, file, line, dw__arena_format(&t->memory, "this does not hold: %s", what));
}

static const struct schema_plan *plan_of(struct dw_test *t, const dw_schema *schema, struct buf *why)
{
    struct test_shape *s = t->shapes;

    while (s != NULL && s->plan->schema != schema)
        s = s->next;
    if (s != NULL)
        return s->plan;
    s = dw__arena_zalloc(&t->memory, sizeof *s);
    if (s == NULL || dw__schema_compile_reply(schema, &s->plan, why) != DW_OK)
        return NULL;
    s->next = t->shapes;
    t->shapes = s;
    return s->plan;
}

static bool fits(struct dw_test *t, const dw_schema *schema, void *out, struct buf *why)
{
    const struct schema_plan *plan = plan_of(t, schema, why);
    struct bind_faults faults;
    dw_err err;

    if (plan == NULL)
        return false;
    dw__bind_init(&faults, &t->memory);
    memset(out, 0, plan->size);
    err = dw__bind_json(plan, t->reply.body, UINT64_MAX, out, &faults);
    if (err == DW_OK)
        err = dw__bind_end(plan, out, &faults);
    if (err == DW_OK)
        return true;
    dw__buf_format(why, "the body is not what %s says: ", schema->name);
    if (!dw__faults_json(&faults, err, why))
        dw__buf_text(why, dw__text_of(dw_err_code(err)));
    return false;
}

void dw_x_test_reply(dw_test *t, const dw_schema *schema, void *out, const char *file, int line)
{
    struct buf why;

    dw__buf_init(&why, &t->memory, (size_t)1 << 20);
    if (!fits(t, schema, out, &why))
        fail(t, file, line, why.n > 0 ? (dw_text){why.p, why.n} : (dw_text){NULL, 0});
}

/* ---- the log ---- */

dw_text dw_test_log(dw_test *t)
{
    off_t end;
    char *p;
    size_t n;

    dw__log_flush(t->runtime.log);
    end = lseek(t->log_fd, 0, SEEK_END);
    n = end > t->log_from ? (size_t)(end - t->log_from) : 0;
    p = dw__arena_bytes(&t->memory, n);
    if (p == NULL || pread(t->log_fd, p, n, t->log_from) != (ssize_t)n)
        dw__test_fail(t, NULL, 0, DW_TEXT("the log cannot be read"));
    return (dw_text){p, n};
}

void dw_test_forget_log(dw_test *t)
{
    dw__log_flush(t->runtime.log);
    t->log_from = lseek(t->log_fd, 0, SEEK_END);
}

size_t dw_test_logged(dw_test *t, const char *event)
{
    dw_text log = dw_test_log(t), mark = dw__arena_format(&t->memory, "\"event\":\"%s\"", event);
    size_t times = 0;

    while (log.n > 0 && mark.p != NULL) {
        dw_text line = dw__text_cut(&log, '\n');
        times += memmem(line.p, line.n, mark.p, mark.n) != NULL;
    }
    return times;
}
