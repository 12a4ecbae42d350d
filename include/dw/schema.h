/* dw/schema.h -- one declaration per shape.
 *
 *     DW_SCHEMA(note_in,
 *         (dw_text, title,    DW_LEN(1, 120), .doc = "What it is called"),
 *         (int64_t, priority, DW_RANGE(0, 5), DW_DEFAULT(3)),
 *         (dw_date, due,      .optional = true));
 *
 * gives `struct note_in`, the validator, the binder for JSON, forms, queries, paths, headers and cookies, the writer of replies,
 * the row mapper and the description.  Beside the fields the struct has two structs of bools: `has` tells which have a value, `null`
 * which came as null.
 *
 * A row is (type, name, rules…).  The type is one of
 *     dw_text  dw_secret  int64_t  double  bool  dw_decimal  dw_date  dw_time  dw_uuid  dw_email  dw_url  dw_ip  dw_bytes  dw_json
 * or what DW_ENUM, DW_SCHEMA, DW_LIST, DW_MAP, DW_PICK or DW_PAGE declared above.  <dw/rules.h> has the rules of each. */
#ifndef DW_SCHEMA_H
#define DW_SCHEMA_H

#include "map.h"
#include "rules.h"
#include "types.h"
#include "values.h"

typedef enum dw_kind {
    DW_KIND_TEXT = 1,
    DW_KIND_SECRET,
    DW_KIND_INT64,
    DW_KIND_DOUBLE,
    DW_KIND_BOOL,
    DW_KIND_OBJECT,
    DW_KIND_LIST,
    DW_KIND_JSON,
    DW_KIND_DECIMAL,
    DW_KIND_DATE,
    DW_KIND_TIME,
    DW_KIND_UUID,
    DW_KIND_ENUM,
    DW_KIND_EMAIL,
    DW_KIND_URL,
    DW_KIND_IP,
    DW_KIND_BYTES,
    DW_KIND_MAP
} dw_kind;

typedef struct dw_schema dw_schema;

/* One field.  `like` is the field that this one was picked from, or NULL: type and rules are then found there. */
typedef struct dw_field {
    const char *name;
    const dw_schema *type;
    size_t at, has_at, null_at;
    const void *rules;
    const struct dw_field *like;
} dw_field;

/* What DW_OPTIONS says of an object. */
typedef struct dw_schema_options {
    const char *unknown; /* DW_DROP(reason); NULL: an undeclared field is refused */
    const char *doc;
} dw_schema_options;

typedef void (*dw_check_fn)(const void *value, dw_faults *faults);

struct dw_schema {
    const char *name;
    dw_kind kind;
    bool partial;                     /* every field may be absent */
    size_t size;                      /* bytes of the C type */
    const dw_field *const *fields;    /* OBJECT */
    size_t n_fields;                  /* OBJECT */
    const dw_schema *whole;           /* OBJECT that is partial: of what */
    const dw_schema_options *options; /* OBJECT */
    const dw_check_fn *check;         /* OBJECT, LIST, MAP: points to the check, or to NULL */
    const dw_schema *element;         /* LIST, MAP: of the values */
    const void *element_rules;        /* LIST, MAP */
    size_t element_size,
        element_at;           /* LIST, MAP: bytes of an element or entry, and where its value stands in it */
    const char *const *names; /* ENUM: the name of value i + 1 */
    size_t n_names;           /* ENUM */
};

/* Every list and map type begins with these two members. */
typedef struct dw_any_list {
    const void *v;
    size_t n;
} dw_any_list;

extern const dw_schema dw_text_schema, dw_secret_schema, dw_int64_schema, dw_double_schema, dw_bool_schema,
    dw_json_schema, dw_decimal_schema, dw_date_schema, dw_time_schema, dw_uuid_schema, dw_email_schema,
    dw_url_schema, dw_ip_schema, dw_bytes_schema;

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

/* ---- objects ---- */

#define DW_SCHEMA(T, ...)                                                                                \
    typedef struct T {                                                                                   \
        DW__MAP(DW__MEMBER, T, __VA_ARGS__)                                                              \
        struct {                                                                                         \
            DW__MAP(DW__FLAG, T, __VA_ARGS__)                                                            \
        } has, null;                                                                                     \
    } T;                                                                                                 \
    DW__MAP(DW__FIELD, T, __VA_ARGS__)                                                                   \
    DW__UNUSED static const dw_field *const dw__fields_##T[] = {DW__MAP(DW__FIELD_REF, T, __VA_ARGS__)}; \
    DW__OBJECT(T, T, .partial = false)

/* The fields of T, each of which may be absent: for PATCH and PUT of a part. The same C type as T. */
#define DW_PARTIAL(P, T) \
    typedef T P;         \
    DW__OBJECT(P, T, .partial = true, .whole = &T##_schema)

/* Some fields of T, by name, with their types and rules. */
#define DW_PICK(P, T, ...)                                                                              \
    typedef struct P {                                                                                  \
        DW__MAP(DW__PICK_MEMBER, T, __VA_ARGS__)                                                        \
        struct {                                                                                        \
            DW__MAP(DW__PICK_FLAG, T, __VA_ARGS__)                                                      \
        } has, null;                                                                                    \
    } P;                                                                                                \
    DW__MAP(DW__PICK_FIELD, (P, T), __VA_ARGS__)                                                        \
    DW__UNUSED static const dw_field *const dw__fields_##P[] = {DW__MAP(DW__PICK_REF, P, __VA_ARGS__)}; \
    DW__OBJECT(P, P, .partial = false)

/* A page of rows: {"items":[…],"next":"cursor"|null}. */
#define DW_PAGE(P, Row)      \
    DW_LIST(P##_items, Row); \
    DW_SCHEMA(P, (P##_items, items), (dw_text, next, .nullable = true))

/* ---- lists, maps, enums ---- */

/* A list of E: struct { const E *v; size_t n; }. Rules behind E are those of each element. */
#define DW_LIST(T, ...) DW__LIST(T, __VA_ARGS__, ._ = 0)
/* A map from text to scalars of type V: struct { const T_entry *v; size_t n; }, an entry { dw_text key; V value; }, in the order in which
 * they came. Rules behind V are those of each value. */
#define DW_MAP(T, ...) DW__MAP_OF(T, __VA_ARGS__, ._ = 0)
/* An enum and its names: DW_ENUM(currency, USD, EUR) has currency_unset (0: no value), currency_USD and currency_EUR, outside "USD" and
 * "EUR"; currency_name(currency_EUR) is "EUR". */
#define DW_ENUM(T, ...) DW__ENUM(T, DW__ENUMERATOR, DW__ENUM_NAME, __VA_ARGS__)
/* The same with names that are no C names: DW_ENUM_AS(plan, (free, "free-tier"), (pro, "pro")). */
#define DW_ENUM_AS(T, ...) DW__ENUM(T, DW__ENUMERATOR_AS, DW__ENUM_NAME_AS, __VA_ARGS__)

/* ---- what is said of a whole ---- */

/* A check of one's own, `static void fn(const T *value, dw_faults *faults)`, of an object, list or map that keeps all other rules. A partial of
 * T is judged by it when all that T requires has come. Behind the declaration of T. */
#define DW_CHECK(T, fn)                                                      \
    static void dw__checked_##T(const void *value, dw_faults *faults)        \
    {                                                                        \
        _Generic(&fn, void (*)(const T *, dw_faults *) : fn)(value, faults); \
    }                                                                        \
    static const dw_check_fn dw__check_##T = dw__checked_##T

/* Options of an object: DW_OPTIONS(item, .unknown = DW_DROP("old clients send more"), .doc = "…"). Behind the declaration of T. */
#define DW_OPTIONS(T, ...) static const dw_schema_options dw__options_##T = {__VA_ARGS__}
/* Undeclared fields are passed over instead of refused. The reason is a literal of at least 8 characters; `check` lists it. */
#define DW_DROP(reason) \
    &("" reason "")[DW__REQUIRE(sizeof("" reason "") > 8, the_reason_has_at_least_8_characters)]

/* ---- how it is done ---- */

#define DW__UNUSED __attribute__((unused))
#define DW__STRIP(...) __VA_ARGS__

#define DW__MEMBER(T, row) DW__MEMBER_(DW__STRIP row, ._ = 0)
#define DW__MEMBER_(...) DW__MEMBER__(__VA_ARGS__)
#define DW__MEMBER__(C, m, ...) C m;
#define DW__FLAG(T, row) DW__FLAG_(DW__STRIP row, ._ = 0)
#define DW__FLAG_(...) DW__FLAG__(__VA_ARGS__)
#define DW__FLAG__(C, m, ...) bool m;
#define DW__FIELD(T, row) DW__FIELD_(T, DW__STRIP row, ._ = 0)
#define DW__FIELD_(...) DW__FIELD__(__VA_ARGS__)
#define DW__FIELD__(T, C, m, ...)                             \
    DW__UNUSED static const dw_field dw__field_##T##__##m = { \
        #m,                                                   \
        &DW__CAT(C, _schema),                                 \
        offsetof(T, m),                                       \
        offsetof(T, has.m),                                   \
        offsetof(T, null.m),                                  \
        &(const DW__CAT(C, _rules)){__VA_ARGS__},             \
        NULL,                                                 \
    };
#define DW__FIELD_REF(T, row) DW__FIELD_REF_(T, DW__STRIP row, ._ = 0)
#define DW__FIELD_REF_(...) DW__FIELD_REF__(__VA_ARGS__)
#define DW__FIELD_REF__(T, C, m, ...) &dw__field_##T##__##m,

#define DW__PICK_MEMBER(T, m) __typeof__(((T *)0)->m) m;
#define DW__PICK_FLAG(T, m) bool m;
#define DW__PICK_FIELD(PT, m) DW__PICK_FIELD_(DW__STRIP PT, m)
#define DW__PICK_FIELD_(...) DW__PICK_FIELD__(__VA_ARGS__)
#define DW__PICK_FIELD__(P, T, m)                  \
    static const dw_field dw__field_##P##__##m = { \
        #m, NULL, offsetof(P, m), offsetof(P, has.m), offsetof(P, null.m), NULL, &dw__field_##T##__##m};
#define DW__PICK_REF(P, m) &dw__field_##P##__##m,

/* Without DW_CHECK and DW_OPTIONS these definitions stay what they are: NULL and nothing. */
#define DW__WHOLE(T) DW__UNUSED static const dw_check_fn dw__check_##T;

#define DW__OBJECT(P, T, ...)                                         \
    typedef dw_common_rules P##_rules;                                \
    DW__UNUSED static const dw_schema_options dw__options_##P;        \
    DW__WHOLE(P)                                                      \
    DW__UNUSED static const dw_schema P##_schema = {                  \
        .name = #P,                                                   \
        .kind = DW_KIND_OBJECT,                                       \
        .size = sizeof(T),                                            \
        .fields = dw__fields_##T,                                     \
        .n_fields = sizeof dw__fields_##T / sizeof dw__fields_##T[0], \
        .options = &dw__options_##P,                                  \
        .check = &dw__check_##P,                                      \
        __VA_ARGS__,                                                  \
    }

#define DW__LIST(T, E, ...)                                                           \
    typedef struct T {                                                                \
        const E *v;                                                                   \
        size_t n;                                                                     \
    } T;                                                                              \
    typedef dw_list_rules T##_rules;                                                  \
    DW__UNUSED static const DW__CAT(E, _rules) dw__element_rules_##T = {__VA_ARGS__}; \
    DW__WHOLE(T)                                                                      \
    DW__UNUSED static const dw_schema T##_schema = {                                  \
        .name = #T,                                                                   \
        .kind = DW_KIND_LIST,                                                         \
        .size = sizeof(T),                                                            \
        .check = &dw__check_##T,                                                      \
        .element = &DW__CAT(E, _schema),                                              \
        .element_rules = &dw__element_rules_##T,                                      \
        .element_size = sizeof(E),                                                    \
    }

#define DW__MAP_OF(T, V, ...)                                                         \
    typedef struct T##_entry {                                                        \
        dw_text key;                                                                  \
        V value;                                                                      \
    } T##_entry;                                                                      \
    typedef struct T {                                                                \
        const T##_entry *v;                                                           \
        size_t n;                                                                     \
    } T;                                                                              \
    typedef dw_map_rules T##_rules;                                                   \
    DW__UNUSED static const DW__CAT(V, _rules) dw__element_rules_##T = {__VA_ARGS__}; \
    DW__WHOLE(T)                                                                      \
    DW__UNUSED static const dw_schema T##_schema = {                                  \
        .name = #T,                                                                   \
        .kind = DW_KIND_MAP,                                                          \
        .size = sizeof(T),                                                            \
        .check = &dw__check_##T,                                                      \
        .element = &DW__CAT(V, _schema),                                              \
        .element_rules = &dw__element_rules_##T,                                      \
        .element_size = sizeof(T##_entry),                                            \
        .element_at = offsetof(T##_entry, value),                                     \
    }

#define DW__ENUM(T, enumerator, outside, ...)                                                 \
    typedef enum T { T##_unset, DW__MAP(enumerator, T, __VA_ARGS__) } T;                      \
    typedef dw_enum_rules T##_rules;                                                          \
    DW__UNUSED static const char *const dw__names_##T[] = {DW__MAP(outside, T, __VA_ARGS__)}; \
    DW__UNUSED static inline const char *T##_name(T value)                                    \
    {                                                                                         \
        return value >= 1 && (size_t)value <= sizeof dw__names_##T / sizeof dw__names_##T[0]  \
                   ? dw__names_##T[value - 1]                                                 \
                   : "";                                                                      \
    }                                                                                         \
    DW__UNUSED static const dw_schema T##_schema = {                                          \
        .name = #T,                                                                           \
        .kind = DW_KIND_ENUM,                                                                 \
        .size = sizeof(T) + DW__REQUIRE(sizeof(T) == sizeof(unsigned), an_enum_is_an_int),    \
        .names = dw__names_##T,                                                               \
        .n_names = sizeof dw__names_##T / sizeof dw__names_##T[0],                            \
    }
#define DW__ENUMERATOR(T, m) T##_##m,
#define DW__ENUM_NAME(T, m) #m,
#define DW__ENUMERATOR_AS(T, pair) DW__ENUMERATOR_AS_(T, DW__STRIP pair)
#define DW__ENUMERATOR_AS_(...) DW__ENUMERATOR_AS__(__VA_ARGS__)
#define DW__ENUMERATOR_AS__(T, m, outside) T##_##m,
#define DW__ENUM_NAME_AS(T, pair) DW__ENUM_NAME_AS_(DW__STRIP pair)
#define DW__ENUM_NAME_AS_(...) DW__ENUM_NAME_AS__(__VA_ARGS__)
#define DW__ENUM_NAME_AS__(m, outside) "" outside "",

/* For a handler or statement without input, or without output (a reply of 204). */
DW_SCHEMA(dw_nothing, (bool, unused, .optional = true));

#endif
#endif
