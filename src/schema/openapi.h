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
/* Appends an object schema of the fields in `mask` in place. */
void dw__openapi_fields(struct openapi_schemas *schemas, const struct schema_plan *plan, uint64_t mask,
                        enum openapi_use use, struct buf *out);
/* Appends the schema of field i as a client writes it into a path or a query: never null. */
void dw__openapi_parameter(struct openapi_schemas *schemas, const struct schema_plan *plan, size_t i,
                           struct buf *out);
/* Appends the components as members of components/schemas: "name":{…},… Nothing when there are none. */
void dw__openapi_components(const struct openapi_schemas *schemas, struct buf *out);
/* Appends a value that binding accepts, made from the rules alone. False, and nothing appended, when none was found (a pattern that no
 * simple text matches): then there is no example. */
bool dw__openapi_example(const struct schema_plan *plan, uint64_t mask, struct buf *out);
bool dw__openapi_field_example(const struct schema_plan *plan, size_t i, struct buf *out);

#endif
