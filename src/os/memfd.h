/* os/memfd.h -- memory that has a descriptor: to hand secrets and settings to another process, and to share rings with it.
 *
 * Whoever maps what it was given first looks at the seals: an unsealed file could shrink under it (SIGBUS) or change. */
#ifndef DW_OS_MEMFD_H
#define DW_OS_MEMFD_H

#include <stdbool.h>
#include <stddef.h>

#include <dw/err.h>
#include <dw/types.h>

/* A memfd that holds a copy of n bytes (1 or more) that nobody can change any more. `name` is for /proc. *fd is the caller's. */
DW_MUST dw_err dw__memfd_sealed(const char *name, const void *p, size_t n, int *fd);
/* Maps all of such a memfd, read-only and out of core dumps; fd may be closed then. DW_DENIED when it is not sealed so, DW_TOO_LARGE
 * when it has more than `limit` bytes. dw__memfd_unmap ends it. */
DW_MUST dw_err dw__memfd_map(int fd, size_t limit, dw_bytes *out);
void dw__memfd_unmap(dw_bytes bytes);
/* Keeps the memory of such a memfd from being swapped out, until this process ends; without effect where the system does not let it. */
void dw__memfd_lock(int fd);

/* Zeroed memory of exactly `size` bytes for several processes to write: *fd for them, *p (may be NULL) mapped here. */
DW_MUST dw_err dw__shared_new(const char *name, size_t size, int *fd, void **p);
/* Maps the shared memory `fd` of `size` bytes. DW_DENIED when it has another size or could change it. */
DW_MUST dw_err dw__shared_map(int fd, size_t size, bool writable, void **p);
void dw__shared_unmap(void *p, size_t size);
/* Has such memory, of as much as fills large pages, in those, whoever maps it: what is looked up at random in much memory is then found with fewer steps.  All of it
 * is there from then on. Without effect where the system cannot (before Linux 6.1), or has none. */
void dw__shared_in_large_pages(void *p, size_t size);

#endif
