/* What a test may ask of a reply and of the log, and that it is told when they are otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "trial.h"

static int begin(void **state)
{
    dw_test *t = dw_test_new(&trial_app);

    dw_test_as(t, "ben");
    *state = t;
    return 0;
}

static int end(void **state)
{
    dw_test_free(*state);
    return 0;
}

static void replies_in_structs(void **state)
{
    dw_test *t = *state;
    trial_out note;
    trial_page page;

    DW_TEST_POST(t, "/v1/notes", "{\"title\":\"Milk\"}");
    DW_TEST_REPLY(t, trial_out, &note);
    assert_true(dw_text_is(note.title, "Milk"));
    assert_true(note.id > 0); /* read-only: we send it, and nobody else */
    assert_false(note.has.memo);
    DW_TEST_POST(t, "/v1/notes", "{\"title\":\"Tea\"}");
    DW_TEST_GET(t, "/v1/notes");
    DW_TEST_REPLY(t, trial_page, &page);
    assert_int_equal(page.items.n, 2);
    assert_true(dw_text_is(page.items.v[1].title, "Tea"));
    assert_true(page.items.v[1].has.memo);
    /* What was read before is as it was. */
    assert_true(dw_text_is(note.title, "Milk"));
}

static void poison(void **state)
{
    dw_test *t = *state;

    DW_TEST_GET(t, "/v1/forget");
    DW_TEST_STATUS(t, 500);
    assert_int_equal(dw_test_logged(t, "request.failed"), 1);
    assert_non_null(strstr(dw_test_format(t, "%.*s", DW_FMT(dw_test_log(t))),
                           "handler forget never set output field title"));
}

static void the_log(void **state)
{
    dw_test *t = *state;

    assert_int_equal(dw_test_logged(t, "note.made"), 0);
    for (size_t i = 1; i < 4; i++) {
        DW_TEST_POST(t, "/v1/notes", "{\"title\":\"note.made\"}");
        assert_int_equal(dw_test_logged(t, "note.made"), i);
    }
    assert_int_equal(dw_test_logged(t, "request"), 3);
    assert_int_equal(dw_test_logged(t, "note"), 0);
    dw_test_forget_log(t);
    assert_int_equal(dw_test_logged(t, "note.made"), 0);
    assert_int_equal(dw_test_log(t).n, 0);
    DW_TEST_GET(t, "/v1/notes");
    assert_int_equal(dw_test_logged(t, "request"), 1);
}

static void headers(void **state)
{
    dw_test *t = *state;
    const dw_test_reply *reply = DW_TEST_GET(t, "/v1/notes");

    assert_true(dw_text_is(dw_test_header(reply, "CONTENT-TYPE"), "application/json"));
    assert_null(dw_test_header(reply, "Content").p);
    assert_null(dw_test_header(reply, "HTTP/1.1 200 OK").p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(replies_in_structs, begin, end),
        cmocka_unit_test_setup_teardown(poison, begin, end),
        cmocka_unit_test_setup_teardown(the_log, begin, end),
        cmocka_unit_test_setup_teardown(headers, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
