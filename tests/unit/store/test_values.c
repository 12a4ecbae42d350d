/* Units and answers as bytes: what goes in comes out, and nothing that lies gets in. */
#include "store_fixture.h"

#include "../guard_page.h"
#include "store/row.h"
#include "store/tx.h"

struct bytes {
    char p[4096];
    struct buf b;
};

static void bytes_init(struct bytes *x)
{
    dw__buf_init_fixed(&x->b, x->p, sizeof x->p);
}

static size_t note_values(struct fixture *f, struct sql_value *values, uint32_t *index)
{
    note_in in = {.title = DW_TEXT("héllo"), .stars = -5, .weight = 2.5, .pinned = true};
    const struct sql_statement *st;

    in.has.weight = true;
    *index = (uint32_t)dw__sql_index(f->inv, &note_add);
    st = dw__sql_statement(f->inv, *index);
    dw__params_from(st, &in, 0, (dw_text){0}, NULL, values);
    return st->n_params;
}

static dw_err get_guarded(struct fixture *f, const char *p, size_t n, struct unit *unit,
                          struct sql_value *values)
{
    char *copy = guard_page_copy(p, n);
    dw_err err = dw__unit_get((dw_text){copy, n}, f->inv, unit, values);

    guard_page_free(copy);
    return err;
}

static void units_round_trip(void **state)
{
    struct fixture f;
    struct sql_value in[DW__SQL_MAX_PARAMS], out[DW__SQL_MAX_PARAMS];
    struct unit unit = {.id = 77, .want = SQL_WANT_ONE, .deadline_ns = 123456789012}, got;
    struct bytes x;
    size_t n;

    (void)state;
    fixture_init(&f);
    bytes_init(&x);
    n = note_values(&f, in, &unit.statement);
    assert_int_equal(n, 5);
    dw__unit_put(&x.b, &unit, in, n);
    assert_int_equal(dw__unit_get((dw_text){x.b.p, x.b.n}, f.inv, &got, out), DW_OK);
    assert_int_equal(got.id, 77);
    assert_int_equal(got.statement, unit.statement);
    assert_int_equal(got.want, SQL_WANT_ONE);
    assert_int_equal(got.deadline_ns, 123456789012);
    assert_int_equal(out[0].type, SQL_TEXT);
    assert_int_equal(out[0].t.n, 6);
    assert_memory_equal(out[0].t.p, "héllo", 6);
    assert_int_equal(out[1].i, -5);
    assert_true(out[2].type == SQL_REAL && out[2].d == 2.5);
    assert_int_equal(out[3].i, 1);
    assert_int_equal(out[4].type, SQL_NULL);
    for (size_t cut = 0; cut < x.b.n; cut++)
        assert_int_equal(get_guarded(&f, x.b.p, cut, &got, out), DW_INTERNAL);
    dw__buf_putc(&x.b, 0);
    assert_int_equal(get_guarded(&f, x.b.p, x.b.n, &got, out), DW_INTERNAL);
    fixture_release(&f);
}

static void refuse(struct fixture *f, struct unit unit, const struct sql_value *values, size_t n)
{
    struct sql_value out[DW__SQL_MAX_PARAMS];
    struct bytes x;

    bytes_init(&x);
    dw__unit_put(&x.b, &unit, values, n);
    assert_int_equal(get_guarded(f, x.b.p, x.b.n, &unit, out), DW_INTERNAL);
}

static void units_that_lie_are_refused(void **state)
{
    struct fixture f;
    struct sql_value good[DW__SQL_MAX_PARAMS], bad[DW__SQL_MAX_PARAMS];
    struct unit unit = {.id = 1, .want = SQL_WANT_NONE};
    size_t n;

    (void)state;
    fixture_init(&f);
    n = note_values(&f, good, &unit.statement);
    memcpy(bad, good, sizeof bad);
    refuse(&f, (struct unit){.statement = (uint32_t)NOTE_QUERIES}, good, n);
    refuse(&f, (struct unit){.statement = UINT32_MAX}, good, n);
    refuse(&f, (struct unit){.statement = unit.statement, .want = SQL_WANT_COUNT}, good, n);
    refuse(&f, unit, good, n - 1);
    good[n] = (struct sql_value){.type = SQL_NULL};
    refuse(&f, unit, good, n + 1);
    bad[0] = (struct sql_value){.type = SQL_NULL};
    refuse(&f, unit, bad, n);
    bad[0] = (struct sql_value){.type = SQL_INT, .i = 1};
    refuse(&f, unit, bad, n);
    bad[0] = (struct sql_value){.type = SQL_TEXT, .t = {"\xc0\x80", 2}};
    refuse(&f, unit, bad, n);
    bad[0] = (struct sql_value){.type = SQL_TEXT, .t = {"a\0", 2}};
    refuse(&f, unit, bad, n);
    bad[0] = good[0];
    bad[3] = (struct sql_value){.type = SQL_INT, .i = 2};
    refuse(&f, unit, bad, n);
    bad[3] = good[3];
    bad[2] = (struct sql_value){.type = SQL_REAL, .d = __builtin_nan("")};
    refuse(&f, unit, bad, n);
    bad[2] = (struct sql_value){.type = (enum sql_type)9};
    refuse(&f, unit, bad, n);
    fixture_release(&f);
}

static void answers_round_trip(void **state)
{
    struct sql_value row[2] = {{.type = SQL_INT, .i = INT64_MIN}, {.type = SQL_TEXT, .t = {"x", 1}}}, out[2];
    struct answer answer = {.id = 9, .err = DW_OK, .n_rows = 1, .changes = -3}, got;
    struct bytes x;
    dw_text rest;

    (void)state;
    bytes_init(&x);
    x.b.n = DW__ANSWER_HEAD;
    dw__answer_head(&answer, x.p);
    dw__row_put(&x.b, row, 2);
    rest = (dw_text){x.b.p, x.b.n};
    assert_int_equal(dw__answer_get(&rest, &got), DW_OK);
    assert_int_equal(got.id, 9);
    assert_int_equal(got.err, DW_OK);
    assert_int_equal(got.n_rows, 1);
    assert_int_equal(got.changes, -3);
    assert_int_equal(dw__row_get(&rest, out, 2), DW_OK);
    assert_int_equal(rest.n, 0);
    assert_int_equal(out[0].i, INT64_MIN);
    assert_int_equal(out[1].t.n, 1);
    for (size_t cut = 0; cut < x.b.n; cut++) {
        char *copy = guard_page_copy(x.p, cut);

        rest = (dw_text){copy, cut};
        assert_true(dw__answer_get(&rest, &got) == DW_INTERNAL || dw__row_get(&rest, out, 2) == DW_INTERNAL);
        guard_page_free(copy);
    }
    answer.n_rows = DW__SQL_MAX_ROWS + 1;
    dw__answer_head(&answer, x.p);
    rest = (dw_text){x.b.p, x.b.n};
    assert_int_equal(dw__answer_get(&rest, &got), DW_INTERNAL);
    answer = (struct answer){.err = DW_UNAUTHENTICATED};
    dw__answer_head(&answer, x.p);
    rest = (dw_text){x.b.p, x.b.n};
    assert_int_equal(dw__answer_get(&rest, &got), DW_OK);
    assert_int_equal(got.err, DW_INTERNAL);
}

/* A text whose length says more than there is, up to the largest number. */
static void lengths_are_checked(void **state)
{
    static const uint32_t lengths[] = {2, 3, 0x7fffffff, 0x80000000, 0xfffffffb, 0xffffffff};

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        char bytes[6] = {SQL_TEXT, 0, 0, 0, 0, 'x'}, *copy;
        struct sql_value v;

        memcpy(bytes + 1, &lengths[i], 4);
        copy = guard_page_copy(bytes, sizeof bytes);
        assert_int_equal(dw__row_get(&(dw_text){copy, sizeof bytes}, &v, 1), DW_INTERNAL);
        guard_page_free(copy);
    }
}

/* The word that says how a unit is to be run. */
static dw_err get_how(struct fixture *f, struct unit unit, size_t n, struct unit *got)
{
    struct sql_value in[DW__SQL_MAX_PARAMS], out[DW__SQL_MAX_PARAMS];
    struct bytes x;

    (void)note_values(f, in, &unit.statement);
    if (n == 0)
        unit.statement = 0;
    bytes_init(&x);
    dw__unit_put(&x.b, &unit, in, n);
    return get_guarded(f, x.b.p, x.b.n, got, out);
}

static void units_of_a_transaction(void **state)
{
    struct fixture f;
    struct unit got;

    (void)state;
    fixture_init(&f);
    assert_int_equal(
        get_how(&f, (struct unit){.act = TX_RUN, .begins = true, .lease = 65535, .want = SQL_WANT_ALL}, 5,
                &got),
        DW_OK);
    assert_int_equal(got.act, TX_RUN);
    assert_true(got.begins);
    assert_int_equal(got.lease, 65535);
    assert_int_equal(got.want, SQL_WANT_ALL);
    assert_int_equal(get_how(&f, (struct unit){.act = TX_COMMIT, .lease = 3}, 0, &got), DW_OK);
    assert_int_equal(got.act, TX_COMMIT);
    assert_int_equal(get_how(&f, (struct unit){.act = TX_COMMIT, .lease = 3}, 5, &got), DW_INTERNAL);
    assert_int_equal(get_how(&f, (struct unit){.act = TX_RUN, .lease = 3}, 0, &got), DW_INTERNAL);
    assert_int_equal(get_how(&f, (struct unit){.act = TX_ACTS}, 0, &got), DW_INTERNAL);
    assert_int_equal(get_how(&f, (struct unit){.lease = 3}, 5, &got), DW_INTERNAL);
    assert_int_equal(get_how(&f, (struct unit){.begins = true}, 5, &got), DW_INTERNAL);
    fixture_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_round_trip),           cmocka_unit_test(units_of_a_transaction),
        cmocka_unit_test(units_that_lie_are_refused), cmocka_unit_test(answers_round_trip),
        cmocka_unit_test(lengths_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
