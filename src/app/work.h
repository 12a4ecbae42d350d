/* app/work.h -- one piece of work on a fiber, as the code of a request has it: for commands, and before a process serves. */
#ifndef DW_APP_WORK_H
#define DW_APP_WORK_H

#include "app/command.h"
#include "app/runtime.h"

/* Turns the loop of `p`, which nobody else does, until `work` has ended. What it answers; DW_UNAVAILABLE without memory for its fiber, DW_INTERNAL where it left a
 * transaction open. */
DW_MUST dw_err dw__work_run(const struct database_work *work, struct runtime *p);

#endif
