/* An application in a test: it begins whole, acts for whom it is told, at the time it is told, and ends without a trace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "trial.h"

static int begin(void **state)
{
    *state = dw_test_new(&trial_app);
    return 0;
}

static int end(void **state)
{
    dw_test_free(*state);
    return 0;
}

static void nobody(void **state)
{
    dw_test *t = *state;

    DW_TEST_POST(t, "/v1/notes", "{\"title\":\"Milk\"}");
    DW_TEST_STATUS(t, 401);
    dw_test_as(t, "ann");
    DW_TEST_POST(t, "/v1/notes", "{\"title\":\"Milk\"}");
    DW_TEST_STATUS(t, 201);
    dw_test_as(t, NULL);
    DW_TEST_POST(t, "/v1/notes", "{\"title\":\"Milk\"}");
    DW_TEST_STATUS(t, 401);
}

static void each_to_one_s_own(void **state)
{
    dw_test *t = *state;
    trial_out note;

    dw_test_as(t, "ann");
    DW_TEST_POST(t, "/v1/notes", "{\"title\":\"Milk\"}");
    DW_TEST_REPLY(t, trial_out, &note);
    DW_TEST_GET(t, dw_test_format(t, "/v1/notes/%lld", (long long)note.id));
    DW_TEST_STATUS(t, 200);
    DW_TEST_GET(t, "/v1/notes");
    DW_TEST_STATUS(t, 403);
    dw_test_as(t, "ben");
    DW_TEST_GET(t, dw_test_format(t, "/v1/notes/%lld", (long long)note.id));
    DW_TEST_STATUS(t, 404);
    DW_TEST_GET(t, "/v1/notes");
    DW_TEST_STATUS(t, 200);
}

static void who_is_not_there(void **state)
{
    dw_test *t = *state;
    trial_person eve = {.id = 3, .uid = DW_TEXT("eve")};

    dw_test_as(t, "eve");
    DW_TEST_GET(t, "/v1/notes/1");
    DW_TEST_STATUS(t, 401);
    assert_int_equal(DW_EXEC(dw_test_ctx(t), person_put, &eve, NULL), DW_OK);
    DW_TEST_GET(t, "/v1/notes/1");
    DW_TEST_STATUS(t, 404);
    /* An account that changes does so for the next request. */
    DW_TEST_GET(t, "/v1/notes");
    DW_TEST_STATUS(t, 403);
    eve.roles = 1 << role_keeper;
    assert_int_equal(DW_EXEC(dw_test_ctx(t), person_put, &eve, NULL), DW_OK);
    DW_TEST_GET(t, "/v1/notes");
    DW_TEST_STATUS(t, 200);
}

static void statements(void **state)
{
    dw_test *t = *state;
    trial_note note = {.title = DW_TEXT("Tea")};
    trial_out out;

    assert_int_equal(DW_ONE(dw_test_ctx(t), note_put, &note, &out), DW_INTERNAL); /* :me, and nobody is */
    dw_test_as(t, "ben");
    assert_int_equal(DW_ONE(dw_test_ctx(t), note_put, &note, &out), DW_OK);
    DW_TEST_GET(t, dw_test_format(t, "/v1/notes/%lld", (long long)out.id));
    DW_TEST_STATUS(t, 200);
    assert_int_equal(dw_sleep(dw_test_ctx(t), 1), DW_OK);
    assert_false(dw_in_development(dw_test_ctx(t)));
}

static void one_is_not_another(void **state)
{
    dw_test *t = *state, *other = dw_test_new(&trial_app);
    trial_page page;

    dw_test_as(other, "ben");
    DW_TEST_POST(other, "/v1/notes", "{\"title\":\"Other\"}");
    DW_TEST_STATUS(other, 201);
    dw_test_as(t, "ben");
    DW_TEST_GET(t, "/v1/notes");
    DW_TEST_REPLY(t, trial_page, &page);
    assert_int_equal(page.items.n, 0);
    dw_test_free(other);
}

static void the_time(void **state)
{
    dw_test *t = *state;
    trial_out note;
    const dw_test_reply *reply;

    dw_test_as(t, "ann");
    dw_test_clock(t, 1000000000);
    DW_TEST_POST(t, "/v1/notes", "{\"title\":\"Milk\"}");
    DW_TEST_REPLY(t, trial_out, &note);
    assert_true(dw_text_is(note.made_at, "2001-09-09T01:46:40Z"));
    assert_int_equal(dw_now_unix(dw_test_ctx(t)), 1000000000);
    /* What waits goes on waiting, and no longer than it should. */
    DW_TEST_GET(t, "/v1/wait");
    DW_TEST_STATUS(t, 200);
    /* Forwards and backwards: the caller's token is of the time. */
    dw_test_clock(t, 2000000000);
    reply = DW_TEST_GET(t, dw_test_format(t, "/v1/notes/%lld", (long long)note.id));
    DW_TEST_STATUS(t, 200);
    assert_true(dw_text_is(dw_test_header(reply, "date"), "Wed, 18 May 2033 03:33:20 GMT"));
    dw_test_clock(t, 0);
    DW_TEST_GET(t, dw_test_format(t, "/v1/notes/%lld", (long long)note.id));
    DW_TEST_STATUS(t, 200);
}

static void a_token_ages(void **state)
{
    dw_test *t = *state;
    dw_text token;
    int64_t life;

    dw_test_clock(t, 1000000000);
    assert_int_equal(dw_token_issue(dw_test_ctx(t), DW_TEXT("ann"), &token, &life), DW_OK);
    for (int64_t age = 0; age <= life; age += life) {
        dw_test_clock(t, 1000000000 + age);
        dw_test_with(t, "Authorization", dw_test_format(t, "Bearer %.*s", DW_FMT(token)));
        DW_TEST_GET(t, "/v1/notes/1");
        DW_TEST_STATUS(t, age < life ? 404 : 401);
    }
}

static void settings(void **state)
{
    static const char *const small[] = {"MAX_CONTENT_LENGTH", "30", "ENV", "development", NULL};
    dw_test *t = dw_test_new(&trial_app, .settings = small);

    (void)state;
    dw_test_as(t, "ann");
    DW_TEST_POST(t, "/v1/notes", "{\"title\":\"Milk\"}");
    DW_TEST_STATUS(t, 201);
    DW_TEST_POST(t, "/v1/notes", "{\"title\":\"Milk, and more bread\"}");
    DW_TEST_STATUS(t, 413);
    assert_true(dw_in_development(dw_test_ctx(t)));
    DW_TEST_GET(t, "/openapi.json");
    DW_TEST_STATUS(t, 200);
    dw_test_free(t);
    dw_test_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody, begin, end),
        cmocka_unit_test_setup_teardown(each_to_one_s_own, begin, end),
        cmocka_unit_test_setup_teardown(who_is_not_there, begin, end),
        cmocka_unit_test_setup_teardown(statements, begin, end),
        cmocka_unit_test_setup_teardown(one_is_not_another, begin, end),
        cmocka_unit_test_setup_teardown(the_time, begin, end),
        cmocka_unit_test_setup_teardown(a_token_ages, begin, end),
        cmocka_unit_test(settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
