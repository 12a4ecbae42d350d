/* os/fault.h -- the seam where a test makes the system fail.
 *
 * The few calls below ask dw__fault() first.  A build without DW_FAULTS has nothing of it: the wrappers are then the system
 * calls.  In a build with it, the environment variable DW_FAULTS says what fails: point=ERRNO[:skip[:times]][@file], separated by
 * commas; the first `skip` calls work, then `times` fail (all that follow when left out); with a file's path, only while there is
 * such a file, and what happens without it is not counted.  Children inherit the description, and nothing else of the environment.
 * "fsync=EIO:2:1,write=SHORT": the third fsync fails once, and every write of more than a byte writes half. */
#ifndef DW_OS_FAULT_H
#define DW_OS_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum fault_point {
    DW__FAULT_WRITE,
    DW__FAULT_FSYNC,
    DW__FAULT_ACCEPT,
    DW__FAULT_OPEN,
    DW__FAULT_MMAP,
    DW__FAULT_DB_WRITE, /* of SQLite, to any of its files */
    DW__FAULT_DB_SYNC,
    DW__FAULT_POINTS
};

/* In place of an errno for DW__FAULT_WRITE: writes half. */
#define DW__FAULT_SHORT (-1)

#ifdef DW_FAULTS
/* 0: go on; else the errno (or DW__FAULT_SHORT) with which the caller fails as if the system had. Any thread. */
int dw__fault(enum fault_point point);
/* From now on `skip` calls at `point` work, then `times` fail with `error`; 0 times: none. */
void dw__fault_set(enum fault_point point, int error, unsigned skip, unsigned times);
/* What a child has for its environment: DW_FAULTS, if this process has it. Ends with NULL. */
const char *const *dw__fault_environment(void);
/* Reads a description as in DW_FAULTS; false (and nothing of the malformed part set) when it is malformed. */
bool dw__fault_parse(const char *description);
#else
static inline int dw__fault(enum fault_point point)
{
    (void)point;
    return 0;
}
static inline const char *const *dw__fault_environment(void)
{
    static const char *const nothing[] = {NULL};
    return nothing;
}
#endif

/* write(2), fsync(2), open(2) with O_CLOEXEC and mmap(2), able to fail. accept is in os/socket.h. */
ssize_t dw__sys_write(int fd, const void *p, size_t n);
int dw__sys_fsync(int fd);
int dw__sys_open(const char *path, int flags, mode_t mode);
void *dw__sys_mmap(size_t size, int protection, int flags, int fd);

#endif
