/* test_report.c -- the same findings as text, as JSON and as SARIF; whatever is in their sentences, programs can read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "app/report.h"

#include "base/text.h"

static const dw_app app = {.name = "trial", .version = "1 \"beta\""};
static const dw_accepted accepted[] = {
    {"cors.plain", "a \"printer\" of ours", "2026-06-30", NULL, NULL},
    {0},
};
static struct arena arena;
static struct audit audit;
static struct buf out;

static int set_up(void **state)
{
    (void)state;
    dw__arena_init(&arena, NULL, (size_t)4 << 20);
    dw__audit_init(&audit, &arena);
    dw__buf_init(&out, &arena, (size_t)1 << 20);
    dw__audit_say(&audit, FOUND_ROLES_PUBLIC, "src/odd name%.c:40", "GET / is public: %s",
                  "a \"quote\", \x01 and \xff");
    dw__audit_say(&audit, FOUND_WATCH, NULL, "WATCH is yes");
    dw__audit_say(&audit, FOUND_CORS_PLAIN, NULL, "http://printer.test");
    dw__audit_accept(&audit, accepted, true, 1780000000);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dw__arena_release(&arena);
    return 0;
}

static bool has(const char *text)
{
    return memmem(out.p, out.n, text, strlen(text)) != NULL;
}

static json_t *read_out(void)
{
    json_error_t why;
    json_t *read = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, &why);

    assert_non_null(read);
    return read;
}

static const char *text_at(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void as_text(void **state)
{
    (void)state;
    dw__report_text(&audit, false, &out);
    assert_true(has("(src/odd name%.c:40)\n"));
    assert_true(has("error: settings.watch: WATCH is yes\n"));
    assert_true(has("accepted: cors.plain: http://printer.test (until 2026-06-30: a \"printer\" of ours)\n"));
    assert_true(has("\n1 errors, 0 warnings, 1 notes, 1 accepted\n"));
    assert_false(has("why: "));
    dw__report_text(&audit, true, &out);
    assert_true(has("    why: whoever can write a source file"));
    assert_true(has("    see: CWE-489, ASVS 5.0 13.4.2\n"));
}

static void as_json(void **state)
{
    json_t *read, *first, *findings;

    (void)state;
    dw__report_json(&audit, &out);
    read = read_out();
    findings = json_object_get(read, "findings");
    assert_int_equal(json_array_size(findings), 3);
    first = json_array_get(findings, 0);
    assert_string_equal(text_at(first, "id"), "roles.public");
    assert_string_equal(text_at(first, "what"), "GET / is public: a \"quote\", \x01 and \xef\xbf\xbd");
    assert_string_equal(text_at(json_object_get(first, "where"), "file"), "src/odd name%.c");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(first, "where"), "line")), 40);
    assert_true(json_is_null(json_object_get(json_array_get(findings, 1), "where")));
    assert_string_equal(text_at(json_object_get(json_array_get(findings, 2), "accepted"), "until"),
                        "2026-06-30");
    assert_int_equal(json_integer_value(json_object_get(read, "errors")), 1);
    assert_int_equal(json_integer_value(json_object_get(read, "accepted")), 1);
    json_decref(read);
}

static void as_sarif(void **state)
{
    json_t *read, *run, *results, *rules, *place;

    (void)state;
    dw__report_sarif(&app, &audit, &out);
    read = read_out();
    run = json_array_get(json_object_get(read, "runs"), 0);
    rules = json_object_get(json_object_get(json_object_get(run, "tool"), "driver"), "rules");
    results = json_object_get(run, "results");
    assert_string_equal(text_at(read, "version"), "2.1.0");
    assert_int_equal(json_array_size(rules), FINDINGS);
    assert_int_equal(json_array_size(results), 3);
    place = json_object_get(json_array_get(json_object_get(json_array_get(results, 0), "locations"), 0),
                            "physicalLocation");
    assert_string_equal(text_at(json_object_get(place, "artifactLocation"), "uri"), "src/odd%20name%25.c");
    assert_null(json_object_get(json_array_get(results, 1), "locations"));
    assert_string_equal(
        text_at(json_array_get(json_object_get(json_array_get(results, 2), "suppressions"), 0),
                "justification"),
        "a \"printer\" of ours");
    json_decref(read);
}

static void places(void **state)
{
    char here[4096], where[8192];
    struct report_place place;

    (void)state;
    assert_non_null(getcwd(here, sizeof here));
    (void)snprintf(where, sizeof where, "%s/apps/a.c:7", here);
    assert_true(dw__report_place(where, &place));
    assert_true(dw__text_is(place.path, "apps/a.c") && dw__text_is(place.line, "7"));
    (void)snprintf(where, sizeof where, "%s-other/a.c:7", here);
    assert_true(dw__report_place(where, &place));
    assert_true(place.path.p[0] == '/');
    assert_false(dw__report_place(NULL, &place));
    assert_false(dw__report_place("nothing", &place));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(as_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(as_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(as_sarif, set_up, tear_down),
        cmocka_unit_test(places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
