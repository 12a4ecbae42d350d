/* test_error_rules.c -- what start-up refuses in tables of error handlers and lists of errors, and which row an error finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "route/error_rules.h"

static const dw_app_error own[] = {
    {1000, 409, "sold_out", "There is none left"},
    {1001, 451, "forbidden_book", "The judge says no"},
};

DW_SCHEMA(said, (dw_text, error));
DW_SCHEMA(clash, (dw_text, detail));
DW_SCHEMA(wired, (dw_text, x, .wire = "type"));
DW_SCHEMA(leak, (dw_secret, password));

#define MAKES(name, Out)                                             \
    static dw_err name(dw_req *req, const dw_error *error, Out *out) \
    {                                                                \
        (void)req, (void)error, (void)out;                           \
        return DW_OK;                                                \
    }
MAKES(one, said)
DW_ERROR_JSON(one, said);
MAKES(two, said)
DW_ERROR_JSON(two, said);
MAKES(page, dw_text)
DW_ERROR_PAGE(page);
MAKES(problem, said)
DW_ERROR_PROBLEM(problem, said);
MAKES(bare, dw_nothing)
DW_ERROR_PROBLEM(bare, dw_nothing);
MAKES(silent, dw_nothing)
DW_ERROR_JSON(silent, dw_nothing);
MAKES(clashing, clash)
DW_ERROR_PROBLEM(clashing, clash);
MAKES(clashing_json, clash)
DW_ERROR_JSON(clashing_json, clash);
MAKES(wired_clash, wired)
DW_ERROR_PROBLEM(wired_clash, wired);
MAKES(leaking, leak)
DW_ERROR_JSON(leaking, leak);

static char why_text[8192];

struct compiled {
    struct schema_plans schemas;
    struct error_rules *all;
    const struct error_rules *rules;
};

static void compile(struct compiled *c, const dw_error_handlers *table)
{
    struct buf why;

    c->all = NULL;
    dw__schema_plans_init(&c->schemas);
    dw__buf_init_fixed(&why, why_text, sizeof why_text - 1);
    c->rules = dw__error_rules_get(&c->all, table, &c->schemas, "the application", &why);
    why_text[why.n] = '\0';
}

static void release(struct compiled *c)
{
    dw__error_rules_free(c->all);
    dw__schema_plans_release(&c->schemas);
}

static void says(const dw_error_row *rows, size_t n, const char *sentence)
{
    const dw_error_handlers table = {rows, n, sizeof *rows};
    struct compiled c;

    compile(&c, &table);
    release(&c);
    if (sentence == NULL ? why_text[0] != '\0' : strstr(why_text, sentence) == NULL)
        fail_msg("'%s' is not '%s'", why_text, sentence != NULL ? sentence : "");
}
#define SAYS(sentence, ...)                   \
    says((const dw_error_row[]){__VA_ARGS__}, \
         sizeof((const dw_error_row[]){__VA_ARGS__}) / sizeof(dw_error_row), (sentence))

static void takes_what_is_right(void **state)
{
    (void)state;
    SAYS(NULL, DW_ON_STATUS(404, one), DW_ON_STATUS(404, page), DW_ON_STATUS(409, problem),
         DW_ON_ERROR(DW_CONFLICT, one), DW_ON_ERROR((dw_err)1000, bare), DW_ON_STATUS(451, one),
         DW_ON_ANY(two), DW_ON_ANY(page), DW_ON_STATUS(400, clashing_json));
}

static void refuses_rows_that_cannot_be(void **state)
{
    (void)state;
    SAYS("error handlers of the application: one: status 200 is not that of an error\n",
         {200, DW_OK, &one_on_error});
    SAYS("status 399 is not", {399, DW_OK, &one_on_error});
    SAYS("status 600 is not", {600, DW_OK, &one_on_error});
    SAYS("status -404 is not", {-404, DW_OK, &one_on_error});
    SAYS("no error has status 418", {418, DW_OK, &one_on_error});
    SAYS("there is no error 1002", {0, (dw_err)1002, &one_on_error});
    SAYS("there is no error 29", {0, (dw_err)29, &one_on_error});
    SAYS("not for both", {404, DW_NOT_FOUND, &one_on_error});
    SAYS("a row: there is no handler", {404, DW_OK, NULL});
}

static void refuses_two_for_the_same(void **state)
{
    (void)state;
    SAYS("two: two rows for status 404\n", DW_ON_STATUS(404, one), DW_ON_STATUS(404, two));
    SAYS("two rows for status 404", DW_ON_STATUS(404, one), DW_ON_ANY(page), DW_ON_STATUS(404, problem));
    SAYS("two rows for status 404", DW_ON_STATUS(404, page), DW_ON_STATUS(404, page));
    SAYS("two rows for conflict", DW_ON_ERROR(DW_CONFLICT, one), DW_ON_ERROR(DW_CONFLICT, two));
    SAYS("two rows for any error", DW_ON_ANY(one), DW_ON_ANY(bare));
}

static void refuses_replies_that_cannot_be(void **state)
{
    (void)state;
    SAYS("JSON without a field", DW_ON_ANY(silent));
    SAYS("a member \"detail\" already", DW_ON_ANY(clashing));
    SAYS("a member \"type\" already", DW_ON_ANY(wired_clash));
    SAYS("secret", DW_ON_ANY(leaking));
}

static void refuses_other_headers(void **state)
{
    static const dw_error_row rows[] = {DW_ON_ANY(one)};
    const dw_error_handlers table = {rows, 1, sizeof(dw_error_row) + 8};
    struct compiled c;

    (void)state;
    compile(&c, &table);
    release(&c);
    assert_non_null(strstr(why_text, "compile it anew"));
}

static void says_everything_at_once(void **state)
{
    (void)state;
    SAYS("status 200", {200, DW_OK, &one_on_error}, {201, DW_OK, &one_on_error});
    assert_non_null(strstr(why_text, "status 201"));
}

static void compiles_a_table_once(void **state)
{
    static const dw_error_row rows[] = {{200, DW_OK, &one_on_error}};
    static const dw_error_handlers table = DW_ERROR_HANDLERS(rows);
    struct compiled c;
    struct buf why;

    (void)state;
    compile(&c, &table);
    dw__buf_init_fixed(&why, why_text, sizeof why_text);
    assert_ptr_equal(dw__error_rules_get(&c.all, &table, &c.schemas, "a blueprint", &why), c.rules);
    assert_int_equal(why.n, 0);
    assert_null(dw__error_rules_get(&c.all, NULL, &c.schemas, "a blueprint", &why));
    release(&c);
}

/* ---- the row for an error ---- */

static const dw_error_handler *find(const struct error_scopes *scopes, dw_err err, bool wants_page)
{
    const struct error_rule *rule = dw__error_rule_find(scopes, err, dw_err_status(err), wants_page);

    return rule != NULL ? rule->handler : NULL;
}

static void finds_the_closest_row(void **state)
{
    static const dw_error_row route_rows[] = {DW_ON_STATUS(404, one)};
    static const dw_error_row blueprint_rows[] = {DW_ON_ERROR((dw_err)1000, problem), DW_ON_STATUS(409, two),
                                                  DW_ON_STATUS(404, page)};
    static const dw_error_row app_rows[] = {DW_ON_ANY(bare), DW_ON_STATUS(409, one),
                                            DW_ON_ERROR(DW_CONFLICT, one)};
    static const dw_error_handlers route = DW_ERROR_HANDLERS(route_rows),
                                   blueprint = DW_ERROR_HANDLERS(blueprint_rows),
                                   app = DW_ERROR_HANDLERS(app_rows);
    struct compiled r, b, a;

    (void)state;
    compile(&r, &route);
    compile(&b, &blueprint);
    compile(&a, &app);
    const struct error_scopes scopes = {{r.rules, b.rules, a.rules}}, outer = {{NULL, NULL, a.rules}},
                              none = {{NULL}};
    assert_ptr_equal(find(&scopes, DW_NOT_FOUND, false), &one_on_error);
    assert_ptr_equal(find(&scopes, DW_NOT_FOUND, true), &page_on_error);
    assert_ptr_equal(find(&scopes, (dw_err)1000, false), &problem_on_error); /* the error before its status */
    assert_ptr_equal(find(&scopes, DW_CONFLICT, false),
                     &two_on_error); /* the closer status before the farther error */
    assert_ptr_equal(find(&outer, DW_CONFLICT, false), &one_on_error);
    assert_ptr_equal(find(&outer, (dw_err)1000, false), &one_on_error);
    assert_ptr_equal(find(&scopes, DW_INTERNAL, false), &bare_on_error);
    assert_null(find(&scopes, DW_INTERNAL, true));
    assert_null(find(&outer, DW_NOT_FOUND, true));
    assert_null(find(&none, DW_NOT_FOUND, false));
    release(&r);
    release(&b);
    release(&a);
}

/* ---- lists of errors ---- */

static void code_says(dw_app_error first, dw_app_error second, const char *sentence)
{
    const dw_app_error errors[] = {first, second};
    struct buf why;

    dw__buf_init_fixed(&why, why_text, sizeof why_text - 1);
    dw__error_codes_check(errors, 2, &why);
    why_text[why.n] = '\0';
    if (sentence == NULL ? why.n != 0 : strstr(why_text, sentence) == NULL)
        fail_msg("'%s' is not '%s'", why_text, sentence != NULL ? sentence : "");
}

static void checks_an_application_s_errors(void **state)
{
    const dw_app_error good = {1000, 409, "good", "Good"};

    (void)state;
    code_says(good, (dw_app_error){1001, 404, "a2_b", "Good"}, NULL);
    code_says(good, (dw_app_error){1001, 404, "not_found", "x"},
              "error 1001 (not_found): Dewar has an error of that code");
    code_says(good, (dw_app_error){1001, 404, "good", "x"}, "it stands twice");
    code_says(good, (dw_app_error){1000, 404, "b", "x"}, "it stands twice");
    code_says(good, (dw_app_error){1001, 418, "b", "x"}, "has no name");
    code_says(good, (dw_app_error){1001, 405, "b", "x"}, "only the server can make");
    code_says(good, (dw_app_error){1001, 404, "b", ""}, "the sentence is empty");
    static const char *const bad[] = {"", "B", "b c", "b-c", "_b", "1b", "b\"", "b\n", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        code_says(good, (dw_app_error){1001, 404, bad[i], "x"}, "a code is lower-case letters");
}

static int use_own(void **state)
{
    (void)state;
    dw__err_use(own, sizeof own / sizeof own[0]);
    return 0;
}

static int use_none(void **state)
{
    (void)state;
    dw__err_use(NULL, 0);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_is_right),
        cmocka_unit_test(refuses_rows_that_cannot_be),
        cmocka_unit_test(refuses_two_for_the_same),
        cmocka_unit_test(refuses_replies_that_cannot_be),
        cmocka_unit_test(refuses_other_headers),
        cmocka_unit_test(says_everything_at_once),
        cmocka_unit_test(compiles_a_table_once),
        cmocka_unit_test(finds_the_closest_row),
        cmocka_unit_test(checks_an_application_s_errors),
    };

    return cmocka_run_group_tests_name("route/error_rules", tests, use_own, use_none);
}
