/* test_tree.c -- from paths to routes: precedence, typed parameters, methods, refusals, many routes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "route/tree.h"

/* Plans are only pointers here. */
static const char marks[64];
#define PLAN(i) ((const struct route_plan *)(const void *)&marks[i])

static bool kind_of(const void *arg, dw_text name, enum param_kind *kind)
{
    (void)arg;
    *kind = dw__text_is(name, "id") ? PARAM_INT64 : PARAM_TEXT;
    return !dw__text_is(name, "nobody");
}

static dw_err add(struct route_tree *tree, enum http_method method, const char *pattern, int plan,
                  char why[256])
{
    struct buf b;
    dw_err err;

    dw__buf_init_fixed(&b, why, 256);
    err = dw__route_tree_add(tree, method, dw__text_of(pattern), PLAN(plan), kind_of, NULL, &b);
    why[b.n < 255 ? b.n : 255] = '\0';
    return err;
}

static void must_add(struct route_tree *tree, enum http_method method, const char *pattern, int plan)
{
    char why[256];

    assert_int_equal(add(tree, method, pattern, plan, why), DW_OK);
}

static struct route_match match(const struct route_tree *tree, enum http_method method, const char *path)
{
    struct route_match m;

    dw__route_tree_match(tree, method, dw__text_of(path), &m);
    return m;
}

static struct route_tree *sample(void)
{
    struct route_tree *tree = dw__route_tree_new();

    must_add(tree, HTTP_GET, "/", 0);
    must_add(tree, HTTP_GET, "/items", 1);
    must_add(tree, HTTP_POST, "/items", 2);
    must_add(tree, HTTP_GET, "/items/{id}", 3);
    must_add(tree, HTTP_GET, "/items/new", 4);
    must_add(tree, HTTP_GET, "/items/{slug}", 5);
    must_add(tree, HTTP_GET, "/items/{id}/parts/{name}", 6);
    must_add(tree, HTTP_GET, "/items/new/x", 7);
    return tree;
}

static void finds_routes(void **state)
{
    struct route_tree *tree = sample();

    (void)state;
    assert_ptr_equal(match(tree, HTTP_GET, "/").plan, PLAN(0));
    assert_ptr_equal(match(tree, HTTP_GET, "/items").plan, PLAN(1));
    assert_ptr_equal(match(tree, HTTP_POST, "/items").plan, PLAN(2));
    assert_ptr_equal(match(tree, HTTP_GET, "/items/7").plan, PLAN(3));
    assert_ptr_equal(match(tree, HTTP_GET, "/items/new").plan, PLAN(4));
    assert_ptr_equal(match(tree, HTTP_GET, "/items/abc").plan, PLAN(5));
    assert_ptr_equal(match(tree, HTTP_GET, "/items/new/x").plan, PLAN(7));
    dw__route_tree_free(tree);
}

static void gives_parameters_in_order(void **state)
{
    struct route_tree *tree = sample();
    struct route_match m = match(tree, HTTP_GET, "/items/-12/parts/a b");

    (void)state;
    assert_ptr_equal(m.plan, PLAN(6));
    assert_int_equal(m.n_params, 2);
    assert_true(dw__text_is(m.params[0], "-12"));
    assert_true(dw__text_is(m.params[1], "a b"));
    dw__route_tree_free(tree);
}

/* A number has one spelling: what is another one is text, or nothing. */
static void takes_only_canonical_numbers(void **state)
{
    static const char *const others[] = {"007", "-0", "+7", "-", "7x", "9223372036854775808", "٧"};
    struct route_tree *tree = dw__route_tree_new();
    char path[64];

    (void)state;
    must_add(tree, HTTP_GET, "/n/{id}", 1);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        (void)snprintf(path, sizeof path, "/n/%s", others[i]);
        assert_null(match(tree, HTTP_GET, path).plan);
    }
    assert_ptr_equal(match(tree, HTTP_GET, "/n/9223372036854775807").plan, PLAN(1));
    assert_ptr_equal(match(tree, HTTP_GET, "/n/-9223372036854775808").plan, PLAN(1));
    assert_ptr_equal(match(tree, HTTP_GET, "/n/0").plan, PLAN(1));
    dw__route_tree_free(tree);
}

static void finds_nothing_where_nothing_is(void **state)
{
    static const char *const paths[] = {"",
                                        "x",
                                        "/Items",
                                        "/items/",
                                        "/items/7/",
                                        "/items/7/parts",
                                        "/items/7/parts/",
                                        "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s",
                                        "/items/7/parts/a/b"};
    struct route_tree *tree = sample();

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_int_equal(match(tree, HTTP_GET, paths[i]).methods, 0);
    dw__route_tree_free(tree);
}

static void tells_the_methods_of_a_path(void **state)
{
    struct route_tree *tree = sample();
    struct route_match m = match(tree, HTTP_DELETE, "/items");

    (void)state;
    assert_null(m.plan);
    assert_int_equal(m.methods, 1u << HTTP_GET | 1u << HTTP_POST);
    dw__route_tree_free(tree);
}

static void steps_back_from_a_literal(void **state)
{
    struct route_tree *tree = dw__route_tree_new();

    (void)state;
    must_add(tree, HTTP_GET, "/a/b/y", 1);
    must_add(tree, HTTP_GET, "/a/{slug}/x", 2);
    struct route_match m = match(tree, HTTP_GET, "/a/b/x");
    assert_ptr_equal(m.plan, PLAN(2));
    assert_int_equal(m.n_params, 1);
    dw__route_tree_free(tree);
}

static void refuses_bad_patterns(void **state)
{
    static const struct {
        const char *pattern, *says;
    } bad[] = {
        {"items", "begins with '/'"},
        {"", "begins with '/'"},
        {"/items/", "empty segment"},
        {"//items", "empty segment"},
        {"/items/{id", "{name}"},
        {"/items/{}", "{name}"},
        {"/items/{1d}", "{name}"},
        {"/items/x{id}", "whole segment"},
        {"/items/{id}/{id}", "twice"},
        {"/items/{nobody}", "that a path can hold"},
        {"/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}", "more than 8"},
        {"/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q", "more than 16"},
    };
    struct route_tree *tree = dw__route_tree_new();
    char why[256];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(add(tree, HTTP_GET, bad[i].pattern, 1, why), DW_BAD_REQUEST);
        assert_non_null(strstr(why, bad[i].says));
    }
    dw__route_tree_free(tree);
}

/* The same path under other names of its parameters is the same path. */
static void refuses_what_shadows(void **state)
{
    struct route_tree *tree = sample();
    char why[256];

    (void)state;
    assert_int_equal(add(tree, HTTP_GET, "/items/{name}", 9, why), DW_CONFLICT);
    assert_non_null(strstr(why, "twice"));
    assert_int_equal(add(tree, HTTP_GET, "/items", 9, why), DW_CONFLICT);
    dw__route_tree_free(tree);
}

static void holds_ten_thousand_routes(void **state)
{
    struct route_tree *tree = dw__route_tree_new();
    char path[64];

    (void)state;
    for (int i = 0; i < 10000; i++) {
        (void)snprintf(path, sizeof path, "/r%d/{id}/x%d", i, i % 7);
        must_add(tree, HTTP_GET, path, i % 64);
    }
    for (int i = 0; i < 10000; i++) {
        (void)snprintf(path, sizeof path, "/r%d/5/x%d", i, i % 7);
        assert_ptr_equal(match(tree, HTTP_GET, path).plan, PLAN(i % 64));
        (void)snprintf(path, sizeof path, "/r%d/5/x%d", i, i % 7 + 1);
        assert_null(match(tree, HTTP_GET, path).plan);
    }
    dw__route_tree_free(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_routes),
        cmocka_unit_test(gives_parameters_in_order),
        cmocka_unit_test(takes_only_canonical_numbers),
        cmocka_unit_test(finds_nothing_where_nothing_is),
        cmocka_unit_test(tells_the_methods_of_a_path),
        cmocka_unit_test(steps_back_from_a_literal),
        cmocka_unit_test(refuses_bad_patterns),
        cmocka_unit_test(refuses_what_shadows),
        cmocka_unit_test(holds_ten_thousand_routes),
    };

    return cmocka_run_group_tests_name("route/tree", tests, NULL, NULL);
}
