/* schema/bind_rules.h -- what binding from JSON and from text share: places, faults, rules. */
#ifndef DW_SCHEMA_BIND_RULES_H
#define DW_SCHEMA_BIND_RULES_H

#include "schema/bind.h"

/* Where a value stands: a name or, with name.p NULL, the index in a list. NULL is the top. Made on the stack, read only when something
 * is wrong. */
struct bind_place {
    const struct bind_place *up;
    dw_text name;
    size_t index;
};

/* Notes a broken rule at `place`. code and says must live as long as the plan. */
void dw__bind_fault(struct bind_faults *faults, const struct bind_place *place, const char *code,
                    const char *says);
/* Notes an unknown name inside the object at `up`. */
void dw__bind_unknown_at(struct bind_faults *faults, const struct bind_place *up, dw_text name);
/* The arena was full: nothing that follows matters. Returns false. */
bool dw__bind_no_memory(struct bind_faults *faults);

/* Each looks at one value and notes what is wrong; true when it is good. `ascii`: every character of t is one byte; false when not known. */
bool dw__bind_check_text(const struct plan_type *type, dw_text t, bool ascii, struct bind_faults *faults,
                         const struct bind_place *place);
bool dw__bind_check_int64(const struct plan_type *type, int64_t v, struct bind_faults *faults,
                          const struct bind_place *place);
bool dw__bind_check_double(const struct plan_type *type, double v, struct bind_faults *faults,
                           const struct bind_place *place);
/* Notes that the value is of another type than it should be. */
void dw__bind_wrong_type(const struct plan_type *type, struct bind_faults *faults,
                         const struct bind_place *place);

/* Field i of the struct `out` has a value: sets its `has`, and that of the flat parts it stands in. */
void dw__bind_has(const struct schema_plan *plan, size_t i, void *out);
/* Whether it has one. */
static inline bool bind_has(const struct plan_field *f, const void *value)
{
    return *(const bool *)(const void *)((const char *)value + f->has_at);
}

/* A list of `n` elements that has room for one more, moved when it was full: capacities are 4, 8, 16 … NULL when the arena is full. The
 * place for the new element, zeroed; list->n is not changed. */
void *dw__bind_list_room(dw_any_list *list, size_t element_size, struct arena *a);

#endif
