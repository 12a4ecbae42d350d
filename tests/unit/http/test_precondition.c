/* Conditions on tags and dates, and which of them comes first (RFC 9110 §13.2.2). Lists of tags are in test_reply.c. */
#include "reply_fixture.h"

#include "http/precondition.h"

#define HOUR_AGO (NOW - 3600)
#define BEFORE "Sun, 06 Nov 1994 07:49:36 GMT"
#define SAME "Sun, 06 Nov 1994 07:49:37 GMT"
#define AFTER "Sun, 06 Nov 1994 07:49:38 GMT"

static const dw_validators both = {DW_TEXT_INIT("v1"), HOUR_AGO};
static const dw_validators tag_only = {DW_TEXT_INIT("v1"), 0};
static const dw_validators date_only = {{NULL, 0}, HOUR_AGO};
static const dw_validators none;

/* What becomes of a request with one condition: 200, 304 or 412. */
static int status_of(enum http_method method, const dw_validators *now, const char *name, const char *value)
{
    ask(method);
    with(name, value);
    dw_err err = dw_reply_validators(&req, now);
    assert_true(err == DW_OK || err == DW_PRECONDITION_FAILED);
    return err != DW_OK ? 412 : req.reply.status == 304 ? 304 : 200;
}

static int status_of_two(enum http_method method, const char *name1, const char *value1, const char *name2,
                         const char *value2)
{
    ask(method);
    with(name1, value1);
    with(name2, value2);
    dw_err err = dw_reply_validators(&req, &both);
    return err != DW_OK ? 412 : req.reply.status == 304 ? 304 : 200;
}

static void says_what_it_knows(void **state)
{
    (void)state;
    assert_int_equal(status_of(HTTP_GET, &both, NULL, NULL), 200);
    assert_string_equal(said("ETag"), "\"v1\"");
    assert_string_equal(said("Last-Modified"), SAME);
    assert_int_equal(status_of(HTTP_GET, &tag_only, NULL, NULL), 200);
    assert_string_equal(said("Last-Modified"), "-");
    assert_int_equal(status_of(HTTP_GET, &date_only, NULL, NULL), 200);
    assert_string_equal(said("ETag"), "-");
    assert_int_equal(status_of(HTTP_GET, &none, NULL, NULL), 200);
    assert_int_equal(req.reply.n_extra, 0);
    assert_int_equal(status_of(HTTP_GET, &(dw_validators){.last_modified = -5}, NULL, NULL), 200);
    assert_int_equal(req.reply.n_extra, 0);
}

/* RFC 9110 §8.8.2.1. */
static void never_says_the_future(void **state)
{
    const dw_validators later = {{NULL, 0}, NOW + 1000};
    (void)state;
    assert_int_equal(status_of(HTTP_GET, &later, NULL, NULL), 200);
    assert_string_equal(said("Last-Modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_int_equal(status_of(HTTP_GET, &later, "if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT"), 304);
    assert_int_equal(status_of(HTTP_GET, &later, "if-modified-since", "Sun, 06 Nov 1994 08:49:36 GMT"), 200);
}

static void judges_dates(void **state)
{
    (void)state;
    for (enum http_method m = HTTP_GET; m <= HTTP_DELETE; m++) {
        bool reads = m == HTTP_GET || m == HTTP_HEAD;
        assert_int_equal(status_of(m, &both, "if-modified-since", BEFORE), 200);
        assert_int_equal(status_of(m, &both, "if-modified-since", SAME), reads ? 304 : 200);
        assert_int_equal(status_of(m, &both, "if-modified-since", AFTER), reads ? 304 : 200);
        assert_int_equal(status_of(m, &both, "if-unmodified-since", BEFORE), 412);
        assert_int_equal(status_of(m, &both, "if-unmodified-since", SAME), 200);
        assert_int_equal(status_of(m, &both, "if-unmodified-since", AFTER), 200);
    }
    assert_int_equal(status_of(HTTP_GET, &both, "if-modified-since", "Sunday, 06-Nov-94 07:49:37 GMT"), 304);
    assert_int_equal(status_of(HTTP_GET, &both, "if-modified-since", "Sun Nov  6 07:49:37 1994"), 304);
}

static void ignores_what_is_no_date(void **state)
{
    static const char *const rows[] = {
        "", "*", "yesterday", "\"v1\"", "0", "-1", "Sun, 06 Nov 1994 07:49:37", AFTER ", " AFTER};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(status_of(HTTP_GET, &both, "if-modified-since", rows[i]), 200);
        assert_int_equal(status_of(HTTP_PUT, &both, "if-unmodified-since", rows[i]), 200);
    }
    /* Two lines are a list of dates. */
    assert_int_equal(status_of_two(HTTP_GET, "if-modified-since", AFTER, "if-modified-since", AFTER), 200);
    assert_int_equal(status_of_two(HTTP_PUT, "if-unmodified-since", BEFORE, "if-unmodified-since", BEFORE),
                     200);
    /* And nothing to compare with is nothing to judge. */
    assert_int_equal(status_of(HTTP_GET, &tag_only, "if-modified-since", AFTER), 200);
    assert_int_equal(status_of(HTTP_PUT, &tag_only, "if-unmodified-since", BEFORE), 200);
}

/* If-Match is for who is about to write, and takes no weak tag for the same; If-None-Match does (RFC 9110 §8.8.3.2). */
static void compares_strongly_and_weakly(void **state)
{
    static const char *const ours[] = {"\"v1\"", "\"v0\", \"v1\"", "W/\"v1\", \"v1\""};
    (void)state;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        assert_int_equal(status_of(HTTP_PUT, &both, "if-match", ours[i]), 200);
        assert_int_equal(status_of(HTTP_GET, &both, "if-none-match", ours[i]), 304);
    }
    assert_int_equal(status_of(HTTP_PUT, &both, "if-match", "W/\"v1\""), 412);
    assert_int_equal(status_of(HTTP_PUT, &both, "if-match", "\"v0\", W/\"v1\""), 412);
    assert_int_equal(status_of(HTTP_GET, &both, "if-none-match", "W/\"v1\""), 304);
    assert_int_equal(status_of(HTTP_PUT, &both, "if-none-match", "W/\"v1\""), 412);
    assert_int_equal(status_of(HTTP_PUT, &both, "if-none-match", "w/\"v1\""), 200); /* no tag at all */
}

static void a_tag_that_is_not_there_matches_nothing(void **state)
{
    (void)state;
    assert_int_equal(status_of(HTTP_PUT, &date_only, "if-match", "\"v1\""), 412);
    assert_int_equal(status_of(HTTP_PUT, &date_only, "if-match", "\"\""), 412);
    assert_int_equal(status_of(HTTP_PUT, &date_only, "if-match", "*"), 200);
    assert_int_equal(status_of(HTTP_GET, &date_only, "if-none-match", "\"\""), 200);
    assert_int_equal(status_of(HTTP_GET, &date_only, "if-none-match", "*"), 304);
    assert_int_equal(status_of(HTTP_PUT, &date_only, "if-none-match", "*"), 412);
}

/* RFC 9110 §13.2.2: a tag counts before a date of the same kind, and what stops before what spares. */
static void keeps_the_order(void **state)
{
    (void)state;
    assert_int_equal(status_of_two(HTTP_PUT, "if-match", "\"v1\"", "if-unmodified-since", BEFORE), 200);
    assert_int_equal(status_of_two(HTTP_PUT, "if-match", "\"v2\"", "if-unmodified-since", AFTER), 412);
    assert_int_equal(status_of_two(HTTP_GET, "if-none-match", "\"v1\"", "if-modified-since", BEFORE), 304);
    assert_int_equal(status_of_two(HTTP_GET, "if-none-match", "\"v2\"", "if-modified-since", AFTER), 200);
    assert_int_equal(status_of_two(HTTP_GET, "if-none-match", "\"v1\"", "if-match", "\"v2\""), 412);
    assert_int_equal(status_of_two(HTTP_GET, "if-none-match", "\"v1\"", "if-unmodified-since", BEFORE), 412);
    assert_int_equal(status_of_two(HTTP_GET, "if-modified-since", AFTER, "if-unmodified-since", BEFORE), 412);
    assert_int_equal(status_of_two(HTTP_GET, "if-modified-since", AFTER, "if-match", "\"v1\""), 304);
    assert_int_equal(status_of_two(HTTP_GET, "if-modified-since", AFTER, "if-unmodified-since", AFTER), 304);
}

static void conditions_alone_say_nothing(void **state)
{
    (void)state;
    ask(HTTP_PUT);
    with("if-unmodified-since", AFTER);
    assert_int_equal(dw_req_conditions(&req, &both), DW_OK);
    assert_int_equal(req.reply.n_extra, 0);
    ask(HTTP_PUT);
    with("if-unmodified-since", BEFORE);
    assert_int_equal(dw_req_conditions(&req, &both), DW_PRECONDITION_FAILED);
    ask(HTTP_GET);
    with("if-none-match", "*");
    assert_int_equal(dw_req_conditions(&req, &both), DW_OK);
    assert_int_equal(req.reply.status, 0);
    assert_int_equal(dw_req_conditions(&req, &(dw_validators){.etag = DW_TEXT_INIT("a b")}), DW_INTERNAL);
}

static bool if_range(const dw_validators *now, const char *value)
{
    ask(HTTP_GET);
    with(value != NULL ? "if-range" : NULL, value);
    return dw__if_range_holds(&req, now);
}

static void if_range_compares_strongly(void **state)
{
    static const char *const never[] = {
        "",
        "*",
        "\"v2\"",
        "W/\"v1\"",
        "\"v1\", \"v1\"",
        "\"v1\"x",
        "v1",
        "\"v1",
        "\"\"",
        BEFORE,
        AFTER,
        "Sun, 06 Nov 1994 07:49:37",
    };
    (void)state;
    assert_true(if_range(&both, NULL));
    assert_true(if_range(&none, NULL));
    assert_true(if_range(&both, "\"v1\""));
    assert_true(if_range(&both, SAME));
    assert_true(if_range(&tag_only, "\"v1\""));
    assert_true(if_range(&date_only, SAME));
    assert_false(if_range(&tag_only, SAME));
    assert_false(if_range(&date_only, "\"v1\""));
    assert_false(if_range(&none, "\"v1\""));
    assert_false(if_range(&none, SAME));
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        assert_false(if_range(&both, never[i]));
        assert_false(if_range(&none, never[i]));
        assert_false(if_range(&date_only, never[i]));
    }
    ask(HTTP_GET);
    with("if-range", "\"v1\"");
    with("if-range", "\"v1\"");
    assert_false(dw__if_range_holds(&req, &both));
}

/* Within its second there may be another version of it. */
static void a_date_of_this_second_is_not_strong(void **state)
{
    const dw_validators fresh = {{NULL, 0}, NOW}, later = {{NULL, 0}, NOW + 5};
    (void)state;
    assert_false(if_range(&fresh, "Sun, 06 Nov 1994 08:49:37 GMT"));
    assert_false(if_range(&later, "Sun, 06 Nov 1994 08:49:37 GMT"));
    assert_false(if_range(&later, "Sun, 06 Nov 1994 08:49:42 GMT"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(says_what_it_knows),
        TEST(never_says_the_future),
        TEST(judges_dates),
        TEST(ignores_what_is_no_date),
        TEST(compares_strongly_and_weakly),
        TEST(a_tag_that_is_not_there_matches_nothing),
        TEST(keeps_the_order),
        TEST(conditions_alone_say_nothing),
        TEST(if_range_compares_strongly),
        TEST(a_date_of_this_second_is_not_strong),
    };
    return cmocka_run_group_tests_name("http/precondition", tests, NULL, NULL);
}
