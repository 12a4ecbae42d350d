/* store/lock.c -- a family's place and the turn in it, as locks on bytes of a file that has nothing else to do.
 *
 * The locks belong to the open file, not to the process (F_OFD_SETLK): closing another descriptor of the file does not drop
 * them.  A family is a shared lock on a byte far behind the others; who enters looks, alone, whether any other such byte is locked.
 * The turn is two bytes: a waiter holds the first while it waits for the second, and whoever has just given the turn must
 * queue for the first behind it. */
#define _GNU_SOURCE
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <dw/ctx.h>

enum { BYTE_ENTRY, BYTE_QUEUE, BYTE_TURN };
#define FAMILIES_BEGIN ((uint64_t)1 << 16)
#define FAMILIES_END ((uint64_t)1 << 62)
#define NAME_BYTES 1032

static bool lock(int fd, int command, short type, uint64_t byte)
{
    struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)byte, .l_len = 1};
    int rc;

    do
        rc = fcntl(fd, command, &l);
    while (rc != 0 && errno == EINTR);
    return rc == 0;
}

/* Whether nobody else holds a byte of [from, to); false also when that cannot be known. */
static bool is_free(int fd, uint64_t from, uint64_t to)
{
    struct flock l = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)from, .l_len = (off_t)(to - from)};

    return from == to || (fcntl(fd, F_OFD_GETLK, &l) == 0 && l.l_type == F_UNLCK);
}

static uint64_t place_of(uint64_t family)
{
    if (family == 0)
        dw_random(&family, sizeof family);
    return FAMILIES_BEGIN + family % (FAMILIES_END - FAMILIES_BEGIN);
}

static dw_err refuse(int fd, const char *path, struct buf *why)
{
    char pid[16] = "";
    ssize_t n = pread(fd, pid, sizeof pid - 1, 0);

    dw__buf_format(why, "%s is open for writing in another process%s%.*s; stop that one first\n", path,
                   n > 0 ? ", " : "", (int)(n > 0 ? n : 0), pid);
    return DW_CONFLICT;
}

static dw_err cannot(const char *name, const char *what, struct buf *why)
{
    dw__buf_format(why, "%s: %s%s\n", name, what, strerror(errno));
    return DW_UNAVAILABLE;
}

/* While the entry is ours: takes the family's place, and leaves word of who it was for the sentence above. */
static dw_err enter(int fd, const char *path, const char *name, uint64_t place, struct buf *why)
{
    char pid[16];
    int n = snprintf(pid, sizeof pid, "%ld", (long)getpid());

    if (!is_free(fd, FAMILIES_BEGIN, place) || !is_free(fd, place + 1, FAMILIES_END))
        return refuse(fd, path, why);
    if (!lock(fd, F_OFD_SETLK, F_RDLCK, place))
        return cannot(name, "cannot be locked: ", why);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)n, 0) != n)
        return cannot(name, "cannot be written: ", why);
    return DW_OK;
}

static int open_file(const char *path, char name[static NAME_BYTES])
{
    (void)snprintf(name, NAME_BYTES, "%s-lock", path);
    return open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

dw_err dw__sql_lock_visit(const char *path, int *fd, struct buf *why)
{
    char name[NAME_BYTES];

    *fd = open_file(path, name);
    return *fd < 0 ? cannot(name, "", why) : DW_OK;
}

dw_err dw__sql_lock_open(const char *path, uint64_t family, int *out, struct buf *why)
{
    uint64_t place = place_of(family);
    char name[NAME_BYTES];
    dw_err err;
    int fd;

    *out = -1;
    fd = open_file(path, name);
    if (fd < 0)
        return cannot(name, "", why);
    if (!lock(fd, F_OFD_SETLKW, F_WRLCK, BYTE_ENTRY)) {
        err = cannot(name, "cannot be locked: ", why);
    } else {
        err = enter(fd, path, name, place, why);
        (void)lock(fd, F_OFD_SETLK, F_UNLCK, BYTE_ENTRY);
    }
    if (err != DW_OK) {
        (void)close(fd);
        return err;
    }
    *out = fd;
    return DW_OK;
}

bool dw__sql_lock_take(int fd)
{
    bool taken = lock(fd, F_OFD_SETLKW, F_WRLCK, BYTE_QUEUE);

    if (!taken)
        return false;
    taken = lock(fd, F_OFD_SETLKW, F_WRLCK, BYTE_TURN);
    (void)lock(fd, F_OFD_SETLK, F_UNLCK, BYTE_QUEUE);
    return taken;
}

void dw__sql_lock_give(int fd)
{
    (void)lock(fd, F_OFD_SETLK, F_UNLCK, BYTE_TURN);
}
