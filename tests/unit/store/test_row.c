/* Rows that came as bytes: taken when they are exactly what the statement gives, else not at all. */
#include "store_fixture.h"

#include "store/row.h"

DW_LIST(note_list, note_row);

struct setting {
    struct fixture f;
    const struct sql_statement *st; /* note_by_id */
    struct sql_value row[6];        /* id, title, stars, weight, pinned, memo */
    char bytes[4096];
    struct buf b;
};

static int set_up(void **state)
{
    struct setting *s = calloc(1, sizeof *s);

    fixture_init(&s->f);
    s->st = dw__sql_statement(s->f.inv, dw__sql_index(s->f.inv, &note_by_id));
    assert_int_equal(s->st->n_fields, 6);
    s->row[0] = (struct sql_value){.type = SQL_INT, .i = 7};
    s->row[1] = (struct sql_value){.type = SQL_TEXT, .t = DW_TEXT("gr\xc3\xbc\xc3\x9f dich")};
    s->row[2] = (struct sql_value){.type = SQL_INT, .i = -1};
    s->row[3] = (struct sql_value){.type = SQL_INT, .i = 3}; /* SQLite stores 3.0 so */
    s->row[4] = (struct sql_value){.type = SQL_INT, .i = 1};
    s->row[5] = (struct sql_value){.type = SQL_NULL};
    dw__buf_init_fixed(&s->b, s->bytes, sizeof s->bytes);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *s = *state;

    fixture_release(&s->f);
    free(s);
    return 0;
}

static dw_err collect(struct setting *s, struct sql_collect *c, uint32_t n, enum sql_want want, void *one)
{
    dw__collect_init(c, s->st, &s->f.arena, want, one);
    return dw__collect_bytes(c, (dw_text){s->b.p, s->b.n}, n);
}

static void rows_become_structs(void **state)
{
    struct setting *s = *state;
    struct sql_collect c;
    note_row *rows, one;

    for (int i = 0; i < 20; i++)
        dw__row_put(&s->b, s->row, 6);
    assert_int_equal(collect(s, &c, 20, SQL_WANT_ALL, NULL), DW_OK);
    assert_int_equal(c.n, 20);
    rows = (note_row *)(void *)c.rows;
    memset(s->bytes, 'x', sizeof s->bytes); /* what was collected is a copy */
    assert_int_equal(rows[19].id, 7);
    assert_memory_equal(rows[19].title.p, "gr\xc3\xbc\xc3\x9f dich", 12);
    assert_true(rows[19].has.weight);
    assert_true(rows[19].weight == 3.0);
    assert_true(rows[19].pinned);
    assert_false(rows[19].has.memo);
    s->b.n = 0;
    dw__row_put(&s->b, s->row, 6);
    s->row[0].i = 8;
    dw__row_put(&s->b, s->row, 6);
    assert_int_equal(collect(s, &c, 2, SQL_WANT_ONE, &one), DW_OK);
    assert_int_equal(one.id, 7);
    assert_int_equal(collect(s, &c, 2, SQL_WANT_NONE, NULL), DW_OK);
    assert_int_equal(c.n, 0);
}

static void the_number_of_rows_is_exact(void **state)
{
    struct setting *s = *state;
    struct sql_collect c;

    dw__row_put(&s->b, s->row, 6);
    dw__row_put(&s->b, s->row, 6);
    assert_int_equal(collect(s, &c, 1, SQL_WANT_ALL, NULL), DW_INTERNAL);
    assert_int_equal(collect(s, &c, 3, SQL_WANT_ALL, NULL), DW_INTERNAL);
    s->b.n--;
    assert_int_equal(collect(s, &c, 2, SQL_WANT_ALL, NULL), DW_INTERNAL);
}

static void expect_fault(struct setting *s, size_t field, struct sql_value value, const char *fault)
{
    struct sql_value was = s->row[field];
    struct sql_collect c;

    s->row[field] = value;
    s->b.n = 0;
    dw__row_put(&s->b, s->row, 6);
    s->row[field] = was;
    assert_int_equal(collect(s, &c, 1, SQL_WANT_ALL, NULL), DW_INTERNAL);
    assert_int_equal(c.n, 0);
    assert_string_equal(c.fault, fault);
    assert_string_equal(c.fault_field, s->st->fields[field].name);
}

static void values_must_fit_their_fields(void **state)
{
    struct setting *s = *state;

    expect_fault(s, 0, (struct sql_value){.type = SQL_TEXT, .t = DW_TEXT("7")}, "is not an integer");
    expect_fault(s, 0, (struct sql_value){.type = SQL_NULL}, "is NULL but neither optional nor nullable");
    expect_fault(s, 1, (struct sql_value){.type = SQL_INT}, "is not text");
    expect_fault(s, 1, (struct sql_value){.type = SQL_TEXT, .t = {"a\0b", 3}}, "has a NUL byte in it");
    expect_fault(s, 1, (struct sql_value){.type = SQL_TEXT, .t = DW_TEXT("\xff")}, "is not UTF-8");
    expect_fault(s, 3, (struct sql_value){.type = SQL_TEXT, .t = DW_TEXT("1")}, "is not a number");
    expect_fault(s, 4, (struct sql_value){.type = SQL_INT, .i = 2}, "is not 0 or 1");
}

static void no_more_than_a_thousand(void **state)
{
    struct setting *s = *state;
    struct sql_value id = {.type = SQL_INT, .i = 1};
    struct sql_collect c;
    char *bytes = malloc(20000);

    s->st = dw__sql_statement(s->f.inv, dw__sql_index(s->f.inv, &note_total));
    dw__buf_init_fixed(&s->b, bytes, 20000);
    for (size_t i = 0; i < DW__SQL_MAX_ROWS; i++)
        dw__row_put(&s->b, &id, 1);
    assert_int_equal(collect(s, &c, DW__SQL_MAX_ROWS, SQL_WANT_ALL, NULL), DW_OK);
    dw__row_put(&s->b, &id, 1);
    assert_false(s->b.failed);
    assert_int_equal(collect(s, &c, DW__SQL_MAX_ROWS + 1, SQL_WANT_ALL, NULL), DW_INTERNAL);
    assert_string_equal(c.fault, "is more than 1000; page by key");
    free(bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_become_structs),
        TEST(the_number_of_rows_is_exact),
        TEST(values_must_fit_their_fields),
        TEST(no_more_than_a_thousand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
