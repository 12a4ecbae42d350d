/* schema/plan_make.h -- what the files that compile plans share: where in the declarations one is, and how one refuses. */
#ifndef DW_SCHEMA_PLAN_MAKE_H
#define DW_SCHEMA_PLAN_MAKE_H

#include "schema/plan.h"

struct plan_site {
    const dw_schema *schema;
    const char *field;
    struct buf *why;
    unsigned depth;
    bool nested; /* inside an object that has a name of its own */
};

/* "schema note, field title: WHAT" into why. Returns DW_INTERNAL. */
dw_err dw__plan_refuse(const struct plan_site *site, const char *what);
dw_err dw__plan_no_memory(const struct plan_site *site);

/* Fills `out`, which is zeroed, with what `type` and `rules` (the struct of rules of its kind; NULL: none) say. What it holds after a
 * failure is for dw__plan_type_release. */
DW_MUST dw_err dw__plan_type(const struct plan_site *site, const dw_schema *type, const void *rules,
                             struct plan_type *out);
void dw__plan_type_release(struct plan_type *type);
/* Compiles an object; *out is for dw__schema_plan_free also after a failure. */
DW_MUST dw_err dw__plan_object(const struct plan_site *site, const dw_schema *schema,
                               struct schema_plan **out);

/* Reads the default of field `f`, whose type is complete, into f->def; holds default and example against the field's own rules. */
DW_MUST dw_err dw__plan_default(const struct plan_site *site, struct plan_field *f);
DW_MUST dw_err dw__plan_example(const struct plan_site *site, const struct plan_field *f);

#endif
