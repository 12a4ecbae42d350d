/* Who was looked up is found again for the same generation, and for no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/principal_cache.h"

#define NO_SIGN_IN ((dw_text){0})

struct setting {
    struct principal_cache *cache;
    struct arena arena;
};

static int set_up(void **state)
{
    static struct setting s;

    dw__arena_init(&s.arena, NULL, (size_t)8 << 20);
    assert_int_equal(dw__principal_cache_new(&s.cache), DW_OK);
    *state = &s;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *s = *state;

    dw__principal_cache_free(s->cache);
    dw__arena_release(&s->arena);
    return 0;
}

static dw_text number(struct setting *s, size_t i)
{
    return dw__arena_format(&s->arena, "00000000-0000-4000-8000-%012zu", i);
}

static void keep(struct setting *s, uint64_t generation, size_t i)
{
    dw_principal who = {.id = (int64_t)i, .uid = number(s, i), .name = DW_TEXT("ann"), .roles = 5};

    dw__principal_cache_keep(s->cache, generation, number(s, i), NO_SIGN_IN, &who);
}

static bool find(struct setting *s, uint64_t generation, size_t i, dw_principal *who)
{
    *who = (dw_principal){.by = 7, .auth_time = 8};
    return dw__principal_cache_find(s->cache, generation, number(s, i), NO_SIGN_IN, &s->arena, who);
}

static void finds_who_was_kept(void **state)
{
    struct setting *s = *state;
    dw_principal who;

    assert_false(find(s, 1, 1, &who));
    keep(s, 1, 1);
    keep(s, 1, 2);
    assert_true(find(s, 1, 2, &who));
    assert_int_equal(who.id, 2);
    assert_int_equal(who.roles, 5);
    assert_int_equal(who.by, 7);
    assert_int_equal(who.auth_time, 8);
    assert_int_equal(who.uid.n, 36);
    assert_memory_equal(who.uid.p, number(s, 2).p, 36);
    assert_int_equal(who.name.n, 3);
    assert_memory_equal(who.name.p, "ann", 3);
    assert_false(find(s, 1, 3, &who));
}

static void answers_for_its_generation_alone(void **state)
{
    struct setting *s = *state;
    dw_principal who;

    keep(s, 5, 1);
    assert_false(find(s, 4, 1, &who));
    assert_false(find(s, 6, 1, &who));
    assert_true(find(s, 5, 1, &who));
    keep(s, 6, 1);
    assert_true(find(s, 6, 1, &who));
    assert_false(find(s, 5, 1, &who));
}

static void keeps_nothing_that_nobody_can_vouch_for(void **state)
{
    struct setting *s = *state;
    dw_principal who;

    keep(s, 0, 1);
    assert_false(find(s, 0, 1, &who));
    assert_false(dw__principal_cache_find(NULL, 1, number(s, 1), NO_SIGN_IN, &s->arena, &who));
    dw__principal_cache_keep(NULL, 1, number(s, 1), NO_SIGN_IN, &who);
}

static void what_is_too_long_is_not_kept(void **state)
{
    struct setting *s = *state;
    char text[130];
    dw_principal who = {.id = 1}, found;

    memset(text, 'x', sizeof text);
    who.uid = (dw_text){text, 65};
    dw__principal_cache_keep(s->cache, 1, who.uid, NO_SIGN_IN, &who);
    assert_false(dw__principal_cache_find(s->cache, 1, who.uid, NO_SIGN_IN, &s->arena, &found));
    who.uid = (dw_text){text, 64};
    who.name = (dw_text){text, 129};
    dw__principal_cache_keep(s->cache, 1, who.uid, NO_SIGN_IN, &who);
    assert_false(dw__principal_cache_find(s->cache, 1, who.uid, NO_SIGN_IN, &s->arena, &found));
    who.name.n = 128;
    dw__principal_cache_keep(s->cache, 1, who.uid, NO_SIGN_IN, &who);
    assert_true(dw__principal_cache_find(s->cache, 1, who.uid, NO_SIGN_IN, &s->arena, &found));
    assert_int_equal(found.name.n, 128);
    assert_false(dw__principal_cache_find(s->cache, 1, (dw_text){text, 63}, NO_SIGN_IN, &s->arena, &found));
}

static void whether_there_is_a_second_factor_is_kept(void **state)
{
    struct setting *s = *state;
    dw_principal who = {.id = 1, .uid = DW_TEXT("ann"), .name = DW_TEXT("ann"), .mfa = true}, found = {0};

    dw__principal_cache_keep(s->cache, 1, who.uid, NO_SIGN_IN, &who);
    assert_true(dw__principal_cache_find(s->cache, 1, who.uid, NO_SIGN_IN, &s->arena, &found));
    assert_true(found.mfa);
    who.mfa = false;
    dw__principal_cache_keep(s->cache, 2, who.uid, NO_SIGN_IN, &who);
    assert_true(dw__principal_cache_find(s->cache, 2, who.uid, NO_SIGN_IN, &s->arena, &found));
    assert_false(found.mfa);
}

static void an_account_of_another_name_is_not_kept(void **state)
{
    struct setting *s = *state;
    dw_principal who = {.id = 1, .uid = DW_TEXT("ANN"), .name = DW_TEXT("ann")};

    dw__principal_cache_keep(s->cache, 1, DW_TEXT("ann"), NO_SIGN_IN, &who);
    assert_false(dw__principal_cache_find(s->cache, 1, DW_TEXT("ann"), NO_SIGN_IN, &s->arena, &who));
}

static void each_sign_in_is_its_own(void **state)
{
    struct setting *s = *state;
    const dw_principal ann = {.id = 1, .uid = DW_TEXT("ann"), .name = DW_TEXT("ann")};
    const dw_text one = DW_TEXT("a-sign-in"), long_one = DW_TEXT("a-sign-in-of-23-bytes!!");
    dw_principal who;

    dw__principal_cache_keep(s->cache, 1, ann.uid, one, &ann);
    assert_true(dw__principal_cache_find(s->cache, 1, ann.uid, one, &s->arena, &who));
    assert_int_equal(who.id, 1);
    assert_false(dw__principal_cache_find(s->cache, 1, ann.uid, NO_SIGN_IN, &s->arena, &who));
    assert_false(dw__principal_cache_find(s->cache, 1, ann.uid, DW_TEXT("another"), &s->arena, &who));
    assert_false(dw__principal_cache_find(s->cache, 1, DW_TEXT("bob"), one, &s->arena, &who));
    assert_false(dw__principal_cache_find(s->cache, 2, ann.uid, one, &s->arena, &who));
    dw__principal_cache_keep(s->cache, 1, ann.uid, long_one, &ann);
    assert_false(dw__principal_cache_find(s->cache, 1, ann.uid, long_one, &s->arena, &who));
    /* Those of one account are not in each other's way. */
    for (int i = 0; i < 64; i++)
        dw__principal_cache_keep(s->cache, 1, ann.uid, dw__arena_format(&s->arena, "sign-in-%d", i), &ann);
    for (int i = 0; i < 64; i++)
        if (!dw__principal_cache_find(s->cache, 1, ann.uid, dw__arena_format(&s->arena, "sign-in-%d", i),
                                      &s->arena, &who))
            fail_msg("sign-in %d was forgotten", i);
}

/* However many come, those of now are found, and mostly the last ones. */
static void many_come_and_go(void **state)
{
    struct setting *s = *state;
    dw_principal who;
    size_t found = 0;

    for (size_t i = 0; i < 10000; i++) {
        keep(s, 1 + i / 5000, i);
        assert_true(find(s, 1 + i / 5000, i, &who));
        assert_int_equal(who.id, i);
    }
    for (size_t i = 0; i < 10000; i++)
        if (find(s, 2, i, &who)) {
            assert_true(i >= 5000);
            assert_int_equal(who.id, i);
            found++;
        }
    assert_true(found > 900 && found <= 1024);
}

/* Old entries go first: accounts of now stay while there are fewer than ways. */
static void what_is_old_goes_first(void **state)
{
    struct setting *s = *state;
    dw_principal who;
    size_t found = 0;

    for (size_t i = 0; i < 5000; i++)
        keep(s, 1, i);
    for (size_t i = 5000; i < 5200; i++)
        keep(s, 2, i);
    for (size_t i = 5000; i < 5200; i++)
        found += find(s, 2, i, &who);
    assert_true(found > 190);
}

/* Who is there already takes nobody's place. */
static void keeping_again_sends_nobody_away(void **state)
{
    struct setting *s = *state;
    bool found[2000];
    dw_principal who;

    for (size_t i = 0; i < 2000; i++)
        keep(s, 1, i);
    for (size_t i = 0; i < 2000; i++)
        found[i] = find(s, 1, i, &who);
    for (size_t i = 0; i < 2000; i++)
        if (found[i])
            keep(s, 1, i);
    for (size_t i = 0; i < 2000; i++)
        assert_int_equal(find(s, 1, i, &who), found[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(finds_who_was_kept),
        TEST(answers_for_its_generation_alone),
        TEST(keeps_nothing_that_nobody_can_vouch_for),
        TEST(what_is_too_long_is_not_kept),
        TEST(each_sign_in_is_its_own),
        TEST(whether_there_is_a_second_factor_is_kept),
        TEST(an_account_of_another_name_is_not_kept),
        TEST(many_come_and_go),
        TEST(what_is_old_goes_first),
        TEST(keeping_again_sends_nobody_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
