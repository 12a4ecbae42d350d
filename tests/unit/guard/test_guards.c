/* test_guards.c -- hosts, roles, size and media, each alone: what they let pass and what they refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "codec/forwarded.h"
#include "guard/guard.h"
#include "guard/media.h"

static const dw_text hosts[] = {DW_TEXT_INIT("app.test"), DW_TEXT_INIT("127.0.0.1"), DW_TEXT_INIT("[::1]"),
                                DW_TEXT_INIT(".sub.test")};

static const struct services services;

static dw_err judge(const struct guard *guard, const struct guard_env *env, dw_req *req)
{
    struct guarded guarded = {0};

    req->ctx.services = &services;
    return guard->before(env, req, &guarded);
}

static dw_err judge_host(const char *host)
{
    const struct guard_env env = {.hosts = hosts, .n_hosts = sizeof hosts / sizeof hosts[0]};
    dw_req req = {.head.host = {host, strlen(host)}};

    return judge(&dw__guard_hosts, &env, &req);
}

static void answers_only_trusted_hosts(void **state)
{
    static const char *const good[] = {"app.test",    "APP.test",        "app.test:8080", "app.test.",
                                       "127.0.0.1:1", "[::1]:8080",      "[::1]",         "sub.test",
                                       "a.sub.test",  "a.b.sub.test:443"};
    static const char *const bad[] = {"",
                                      "evil.test",
                                      "app.test.evil",
                                      "evilapp.test",
                                      "notsub.test",
                                      ".sub.test",
                                      "app.test:",
                                      "app.test:80a",
                                      "app.test:65536",
                                      "app.test:-1",
                                      "app.test:080000",
                                      "app.test@evil",
                                      "evil/app.test",
                                      "[::1",
                                      "[::1]x",
                                      "[::1]:",
                                      "app.test evil",
                                      "127.0.0.1.evil",
                                      "::1",
                                      ":80",
                                      "app..test/",
                                      "user:pw@app.test"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (judge_host(good[i]) != DW_OK)
            fail_msg("%s must pass", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (judge_host(bad[i]) != DW_BAD_REQUEST)
            fail_msg("%s must not pass", bad[i]);
}

static void trusts_nobody_without_hosts(void **state)
{
    const struct guard_env env = {0};
    dw_req req = {.head.host = DW_TEXT_INIT("app.test")};

    (void)state;
    assert_int_equal(judge(&dw__guard_hosts, &env, &req), DW_BAD_REQUEST);
}

/* By an address or a name of the machine; by a name of somebody's domain only when it is one of ours. */
static void the_admin_is_asked_by_no_page(void **state)
{
    static const char *const good[] = {"",         "localhost",   "localhost:9000", "127.0.0.1:9000",
                                       "10.1.2.3", "[::1]:1",     "[fe80::1]",      "app",
                                       "app.test", "x.sub.test:9"};
    static const char *const bad[] = {"evil.test",   "evil.test:9000", "127.0.0.1.evil.test",
                                      "a.localhost", "localhost@evil", "evil.test."};
    const struct guard_env env = {.hosts = hosts, .n_hosts = sizeof hosts / sizeof hosts[0]};
    dw_req req = {.admin = true};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0] + sizeof bad / sizeof bad[0]; i++) {
        const bool is_good = i < sizeof good / sizeof good[0];
        const char *host = is_good ? good[i] : bad[i - sizeof good / sizeof good[0]];

        req.head.host = dw__text_of(host);
        if (judge(&dw__guard_hosts, &env, &req) != (is_good ? DW_OK : DW_BAD_REQUEST))
            fail_msg("%s must %spass", host, is_good ? "" : "not ");
    }
}

static dw_err judge_roles(dw_policy allow, const dw_principal *principal)
{
    const struct route_plan plan = {.allow = allow};
    const struct guard_env env = {0};
    dw_req req = {.plan = &plan, .ctx.principal = principal};

    return judge(&dw__guard_roles, &env, &req);
}

static void lets_in_who_may(void **state)
{
    const dw_principal reader = {.roles = 1}, nobody = {.roles = 0};

    (void)state;
    assert_int_equal(judge_roles((dw_policy){.kind = DW_ALLOW_NOBODY, .roles = 0, .why = NULL}, &reader),
                     DW_DENIED);
    assert_int_equal(
        judge_roles((dw_policy){.kind = (dw_allow)99, .roles = UINT64_MAX, .why = NULL}, &reader), DW_DENIED);
    assert_int_equal(judge_roles((dw_policy){.kind = DW_ALLOW_PUBLIC, .roles = 0, .why = "why"}, NULL),
                     DW_OK);
    assert_int_equal(judge_roles((dw_policy){.kind = DW_ALLOW_USER, .roles = 0, .why = NULL}, NULL),
                     DW_UNAUTHENTICATED);
    assert_int_equal(judge_roles((dw_policy){.kind = DW_ALLOW_USER, .roles = 0, .why = NULL}, &nobody),
                     DW_OK);
    assert_int_equal(judge_roles((dw_policy){.kind = DW_ALLOW_ROLES, .roles = 1, .why = NULL}, &reader),
                     DW_OK);
    assert_int_equal(judge_roles((dw_policy){.kind = DW_ALLOW_ROLES, .roles = 2, .why = NULL}, &reader),
                     DW_DENIED);
    assert_int_equal(judge_roles((dw_policy){.kind = DW_ALLOW_ROLES, .roles = 0, .why = NULL}, &reader),
                     DW_DENIED);
    assert_int_equal(judge_roles((dw_policy){.kind = DW_ALLOW_ROLES, .roles = 1, .why = NULL}, NULL),
                     DW_UNAUTHENTICATED);
}

static dw_err judge_size(uint64_t body_fields, int64_t length, uint64_t *limit)
{
    static const dw_route route;
    const struct route_plan plan = {.route = &route, .sources.body = body_fields, .max_body = 100};
    const struct guard_env env = {0};
    dw_req req = {.plan = &plan, .head.content_length = length};
    dw_err err = judge(&dw__guard_size, &env, &req);

    *limit = req.body_limit;
    return err;
}

static void refuses_a_body_by_its_size(void **state)
{
    uint64_t limit;

    (void)state;
    assert_int_equal(judge_size(1, 100, &limit), DW_OK);
    assert_int_equal(limit, 100);
    assert_int_equal(judge_size(1, 101, &limit), DW_TOO_LARGE);
    assert_int_equal(judge_size(1, INT64_MAX, &limit), DW_TOO_LARGE);
    assert_int_equal(judge_size(1, -1, &limit), DW_OK);
    assert_int_equal(limit, 100);
    assert_int_equal(judge_size(0, 1, &limit), DW_TOO_LARGE);
    assert_int_equal(judge_size(0, 0, &limit), DW_OK);
    assert_int_equal(limit, 0);
}

static bool is_json(const char *value)
{
    return dw__media_is_json((dw_text){value, strlen(value)});
}

static void reads_content_types_exactly(void **state)
{
    (void)state;
    assert_true(is_json("application/json"));
    assert_true(is_json("Application/JSON"));
    assert_true(is_json("application/json; charset=utf-8"));
    assert_true(is_json("application/json ;charset=\"UTF-8\""));
    assert_false(is_json(""));
    assert_false(is_json("text/plain"));
    assert_false(is_json("application/jsonp"));
    assert_false(is_json("application/json; charset=utf-16"));
    assert_false(is_json("application/json; charset=latin1; charset=utf-8"));
    assert_false(is_json("application/json, text/plain"));
    assert_false(is_json("application/x-www-form-urlencoded"));
    assert_true(dw__media_is_form(DW_TEXT("application/x-www-form-urlencoded")));
    assert_true(dw__media_is_multipart(DW_TEXT("Multipart/form-data ; boundary=a")));
    assert_true(dw__media_is_multipart(DW_TEXT("multipart/form-data")));
    assert_false(dw__media_is_multipart(DW_TEXT("multipart/form-data, a")));
    assert_false(dw__media_is_multipart(DW_TEXT("multipart/mixed; boundary=a")));
    assert_false(dw__media_is_form(DW_TEXT("multipart/form-data; boundary=a")));
}

static dw_err judge_media(dw_body body, const char *type)
{
    static const dw_route route = {.method = DW_M_POST};
    const struct route_plan plan = {.route = &route, .sources.body = 1, .body = body};
    const struct guard_env env = {0};
    dw_req req = {.plan = &plan, .head.known[HTTP_CONTENT_TYPE] = {type, strlen(type)}};

    return judge(&dw__guard_media, &env, &req);
}

static void lets_pass_what_the_route_reads(void **state)
{
    static const struct {
        const char *type;
        unsigned bodies; /* bit b: taken where .body is b */
    } rows[] = {
        {"application/json", 0xaa},
        {"application/x-www-form-urlencoded", 0xcc},
        {"multipart/form-data; boundary=a", 0xf0},
        {"text/plain", 0},
        {"multipart/mixed; boundary=a", 0},
        {"", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (unsigned body = 1; body < 8; body++)
            assert_int_equal(judge_media((dw_body)body, rows[i].type),
                             rows[i].bodies >> body & 1 ? DW_OK : DW_UNSUPPORTED_MEDIA);
    for (unsigned body = 1; body < 8; body++)
        assert_int_equal(judge_media((dw_body)body, "multipart/form-data; boundary=\"a \""),
                         body & DW_BODY_MULTIPART ? DW_BAD_REQUEST : DW_UNSUPPORTED_MEDIA);
}

/* What the reply becomes when a handler has set the header `name`. */
static bool header_is_refused(const char *name)
{
    struct header_blocks *blocks = dw__header_blocks_new();
    struct http_field extra[] = {{DW_TEXT_INIT("Location"), DW_TEXT_INIT("/")},
                                 {{name, strlen(name)}, DW_TEXT_INIT("x")}};
    struct route_plan plan = {0};
    const struct guard_env env = {0};
    dw_req req = {.plan = &plan, .reply = {.status = 200, .extra = extra, .n_extra = 2}};

    dw__header_blocks_get(blocks, NULL, NULL, NULL, DW_CORP_SAME_ORIGIN, &plan.headers);
    req.ctx.services = &services;
    dw__guard_headers.after(&env, &req);
    assert_ptr_equal(req.reply.block, plan.headers.block[HEADERS_JSON][0][CACHE_AS_ROUTE]);
    dw__header_blocks_free(blocks);
    return req.reply.header_broken;
}

static void a_protection_is_said_once(void **state)
{
    static const char *const ours[] = {"X-Content-Type-Options",
                                       "x-frame-options",
                                       "Cross-Origin-Opener-Policy",
                                       "Cross-Origin-Resource-Policy",
                                       "Permissions-Policy",
                                       "referrer-policy",
                                       "CACHE-CONTROL",
                                       "Strict-Transport-Security",
                                       "Content-Type",
                                       "X-Request-Id",
                                       "Access-Control-Allow-Origin",
                                       "access-control-allow-credentials"};

    (void)state;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (!header_is_refused(ours[i]))
            fail_msg("%s must be refused", ours[i]);
    assert_false(header_is_refused("X-Own"));
    assert_false(header_is_refused("Vary"));
    assert_false(header_is_refused("Content-Security-Policy")); /* a second one only narrows */
}

/* What came without TLS where there is to be is kept by nobody: a cache would redirect those as well who came with it. */
static void nothing_without_tls_is_kept(void **state)
{
    struct header_blocks *blocks = dw__header_blocks_new();
    const struct proxies proxies = {.n_nets = 0};
    struct guard_env env = {.proxies = &proxies, .origin = DW_TEXT("https://app.test")};
    struct route_plan plan = {0};

    (void)state;
    dw__header_blocks_get(blocks, "public, max-age=60", NULL, NULL, DW_CORP_SAME_ORIGIN, &plan.headers);
    for (int tls = 0; tls < 2; tls++)
        for (int enforced = 0; enforced < 2; enforced++) {
            dw_req req = {.plan = &plan, .https = tls != 0, .reply = {.status = 308}};

            req.ctx.services = &services;
            env.proxies = enforced ? &proxies : NULL;
            dw__guard_headers.after(&env, &req);
            assert_ptr_equal(
                req.reply.block,
                plan.headers.block[HEADERS_JSON][tls][enforced && !tls ? CACHE_NEVER : CACHE_AS_ROUTE]);
        }
    dw__header_blocks_free(blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_only_trusted_hosts),    cmocka_unit_test(trusts_nobody_without_hosts),
        cmocka_unit_test(the_admin_is_asked_by_no_page), cmocka_unit_test(lets_in_who_may),
        cmocka_unit_test(refuses_a_body_by_its_size),    cmocka_unit_test(lets_pass_what_the_route_reads),
        cmocka_unit_test(reads_content_types_exactly),   cmocka_unit_test(a_protection_is_said_once),
        cmocka_unit_test(nothing_without_tls_is_kept),
    };

    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
