/* store/sqlite_fault.c -- the fault seam under SQLite: its writes and syncs fail when a test wants it.
 *
 * It stands between SQLite and its own access to files, passes everything on, and asks os/fault before a write and a sync of
 * any file.  Opened files keep SQLite's own methods but for these two.  A build without DW_FAULTS has nothing of it. */
#include "store/sqlite_handle.h"

#ifdef DW_FAULTS
#include <errno.h>

#include "base/check.h"
#include "os/fault.h"

#define KINDS 8

/* SQLite's methods for one kind of file, two of them ours. */
struct seam {
    sqlite3_io_methods methods; /* first: what a file of ours points to */
    const sqlite3_io_methods *under;
};

static int (*open_under)(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out_flags);
static struct seam seams[KINDS];
static size_t n_seams;

static const sqlite3_io_methods *methods_under(const sqlite3_file *f)
{
    return ((const struct seam *)(const void *)f->pMethods)->under;
}

static int write_or_fail(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    int error = dw__fault(DW__FAULT_DB_WRITE);

    if (error != 0)
        return error == ENOSPC || error == EDQUOT ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    return methods_under(f)->xWrite(f, p, n, at);
}

static int sync_or_fail(sqlite3_file *f, int flags)
{
    return dw__fault(DW__FAULT_DB_SYNC) != 0 ? SQLITE_IOERR_FSYNC : methods_under(f)->xSync(f, flags);
}

static const sqlite3_io_methods *methods_over(const sqlite3_io_methods *methods)
{
    size_t i = 0;

    while (i < n_seams && seams[i].under != methods)
        i++;
    if (i == n_seams) {
        DW__CHECK(i < KINDS);
        seams[i] = (struct seam){*methods, methods};
        seams[i].methods.xWrite = write_or_fail;
        seams[i].methods.xSync = sync_or_fail;
        n_seams++;
    }
    return &seams[i].methods;
}

static int open_over(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
    int rc = open_under(vfs, name, f, flags, out_flags);

    if (rc == SQLITE_OK && f->pMethods != NULL)
        f->pMethods = methods_over(f->pMethods);
    return rc;
}

void dw__sqlite_add_faults(sqlite3_vfs *vfs)
{
    if (vfs->xOpen == open_over)
        return;
    open_under = vfs->xOpen;
    vfs->xOpen = open_over;
}
#else
void dw__sqlite_add_faults(sqlite3_vfs *vfs)
{
    (void)vfs;
}
#endif
