/* schema/openapi.h -- compiled schemas as JSON Schema (dialect 2020-12), which is what OpenAPI 3.1 speaks.
 *
 * What a client sends is described with every rule that binding enforces; what it gets, by its shape alone, since no rule is
 * enforced on the way out.  A nested schema is a component of its own, described once, however often it is named. */
#ifndef DW_SCHEMA_OPENAPI_H
#define DW_SCHEMA_OPENAPI_H

#include "base/arena.h"
#include "base/buf.h"
#include "schema/plan.h"

enum openapi_use { OPENAPI_INPUT, OPENAPI_OUTPUT };

/* Every field of a plan. */
#define DW__OPENAPI_ALL UINT64_MAX

struct openapi_component;

/* The components that were named so far. */
struct openapi_schemas {
    struct arena *arena;
    const char *const *roles; /* their names, ended by NULL, for x-visible-to; or NULL: it is not said */
    struct openapi_component *first, **last;
};

void dw__openapi_schemas_init(struct openapi_schemas *schemas, struct arena *arena);

/* Makes `json` a component of that name, or finds that it is one: its name, which has a number behind it where `name` is taken. {NULL, 0} without
 * memory. `name` and `json` must live as long as the arena. */
dw_text dw__openapi_component(struct openapi_schemas *schemas, const char *name, dw_text json);
/* Appends {"$ref":"#/components/schemas/…"} for the whole of `plan`, which becomes a component: by its own name, or, where another
 * schema (or the same for another use) has that already, by that with _2, _3 … behind it. */
void dw__openapi_ref(struct openapi_schemas *schemas, const struct schema_plan *plan, enum openapi_use use,
                     struct buf *out);
/* The fields that a client may send, or that a reply may have. */
uint64_t dw__openapi_mask(const struct schema_plan *plan, enum openapi_use use);
/* Appends an object schema of those of them that are in `mask`, in place. */
void dw__openapi_fields(struct openapi_schemas *schemas, const struct schema_plan *plan, uint64_t mask,
                        enum openapi_use use, struct buf *out);
/* Appends the schema of field i as a client writes it into a path, a query, a header or a cookie: never null. */
void dw__openapi_parameter(struct openapi_schemas *schemas, const struct schema_plan *plan, size_t i,
                           struct buf *out);
/* Appends the components as members of components/schemas: "name":{…},… Nothing when there are none. */
void dw__openapi_components(const struct openapi_schemas *schemas, struct buf *out);
/* Whether a value of this type, as text, is already what it is in JSON: the others are strings. */
bool dw__openapi_is_raw(const struct plan_type *type);
/* The example that the declaration gives, where it can stand; or NULL. */
const char *dw__openapi_given(const struct plan_type *type, enum openapi_use use);
/* Appends an object of the fields in `mask`: the examples that were given, else values made from the rules alone. As input it is one that
 * binding accepts. False, and nothing appended, when none was found (a pattern that no simple text matches): then there is no example. */
bool dw__openapi_example(const struct schema_plan *plan, uint64_t mask, enum openapi_use use,
                         struct buf *out);
/* The same of field i alone, as input. */
bool dw__openapi_field_example(const struct schema_plan *plan, size_t i, struct buf *out);

#endif
