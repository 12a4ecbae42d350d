/* schema/plan.h -- a schema, compiled once at start-up into what binding and printing walk.
 *
 * Flat parts are flattened, picked fields followed to their origin, names rendered, patterns compiled, bounds and defaults read,
 * and what cannot be (a reversed range, two fields of one name, a pattern that does not compile) refused with a sentence.  A plan is
 * immutable afterwards but for PCRE2's match block: it belongs to one thread. */
#ifndef DW_SCHEMA_PLAN_H
#define DW_SCHEMA_PLAN_H

#include "base/buf.h"
#include <dw/err.h>
#include <dw/schema.h>

/* Fields of one object, flat parts counted: they fit a uint64_t as a set. */
#define DW__PLAN_FIELDS 64
/* Nested objects and lists in a declaration. */
#define DW__PLAN_DEPTH 32
/* Bounds where a declaration has none of its own. */
#define DW__PLAN_TEXT_MAX 256
#define DW__PLAN_EMAIL_MAX 254
#define DW__PLAN_URL_MAX 2048
#define DW__PLAN_BYTES_MAX 1024
#define DW__PLAN_JSON_MAX 16384
#define DW__PLAN_JSON_LEVELS 16
#define DW__PLAN_ITEMS_MAX 100
/* Characters of a key of a map. */
#define DW__PLAN_KEY_MAX 64

struct schema_plan;
struct plan_pattern;

/* What a field, an element of a list or a value of a map is. */
struct plan_type {
    dw_kind kind;
    bool checked; /* the application has a check of its own for it */
    size_t size;  /* bytes of the C type */
    const dw_schema *schema;
    const dw_common_rules *rules; /* as declared; the struct of rules of its kind */
    union {
        struct {
            size_t min, max; /* characters */
            size_t bytes_min, bytes_max;
            struct plan_pattern *pattern; /* or NULL */
            const char *const *one_of;    /* ends with NULL; or NULL */
            bool normalised;              /* .trim or .nfc */
        } text;                           /* TEXT, SECRET, EMAIL, URL */
        struct {
            int64_t min, max;
            int64_t multiple_of; /* 0: of none */
            bool as_text;
        } int64;
        struct {
            double min, max;
        } real;
        struct {
            dw_decimal min, max, multiple_of; /* with the scale of the field; multiple_of.units 0: of none */
            uint32_t scale;
        } decimal;
        struct {
            dw_date min, max;
        } date;
        struct {
            dw_time min, max;
        } time;
        struct {
            unsigned version;
        } uuid, ip;
        struct {
            size_t min, max; /* of bytes, or of the text of a JSON value */
            unsigned levels; /* of a JSON value */
        } bytes;             /* BYTES, JSON */
        struct {
            size_t min, max;
            struct plan_type *element;
            struct plan_pattern *keys; /* of a map, or NULL */
            bool unique;
        } list; /* LIST, MAP */
        struct schema_plan *object;
    };
};

/* Where a field of an input comes from; SOURCE_ANY: from wherever the route says. */
enum plan_source { SOURCE_ANY = 0, SOURCE_QUERY, SOURCE_HEADER, SOURCE_COOKIE };

struct plan_field {
    dw_text name; /* outside: .wire, or the C name */
    const char *c_name;
    size_t at, has_at, null_at; /* offsets in the C struct of the plan, flat parts added up */
    size_t flat;                /* 1 + index in plan->flats of the part that it stands in; 0: none */
    bool optional;              /* left out of a reply when `has` is false */
    bool nullable;
    bool write_only;
    uint64_t
        visible_to; /* roles of which one must be the caller's for it to be in a reply; 0: everybody's is */
    enum plan_source source;
    dw_text source_name; /* of the header or the cookie */
    const void *def;     /* a value of the C type, or NULL */
    struct plan_type type;
    dw_text prefix; /* ,"name": as JSON, for printing */
};

/* A flat part: its `has` is set when one of its fields came. */
struct plan_flat {
    size_t has_at, outer; /* outer: 1 + index, or 0 */
};

/* A check of the application for the whole or for a flat part of it. */
struct plan_check {
    dw_check_fn fn;
    size_t at;      /* of the struct that it judges */
    uint64_t needs; /* it runs when these have come */
};

struct schema_plan {
    const dw_schema *schema;
    const char *name;
    size_t size; /* bytes of the C struct, which binding wants zeroed */
    size_t n_fields;
    struct plan_field *fields; /* in declared order */
    struct plan_flat *flats;
    size_t n_flats;
    struct plan_check *checks;
    size_t n_checks;
    uint64_t
        inputs; /* set of fields that a client may send: all that are neither read-only nor for some roles */
    uint64_t required; /* … must send */
    uint64_t defaults; /* … that have a value when nobody sends one */
    const char *drop;  /* why undeclared fields are passed over; NULL: they are refused */
    bool secret;       /* a dw_secret somewhere in what a reply would show */
    uint64_t
        view_roles; /* those that a field somewhere in it is visible to; 0: a reply does not depend on them */
    uint64_t hash_seed; /* chosen so that no two names share a slot */
    unsigned hash_shift;
    uint8_t *slots; /* 1 + index of the field, or 0 */
};

/* Compiles `schema` (DW_KIND_OBJECT). On failure DW_INTERNAL, *out NULL, and one sentence in `why` that names schema and field. */
DW_MUST dw_err dw__schema_compile(const dw_schema *schema, struct schema_plan **out, struct buf *why);
/* The same for binding what a reply says: with the fields that printing writes, and all of them but the optional ones. For tests. */
DW_MUST dw_err dw__schema_compile_reply(const dw_schema *schema, struct schema_plan **out, struct buf *why);
void dw__schema_plan_free(struct schema_plan *plan);

/* DW_INTERNAL and a sentence in `why` when the plan cannot be a reply: a dw_secret in it that is not write-only. */
DW_MUST dw_err dw__schema_check_output(const struct schema_plan *plan, struct buf *why);

/* Index of the field that is called `name` outside, or -1. Constant time in the number of fields. */
int dw__schema_field(const struct schema_plan *plan, dw_text name);
/* Index of the field with this C name, or -1. For start-up: it walks the fields. */
int dw__schema_field_c(const struct schema_plan *plan, const char *c_name);
/* Whether field i can come as text: a scalar or a list of scalars. */
bool dw__schema_field_from_text(const struct schema_plan *plan, size_t i);

/* ---- each schema compiled once ---- */

struct schema_plans {
    struct schema_plan **v;
    size_t n, cap;
};

void dw__schema_plans_init(struct schema_plans *plans);
void dw__schema_plans_release(struct schema_plans *plans);
/* The plan of `schema`, compiled when it is first asked for; owned by `plans`. Errors as dw__schema_compile. */
DW_MUST dw_err dw__schema_plans_get(struct schema_plans *plans, const dw_schema *schema,
                                    const struct schema_plan **out, struct buf *why);

#endif
