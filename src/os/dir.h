/* os/dir.h -- reading files below one directory and nowhere else: openat2(2) with RESOLVE_BENEATH. */
#ifndef DW_OS_DIR_H
#define DW_OS_DIR_H

#include "base/arena.h"
#include <dw/err.h>

/* Opens the directory `path`, as a place to look below; the caller closes *fd. Errors as os/file.h; DW_NOT_FOUND when it is no directory. */
DW_MUST dw_err dw__dir_open(const char *path, int *fd);

/* Reads all of the regular file `name` below `dir` into `a`, as dw__file_read does. No symbolic link is followed, and no way leads out: DW_DENIED.
 * DW_NOT_IMPLEMENTED on a kernel without openat2. */
DW_MUST dw_err dw__dir_read(struct arena *a, int dir, const char *name, size_t limit, dw_text *out);

#endif
