/* jobs/args.h -- the arguments of a job as JSON, and back. */
#ifndef DW_JOBS_ARGS_H
#define DW_JOBS_ARGS_H

#include "base/arena.h"
#include "schema/plan.h"

/* The struct at `args` as JSON, in `arena`. DW_TOO_LARGE beyond DW_JOB_ARGS_MAX. */
DW_MUST dw_err dw__job_args_print(const struct schema_plan *plan, const void *args, struct arena *arena,
                                  dw_text *json);
/* A struct of plan->size bytes in `arena` from JSON, which must live as long. DW_INVALID: it breaks a rule of the schema, and *why, of the arena, says
 * which. */
DW_MUST dw_err dw__job_args_bind(const struct schema_plan *plan, dw_text json, struct arena *arena,
                                 void **args, dw_text *why);

#endif
