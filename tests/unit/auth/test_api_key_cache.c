/* Keys that verified are found again for the same generation, and for no other; their use is noted once a minute. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/api_key_cache.h"

struct setting {
    struct api_key_cache *cache;
    struct arena arena;
};

static int set_up(void **state)
{
    static struct setting s;

    dw__arena_init(&s.arena, NULL, (size_t)8 << 20);
    assert_int_equal(dw__api_key_cache_new(&s.cache), DW_OK);
    *state = &s;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *s = *state;

    dw__api_key_cache_free(s->cache);
    dw__arena_release(&s->arena);
    return 0;
}

static dw_text number(struct setting *s, size_t i)
{
    return dw__arena_format(&s->arena, "key%08zu", i);
}

static void keep(struct setting *s, uint64_t generation, size_t i)
{
    const struct api_key_facts facts = {.account = DW_TEXT("988da607-209f-4a25-8be1-ccbe9698498c"),
                                        .digest = {(uint8_t)i},
                                        .scopes = i,
                                        .expires_at = 7,
                                        .used_at = 8};

    dw__api_key_cache_keep(s->cache, generation, number(s, i), &facts);
}

static bool find(struct setting *s, uint64_t generation, size_t i, struct api_key_facts *facts)
{
    return dw__api_key_cache_find(s->cache, generation, number(s, i), &s->arena, facts);
}

static void finds_what_was_kept(void **state)
{
    struct setting *s = *state;
    struct api_key_facts facts;

    assert_false(find(s, 1, 1, &facts));
    keep(s, 1, 1);
    assert_true(find(s, 1, 1, &facts));
    assert_int_equal(facts.scopes, 1);
    assert_int_equal(facts.digest[0], 1);
    assert_int_equal(facts.expires_at, 7);
    assert_int_equal(facts.used_at, 8);
    assert_int_equal(facts.account.n, 36);
    assert_false(find(s, 1, 2, &facts));
}

static void answers_for_no_other_generation(void **state)
{
    struct setting *s = *state;
    struct api_key_facts facts;

    keep(s, 5, 1);
    assert_false(find(s, 6, 1, &facts));
    assert_false(find(s, 4, 1, &facts));
    assert_false(find(s, 0, 1, &facts));
    keep(s, 0, 2);
    assert_false(find(s, 0, 2, &facts));
}

static void does_not_keep_what_it_cannot_hold(void **state)
{
    static const char *const ids[] = {"", "short", "one-too-long"};
    struct setting *s = *state;
    struct api_key_facts facts = {.account = {"", 0}};
    char long_account[65];

    memset(long_account, 'a', sizeof long_account);
    dw__api_key_cache_keep(s->cache, 1, number(s, 1), &facts);
    facts.account = (dw_text){long_account, sizeof long_account};
    dw__api_key_cache_keep(s->cache, 1, number(s, 1), &facts);
    assert_false(find(s, 1, 1, &facts));
    facts.account = DW_TEXT("a");
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        dw_text id = {ids[i], strlen(ids[i])};

        dw__api_key_cache_keep(s->cache, 1, id, &facts);
        assert_false(dw__api_key_cache_find(s->cache, 1, id, &s->arena, &facts));
    }
    dw__api_key_cache_keep(NULL, 1, number(s, 1), &facts);
    assert_false(dw__api_key_cache_find(NULL, 1, number(s, 1), &s->arena, &facts));
}

static void has_a_bound(void **state)
{
    struct setting *s = *state;
    struct api_key_facts facts;
    size_t found = 0;

    for (size_t i = 0; i < 4000; i++)
        keep(s, 1, i);
    for (size_t i = 0; i < 4000; i++)
        found += find(s, 1, i, &facts) && facts.scopes == i;
    assert_true(found > 800 && found <= 1024);
}

static void notes_a_use_once_in_a_while(void **state)
{
    struct setting *s = *state;
    dw_text id = number(s, 1);

    assert_true(dw__api_key_cache_use(NULL, id, 1000, 60));
    assert_true(dw__api_key_cache_use(s->cache, id, 1000, 60)); /* nobody knows it */
    assert_true(dw__api_key_cache_use(s->cache, id, 1000, 60));
    keep(s, 1, 1);
    assert_true(dw__api_key_cache_use(s->cache, id, 1000, 60));
    assert_false(dw__api_key_cache_use(s->cache, id, 1000, 60));
    keep(s, 2, 1); /* somebody committed something */
    assert_false(dw__api_key_cache_use(s->cache, id, 1059, 60));
    assert_true(dw__api_key_cache_use(s->cache, id, 1060, 60));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_what_was_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_for_no_other_generation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(does_not_keep_what_it_cannot_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(has_a_bound, set_up, tear_down),
        cmocka_unit_test_setup_teardown(notes_a_use_once_in_a_while, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("api_key_cache", tests, NULL, NULL);
}
