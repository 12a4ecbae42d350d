/* h1_routes.h -- an application for the tests of the connection: a path for each thing that a handler may do. */
#ifndef TESTS_UNIT_HTTP_H1_ROUTES_H
#define TESTS_UNIT_HTTP_H1_ROUTES_H

#include "server_fixture.h"

static bool head_kept;

static dw_err echo(dw_req *req)
{
    char buf[5000];
    size_t n = 0;
    dw_err err = dw_reply_begin(req, 200, DW_TEXT("x/y"), req->head.content_length);
    while (err == DW_OK && (err = fx.read = dw_req_read(req, buf, sizeof(buf), &n)) == DW_OK && n > 0)
        err = dw_reply_write(req, buf, n);
    head_kept = dw__text_is(req->head.target, "/echo") && dw__text_is(dw_req_header(req, "x-keep"), "value");
    return err != DW_OK ? err : dw_reply_end(req);
}

static dw_err whole(dw_req *req)
{
    dw_text body;
    fx.read = dw_req_body(req, &body);
    return fx.read != DW_OK ? fx.read : dw_reply_json(req, 200, body);
}

/* How long it was, and what stood at its end. */
static dw_err length(dw_req *req)
{
    dw_text body;
    fx.read = dw_req_body(req, &body);
    return fx.read != DW_OK ? fx.read
                            : dw_reply_json(req, 200,
                                            dw__arena_format(&req->arena, "%zu %02x", body.n,
                                                             (unsigned char)body.p[body.n - 1]));
}

static dw_err stream(dw_req *req, int64_t promised)
{
    dw_err err = dw_reply_begin(req, 200, DW_TEXT("text/plain"), promised);
    if (err == DW_OK)
        err = dw_reply_write(req, "hello ", 6);
    if (err == DW_OK)
        err = dw_reply_write(req, "a world of 16 b.", 16);
    return err != DW_OK ? err : dw_reply_end(req);
}

static dw_err route(dw_req *req)
{
    dw_text path = req->path;
    if (req->refused != DW_OK)
        return req->refused;
    req->body_limit = dw__text_is(path, "/limited") ? 10 : UINT64_MAX;
    if (dw__text_is(path, "/echo") || dw__text_is(path, "/limited"))
        return echo(req);
    if (dw__text_is(path, "/whole"))
        return whole(req);
    if (dw__text_is(path, "/length"))
        return length(req);
    if (dw__text_is(path, "/stream"))
        return stream(req, -1);
    if (dw__text_is(path, "/short"))
        return stream(req, 23);
    if (dw__text_is(path, "/long"))
        return stream(req, 21);
    if (dw__text_is(path, "/none"))
        return DW_OK;
    if (dw__text_is(path, "/204") || dw__text_is(path, "/304"))
        return dw_reply_html(req, dw__text_is(path, "/204") ? 204 : 304, DW_TEXT("no"));
    if (dw__text_is(path, "/big"))
        return fx.wrote = dw_reply_html(req, 200, (dw_text){fx.big, BIG});
    if (dw__text_is(path, "/slow")) {
        fx.waited = dw_sleep(&req->ctx, 5000);
        if (fx.waited != DW_OK)
            return fx.waited;
    }
    return dw_reply_json(req, 200, path);
}

static void serve(void *self, dw_req *req)
{
    (void)self;
    fx.served++;
    snprintf(fx.last_path, sizeof(fx.last_path), "%.*s", DW_FMT(req->path));
    dw_err err = route(req);
    if (err != DW_OK && req->reply.state == REPLY_NONE)
        (void)!dw__reply_send(req, dw_err_status(err), DW_TEXT("text/plain"), dw__text_of(dw_err_code(err)));
}

static int setup(void **state)
{
    (void)state;
    fixture_new(NULL, NULL, 16);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_free();
    return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
