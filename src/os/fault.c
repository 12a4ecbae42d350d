/* os/fault.c -- calls to the system that a test can make fail.  See os/fault.h. */
#define _GNU_SOURCE
#include "os/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef DW_FAULTS
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static struct {
    const char *name;
    atomic_int error;
    atomic_uint skip, times;
    char file[256]; /* "": always */
} points[DW__FAULT_POINTS] = {
    [DW__FAULT_WRITE] = {.name = "write"},     [DW__FAULT_FSYNC] = {.name = "fsync"},
    [DW__FAULT_ACCEPT] = {.name = "accept"},   [DW__FAULT_OPEN] = {.name = "open"},
    [DW__FAULT_MMAP] = {.name = "mmap"},       [DW__FAULT_DB_WRITE] = {.name = "db_write"},
    [DW__FAULT_DB_SYNC] = {.name = "db_sync"},
};

static const struct {
    const char *name;
    int error;
} errors[] = {
    {"EIO", EIO},       {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT},         {"EMFILE", EMFILE},
    {"ENFILE", ENFILE}, {"ENOMEM", ENOMEM}, {"EACCES", EACCES},         {"EAGAIN", EAGAIN},
    {"EINTR", EINTR},   {"EPIPE", EPIPE},   {"SHORT", DW__FAULT_SHORT},
};

void dw__fault_set(enum fault_point point, int error, unsigned skip, unsigned times)
{
    atomic_store(&points[point].times, 0);
    points[point].file[0] = '\0';
    atomic_store(&points[point].error, error);
    atomic_store(&points[point].skip, skip);
    atomic_store(&points[point].times, times);
}

static bool parse_count(dw_text t, unsigned *out)
{
    uint64_t v;
    if (!dw__text_u64(t, &v) || v > UINT_MAX)
        return false;
    *out = (unsigned)v;
    return true;
}

/* point=ERRNO[:skip[:times]][@file] */
static bool parse_one(dw_text t)
{
    dw_text file = t, rest = dw__text_cut(&file, '@');
    if (file.p != NULL && (file.n == 0 || file.n >= sizeof points[0].file))
        return false;
    t = rest;
    dw_text name = dw__text_cut(&t, '='), error = dw__text_cut(&t, ':');
    unsigned skip = 0, times = UINT_MAX;
    if (t.p != NULL && !parse_count(dw__text_cut(&t, ':'), &skip))
        return false;
    if (t.p != NULL && !parse_count(t, &times))
        return false;
    for (size_t p = 0; p < DW__FAULT_POINTS; p++)
        for (size_t e = 0; e < sizeof(errors) / sizeof(errors[0]); e++)
            if (dw__text_eq(name, dw__text_of(points[p].name)) &&
                dw__text_eq(error, dw__text_of(errors[e].name))) {
                dw__fault_set((enum fault_point)p, errors[e].error, skip, times);
                if (file.p != NULL)
                    (void)snprintf(points[p].file, sizeof points[p].file, "%.*s", (int)file.n, file.p);
                return true;
            }
    return false;
}

bool dw__fault_parse(const char *description)
{
    for (dw_text rest = dw__text_of(description); rest.p != NULL;)
        if (!parse_one(dw__text_cut(&rest, ',')))
            return false;
    return true;
}

static void read_environment(void)
{
    const char *description = getenv("DW_FAULTS");
    if (description != NULL && description[0] != '\0' && !dw__fault_parse(description)) {
        static const char says[] = "DW_FAULTS is malformed\n";
        (void)!write(2, says, sizeof(says) - 1);
        abort();
    }
}

/* Takes one from *n unless it is 0; UINT_MAX stays. */
static bool take_one(atomic_uint *n)
{
    unsigned v = atomic_load(n);
    while (v != 0)
        if (v == UINT_MAX || atomic_compare_exchange_weak(n, &v, v - 1))
            return true;
    return false;
}

const char *const *dw__fault_environment(void)
{
    static char line[1024];
    static const char *const nothing[] = {NULL}, *const with_faults[] = {line, NULL};
    const char *description = getenv("DW_FAULTS");
    int n = description != NULL ? snprintf(line, sizeof line, "DW_FAULTS=%s", description) : 0;
    return n > 0 && (size_t)n < sizeof line ? with_faults : nothing;
}

int dw__fault(enum fault_point point)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, read_environment);
    if (atomic_load(&points[point].times) == 0)
        return 0;
    if (points[point].file[0] != '\0' && access(points[point].file, F_OK) != 0)
        return 0;
    if (take_one(&points[point].skip) || !take_one(&points[point].times))
        return 0;
    return atomic_load(&points[point].error);
}
#endif

ssize_t dw__sys_write(int fd, const void *p, size_t n)
{
    int error = dw__fault(DW__FAULT_WRITE);
    if (error > 0) {
        errno = error;
        return -1;
    }
    return write(fd, p, error == DW__FAULT_SHORT && n > 1 ? n / 2 : n);
}

int dw__sys_fsync(int fd)
{
    int error = dw__fault(DW__FAULT_FSYNC);
    if (error != 0) {
        errno = error;
        return -1;
    }
    return fsync(fd);
}

int dw__sys_open(const char *path, int flags, mode_t mode)
{
    int error = dw__fault(DW__FAULT_OPEN);
    if (error != 0) {
        errno = error;
        return -1;
    }
    return open(path, flags | O_CLOEXEC, mode);
}

void *dw__sys_mmap(size_t size, int protection, int flags, int fd)
{
    int error = dw__fault(DW__FAULT_MMAP);
    if (error != 0) {
        errno = error;
        return MAP_FAILED;
    }
    return mmap(NULL, size, protection, flags, fd, 0);
}
