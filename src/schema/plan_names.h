/* schema/plan_names.h -- finding a field by its name in constant time. */
#ifndef DW_SCHEMA_PLAN_NAMES_H
#define DW_SCHEMA_PLAN_NAMES_H

#include "schema/plan.h"

/* Makes plan->slots, a table in which no two names share a slot. The names must differ. DW_INTERNAL without memory. */
DW_MUST dw_err dw__plan_names_index(struct schema_plan *plan);

#endif
