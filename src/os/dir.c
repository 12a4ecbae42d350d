/* os/dir.c -- the kernel, and not a look at the name, decides that a file is below a directory. */
#define _GNU_SOURCE
#include "os/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/file.h"

dw_err dw__dir_open(const char *path, int *fd)
{
    *fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return *fd >= 0 ? DW_OK : dw__file_error(errno);
}

dw_err dw__dir_read(struct arena *a, int dir, const char *name, size_t limit, dw_text *out)
{
    struct open_how how = {
        .flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    int fd = (int)syscall(SYS_openat2, dir, name, &how, sizeof how);
    dw_err err;

    *out = (dw_text){0};
    if (fd < 0)
        return errno == ENOSYS                    ? DW_NOT_IMPLEMENTED
               : errno == EXDEV || errno == ELOOP ? DW_DENIED
                                                  : dw__file_error(errno);
    err = dw__file_read_fd(a, fd, limit, out);
    (void)close(fd);
    return err;
}
