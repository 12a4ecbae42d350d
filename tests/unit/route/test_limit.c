/* What tables and settings say of limits: what start-up refuses, what replaces what, and what replies will call it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "route/plan.h"

static dw_err nothing(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)req, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER(nothing, dw_nothing, dw_nothing);

DW_SCHEMA(visit,
    (dw_text, name),
    (dw_email, mail, .optional = true, .wire = "e-mail"),
    (int64_t, times, .optional = true),
    (dw_text, seen, .read_only = true)
);

static dw_err come(dw_req *req, const visit *in, dw_nothing *out)
{
    (void)req, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER(come, visit, dw_nothing);

#define BY_NAME(...) ((dw_route)DW_POST("/n", come, DW_PUBLIC("for a test"), .rate = "5/minute", __VA_ARGS__))

static dw_text who(dw_req *req)
{
    (void)req;
    return DW_TEXT("me");
}

static uint32_t two(dw_req *req)
{
    (void)req;
    return 2;
}

static char why_text[4096];

/* The application's own settings: two, of which one is given. */
static int own_setting(const void *own, dw_text name, dw_text *text)
{
    (void)own;
    *text = dw__text_is(name, "GIVEN") ? DW_TEXT("7/hour") : (dw_text){NULL, 0};
    return dw__text_is(name, "GIVEN") || dw__text_is(name, "NOT_GIVEN");
}

static dw_err compile(struct route_table **table, dw_app app, const dw_blueprint *bp,
                      struct plan_defaults defaults)
{
    struct buf why;
    dw_err err;

    app.name = "t";
    app.blueprints = (const dw_blueprint *const[]){bp, NULL};
    defaults.max_body = 65536;
    defaults.deadline_ms = 30000;
    defaults.own_setting = own_setting;
    dw__buf_init_fixed(&why, why_text, sizeof why_text - 1);
    err = dw__route_table_new(table, &app, &defaults, &why);
    why_text[why.n] = '\0';
    return err;
}

static void refused(dw_route route, const char *says)
{
    const dw_blueprint bp = {.prefix = "/v1", .routes = &route, .n_routes = 1, .route_size = sizeof route};
    struct route_table *table;

    assert_int_equal(compile(&table, (dw_app){0}, &bp, (struct plan_defaults){0}), DW_BAD_REQUEST);
    if (strstr(why_text, says) == NULL)
        fail_msg("'%s' is not in '%s'", says, why_text);
}

#define BLUEPRINT_OF(route)                                                             \
    {                                                                                   \
        .prefix = "/v1", .routes = &(route), .n_routes = 1, .route_size = sizeof(route) \
    }
#define ROUTE(...) ((dw_route)DW_GET("/n", nothing, DW_PUBLIC("for a test"), __VA_ARGS__))

static void refuses_what_cannot_be(void **state)
{
    (void)state;
    refused(ROUTE(.rate = "5/week"), ".rate \"5/week\" cannot be read at its byte 3");
    refused(ROUTE(.rate = ""), "cannot be read at its byte 1");
    refused(ROUTE(.rate = "5/minute", .rate_by = (dw_rate_by)9), ".rate_by is none");
    refused(ROUTE(.rate = "5/minute", .rate_strategy = (dw_rate_strategy)9), ".rate_strategy is none");
    refused(ROUTE(.rate = "5/minute; 1/second", .rate_cost = 2), ".rate_cost is more than the limit");
    refused(ROUTE(.rate = "5/minute", .rate_on = 1), ".rate_on is made of");
    refused(ROUTE(.rate = "5/minute", .rate_meta = "often"), ".rate_meta \"often\"");
    refused(ROUTE(.rate = "5/minute", .rate_meta = "1/minute; 2/hour"), ".rate_meta");
    refused(ROUTE(.rate = "129/minute", .rate_strategy = DW_RATE_MOVING_WINDOW), "128 at most");
    refused(ROUTE(.rate = "5/minute", .rate_setting = "NOWHERE"), "\"NOWHERE\" is none of the application's");
    refused(ROUTE(.rate_setting = "GIVEN"), ".rate_setting replaces a .rate");
    refused(ROUTE(.rate_cost = 2), "there is none");
    refused(ROUTE(.rate_cost_of = two), "there is none");
    refused(ROUTE(.rate_on = DW_RATE_ON_4XX), "there is none");
    refused(ROUTE(.rate_meta = "2/minute"), "there is none");
    refused(ROUTE(.rate_shared = "s"), ".rate_shared");
    refused(ROUTE(.rate_by_field = "name"), "there is none");
    refused(ROUTE(.rate = "5/minute", .rate_by_field = "name"),
            "DW_FIELD(dw_nothing, …), a field that clients send, and name is none");
    refused(BY_NAME(.rate_by_field = DW_FIELD(visit, times)), "a dw_text or a dw_email");
    refused(BY_NAME(.rate_by_field = DW_FIELD(visit, seen)), "and seen is none");
    refused(BY_NAME(.rate_by_field = DW_FIELD(visit, name), .rate_by = DW_RATE_BY_ADDRESS), "keep one");
    refused(BY_NAME(.rate_by_field = DW_FIELD(visit, name), .rate_key = who), "keep one");
    refused(ROUTE(.no_rate = "there is none anyway"), ".no_rate");
}

/* A reason that is none: seven characters are refused where eight are taken. */
static void to_be_without_takes_a_reason(void **state)
{
    const dw_route seven = ROUTE(.no_rate = "because"), eight = ROUTE(.no_rate = "it waits");
    const dw_blueprint one = BLUEPRINT_OF(seven), other = BLUEPRINT_OF(eight);
    struct route_table *table;

    (void)state;
    assert_int_equal(compile(&table, (dw_app){.rate = "9/second"}, &one, (struct plan_defaults){0}),
                     DW_BAD_REQUEST);
    assert_string_equal(why_text, "route GET /v1/n: .no_rate needs a reason of at least 8 characters\n");
    assert_int_equal(compile(&table, (dw_app){.rate = "9/second"}, &other, (struct plan_defaults){0}), DW_OK);
    assert_int_equal(table->plans[0].limit.n, 0);
    dw__route_table_free(table);
}

static const dw_route routes[] = {
    DW_GET("/own", nothing, DW_PUBLIC("for a test"), .rate = "3/minute; 5 per 2 hours", .rate_cost = 2,
           .rate_strategy = DW_RATE_MOVING_WINDOW, .rate_meta = "2/day", .rate_on = DW_RATE_ON_401),
    DW_GET("/given", nothing, DW_PUBLIC("for a test"), .rate = "3/minute", .rate_setting = "GIVEN"),
    DW_GET("/not-given", nothing, DW_PUBLIC("for a test"), .rate = "3/minute", .rate_setting = "NOT_GIVEN"),
    DW_GET("/inherited", nothing, DW_PUBLIC("for a test")),
    DW_GET("/none", nothing, DW_PUBLIC("for a test"), .no_rate = "to be without"),
    DW_GET("/s1", nothing, DW_PUBLIC("for a test"), .rate = "1/minute", .rate_shared = "s"),
    DW_GET("/s2", nothing, DW_PUBLIC("for a test"), .rate = "1/minute", .rate_shared = "s"),
    DW_GET("/s3", nothing, DW_PUBLIC("for a test"), .rate = "1/minute", .rate_shared = "s",
           .rate_strategy = DW_RATE_FIXED_WINDOW),
};
enum { OWN, GIVEN, NOT_GIVEN, INHERITED, NONE, S1, S2, S3 };
static const dw_blueprint bp = DW_BLUEPRINT("/v1", routes);

static void says_what_holds(void **state)
{
    struct route_table *table;
    const struct route_plan *plans;
    const struct plan_limit *own;

    (void)state;
    assert_int_equal(compile(&table, (dw_app){.rate = "9/second", .rate_global = "100/minute"}, &bp,
                             (struct plan_defaults){0}),
                     DW_OK);
    plans = table->plans;
    own = &plans[OWN].limit;
    assert_int_equal(own->n, 2);
    assert_int_equal(own->strategy, DW_RATE_MOVING_WINDOW);
    assert_int_equal(own->cost, 2);
    assert_int_equal(own->on, DW_RATE_ON_401);
    assert_int_equal(own->meta.count, 2);
    assert_int_equal(own->meta.seconds, 86400);
    assert_string_equal(own->names[1], "\"5/7200s\"");
    assert_string_equal(own->policy,
                        "\"3/60s\";q=3;w=60, \"5/7200s\";q=5;w=7200, \"breaches:2/86400s\";q=2;w=86400");
    assert_int_equal(plans[GIVEN].limit.rates[0].count, 7);
    assert_string_equal(plans[GIVEN].limit.setting, "GIVEN");
    assert_int_equal(plans[NOT_GIVEN].limit.rates[0].count, 3);
    assert_null(plans[NOT_GIVEN].limit.setting);
    assert_int_equal(plans[INHERITED].limit.rates[0].count, 9);
    assert_int_equal(plans[NONE].limit.n, 0);
    assert_true(plans[S1].limit.identity == plans[S2].limit.identity);
    assert_true(plans[S1].limit.identity != plans[S3].limit.identity);
    assert_int_equal(table->global.rates[0].count, 100);
    assert_string_equal(table->global.policy, "\"global:100/60s\";q=100;w=60");
    assert_true(plans[NONE].limited_globally);
    dw__route_table_free(table);
}

static void settings_replace_tables(void **state)
{
    const struct plan_defaults defaults = {.rate_global = DW_TEXT_INIT("8/minute"),
                                           .rate_default = DW_TEXT_INIT("4/day; 2/hour")};
    const dw_blueprint with = DW_BLUEPRINT("/v1", routes, .rate = "6/minute");
    struct route_table *table;

    (void)state;
    assert_int_equal(
        compile(&table, (dw_app){.rate = "9/second", .rate_global = "100/minute"}, &bp, defaults), DW_OK);
    assert_int_equal(table->global.rates[0].count, 8);
    assert_int_equal(table->plans[INHERITED].limit.n, 2);
    assert_int_equal(table->plans[INHERITED].limit.rates[0].count, 4);
    assert_string_equal(table->plans[INHERITED].limit.setting, "RATE_LIMIT_DEFAULT");
    assert_int_equal(table->plans[OWN].limit.rates[0].count, 3);
    assert_int_equal(table->plans[NONE].limit.n, 0);
    dw__route_table_free(table);
    /* Also where the application says nothing; but not in place of a blueprint's. */
    assert_int_equal(compile(&table, (dw_app){0}, &with, defaults), DW_OK);
    assert_int_equal(table->plans[INHERITED].limit.rates[0].count, 6);
    dw__route_table_free(table);
}

static dw_err compile_global(struct route_table **table, dw_app app, const char *setting)
{
    app.rate = "9/second";
    return compile(
        table, app, &bp,
        (struct plan_defaults){.rate_global = setting != NULL ? dw__text_of(setting) : (dw_text){NULL, 0}});
}

/* Who says nothing has a limit of all requests; who wants none says why, and a setting holds all the same. */
static void a_limit_of_all_requests(void **state)
{
    struct route_table *table;

    (void)state;
    assert_int_equal(compile_global(&table, (dw_app){0}, NULL), DW_OK);
    assert_string_equal(table->global.policy, "\"global:10000/60s\";q=10000;w=60");
    assert_int_equal(table->global.by, DW_RATE_BY_ADDRESS);
    assert_true(table->plans[NONE].limited_globally);
    dw__route_table_free(table);

    assert_int_equal(compile_global(&table, (dw_app){.no_rate_global = "for a test"}, NULL), DW_OK);
    assert_int_equal(table->global.n, 0);
    assert_string_equal(table->global.why_not, "for a test");
    assert_false(table->plans[NONE].limited_globally);
    dw__route_table_free(table);

    assert_int_equal(compile_global(&table, (dw_app){.no_rate_global = "for a test"}, "8/minute"), DW_OK);
    assert_int_equal(table->global.rates[0].count, 8);
    assert_null(table->global.why_not);
    dw__route_table_free(table);

    assert_int_equal(compile_global(&table, (dw_app){.no_rate_global = "a fault"}, NULL), DW_BAD_REQUEST);
    assert_string_equal(why_text, "dw_app.no_rate_global needs a reason of at least 8 characters\n");
    assert_int_equal(
        compile_global(&table, (dw_app){.rate_global = "9/hour", .no_rate_global = "for a test"}, NULL),
        DW_BAD_REQUEST);
    assert_non_null(strstr(why_text, "there is no .rate_global, and there is one"));
}

static void counts_by_a_field(void **state)
{
    const dw_route by[] = {BY_NAME(.rate_by_field = DW_FIELD(visit, mail)), BY_NAME(.status = 200)};
    const dw_blueprint blueprint = {.prefix = "/v1", .routes = by, .n_routes = 1, .route_size = sizeof by[0]};
    struct route_table *table;

    (void)state;
    assert_int_equal(compile(&table, (dw_app){0}, &blueprint, (struct plan_defaults){0}), DW_OK);
    assert_string_equal(table->plans[0].limit.field->c_name, "mail");
    dw__route_table_free(table);
    assert_int_equal(
        compile(&table, (dw_app){0},
                &(dw_blueprint){.prefix = "/v1", .routes = by + 1, .n_routes = 1, .route_size = sizeof by[0]},
                (struct plan_defaults){0}),
        DW_OK);
    assert_null(table->plans[0].limit.field);
    dw__route_table_free(table);
}

/* RATE_LIMIT_SCALE: of each limit, wherever it stands; where there cannot be so many, in less time. */
static void a_scale_is_of_all(void **state)
{
    const struct plan_defaults defaults = {.rate_scale = 1000};
    struct route_table *table;

    (void)state;
    assert_int_equal(
        compile(&table, (dw_app){.rate = "9999/second", .rate_global = "100/minute"}, &bp, defaults), DW_OK);
    assert_int_equal(table->global.rates[0].count, 100000);
    assert_string_equal(table->global.policy, "\"global:100000/60s\";q=100000;w=60");
    assert_int_equal(table->plans[INHERITED].limit.rates[0].count, 1000000);
    assert_int_equal(table->plans[INHERITED].limit.rates[0].seconds, 1);
    assert_int_equal(table->plans[GIVEN].limit.rates[0].count, 7000);
    assert_int_equal(table->plans[OWN].limit.rates[0].count, DW__RATE_MOVING_MAX);
    assert_int_equal(table->plans[OWN].limit.rates[0].seconds, 2); /* … of the 60, as 128 of the 3000 */
    assert_int_equal(table->plans[OWN].limit.rates[1].seconds, 184);
    assert_int_equal(table->plans[S1].limit.rates[0].count, 1000);
    dw__route_table_free(table);
}

/* Each would undo what the other has counted. */
static void what_is_shared_is_the_same(void **state)
{
    static const dw_route same[] = {
        DW_GET("/a", nothing, DW_PUBLIC("for a test"), .rate = "5/minute", .rate_shared = "x"),
        DW_GET("/b", nothing, DW_PUBLIC("for a test"), .rate = "5 per 60 seconds", .rate_shared = "x"),
        DW_GET("/c", nothing, DW_PUBLIC("for a test"), .rate = "100/hour", .rate_shared = "y"),
        DW_GET("/d", nothing, DW_PUBLIC("for a test"), .rate = "100/hour", .rate_shared = "x"),
    };
    struct route_table *table;

    (void)state;
    for (size_t n = 1; n <= 4; n++) {
        const dw_blueprint one = {
            .prefix = "/v1", .routes = same, .n_routes = n, .route_size = sizeof same[0]};

        assert_int_equal(compile(&table, (dw_app){0}, &one, (struct plan_defaults){0}),
                         n < 4 ? DW_OK : DW_BAD_REQUEST);
        dw__route_table_free(table);
    }
    assert_string_equal(
        why_text,
        "route GET /v1/d: .rate_shared \"x\" is also that of another .rate (GET /v1/a): each would undo "
        "the other's count\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_cannot_be),  cmocka_unit_test(to_be_without_takes_a_reason),
        cmocka_unit_test(says_what_holds),         cmocka_unit_test(settings_replace_tables),
        cmocka_unit_test(a_limit_of_all_requests), cmocka_unit_test(counts_by_a_field),
        cmocka_unit_test(a_scale_is_of_all),       cmocka_unit_test(what_is_shared_is_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
