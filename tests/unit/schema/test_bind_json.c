/* JSON into a struct: every kind, every fault, and which of them wins. */
#include "schema/binding.h"

#include <stdio.h>

static void fills_the_struct(void **state)
{
    struct binding b;
    (void)state;
    binding_init(&b, &thing_schema);
    dw_text json = DW_TEXT(
        "{\"name\":\"J\\u00fcrgen\",\"slug\":\"abc\",\"qty\":5,\"price\":12.5,\"active\":true,"
        "\"password\":\"correct horse\",\"note\":null,\"tags\":[1,-2,3],\"owner\":{\"name\":\"x\",\"age\":3},"
        "\"others\":[{\"name\":\"a\"},{\"name\":\"b\",\"age\":0}],\"@kind\":\"k\"}");
    assert_int_equal(binding_json(&b, json, UINT64_MAX), DW_OK);
    assert_int_equal(binding_end(&b), DW_OK);
    const thing *t = &b.out;
    assert_true(dw__text_is(t->name, "J\xc3\xbcrgen") && t->has.name);
    assert_true(dw__text_is(t->slug, "abc") && t->has.slug);
    assert_true(t->slug.p > b.json && t->slug.p < b.json + b.json_n);
    assert_true(t->qty == 5 && t->has.qty);
    assert_true(t->price == 12.5 && t->has.price);
    assert_true(t->active && t->has.active);
    assert_true(t->password.n == 13 && memcmp(t->password.p, "correct horse", 13) == 0);
    assert_true(t->password.p < b.json || t->password.p >= b.json + b.json_n);
    assert_true(t->note.p == NULL && !t->has.note);
    assert_true(t->tags.n == 3 && t->tags.v[0] == 1 && t->tags.v[1] == -2 && t->tags.v[2] == 3);
    assert_true(dw__text_is(t->owner.name, "x") && t->owner.age == 3 && t->owner.has.age && t->has.owner);
    assert_true(t->others.n == 2 && !t->others.v[0].has.age && t->others.v[1].has.age);
    assert_true(dw__text_is(t->kind, "k"));
    binding_release(&b);
}

static void leaves_out_what_is_absent(void **state)
{
    struct binding b;
    (void)state;
    binding_init(&b, &thing_schema);
    assert_int_equal(binding_json(&b, DW_TEXT("{\"name\":\"abc\",\"price\":7,\"tags\":[4]}"), UINT64_MAX),
                     DW_OK);
    assert_int_equal(binding_end(&b), DW_OK);
    assert_true(b.out.price == 7.0);
    assert_false(b.out.has.qty || b.out.has.owner || b.out.has.note || b.out.has.active);
    assert_true(b.out.tags.n == 1);
    binding_release(&b);
}

static void sets_has_of_flat_parts(void **state)
{
    struct binding b;
    (void)state;
    binding_init(&b, &stamped_schema);
    assert_int_equal(binding_json(&b, DW_TEXT("{\"made\":7,\"last\":null,\"id\":1}"), UINT64_MAX), DW_OK);
    assert_int_equal(binding_end(&b), DW_OK);
    const stamped *s = (const void *)&b.out;
    assert_true(s->id == 1 && s->stamp.made == 7 && s->has.stamp && s->stamp.has.made && !s->stamp.has.by);
    assert_false(s->has.last);
    binding_release(&b);
}

static void names_broken_rules(void **state)
{
    (void)state;
#define BROKEN(json, details) json_says(DW_TEXT(json), DW_INVALID, "\"details\":{" details "}")
    BROKEN("{}", "\"name\":[\"Missing data for required field.\"]");
    BROKEN("{\"name\":\"ab\"}", "\"name\":[\"Length must be between 3 and 100.\"]");
    BROKEN("{\"name\":\"\xc3\xa9\xc3\xa9\"}", "\"name\":[\"Length must be between 3 and 100.\"]");
    BROKEN("{\"name\":12}", "\"name\":[\"Not a valid string.\"]");
    BROKEN("{\"name\":null}", "\"name\":[\"Field may not be null.\"]");
    BROKEN("{\"name\":\"a\\u0000bc\"}", "\"name\":[\"Not a valid string.\"]");
    BROKEN("{\"name\":\"abc\",\"slug\":\"A1\"}", "\"slug\":[\"Invalid format.\"]");
    BROKEN("{\"name\":\"abc\",\"slug\":\"aaaaaaaaaaaaaaaaaaaaa\"}",
           "\"slug\":[\"Longer than maximum length 20.\"]");
    BROKEN("{\"name\":\"abc\",\"qty\":\"3\"}", "\"qty\":[\"Not a valid integer.\"]");
    BROKEN("{\"name\":\"abc\",\"qty\":3.0}", "\"qty\":[\"Not a valid integer.\"]");
    BROKEN("{\"name\":\"abc\",\"qty\":true}", "\"qty\":[\"Not a valid integer.\"]");
    BROKEN("{\"name\":\"abc\",\"qty\":99999999999999999999}", "\"qty\":[\"Not a valid integer.\"]");
    BROKEN("{\"name\":\"abc\",\"qty\":6}",
           "\"qty\":[\"Must be greater than or equal to 1 and less than or equal to 5.\"]");
    BROKEN("{\"name\":\"abc\",\"price\":\"1\"}", "\"price\":[\"Not a valid number.\"]");
    BROKEN("{\"name\":\"abc\",\"price\":100}",
           "\"price\":[\"Must be greater than or equal to 0.5 and less than or equal to 99.5.\"]");
    BROKEN("{\"name\":\"abc\",\"active\":1}", "\"active\":[\"Not a valid boolean.\"]");
    BROKEN("{\"name\":\"abc\",\"active\":\"true\"}", "\"active\":[\"Not a valid boolean.\"]");
    BROKEN("{\"name\":\"abc\",\"password\":\"short\"}",
           "\"password\":[\"Length must be between 8 and 128.\"]");
    BROKEN("{\"name\":\"abc\",\"tags\":[]}", "\"tags\":[\"Must have between 1 and 3 items.\"]");
    BROKEN("{\"name\":\"abc\",\"tags\":[1,2,3,4,\"x\"]}", "\"tags\":[\"Must have between 1 and 3 items.\"]");
    BROKEN("{\"name\":\"abc\",\"tags\":[1,\"2\",null]}",
           "\"tags.1\":[\"Not a valid integer.\"],\"tags.2\":[\"Field may not be null.\"]");
    BROKEN("{\"name\":\"abc\",\"tags\":{}}", "\"tags\":[\"Not a valid list.\"]");
    BROKEN("{\"name\":\"abc\",\"owner\":[1]}", "\"owner\":[\"Not a valid object.\"]");
    BROKEN("{\"name\":\"abc\",\"owner\":{\"age\":-1}}",
           "\"owner.age\":[\"Must be greater than or equal to 0 and less than or equal to 150.\"],"
           "\"owner.name\":[\"Missing data for required field.\"]");
    BROKEN("{\"name\":\"abc\",\"others\":[{\"name\":\"x\"},{\"name\":\"\"},3]}",
           "\"others.1.name\":[\"Length must be between 1 and 10.\"],\"others.2\":[\"Not a valid object.\"]");
    BROKEN("{\"qty\":0,\"price\":true}",
           "\"qty\":[\"Must be greater than or equal to 1 and less than or equal to 5.\"],"
           "\"price\":[\"Not a valid number.\"],\"name\":[\"Missing data for required field.\"]");
    BROKEN("[]", "\"_schema\":[\"Invalid input type.\"]");
    BROKEN("\"x\"", "\"_schema\":[\"Invalid input type.\"]");
}

static void names_unknown_fields(void **state)
{
    (void)state;
#define UNKNOWN(json, names) json_says(DW_TEXT(json), DW_UNKNOWN_FIELDS, "\"invalid_fields\":[" names "]")
    UNKNOWN("{\"name\":\"abc\",\"isAdmin\":true,\"limit\":{\"a\":[1]}}", "\"isAdmin\",\"limit\"");
    UNKNOWN("{\"name\":\"\",\"isAdmin\":true}", "\"isAdmin\"");
    UNKNOWN("{\"kind\":\"x\"}", "\"kind\"");
    UNKNOWN("{\"Name\":\"x\",\"name \":1,\"\":2}", "\"Name\",\"name \",\"\"");
    UNKNOWN("{\"owner\":{\"isAdmin\":1},\"others\":[{\"name\":\"a\"},{\"role\":1}]}",
            "\"owner.isAdmin\",\"others.1.role\"");
    UNKNOWN("{\"a\\u0000\\n\":1}", "\"a\\u0000\\n\"");
    /* 63 bytes and a character of two: cut before it. */
    UNKNOWN("{\"012345678901234567890123456789012345678901234567890123456789012\xc3\xa9zz\":1}",
            "\"012345678901234567890123456789012345678901234567890123456789012\"");
}

static void says_where_it_is_malformed(void **state)
{
    (void)state;
#define MALFORMED(json, at) json_says(DW_TEXT(json), DW_MALFORMED, "\"position\":" #at)
    MALFORMED("", 0);
    MALFORMED("{", 1);
    MALFORMED("{\"name\":\"abc\"", 13);
    MALFORMED("{\"name\":\"abc\",}", 14);
    MALFORMED("{\"name\":\"abc\"} x", 15);
    MALFORMED("{\"name\":\"a\xff\"}", 10);
    MALFORMED("{\"isAdmin\":1,\"name\":nul}", 23);
    MALFORMED("{\"name\":\"abc\",\"name\":\"abc\"}", 21);
    MALFORMED("{\"name\":\"abc\",\"\\u006eame\":\"abc\"}", 26);
    MALFORMED("{\"x\":1,\"y\":2,\"x\":3}", 17);
    MALFORMED("{\"x\":{\"y\":2,\"y\":3}}", 16);
    MALFORMED("{\"name\":{\"y\":2,\"y\":3}}", 19);
    MALFORMED("{\"owner\":{\"z\":1,\"z\":1}}", 20);
    MALFORMED("{\"others\":[{\"name\":\"x\",\"name\":\"x\"}]}", 30);
    MALFORMED("{\"qty\":1e999}", 7);
    MALFORMED("{\"tags\":[1,2,3,4,5,]}", 19);
    MALFORMED("[1,]", 3);
    MALFORMED("nope", 1);
    /* Equal names in different objects are no duplicates. */
    json_says(DW_TEXT("{\"x\":{\"z\":1},\"y\":{\"z\":1}}"), DW_UNKNOWN_FIELDS,
              "\"invalid_fields\":[\"x\",\"y\"]");
}

static void refuses_depth(void **state)
{
    char json[400] = "{\"x\":";
    size_t n = 5;
    (void)state;
    for (int levels = 63; levels <= 64; levels++) {
        memset(json + n, '[', (size_t)levels);
        memset(json + n + levels, ']', (size_t)levels);
        json[n + 2 * (size_t)levels] = '}';
        json_says((dw_text){json, n + 2 * (size_t)levels + 1},
                  levels == 63 ? DW_UNKNOWN_FIELDS : DW_MALFORMED,
                  levels == 63 ? "\"invalid_fields\":[\"x\"]" : "\"position\":68");
    }
}

static void takes_only_its_fields(void **state)
{
    struct binding b;
    (void)state;
    binding_init(&b, &thing_schema);
    assert_int_equal(binding_json(&b, DW_TEXT("{\"name\":\"abc\",\"qty\":3}"), ~UINT64_C(4)), DW_OK);
    assert_int_equal(binding_end(&b), DW_UNKNOWN_FIELDS);
    assert_string_equal(b.said, "\"invalid_fields\":[\"qty\"]");
    assert_false(b.out.has.qty);
    binding_release(&b);
}

static void sources_add_up(void **state)
{
    struct binding b;
    (void)state;
    binding_init(&b, &thing_schema);
    dw__bind_text(b.plan, 0, DW_TEXT("from the path"), &b.out, &b.faults);
    assert_int_equal(binding_json(&b, DW_TEXT("{\"qty\":3}"), ~UINT64_C(1)), DW_OK);
    assert_int_equal(binding_end(&b), DW_OK);
    assert_true(dw__text_is(b.out.name, "from the path") && b.out.qty == 3);
    binding_release(&b);
}

static void keeps_20_names_and_100_rules(void **state)
{
    struct binding b;
    static char json[20000];
    size_t n = 0;
    (void)state;
    n += (size_t)snprintf(json + n, sizeof json - n, "{\"others\":[");
    for (int i = 0; i < 100; i++)
        n += (size_t)snprintf(json + n, sizeof json - n, "%s{\"name\":\"\",\"age\":-1}", i ? "," : "");
    n += (size_t)snprintf(json + n, sizeof json - n, "]");
    size_t known = n;
    for (int i = 0; i < 50; i++)
        n += (size_t)snprintf(json + n, sizeof json - n, ",\"u%d\":%d", i, i);
    json[n++] = '}';

    binding_init(&b, &thing_schema);
    assert_int_equal(binding_json(&b, (dw_text){json, n}, UINT64_MAX), DW_OK);
    assert_int_equal(binding_end(&b), DW_UNKNOWN_FIELDS);
    assert_int_equal(b.faults.n_unknown, 20);
    assert_int_equal(b.faults.unknown_total, 50);
    assert_int_equal(b.faults.n_broken, 100);
    assert_int_equal(b.faults.broken_total, 200);
    binding_release(&b);

    json[known] = '}';
    binding_init(&b, &thing_schema);
    assert_int_equal(binding_json(&b, (dw_text){json, known + 1}, UINT64_MAX), DW_OK);
    assert_int_equal(dw__bind_end(b.plan, &b.out, &b.faults), DW_INVALID);
    assert_int_equal(b.faults.broken_total, 201);
    binding_release(&b);
}

static void a_full_arena_is_too_large(void **state)
{
    (void)state;
    /* 8 KiB is one chunk: enough for the first lists, not for the last. */
    for (size_t limit = 0; limit <= 8192; limit += 8192) {
        struct binding b;
        static char json[12000];
        size_t n = 0;
        n += (size_t)snprintf(json + n, sizeof json - n, "{\"name\":\"abc\",\"others\":[");
        for (int i = 0; i < 100; i++)
            n += (size_t)snprintf(json + n, sizeof json - n, "%s{\"name\":\"\\u0061b\"}", i ? "," : "");
        n += (size_t)snprintf(json + n, sizeof json - n, "]}");
        binding_init(&b, &thing_schema);
        b.arena.limit = limit;
        dw_err err = binding_json(&b, (dw_text){json, n}, UINT64_MAX);
        assert_int_equal(err, DW_TOO_LARGE);
        assert_int_equal(dw__bind_end(b.plan, &b.out, &b.faults), DW_TOO_LARGE);
        binding_release(&b);
    }
}

/* A text cut at any place is malformed, and nothing is read behind it. */
static void every_beginning_is_malformed(void **state)
{
    static const char json[] = "{\"name\":\"J\\u00fcrgen "
                               "\\ud83d\\ude00\",\"tags\":[1,-2.5e+3],\"owner\":{\"name\":\"\xe2\x82\xac\"},"
                               "\"x\":{\"y\":[true,false,null,{}]}}";
    (void)state;
    for (size_t n = 0; n < sizeof json - 1; n++) {
        struct binding b;
        binding_init(&b, &thing_schema);
        assert_int_equal(binding_json(&b, (dw_text){json, n}, UINT64_MAX), DW_MALFORMED);
        assert_true(b.faults.malformed_at <= n);
        binding_release(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_the_struct),
        cmocka_unit_test(leaves_out_what_is_absent),
        cmocka_unit_test(sets_has_of_flat_parts),
        cmocka_unit_test(names_broken_rules),
        cmocka_unit_test(names_unknown_fields),
        cmocka_unit_test(says_where_it_is_malformed),
        cmocka_unit_test(refuses_depth),
        cmocka_unit_test(takes_only_its_fields),
        cmocka_unit_test(sources_add_up),
        cmocka_unit_test(keeps_20_names_and_100_rules),
        cmocka_unit_test(a_full_arena_is_too_large),
        cmocka_unit_test(every_beginning_is_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
