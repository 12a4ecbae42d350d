/* Rules for other origins: what start-up refuses, which rule counts, what a preflight may list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "route/plan.h"

DW_SCHEMA(ok_out, (bool, ok));
static dw_err ok(dw_req *req, const dw_nothing *in, ok_out *out)
{
    (void)req, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER(ok, dw_nothing, ok_out);

#define OPEN DW_PUBLIC("for a test of it")

static char why_text[4096];

/* With CORS_ORIGINS of `origins`, ended by an empty text. */
static dw_err compile(struct route_table **table, const dw_app *app, const dw_text *origins)
{
    struct plan_defaults defaults = {
        .max_body = 65536, .deadline_ms = 30000, .cors_origins = origins, .cors_max_age_s = 600};
    struct buf why;
    dw_err err;

    while (origins != NULL && origins[defaults.n_cors_origins].n > 0)
        defaults.n_cors_origins++;
    dw__buf_init_fixed(&why, why_text, sizeof why_text - 1);
    err = dw__route_table_new(table, app, &defaults, &why);
    why_text[why.n] = '\0';
    return err;
}

static dw_err compile_one(struct route_table **table, const dw_cors *cors, const char *of_setting)
{
    const dw_route routes[] = {DW_GET("/a", ok, OPEN, .cors = cors)};
    const dw_blueprint bp = DW_BLUEPRINT("", routes);
    const dw_app app = {.name = "t", .blueprints = (const dw_blueprint *const[]){&bp, NULL}};
    const dw_text origins[] = {dw__text_of(of_setting != NULL ? of_setting : ""), {NULL, 0}};

    return compile(table, &app, origins);
}

static void refused(dw_cors cors, const char *of_setting, const char *says)
{
    struct route_table *table;

    assert_int_equal(compile_one(&table, &cors, of_setting), DW_BAD_REQUEST);
    if (strstr(why_text, says) == NULL || strstr(why_text, "route GET /a: .cors ") == NULL)
        fail_msg("'%s' is not in '%s'", says, why_text);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    refused((dw_cors){.why = "short", .listed = {.origins = DW_ORIGINS("https://a.example")}}, NULL,
            "at least 8");
    refused((dw_cors){.listed = {.origins = DW_ORIGINS("https://a.example")}}, NULL, "at least 8");
    refused((dw_cors)DW_CORS("for a test", .origins = DW_ORIGINS("*"), .credentials = true), NULL,
            "with .credentials");
    refused((dw_cors)DW_CORS("for a test", .credentials = true), "*", "name the origins in CORS_ORIGINS");
    refused((dw_cors){.why = "for a test", .listed.credentials = true, .any._ = true}, NULL,
            "with .credentials");
    refused((dw_cors)DW_CORS("for a test", .origins = DW_ORIGINS("null")), NULL, "null");
    refused((dw_cors)DW_CORS("for a test", .origins = DW_ORIGINS("https://a.example", "https://b.example/")),
            NULL, "'https://b.example/'");
    refused((dw_cors)DW_CORS("for a test", .origins = DW_ORIGINS("https://*.co.uk")), NULL, "public suffix");
    refused((dw_cors)DW_CORS("for a test", .origins = DW_ORIGINS("https://a.example", "*")), NULL,
            "'*' and others");
    refused((dw_cors)DW_CORS("for a test", .headers = "Authorization"), NULL, ".headers");
    refused((dw_cors)DW_CORS("for a test", .headers = "*"), NULL, ".headers");
    refused((dw_cors)DW_CORS("for a test", .headers = "a,"), NULL, ".headers");
    refused((dw_cors)DW_CORS("for a test", .headers = "a\r\nb"), NULL, ".headers");
    refused((dw_cors)DW_CORS("for a test", .expose = "x y"), NULL, ".expose");
    refused((dw_cors)DW_CORS_ANY("for a test", .expose = "*"), NULL, ".expose");
    refused((dw_cors)DW_CORS("for a test", .private_network = "short"), NULL, ".private_network needs");
    refused((dw_cors)DW_CORS("for a test", .private_network = "in the same building"), "*",
            "private network");
}

static void test_what_is_taken(void **state)
{
    static const dw_cors listed =
        DW_CORS("for a test", .headers = " authorization ,content-type", .credentials = true);
    static const dw_cors open = DW_CORS("for a test");
    struct route_table *table;

    (void)state;
    assert_int_equal(compile_one(&table, &listed, NULL), DW_OK);
    assert_true(dw__text_is(table->plans[0].cors->headers, "authorization, content-type"));
    assert_true(dw__text_is(table->plans[0].cors_methods, "GET"));
    assert_true(dw__text_is(table->cors.max_age, "600"));
    assert_false(dw__cors_allows(table->plans[0].cors, DW_TEXT("https://a.example")));
    assert_false(dw__cors_allows(table->plans[0].cors, (dw_text){NULL, 0}));
    dw__route_table_free(table);
    assert_int_equal(compile_one(&table, &listed, "https://a.example"), DW_OK);
    assert_true(dw__cors_allows(table->plans[0].cors, DW_TEXT("https://a.example")));
    assert_false(dw__cors_allows(table->plans[0].cors, DW_TEXT("null")));
    assert_false(dw__cors_allows(table->plans[0].cors, DW_TEXT("")));
    dw__route_table_free(table);
    assert_int_equal(compile_one(&table, &open, "*"), DW_OK);
    assert_true(table->plans[0].cors->any);
    dw__route_table_free(table);
}

static const struct route_plan *plan_of(const struct route_table *table, const char *method, const char *path)
{
    for (size_t i = 0; i < table->n_plans; i++)
        if (strcmp(table->plans[i].method, method) == 0 &&
            dw__text_eq(table->plans[i].pattern, dw__text_of(path)))
            return &table->plans[i];
    fail_msg("no route %s %s", method, path);
    return NULL;
}

static const dw_cors for_app = DW_CORS_ANY("of the application"),
                     of_blueprint = DW_CORS_ANY("of the blueprint"), of_route = DW_CORS_ANY("of the route");
static const dw_route all_routes[] = {
    DW_GET("/a", ok, OPEN),
    DW_PUT("/a", ok, OPEN),
    DW_POST("/a", ok, OPEN, .cors = &of_route),
    DW_DELETE("/a", ok, OPEN, .cors = DW_NO_CORS),
    DW_PATCH("/a", ok, OPEN, .cors = &of_route),
};
static const dw_blueprint with = DW_BLUEPRINT("/v1", all_routes, .cors = &of_blueprint),
                          deeper = DW_BLUEPRINT("/v1/deeper", all_routes, .cors = DW_NO_CORS),
                          without = DW_BLUEPRINT("/v2", all_routes);

static void test_the_closest_counts(void **state)
{
    static const struct {
        const char *path;
        const dw_cors *cors;
    } scopes[] = {
        {"/", &for_app},         {"/v1", &of_blueprint}, {"/v1/x", &of_blueprint},
        {"/v1/", &of_blueprint}, {"/v1x", &for_app},     {"/V1/x", &for_app},
        {"/v1/deeper", NULL},    {"/v1/deeper/x", NULL}, {"/v1/deeperx", &of_blueprint},
        {"/v2/x", &for_app},     {"/x/v1", &for_app},
    };
    const dw_app app = {.name = "t",
                        .cors = &for_app,
                        .blueprints = (const dw_blueprint *const[]){&with, &deeper, &without, NULL}};
    struct route_table *table;

    (void)state;
    assert_int_equal(compile(&table, &app, NULL), DW_OK);
    assert_ptr_equal(plan_of(table, "GET", "/v1/a")->cors->said, &of_blueprint);
    assert_ptr_equal(plan_of(table, "POST", "/v1/a")->cors->said, &of_route);
    assert_ptr_equal(plan_of(table, "GET", "/v2/a")->cors->said, &for_app);
    assert_null(plan_of(table, "DELETE", "/v1/a")->cors);
    assert_null(plan_of(table, "GET", "/v1/deeper/a")->cors);
    assert_true(dw__text_is(plan_of(table, "GET", "/v1/a")->cors_methods, "GET, PUT"));
    assert_true(dw__text_is(plan_of(table, "POST", "/v1/a")->cors_methods, "POST, PATCH"));
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
        const struct cors *cors = dw__cors_scope(&table->cors, dw__text_of(scopes[i].path));

        if ((cors != NULL ? cors->said : NULL) != scopes[i].cors)
            fail_msg("%s", scopes[i].path);
    }
    dw__route_table_free(table);
}

/* The framework's own routes are opened to nobody by what the application says of its own. */
static void test_not_the_frameworks(void **state)
{
    static const dw_cors of_app = DW_CORS_ANY("of the application");
    static const dw_route routes[] = {DW_GET("/a", ok, OPEN)}, own_routes[] = {DW_GET("/docs", ok, OPEN)};
    static const dw_blueprint bp = DW_BLUEPRINT("", routes), own = DW_BLUEPRINT("", own_routes);
    const dw_app app = {.name = "t", .cors = &of_app, .blueprints = (const dw_blueprint *const[]){&bp, NULL}};
    const struct plan_defaults defaults = {.max_body = 1, .deadline_ms = 1, .own = &own};
    struct route_table *table;
    struct buf why;

    (void)state;
    dw__buf_init_fixed(&why, why_text, sizeof why_text);
    assert_int_equal(dw__route_table_new(&table, &app, &defaults, &why), DW_OK);
    assert_non_null(plan_of(table, "GET", "/a")->cors);
    assert_null(plan_of(table, "GET", "/docs")->cors);
    dw__route_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_what_is_taken),
        cmocka_unit_test(test_the_closest_counts),
        cmocka_unit_test(test_not_the_frameworks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
