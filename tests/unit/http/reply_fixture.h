/* reply_fixture.h -- one request without a connection below it, and what was said in its reply. */
#ifndef TESTS_UNIT_HTTP_REPLY_FIXTURE_H
#define TESTS_UNIT_HTTP_REPLY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "http/request.h"

#define NOW INT64_C(784111777) /* Sun, 06 Nov 1994 08:49:37 GMT */

static dw_req req;
static struct http_field fields[8];
static struct clock clock_;
static dw_text sent;

static dw_err fixture_send(struct http_stream *s, dw_text body)
{
    (void)s;
    sent = body;
    req.reply.state = REPLY_ENDED;
    return DW_OK;
}

static dw_err fixture_begin(struct http_stream *s)
{
    (void)s;
    req.reply.state = REPLY_BEGUN;
    return DW_OK;
}

/* A fresh request of `method`. */
static inline void ask(enum http_method method)
{
    static const struct http_stream_ops ops = {.send = fixture_send, .begin = fixture_begin};
    dw__arena_release(&req.arena);
    memset(&req, 0, sizeof(req));
    dw__arena_init(&req.arena, NULL, 1 << 20);
    dw__clock_set(&clock_, NOW * 1000);
    dw__ctx_init(&req.ctx, &req.arena, NULL, &clock_);
    req.ops = &ops;
    req.head.fields = fields;
    req.head.method = method;
    sent = (dw_text){NULL, 0};
}

static inline void with(const char *name, const char *value)
{
    if (name != NULL)
        fields[req.head.n_fields++] = (struct http_field){dw__text_of(name), dw__text_of(value)};
}

/* The value of a header that was said, or "-". */
static inline const char *said(const char *name)
{
    static char value[128];
    (void)snprintf(value, sizeof value, "-");
    for (size_t i = 0; i < req.reply.n_extra; i++)
        if (dw__text_eq(req.reply.extra[i].name, dw__text_of(name)))
            (void)snprintf(value, sizeof value, "%.*s", DW_FMT(req.reply.extra[i].value));
    return value;
}

static inline int fixture_setup(void **state)
{
    (void)state;
    dw__arena_init(&req.arena, NULL, 1 << 20);
    ask(HTTP_GET);
    return 0;
}

static inline int fixture_teardown(void **state)
{
    (void)state;
    dw__arena_release(&req.arena);
    return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

#endif
