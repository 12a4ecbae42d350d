/* app/handover.h -- what an upgrade is told: strings in sealed memory, from the monitor to a program of another version.
 *
 * There are two.  The command line and environment of `serve` as they were given, so that the new program reads them, the env-file and
 * the files of secrets again; they hold secrets, and lie in locked memory from before the environment is wiped.  And the
 * settings that cannot change while the monitor runs, so that the new program can refuse.  Since writer and reader may be
 * of different versions, the beginning is fixed for good and says which layout follows. */
#ifndef DW_APP_HANDOVER_H
#define DW_APP_HANDOVER_H

#include "base/arena.h"
#include <dw/err.h>

/* Counts what a monitor and children of another version must agree on: the form below, the descriptors of children and what is on their
 * command line (proc/monitor.h, proc/child.h, app/role.h), the messages (proc/msg.h), last words (proc/crash.h), what a probe answers
 * (app/upgrade.h), the size of what workers share (app/counters.h). To be raised when one of them changes: an upgrade across it is refused, and needs a restart. */
#define DW__HANDOVER_LAYOUT 8u

struct handover {
    unsigned flags;
    size_t n[2];
    char **strings[2]; /* each list ends with NULL; in the arena, writable */
};

/* Seals two lists of strings, each ended by NULL. *fd is the caller's. DW_TOO_LARGE above 4 MiB. */
DW_MUST dw_err dw__handover_seal(unsigned flags, char *const *first, char *const *second, int *fd);
/* The command line and environment of this process, sealed, and locked in memory for as long as the process lives where the system lets it. -1
 * when they cannot be kept. */
int dw__handover_keep(char *const *argv, char *const *envp);
/* Reads what seal wrote into `arena`. DW_CONFLICT: of another layout; DW_INVALID: not that. */
DW_MUST dw_err dw__handover_open(int fd, struct arena *arena, struct handover *out);

#endif
