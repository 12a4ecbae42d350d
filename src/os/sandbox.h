/* os/sandbox.h -- the point in a process's life after which it gains nothing more.
 *
 * A role calls both, in this order, before its first thread. */
#ifndef DW_OS_SANDBOX_H
#define DW_OS_SANDBOX_H

#include <dw/err.h>
#include <dw/types.h>

/* Loads and opens what libraries would load and open late: when files can no longer be opened it is too late. */
void dw__sandbox_warm_up(void);
/* No new privileges by exec, no core file, not traceable or readable by other processes of the same user. DW_CONFLICT when there is
 * another thread already, which would keep what this one gives up; DW_INTERNAL when the kernel refuses: the process should end. */
DW_MUST dw_err dw__sandbox_seal(void);

/* From now on this thread, and those that it starts, can open no file for writing, make, rename or remove none, and execute no
 * program, whatever their user may; with Landlock 6 (Linux 6.12) they can send no signal to another process. What is open stays open.
 * DW_NOT_IMPLEMENTED: the kernel has no Landlock; DW_INTERNAL: it refuses. */
DW_MUST dw_err dw__sandbox_no_file_changes(void);

/* From now on no thread of this process can do more than read, write and wait on what is open, use memory that is not executed, and end: it can open, connect,
 * bind and start nothing, and signal nobody. Every other call fails with EPERM. DW_NOT_IMPLEMENTED: the kernel has no filters for system
 * calls; DW_INTERNAL: it refuses. */
DW_MUST dw_err dw__sandbox_only_io(void);

#endif
