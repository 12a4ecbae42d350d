/* Statements from a context: structs in, structs out, and what is refused. */
#include "store_fixture.h"

#include <time.h>

DW_LIST(note_list, note_row);
DW_LIST(count_list, note_count);

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    fixture_init(f);
    fixture_log_start(f);
    fixture_open(f, SQL_MEMORY);
    fixture_direct(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_release(*state);
    free(*state);
    return 0;
}

static note_in a_note(const char *title)
{
    return (note_in){.title = {title, strlen(title)}, .stars = 3, .pinned = true};
}

static void rows_become_structs(void **state)
{
    struct fixture *f = *state;
    note_in in = a_note("one");
    note_id id;
    note_row row;
    note_list list;

    in.weight = 2.5;
    in.has.weight = true;
    fixture_ok(f, DW_ONE(&f->ctx, note_add, &in, &id));
    assert_int_equal(id.id, 1);
    assert_true(id.has.id);
    in = a_note("two");
    in.memo = DW_TEXT("");
    in.has.memo = true;
    fixture_ok(f, DW_ONE(&f->ctx, note_add, &in, &id));

    memset(&row, 0x5a, sizeof row);
    fixture_ok(f, DW_ONE(&f->ctx, note_by_id, &(note_key){.id = 1}, &row));
    assert_int_equal(row.id, 1);
    assert_int_equal(row.title.n, 3);
    assert_memory_equal(row.title.p, "one", 3);
    assert_int_equal(row.stars, 3);
    assert_true(row.weight == 2.5 && row.has.weight);
    assert_true(row.pinned);
    assert_false(row.has.memo);
    assert_null(row.memo.p);

    fixture_ok(f, DW_ALL(&f->ctx, note_all, &(nothing_in){0}, &list));
    assert_int_equal(list.n, 2);
    assert_memory_equal(list.v[1].title.p, "two", 3);
    assert_true(list.v[1].has.memo);
    assert_int_equal(list.v[1].memo.n, 0);
    assert_false(list.v[1].has.weight);
    assert_int_equal(DW_ONE(&f->ctx, note_by_id, &(note_key){.id = 9}, &row), DW_NOT_FOUND);
}

static void effects_are_counted(void **state)
{
    struct fixture *f = *state;
    note_in in = a_note("one");
    int64_t changes = -1;
    note_list list;

    fixture_ok(f, DW_EXEC(&f->ctx, note_put, &in, &changes));
    assert_int_equal(changes, 1);
    fixture_ok(f, DW_EXEC(&f->ctx, note_total, &(nothing_in){0}, &changes));
    assert_int_equal(changes, 0);
    fixture_ok(f, DW_EXEC(&f->ctx, note_clear, &(nothing_in){0}, &changes));
    assert_int_equal(changes, 1);
    fixture_ok(f, DW_EXEC(&f->ctx, note_clear, &(nothing_in){0}, NULL));
    fixture_ok(f, DW_ALL(&f->ctx, note_all, &(nothing_in){0}, &list));
    assert_int_equal(list.n, 0);
}

static void constraints_are_conflicts(void **state)
{
    struct fixture *f = *state;
    note_in in = a_note("one");
    int64_t changes = -1;

    fixture_ok(f, DW_EXEC(&f->ctx, note_put, &in, NULL));
    assert_int_equal(DW_EXEC(&f->ctx, note_put, &in, &changes), DW_CONFLICT);
    assert_int_equal(changes, 0);
    assert_string_equal(fixture_log(f), "");
}

static void me_is_the_caller(void **state)
{
    struct fixture *f = *state;
    dw_principal ann = {.id = 7}, bob = {.id = 8};
    note_in in = a_note("mine");
    note_id id;
    note_text text;

    assert_int_equal(DW_ONE(&f->ctx, note_mine, &in, &id), DW_INTERNAL);
    assert_non_null(strstr(fixture_log(f), "it asks for :me, and the caller is anonymous"));
    dw__clock_set(&f->clock, INT64_C(784111777000));
    f->ctx.principal = &ann;
    fixture_ok(f, DW_ONE(&f->ctx, note_mine, &in, &id));
    assert_true(f->ctx.principal_asked);
    fixture_ok(f, DW_ONE(&f->ctx, note_of_me, &(note_key){.id = id.id}, &text));
    assert_int_equal(text.title.n, 25);
    assert_memory_equal(text.title.p, "mine 1994-11-06T08:49:37Z", 25);
    f->ctx.principal = &bob;
    assert_int_equal(DW_ONE(&f->ctx, note_of_me, &(note_key){.id = id.id}, &text), DW_NOT_FOUND);
}

static void only_the_inventory_runs(void **state)
{
    struct fixture *f = *state;
    static const dw_query other = {"other", "DROP TABLE notes", &note_key_schema, &note_id_schema};
    note_in in = a_note("one");

    assert_int_equal(dw_x_exec(&f->ctx, &other, &in, NULL), DW_INTERNAL);
    assert_non_null(strstr(fixture_log(f), "the statement is not in the inventory"));
    f->ctx.read_only = true;
    assert_int_equal(DW_EXEC(&f->ctx, note_put, &in, NULL), DW_INTERNAL);
    assert_non_null(strstr(fixture_log(f), "\"statement\":\"note_put\""));
    assert_non_null(strstr(fixture_log(f), "it writes, and a GET or HEAD handler only reads"));
    fixture_ok(f, DW_EXEC(&f->ctx, note_total, &(nothing_in){0}, NULL));
}

static void values_must_be_text(void **state)
{
    struct fixture *f = *state;
    note_in in = a_note("one");

    in.title = (dw_text){"a\0b", 3};
    assert_int_equal(DW_EXEC(&f->ctx, note_put, &in, NULL), DW_INVALID);
    in.title = (dw_text){"\xff", 1};
    assert_int_equal(DW_EXEC(&f->ctx, note_put, &in, NULL), DW_INVALID);
    in = a_note("two");
    in.weight = __builtin_nan("");
    in.has.weight = true;
    assert_int_equal(DW_EXEC(&f->ctx, note_put, &in, NULL), DW_INVALID);
    assert_non_null(strstr(fixture_log(f), "has a NUL byte in it"));
    assert_non_null(strstr(fixture_log(f), "is not UTF-8"));
    in = a_note("");
    in.title.p = NULL;
    fixture_ok(f, DW_EXEC(&f->ctx, note_put, &in, NULL));
}

static void a_row_that_does_not_fit_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    note_in in = a_note("one");
    note_text text;
    note_count count;

    assert_int_equal(DW_ONE(&f->ctx, note_misfit, &in, &text), DW_INTERNAL);
    assert_non_null(strstr(fixture_log(f), "column title is NULL but neither optional nor nullable"));
    fixture_ok(f, DW_ONE(&f->ctx, note_total, &(nothing_in){0}, &count));
    assert_int_equal(count.n, 0);
}

static void rows_have_a_limit(void **state)
{
    struct fixture *f = *state;
    count_list list;

    fixture_ok(f, DW_ALL(&f->ctx, note_flood, &(note_key){.id = 1000}, &list));
    assert_int_equal(list.n, 1000);
    assert_int_equal(list.v[999].n, 1000);
    assert_int_equal(DW_ALL(&f->ctx, note_flood, &(note_key){.id = 1001}, &list), DW_INTERNAL);
    assert_int_equal(list.n, 0);
    assert_non_null(strstr(fixture_log(f), "page by key"));
}

static void deadlines_stop_statements(void **state)
{
    struct fixture *f = *state;
    struct timespec before, after;
    note_count count;

    f->ctx.deadline_ns = f->clock.mono_ns + 50000000;
    clock_gettime(CLOCK_MONOTONIC, &before);
    assert_int_equal(DW_ONE(&f->ctx, note_spin, &(note_key){.id = 1}, &count), DW_TIMEOUT);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_true(after.tv_sec - before.tv_sec < 5);
    f->ctx.deadline_ns = f->clock.mono_ns;
    assert_int_equal(DW_ONE(&f->ctx, note_total, &(nothing_in){0}, &count), DW_TIMEOUT);
    f->ctx.deadline_ns = 0;
    f->ctx.canceled = true;
    assert_int_equal(DW_ONE(&f->ctx, note_total, &(nothing_in){0}, &count), DW_CANCELED);
    f->ctx.canceled = false;
    fixture_ok(f, DW_ONE(&f->ctx, note_total, &(nothing_in){0}, &count));
}

static void ready_when_it_answers(void **state)
{
    struct fixture *f = *state;

    fixture_ok(f, dw__sql_client_ready(f->client));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_become_structs),
        TEST(effects_are_counted),
        TEST(constraints_are_conflicts),
        TEST(me_is_the_caller),
        TEST(only_the_inventory_runs),
        TEST(values_must_be_text),
        TEST(a_row_that_does_not_fit_leaves_nothing),
        TEST(rows_have_a_limit),
        TEST(deadlines_stop_statements),
        TEST(ready_when_it_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
