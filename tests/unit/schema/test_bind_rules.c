/* Rules beyond the type: each code, its sentence, its place; normalisation, defaults, what only goes one way, what is dropped. */
#include "schema/binding.h"
#include "schema/print.h"

/* clang-format off */
DW_ENUM(colour, red, green);
DW_LIST(numbers, int64_t);
DW_LIST(names, dw_text);
DW_LIST(amounts, dw_decimal, DW_SCALE(1));
DW_LIST(colours, colour);

DW_SCHEMA(ruled,
    (dw_text,    bytes,   DW_LEN(0, 10), DW_BYTES(2, 6), .optional = true),
    (dw_text,    sort,    DW_ONE_OF("id", "-id", ""), .optional = true),
    (int64_t,    step,    DW_RANGE(-100, 100), .multiple_of = 5, .optional = true),
    (int64_t,    size,    DW_ONE_OF_INT(1, 2, 4), .optional = true),
    (int64_t,    least,   DW_RANGE(3, INT64_MAX), .optional = true),
    (dw_decimal, price,   DW_SCALE(2), DW_BETWEEN("0.05", "10"), .multiple_of = "0.05", .optional = true),
    (dw_date,    day,     DW_BETWEEN("2024-01-01", "2024-12-31"), .optional = true),
    (dw_date,    since,   .least = "2024-01-01", .optional = true),
    (dw_time,    at,      .most = "2024-01-01T00:00:00Z", .optional = true),
    (numbers,    unique,  .unique = true, DW_ITEMS(0, 1000), .optional = true),
    (names,      words,   .unique = true, .optional = true),
    (amounts,    amounts, .unique = true, .optional = true),
    (colours,    colours, .unique = true, .optional = true));

DW_SCHEMA(normal,
    (dw_text,   trimmed,  DW_LEN(1, 3), .trim = true, .optional = true),
    (dw_text,   composed, DW_LEN(1, 3), .nfc = true, .optional = true),
    (dw_text,   both,     DW_LEN(1, 3), .trim = true, .nfc = true, .pattern = "\\p{L}+", .optional = true),
    (dw_secret, secret,   DW_LEN(1, 3), .nfc = true, .optional = true),
    (dw_email,  mail,     .trim = true, .optional = true));

DW_SCHEMA(defaulted,
    (int64_t,    n,      DW_DEFAULT(20)),
    (double,     x,      DW_DEFAULT(0.5)),
    (bool,       b,      DW_DEFAULT(true)),
    (dw_text,    t,      DW_DEFAULT("abc")),
    (colour,     c,      DW_DEFAULT(colour_green)),
    (dw_decimal, d,      DW_SCALE(2), DW_DEFAULT("1.5")),
    (dw_date,    day,    DW_DEFAULT("2024-02-29")),
    (dw_time,    at,     DW_DEFAULT("2024-02-29T00:00:00Z")),
    (dw_ip,      ip,     DW_DEFAULT("::1")),
    (dw_uuid,    id,     DW_DEFAULT("919108f7-52d1-4320-9bac-f847db4148a8")),
    (dw_url,     link,   DW_DEFAULT("https://a.example/"), .nullable = true));
DW_PARTIAL(defaulted_part, defaulted);
DW_SCHEMA(nests, (defaulted, inner));

DW_SCHEMA(one_way,
    (int64_t,   id,       .read_only = true),
    (dw_text,   name),
    (dw_secret, password, .write_only = true),
    (dw_text,   hint,     .write_only = true, .optional = true));
DW_SCHEMA(one_way_outer, (one_way, inner));

DW_SCHEMA(loose, (int64_t, id, .read_only = true), (dw_text, name), (one_way, inner, .optional = true));
DW_OPTIONS(loose, .unknown = DW_DROP("old clients send more"));
DW_PARTIAL(loose_part, loose);

DW_SCHEMA(note, (dw_text, title), (dw_text, body, .nullable = true), (dw_text, tag, .nullable = true, .optional = true));
DW_PARTIAL(note_patch, note);
/* clang-format on */

#define BROKEN(json, details) \
    binding_says(&ruled_schema, DW_TEXT(json), DW_INVALID, "\"details\":{" details "}", NULL)

static void says_each_rule(void **state)
{
    (void)state;
    BROKEN("{\"bytes\":\"a\"}", "\"bytes\":[\"Must have between 2 and 6 bytes.\"]");
    BROKEN("{\"bytes\":\"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\"}",
           "\"bytes\":[\"Must have between 2 and 6 bytes.\"]");
    BROKEN("{\"sort\":\"name\"}", "\"sort\":[\"Must be one of: id, -id, .\"]");
    BROKEN("{\"step\":7}", "\"step\":[\"Must be a multiple of 5.\"]");
    BROKEN("{\"step\":105}",
           "\"step\":[\"Must be greater than or equal to -100 and less than or equal to 100.\"]");
    BROKEN("{\"size\":3}", "\"size\":[\"Must be one of: 1, 2, 4.\"]");
    BROKEN("{\"least\":2}", "\"least\":[\"Must be greater than or equal to 3.\"]");
    BROKEN("{\"price\":\"0.07\"}", "\"price\":[\"Must be a multiple of 0.05.\"]");
    BROKEN("{\"price\":0}",
           "\"price\":[\"Must be greater than or equal to 0.05 and less than or equal to 10.00.\"]");
    BROKEN("{\"price\":\"10.05\"}",
           "\"price\":[\"Must be greater than or equal to 0.05 and less than or equal to 10.00.\"]");
    BROKEN("{\"price\":\"1.001\"}", "\"price\":[\"Must have at most 2 digits behind the point.\"]");
    BROKEN("{\"day\":\"2025-01-01\"}",
           "\"day\":[\"Must be greater than or equal to 2024-01-01 and less than or equal to 2024-12-31.\"]");
    BROKEN("{\"since\":\"2023-12-31\"}", "\"since\":[\"Must be greater than or equal to 2024-01-01.\"]");
    BROKEN("{\"at\":\"2024-01-01T00:00:00.1Z\"}",
           "\"at\":[\"Must be less than or equal to 2024-01-01T00:00:00Z.\"]");
    binding_says(
        &ruled_schema,
        DW_TEXT("{\"bytes\":\"abcdef\",\"sort\":\"\",\"step\":-100,\"size\":4,\"least\":3,\"price\":\"0.05\","
                "\"day\":\"2024-12-31\",\"since\":\"2024-01-01\",\"at\":\"2024-01-01T00:00:00Z\"}"),
        DW_OK, "", "");
}

static void finds_what_is_there_twice(void **state)
{
    (void)state;
    BROKEN("{\"unique\":[1,2,1,3,2,1]}",
           "\"unique.2\":[\"Must not be there twice.\"],\"unique.4\":[\"Must not be there twice.\"],"
           "\"unique.5\":[\"Must not be there twice.\"]");
    BROKEN("{\"words\":[\"a\",\"b\",\"\",\"\"]}", "\"words.3\":[\"Must not be there twice.\"]");
    BROKEN("{\"amounts\":[1,\"1.0\"]}", "\"amounts.1\":[\"Must not be there twice.\"]");
    BROKEN("{\"colours\":[\"red\",\"green\",\"red\"]}", "\"colours.2\":[\"Must not be there twice.\"]");
    /* Something else is wrong: then what is the same is not looked for. */
    BROKEN("{\"unique\":[1,1,true]}", "\"unique.2\":[\"Not a valid integer.\"]");
    binding_says(&ruled_schema, DW_TEXT("{\"unique\":[3,1,2],\"words\":[],\"colours\":[\"green\",\"red\"]}"),
                 DW_OK, "", "");
}

/* Many are sorted: the same is found as by comparing each with each. */
static void finds_it_in_long_lists(void **state)
{
    static char json[20000];
    uint64_t seed = 3;
    (void)state;
    for (int round = 0; round < 50; round++) {
        int64_t v[600];
        size_t count = 17 + (size_t)round * 11, twice = 0, n = 0;
        struct binding b;
        n += (size_t)snprintf(json, sizeof json, "{\"unique\":[");
        for (size_t i = 0; i < count; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            v[i] = (int64_t)(seed >> 40) % (round < 25 ? 500 : 100000000);
            n += (size_t)snprintf(json + n, sizeof json - n, "%s%lld", i > 0 ? "," : "", (long long)v[i]);
            for (size_t k = 0; k < i; k++)
                if (v[k] == v[i]) {
                    twice++;
                    break;
                }
        }
        n += (size_t)snprintf(json + n, sizeof json - n, "]}");
        binding_init(&b, &ruled_schema);
        (void)binding_json(&b, (dw_text){json, n}, UINT64_MAX);
        assert_int_equal(b.faults.broken_total, twice);
        for (size_t i = 0; i < b.faults.n_broken; i++)
            assert_string_equal(b.faults.broken[i].code, "unique");
        binding_release(&b);
    }
}

/* Lists from a query end with the request. */
static void text_lists_are_unique_too(void **state)
{
    struct binding b;
    (void)state;
    binding_init(&b, &ruled_schema);
    for (int i = 0; i < 2; i++)
        dw__bind_text(b.plan, 9, DW_TEXT("7"), b.room, &b.faults);
    assert_int_equal(binding_end(&b), DW_INVALID);
    assert_string_equal(
        b.errors,
        "[{\"pointer\":\"/unique/1\",\"code\":\"unique\",\"detail\":\"Must not be there twice.\"}]");
    binding_release(&b);
}

/* ---- normalisation ---- */

static void normalises_first(void **state)
{
    struct binding b;
    const normal *n = (const void *)b.room;
    (void)state;
    binding_init(&b, &normal_schema);
    assert_int_equal(
        binding_json(&b,
                     DW_TEXT("{\"trimmed\":\" \\u00a0a b\\t\\u2028\",\"composed\":\"e\\u0301a\xcc\x88\","
                             "\"both\":\"\xe3\x80\x80"
                             "A\xcc\x8a \",\"secret\":\"u\\u0308\",\"mail\":\" a@example.com\\n\"}"),
                     UINT64_MAX),
        DW_OK);
    assert_int_equal(binding_end(&b), DW_OK);
    assert_true(dw__text_is(n->trimmed, "a b"));
    assert_true(dw__text_is(n->composed, "\xc3\xa9\xc3\xa4"));
    assert_true(dw__text_is(n->both, "\xc3\x85"));
    assert_true(n->secret.n == 2 && memcmp(n->secret.p, "\xc3\xbc", 2) == 0);
    assert_true(n->secret.p < b.json || n->secret.p >= b.json + b.json_n);
    assert_true(dw__text_is(n->mail, "a@example.com"));
    binding_release(&b);

    binding_says(&normal_schema, DW_TEXT("{\"trimmed\":\"   \"}"), DW_INVALID,
                 "\"details\":{\"trimmed\":[\"Length must be between 1 and 3.\"]}", NULL);
    binding_says(&normal_schema, DW_TEXT("{\"composed\":\"abcd\"}"), DW_INVALID,
                 "\"details\":{\"composed\":[\"Length must be between 1 and 3.\"]}", NULL);
    /* Six characters that are three; and thirteen that cannot be three, which is known without composing them. */
    binding_says(&normal_schema,
                 DW_TEXT("{\"composed\":\"e\xcc\x81"
                         "e\xcc\x81"
                         "e\xcc\x81\"}"),
                 DW_OK, "", "");
    binding_says(&normal_schema,
                 DW_TEXT("{\"composed\":\"e\xcc\x81"
                         "e\xcc\x81"
                         "e\xcc\x81"
                         "e\xcc\x81"
                         "e\xcc\x81"
                         "e\xcc\x81"
                         "e\"}"),
                 DW_INVALID, "\"details\":{\"composed\":[\"Length must be between 1 and 3.\"]}", NULL);
}

/* ---- defaults ---- */

static void defaults_stand_where_nothing_came(void **state)
{
    struct binding b;
    const defaulted *d = (const void *)b.room;
    (void)state;
    binding_init(&b, &defaulted_schema);
    assert_int_equal(binding_json(&b, DW_TEXT("{\"n\":7,\"link\":null}"), UINT64_MAX), DW_OK);
    assert_int_equal(binding_end(&b), DW_OK);
    assert_true(d->n == 7 && d->x == 0.5 && d->b && dw__text_is(d->t, "abc") && d->c == colour_green);
    assert_true(d->d.units == 150 && d->d.scale == 2 && d->day.month == 2 && d->at.s == 1709164800);
    assert_true(d->ip.version == 6 && d->ip.b[15] == 1 && d->id.b[0] == 0x91);
    assert_true(d->has.t && d->has.c && d->has.id && !d->has.link && d->null.link && d->link.p == NULL);
    binding_release(&b);

    binding_init(&b, &nests_schema);
    assert_int_equal(binding_json(&b, DW_TEXT("{\"inner\":{}}"), UINT64_MAX), DW_OK);
    assert_int_equal(binding_end(&b), DW_OK);
    assert_true(((const nests *)(const void *)b.room)->inner.n == 20);
    assert_true(dw__text_is(((const nests *)(const void *)b.room)->inner.link, "https://a.example/"));
    binding_release(&b);

    /* A part that did not come is not changed to its default. */
    binding_init(&b, &defaulted_part_schema);
    assert_int_equal(binding_json(&b, DW_TEXT("{\"n\":7}"), UINT64_MAX), DW_OK);
    assert_int_equal(binding_end(&b), DW_OK);
    assert_true(d->n == 7 && !d->has.x && !d->has.b && d->t.p == NULL);
    binding_release(&b);
}

/* ---- absent and null (RFC 7396) ---- */

static void a_patch_tells_absent_from_null(void **state)
{
    struct binding b;
    const note *n = (const void *)b.room;
    (void)state;
    binding_init(&b, &note_patch_schema);
    assert_int_equal(binding_json(&b, DW_TEXT("{\"body\":null}"), UINT64_MAX), DW_OK);
    assert_int_equal(binding_end(&b), DW_OK);
    assert_true(n->null.body && !n->has.body && !n->null.tag && !n->has.tag && !n->has.title);
    binding_release(&b);
    binding_says(&note_patch_schema, DW_TEXT("{\"title\":null}"), DW_INVALID,
                 "\"details\":{\"title\":[\"Field may not be null.\"]}", NULL);
    binding_says(&note_schema, DW_TEXT("{\"title\":\"t\"}"), DW_INVALID,
                 "\"details\":{\"body\":[\"Missing data for required field.\"]}", NULL);
    binding_says(&note_schema, DW_TEXT("{\"title\":\"t\",\"body\":null,\"tag\":null}"), DW_OK, "", NULL);
}

/* ---- one way only ---- */

static void some_fields_go_one_way(void **state)
{
    struct binding b;
    struct buf out;
    char text[256];
    (void)state;
    binding_says(&one_way_schema, DW_TEXT("{\"id\":7,\"name\":\"n\",\"password\":\"p\"}"), DW_UNKNOWN_FIELDS,
                 "\"invalid_fields\":[\"id\"]",
                 "[{\"pointer\":\"/id\",\"code\":\"unknown\",\"detail\":\"There is no such field.\"}]");
    binding_says(&one_way_outer_schema, DW_TEXT("{\"inner\":{\"id\":7,\"name\":\"n\",\"password\":\"p\"}}"),
                 DW_UNKNOWN_FIELDS, "\"invalid_fields\":[\"inner.id\"]", NULL);
    binding_says(&one_way_schema, DW_TEXT("{\"name\":\"n\"}"), DW_INVALID,
                 "\"details\":{\"password\":[\"Missing data for required field.\"]}", NULL);
    binding_init(&b, &one_way_schema);
    assert_int_equal(
        binding_json(&b, DW_TEXT("{\"name\":\"n\",\"password\":\"p\",\"hint\":\"h\"}"), UINT64_MAX), DW_OK);
    assert_int_equal(binding_end(&b), DW_OK);
    assert_int_equal(dw__schema_check_output(b.plan, NULL), DW_OK);
    dw__buf_init_fixed(&out, text, sizeof text);
    dw__print_json(b.plan, b.room, DW__PRINT_ALL, &out, NULL, NULL);
    assert_true(dw__text_is(((dw_text){out.p, out.n}), "{\"id\":0,\"name\":\"n\"}"));
    binding_release(&b);
}

static void drops_only_where_it_says_so(void **state)
{
    (void)state;
    binding_says(&loose_schema, DW_TEXT("{\"id\":7,\"name\":\"n\",\"more\":{\"a\":[1]}}"), DW_OK, "", "");
    binding_says(&loose_part_schema, DW_TEXT("{\"more\":1}"), DW_OK, "", "");
    /* Not inside what says nothing, and duplicates are no JSON of ours anywhere. */
    binding_says(&loose_schema,
                 DW_TEXT("{\"name\":\"n\",\"inner\":{\"name\":\"n\",\"password\":\"p\",\"x\":1}}"),
                 DW_UNKNOWN_FIELDS, "\"invalid_fields\":[\"inner.x\"]", NULL);
    binding_says(&loose_schema, DW_TEXT("{\"name\":\"n\",\"more\":1,\"more\":2}"), DW_MALFORMED,
                 "\"position\":28", NULL);
}

/* ---- places ---- */

DW_SCHEMA(odd_names, (int64_t, a, .wire = "a/b~c"), (numbers, list, .wire = "x.y"));

static void pointers_are_escaped(void **state)
{
    (void)state;
    binding_says(&odd_names_schema, DW_TEXT("{\"a/b~c\":true,\"x.y\":[1,null]}"), DW_INVALID,
                 "\"details\":{\"a/b~c\":[\"Not a valid integer.\"],\"x.y.1\":[\"Field may not be null.\"]}",
                 "[{\"pointer\":\"/a~1b~0c\",\"code\":\"type\",\"detail\":\"Not a valid integer.\"},"
                 "{\"pointer\":\"/x.y/1\",\"code\":\"null\",\"detail\":\"Field may not be null.\"}]");
    binding_says(&odd_names_schema, DW_TEXT("{\"a~/\":1}"), DW_UNKNOWN_FIELDS, "\"invalid_fields\":[\"a~/\"]",
                 "[{\"pointer\":\"/a~0~1\",\"code\":\"unknown\",\"detail\":\"There is no such field.\"}]");
    binding_says(&odd_names_schema, DW_TEXT("[]"), DW_INVALID,
                 "\"details\":{\"_schema\":[\"Invalid input type.\"]}",
                 "[{\"pointer\":\"\",\"code\":\"type\",\"detail\":\"Invalid input type.\"}]");
}

/* Bytes of a header or cookie. */
static void octets_are_text_or_none(void **state)
{
    struct binding b;
    char bytes[] = "ab";
    (void)state;
    binding_init(&b, &note_schema);
    dw__bind_octets(b.plan, 0, (dw_text){bytes, 2}, b.room, &b.faults);
    bytes[0] = 'x';
    assert_true(dw__text_is(((const note *)(const void *)b.room)->title, "ab"));
    dw__bind_octets(b.plan, 1, DW_TEXT("\xff"), b.room, &b.faults);
    dw__bind_octets(b.plan, 2, DW_TEXT("a\0b"), b.room, &b.faults);
    assert_int_equal(binding_end(&b), DW_INVALID);
    assert_string_equal(b.said,
                        "\"details\":{\"body\":[\"Not a valid string.\"],\"tag\":[\"Not a valid string.\"]}");
    binding_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_each_rule),
        cmocka_unit_test(finds_what_is_there_twice),
        cmocka_unit_test(finds_it_in_long_lists),
        cmocka_unit_test(text_lists_are_unique_too),
        cmocka_unit_test(normalises_first),
        cmocka_unit_test(defaults_stand_where_nothing_came),
        cmocka_unit_test(a_patch_tells_absent_from_null),
        cmocka_unit_test(some_fields_go_one_way),
        cmocka_unit_test(drops_only_where_it_says_so),
        cmocka_unit_test(pointers_are_escaped),
        cmocka_unit_test(octets_are_text_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
