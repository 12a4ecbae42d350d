/* store/sqlite_gather.c -- the frames of a commit, written at once.
 *
 * SQLite writes each frame of its log in two pieces, each with a system call.  Here the pieces are put together, and written with
 * the frame that ends the commit: before it nobody else can know of them, and what comes with it or behind it goes through at
 * once, so that what SQLite then syncs and publishes is in the file.  Who wants to read, measure, cut or sync the log is given it as
 * it should be. */
#include "store/sqlite_handle.h"

#include <stdlib.h>
#include <string.h>

#define GATHERED ((size_t)124 << 10) /* SQLite's way to the disk writes less than 128 KiB at a time */
#define FRAME_HEAD 24

struct sql_gather {
    sqlite3_io_methods methods; /* first: what the file points to while this lasts */
    const sqlite3_io_methods *under;
    sqlite3_int64 at; /* where in the file `bytes` begin */
    size_t n;
    bool in_frame; /* what was written last belongs to a frame behind which its commit goes on */
    char bytes[GATHERED];
};

static struct sql_gather *of(const sqlite3_file *f)
{
    return (struct sql_gather *)(void *)(uintptr_t)f->pMethods;
}

/* Calls what is below, which may look for its own methods in the file. */
#define UNDER(f, g, name, ...) \
    ((f)->pMethods = (g)->under, rc = (g)->under->name((f), __VA_ARGS__), (f)->pMethods = &(g)->methods)

static int flush(sqlite3_file *f)
{
    struct sql_gather *g = of(f);
    size_t n = g->n;
    int rc = SQLITE_OK;

    g->n = 0;
    if (n > 0)
        UNDER(f, g, xWrite, g->bytes, (int)n, g->at);
    return rc;
}

/* Whether a write begins a frame that does not end its commit: a header without the size of the database in it
 * (https://www.sqlite.org/fileformat2.html#walformat). */
static bool begins_plain_frame(const unsigned char *p, int n)
{
    return n == FRAME_HEAD && p[4] == 0 && p[5] == 0 && p[6] == 0 && p[7] == 0;
}

static int write_through(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    struct sql_gather *g = of(f);
    int rc = flush(f);

    if (rc == SQLITE_OK)
        UNDER(f, g, xWrite, p, n, at);
    return rc;
}

static int gather_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    struct sql_gather *g = of(f);
    bool is_next = g->n > 0 && at == g->at + (sqlite3_int64)g->n;
    int rc = SQLITE_OK;

    g->in_frame = begins_plain_frame(p, n) || (g->in_frame && is_next && n != FRAME_HEAD);
    if ((!is_next || (size_t)n > sizeof g->bytes - g->n) && g->n > 0)
        rc = flush(f);
    if (rc != SQLITE_OK)
        return rc;
    if ((size_t)n > sizeof g->bytes - g->n)
        return write_through(f, p, n, at);
    if (g->n == 0)
        g->at = at;
    memcpy(g->bytes + g->n, p, (size_t)n);
    g->n += (size_t)n;
    return g->in_frame ? SQLITE_OK : flush(f);
}

static int gather_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    struct sql_gather *g = of(f);
    int rc = SQLITE_OK;

    if (g->n > 0)
        rc = flush(f);
    if (rc == SQLITE_OK)
        UNDER(f, g, xRead, p, n, at);
    return rc;
}

static int gather_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    struct sql_gather *g = of(f);
    int rc = flush(f);

    if (rc == SQLITE_OK)
        UNDER(f, g, xTruncate, size);
    return rc;
}

static int gather_sync(sqlite3_file *f, int flags)
{
    struct sql_gather *g = of(f);
    int rc = flush(f);

    if (rc == SQLITE_OK)
        UNDER(f, g, xSync, flags);
    return rc;
}

static int gather_file_size(sqlite3_file *f, sqlite3_int64 *size)
{
    struct sql_gather *g = of(f);
    int rc = flush(f);

    if (rc == SQLITE_OK)
        UNDER(f, g, xFileSize, size);
    return rc;
}

static int gather_file_control(sqlite3_file *f, int op, void *arg)
{
    struct sql_gather *g = of(f);
    int rc;

    UNDER(f, g, xFileControl, op, arg);
    return rc;
}

/* For good: the file is its own again. */
static int gather_close(sqlite3_file *f)
{
    struct sql_gather *g = of(f);
    int written = flush(f), closed;

    f->pMethods = g->under;
    closed = g->under->xClose(f);
    return written != SQLITE_OK ? written : closed;
}

int dw__sqlite_gather(sqlite3 *db, struct sql_gather **out)
{
    sqlite3_file *log = NULL;
    struct sql_gather *g;
    int rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);

    if (rc != SQLITE_OK || log == NULL || log->pMethods == NULL)
        return SQLITE_CANTOPEN;
    g = malloc(sizeof *g);
    if (!g)
        return SQLITE_NOMEM;
    g->under = log->pMethods;
    g->at = 0;
    g->n = 0;
    g->in_frame = false;
    g->methods = (sqlite3_io_methods){
        .iVersion = 1, /* a log is neither locked nor mapped */
        .xClose = gather_close,
        .xRead = gather_read,
        .xWrite = gather_write,
        .xTruncate = gather_truncate,
        .xSync = gather_sync,
        .xFileSize = gather_file_size,
        .xLock = log->pMethods->xLock,
        .xUnlock = log->pMethods->xUnlock,
        .xCheckReservedLock = log->pMethods->xCheckReservedLock,
        .xFileControl = gather_file_control,
        .xSectorSize = log->pMethods->xSectorSize,
        .xDeviceCharacteristics = log->pMethods->xDeviceCharacteristics,
    };
    log->pMethods = &g->methods;
    *out = g;
    return SQLITE_OK;
}
