/* The text fields of multipart/form-data into a struct: what forms keep, these keep. */
#include "schema/binding.h"

#include "codec/form.h"

/* clang-format off */
DW_LIST(words, dw_text, DW_LEN(1, 5));
DW_SCHEMA(entry,
    (dw_text,   name,  DW_LEN(1, 500000)),
    (int64_t,   qty,   DW_RANGE(1, 5), .optional = true),
    (dw_secret, pin,   DW_LEN(4, 9), .optional = true),
    (words,     words, DW_ITEMS(2, 3), .unique = true, .optional = true),
    (int64_t,   id,    .read_only = true),
    (owner,     owner, .optional = true));
/* Another of the same fields, that takes more. */
DW_SCHEMA(loose, (dw_text, name, DW_LEN(1, 10)));
DW_OPTIONS(loose, .unknown = DW_DROP("a test of what is dropped"));
/* clang-format on */

#define PART(n, v) "--B\r\nContent-Disposition: form-data; name=\"" n "\"\r\n\r\n" v "\r\n"
#define TYPED(n, t, v) \
    "--B\r\nContent-Disposition: form-data; name=\"" n "\"\r\nContent-Type: " t "\r\n\r\n" v "\r\n"
#define AS_FILE(n, v) "--B\r\nContent-Disposition: form-data; name=\"" n "\"; filename=\"\"\r\n\r\n" v "\r\n"
#define END "--B--\r\n"

static dw_err bind_body(struct binding *b, dw_text body, uint64_t mask)
{
    b->json = guard_page_copy(body.p, body.n);
    return dw__bind_multipart(b->plan, DW_TEXT("B"), (dw_text){b->json, body.n}, mask, &b->out, &b->faults);
}

static void expect(const dw_schema *schema, dw_text body, dw_err want, const char *said_of_it)
{
    struct binding b;

    binding_init(&b, schema);
    dw_err err = bind_body(&b, body, UINT64_MAX);
    if (want == DW_MALFORMED || want == DW_TOO_LARGE)
        assert_int_equal(err, want);
    else
        assert_int_equal(err, DW_OK);
    assert_int_equal(binding_end(&b), want);
    if (strcmp(b.said, said_of_it) != 0)
        fail_msg("%.*s: %s, not %s", DW_FMT(body), b.said, said_of_it);
    binding_release(&b);
}

static void fills_the_struct(void **state)
{
    static const char body[] = PART("words", "a") PART("name", "J\xc3\xbcrgen\r\n\r\n--M")
        TYPED("qty", "Text/Plain; charset=utf-8", "5") PART("pin", "1234") PART("words", "b\\\"") END;
    struct binding b;
    (void)state;
    binding_init(&b, &entry_schema);
    assert_int_equal(bind_body(&b, (dw_text){body, sizeof body - 1}, UINT64_MAX), DW_OK);
    assert_int_equal(binding_end(&b), DW_OK);
    const entry *in = (const entry *)(const void *)&b.out;
    assert_true(dw__text_is(in->name, "J\xc3\xbcrgen\r\n\r\n--M"));
    assert_true(in->name.p > b.json && in->name.p < b.json + sizeof body); /* a slice, no copy */
    assert_true(in->qty == 5 && in->pin.n == 4 && memcmp(in->pin.p, "1234", 4) == 0);
    assert_true(in->words.n == 2 && dw__text_is(in->words.v[0], "a") && dw__text_is(in->words.v[1], "b\\\""));
    assert_true(in->has.name && in->has.qty && in->has.words && !in->has.owner);
    binding_release(&b);
}

#define EXPECT(body, want, words) expect(&entry_schema, DW_TEXT(body END), want, words)
#define BROKEN(body, details) EXPECT(body, DW_INVALID, "\"details\":{" details "}")

static void names_broken_rules(void **state)
{
    (void)state;
    BROKEN("", "\"name\":[\"Missing data for required field.\"]");
    BROKEN(PART("name", "") PART("qty", "+3"),
           "\"name\":[\"Length must be between 1 and 500000.\"],\"qty\":[\"Not a valid integer.\"]");
    BROKEN(PART("name", "a") PART("name", "a"), "\"name\":[\"May be given only once.\"]");
    BROKEN(PART("name", "a") PART("qty", "1") PART("qty", "9") PART("qty", "2"),
           "\"qty\":[\"May be given only once.\",\"May be given only once.\"]");
    BROKEN(PART("name", "a") PART("words", "a"), "\"words\":[\"Must have between 2 and 3 items.\"]");
    BROKEN(PART("name", "a") PART("words", "a") PART("words", "a"),
           "\"words.1\":[\"Must not be there twice.\"]");
    BROKEN(PART("name", "a") PART("words", "a") PART("words", "b") PART("words", "c") PART("words", "d"),
           "\"words\":[\"Must have between 2 and 3 items.\"]");
    BROKEN(PART("name", "a") PART("words", ""), "\"words.0\":[\"Length must be between 1 and 5.\"]");
    BROKEN(PART("name", "a") PART("owner", "{}"), "\"owner\":[\"Not a valid object.\"]");
}

static void takes_no_files(void **state)
{
    (void)state;
    BROKEN(AS_FILE("name", "a"), "\"name\":[\"Must be plain text, not a file.\"]");
    BROKEN(PART("name", "a") AS_FILE("qty", "\xff") PART("words", "a") AS_FILE("words", "b"),
           "\"qty\":[\"Must be plain text, not a file.\"],\"words\":[\"Must be plain text, not a file.\"]");
    BROKEN(TYPED("name", "application/json", "a"), "\"name\":[\"Must be plain text, not a file.\"]");
    BROKEN(TYPED("name", "text/plainer", "a") PART("name", "a"),
           "\"name\":[\"Must be plain text, not a file.\",\"May be given only once.\"]");
    EXPECT(PART("name", "a") AS_FILE("file", "a"), DW_UNKNOWN_FIELDS, "\"invalid_fields\":[\"file\"]");
}

static void names_unknown_fields(void **state)
{
    (void)state;
    EXPECT(PART("name", "a") PART("_charset_", "utf-8") PART("", "1") PART("name.x", "1")
               PART("%22\xc3\xa9%0A", "") PART("id", "1"),
           DW_UNKNOWN_FIELDS,
           "\"invalid_fields\":[\"_charset_\",\"\",\"name.x\",\"\\\"\xc3\xa9\\n\",\"id\"]");
    EXPECT(PART("qty", "x") PART("Name", "a"), DW_UNKNOWN_FIELDS, "\"invalid_fields\":[\"Name\"]");
    expect(&loose_schema, DW_TEXT(PART("name", "a") PART("x", "1") AS_FILE("y", "\xff") END), DW_OK, "");
}

static void keeps_to_its_fields(void **state)
{
    struct binding b;
    (void)state;
    binding_init(&b, &entry_schema);
    assert_int_equal(bind_body(&b, DW_TEXT(PART("name", "a") PART("qty", "1") END), 1), DW_OK);
    assert_int_equal(binding_end(&b), DW_UNKNOWN_FIELDS);
    assert_string_equal(b.said, "\"invalid_fields\":[\"qty\"]");
    binding_release(&b);
}

static void says_where_it_is_malformed(void **state)
{
    (void)state;
    EXPECT(PART("name", "\xff"), DW_MALFORMED, "\"position\":52");
    EXPECT(PART("name", "a\0b"), DW_MALFORMED, "\"position\":52");
    EXPECT(PART("nobody", "\xc3"), DW_MALFORMED, "\"position\":54");
    expect(&loose_schema, DW_TEXT(PART("nobody", "\xc3") END), DW_MALFORMED, "\"position\":54");
    expect(&entry_schema, DW_TEXT(""), DW_MALFORMED, "\"position\":0");
    expect(&entry_schema, DW_TEXT("--B\r\n"), DW_MALFORMED, "\"position\":5");
    expect(&entry_schema, DW_TEXT("a=1&b=2"), DW_MALFORMED, "\"position\":0");
    EXPECT(PART("nobody", "1") "--B\r\nx", DW_MALFORMED, "\"position\":70");
}

/* Malformed wins over what was bound before it; a text cut at any place is malformed. */
static void every_beginning_is_malformed(void **state)
{
    static const char body[] = PART("name", "a") PART("qty", "9") "--B--";
    (void)state;
    for (size_t n = 0; n < sizeof body - 1; n++) {
        struct binding b;
        binding_init(&b, &entry_schema);
        assert_int_equal(bind_body(&b, (dw_text){body, n}, UINT64_MAX), DW_MALFORMED);
        assert_int_equal(b.faults.malformed_at, n);
        assert_int_equal(binding_end(&b), DW_MALFORMED);
        binding_release(&b);
    }
}

static void bounds_a_text(void **state)
{
    static const char before[] =
        PART("words", "a") "--B\r\nContent-Disposition: form-data; name=name\r\n\r\n";
    static char body[DW__FORM_FIELD_SIZE + 1000];
    struct binding b;
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        size_t n = sizeof before - 1;
        memcpy(body, before, n);
        memset(body + n, 'x', DW__FORM_FIELD_SIZE + more);
        n += DW__FORM_FIELD_SIZE + more;
        memcpy(body + n, "\r\n--B--", 7);
        binding_init(&b, &entry_schema);
        assert_int_equal(bind_body(&b, (dw_text){body, n + 7}, UINT64_MAX), more ? DW_TOO_LARGE : DW_OK);
        assert_int_equal(binding_end(&b), more ? DW_TOO_LARGE : DW_INVALID);
        binding_release(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_the_struct),
        cmocka_unit_test(names_broken_rules),
        cmocka_unit_test(takes_no_files),
        cmocka_unit_test(names_unknown_fields),
        cmocka_unit_test(keeps_to_its_fields),
        cmocka_unit_test(says_where_it_is_malformed),
        cmocka_unit_test(every_beginning_is_malformed),
        cmocka_unit_test(bounds_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
