/* Any bytes as JSON, here and in jansson: both take a text or both refuse it, and what both take has the same values.
 *
 * Where they differ is this table (docs/internals/json.md has ours); everything else is a fault of one of them:
 *
 *     integers beyond int64            numbers here         refused there
 *     \u0000 in a name                 JSON here            refused there
 *     more than 64 levels              refused here         up to 2048 there
 *     a NUL byte between two tokens    refused here         passed over there */
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Both name their kinds alike; ours get other names here. */
#define JSON_NULL OURS_NULL
#define JSON_STRING OURS_STRING
#define JSON_ARRAY OURS_ARRAY
#define JSON_OBJECT OURS_OBJECT
#include "codec/json.h"
#undef JSON_NULL
#undef JSON_STRING
#undef JSON_ARRAY
#undef JSON_OBJECT

#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* What of the table a text has in it, as the cursor sees it. */
struct seen {
    bool large_integer, nul_in_name;
};

static void compare(struct json_in *in, struct arena *a, const json_t *v, struct seen *seen);

static bool has_point(dw_text lexeme)
{
    for (size_t i = 0; i < lexeme.n; i++)
        if (strchr(".eE", lexeme.p[i]))
            return true;
    return false;
}

/* `v` is NULL where jansson has refused the text: then it is only looked for what explains that. */
static void compare_number(struct json_in *in, const json_t *v, struct seen *seen)
{
    struct json_number n;
    double d;

    must(dw__json_number(in, &n));
    d = dw__json_double(n.lexeme);
    must(isfinite(d));
    if (!n.integral && !has_point(n.lexeme))
        seen->large_integer = true;
    if (!v)
        return;
    if (n.integral) {
        must(json_is_integer(v) && json_integer_value(v) == n.i);
    } else {
        double theirs = json_real_value(v);

        must(json_is_real(v) && memcmp(&d, &theirs, sizeof d) == 0);
    }
}

static void compare_string(struct json_in *in, struct arena *a, const json_t *v)
{
    dw_text t;

    must(dw__json_string(in, a, &t));
    if (v)
        must(json_is_string(v) && json_string_length(v) == t.n &&
             memcmp(json_string_value(v), t.p, t.n) == 0);
}

static void compare_array(struct json_in *in, struct arena *a, const json_t *v, struct seen *seen)
{
    size_t n = 0;

    must(dw__json_array_begin(in) && (!v || json_is_array(v)));
    for (; dw__json_array_next(in) == JSON_MORE; n++) {
        must(!v || n < json_array_size(v));
        compare(in, a, v ? json_array_get(v, n) : NULL, seen);
    }
    must(in->err == DW_OK && (!v || n == json_array_size(v)));
}

static void compare_object(struct json_in *in, struct arena *a, const json_t *v, struct seen *seen)
{
    size_t n = 0;
    dw_text name;

    must(dw__json_object_begin(in) && (!v || json_is_object(v)));
    for (; dw__json_object_next(in, a, &name) == JSON_MORE; n++) {
        const json_t *member = v ? json_object_getn(v, name.n > 0 ? name.p : "", name.n) : NULL;

        if (name.n > 0 && memchr(name.p, '\0', name.n))
            seen->nul_in_name = true;
        must(!v || member);
        compare(in, a, member, seen);
    }
    must(in->err == DW_OK && (!v || n == json_object_size(v)));
}

static void compare(struct json_in *in, struct arena *a, const json_t *v, struct seen *seen)
{
    bool b;

    switch (dw__json_peek(in)) {
    case OURS_NULL: must(dw__json_null(in) && (!v || json_is_null(v))); return;
    case JSON_BOOL:
        must(dw__json_bool(in, &b) && (!v || (json_is_boolean(v) && json_is_true(v) == b)));
        return;
    case JSON_NUMBER: compare_number(in, v, seen); return;
    case OURS_STRING: compare_string(in, a, v); return;
    case OURS_ARRAY: compare_array(in, a, v, seen); return;
    case OURS_OBJECT: compare_object(in, a, v, seen); return;
    case JSON_BAD: abort();
    }
}

/* Levels of a value of jansson's. */
static size_t levels(const json_t *v)
{
    size_t most = 0;
    const json_t *child;
    const char *key;
    size_t i, n;

    if (json_is_array(v))
        json_array_foreach(v, i, child) most = (n = levels(child)) > most ? n : most;
    else if (json_is_object(v))
        json_object_foreach((json_t *)(uintptr_t)v, key, child) most = (n = levels(child)) > most ? n : most;
    else
        return 0;
    return most + 1;
}

static void both(dw_text text, struct arena *a)
{
    json_t *theirs =
        json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    struct seen seen = {0};
    struct json_in in;
    struct buf out;
    size_t at;

    dw__buf_init(&out, a, 1 << 22);
    if (dw__json_rewrite(text, &out, &at) == DW_OK) {
        dw__json_init(&in, text);
        compare(&in, a, theirs, &seen);
        must(dw__json_end(&in));
        must(theirs || seen.large_integer || seen.nul_in_name);
    } else {
        must(!theirs || levels(theirs) > DW__JSON_DEPTH || memchr(text.p, '\0', text.n));
    }
    json_decref(theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;

    json_object_seed(1); /* the same names, the same way */
    dw__arena_init(&a, NULL, 1 << 24);
    both((dw_text){(const char *)data, size}, &a);
    dw__arena_release(&a);
    return 0;
}
