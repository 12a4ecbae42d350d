/* Duplicate names: found among few and many, at the first place, without taking more than n log n. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "codec/json.h"

static struct arena arena;
static struct json_names names;

static int begin(void **state)
{
    (void)state;
    dw__arena_init(&arena, NULL, 64 << 20);
    names = (struct json_names){0};
    return 0;
}

static int end(void **state)
{
    (void)state;
    dw__arena_release(&arena);
    return 0;
}

static void add(const char *name, size_t at)
{
    dw_text kept = dw__arena_text(&arena, (dw_text){name, strlen(name)});
    assert_true(dw__json_names_add(&names, &arena, kept, at));
}

/* n different names, then one of them again at `at`. */
static void finds_one_among(size_t n)
{
    char name[48];
    size_t at = 0;
    names.n = 0;
    for (size_t i = 0; i < n; i++) {
        snprintf(name, sizeof name, "%s%zu", i % 2 ? "n" : "a longer name ", i);
        add(name, i);
    }
    assert_false(dw__json_names_repeat(&names, 0, &at));
    snprintf(name, sizeof name, "%s%zu", n / 2 % 2 ? "n" : "a longer name ", n / 2);
    add(name, n + 5);
    add(name, n + 9);
    assert_true(dw__json_names_repeat(&names, 0, &at));
    assert_int_equal(at, n + 5);
}

static void finds_repetitions(void **state)
{
    (void)state;
    for (size_t n = 1; n < 70; n++)
        finds_one_among(n);
    finds_one_among(1000);
}

static void looks_from_an_index_on(void **state)
{
    size_t at;
    (void)state;
    names.n = 0;
    add("a", 1);
    add("b", 2);
    add("a", 3);
    assert_false(dw__json_names_repeat(&names, 1, &at));
    assert_false(dw__json_names_repeat(&names, 2, &at));
    assert_false(dw__json_names_repeat(&names, 3, &at));
    assert_true(dw__json_names_repeat(&names, 0, &at));
    assert_int_equal(at, 3);
}

static void knows_an_empty_name(void **state)
{
    size_t at;
    (void)state;
    names.n = 0;
    assert_true(dw__json_names_add(&names, &arena, (dw_text){NULL, 0}, 1));
    add("x", 2);
    assert_false(dw__json_names_repeat(&names, 0, &at));
    assert_true(dw__json_names_add(&names, &arena, (dw_text){NULL, 0}, 3));
    assert_true(dw__json_names_repeat(&names, 0, &at));
}

/* The key is no secret: names that share one are made easily, and are still different names. */
static void takes_no_key_for_a_name(void **state)
{
    char shorter[9] = "abcdefgh", longer[16] = "abcdefgh";
    uint64_t v, h;
    size_t at;
    (void)state;
    memcpy(&v, shorter, 8);
    h = (16 ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ h >> 32) ^ 8 ^ v;
    memcpy(longer + 8, &h, 8);
    names.n = 0;
    assert_true(dw__json_names_add(&names, &arena, (dw_text){shorter, 8}, 1));
    assert_true(dw__json_names_add(&names, &arena, (dw_text){longer, 16}, 2));
    assert_true(names.v[0].key == names.v[1].key);
    assert_false(dw__json_names_repeat(&names, 0, &at));
    for (char name[] = "a"; name[0] <= 'z'; name[0]++)
        add(name, 3);
    assert_false(dw__json_names_repeat(&names, 0, &at));
}

static void is_quick_with_many(void **state)
{
    static char text[100000][16];
    size_t at;
    (void)state;
    names.n = 0;
    for (int i = 0; i < 100000; i++) {
        snprintf(text[i], sizeof text[i], "%07d", i);
        assert_true(dw__json_names_add(&names, &arena, (dw_text){text[i], 7}, 0));
    }
    clock_t from = clock();
    assert_false(dw__json_names_repeat(&names, 0, &at));
    assert_true(clock() - from < CLOCKS_PER_SEC); /* each with each: minutes */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_repetitions),   cmocka_unit_test(looks_from_an_index_on),
        cmocka_unit_test(knows_an_empty_name), cmocka_unit_test(takes_no_key_for_a_name),
        cmocka_unit_test(is_quick_with_many),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
