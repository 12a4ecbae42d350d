/* os/memfd.c -- sealed and shared memory by descriptor.  See os/memfd.h. */
#define _GNU_SOURCE
#include "os/memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/fault.h"
#include "os/file.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u /* Linux 6.3 */
#endif

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1 */
#endif

#define PAGE ((size_t)4096)
#define LARGE_PAGE ((size_t)2 << 20)
#define FIXED_SIZE (F_SEAL_SHRINK | F_SEAL_GROW)
#define FIXED (FIXED_SIZE | F_SEAL_WRITE)

static int make(const char *name)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL) /* an older kernel does not know the last flag */
        fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd;
}

dw_err dw__memfd_sealed(const char *name, const void *p, size_t n, int *fd)
{
    *fd = -1;
    if (n == 0)
        return DW_INVALID;
    int made = make(name);
    if (made < 0)
        return DW_UNAVAILABLE;
    if (!dw__file_write_all(made, p, n) || fcntl(made, F_ADD_SEALS, FIXED | F_SEAL_SEAL) != 0) {
        close(made);
        return DW_UNAVAILABLE;
    }
    *fd = made;
    return DW_OK;
}

static bool has_seals(int fd, int wanted)
{
    int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & wanted) == wanted;
}

dw_err dw__memfd_map(int fd, size_t limit, dw_bytes *out)
{
    *out = (dw_bytes){0};
    struct stat st;
    if (!has_seals(fd, FIXED) || fstat(fd, &st) != 0 || st.st_size <= 0)
        return DW_DENIED;
    if ((uint64_t)st.st_size > limit)
        return DW_TOO_LARGE;
    size_t n = (size_t)st.st_size;
    /* Private: a shared mapping of a descriptor that was opened for writing counts as able to write, which the seal forbids. */
    void *p = dw__sys_mmap(n, PROT_READ, MAP_PRIVATE, fd);
    if (p == MAP_FAILED)
        return DW_UNAVAILABLE;
    (void)madvise(p, n, MADV_DONTDUMP);
    *out = (dw_bytes){p, n};
    return DW_OK;
}

void dw__memfd_lock(int fd)
{
    struct stat st;
    void *p;

    if (fstat(fd, &st) != 0 || st.st_size <= 0)
        return;
    p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        return;
    (void)madvise(p, (size_t)st.st_size, MADV_DONTDUMP);
    if (mlock(p, (size_t)st.st_size) != 0) /* the mapping is what holds the lock: no use without */
        (void)munmap(p, (size_t)st.st_size);
}

void dw__memfd_unmap(dw_bytes bytes)
{
    union {
        const void *in;
        void *out;
    } p = {bytes.p};
    if (bytes.n > 0)
        (void)munmap(p.out, bytes.n);
}

/* ---- shared ---- */

dw_err dw__shared_new(const char *name, size_t size, int *fd, void **p)
{
    *fd = -1;
    if (p != NULL)
        *p = NULL;
    if (size == 0 || size > SSIZE_MAX)
        return DW_INVALID;
    int made = make(name);
    if (made < 0)
        return DW_UNAVAILABLE;
    dw_err err = DW_UNAVAILABLE;
    if (ftruncate(made, (off_t)size) != 0 || fcntl(made, F_ADD_SEALS, FIXED_SIZE | F_SEAL_SEAL) != 0)
        goto err1;
    if (p != NULL && (err = dw__shared_map(made, size, true, p)) != DW_OK)
        goto err1;
    *fd = made;
    return DW_OK;

err1:
    close(made);
    return err;
}

/* Large pages are used where address and place in the file agree: `size` bytes of fd at a multiple of LARGE_PAGE. */
static void *map_aligned(size_t size, int protection, int fd)
{
    const size_t all = size + LARGE_PAGE;
    char *reserved, *at, *end;
    void *mapped;

    if (size > SIZE_MAX / 2)
        return MAP_FAILED;
    reserved = dw__sys_mmap(all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    if (reserved == MAP_FAILED)
        return MAP_FAILED;
    at = reserved + (LARGE_PAGE - (uintptr_t)reserved % LARGE_PAGE) % LARGE_PAGE;
    mapped = mmap(at, size, protection, MAP_SHARED | MAP_FIXED, fd, 0);
    if (mapped == MAP_FAILED) {
        (void)munmap(reserved, all);
        return MAP_FAILED;
    }
    end = at + (size + PAGE - 1) / PAGE * PAGE;
    if (at > reserved)
        (void)munmap(reserved, (size_t)(at - reserved));
    if (end < reserved + all)
        (void)munmap(end, (size_t)(reserved + all - end));
    return mapped;
}

void dw__shared_in_large_pages(void *p, size_t size)
{
    if (size >= LARGE_PAGE)
        (void)madvise(p, size / LARGE_PAGE * LARGE_PAGE, MADV_COLLAPSE);
}

dw_err dw__shared_map(int fd, size_t size, bool writable, void **p)
{
    *p = NULL;
    struct stat st;
    if (!has_seals(fd, FIXED_SIZE) || fstat(fd, &st) != 0 || st.st_size < 0 || (size_t)st.st_size != size)
        return DW_DENIED;
    int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    void *at = size >= LARGE_PAGE ? map_aligned(size, protection, fd)
                                  : dw__sys_mmap(size, protection, MAP_SHARED, fd);
    if (at == MAP_FAILED)
        return DW_UNAVAILABLE;
    *p = at;
    return DW_OK;
}

void dw__shared_unmap(void *p, size_t size)
{
    if (p != NULL)
        (void)munmap(p, size);
}
