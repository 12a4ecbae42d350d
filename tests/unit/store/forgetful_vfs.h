/* forgetful_vfs.h -- a VFS that knows what would be left after a power cut.
 *
 * It passes everything on to the system's own, and at each xSync copies the file to `<path>.durable`: what is there is what a disk
 * that forgets everything since the last sync would hold.  It can also be told to fail.  Within a process it can be told to fail as Linux
 * does: what a failed sync did not write counts as written from then on, until somebody writes it again. */
#ifndef TESTS_UNIT_STORE_FORGETFUL_VFS_H
#define TESTS_UNIT_STORE_FORGETFUL_VFS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct forgetful_file {
    sqlite3_file base;
    char path[512];
    bool keeps; /* the database or its log */
    _Alignas(8) unsigned char real[];
};

static sqlite3_vfs *forgetful_under;
static bool forgetful_fail_sync, forgetful_fail_write;
static int forgetful_syncs, forgetful_writes;

/* Blocks of a file that were written since the last sync, and those that a failed sync has dropped. */
#define FORGETFUL_BLOCK 4096
#define FORGETFUL_BLOCKS 1024
struct forgetful_blocks {
    char path[600];
    bool dirty[FORGETFUL_BLOCKS], dropped[FORGETFUL_BLOCKS];
};
static struct forgetful_blocks forgetful_known[8];
static bool forgetful_drops; /* whether this is kept account of */

static inline struct forgetful_blocks *forgetful_blocks_of(const char *path)
{
    for (size_t i = 0; forgetful_drops && i < 8; i++) {
        struct forgetful_blocks *b = &forgetful_known[i];

        if (b->path[0] == '\0')
            (void)snprintf(b->path, sizeof b->path, "%s", path);
        if (strcmp(b->path, path) == 0)
            return b;
    }
    return NULL;
}

static inline void forgetful_note_write(const char *path, sqlite3_int64 at, int n)
{
    struct forgetful_blocks *b = forgetful_blocks_of(path);

    for (sqlite3_int64 i = at / FORGETFUL_BLOCK; b && i <= (at + n - 1) / FORGETFUL_BLOCK; i++) {
        if (i >= FORGETFUL_BLOCKS)
            abort();
        b->dirty[i] = true;
        b->dropped[i] = false;
    }
}

/* After a sync, that failed or not, nothing is dirty. */
static inline void forgetful_note_sync(const char *path, bool ok)
{
    struct forgetful_blocks *b = forgetful_blocks_of(path);

    for (size_t i = 0; b && i < FORGETFUL_BLOCKS; i++) {
        b->dropped[i] = b->dropped[i] || (!ok && b->dirty[i]);
        b->dirty[i] = false;
    }
}
static void (*forgetful_before_sync)(void *self);
static void *forgetful_self;

static sqlite3_file *forgetful_real(sqlite3_file *f)
{
    return (sqlite3_file *)(void *)((struct forgetful_file *)(void *)f)->real;
}

/* Puts a file in its place when it is whole, so that a process that dies in between leaves the old. */
static bool forgetful_place(FILE *file, const char *part, const char *to, bool ok)
{
    ok = fclose(file) == 0 && ok;
    return ok && rename(part, to) == 0;
}

/* Puts into `bytes` what the disk keeps of a block that was dropped: what it had. */
static bool forgetful_read_old(const char *durable, sqlite3_int64 at, char *bytes, int n)
{
    FILE *file = fopen(durable, "rb");
    bool ok = true;

    memset(bytes, 0, (size_t)n);
    if (!file)
        return true;
    if (fseek(file, (long)at, SEEK_SET) == 0)
        ok = fread(bytes, 1, (size_t)n, file) <= (size_t)n && !ferror(file);
    return fclose(file) == 0 && ok;
}

/* Copies an open file by its own reads: closing another descriptor of it would drop SQLite's locks. */
static bool forgetful_save(sqlite3_file *real, const char *path, const char *to)
{
    const struct forgetful_blocks *blocks = forgetful_blocks_of(path);
    char part[700], bytes[FORGETFUL_BLOCK];
    sqlite3_int64 size = 0;
    FILE *file;
    bool ok;

    (void)snprintf(part, sizeof part, "%s.part", to);
    file = fopen(part, "wb");
    if (!file)
        return false;
    ok = real->pMethods->xFileSize(real, &size) == SQLITE_OK;
    for (sqlite3_int64 at = 0; ok && at < size; at += FORGETFUL_BLOCK) {
        int n = size - at < FORGETFUL_BLOCK ? (int)(size - at) : FORGETFUL_BLOCK;

        ok = blocks && blocks->dropped[at / FORGETFUL_BLOCK]
                 ? forgetful_read_old(to, at, bytes, n)
                 : real->pMethods->xRead(real, bytes, n, at) == SQLITE_OK;
        ok = ok && fwrite(bytes, 1, (size_t)n, file) == (size_t)n;
    }
    return forgetful_place(file, part, to, ok);
}

static bool forgetful_copy(const char *from, const char *to)
{
    char part[700], bytes[65536];
    FILE *in = fopen(from, "rb"), *out;
    size_t n;
    bool ok = true;

    if (!in)
        return false;
    (void)snprintf(part, sizeof part, "%s.part", to);
    out = fopen(part, "wb");
    while (out && ok && (n = fread(bytes, 1, sizeof bytes, in)) > 0)
        ok = fwrite(bytes, 1, n, out) == n;
    (void)fclose(in);
    return out && forgetful_place(out, part, to, ok);
}

#define FORGETFUL_PASS(name, params, args)      \
    static int forgetful_##name params          \
    {                                           \
        sqlite3_file *real = forgetful_real(f); \
        return real->pMethods->x##name args;    \
    }
FORGETFUL_PASS(Read, (sqlite3_file * f, void *p, int n, sqlite3_int64 at), (real, p, n, at))
FORGETFUL_PASS(Truncate, (sqlite3_file * f, sqlite3_int64 n), (real, n))
FORGETFUL_PASS(FileSize, (sqlite3_file * f, sqlite3_int64 *n), (real, n))
FORGETFUL_PASS(Lock, (sqlite3_file * f, int level), (real, level))
FORGETFUL_PASS(Unlock, (sqlite3_file * f, int level), (real, level))
FORGETFUL_PASS(CheckReservedLock, (sqlite3_file * f, int *out), (real, out))
FORGETFUL_PASS(FileControl, (sqlite3_file * f, int op, void *arg), (real, op, arg))
FORGETFUL_PASS(SectorSize, (sqlite3_file * f), (real))
FORGETFUL_PASS(ShmMap, (sqlite3_file * f, int page, int size, int extend, void volatile **p),
               (real, page, size, extend, p))
FORGETFUL_PASS(ShmLock, (sqlite3_file * f, int at, int n, int flags), (real, at, n, flags))
FORGETFUL_PASS(ShmUnmap, (sqlite3_file * f, int delete_it), (real, delete_it))

/* No promise about what a write leaves behind, whatever the real file system says. */
static int forgetful_DeviceCharacteristics(sqlite3_file *f)
{
    (void)f;
    return 0;
}

static void forgetful_ShmBarrier(sqlite3_file *f)
{
    forgetful_real(f)->pMethods->xShmBarrier(forgetful_real(f));
}

static int forgetful_Close(sqlite3_file *f)
{
    sqlite3_file *real = forgetful_real(f);

    return real->pMethods ? real->pMethods->xClose(real) : SQLITE_OK;
}

static int forgetful_Write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    sqlite3_file *real = forgetful_real(f);

    if (forgetful_fail_write)
        return SQLITE_FULL;
    forgetful_writes++;
    forgetful_note_write(((struct forgetful_file *)(void *)f)->path, at, n);
    return real->pMethods->xWrite(real, p, n, at);
}

static int forgetful_Sync(sqlite3_file *f, int flags)
{
    struct forgetful_file *file = (struct forgetful_file *)(void *)f;
    sqlite3_file *real = forgetful_real(f);
    char to[600];
    int rc;

    if (forgetful_before_sync)
        forgetful_before_sync(forgetful_self);
    forgetful_note_sync(file->path, !forgetful_fail_sync);
    if (forgetful_fail_sync)
        return SQLITE_IOERR_FSYNC;
    rc = real->pMethods->xSync(real, flags);
    forgetful_syncs++;
    if (rc != SQLITE_OK || !file->keeps)
        return rc;
    (void)snprintf(to, sizeof to, "%s.durable", file->path);
    return forgetful_save(real, file->path, to) ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

static int forgetful_Open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
    static const sqlite3_io_methods methods = {
        .iVersion = 2,
        .xClose = forgetful_Close,
        .xRead = forgetful_Read,
        .xWrite = forgetful_Write,
        .xTruncate = forgetful_Truncate,
        .xSync = forgetful_Sync,
        .xFileSize = forgetful_FileSize,
        .xLock = forgetful_Lock,
        .xUnlock = forgetful_Unlock,
        .xCheckReservedLock = forgetful_CheckReservedLock,
        .xFileControl = forgetful_FileControl,
        .xSectorSize = forgetful_SectorSize,
        .xDeviceCharacteristics = forgetful_DeviceCharacteristics,
        .xShmMap = forgetful_ShmMap,
        .xShmLock = forgetful_ShmLock,
        .xShmBarrier = forgetful_ShmBarrier,
        .xShmUnmap = forgetful_ShmUnmap,
    };
    struct forgetful_file *file = (struct forgetful_file *)(void *)f;
    int rc;

    (void)vfs;
    memset(file, 0, sizeof *file);
    rc = forgetful_under->xOpen(forgetful_under, name, forgetful_real(f), flags, out_flags);
    if (rc != SQLITE_OK)
        return rc;
    file->base.pMethods = &methods;
    file->keeps = name && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL));
    (void)snprintf(file->path, sizeof file->path, "%s", name ? name : "");
    return SQLITE_OK;
}

/* Makes it the VFS of every database that is opened from now on. */
static inline void forgetful_install(void)
{
    static sqlite3_vfs vfs;

    forgetful_under = sqlite3_vfs_find(NULL);
    vfs = *forgetful_under;
    vfs.zName = "forgetful";
    vfs.pNext = NULL;
    vfs.szOsFile = (int)sizeof(struct forgetful_file) + forgetful_under->szOsFile;
    vfs.xOpen = forgetful_Open;
    if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
        abort();
}

/* Makes `to` of blocks that each come from one of two states of a file, as a disk that was at work leaves it. */
static inline bool forgetful_tear(const char *synced, const char *written, const char *to, unsigned *seed)
{
    FILE *from[2] = {fopen(synced, "rb"), fopen(written, "rb")}, *out = fopen(to, "wb");
    long size[2] = {0, 0}, end;
    bool ok = out && from[1];
    char block[4096];

    for (int i = 0; i < 2; i++)
        if (from[i])
            ok = fseek(from[i], 0, SEEK_END) == 0 && (size[i] = ftell(from[i])) >= 0 && ok;
    end = size[rand_r(seed) & 1];
    for (long at = 0; ok && at < end; at += (long)sizeof block) {
        FILE *in = from[rand_r(seed) & 1];
        size_t n = end - at < (long)sizeof block ? (size_t)(end - at) : sizeof block;

        memset(block, 0, sizeof block);
        ok = !in || (fseek(in, at, SEEK_SET) == 0 && fread(block, 1, n, in) <= n && !ferror(in));
        ok = fwrite(block, 1, n, out) == n && ok;
    }
    for (int i = 0; i < 2; i++)
        if (from[i])
            (void)fclose(from[i]);
    return out && fclose(out) == 0 && ok;
}

/* Makes `to` and its log what would be left of `from` after a power cut now. */
static inline bool forgetful_cut(const char *from, const char *to)
{
    char a[600], b[600];

    (void)snprintf(a, sizeof a, "%s.durable", from);
    if (!forgetful_copy(a, to))
        return false;
    (void)snprintf(a, sizeof a, "%s-wal.durable", from);
    (void)snprintf(b, sizeof b, "%s-wal", to);
    (void)unlink(b);
    return access(a, F_OK) != 0 || forgetful_copy(a, b);
}

#endif
