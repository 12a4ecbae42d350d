/* Blocks of statements on one handle: what is kept, what is undone, and what spoils them. */
#include "store_fixture.h"

#include <dw/tx.h>

#include "store/sqlite.h"

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    fixture_init(f);
    fixture_log_start(f);
    fixture_open(f, SQL_READ_WRITE);
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

static dw_err put(struct fixture *f, const char *title)
{
    const note_in in = {.title = {title, strlen(title)}};

    return DW_EXEC(&f->ctx, note_put, &in, NULL);
}

static int64_t total(struct fixture *f)
{
    note_count count;

    fixture_ok(f, DW_ONE(&f->ctx, note_total, &(nothing_in){0}, &count));
    return count.n;
}

static void the_end_of_the_block_keeps_it(void **state)
{
    struct fixture *f = *state;
    dw_err err = DW_INTERNAL;
    int rounds = 0;

    DW_TX(&f->ctx, &err)
    {
        assert_int_equal(err, DW_OK);
        err = put(f, "one");
        if (err == DW_OK)
            err = put(f, "two");
        assert_int_equal(total(f), 2); /* its own */
        rounds++;
    }
    assert_int_equal(err, DW_OK);
    assert_int_equal(rounds, 1);
    assert_null(f->ctx.tx);
    DW_TX(&f->ctx, &err)
    {
        err = put(f, "three");
        if (err == DW_OK)
            continue;
        fail();
    }
    assert_int_equal(err, DW_OK);
    assert_int_equal(total(f), 3);
    assert_string_equal(fixture_log(f), "");
}

static void nothing_in_it_is_nothing(void **state)
{
    struct fixture *f = *state;
    dw_err err;

    DW_TX(&f->ctx, &err)
    {
    }
    assert_int_equal(err, DW_OK);
    assert_false(dw__sqlite_in_transaction(f->h));
}

static void an_error_undoes_it(void **state)
{
    struct fixture *f = *state;
    dw_err err;

    DW_TX(&f->ctx, &err)
    {
        fixture_ok(f, put(f, "one"));
        err = DW_DENIED;
    }
    assert_int_equal(err, DW_DENIED);
    assert_int_equal(total(f), 0);
    assert_false(f->ctx.tx_left);
}

static dw_err leave_by_return(struct fixture *f, dw_err returned)
{
    dw_err err;

    DW_TX(&f->ctx, &err)
    {
        fixture_ok(f, put(f, "one"));
        return returned;
    }
    return err;
}

static void leaving_it_undoes_it(void **state)
{
    struct fixture *f = *state;
    dw_err err;

    assert_int_equal(leave_by_return(f, DW_CONFLICT), DW_CONFLICT);
    assert_int_equal(total(f), 0);
    assert_null(f->ctx.tx);
    f->ctx.tx_left = false;
    assert_int_equal(leave_by_return(f, DW_OK), DW_OK);
    assert_true(f->ctx.tx_left); /* which makes a 500 of it */
    assert_int_equal(total(f), 0);
    f->ctx.tx_left = false;
    DW_TX(&f->ctx, &err)
    {
        fixture_ok(f, put(f, "one"));
        break;
    }
    assert_int_equal(err, DW_INTERNAL);
    assert_true(f->ctx.tx_left);
    f->ctx.tx_left = false;
    DW_TX(&f->ctx, &err)
    {
        fixture_ok(f, put(f, "one"));
        err = DW_NOT_FOUND;
        goto out;
    }
out:
    assert_int_equal(err, DW_NOT_FOUND);
    assert_false(f->ctx.tx_left);
    assert_int_equal(total(f), 0);
    fixture_ok(f, put(f, "one"));
    assert_int_equal(total(f), 1);
}

static void a_statement_that_fails_spoils_it(void **state)
{
    struct fixture *f = *state;
    dw_err err, second = DW_OK;
    note_row row;

    fixture_ok(f, put(f, "there"));
    DW_TX(&f->ctx, &err)
    {
        fixture_ok(f, put(f, "one"));
        assert_int_equal(DW_ONE(&f->ctx, note_by_id, &(note_key){.id = 99}, &row), DW_NOT_FOUND);
        fixture_ok(f, put(f, "two"));
        (void)!put(f, "there"); /* whose error nobody looks at */
        second = put(f, "three");
    }
    assert_int_equal(err, DW_CONFLICT);
    assert_int_equal(second, DW_CONFLICT);
    assert_int_equal(total(f), 1);
}

static void a_block_in_a_block_is_undone_alone(void **state)
{
    struct fixture *f = *state;
    dw_err err, inner;

    DW_TX(&f->ctx, &err)
    {
        fixture_ok(f, put(f, "one"));
        DW_TX(&f->ctx, &inner)
        {
            fixture_ok(f, put(f, "two"));
            inner = put(f, "one");
        }
        assert_int_equal(inner, DW_CONFLICT);
        assert_int_equal(total(f), 1);
        DW_TX(&f->ctx, &inner)
        {
            inner = put(f, "three");
            DW_TX(&f->ctx, &inner)
            {
                inner = put(f, "four");
            }
        }
        assert_int_equal(inner, DW_OK);
        assert_int_equal(total(f), 3);
    }
    assert_int_equal(err, DW_OK);
    assert_int_equal(total(f), 3);
    DW_TX(&f->ctx, &err)
    {
        DW_TX(&f->ctx, &inner)
        {
            inner = put(f, "five");
        }
        err = DW_DENIED;
    }
    assert_int_equal(total(f), 3);
}

static void dive(struct fixture *f, unsigned depth, dw_err *err)
{
    DW_TX(&f->ctx, err)
    {
        if (depth > 0)
            dive(f, depth - 1, err);
    }
}

static void blocks_have_a_depth(void **state)
{
    struct fixture *f = *state;
    dw_err err;

    dive(f, 7, &err);
    assert_int_equal(err, DW_OK);
    dive(f, 8, &err);
    assert_int_equal(err, DW_INTERNAL);
    assert_non_null(strstr(fixture_log(f), "too many blocks"));
    assert_null(f->ctx.tx);
    assert_false(dw__sqlite_in_transaction(f->h));
}

static void what_is_owed_may_come_later(void **state)
{
    struct fixture *f = *state;
    dw_err err;

    DW_TX(&f->ctx, &err)
    {
        fixture_ok(f, DW_EXEC(&f->ctx, part_add, &(note_key){.id = 1}, NULL));
        err = put(f, "one");
    }
    assert_int_equal(err, DW_OK);
    DW_TX(&f->ctx, &err)
    {
        fixture_ok(f, put(f, "two"));
        err = DW_EXEC(&f->ctx, part_add, &(note_key){.id = 77}, NULL);
    }
    assert_int_equal(err, DW_CONFLICT);
    assert_int_equal(total(f), 1);
    assert_false(dw__sqlite_in_transaction(f->h));
}

static void what_undoes_all_of_it_is_its_end(void **state)
{
    struct fixture *f = *state;
    dw_err err, inner = DW_OK, after = DW_OK;

    fixture_ok(f, put(f, "there"));
    DW_TX(&f->ctx, &err)
    {
        fixture_ok(f, put(f, "one"));
        DW_TX(&f->ctx, &inner)
        {
            inner = DW_EXEC(&f->ctx, note_or_rollback, &(note_in){.title = DW_TEXT("there")}, NULL);
        }
        after = put(f, "two"); /* must not be a transaction of its own */
    }
    assert_int_equal(inner, DW_CONFLICT);
    assert_int_equal(after, DW_CONFLICT);
    assert_int_equal(err, DW_CONFLICT);
    assert_int_equal(total(f), 1);
}

static void who_only_reads_has_none(void **state)
{
    struct fixture *f = *state;
    dw_err err = DW_OK;

    f->ctx.read_only = true;
    DW_TX(&f->ctx, &err)
    {
        fail();
    }
    assert_int_equal(err, DW_INTERNAL);
    assert_non_null(strstr(fixture_log(f), "a GET or HEAD handler only reads"));
    f->ctx.read_only = false;
    f->services.sql = NULL;
    DW_TX(&f->ctx, &err)
    {
        fail();
    }
    assert_int_equal(err, DW_UNAVAILABLE);
    f->services.sql = f->client;
}

static void block(void *arg)
{
    *(bool *)arg = true;
}

static void only_the_database_is_waited_for(void **state)
{
    struct fixture *f = *state;
    dw_err err;
    bool ran = false;

    DW_TX(&f->ctx, &err)
    {
        fixture_ok(f, put(f, "one"));
        assert_int_equal(dw_sleep(&f->ctx, 1), DW_INTERNAL);
        assert_int_equal(put(f, "two"), DW_INTERNAL);
    }
    assert_int_equal(err, DW_INTERNAL);
    DW_TX(&f->ctx, &err)
    {
        assert_int_equal(dw_blocking(&f->ctx, block, &ran, sizeof ran), DW_INTERNAL);
        assert_int_equal(dw_wait_fd(&f->ctx, 0, DW_READABLE, 1), DW_INTERNAL);
    }
    assert_int_equal(err, DW_INTERNAL);
    assert_false(ran);
    assert_int_equal(total(f), 0);
    assert_non_null(strstr(fixture_log(f), "it would wait for something else than its database"));
    assert_int_equal(dw_sleep(&f->ctx, 1), DW_OK);
    DW_TX(&f->ctx, &err)
    {
        err = put(f, "three");
    }
    assert_int_equal(err, DW_OK);
}

static void time_is_up_in_it_too(void **state)
{
    struct fixture *f = *state;
    dw_err err;

    DW_TX(&f->ctx, &err)
    {
        fixture_ok(f, put(f, "one"));
        f->ctx.deadline_ns = f->clock.mono_ns;
        err = put(f, "two");
    }
    assert_int_equal(err, DW_TIMEOUT);
    f->ctx.deadline_ns = 0;
    DW_TX(&f->ctx, &err)
    {
        fixture_ok(f, put(f, "one"));
        err = DW_EXEC(&f->ctx, note_misfit, &(note_in){.title = DW_TEXT("x")}, NULL);
    }
    assert_int_equal(total(f), err == DW_OK ? 2 : 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_end_of_the_block_keeps_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_in_it_is_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_error_undoes_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaving_it_undoes_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_statement_that_fails_spoils_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_block_in_a_block_is_undone_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(blocks_have_a_depth, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_owed_may_come_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_undoes_all_of_it_is_its_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_only_reads_has_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_database_is_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(time_is_up_in_it_too, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("store/tx", tests, NULL, NULL);
}
