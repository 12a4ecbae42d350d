/* dw/schema.h -- one declaration per shape.
 *
 *     DW_SCHEMA(note_in,
 *         (dw_text, title,    DW_LEN(1, 120), .doc = "What it is called"),
 *         (int64_t, priority, DW_RANGE(0, 5)),
 *         (bool,    pinned,   .optional = true));
 *
 * gives `struct note_in` (with a `has` member that tells which fields came), the validator, the JSON and form binder, the
 * serialiser, the row mapper and the description.  A rule that the type cannot have is a member that its rules do not
 * have, so it does not compile.
 *
 * A row is (type, name, rules…).  The type is dw_text, dw_secret, int64_t, double, bool, dw_json, or any schema or list declared
 * above.  Rules common to all: .optional (may be absent; in a reply: left out when `has` is false), .nullable (may be
 * null; in a reply: null when `has` is false), .flat (a nested schema whose fields stand among those of the outer one),
 * .wire (the name outside, where a C name will not do), .doc.  There is no way to accept fields that are not listed. */
#ifndef DW_SCHEMA_H
#define DW_SCHEMA_H

#include "map.h"
#include "types.h"

typedef enum dw_kind {
    DW_KIND_TEXT = 1,
    DW_KIND_SECRET,
    DW_KIND_INT64,
    DW_KIND_DOUBLE,
    DW_KIND_BOOL,
    DW_KIND_OBJECT,
    DW_KIND_LIST,
    DW_KIND_JSON
} dw_kind;

typedef struct dw_schema dw_schema;

/* Rules that every type has: the first members of each *_rules, in this order. */
#define DW__RULES_COMMON           \
    bool optional, nullable, flat; \
    const char *wire;              \
    const char *doc;               \
    char _

typedef struct dw_common_rules {
    DW__RULES_COMMON;
} dw_common_rules;

/* Lengths count Unicode characters.  Without DW_LEN a text has at most 256.  `pattern` is a PCRE2 pattern that must match
 * the whole value; it is compiled at start-up. */
typedef struct dw_text_rules {
    DW__RULES_COMMON;
    size_t len_min, len_max;
    const char *pattern;
    const char *pattern_says; /* the sentence when it does not match; default "Invalid format." */
} dw_text_rules;
typedef dw_text_rules dw_secret_rules;

typedef struct dw_int64_rules {
    DW__RULES_COMMON;
    int64_t int_min, int_max;
    bool int_bounded;
} dw_int64_rules;

typedef struct dw_double_rules {
    DW__RULES_COMMON;
    double real_min, real_max;
    bool real_bounded;
} dw_double_rules;

typedef dw_common_rules dw_bool_rules;
typedef dw_common_rules dw_json_rules;

/* Without DW_ITEMS a list has at most 100 elements. */
typedef struct dw_list_rules {
    DW__RULES_COMMON;
    size_t items_min, items_max;
} dw_list_rules;

/* One field.  `like` is the field that this one was picked from, or NULL: type and rules are then found there. */
typedef struct dw_field {
    const char *name;
    const dw_schema *type;
    size_t at, has_at;
    const void *rules;
    const struct dw_field *like;
} dw_field;

struct dw_schema {
    const char *name;
    dw_kind kind;
    bool partial;                  /* every field may be absent */
    size_t size;                   /* bytes of the C type */
    const dw_field *const *fields; /* DW_KIND_OBJECT */
    size_t n_fields;
    const dw_schema *element; /* DW_KIND_LIST */
};

/* Every list type begins with these two members. */
typedef struct dw_any_list {
    const void *v;
    size_t n;
} dw_any_list;

extern const dw_schema dw_text_schema, dw_secret_schema, dw_int64_schema, dw_double_schema, dw_bool_schema,
    dw_json_schema;

#ifndef __cplusplus

/* The C names of scalar types, as they are pasted. */
#define int64_t_schema dw_int64_schema
#define int64_t_rules dw_int64_rules
#define double_schema dw_double_schema
#define double_rules dw_double_rules
#define bool_schema dw_bool_schema
#define bool_rules dw_bool_rules
#define _Bool_schema dw_bool_schema
#define _Bool_rules dw_bool_rules

/* Length of a text in characters, both ends included; a reversed pair does not compile. */
#define DW_LEN(lo, hi) .len_min = (lo), .len_max = (hi) + DW__REQUIRE((lo) <= (hi), the_bounds_are_reversed)
/* Range of an int64, both ends included. */
#define DW_RANGE(lo, hi)                                                                            \
    .int_min = (lo), .int_max = (hi) + (int64_t)DW__REQUIRE((lo) <= (hi), the_bounds_are_reversed), \
    .int_bounded = true
/* Range of a double, both ends included; a reversed pair is refused at start-up. */
#define DW_RANGE_REAL(lo, hi) .real_min = (lo), .real_max = (hi), .real_bounded = true
/* Number of elements of a list, both ends included. */
#define DW_ITEMS(lo, hi) \
    .items_min = (lo), .items_max = (hi) + DW__REQUIRE((lo) <= (hi), the_bounds_are_reversed)

#define DW__UNUSED __attribute__((unused))
#define DW__STRIP(...) __VA_ARGS__

#define DW__MEMBER(T, row) DW__MEMBER_(DW__STRIP row, ._ = 0)
#define DW__MEMBER_(...) DW__MEMBER__(__VA_ARGS__)
#define DW__MEMBER__(C, m, ...) C m;
#define DW__HAS(T, row) DW__HAS_(DW__STRIP row, ._ = 0)
#define DW__HAS_(...) DW__HAS__(__VA_ARGS__)
#define DW__HAS__(C, m, ...) bool m;
#define DW__FIELD(T, row) DW__FIELD_(T, DW__STRIP row, ._ = 0)
#define DW__FIELD_(...) DW__FIELD__(__VA_ARGS__)
#define DW__FIELD__(T, C, m, ...)                        \
    DW__UNUSED static const dw_field T##_##m##_field = { \
        #m,                                              \
        &DW__CAT(C, _schema),                            \
        offsetof(T, m),                                  \
        offsetof(T, has.m),                              \
        &(const DW__CAT(C, _rules)){__VA_ARGS__},        \
        NULL,                                            \
    };
#define DW__FIELD_REF(T, row) DW__FIELD_REF_(T, DW__STRIP row, ._ = 0)
#define DW__FIELD_REF_(...) DW__FIELD_REF__(__VA_ARGS__)
#define DW__FIELD_REF__(T, C, m, ...) &T##_##m##_field,

#define DW__SCHEMA_VALUE(T)                                                                               \
    DW__UNUSED static const dw_schema T##_schema = {                                                      \
        #T, DW_KIND_OBJECT, false, sizeof(T), T##_fields, sizeof T##_fields / sizeof T##_fields[0], NULL, \
    }

#define DW_SCHEMA(T, ...)                                                                            \
    typedef struct T {                                                                               \
        DW__MAP(DW__MEMBER, T, __VA_ARGS__)                                                          \
        struct {                                                                                     \
            DW__MAP(DW__HAS, T, __VA_ARGS__)                                                         \
        } has;                                                                                       \
    } T;                                                                                             \
    typedef dw_common_rules T##_rules;                                                               \
    DW__MAP(DW__FIELD, T, __VA_ARGS__)                                                               \
    DW__UNUSED static const dw_field *const T##_fields[] = {DW__MAP(DW__FIELD_REF, T, __VA_ARGS__)}; \
    DW__SCHEMA_VALUE(T)

/* A list of E: struct { const E *v; size_t n; }. */
#define DW_LIST(T, E)                                                      \
    typedef struct T {                                                     \
        const E *v;                                                        \
        size_t n;                                                          \
    } T;                                                                   \
    typedef dw_list_rules T##_rules;                                       \
    DW__UNUSED static const dw_schema T##_schema = {                       \
        #T, DW_KIND_LIST, false, sizeof(T), NULL, 0, &DW__CAT(E, _schema), \
    }

/* The fields of T, each of which may be absent: for PATCH and PUT of a part. The same C type as T. */
#define DW_PARTIAL(P, T)                                                                                 \
    typedef T P;                                                                                         \
    typedef dw_common_rules P##_rules;                                                                   \
    DW__UNUSED static const dw_schema P##_schema = {                                                     \
        #P, DW_KIND_OBJECT, true, sizeof(T), T##_fields, sizeof T##_fields / sizeof T##_fields[0], NULL, \
    }

/* Some fields of T, by name, with their types and rules. */
#define DW_PICK(P, T, ...)                                                                          \
    typedef struct P {                                                                              \
        DW__MAP(DW__PICK_MEMBER, T, __VA_ARGS__)                                                    \
        struct {                                                                                    \
            DW__MAP(DW__PICK_HAS, T, __VA_ARGS__)                                                   \
        } has;                                                                                      \
    } P;                                                                                            \
    typedef dw_common_rules P##_rules;                                                              \
    DW__MAP(DW__PICK_FIELD, (P, T), __VA_ARGS__)                                                    \
    DW__UNUSED static const dw_field *const P##_fields[] = {DW__MAP(DW__PICK_REF, P, __VA_ARGS__)}; \
    DW__SCHEMA_VALUE(P)
#define DW__PICK_MEMBER(T, m) __typeof__(((T *)0)->m) m;
#define DW__PICK_HAS(T, m) bool m;
#define DW__PICK_FIELD(PT, m) DW__PICK_FIELD_(DW__STRIP PT, m)
#define DW__PICK_FIELD_(...) DW__PICK_FIELD__(__VA_ARGS__)
#define DW__PICK_FIELD__(P, T, m)             \
    static const dw_field P##_##m##_field = { \
        #m, NULL, offsetof(P, m), offsetof(P, has.m), NULL, &T##_##m##_field};
#define DW__PICK_REF(P, m) &P##_##m##_field,

/* A page of rows: {"items":[…],"next":"cursor"|null}. */
#define DW_PAGE(P, Row)      \
    DW_LIST(P##_items, Row); \
    DW_SCHEMA(P, (P##_items, items), (dw_text, next, .nullable = true))

/* For a handler or statement without input, or without output (a reply of 204). */
DW_SCHEMA(dw_nothing, (bool, unused, .optional = true));

#endif
#endif
