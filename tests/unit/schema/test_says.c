/* Words for broken rules: whose come first, in which language, and what stands for {…}. */
#include "schema/says.h"

#include "schema/bind_rules.h"
#include "schema/binding.h"

/* clang-format off */
DW_ENUM(colour, red, green);
DW_SCHEMA(said,
    (dw_text, name, DW_LEN(2, 4), .says = DW_MESSAGES(
        DW_SAY("len", "From {min} to {max}, please."), DW_SAY_IN("de", "len", "{min} bis {max} Zeichen."))),
    (dw_text, isbn, .pattern = "[0-9]+", .pattern_says = "Digits only.", .says = DW_MESSAGES(
        DW_SAY_IN("de-AT", "pattern", "Nur Ziffern."))),
    (int64_t, n,    DW_RANGE(1, 5), .multiple_of = 2),
    (colour,  c));
/* clang-format on */

static const dw_message *const messages = DW_MESSAGES(
    DW_SAY_IN("de", "required", "Pflichtfeld."), DW_SAY("required", "Please fill in."),
    DW_SAY_IN("de", "multiple_of", "Vielfache von {of}."), DW_SAY_IN("de", "one_of", "Eines von {values}."),
    DW_SAY_IN("de", "len", "Falsch lang."), DW_SAY_IN("fr", "mine", "{min} {nothing {of}"));

static void expect(const dw_schema *schema, int field, const char *code, const char *own,
                   const char *language, const char *want)
{
    struct schema_plan *plan = compiled(schema);
    const struct bind_fault fault = {
        .code = code, .says = own, .type = field >= 0 ? &plan->fields[field].type : NULL};
    char text[256];
    struct buf out;

    dw__buf_init_fixed(&out, text, sizeof text - 1);
    dw__says(&out, &fault, messages, language);
    text[out.n] = '\0';
    assert_string_equal(text, want);
    dw__schema_plan_free(plan);
}

static void the_nearest_words_count(void **state)
{
    (void)state;
    expect(&said_schema, 0, "len", NULL, NULL, "From 2 to 4, please.");
    expect(&said_schema, 0, "len", NULL, "de", "2 bis 4 Zeichen.");
    expect(&said_schema, 0, "len", NULL, "DE", "2 bis 4 Zeichen.");
    expect(&said_schema, 0, "len", NULL, "fr", "From 2 to 4, please.");
    expect(&said_schema, 1, "len", NULL, "de", "Falsch lang.");
    expect(&said_schema, 1, "len", NULL, NULL, "Longer than maximum length 256.");
    expect(&said_schema, 1, "pattern", NULL, NULL, "Digits only.");
    expect(&said_schema, 1, "pattern", NULL, "de-AT", "Nur Ziffern.");
    expect(&said_schema, 1, "pattern", NULL, "de", "Digits only.");
    expect(&said_schema, 0, "required", NULL, NULL, "Please fill in.");
    expect(&said_schema, 0, "required", NULL, "de", "Pflichtfeld.");
    expect(&said_schema, 2, "multiple_of", NULL, "de", "Vielfache von 2.");
    expect(&said_schema, 2, "multiple_of", NULL, NULL, "Must be a multiple of 2.");
    expect(&said_schema, 3, "one_of", NULL, "de", "Eines von red, green.");
    /* A check's own sentence, unless there are words for its code. */
    expect(&said_schema, 2, "mine", "Mine.", NULL, "Mine.");
    expect(&said_schema, 2, "mine", "Mine.", "fr", "{min} {nothing {of}");
    expect(&said_schema, -1, "type", NULL, "de", "Invalid input type.");
    expect(&said_schema, 2, "pattern", "A check's own.", NULL, "A check's own.");
    expect(&said_schema, -1, "nobody", NULL, NULL, "Invalid value.");
}

/* Every rule has a sentence, and every {…} in it stands for something. */
static void ours_are_complete(void **state)
{
    static const char *const codes[] = {"required", "null",        "repeated", "type",    "format",
                                        "len",      "bytes",       "pattern",  "one_of",  "scheme",
                                        "range",    "multiple_of", "scale",    "version", "items",
                                        "unique",   "key",         "levels",   "unknown", "plain_text"};
    struct schema_plan *plan = compiled(&said_schema);
    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct bind_fault fault = {.code = codes[i], .type = &plan->fields[0].type};
        char text[256];
        struct buf out;
        dw__buf_init_fixed(&out, text, sizeof text - 1);
        dw__says(&out, &fault, NULL, NULL);
        text[out.n] = '\0';
        assert_true(out.n > 5 && text[out.n - 1] == '.' && strstr(text, "Invalid value") == NULL);
    }
    dw__schema_plan_free(plan);
}

static void checked(int64_t v, dw_faults *faults)
{
    (void)v, (void)faults;
}

/* clang-format off */
DW_SCHEMA(no_such_rule, (int64_t, v, .says = DW_MESSAGES(DW_SAY("len", "x"))));
DW_SCHEMA(no_such_code, (int64_t, v, .says = DW_MESSAGES(DW_SAY("mine", "x"))));
DW_SCHEMA(no_such_name, (int64_t, v, .says = DW_MESSAGES(DW_SAY("range", "{of}"))));
DW_SCHEMA(no_values, (dw_text, v, .says = DW_MESSAGES(DW_SAY("one_of", "{values}"))));
DW_SCHEMA(no_words, (dw_text, v, .says = DW_MESSAGES(DW_SAY("len", ""))));
DW_SCHEMA(own_code, (int64_t, v, .check = checked, .says = DW_MESSAGES(DW_SAY("mine", "x"), DW_SAY("required", "y"))));
/* clang-format on */

static void refused(const dw_schema *schema, const char *words)
{
    struct schema_plan *plan;
    char text[256];
    struct buf why;

    dw__buf_init_fixed(&why, text, sizeof text - 1);
    assert_int_equal(dw__schema_compile(schema, &plan, &why), DW_INTERNAL);
    text[why.n] = '\0';
    if (strstr(text, words) == NULL)
        fail_msg("%s", text);
}

static void messages_fit_their_rules(void **state)
{
    char text[128];
    struct buf why;

    (void)state;
    refused(&no_such_rule_schema, "a message for \"len\", which is no rule of this type");
    refused(&no_such_code_schema, "a message for \"mine\"");
    refused(&no_such_name_schema, "{name} that stands for nothing");
    refused(&no_values_schema, "{name} that stands for nothing");
    refused(&no_words_schema, "is empty");
    dw__schema_plan_free(compiled(&own_code_schema));

    dw__buf_init_fixed(&why, text, sizeof text);
    assert_int_equal(dw__says_check_all(messages, &why), DW_OK);
    assert_int_equal(dw__says_check_all(NULL, &why), DW_OK);
    assert_int_equal(dw__says_check_all(DW_MESSAGES(DW_SAY("x", "")), &why), DW_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_words_count),
        cmocka_unit_test(ours_are_complete),
        cmocka_unit_test(messages_fit_their_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
