/* test_loads.c -- loaders of a route: their order, where keys come from, and what start-up refuses, each with its sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "route/plan.h"
#include "store/sql.h"

DW_SCHEMA(card_key, (int64_t, id));
DW_SCHEMA(card, (int64_t, id), (int64_t, team_id), (dw_text, title), (int64_t, boss, .nullable = true));
DW_SCHEMA(team_key, (int64_t, team_id));
DW_SCHEMA(team, (int64_t, id), (dw_text, name));
DW_SCHEMA(text_key, (dw_text, id));
DW_SCHEMA(text_team_key, (dw_text, team_id));
DW_SCHEMA(query_key, (int64_t, id, .from_query = true));
DW_SCHEMA(spread_key, (int64_t, id), (int64_t, q, .from_query = true), (dw_text, h, .from_header = "x-h"),
          (dw_text, c, .from_cookie = "c"));
DW_SCHEMA(read_only_key, (int64_t, id, .read_only = true));
DW_SCHEMA(other_in, (int64_t, other));
DW_SCHEMA(checked_key, (int64_t, team_id));
static void check_key(const checked_key *key, dw_faults *faults)
{
    (void)key, (void)faults;
}
DW_CHECK(checked_key, check_key);

DW_QUERY(principal, dw_principal_key, dw_principal_row, "SELECT 1");
DW_QUERY(card_by_id, card_key, card, "SELECT id FROM cards WHERE id = :id AND owner = :me");
DW_QUERY(any_card, card_key, card, "SELECT id FROM cards WHERE id = :id");
DW_QUERY(card_taken, card_key, card, "DELETE FROM cards WHERE id = :id AND owner = :me RETURNING id");
DW_QUERY(team_by_id, team_key, team, "SELECT id FROM teams WHERE id = :team_id");

#define LOADS(name, Key, Record)                                         \
    static dw_err name##_fn(dw_req *req, const Key *key, Record *record) \
    {                                                                    \
        (void)req, (void)key, (void)record;                              \
        return DW_OK;                                                    \
    }
LOADS(plain, card_key, card)
LOADS(by_text, text_key, card)
LOADS(by_query, query_key, card)
LOADS(by_all, spread_key, card)
LOADS(by_read_only, read_only_key, card)
LOADS(by_team, team_key, team)
LOADS(by_text_team, text_team_key, team)
LOADS(by_checked, checked_key, team)
LOADS(free_of_key, dw_nothing, team)

static dw_err judge_card(dw_ctx *ctx, const dw_principal *who, const card *it)
{
    (void)ctx, (void)who, (void)it;
    return DW_OK;
}
DW_POLICY(judges_card, card, judge_card, "whoever the test says");
DW_POLICY(judges_oddly, card, judge_card, "whoever the test says", .refused_as = DW_CONFLICT);
static dw_err judge_team(dw_ctx *ctx, const dw_principal *who, const team *it)
{
    (void)ctx, (void)who, (void)it;
    return DW_OK;
}
DW_POLICY(judges_team, team, judge_team, "whoever the test says");

DW_LOADER(card_of_path, card_key, card, card_by_id);
DW_LOADER(taken_card, card_key, card, card_taken);
DW_LOADER(anyones_card, card_key, card, any_card);
DW_LOADER(team_of_card, team_key, team, team_by_id, .needs = DW_LOADS(card_of_path));
DW_LOADER_FN(boss_of_card, dw_nothing, team, free_of_key_fn, .needs = DW_LOADS(team_of_card, card_of_path));
DW_LOADER_FN(text_card, text_key, card, by_text_fn);
DW_LOADER_FN(query_card, query_key, card, by_query_fn);
DW_LOADER_FN(spread_card, spread_key, card, by_all_fn);
DW_LOADER_FN(read_only_card, read_only_key, card, by_read_only_fn);
DW_LOADER_FN(homeless, team_key, team, by_team_fn);
DW_LOADER_FN(two_homes, card_key, card, plain_fn, .needs = DW_LOADS(card_of_path));
DW_LOADER_FN(text_team, text_team_key, team, by_text_team_fn, .needs = DW_LOADS(card_of_path));
DW_LOADER_FN(checked_team, checked_key, team, by_checked_fn, .needs = DW_LOADS(card_of_path));
DW_LOADER_FN(wrong_policy, card_key, card, plain_fn, .policy = &judges_team);
DW_LOADER_FN(right_policy, card_key, card, plain_fn, .policy = &judges_card);

DW_LOADER_ELSEWHERE(snake, card);
DW_LOADER_FN(tail, card_key, card, plain_fn, .needs = DW_LOADS(snake));
DW_LOADER_FN(snake, card_key, card, plain_fn, .needs = DW_LOADS(tail));

static dw_err nothing(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)req, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER(nothing, dw_nothing, dw_nothing);
static dw_err of_card(dw_req *req, const card *it, const card_key *in, dw_nothing *out)
{
    (void)req, (void)it, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER_OF(of_card, card_of_path, card_key, dw_nothing);
static dw_err of_text(dw_req *req, const text_key *in, dw_nothing *out)
{
    (void)req, (void)in, (void)out;
    return DW_OK;
}
DW_HANDLER(of_text, text_key, dw_nothing);

static char why_text[4096];
static struct sql_inventory *inventory;

static dw_err compile(struct route_table **table, const dw_route *route)
{
    const dw_blueprint bp = {.prefix = "", .routes = route, .n_routes = 1, .route_size = sizeof(dw_route)};
    const dw_app app = {
        .name = "t", .principal = &principal, .blueprints = (const dw_blueprint *const[]){&bp, NULL}};
    const struct plan_defaults defaults = {.max_body = 65536, .deadline_ms = 30000, .inventory = inventory};
    struct buf why;
    dw_err err;

    dw__buf_init_fixed(&why, why_text, sizeof why_text - 1);
    err = dw__route_table_new(table, &app, &defaults, &why);
    why_text[why.n] = '\0';
    return err;
}

static void refused(dw_route route, const char *says)
{
    struct route_table *table;

    assert_int_equal(compile(&table, &route), DW_BAD_REQUEST);
    if (strstr(why_text, says) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", says, why_text);
    assert_null(table);
}

#define GET(path, handler, ...) ((dw_route)DW_GET(path, handler, DW_ANY_USER, __VA_ARGS__))

static void refuses_what_cannot_be(void **state)
{
    (void)state;
    refused(GET("/{id}", nothing, .loads = DW_LOADS(tail)), "tail: it needs itself, by way of snake");
    refused(GET("/{id}", nothing, .loads = DW_LOADS(homeless, card_of_path)),
            "homeless: field team_id of its key has no source");
    refused(GET("/{id}", nothing, .loads = DW_LOADS(taken_card)), "taken_card: its statement writes");
    refused(GET("/x", nothing, .loads = DW_LOADS(card_of_path)),
            "card_of_path: field id of its key has no source");
    refused(GET("/{id}", nothing, .loads = DW_LOADS(two_homes)),
            "two_homes: field id of its key has 2 sources");
    refused(GET("/{id}", nothing, .loads = DW_LOADS(query_card)),
            "query_card: field id of its key has 2 sources");
    refused(GET("/{id}", nothing, .loads = DW_LOADS(read_only_card)), "field id of its key is read-only");
    refused(GET("/{id}", nothing, .loads = DW_LOADS(text_team)),
            "text_team: field team_id of its key has another type than that of card_of_path");
    refused(GET("/{id}", nothing, .loads = DW_LOADS(checked_team)), "has a check (DW_CHECK)");
    refused(GET("/{id}", of_text, .loads = DW_LOADS(card_of_path)),
            "field id of its key is of another type than that of the input");
    refused(GET("/{id}", nothing, .loads = DW_LOADS(card_of_path, text_card)), "that a path can hold");
    refused(GET("/{id}/{more}", nothing, .loads = DW_LOADS(card_of_path)), "{more} is no field");
}

static void refuses_who_cannot_be_asked(void **state)
{
    static const dw_object_policy mute = {.name = "mute", .object = &card_schema, .why = "nobody can say"};
    static const dw_object_policy curt = {"curt", &card_schema, judges_card_judge, "x", DW_OK, 0};

    (void)state;
    refused(
        (dw_route)DW_GET("/{id}", nothing, DW_PUBLIC("for a test of it"), .loads = DW_LOADS(card_of_path)),
        "card_of_path: its statement card_by_id asks for :me, and anyone may use this route");
    refused((dw_route)DW_GET("/{id}", nothing, DW_PUBLIC("for a test of it"),
                             .may = DW_MAY((judges_card, anyones_card))),
            "judges_card: it judges a caller, and anyone may use this route");
    refused(GET("/{id}", nothing, .may = DW_MAY((judges_oddly, card_of_path))),
            ".refused_as is DW_DENIED or DW_NOT_FOUND");
    refused(GET("/{id}", nothing, .loads = DW_LOADS(wrong_policy)),
            "judges_team: it judges team, and wrong_policy loads card");
    refused(GET("/{id}", nothing, .may = ((const dw_may[]){{&mute, &card_of_path}, {0}})),
            "mute: there is no function");
    refused(GET("/{id}", nothing, .may = ((const dw_may[]){{&curt, &card_of_path}, {0}})),
            "curt: it needs a sentence");
    refused(GET("/{id}", nothing, .may = ((const dw_may[]){{&judges_card, NULL}, {0}})),
            "judges_card: it is said of no loader");
    refused(GET("/{id}", nothing,
                .loads = ((const dw_loader *const[]){&(const dw_loader){.name = "bare"}, NULL})),
            "bare: a loader is a statement or a function");
}

static void orders_them_by_need(void **state)
{
    const dw_route route =
        DW_GET("/{id}", nothing, DW_ANY_USER, .loads = DW_LOADS(boss_of_card, card_of_path),
               .may = DW_MAY((judges_team, team_of_card), (judges_card, right_policy)));
    struct route_table *table;

    (void)state;
    assert_int_equal(compile(&table, &route), DW_OK);
    const struct route_loads *loads = &table->plans[0].loads;
    assert_int_equal(loads->n, 4);
    assert_ptr_equal(loads->v[0].loader, &card_of_path);
    assert_ptr_equal(loads->v[1].loader, &team_of_card);
    assert_ptr_equal(loads->v[2].loader, &boss_of_card);
    assert_ptr_equal(loads->v[3].loader, &right_policy);
    assert_int_equal(loads->v[1].n_copies, 1);
    assert_int_equal(loads->v[1].copies[0].from, 0);
    assert_int_equal(loads->v[1].copies[0].source->at, offsetof(card, team_id));
    assert_int_equal(loads->v[2].copied | loads->v[2].sources.path, 0);
    /* The team's by the route; the card's by its loader and by the route. */
    assert_int_equal(loads->n_policies, 3);
    assert_int_equal(loads->policies[0].load, 1);
    assert_int_equal(loads->policies[1].load, 3);
    assert_int_equal(loads->policies[2].load, 3);
    dw__route_table_free(table);
}

static void gives_each_field_one_source(void **state)
{
    const dw_route route = DW_GET("/x/{id}", of_card, DW_ANY_USER, .loads = DW_LOADS(spread_card));
    struct route_table *table;

    (void)state;
    assert_int_equal(compile(&table, &route), DW_OK);
    const struct route_loads *loads = &table->plans[0].loads;
    assert_int_equal(loads->n, 2);
    assert_int_equal(loads->v[0].sources.path, 1);
    assert_int_equal(loads->v[0].sources.query, 2);
    assert_int_equal(loads->v[0].sources.header, 4);
    assert_int_equal(loads->v[0].sources.cookie, 8);
    assert_false(loads->v[0].with_input); /* it takes from the query, and so comes first */
    assert_true(loads->v[1].with_input);
    assert_int_equal(loads->v[1].params[0].param, 0);
    dw__route_table_free(table);
}

static void a_public_route_may_load_what_is_everyones(void **state)
{
    const dw_route route =
        DW_GET("/{id}", nothing, DW_PUBLIC("for a test of it"), .loads = DW_LOADS(anyones_card));
    struct route_table *table;

    (void)state;
    assert_int_equal(compile(&table, &route), DW_OK);
    dw__route_table_free(table);
}

static int set_up(void **state)
{
    static const dw_query *const all[] = {&principal, &card_by_id, &any_card, &team_by_id};
    struct buf why;

    (void)state;
    dw__buf_init_fixed(&why, why_text, sizeof why_text - 1);
    return dw__sql_inventory_new(&inventory, all, all + sizeof all / sizeof all[0], &why) == DW_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    dw__sql_inventory_free(inventory);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_cannot_be),
        cmocka_unit_test(refuses_who_cannot_be_asked),
        cmocka_unit_test(orders_them_by_need),
        cmocka_unit_test(gives_each_field_one_source),
        cmocka_unit_test(a_public_route_may_load_what_is_everyones),
    };

    return cmocka_run_group_tests_name("route/loads", tests, set_up, tear_down);
}
