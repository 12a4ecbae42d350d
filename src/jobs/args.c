/* jobs/args.c -- see args.h. What lies in the database was ours, and is read as if it were not. */
#include "jobs/args.h"

#include "schema/bind.h"
#include "schema/print.h"
#include <dw/job.h>

dw_err dw__job_args_print(const struct schema_plan *plan, const void *args, struct arena *arena,
                          dw_text *json)
{
    struct buf b;

    dw__buf_init(&b, arena, DW_JOB_ARGS_MAX);
    dw__print_json(plan, args, DW__PRINT_ALL, &b, NULL, NULL);
    if (b.failed)
        return arena->limit - arena->used > 2 * (size_t)DW_JOB_ARGS_MAX ? DW_TOO_LARGE : DW_UNAVAILABLE;
    *json = (dw_text){b.p, b.n};
    return DW_OK;
}

/* The first thing that is wrong; names and codes, never a value. */
static dw_text first_fault(const struct bind_faults *faults, struct arena *arena)
{
    if (faults->n_unknown > 0)
        return dw__arena_format(arena, "its arguments have a field that the schema has not: %.*s",
                                DW_FMT(faults->unknown[0].field));
    if (faults->n_broken > 0)
        return dw__arena_format(arena, "its arguments break a rule of the schema: %.*s, %s",
                                DW_FMT(faults->broken[0].field), faults->broken[0].code);
    return DW_TEXT("its arguments are not JSON");
}

dw_err dw__job_args_bind(const struct schema_plan *plan, dw_text json, struct arena *arena, void **args,
                         dw_text *why)
{
    struct bind_faults faults;
    dw_err err;

    *why = DW_TEXT("");
    *args = dw__arena_zalloc(arena, plan->size);
    if (*args == NULL)
        return DW_UNAVAILABLE;
    dw__bind_init(&faults, arena);
    err = dw__bind_json(plan, json, UINT64_MAX, *args, &faults);
    if (err == DW_TOO_LARGE)
        return DW_UNAVAILABLE;
    if (err == DW_OK)
        err = dw__bind_end(plan, *args, &faults);
    if (err == DW_OK)
        return DW_OK;
    *why = first_fault(&faults, arena);
    return DW_INVALID;
}
