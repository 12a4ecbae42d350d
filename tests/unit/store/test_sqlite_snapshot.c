/* Reads that share a transaction: never older than what was committed, and gone when they should be. */
#include "store_author.h"

struct setting {
    struct fixture f;
    struct author author;
};

static int set_up(void **state)
{
    struct setting *s = calloc(1, sizeof *s);

    fixture_init(&s->f);
    author_start(&s->author, &s->f);
    fixture_open(&s->f, SQL_READ_ONLY);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *s = *state;

    author_end(&s->author);
    fixture_release(&s->f);
    free(s);
    return 0;
}

/* The number of notes, without asking for a snapshot: in the transaction that is open, or in one of its own. */
static int64_t count(struct fixture *f)
{
    size_t i = dw__sql_index(f->inv, &note_total);
    note_count row = {.n = -1};
    struct sql_collect collect;
    struct sql_run run = {.statement = i, .sink = &collect.sink, .one_row = true};

    dw__collect_init(&collect, dw__sql_statement(f->inv, i), &f->arena, SQL_WANT_ONE, &row);
    assert_int_equal(dw__sqlite_run(f->h, &run), DW_OK);
    return row.n;
}

static void a_commit_moves_the_generation(void **state)
{
    struct setting *s = *state;
    uint64_t before = dw__sqlite_generation(s->f.h), after;

    assert_true(before > 0);
    (void)count(&s->f);
    assert_int_equal(dw__sqlite_generation(s->f.h), before);
    assert_int_equal(author_tell(&s->author, 'n'), 'y');
    after = dw__sqlite_generation(s->f.h);
    assert_true(after > before);
    assert_int_equal(dw__sqlite_generation(s->f.h), after);
}

static void a_snapshot_is_one_transaction(void **state)
{
    struct setting *s = *state;

    assert_true(dw__sqlite_snapshot(s->f.h));
    assert_int_equal(count(&s->f), 0);
    assert_int_equal(author_tell(&s->author, 'n'), 'y');
    assert_int_equal(count(&s->f), 0);
    dw__sqlite_snapshot_end(s->f.h);
    assert_int_equal(count(&s->f), 1);
}

static void who_asks_again_sees_what_was_committed(void **state)
{
    struct setting *s = *state;

    for (int64_t i = 1; i <= 50; i++) {
        assert_int_equal(author_tell(&s->author, 'n'), 'y');
        assert_true(dw__sqlite_snapshot(s->f.h));
        assert_int_equal(count(&s->f), i);
        assert_true(dw__sqlite_snapshot(s->f.h));
        assert_int_equal(count(&s->f), i);
        if (i % 7 == 0)
            dw__sqlite_snapshot_end(s->f.h);
        if (i % 9 == 0)
            (void)author_tell(&s->author, 't');
    }
}

static void an_ended_snapshot_holds_nothing_back(void **state)
{
    struct setting *s = *state;

    assert_int_equal(author_tell(&s->author, 'n'), 'y');
    assert_true(dw__sqlite_snapshot(s->f.h));
    assert_int_equal(count(&s->f), 1);
    assert_true(dw__sqlite_in_transaction(s->f.h));
    assert_int_equal(author_tell(&s->author, 't'), 'y'); /* says that it was busy, which is no error */
    assert_int_equal(author_tell(&s->author, 'n'), 'y');
    assert_int_equal(count(&s->f), 1);
    dw__sqlite_snapshot_end(s->f.h);
    dw__sqlite_snapshot_end(s->f.h);
    assert_false(dw__sqlite_in_transaction(s->f.h));
    assert_int_equal(author_tell(&s->author, 't'), 'y');
    assert_int_equal(author_tell(&s->author, 'n'), 'y');
    assert_true(dw__sqlite_snapshot(s->f.h));
    assert_int_equal(count(&s->f), 3);
}

static void a_stopped_statement_leaves_the_others_their_reads(void **state)
{
    struct setting *s = *state;
    size_t i = dw__sql_index(s->f.inv, &note_spin);
    struct sql_value one = {.type = SQL_INT, .i = 1};
    struct sql_run run = {.statement = i, .values = &one, .budget_ns = 20000000};

    assert_int_equal(author_tell(&s->author, 'n'), 'y');
    assert_true(dw__sqlite_snapshot(s->f.h));
    assert_int_equal(count(&s->f), 1);
    assert_int_equal(dw__sqlite_run(s->f.h, &run), DW_TIMEOUT);
    assert_non_null(strstr(run.trouble, "interrupted"));
    assert_int_equal(count(&s->f), 1);
    assert_true(dw__sqlite_snapshot(s->f.h));
    assert_int_equal(count(&s->f), 1);
}

static void who_cannot_know_does_not_share(void **state)
{
    struct setting *s = *state;
    struct sql_handle *memory;

    fixture_ok(&s->f, dw__sql_open(&memory, "", SQL_MEMORY, &s->f.why));
    assert_int_equal(dw__sqlite_generation(memory), 0);
    assert_false(dw__sqlite_snapshot(memory));
    assert_false(dw__sqlite_in_transaction(memory));
    dw__sqlite_snapshot_end(memory);
    dw__sql_close(memory);
}

static dw_err ignore_row(void *self, const char *const *texts, size_t n)
{
    (void)self, (void)texts, (void)n;
    return DW_OK;
}

/* Something was compiled that depends on more than the database: nobody knows what else was. */
static void nothing_is_kept_when_a_statement_may_have_changed(void **state)
{
    struct setting *s = *state;
    char trouble[DW__SQL_TROUBLE];

    assert_true(dw__sqlite_generation(s->f.h) > 0);
    assert_int_equal(dw__sqlite_each(s->f.h, "SELECT random()", NULL, ignore_row, trouble), DW_OK);
    assert_int_equal(dw__sqlite_generation(s->f.h), 0);
    assert_true(dw__sqlite_snapshot(s->f.h));
}

/* What start-up asks of the schema by itself is no statement that changed. */
static void owned_tables_take_nothing_away(void **state)
{
    static const dw_owned owned[] = {DW_OWNED(parts, note), {0}};
    static const dw_query *const queries[] = {&note_total};
    struct setting *s = *state;
    struct sql_inventory *inv;
    struct sql_handle *h;

    fixture_ok(&s->f, dw__sql_inventory_new(&inv, queries, queries + 1, &s->f.why));
    fixture_ok(&s->f, dw__sql_inventory_own(inv, owned, &s->f.why));
    fixture_ok(&s->f, dw__sql_open(&h, s->f.path, SQL_READ_ONLY, &s->f.why));
    fixture_ok(&s->f, dw__sql_prepare_all(h, inv, &s->f.why));
    assert_true(dw__sqlite_generation(h) > 0);
    dw__sql_close(h);
    dw__sql_inventory_free(inv);
}

static void a_writer_does_not_share(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    (void)state;
    fixture_init(f);
    fixture_open(f, SQL_READ_WRITE);
    assert_int_equal(dw__sqlite_generation(f->h), 0);
    assert_false(dw__sqlite_snapshot(f->h));
    assert_false(dw__sqlite_in_transaction(f->h));
    fixture_release(f);
    free(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_commit_moves_the_generation),
        TEST(a_snapshot_is_one_transaction),
        TEST(who_asks_again_sees_what_was_committed),
        TEST(an_ended_snapshot_holds_nothing_back),
        TEST(a_stopped_statement_leaves_the_others_their_reads),
        TEST(who_cannot_know_does_not_share),
        TEST(nothing_is_kept_when_a_statement_may_have_changed),
        TEST(owned_tables_take_nothing_away),
        cmocka_unit_test(a_writer_does_not_share),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
