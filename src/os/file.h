/* os/file.h -- the few things done with files: read a small one, replace one, open a log, make directories.
 *
 * errno tells more after a failure: DW_NOT_FOUND (ENOENT, ENOTDIR), DW_DENIED (EACCES, EPERM, EROFS), DW_CONFLICT (EEXIST),
 * DW_UNAVAILABLE (anything else: disk full, input/output error, no descriptors). */
#ifndef DW_OS_FILE_H
#define DW_OS_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include <dw/err.h>
#include <dw/types.h>

/* The errors above, from an errno. */
dw_err dw__file_error(int error);

/* Reads all of the regular file `path` into `a`, with a NUL behind it that does not count. DW_TOO_LARGE when it has more than `limit`
 * bytes; DW_INVALID when it is no regular file (a FIFO or a device could block or never end). */
DW_MUST dw_err dw__file_read(struct arena *a, const char *path, size_t limit, dw_text *out);
/* The same of a descriptor that stands at the beginning and was opened with O_NONBLOCK. */
DW_MUST dw_err dw__file_read_fd(struct arena *a, int fd, size_t limit, dw_text *out);

/* Writes all n bytes to fd, however often that takes. False with errno when it cannot. */
DW_MUST bool dw__file_write_all(int fd, const char *p, size_t n);
/* Replaces `path` by a file of n bytes with access `mode`: after DW_OK it is on the disk, and whatever happens there is the old file or
 * the new, whole. */
DW_MUST dw_err dw__file_write(const char *path, const void *p, size_t n, mode_t mode);

/* Opens `path` for appending, made with 0640 when absent. Regular files and character devices only, and for root no symbolic link:
 * DW_INVALID otherwise. */
DW_MUST dw_err dw__file_open_log(const char *path, int *fd);

#define DW__FILE_NAME ((size_t)256)
/* The name, without its directory, that the file behind `fd` has now, in `out`; empty where that is not known. */
dw_text dw__file_name_of(int fd, char out[static DW__FILE_NAME]);

/* After DW_OK the names in the directory of `path` are on the disk. */
DW_MUST dw_err dw__file_sync_directory(const char *path);

/* Makes the directory `path` and those above it that are missing, with access `mode` less the umask. DW_OK when it is there already;
 * DW_NOT_FOUND when something on the way is no directory; DW_INVALID when path is empty or longer than 4095 bytes. */
DW_MUST dw_err dw__file_make_dirs(const char *path, mode_t mode);

#endif
