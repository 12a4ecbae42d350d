/* store/lock.h -- who may write a database: one family of processes, and of it one at a time.
 *
 * A server is a *family*, known by a number that its monitor drew.  While a process of a family has the database open for writing,
 * those of others are refused.  Within a family, which has two stores for as long as an upgrade takes, writing goes by *turns*:
 * whoever waits for the turn gets it next, however busy the other is, so that neither starves and SQLite never sees two
 * writers or checkpointers at once.  All of it is locks on bytes of `<path>-lock`, which end with their process. */
#ifndef DW_STORE_LOCK_H
#define DW_STORE_LOCK_H

#include "base/buf.h"
#include <dw/err.h>

/* Joins `family` (0: one of its own) for the database at `path`, of at most 1023 bytes. *fd is the caller's; closing it leaves, and gives the
 * turn back. DW_CONFLICT with a sentence in `why` while there is another family; DW_UNAVAILABLE when the file cannot be locked. */
DW_MUST dw_err dw__sql_lock_open(const char *path, uint64_t family, int *fd, struct buf *why);
/* The same without joining: for who writes in one turn and is gone, whichever family is there. */
DW_MUST dw_err dw__sql_lock_visit(const char *path, int *fd, struct buf *why);
/* Waits for the turn. False when the system cannot say whose it is: nothing may be written then. */
DW_MUST bool dw__sql_lock_take(int fd);
void dw__sql_lock_give(int fd);

#endif
