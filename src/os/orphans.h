/* os/orphans.h -- processes that our children start and leave behind.
 *
 * A process that is forked outlives its parent and goes to init, with every descriptor that it had.  Whoever must be able to end a child
 * for good takes its orphans, and ends them too. */
#ifndef DW_OS_ORPHANS_H
#define DW_OS_ORPHANS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* From now on a process below this one whose parent ends becomes a child of this one. Without effect where the system cannot. */
void dw__orphans_take(void);
/* Kills the children of this process that is_known() does not know, and reaps what is dead of them; how many there were, so 0 when all are
 * gone. To be called from the first thread. */
size_t dw__orphans_end(bool (*is_known)(void *self, pid_t pid), void *self);

#endif
