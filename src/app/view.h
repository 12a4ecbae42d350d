/* app/view.h -- which fields of a reply its caller is shown (.visible_to): who asks is looked at when it is written. */
#ifndef DW_APP_VIEW_H
#define DW_APP_VIEW_H

#include "base/ctx.h"
#include "schema/plan.h"
#include <dw/auth.h>

/* The roles for which a reply of `plan` is written; nobody's where nobody was asked who they are. A reply that depends on them is kept by no cache. */
static inline uint64_t dw__view_roles(dw_ctx *ctx, const struct schema_plan *plan)
{
    const dw_principal *who = plan->view_roles != 0 ? dw_ctx_principal(ctx) : NULL;

    return who != NULL ? who->roles : 0;
}

#endif
