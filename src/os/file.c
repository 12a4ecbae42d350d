/* os/file.c -- files, done so that neither a strange file nor a crash half way does harm.
 *
 * A file that is read is opened without blocking and looked at before it is believed.  A file that is written is written under
 * another name in the same directory, synced, renamed over the old one, and the directory synced: the order that makes a rename durable. */
#define _GNU_SOURCE
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rand.h"
#include "os/fault.h"

/* What a file without a size (in /proc) may have at most. */
#define UNSIZED ((size_t)64 << 10)

dw_err dw__file_error(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR: return DW_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS: return DW_DENIED;
    case EEXIST: return DW_CONFLICT;
    default: return DW_UNAVAILABLE;
    }
}

static void close_keeping_errno(int fd)
{
    int error = errno;
    close(fd);
    errno = error;
}

/* Reads until `cap` bytes or the end; the number read, or -1. */
static ssize_t read_up_to(int fd, char *p, size_t cap)
{
    size_t n = 0;
    while (n < cap) {
        ssize_t got = read(fd, p + n, cap - n);
        if (got == 0)
            break;
        if (got > 0)
            n += (size_t)got;
        else if (errno != EINTR)
            return -1;
    }
    return (ssize_t)n;
}

dw_err dw__file_read_fd(struct arena *a, int fd, size_t limit, dw_text *out)
{
    *out = (dw_text){0};
    struct stat st;
    if (fstat(fd, &st) != 0)
        return dw__file_error(errno);
    if (!S_ISREG(st.st_mode))
        return DW_INVALID;
    if (st.st_size < 0 || (uint64_t)st.st_size > limit)
        return DW_TOO_LARGE;
    size_t size = (size_t)st.st_size;
    if (size == 0)
        size = limit < UNSIZED ? limit : UNSIZED;
    if (size > SSIZE_MAX - 1)
        return DW_TOO_LARGE;
    char *p = dw__arena_bytes(a, size + 1);
    if (p == NULL)
        return DW_UNAVAILABLE;
    ssize_t n = read_up_to(fd, p, size + 1);
    if (n < 0)
        return dw__file_error(errno);
    if ((size_t)n > size) /* it grew meanwhile */
        return DW_TOO_LARGE;
    p[n] = '\0';
    *out = (dw_text){p, (size_t)n};
    return DW_OK;
}

dw_err dw__file_read(struct arena *a, const char *path, size_t limit, dw_text *out)
{
    *out = (dw_text){0};
    int fd = dw__sys_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    if (fd < 0)
        return errno == ENXIO ? DW_INVALID
                              : dw__file_error(errno); /* ENXIO: a socket, or a device that is not there */
    dw_err err = dw__file_read_fd(a, fd, limit, out);
    close_keeping_errno(fd);
    return err;
}

/* ---- writing ---- */

bool dw__file_write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t wrote = dw__sys_write(fd, p, n);
        if (wrote < 0 && errno != EINTR)
            return false;
        if (wrote > 0) {
            p += wrote;
            n -= (size_t)wrote;
        }
    }
    return true;
}

/* The directory of `path` ("." when it names none) into out; false when it is too long. */
static bool directory_of(const char *path, char out[static PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t n = slash == NULL ? 0 : (size_t)(slash - path);
    if (n >= PATH_MAX)
        return false;
    memcpy(out, path, n);
    out[n] = '\0';
    if (n == 0)
        memcpy(out, slash == NULL ? "." : "/", 2);
    return true;
}

static bool sync_directory_of(const char *path)
{
    char directory[PATH_MAX];
    if (!directory_of(path, directory)) {
        errno = ENAMETOOLONG;
        return false;
    }
    int fd = dw__sys_open(directory, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0)
        return false;
    bool ok = dw__sys_fsync(fd) == 0;
    close_keeping_errno(fd);
    return ok;
}

dw_err dw__file_sync_directory(const char *path)
{
    return sync_directory_of(path) ? DW_OK : dw__file_error(errno);
}

dw_err dw__file_write(const char *path, const void *p, size_t n, mode_t mode)
{
    char temporary[PATH_MAX], digits[17] = {0};
    dw__random_hex(digits, 16);
    int length = snprintf(temporary, sizeof(temporary), "%s.%s", path, digits);
    if (length < 0 || (size_t)length >= sizeof(temporary))
        return DW_INVALID;
    int fd = dw__sys_open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (fd < 0)
        return dw__file_error(errno);
    bool ok = dw__file_write_all(fd, p, n) && fchmod(fd, mode) == 0 && dw__sys_fsync(fd) == 0;
    close_keeping_errno(fd);
    ok = ok && rename(temporary, path) == 0;
    if (!ok) {
        int error = errno;
        (void)unlink(temporary);
        errno = error;
        return dw__file_error(error);
    }
    return sync_directory_of(path) ? DW_OK : dw__file_error(errno);
}

dw_err dw__file_open_log(const char *path, int *fd)
{
    /* Without O_NONBLOCK a FIFO that nobody reads would hold us here. Root opens the log for children that it does not trust, so a link
     * that one of them left at its place must not lead root elsewhere. */
    int links = geteuid() == 0 ? O_NOFOLLOW : 0;
    *fd = dw__sys_open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK | links, 0640);
    if (*fd < 0)
        return errno == ENXIO || errno == EISDIR || errno == ELOOP ? DW_INVALID : dw__file_error(errno);
    struct stat st;
    bool ok = fstat(*fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISCHR(st.st_mode)) &&
              fcntl(*fd, F_SETFL, O_APPEND) == 0;
    if (ok)
        return DW_OK;
    close(*fd);
    *fd = -1;
    return DW_INVALID;
}

/* The kernel knows it, also when it was renamed since it was opened. */
dw_text dw__file_name_of(int fd, char out[static DW__FILE_NAME])
{
    char link[32], path[PATH_MAX];
    const char *slash;
    ssize_t n;

    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof(path));
    slash = n > 0 && (size_t)n < sizeof(path) ? memrchr(path, '/', (size_t)n) : NULL;
    if (slash == NULL)
        return (dw_text){NULL, 0};
    n -= slash + 1 - path;
    if ((size_t)n > DW__FILE_NAME)
        return (dw_text){NULL, 0};
    memcpy(out, slash + 1, (size_t)n);
    return (dw_text){out, (size_t)n};
}

/* ---- directories ---- */

/* mkdir, where being there already is success. */
static bool make_dir(const char *path, mode_t mode)
{
    if (mkdir(path, mode) == 0)
        return true;
    struct stat st;
    if (errno != EEXIST || stat(path, &st) != 0)
        return false;
    errno = ENOTDIR;
    return S_ISDIR(st.st_mode);
}

dw_err dw__file_make_dirs(const char *path, mode_t mode)
{
    char sofar[PATH_MAX];
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof(sofar))
        return DW_INVALID;
    memcpy(sofar, path, n + 1);
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        sofar[i] = '\0';
        if (!make_dir(sofar, mode))
            return dw__file_error(errno);
        sofar[i] = path[i];
    }
    return DW_OK;
}
