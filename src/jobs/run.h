/* jobs/run.h -- what a context knows of the job that it is of. */
#ifndef DW_JOBS_RUN_H
#define DW_JOBS_RUN_H

#include "base/buf.h"
#include <dw/job.h>

/* Bytes of what is kept of an error. */
#define DW__JOB_ERROR 500u

struct job_run {
    dw_job_run self;
    bool gave_up;
    char why[DW__JOB_ERROR];
    size_t why_n; /* 0: it said nothing */
};

#endif
