/* test_session_cache.c -- a session that was looked up is found again for the same generation, and for no other; and how ids are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/session_cache.h"
#include "auth/session_id.h"

static struct session_cache *cache;
static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    dw__arena_init(&arena, NULL, (size_t)8 << 20);
    return dw__session_cache_new(&cache) == DW_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    dw__session_cache_free(cache);
    dw__arena_release(&arena);
    return 0;
}

static dw_text digest_of(size_t i)
{
    char *out = dw__arena_bytes(&arena, DW__SESSION_ID_SIZE);
    dw_text id = dw__arena_format(&arena, "%zu", i);

    assert_int_equal(dw__session_id_digest(id, out), DW_OK);
    return (dw_text){out, DW__SESSION_ID_SIZE};
}

static void keep(uint64_t generation, size_t i)
{
    const dw_session_row row = {.uid = DW_TEXT("a session"),
                                .account = DW_TEXT("an account"),
                                .made_at = (int64_t)i,
                                .auth_time = 2,
                                .seen_at = 3,
                                .amr = 5};

    dw__session_cache_keep(cache, generation, digest_of(i), &row);
}

static bool find(uint64_t generation, size_t i, dw_session_row *row)
{
    return dw__session_cache_find(cache, generation, digest_of(i), &arena, row);
}

static void finds_what_was_kept(void **state)
{
    dw_session_row row;

    (void)state;
    assert_false(find(1, 7, &row));
    keep(1, 7);
    assert_true(find(1, 7, &row));
    assert_true(dw_text_is(row.uid, "a session") && dw_text_is(row.account, "an account"));
    assert_true(row.made_at == 7 && row.auth_time == 2 && row.seen_at == 3 && row.amr == 5);
    assert_false(find(1, 8, &row));
}

static void knows_nothing_of_another_generation(void **state)
{
    dw_session_row row;

    (void)state;
    keep(1, 7);
    assert_false(find(2, 7, &row));
    assert_false(find(0, 7, &row));
    keep(0, 8);
    assert_false(find(0, 8, &row));
    keep(2, 7);
    assert_false(find(1, 7, &row));
    assert_true(find(2, 7, &row));
}

static void keeps_nothing_that_is_too_long(void **state)
{
    static const char c65[] = "12345678901234567890123456789012345678901234567890123456789012345";
    dw_session_row row = {.uid = {c65, 65}, .account = DW_TEXT("a")};

    (void)state;
    dw__session_cache_keep(cache, 1, digest_of(1), &row);
    assert_false(find(1, 1, &row));
    row = (dw_session_row){.uid = DW_TEXT("a"), .account = {c65, 65}};
    dw__session_cache_keep(cache, 1, digest_of(1), &row);
    assert_false(find(1, 1, &row));
    dw__session_cache_keep(cache, 1, DW_TEXT("short"), &(dw_session_row){.uid = DW_TEXT("a")});
    assert_false(dw__session_cache_find(cache, 1, DW_TEXT("short"), &arena, &row));
}

static void does_not_grow(void **state)
{
    size_t found = 0;
    dw_session_row row;

    (void)state;
    for (size_t i = 0; i < 5000; i++)
        keep(1, i);
    for (size_t i = 0; i < 5000; i++)
        if (find(1, i, &row)) {
            found++;
            assert_int_equal(row.made_at, (int64_t)i);
        }
    assert_true(found > 900 && found <= 1024);
}

static void an_id_is_written_in_one_way(void **state)
{
    char a[DW__SESSION_ID_SIZE], b[DW__SESSION_ID_SIZE], digest[DW__SESSION_ID_SIZE];
    char longer[DW__SESSION_ID_SIZE + 1];
    dw_text id = {a, sizeof a};

    (void)state;
    dw__session_id_new(a);
    dw__session_id_new(b);
    assert_memory_not_equal(a, b, sizeof a);
    assert_true(dw__session_id_is(id));
    assert_int_equal(dw__session_id_digest(id, digest), DW_OK);
    assert_memory_not_equal(a, digest, sizeof a);
    assert_false(dw__session_id_is((dw_text){NULL, 0}));
    assert_false(dw__session_id_is((dw_text){a, sizeof a - 1}));
    memcpy(longer, a, sizeof a);
    longer[sizeof a] = 'A';
    assert_false(dw__session_id_is((dw_text){longer, sizeof longer}));
    a[sizeof a - 1] = 'B'; /* bits that belong to no byte */
    assert_false(dw__session_id_is(id));
    memcpy(a, b, sizeof a);
    a[3] = '+';
    assert_false(dw__session_id_is(id));
    a[3] = '"';
    assert_false(dw__session_id_is(id));
    assert_int_equal(dw__session_id_digest(DW_TEXT("abc"), digest), DW_OK);
    assert_memory_equal(digest, "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0",
                        sizeof digest); /* FIPS 180-4, "abc" */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_what_was_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(knows_nothing_of_another_generation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_nothing_that_is_too_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(does_not_grow, set_up, tear_down),
        cmocka_unit_test(an_id_is_written_in_one_way),
    };

    return cmocka_run_group_tests_name("session_cache", tests, NULL, NULL);
}
