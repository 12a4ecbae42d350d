/* Whole texts: the public vectors, jansson as a second opinion, rewriting, duplicates, depth. */
#include <dirent.h>
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "codec/json.h"
#include "guard_page.h"

static struct arena arena;

static int begin(void **state)
{
    (void)state;
    dw__arena_init(&arena, NULL, 64 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    dw__arena_release(&arena);
    return 0;
}

static dw_err check(dw_text text, size_t *at)
{
    char *p = guard_page_copy(text.p, text.n);
    dw_err err = dw__json_check((dw_text){p, text.n}, at);
    guard_page_free(p);
    return err;
}

static dw_err rewrite(dw_text text, dw_text *out, size_t *at)
{
    char *p = guard_page_copy(text.p, text.n);
    struct buf b;
    dw__buf_init(&b, &arena, 1 << 20);
    dw_err err = dw__json_rewrite((dw_text){p, text.n}, &b, at);
    *out = (dw_text){b.p, b.n};
    guard_page_free(p);
    return err;
}

/* ---- the vectors ---- */

/* What RFC 8259 leaves open and we read all the same; every other i_ row is refused. docs/internals/json.md says why. */
static const char *const taken[] = {
    "i_number_double_huge_neg_exp.json",   "i_number_real_underflow.json",
    "i_number_too_big_neg_int.json",       "i_number_too_big_pos_int.json",
    "i_number_very_big_negative_int.json",
};

static bool should_take(const char *name)
{
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        if (strcmp(name, taken[i]) == 0)
            return true;
    return name[0] == 'y';
}

static void one_vector(const char *dir, const char *name)
{
    static char text[1 << 20];
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    dw_text t = {text, fread(text, 1, sizeof text, f)};
    fclose(f);

    size_t at;
    dw_text out;
    dw_err want = should_take(name) ? DW_OK : DW_MALFORMED;
    if (check(t, &at) != want)
        fail_msg("%s is not decided as it should be", name);
    if (strstr(name, "duplicated_key") != NULL)
        want = DW_MALFORMED;
    if (rewrite(t, &out, &at) != want)
        fail_msg("%s is not rewritten as it should be", name);
    if (want == DW_OK)
        assert_int_equal(check(out, &at), DW_OK);
}

static void agrees_with_the_vectors(void **state)
{
    const char *base = getenv("DW_VECTORS");
    char dir[3000];
    int rows = 0;
    (void)state;
    snprintf(dir, sizeof dir, "%s/json_parsing", base != NULL ? base : "../shared/vectors");
    DIR *d = opendir(dir);
    if (d == NULL) {
        print_message("# no vectors at %s: 318 rows skipped\n", dir);
        return;
    }
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        if (strstr(e->d_name, ".json") != NULL) {
            one_vector(dir, e->d_name);
            rows++;
        }
    closedir(d);
    assert_true(rows >= 300);
}

/* ---- jansson ---- */

struct oracle {
    void *(*loadb)(const char *, size_t, size_t, void *);
    void (*delete)(void *);
};

static bool oracle_open(struct oracle *o)
{
    void *lib = dlopen("libjansson.so.4", RTLD_NOW);
    if (lib == NULL)
        return false;
    *(void **)&o->loadb = dlsym(lib, "json_loadb");
    *(void **)&o->delete = dlsym(lib, "json_delete");
    return o->loadb != NULL && o->delete != NULL;
}

static bool oracle_takes(const struct oracle *o, dw_text text)
{
    enum { REJECT_DUPLICATES = 1, DECODE_ANY = 4, ALLOW_NUL = 16 };
    char error[1024];
    struct {
        size_t type, refcount;
    } *json = o->loadb(text.p, text.n, REJECT_DUPLICATES | DECODE_ANY | ALLOW_NUL, error);
    if (json == NULL)
        return false;
    /* json_decref is inline: constants have no count. */
    if (json->refcount != (size_t)-1 && --json->refcount == 0)
        o->delete (json);
    return true;
}

/* Where jansson is known to differ: integers beyond 64 bits, and NUL in names, which it refuses. */
static bool is_known_difference(dw_text t)
{
    size_t digits = 0;
    for (size_t i = 0; i < t.n; i++) {
        digits = t.p[i] >= '0' && t.p[i] <= '9' ? digits + 1 : 0;
        if (digits >= 19)
            return true;
        if (t.n - i >= 6 && memcmp(t.p + i, "\\u0000", 6) == 0)
            return true;
    }
    return false;
}

static uint32_t seed = 1;

static uint32_t below(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

/* A JSON text with a few bytes changed, dropped or doubled. */
static dw_text mutant(char *text, size_t cap)
{
    static const char *const seeds[] = {
        "{\"a\":1,\"b\":[true,false,null,\"x\\u00e9\\n\"],\"c\":{\"d\":-1.5e3,\"\":\"\\ud83d\\ude00\"}}",
        "[0,-0,1e5,1E-2,0.5,[],{},[[]],{\"k\":{}},\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
        " \"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\" ",
        "{\"a\":{\"a\":1},\"aa\":2,\"aaa\":[{\"a\":1},{\"a\":2}]}",
    };
    static const char bytes[] = "{}[]:,\"\\ue0123456789-+.Etrufalsn \n\t\x00\x1f\x80\xc3\xed\xff";
    const char *s = seeds[below(sizeof seeds / sizeof seeds[0])];
    size_t n = strlen(s);
    memcpy(text, s, n);
    for (uint32_t i = below(4); i > 0; i--) {
        size_t at = below((uint32_t)n);
        uint32_t what = below(3);
        if (what == 0)
            text[at] = bytes[below(sizeof bytes - 1)];
        else if (what == 1 && n > 1)
            memmove(text + at, text + at + 1, --n - at);
        else if (n < cap) {
            memmove(text + at + 1, text + at, n - at);
            n++;
        }
    }
    return (dw_text){text, n};
}

static void agrees_with_jansson(void **state)
{
    struct oracle o;
    char text[256];
    int different = 0;
    (void)state;
    if (!oracle_open(&o)) {
        print_message("# no libjansson: 30000 rows skipped\n");
        return;
    }
    for (int i = 0; i < 30000; i++) {
        struct buf b;
        size_t at;
        dw_text t = mutant(text, sizeof text);
        if (is_known_difference(t))
            continue;
        dw__arena_release(&arena);
        dw__buf_init(&b, &arena, 1 << 16);
        bool ours = dw__json_rewrite(t, &b, &at) == DW_OK;
        if (ours != oracle_takes(&o, t)) {
            print_message("different (ours %d): %.*s\n", ours, (int)t.n, t.p);
            different++;
        }
    }
    assert_int_equal(different, 0);
}

/* ---- rewriting ---- */

static void rewrites(void **state)
{
    static const struct {
        dw_text in, out;
    } rows[] = {
        {DW_TEXT_INIT(" null "), DW_TEXT_INIT("null")},
        {DW_TEXT_INIT("[ ]"), DW_TEXT_INIT("[]")},
        {DW_TEXT_INIT("{ }"), DW_TEXT_INIT("{}")},
        {DW_TEXT_INIT("{ \"a\" : [ 1 , 2.50 , { \"b\" : { } } , [ ] ] , \"c\" : false }"),
         DW_TEXT_INIT("{\"a\":[1,2.50,{\"b\":{}},[]],\"c\":false}")},
        {DW_TEXT_INIT("\"\\u0041\\/\\u2028\\u0000\xe2\x80\xa9\""),
         DW_TEXT_INIT("\"A/\\u2028\\u0000\\u2029\"")},
        {DW_TEXT_INIT("[1E+5,-0,0.10]"), DW_TEXT_INIT("[1E+5,-0,0.10]")},
        {DW_TEXT_INIT("[[[],[]],[{}]]"), DW_TEXT_INIT("[[[],[]],[{}]]")},
        {DW_TEXT_INIT("{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}"),
         DW_TEXT_INIT("{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dw_text out;
        size_t at;
        assert_int_equal(rewrite(rows[i].in, &out, &at), DW_OK);
        assert_true(dw__text_eq(out, rows[i].out));
    }
}

static void says_where_it_ends(void **state)
{
    static const struct {
        dw_text in;
        size_t at;
    } rows[] = {
        {DW_TEXT_INIT(""), 0},
        {DW_TEXT_INIT("  "), 2},
        {DW_TEXT_INIT("[1,]"), 3},
        {DW_TEXT_INIT("[1"), 2},
        {DW_TEXT_INIT("[,1]"), 1},
        {DW_TEXT_INIT("{\"a\":1,}"), 7},
        {DW_TEXT_INIT("{\"a\" 1}"), 5},
        {DW_TEXT_INIT("{1:1}"), 1},
        {DW_TEXT_INIT("nulL"), 3},
        {DW_TEXT_INIT("[true]]"), 6},
        {DW_TEXT_INIT("{\"a\":1,\"b\":2,\"\\u0061\":3}"), 22},
        {DW_TEXT_INIT("[{\"x\":{\"y\":0,\"y\":0}}]"), 17},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dw_text out;
        size_t at;
        assert_int_equal(rewrite(rows[i].in, &out, &at), DW_MALFORMED);
        assert_int_equal(at, rows[i].at);
    }
}

/* n levels of `open` around nothing. */
static dw_err nested(char open, char close, size_t n)
{
    static char text[200100];
    size_t at;
    memset(text, open, n);
    memset(text + n, close, n);
    return dw__json_check((dw_text){text, 2 * n}, &at);
}

static void counts_levels(void **state)
{
    (void)state;
    assert_int_equal(nested('[', ']', 64), DW_OK);
    assert_int_equal(nested('[', ']', 65), DW_MALFORMED);
    assert_int_equal(nested('[', ']', 100000), DW_MALFORMED);
}

static void says_when_it_does_not_fit(void **state)
{
    struct buf b;
    size_t at;
    (void)state;
    dw__buf_init(&b, &arena, 8);
    assert_int_equal(dw__json_rewrite(DW_TEXT("[1,2,3,4,5,6,7]"), &b, &at), DW_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_vectors),
        cmocka_unit_test(agrees_with_jansson),
        cmocka_unit_test(rewrites),
        cmocka_unit_test(says_where_it_ends),
        cmocka_unit_test(counts_levels),
        cmocka_unit_test(says_when_it_does_not_fit),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
