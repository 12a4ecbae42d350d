/* schema/print.h -- C structs out: declared fields only, in declared order. */
#ifndef DW_SCHEMA_PRINT_H
#define DW_SCHEMA_PRINT_H

#include "base/buf.h"
#include "schema/plan.h"

/* Takes what was printed so far, so that a long list needs no document: called between elements of lists and maps once `at` bytes are in the
 * buffer. Empties it; false ends the printing (the buffer is then failed). */
struct print_sink {
    bool (*flush)(struct print_sink *sink, struct buf *printed);
    size_t at;
};

/* For values that are no reply: every field, whoever it is for. */
#define DW__PRINT_ALL UINT64_MAX

/* Appends *value (the C struct of `plan`, which dw__schema_check_output accepted) as a JSON object. A field that is optional and has no value is left
 * out; one that is nullable and has none is null; one that is both is null when its `null` says so; one that is write-only is never written, and one
 * that is for some roles (.visible_to) only when `roles` has one of them. What is no value of its type (a double that is
 * not finite, a day that there is not, an enum that was not set) is null, invalid UTF-8 becomes U+FFFD. A secret aborts. `sink` may be NULL.
 * With `unset` not NULL: *unset is the name of the first required field to be written that dw__poison filled and nobody set since, and then nothing is
 * written; otherwise it is NULL. */
void dw__print_json(const struct schema_plan *plan, const void *value, uint64_t roles, struct buf *out,
                    struct print_sink *sink, const char **unset);
/* Appends one value of any type as JSON, under the same rules, for all roles. */
void dw__print_value(const struct plan_type *type, const void *value, struct buf *out);
/* The text of a scalar whose value in JSON is a string, into out (at least DW__PRINT_TEXT bytes) or, for texts, where it lies; {NULL, 0} when it is no
 * value. Not for SECRET and BYTES. */
#define DW__PRINT_TEXT 48
dw_text dw__print_text(const struct plan_type *type, const void *value, char *out);

/* Zeroes *value and fills each value in it with a pattern (`has` and `null` stay false), so that a field that a handler forgot can be found. */
void dw__poison(const struct schema_plan *plan, void *value);
/* The name of the first field that should be printed for `roles` and still holds the pattern, or NULL. */
const char *dw__poison_find(const struct schema_plan *plan, const void *value, uint64_t roles);
/* Whether field `f` is never in a reply to who has `roles`. */
static inline bool dw__print_hides(const struct plan_field *f, uint64_t roles)
{
    return f->write_only || (f->visible_to != 0 && (f->visible_to & roles) == 0);
}

#endif
