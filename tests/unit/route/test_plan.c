/* test_plan.c -- what start-up refuses in a route table, each with its sentence; inheritance; sources; header blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "route/plan.h"

enum { role_reader, role_writer };
static const char *const roles[] = {"reader", "writer", NULL};

DW_SCHEMA(note_in, (dw_text, title, DW_LEN(1, 10)), (int64_t, stars, .optional = true));
DW_SCHEMA(note_key, (int64_t, id));
DW_PARTIAL(note_change, note_in);
DW_SCHEMA(note_update, (note_key, key, .flat = true), (note_change, set, .flat = true));
DW_SCHEMA(note_out, (int64_t, id), (dw_text, title));
DW_SCHEMA(view_out, (int64_t, id), (dw_text, title, .visible_to = DW_ROLES(writer)));
DW_SCHEMA(stray_out, (int64_t, id, .visible_to = {.kind = DW_ALLOW_ROLES, .roles = 1u << 5}));
DW_SCHEMA(leak_out, (dw_secret, password));
DW_SCHEMA(nested_in, (note_key, key));
DW_SCHEMA(origin_in, (int64_t, id), (int64_t, q, .from_query = true), (dw_text, h, .from_header = "x-h"), (dw_text, c, .from_cookie = "c"),
          (dw_text, body), (dw_text, made, .read_only = true));
DW_LIST(keys_in, note_key);
DW_SCHEMA(header_in, (keys_in, h, .from_header = "x-h"));
DW_SCHEMA(read_only_in, (int64_t, id, .read_only = true));
DW_SCHEMA(query_in, (int64_t, id, .from_query = true));
DW_SCHEMA(real_in, (double, id));
DW_SCHEMA(day_in, (dw_date, id));
DW_QUERY(principal, dw_principal_key, dw_principal_row, "SELECT 1");

#define TYPED(name, In, Out)                                \
    static dw_err name(dw_req *req, const In *in, Out *out) \
    {                                                       \
        (void)req, (void)in, (void)out;                     \
        return DW_OK;                                       \
    }                                                       \
    DW_HANDLER(name, In, Out)
TYPED(create, note_in, note_out);
TYPED(show, note_key, note_out);
TYPED(update, note_update, dw_nothing);
TYPED(leak, note_key, leak_out);
TYPED(view, note_in, view_out);
TYPED(stray, note_key, stray_out);
TYPED(nested, nested_in, note_out);
TYPED(origin, origin_in, dw_nothing);
TYPED(by_header, header_in, dw_nothing);
TYPED(by_read_only, read_only_in, dw_nothing);
TYPED(by_query, query_in, dw_nothing);
TYPED(by_real, real_in, dw_nothing);
TYPED(by_day, day_in, dw_nothing);
static dw_err raw(dw_req *req, const dw_nothing *in)
{
    (void)req, (void)in;
    return DW_OK;
}
DW_RAW(raw, dw_nothing);

DW_SETTINGS(hook_settings, (dw_secret, secrets, .doc = "For a test of it."));
static const dw_webhook hook = DW_WEBHOOK("hook", hook_settings, secrets);

static char why_text[4096];

static dw_err compile_app(struct route_table **table, const dw_app *app)
{
    const struct plan_defaults defaults = {.max_body = 65536, .deadline_ms = 30000};
    struct buf why;
    dw_err err;

    dw__buf_init_fixed(&why, why_text, sizeof why_text - 1);
    err = dw__route_table_new(table, app, &defaults, &why);
    why_text[why.n] = '\0';
    return err;
}

static dw_err compile(struct route_table **table, const dw_blueprint *bp)
{
    return compile_app(table, &(const dw_app){.name = "t",
                                              .roles = roles,
                                              .principal = &principal,
                                              .blueprints = (const dw_blueprint *const[]){bp, NULL}});
}

static void refused(dw_route route, const char *says)
{
    const dw_blueprint bp = {.prefix = "/v1", .routes = &route, .n_routes = 1, .route_size = sizeof route};
    struct route_table *table;

    assert_int_equal(compile(&table, &bp), DW_BAD_REQUEST);
    assert_null(table);
    if (strstr(why_text, says) == NULL)
        fail_msg("'%s' is not in '%s'", says, why_text);
}

static void refuses_what_cannot_be(void **state)
{
    (void)state;
    refused((dw_route)DW_GET("/n/{id}", show, {.kind = DW_ALLOW_NOBODY}), "no policy");
    refused((dw_route)DW_GET("/n/{id}", show, {.kind = DW_ALLOW_PUBLIC, .why = "x"}), "at least 8");
    refused((dw_route)DW_GET("/n/{id}", show, {.kind = DW_ALLOW_ROLES, .roles = 1u << 5}), "does not name");
    refused((dw_route)DW_GET("/n/{nothing}", show, DW_ANY_USER), "that a path can hold");
    refused((dw_route)DW_GET("/n/{id}", leak, DW_ANY_USER), "secret");
    refused((dw_route)DW_GET("/n/{id}", stray, DW_ANY_USER), "is for a role that dw_app.roles does not name");
    refused((dw_route)DW_POST("/n", view, DW_ANY_USER, .idempotent = true), ".idempotent keeps the reply");
    refused((dw_route)DW_GET("/n/{id}", show, DW_ANY_USER, .without_mfa = "short"),
            "of at least 8 characters");
    refused((dw_route)DW_GET("/n/{id}", show, DW_ANY_USER, .without_mfa = "for a test of it"),
            "of an application with second factors (dw_app.mfa)");
    refused((dw_route)DW_GET("/n", nested, DW_ANY_USER), "cannot come from the query");
    refused((dw_route)DW_POST("/n", by_header, DW_ANY_USER), "field h cannot come from a header or cookie");
    refused((dw_route)DW_GET("/n/{id}", by_read_only, DW_ANY_USER),
            "field id is read-only and cannot come from the path");
    refused((dw_route)DW_GET("/n/{id}", by_query, DW_ANY_USER),
            "comes from the path and cannot come from elsewhere");
    refused((dw_route)DW_GET("/n/{id}", by_real, DW_ANY_USER), "that a path can hold");
    refused((dw_route)DW_GET("/n/{id}", show, DW_ANY_USER, .cacheable = "max-age=60"), ".cacheable_why");
    refused((dw_route)DW_GET("/n/{id}", show, DW_ANY_USER, .csp = "default-src 'self'"), ".csp_why");
    refused((dw_route)DW_GET("/n/{id}", show, DW_ANY_USER, .csp = "a\r\nb: c", .csp_why = "for a test of it"),
            "control character");
    refused((dw_route)DW_GET("/n/{id}", show, DW_ANY_USER, .csp_report_only = "default-src 'self'"),
            "Content-Security-Policy-Report-Only (.csp_report_only): base-uri");
    refused((dw_route)DW_GET("/n/{id}", show, DW_ANY_USER, .csp_report_only = "a\r\nb: c"),
            "(.csp_report_only): it holds a control character");
    refused((dw_route)DW_GET("/n/{id}", show, DW_ANY_USER, .raw = "for a test of it"), "DW_RAW");
    refused((dw_route)DW_POST("/n", create, DW_ANY_USER, .writes = "for a test of it"), "why a GET writes");
    refused((dw_route)DW_GET("/n/{id}", show, DW_ANY_USER, .by = 1u << 9), "credential");
    refused((dw_route)DW_POST("/n", create, DW_ANY_USER, .idempotent = true),
            ".idempotent needs dw_app.repeats");
    refused((dw_route)DW_GET("/n/{id}", show, DW_ANY_USER, .by = DW_API_KEY), "needs dw_app.api_keys");
    refused((dw_route)DW_GET("/n/{id}", show, DW_ANY_USER, .by = 1u << 20), "a credential that there is not");
    refused((dw_route)DW_POST("/n", create, DW_SIGNED(hook)), "needs dw_app.webhooks");
    refused((dw_route)DW_POST("/n", create, DW_SIGNED(hook)), "a field of dw_app.settings");
    refused((dw_route)DW_POST("/n", create, DW_SIGNED(hook), .by = DW_BEARER), "has no caller");
    refused((dw_route)DW_POST("/n", raw, DW_SIGNED(hook), .raw = "for a test of it"),
            "declared with DW_HANDLER");
    refused((dw_route)DW_GET("/n/{id}", show, DW_SIGNED(hook)), "of a method with a body");
    refused((dw_route)DW_GET("/n/{id}", show, DW_ANY_USER, .scopes = 1), "dw_app.scopes does not name");
    refused((dw_route)DW_GET("/n/{id}", show, DW_PUBLIC("for the test"), .scopes = 1), "nobody is asked");
    refused((dw_route)DW_POST("/n", create, DW_PUBLIC("for a test of it"), .idempotent = true),
            "needs a caller");
    refused((dw_route)DW_GET("/n/{id}", show, DW_ANY_USER, .idempotent = true), "methods that write");
    refused((dw_route)DW_POST("/n", raw, DW_ANY_USER, .idempotent = true, .raw = "for a test of it"),
            "declared with DW_HANDLER");
}

static void reports_everything_at_once(void **state)
{
    static const dw_route routes[] = {
        DW_GET("bad", show, DW_ANY_USER),
        DW_GET("/n/{nothing}", show, DW_ANY_USER),
        DW_GET("/n/{id}", show, DW_ANY_USER),
        DW_GET("/n/{id}", show, DW_ANY_USER),
    };
    static const dw_blueprint bp = DW_BLUEPRINT("", routes);
    struct route_table *table;

    (void)state;
    assert_int_equal(compile(&table, &bp), DW_BAD_REQUEST);
    assert_non_null(strstr(why_text, "begins with '/'"));
    assert_non_null(strstr(why_text, "{nothing}"));
    assert_non_null(strstr(why_text, "declared twice"));
}

static void wants_a_way_to_sign_in(void **state)
{
    static const dw_route routes[] = {DW_GET("/n/{id}", show, DW_ANY_USER)};
    static const dw_blueprint bp = DW_BLUEPRINT("", routes);
    struct route_table *table;

    (void)state;
    assert_int_equal(
        compile_app(&table, &(const dw_app){.name = "t",
                                            .roles = roles,
                                            .blueprints = (const dw_blueprint *const[]){&bp, NULL}}),
        DW_BAD_REQUEST);
    assert_non_null(strstr(why_text, "dw_app.principal"));
}

static void gives_each_field_one_source(void **state)
{
    static const dw_route routes[] = {
        DW_POST("/n", create, DW_ROLES(writer)),
        DW_GET("/n/{id}", show, DW_ROLES(reader, writer)),
        DW_PUT("/n/{id}", update, DW_ANY_USER),
        DW_GET("/n", show, DW_ANY_USER),
        DW_POST("/raw", raw, DW_PUBLIC("for a test of it"), .raw = "for a test of it"),
        DW_PUT("/o/{id}", origin, DW_ANY_USER),
        DW_GET("/o/{id}", origin, DW_ANY_USER),
        DW_GET("/d/{id}", by_day, DW_ANY_USER),
    };
    static const dw_blueprint bp = DW_BLUEPRINT("/v1", routes);
    struct route_table *table;

    (void)state;
    assert_int_equal(compile(&table, &bp), DW_OK);
    assert_int_equal(table->plans[0].sources.body, 3);
    assert_int_equal(table->plans[0].status, 201);
    assert_int_equal(table->plans[1].sources.path, 1);
    assert_int_equal(table->plans[1].sources.query, 0);
    assert_true(table->plans[1].read_only);
    assert_int_equal(table->plans[1].allow.roles, 3);
    assert_int_equal(table->plans[2].sources.path, 1);
    assert_int_equal(table->plans[2].sources.body, 6);
    assert_int_equal(table->plans[2].status, 204);
    assert_false(table->plans[2].read_only);
    assert_int_equal(table->plans[3].sources.query, 1);
    assert_int_equal(table->plans[4].sources.body, 0);
    for (size_t i = 5; i <= 6; i++) {
        const struct input_sources *from = &table->plans[i].sources;
        assert_int_equal(from->path, 1);
        assert_int_equal(from->query, i == 5 ? 2 : 2 + 16);
        assert_int_equal(from->header, 4);
        assert_int_equal(from->cookie, 8);
        assert_int_equal(from->body, i == 5 ? 16 : 0);
    }
    assert_int_equal(table->plans[7].sources.path, 1);
    assert_true(dw__text_is(table->plans[2].pattern, "/v1/n/{id}"));
    dw__route_table_free(table);
}

static void inherits_the_most_specific(void **state)
{
    static const dw_route routes[] = {
        DW_POST("/a", create, DW_ANY_USER, .max_body = 1),
        DW_POST("/b", create, DW_ANY_USER),
    };
    static const dw_route others[] = {DW_POST("/c", create, DW_ANY_USER),
                                      DW_POST("/d", create, DW_ANY_USER, .deadline_ms = 5)};
    static const dw_blueprint one = DW_BLUEPRINT("", routes, .max_body = 2), two = DW_BLUEPRINT("", others);
    struct route_table *table;

    (void)state;
    assert_int_equal(
        compile_app(&table, &(const dw_app){.name = "t",
                                            .roles = roles,
                                            .principal = &principal,
                                            .max_body = 3,
                                            .blueprints = (const dw_blueprint *const[]){&one, &two, NULL}}),
        DW_OK);
    assert_int_equal(table->plans[0].max_body, 1);
    assert_int_equal(table->plans[0].max_body_from, FROM_ROUTE);
    assert_int_equal(table->plans[1].max_body, 2);
    assert_int_equal(table->plans[1].max_body_from, FROM_BLUEPRINT);
    assert_int_equal(table->plans[2].max_body, 3);
    assert_int_equal(table->plans[2].max_body_from, FROM_APP);
    assert_int_equal(table->plans[2].deadline_ms, 30000);
    assert_int_equal(table->plans[2].deadline_from, FROM_DEFAULT);
    assert_int_equal(table->plans[3].deadline_ms, 5);
    dw__route_table_free(table);
}

/* Each route counts by itself, wherever the number came from; there are counts for so many. */
static void counts_those_at_once(void **state)
{
    static const dw_route routes[] = {DW_POST("/a", create, DW_ANY_USER, .at_once = 1),
                                      DW_POST("/b", create, DW_ANY_USER)};
    static const dw_route others[] = {DW_POST("/c", create, DW_ANY_USER)};
    static const dw_blueprint one = DW_BLUEPRINT("", routes, .at_once = 2), two = DW_BLUEPRINT("", others);
    static dw_route many[DW__AT_ONCE_ROUTES + 1];
    static char paths[DW__AT_ONCE_ROUTES + 1][16];
    const dw_blueprint full = {.prefix = "",
                               .routes = many,
                               .n_routes = DW__AT_ONCE_ROUTES + 1,
                               .at_once = 1,
                               .route_size = sizeof(dw_route)};
    struct route_table *table;

    (void)state;
    assert_int_equal(
        compile_app(&table, &(const dw_app){.name = "t",
                                            .roles = roles,
                                            .principal = &principal,
                                            .blueprints = (const dw_blueprint *const[]){&one, &two, NULL}}),
        DW_OK);
    assert_int_equal(table->plans[0].at_once, 1);
    assert_int_equal(table->plans[0].at_once_from, FROM_ROUTE);
    assert_int_equal(table->plans[1].at_once, 2);
    assert_int_equal(table->plans[1].at_once_from, FROM_BLUEPRINT);
    assert_int_not_equal(table->plans[0].at_once_number, table->plans[1].at_once_number);
    assert_int_equal(table->plans[2].at_once, 0);
    assert_int_equal(table->n_at_once, 2);
    dw__route_table_free(table);
    for (unsigned i = 0; i < DW__AT_ONCE_ROUTES + 1; i++) {
        (void)snprintf(paths[i], sizeof paths[i], "/r%u", i);
        many[i] = routes[1];
        many[i].path = paths[i];
    }
    assert_int_equal(compile(&table, &full), DW_BAD_REQUEST);
    assert_non_null(strstr(why_text, "route POST /r256: .at_once counts 256 routes at most"));
}

/* What loosens a header is looked at together with its own reason, not with that of another value farther out. */
static void reasons_are_not_inherited_apart(void **state)
{
    static const char page[] =
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    static const dw_route bare[] = {
        DW_GET("/n/{id}", show, DW_ANY_USER, .csp = "default-src 'none'", .cacheable = "public, max-age=60")};
    static const dw_route none[] = {DW_GET("/n/{id}", show, DW_ANY_USER)};
    const dw_blueprint loose =
        DW_BLUEPRINT("", bare, .csp = page, .csp_why = "the blueprint's reason", .cacheable = "private",
                     .cacheable_why = "the blueprint's reason");
    const dw_blueprint both = DW_BLUEPRINT("", none, .csp = page, .csp_why = "the blueprint's reason");
    struct route_table *table;

    (void)state;
    assert_int_equal(compile(&table, &loose), DW_BAD_REQUEST);
    assert_non_null(strstr(why_text, ".csp_why"));
    assert_non_null(strstr(why_text, ".cacheable_why"));
    assert_int_equal(compile(&table, &both), DW_OK);
    assert_string_equal(table->plans[0].csp_why, "the blueprint's reason");
    dw__route_table_free(table);
}

static bool block_has(const struct header_block *block, const char *line)
{
    char text[4096];

    (void)snprintf(text, sizeof text, "%.*s", DW_FMT(block->h1));
    return strstr(text, line) != NULL;
}

static void renders_the_headers_once(void **state)
{
    struct header_blocks *blocks = dw__header_blocks_new();
    struct header_variants a, b;

    (void)state;
    dw__header_blocks_get(blocks, NULL, NULL, NULL, DW_CORP_SAME_ORIGIN, &a);
    dw__header_blocks_get(blocks, "public, max-age=60", NULL, "default-src 'self'; report-uri /r",
                          DW_CORP_CROSS_ORIGIN, &b);
    const struct header_block *json = a.block[HEADERS_JSON][0][CACHE_AS_ROUTE];
    const struct header_block *page = a.block[HEADERS_PAGE][1][CACHE_AS_ROUTE];
    assert_true(block_has(json, "X-Content-Type-Options: nosniff\r\n"));
    assert_true(block_has(json, "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"));
    assert_true(block_has(json, "Referrer-Policy: no-referrer\r\n"));
    assert_true(block_has(json, "Cache-Control: no-store\r\n"));
    assert_false(block_has(json, "Strict-Transport-Security"));
    assert_false(block_has(json, "Server:"));
    assert_true(block_has(page, "form-action 'self'; frame-ancestors 'none'\r\n"));
    assert_true(block_has(page, "Referrer-Policy: same-origin\r\n"));
    assert_true(block_has(page, "Strict-Transport-Security: max-age=63072000; includeSubDomains\r\n"));
    assert_ptr_equal(json, a.block[HEADERS_JSON][0][CACHE_NEVER]);
    assert_true(block_has(b.block[HEADERS_JSON][0][CACHE_AS_ROUTE], "Cache-Control: public, max-age=60\r\n"));
    assert_true(block_has(b.block[HEADERS_JSON][0][CACHE_NEVER], "Cache-Control: private, no-store\r\n"));
    assert_int_equal(json->n, 9);
    assert_false(block_has(page, "Report-Only"));
    assert_true(block_has(b.block[HEADERS_PAGE][0][CACHE_NEVER],
                          "Content-Security-Policy-Report-Only: default-src 'self'; report-uri /r\r\n"));
    assert_false(block_has(b.block[HEADERS_JSON][0][CACHE_NEVER], "Report-Only"));
    dw__header_blocks_free(blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_cannot_be),     cmocka_unit_test(reports_everything_at_once),
        cmocka_unit_test(wants_a_way_to_sign_in),     cmocka_unit_test(gives_each_field_one_source),
        cmocka_unit_test(inherits_the_most_specific), cmocka_unit_test(reasons_are_not_inherited_apart),
        cmocka_unit_test(counts_those_at_once),       cmocka_unit_test(renders_the_headers_once),
    };

    return cmocka_run_group_tests_name("route/plan", tests, NULL, NULL);
}
