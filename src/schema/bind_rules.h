/* schema/bind_rules.h -- what the files that bind share: places, faults, rules. */
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

/* ---- faults (bind.c) ---- */

/* Notes that the value at `place` breaks a rule of `type` (may be NULL). `code` is static. */
void dw__bind_fault(struct bind_faults *faults, const struct bind_place *place, const struct plan_type *type,
                    const char *code);
/* The same with the application's sentence, which is static. */
void dw__bind_fault_says(struct bind_faults *faults, const struct bind_place *place,
                         const struct plan_type *type, const char *code, const char *says);
/* Notes an unknown name inside the object at `up`. */
void dw__bind_unknown_at(struct bind_faults *faults, const struct bind_place *up, dw_text name);
/* The arena was full: nothing that follows matters. Returns false. */
bool dw__bind_no_memory(struct bind_faults *faults);

/* ---- scalars (bind_scalar.c): each holds a value against its rules, stores it when it keeps them and notes it when not; false only
 * without memory ---- */

/* Any type whose value in JSON is a string. `ascii`: every character is one byte (false when not known). `kept`: t lies in the arena. */
bool dw__bind_string(const struct plan_type *type, dw_text t, bool ascii, bool kept, void *at,
                     struct bind_faults *faults, const struct bind_place *place);
/* INT64, DOUBLE or DECIMAL as the text of a JSON number. */
struct json_number;
bool dw__bind_number(const struct plan_type *type, const struct json_number *number, void *at,
                     struct bind_faults *faults, const struct bind_place *place);
bool dw__bind_bool(const struct plan_type *type, bool value, void *at, struct bind_faults *faults,
                   const struct bind_place *place);
/* Whether a value of this type is a string in JSON. */
bool dw__bind_is_string(const struct plan_type *type);
/* A scalar from a path, query, form, header or cookie: its one spelling as text. */
bool dw__bind_from_text(const struct plan_type *type, dw_text value, void *at, struct bind_faults *faults,
                        const struct bind_place *place);

/* ---- checks (bind_check.c) ---- */

/* Runs the application's check of a value that keeps all other rules; true when it found nothing. */
bool dw__bind_check(const struct plan_type *type, const void *at, struct bind_faults *faults,
                    const struct bind_place *place);
/* Runs the checks of an object, of which the fields `seen` came. */
void dw__bind_check_object(const struct schema_plan *plan, uint64_t seen, const void *out,
                           struct bind_faults *faults, const struct bind_place *place);
/* Notes every element of a list that is there before; false only without memory (bind_unique.c). */
bool dw__bind_unique(const struct plan_type *type, const dw_any_list *list, struct bind_faults *faults,
                     const struct bind_place *place);

/* ---- objects (bind.c) ---- */

/* The end of an object at `place`, of which the fields `seen` came, and which had broken_before faults when it began: defaults, what is
 * missing, checks. */
void dw__bind_object_end(const struct schema_plan *plan, uint64_t seen, void *out, size_t broken_before,
                         struct bind_faults *faults, const struct bind_place *place);
/* Field i of the struct `out` has a value: sets its `has`, and that of the flat parts it stands in. */
void dw__bind_has(const struct schema_plan *plan, size_t i, void *out);

/* A list of `n` elements that has room for one more, moved when it was full: capacities are 4, 8, 16 … NULL when the arena is full. The
 * place for the new element, zeroed; list->n is not changed. */
void *dw__bind_list_room(dw_any_list *list, size_t element_size, struct arena *a);

#endif
