/* Binding in tests: one struct, one arena, and what was said about it. */
#ifndef TESTS_SCHEMA_BINDING_H
#define TESTS_SCHEMA_BINDING_H

#include "guard_page.h"
#include "schema/shapes.h"

struct binding {
    struct arena arena;
    struct schema_plan *plan;
    struct bind_faults faults;
    union {
        thing out;
        char room[4096]; /* for any other schema */
    };
    char *json; /* at a guard page */
    size_t json_n;
    char said[4096];
    const char *errors; /* in it: what stands behind "errors", or "" */
};

/* Ready for the sources of one request. */
static inline void binding_init(struct binding *b, const dw_schema *schema)
{
    memset(b, 0, sizeof *b);
    dw__arena_init(&b->arena, NULL, 1 << 20);
    b->plan = compiled(schema);
    assert_true(b->plan->size <= sizeof b->room);
    dw__bind_init(&b->faults, &b->arena);
}

static inline void binding_release(struct binding *b)
{
    if (b->json != NULL)
        guard_page_free(b->json);
    dw__schema_plan_free(b->plan);
    dw__arena_release(&b->arena);
}

static inline dw_err binding_json(struct binding *b, dw_text json, uint64_t mask)
{
    b->json = guard_page_copy(json.p, json.n);
    b->json_n = json.n;
    return dw__bind_json(b->plan, (dw_text){b->json, json.n}, mask, &b->out, &b->faults);
}

/* Ends it; b->said is what the error shape would have, b->errors its last member. */
static inline dw_err binding_end(struct binding *b)
{
    struct buf out;
    dw_err err = dw__bind_end(b->plan, &b->out, &b->faults);
    dw__buf_init_fixed(&out, b->said, sizeof b->said - 1);
    (void)dw__faults_json(&b->faults, err, &out);
    assert_false(out.failed);
    b->said[out.n] = '\0';
    char *errors = strstr(b->said, ",\"errors\":");
    b->errors = errors != NULL ? errors + sizeof ",\"errors\":" - 1 : "";
    if (errors != NULL)
        *errors = '\0';
    return err;
}

/* Binds one JSON body against any schema and compares result, words and, when not NULL, "errors". */
static inline void binding_says(const dw_schema *schema, dw_text json, dw_err want, const char *said,
                                const char *errors)
{
    struct binding b;
    binding_init(&b, schema);
    (void)binding_json(&b, json, UINT64_MAX);
    dw_err err = binding_end(&b);
    if (err != want || strcmp(b.said, said) != 0 || (errors != NULL && strcmp(b.errors, errors) != 0))
        print_message("%.*s: %d %s %s\n", (int)json.n, json.p, err, b.said, b.errors);
    assert_int_equal(err, want);
    assert_string_equal(b.said, said);
    if (errors != NULL)
        assert_string_equal(b.errors, errors);
    binding_release(&b);
}

/* Binds one JSON body against `thing` and compares result and words. */
static inline void json_says(dw_text json, dw_err want, const char *said)
{
    struct binding b;
    binding_init(&b, &thing_schema);
    (void)binding_json(&b, json, UINT64_MAX);
    dw_err err = binding_end(&b);
    if (err != want || strcmp(b.said, said) != 0)
        print_message("%.*s: %d %s\n", (int)json.n, json.p, err, b.said);
    assert_int_equal(err, want);
    assert_string_equal(b.said, said);
    binding_release(&b);
}

#endif
