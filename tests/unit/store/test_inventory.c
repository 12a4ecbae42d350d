/* The table of statements: where values come from, and each mistake with its sentence. */
#include "store_fixture.h"

#include "store/inventory.h"

DW_SCHEMA(with_me, (int64_t, me), (dw_text, now));
DW_LIST(tag_list, dw_text);
DW_SCHEMA(inner, (dw_text, city), (int64_t, zip, .optional = true));
DW_SCHEMA(outer, (int64_t, id), (inner, address, .flat = true));
DW_SCHEMA(twice, (dw_text, city, .wire = "town"), (inner, address, .flat = true));
DW_SCHEMA(reversed, (dw_date, at, DW_BETWEEN("2024-01-02", "2024-01-01")));
DW_PICK(note_pick, note_in, title, memo);
DW_PARTIAL(note_change, note_in);

DW_SCHEMA(version_in, (int64_t, version));

static void expect_refused(const dw_query *q, const char *sentence)
{
    const dw_query *const list[] = {q};
    char text[1024] = "";
    struct buf why;
    struct sql_inventory *inv = (struct sql_inventory *)1;

    dw__buf_init_fixed(&why, text, sizeof text - 1);
    assert_int_equal(dw__sql_inventory_new(&inv, list, list + 1, &why), DW_INVALID);
    assert_null(inv);
    assert_string_equal(text, sentence);
}

static void finds_everything(void **state)
{
    struct fixture f;
    const struct sql_statement *st;

    (void)state;
    fixture_init(&f);
    assert_int_equal(dw__sql_inventory_count(f.inv), NOTE_QUERIES);
    for (size_t i = 0; i < NOTE_QUERIES; i++) {
        assert_ptr_equal(dw__sql_inventory_at(f.inv, i), note_queries[i]);
        assert_int_equal(dw__sql_index(f.inv, note_queries[i]), i);
    }
    assert_int_equal(dw__sql_index(f.inv, &(dw_query){0}), SIZE_MAX);
    assert_int_equal(dw__sql_index(f.inv, NULL), SIZE_MAX);
    st = dw__sql_statement(f.inv, dw__sql_index(f.inv, &note_mine));
    assert_true(st->uses_me);
    assert_true(dw__sql_uses_me(f.inv, dw__sql_index(f.inv, &note_mine)));
    assert_false(dw__sql_uses_me(f.inv, dw__sql_index(f.inv, &note_add)));
    assert_int_equal(st->n_params, 3);
    assert_int_equal(st->params[0].source, SQL_FROM_FIELD);
    assert_int_equal(st->params[0].field->at, offsetof(note_in, title));
    assert_int_equal(st->params[1].source, SQL_FROM_ME);
    assert_int_equal(st->params[2].source, SQL_FROM_NOW);
    assert_int_equal(st->n_fields, 1);
    fixture_release(&f);
}

static void follows_flat_picked_and_partial(void **state)
{
    static const dw_query flat = {"flat", "SELECT :city, :zip, :id", &outer_schema, &outer_schema};
    static const dw_query picked = {"picked", "SELECT :memo", &note_pick_schema, &note_pick_schema};
    static const dw_query partial = {"partial", "SELECT :title", &note_change_schema, &note_change_schema};
    const dw_query *const list[] = {&flat, &picked, &partial};
    char text[256] = "";
    struct buf why;
    struct sql_inventory *inv;
    const struct sql_statement *st;

    (void)state;
    dw__buf_init_fixed(&why, text, sizeof text - 1);
    assert_int_equal(dw__sql_inventory_new(&inv, list, list + 3, &why), DW_OK);
    st = dw__sql_statement(inv, 0);
    assert_int_equal(st->params[0].field->at, offsetof(outer, address.city));
    assert_int_equal(st->params[1].field->has_at, offsetof(outer, address.has.zip));
    assert_true(st->params[1].field->may_be_null);
    assert_false(st->params[0].field->may_be_null);
    assert_int_equal(st->n_fields, 3);
    assert_int_equal(st->n_flats, 1);
    assert_int_equal(st->flats[0], offsetof(outer, has.address));
    st = dw__sql_statement(inv, 1);
    assert_int_equal(st->params[0].field->at, offsetof(note_pick, memo));
    assert_int_equal(st->params[0].field->type->kind, DW_KIND_TEXT);
    assert_true(st->params[0].field->may_be_null);
    st = dw__sql_statement(inv, 2);
    assert_true(st->params[0].field->may_be_null);
    dw__sql_inventory_free(inv);
}

static void says_what_is_wrong(void **state)
{
    char text[256] = "";
    struct buf why;
    struct sql_inventory *inv;

    (void)state;
    dw__buf_init_fixed(&why, text, sizeof text - 1);
    assert_int_equal(dw__sql_inventory_new(&inv, note_queries, note_queries, &why), DW_INVALID);
    assert_string_equal(
        text, "the program has no statements; dw_main() must be called by the program that declares them\n");
    assert_null(inv);
    expect_refused(&(dw_query){"q", "SELECT :nam", &note_in_schema, &note_id_schema},
                   "statement q: unknown parameter `:nam`; it is not a field of note_in, nor :me or :now\n");
    expect_refused(&(dw_query){"q", "SELECT ?", &note_in_schema, &note_id_schema},
                   "statement q: `?` is not a parameter that has a name; write :field\n");
    expect_refused(
        &(dw_query){"q", "SELECT :me, :now", &with_me_schema, &note_id_schema},
        "statement q: `:me` is the caller and cannot be a field of with_me as well; rename the field\n"
        "statement q: `:now` is the time and cannot be a field of with_me as well; rename the field\n");
    expect_refused(&(dw_query){"q", "UPDATE notes SET n = n + 1 WHERE id = :id", &note_key_schema,
                               &note_id_schema, .version = "n"},
                   "statement q: .version: its WHERE must say `n = :version`\n");
    expect_refused(&(dw_query){"q", "UPDATE notes SET n = :version WHERE id = 1", &version_in_schema,
                               &note_id_schema, .version = "n"},
                   "statement q: .version: its WHERE must say `n = :version`\n");
    expect_refused(&(dw_query){"q", "UPDATE notes SET m = 1 WHERE n = :version", &version_in_schema,
                               &note_id_schema, .version = "n"},
                   "statement q: .version: it must set `n = n + 1`\n");
    expect_refused(&(dw_query){"q", "SELECT 1", &tag_list_schema, &note_id_schema},
                   "statement q: its input and its output must be schemas with fields; tag_list is not\n");
    expect_refused(&(dw_query){"q", "SELECT 1", &note_key_schema, &twice_schema},
                   "statement q: schema twice has two fields `city`\n");
    expect_refused(&(dw_query){"q", "SELECT 1", &note_key_schema, &reversed_schema},
                   "schema reversed, field at: the range is reversed\n");
}

static void names_differ(void **state)
{
    static const dw_query a = {"same", "SELECT 1", &note_key_schema, &note_id_schema};
    static const dw_query b = {"same", "SELECT 2", &note_key_schema, &note_id_schema};
    const dw_query *const list[] = {&a, &b};
    char text[256] = "";
    struct buf why;
    struct sql_inventory *inv;

    (void)state;
    dw__buf_init_fixed(&why, text, sizeof text - 1);
    assert_int_equal(dw__sql_inventory_new(&inv, list, list + 2, &why), DW_INVALID);
    assert_string_equal(text, "statement same: there are two of that name; rename one\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_everything),
        cmocka_unit_test(follows_flat_picked_and_partial),
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(names_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
