/* app/job_words.h -- a job, as commands describe it. */
#ifndef DW_APP_JOB_WORDS_H
#define DW_APP_JOB_WORDS_H

#include "base/buf.h"
#include "jobs/table.h"

/* "send_welcome(welcome): 5 attempts, 4 at once, deadline 30000 ms, daily at 03:30 UTC". */
void dw__job_describe(const struct job_kind *kind, struct buf *out);

#endif
