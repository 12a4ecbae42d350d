/* What is said of schemas that compile: patterns at every depth, and what is dropped. */
#include "schema/plan_audit.h"

#include "schema/shapes.h"

/* clang-format off */
DW_LIST(words, dw_text, .pattern = "(a+)+");
DW_MAP(labels, dw_text, .pattern = "(?=a).");
DW_SCHEMA(inner, (dw_secret, code, .pattern = "([a-z]+)*"));
DW_OPTIONS(inner, .unknown = DW_DROP("an old client sends more"));
DW_SCHEMA(outer,
    (dw_text, fine, .pattern = "[a-z]+"),
    (dw_url,  link, .pattern = "(.*)*"),
    (words,   words),
    (labels,  labels, .keys = "(x|x)+"),
    (inner,   inner));
/* clang-format on */

struct gathered {
    struct plan_findings to;
    char text[1024];
    size_t n;
};

static void add(struct plan_findings *to, const char *level, const char *schema, const char *field)
{
    struct gathered *g = (struct gathered *)(void *)to;

    g->n += (size_t)snprintf(g->text + g->n, sizeof g->text - g->n, "%s %s.%s\n", level, schema, field);
}

static void warn(struct plan_findings *to, const char *schema, const char *field, const char *what)
{
    assert_non_null(strstr(what, "exponentially"));
    add(to, "warn", schema, field);
}

static void note(struct plan_findings *to, const char *schema, const char *field, const char *what)
{
    assert_non_null(strstr(what, "cannot be judged"));
    add(to, "note", schema, field);
}

static void drop(struct plan_findings *to, const char *schema, const char *why)
{
    add(to, "drop", schema, why);
}

static void says_all_of_it(void **state)
{
    struct gathered g = {.to = {warn, note, drop}};
    struct schema_plan *plan = compiled(&outer_schema);
    (void)state;
    dw__plan_audit(plan, &g.to);
    assert_string_equal(g.text, "warn outer.link\nwarn outer.words\nwarn outer.labels\nnote outer.labels\n"
                                "drop inner.an old client sends more\nwarn inner.code\n");
    dw__schema_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(says_all_of_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
