/* What is kept with a session: by field, as the schema says, through a new id, and no longer than the session. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/session_values.h"
#include "signed_in.h"

/* ---- an application ---- */

DW_LIST(tags, dw_text, DW_LEN(1, 20));
DW_SCHEMA(place, (double, lat), (double, lon));
DW_SCHEMA(visit,
    (int64_t, basket,   DW_RANGE(0, 99), .optional = true, .nullable = true),
    (dw_text, language, DW_LEN(2, 5), DW_DEFAULT("en")),
    (dw_text, note,     DW_LEN(0, 8192), .optional = true),
    (tags,    seen,     DW_ITEMS(0, 3), .optional = true),
    (place,   where,    .optional = true)
);
DW_SESSIONS(browsers);
DW_SESSION_VALUES(kept, visit);
DW_SCHEMA(who, (dw_text, uid, DW_LEN(0, 100)));
DW_SCHEMA(rows, (int64_t, n));
DW_QUERY(count_rows, dw_nothing, rows, "SELECT count(*) AS n FROM dw_session_values");
DW_QUERY(spoil, dw_nothing, dw_nothing, "UPDATE dw_session_values SET value = '1000' WHERE name = 'basket'");
DW_QUERY(misname, dw_nothing, dw_nothing, "UPDATE dw_session_values SET name = 'gone' WHERE name = 'note'");

static dw_err sign(dw_req *req, const who *in, dw_nothing *out)
{
    (void)out;
    return dw_session_begin(req, in->uid, DW_AMR_PWD);
}
DW_HANDLER(sign, who, dw_nothing);

static dw_err turn(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)in, (void)out;
    return dw_session_rotate(req, DW_AMR_OTP);
}
DW_HANDLER(turn, dw_nothing, dw_nothing);

static dw_err leave(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)in, (void)out;
    return dw_session_end(req);
}
DW_HANDLER(leave, dw_nothing, dw_nothing);

static dw_err get(dw_req *req, const dw_nothing *in, visit *out)
{
    (void)in;
    return DW_SESSION_GET(req, visit, out);
}
DW_HANDLER(get, dw_nothing, visit);

/* What the test says is to be written. */
static visit change;

static dw_err set(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)in, (void)out;
    return DW_SESSION_SET(req, visit, &change);
}
DW_HANDLER(set, dw_nothing, dw_nothing);

/* The session of the request ends under its hands. */
static dw_err set_late(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    visit seen;
    dw_err err = DW_SESSION_GET(req, visit, &seen);

    if (err == DW_OK)
        err = dw_sessions_end_all(dw_req_ctx(req), DW_TEXT("ann"), NULL);
    return err == DW_OK ? set(req, in, out) : err;
}
DW_HANDLER(set_late, dw_nothing, dw_nothing);

static dw_err get_another(dw_req *req, const dw_nothing *in, place *out)
{
    (void)in;
    return DW_SESSION_GET(req, place, out);
}
DW_HANDLER(get_another, dw_nothing, place);

#define FOR_TESTS DW_PUBLIC("for the test"), .csrf_exempt = "for the test"
static const dw_route routes[] = {
    DW_POST("/in", sign, DW_PUBLIC("for the test"), .signs_in = true, .status = 204),
    DW_POST("/turn", turn, FOR_TESTS, .status = 204),
    DW_POST("/out", leave, FOR_TESTS, .status = 204),
    DW_GET("/get", get, DW_PUBLIC("for the test")),
    DW_GET("/get/another", get_another, DW_PUBLIC("for the test")),
    DW_POST("/set", set, FOR_TESTS, .status = 204),
    DW_POST("/set/late", set_late, FOR_TESTS, .status = 204),
};
static const dw_blueprint v1 = DW_BLUEPRINT("", routes, .by = DW_SESSION);
static const dw_app app = {
    .name = "trial",
    .version = "1",
    .principal = &signed_in_account,
    .sessions = &browsers,
    .session_values = &kept,
    .migrations = signed_in_migrations,
    .blueprints = (const dw_blueprint *const[]){&v1, NULL},
};

static dw_test *t;
static const char *ann;

static const char *sign_in(const char *uid)
{
    return signed_in_cookie(
        t, signed_in_ask(t, NULL, "POST", "/in", dw_test_format(t, "{\"uid\":\"%s\"}", uid)));
}

static int begin(void **state)
{
    (void)state;
    t = dw_test_new(&app);
    dw_test_clock(t, NOON);
    ann = sign_in("ann");
    assert_non_null(ann);
    return 0;
}

static int end(void **state)
{
    (void)state;
    dw_test_free(t);
    return 0;
}

/* ---- words ---- */

static int write_as(const char *id, visit value)
{
    change = value;
    return signed_in_ask(t, id, "POST", "/set", NULL)->status;
}

static int put(visit value)
{
    return write_as(ann, value);
}

/* What `id` has is that JSON. */
static void has(const char *id, const char *json)
{
    const dw_test_reply *reply = signed_in_ask(t, id, "GET", "/get", NULL);

    DW_TEST_STATUS(t, 200);
    DW_TEST_THAT(t, dw_text_eq(reply->body, (dw_text){json, strlen(json)}));
}

static int64_t count(void)
{
    rows out;

    assert_int_equal(DW_ONE(dw_test_ctx(t), count_rows, &(dw_nothing){0}, &out), DW_OK);
    return out.n;
}

#define BASKET(n)                         \
    (visit)                               \
    {                                     \
        .basket = (n), .has.basket = true \
    }
#define LANGUAGE(text)                                       \
    (visit)                                                  \
    {                                                        \
        .language = DW_TEXT_INIT(text), .has.language = true \
    }

/* ---- what holds ---- */

static void nothing_is_there_at_first(void **state)
{
    (void)state;
    has(ann, "{\"language\":\"en\"}");
    assert_int_equal(count(), 0);
}

static void each_field_is_written_by_itself(void **state)
{
    (void)state;
    assert_int_equal(put(BASKET(3)), 204);
    assert_int_equal(put(LANGUAGE("de")), 204);
    has(ann, "{\"basket\":3,\"language\":\"de\"}");
    assert_int_equal(put(BASKET(4)), 204);
    has(ann, "{\"basket\":4,\"language\":\"de\"}");
    assert_int_equal(count(), 2);
    assert_int_equal(put((visit){0}), 204);
    has(ann, "{\"basket\":4,\"language\":\"de\"}");
}

static void all_types_come_back(void **state)
{
    const dw_text words[] = {DW_TEXT_INIT("a"), DW_TEXT_INIT("\xc3\xa9\"\\\n")};

    (void)state;
    assert_int_equal(put((visit){.seen = {words, 2},
                                 .where = {.lat = 50.5, .lon = -0.25},
                                 .note = DW_TEXT_INIT(""),
                                 .has = {.seen = true, .where = true, .note = true}}),
                     204);
    has(ann, "{\"language\":\"en\",\"note\":\"\",\"seen\":[\"a\",\"\xc3\xa9\\\"\\\\\\n\"],"
             "\"where\":{\"lat\":50.5,\"lon\":-0.25}}");
}

static void null_takes_away(void **state)
{
    (void)state;
    assert_int_equal(put(BASKET(3)), 204);
    assert_int_equal(put((visit){.null.basket = true}), 204);
    has(ann, "{\"language\":\"en\"}");
    assert_int_equal(count(), 0);
}

static void another_session_has_its_own(void **state)
{
    const char *too = sign_in("ann"), *bob = sign_in("bob");

    (void)state;
    assert_int_equal(put(BASKET(3)), 204);
    assert_int_equal(write_as(bob, BASKET(7)), 204);
    has(ann, "{\"basket\":3,\"language\":\"en\"}");
    has(too, "{\"language\":\"en\"}");
    has(bob, "{\"basket\":7,\"language\":\"en\"}");
    signed_in_ask(t, NULL, "GET", "/get", NULL);
    DW_TEST_STATUS(t, 401);
    assert_int_equal(write_as(NULL, BASKET(1)), 401);
}

static void they_stay_with_a_new_id_and_end_with_the_session(void **state)
{
    const dw_test_reply *reply;
    const char *next;

    (void)state;
    assert_int_equal(put(BASKET(3)), 204);
    reply = signed_in_ask(t, ann, "POST", "/turn", NULL);
    next = signed_in_cookie(t, reply);
    assert_non_null(next);
    has(next, "{\"basket\":3,\"language\":\"en\"}");
    signed_in_ask(t, next, "POST", "/out", NULL);
    DW_TEST_STATUS(t, 204);
    assert_int_equal(count(), 0);
}

static void a_session_that_has_just_ended_keeps_nothing(void **state)
{
    (void)state;
    change = BASKET(1);
    signed_in_ask(t, ann, "POST", "/set/late", NULL);
    DW_TEST_STATUS(t, 401);
    assert_int_equal(count(), 0);
}

static void what_breaks_a_rule_is_not_written(void **state)
{
    char text[5000];

    (void)state;
    memset(text, 'x', sizeof text);
    assert_int_equal(put((visit){.basket = 100,
                                 .language = DW_TEXT_INIT("de"),
                                 .has = {.basket = true, .language = true}}),
                     422);
    assert_int_equal(put(LANGUAGE("x")), 422);
    assert_int_equal(put((visit){.note = {text, DW_SESSION_VALUE_MAX - 1}, .has.note = true}), 422);
    assert_int_equal(count(), 0);
    assert_int_equal(put((visit){.note = {text, DW_SESSION_VALUE_MAX - 2}, .has.note = true}), 204);
    assert_int_equal(count(), 1);
}

/* A schema that was changed since, or another hand. */
static void what_the_schema_does_not_take_is_passed_over(void **state)
{
    (void)state;
    assert_int_equal(
        put((visit){.basket = 3, .note = DW_TEXT_INIT("x"), .has = {.basket = true, .note = true}}), 204);
    assert_int_equal(DW_EXEC(dw_test_ctx(t), spoil, &(dw_nothing){0}, NULL), DW_OK);
    assert_int_equal(DW_EXEC(dw_test_ctx(t), misname, &(dw_nothing){0}, NULL), DW_OK);
    has(ann, "{\"language\":\"en\"}");
    assert_int_equal(dw_test_logged(t, "session.value_dropped"), 2);
}

static void another_schema_is_a_mistake(void **state)
{
    (void)state;
    signed_in_ask(t, ann, "GET", "/get/another", NULL);
    DW_TEST_STATUS(t, 500);
}

/* ---- at start-up ---- */

DW_SCHEMA(must, (int64_t, n));
DW_SCHEMA(hidden, (dw_secret, word, .optional = true));
DW_SCHEMA(unseen, (dw_text, word, .optional = true, .write_only = true));
DW_SCHEMA(part, (int64_t, n, .optional = true));
DW_SCHEMA(flat, (part, part, .flat = true));
DW_SCHEMA(judged, (int64_t, n, .optional = true));
static void judge(const judged *value, dw_faults *faults)
{
    (void)value, (void)faults;
}
DW_CHECK(judged, judge);

static void what_cannot_be_kept_stops_the_start(void **state)
{
    static const struct {
        const dw_schema *schema;
        const char *says;
    } rows_[] = {
        {&must_schema, "must.n is neither .optional nor has it a default"},
        {&hidden_schema, "hidden has a dw_secret"},
        {&unseen_schema, "unseen.word is write-only"},
        {&flat_schema, "flat has a flat part"},
        {&judged_schema, "judged has a DW_CHECK"},
        {&dw_text_schema, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows_ / sizeof rows_[0]; i++) {
        const dw_session_values wrong = {kept.get, kept.put, kept.drop, rows_[i].schema};
        struct session_values *made;
        struct arena arena;
        struct buf why;

        dw__arena_init(&arena, NULL, 1 << 16);
        dw__buf_init(&why, &arena, 4096);
        assert_true(dw__session_values_new(&made, &wrong, &why) != DW_OK);
        assert_null(made);
        if (why.n == 0 || memmem(why.p, why.n, rows_[i].says, strlen(rows_[i].says)) == NULL)
            fail_msg("%.*s", (int)why.n, why.p);
        dw__arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_there_at_first, begin, end),
        cmocka_unit_test_setup_teardown(each_field_is_written_by_itself, begin, end),
        cmocka_unit_test_setup_teardown(all_types_come_back, begin, end),
        cmocka_unit_test_setup_teardown(null_takes_away, begin, end),
        cmocka_unit_test_setup_teardown(another_session_has_its_own, begin, end),
        cmocka_unit_test_setup_teardown(they_stay_with_a_new_id_and_end_with_the_session, begin, end),
        cmocka_unit_test_setup_teardown(a_session_that_has_just_ended_keeps_nothing, begin, end),
        cmocka_unit_test_setup_teardown(what_breaks_a_rule_is_not_written, begin, end),
        cmocka_unit_test_setup_teardown(what_the_schema_does_not_take_is_passed_over, begin, end),
        cmocka_unit_test_setup_teardown(another_schema_is_a_mistake, begin, end),
        cmocka_unit_test(what_cannot_be_kept_stops_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
