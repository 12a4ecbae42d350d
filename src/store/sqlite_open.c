/* store/sqlite_open.c -- opening a database so that nothing about it is left to chance.
 *
 * One process writes: a second is refused with a sentence instead of a busy time-out, and the two stores of an upgrade take
 * turns (store/lock.h).  Readers map the page index read-only, so that one that goes wrong cannot ruin it
 * for others.  A database is created readable by its owner only; the files that SQLite adds beside it follow.  Nothing but SQLite may open
 * the database file in a process that has a handle on it: closing such a descriptor would drop SQLite's locks. */
#include "store/sqlite_handle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "store/lock.h"

#define PATH_BYTES 1024u
#define WRITER_BUSY_MS 5000
#define CHECKPOINT_FRAMES 1000
#define PROGRESS_OPS 1000 /* virtual machine instructions between looks at the clock */

/* ---- names ---- */

/* Appends `path` as the path of a URI: what is not plain is percent-encoded. */
static void put_path(struct buf *uri, const char *path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-~";

    for (; *path; path++)
        if (strchr(plain, *path))
            dw__buf_putc(uri, *path);
        else
            dw__buf_format(uri, "%%%02X", (unsigned)(unsigned char)*path);
}

/* The database takes its mode from the lock file, which is 0600. */
static bool make_uri(const char *path, enum sql_mode mode, char *out, size_t cap)
{
    struct buf uri;

    dw__buf_init_fixed(&uri, out, cap);
    dw__buf_lit(&uri, "file:");
    put_path(&uri, path);
    if (mode == SQL_READ_ONLY)
        dw__buf_lit(&uri, "?mode=ro&readonly_shm=1");
    else {
        dw__buf_lit(&uri, "?mode=rwc&modeof=");
        put_path(&uri, path);
        dw__buf_lit(&uri, "-lock");
    }
    dw__buf_putc(&uri, '\0');
    return !uri.failed;
}

static int keep_name(sqlite3_vfs *vfs, const char *name, int cap, char *out)
{
    size_t n = strlen(name) + 1;

    (void)vfs;
    if (cap < 0 || n > (size_t)cap)
        return SQLITE_CANTOPEN;
    memcpy(out, name, n);
    return SQLITE_OK;
}

/* SQLite's own way to the disk, but that a relative name stays relative to the directory that the server was started in.
 * SQLite would make it absolute and look at every part of it, which a user without rights may not: when root starts the
 * server below its home. */
static const char *own_vfs(void)
{
    static sqlite3_vfs vfs, *under;

    if (under != sqlite3_vfs_find(NULL)) {
        under = sqlite3_vfs_find(NULL);
        vfs = *under;
        vfs.zName = "dewar";
        vfs.xFullPathname = keep_name;
        dw__sqlite_add_faults(&vfs);
        if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
            vfs.zName = NULL;
    }
    return vfs.zName;
}

/* A database that all on the machine may read or write is refused, not repaired: somebody may rely on it. */
static dw_err check_mode(const char *path, struct buf *why)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return DW_OK;
    if (!S_ISREG(st.st_mode)) {
        dw__buf_format(why, "%s is not a file\n", path);
        return DW_INVALID;
    }
    if (st.st_mode & S_IRWXO) {
        dw__buf_format(why, "%s is open to every user of this machine; chmod o= it\n", path);
        return DW_INVALID;
    }
    return DW_OK;
}

/* ---- what SQLite may do ---- */

static bool is_history(const char *table)
{
    return table && sqlite3_stricmp(table, "dw_migrations") == 0;
}

/* Notes that the view or trigger `via` uses an owned table. What SQLite reads for a foreign key has no such name. */
static void note_owned(struct sql_handle *h, int action, const char *table, const char *via)
{
    const dw_owned *owned;

    if (!h->owning || !table || !via ||
        (action != SQLITE_READ && action != SQLITE_INSERT && action != SQLITE_UPDATE &&
         action != SQLITE_DELETE))
        return;
    owned = dw__sql_owned_named(h->owning, table);
    if (!owned || dw__sql_owned_named(h->owning, via))
        return;
    h->owned_seen = owned->table;
    (void)snprintf(h->owned_through, sizeof h->owned_through, "%s", via);
}

static int authorize(void *self, int action, const char *a, const char *b, const char *database,
                     const char *trigger)
{
    struct sql_handle *h = self;

    (void)database;
    note_owned(h, action, a, trigger);
    if (dw__sqlite_is_volatile(action, a, b))
        h->volatile_seen = true;
    if (h->guard == SQL_GUARD_OURS)
        return SQLITE_OK;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_FUNCTION:
    case SQLITE_RECURSIVE: return SQLITE_OK;
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE: return is_history(a) ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
    case SQLITE_PRAGMA:
    case SQLITE_ATTACH:
    case SQLITE_DETACH: return SQLITE_DENY;
    default: return h->guard == SQL_GUARD_MIGRATION && !is_history(a) ? SQLITE_OK : SQLITE_DENY;
    }
}

/* Why the running statement is to be stopped; DW_OK when it is not. */
static dw_err why_stop(struct sql_handle *h, const struct sql_run *run)
{
    struct timespec t;
    uint64_t now;

    if (run->stop && run->stop(run->stop_self))
        return DW_CANCELED;
    if (run->budget_ns == 0 && run->until_ns == 0)
        return DW_OK;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    now = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
    if (run->budget_ns != 0 && h->stop_ns == 0)
        h->stop_ns = now + run->budget_ns;
    if ((h->stop_ns != 0 && now >= h->stop_ns) || (run->until_ns != 0 && now >= run->until_ns))
        return DW_TIMEOUT;
    return DW_OK;
}

/* Called after each PROGRESS_OPS instructions.  Most statements end before the first, and so need no clock; the time of those that do
 * not counts from there, some microseconds late. */
static int progress(void *self)
{
    struct sql_handle *h = self;

    h->stopped = h->run ? why_stop(h, h->run) : DW_OK;
    return h->stopped != DW_OK;
}

/* After a commit. This hook takes the place of SQLite's own, which checkpoints. */
static int committed(void *self, sqlite3 *db, const char *name, int frames)
{
    struct sql_handle *h = self;

    h->wal_frames = frames;
    if (!h->own_checkpoints && frames >= CHECKPOINT_FRAMES)
        (void)sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return SQLITE_OK;
}

static bool set_switches(sqlite3 *db)
{
    static const struct {
        int op, value;
    } switches[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},       {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1},     {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0}, {SQLITE_DBCONFIG_DQS_DML, 0},
        {SQLITE_DBCONFIG_DQS_DDL, 0},
    };

    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        int now = -1;

        if (sqlite3_db_config(db, switches[i].op, switches[i].value, &now) != SQLITE_OK ||
            now != switches[i].value)
            return false;
    }
    (void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 16 << 20);
    (void)sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    (void)sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1024);
    (void)sqlite3_limit(db, SQLITE_LIMIT_VARIABLE_NUMBER, (int)DW__SQL_MAX_PARAMS);
    (void)sqlite3_limit(db, SQLITE_LIMIT_WORKER_THREADS, 0);
    return true;
}

/* Settings of a connection, and a first look at the database, which a reader may have to wait for.  A writer begins with an empty
 * log. */
static int set_up(struct sql_handle *h)
{
    static const char common[] = "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;";
    static const char writer[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;";
    int rc = sqlite3_exec(h->db, common, NULL, NULL, NULL), persist = 1;

    if (rc == SQLITE_OK && h->mode == SQL_READ_WRITE) {
        rc = sqlite3_exec(h->db, writer, NULL, NULL, NULL);
        (void)sqlite3_file_control(h->db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
    }
    if (rc != SQLITE_OK)
        return sqlite3_extended_errcode(h->db);
    rc = sqlite3_exec(h->db, "SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return sqlite3_extended_errcode(h->db);
    return h->mode == SQL_READ_WRITE ? dw__sqlite_recover(h->db) : SQLITE_OK;
}

/* Whether the writer got what it asked for: a file system without shared memory gives another journal mode without an error. */
static bool is_wal(struct sql_handle *h)
{
    sqlite3_stmt *stmt = NULL;
    const unsigned char *mode = NULL;
    bool ok = false;

    if (sqlite3_prepare_v2(h->db, "PRAGMA journal_mode", -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        mode = sqlite3_column_text(stmt, 0);
    ok = mode && strcmp((const char *)mode, "wal") == 0;
    (void)sqlite3_finalize(stmt);
    return ok;
}

static dw_err prepare_control(struct sql_handle *h)
{
    static const char *const sql[SQL_CONTROL_COUNT] = {
        [SQL_BEGIN] = "BEGIN IMMEDIATE",
        [SQL_BEGIN_READ] = "BEGIN",
        [SQL_COMMIT] = "COMMIT",
        [SQL_ROLLBACK] = "ROLLBACK",
        [SQL_SAVEPOINT] = "SAVEPOINT unit",
        [SQL_RELEASE] = "RELEASE unit",
        [SQL_UNDO] = "ROLLBACK TO unit",
        [SQL_TOUCH] = "SELECT 1 FROM sqlite_schema LIMIT 1",
    };

    for (size_t i = 0; i < SQL_CONTROL_COUNT; i++)
        if (sqlite3_prepare_v3(h->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &h->control[i], NULL) !=
            SQLITE_OK)
            return DW_UNAVAILABLE;
    return sqlite3_prepare_v3(h->db, "PRAGMA schema_version", -1, SQLITE_PREPARE_PERSISTENT,
                              &h->schema_version, NULL) == SQLITE_OK
               ? DW_OK
               : DW_UNAVAILABLE;
}

static dw_err open_database(struct sql_handle *h, const char *path, struct buf *why)
{
    char uri[PATH_BYTES * 8];
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE;
    int rc;

    flags |= h->mode == SQL_READ_ONLY ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (h->mode == SQL_MEMORY)
        (void)snprintf(uri, sizeof uri, ":memory:");
    else if (!make_uri(path, h->mode, uri, sizeof uri)) {
        dw__buf_format(why, "%s: the path is too long\n", path);
        return DW_INVALID;
    }
    rc = sqlite3_open_v2(uri, &h->db, flags, own_vfs());
    if (rc != SQLITE_OK || !set_switches(h->db) || sqlite3_set_authorizer(h->db, authorize, h) != SQLITE_OK)
        goto err0;
    (void)sqlite3_busy_timeout(h->db, h->mode == SQL_READ_WRITE ? WRITER_BUSY_MS : 0);
    (void)sqlite3_wal_hook(h->db, committed, h);
    rc = set_up(h);
    for (unsigned i = 0; rc != SQLITE_OK && dw__sqlite_tries_again(h, rc, i); i++)
        rc = set_up(h);
    if (rc != SQLITE_OK)
        goto err0;
    if (h->mode == SQL_READ_WRITE && !is_wal(h)) {
        dw__buf_format(why, "%s: the file system has no shared memory for WAL\n", path);
        return DW_UNAVAILABLE;
    }
    if (h->mode == SQL_READ_WRITE && (rc = dw__sqlite_gather(h->db, &h->gather)) != SQLITE_OK)
        goto err0;
    if (prepare_control(h) == DW_OK) {
        sqlite3_progress_handler(h->db, PROGRESS_OPS, progress, h);
        return DW_OK;
    }
err0:
    dw__buf_format(why, "%s: %s\n", path,
                   !h->db                                ? "no memory"
                   : sqlite3_errcode(h->db) == SQLITE_OK ? sqlite3_errstr(rc)
                                                         : sqlite3_errmsg(h->db));
    return DW_UNAVAILABLE;
}

/* Nothing is written, by SQLite neither, before the turn to write is ours. */
static dw_err take_lock(struct sql_handle *h, const char *path, bool visits, uint64_t family, struct buf *why)
{
    dw_err err = visits ? dw__sql_lock_visit(path, &h->lock_fd, why)
                        : dw__sql_lock_open(path, family, &h->lock_fd, why);

    if (err == DW_OK && dw__sqlite_turn_take(h) != DW_OK) {
        dw__buf_format(why, "%s-lock: cannot be locked\n", path);
        return DW_UNAVAILABLE;
    }
    return err;
}

static dw_err open_handle(struct sql_handle **out, const char *path, enum sql_mode mode, uint64_t family,
                          struct buf *why)
{
    static bool configured;
    struct sql_handle *h;
    dw_err err;

    *out = NULL;
    if (!configured) {
        (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        configured = true;
    }
    if (mode != SQL_MEMORY && strlen(path) >= PATH_BYTES) {
        dw__buf_lit(why, "the path of the database is too long\n");
        return DW_INVALID;
    }
    h = calloc(1, sizeof *h);
    if (!h) {
        dw__buf_lit(why, "no memory for the database\n");
        return DW_UNAVAILABLE;
    }
    h->magic = DW__SQL_HANDLE_MAGIC;
    h->mode = mode == SQL_VISITOR ? SQL_READ_WRITE : mode;
    h->lock_fd = -1;
    if (mode != SQL_MEMORY && !(h->path = strdup(path))) {
        dw__sql_close(h);
        dw__buf_lit(why, "no memory for the database\n");
        return DW_UNAVAILABLE;
    }
    err = mode == SQL_MEMORY ? DW_OK : check_mode(path, why);
    if (err == DW_OK && h->mode == SQL_READ_WRITE)
        err = take_lock(h, path, mode == SQL_VISITOR, family, why);
    if (err == DW_OK)
        err = open_database(h, path, why);
    if (err != DW_OK) {
        dw__sql_close(h);
        return err;
    }
    *out = h;
    return DW_OK;
}

dw_err dw__sql_open(struct sql_handle **out, const char *path, enum sql_mode mode, struct buf *why)
{
    return open_handle(out, path, mode, 0, why);
}

dw_err dw__sql_open_store(struct sql_handle **out, const char *path, uint64_t family, struct buf *why)
{
    return open_handle(out, path, SQL_READ_WRITE, family, why);
}

dw_err dw__sql_open_like(struct sql_handle **out, const struct sql_handle *like, struct buf *why)
{
    dw_err err;

    DW__MAGIC(like, DW__SQL_HANDLE_MAGIC);
    DW__CHECK(like->mode == SQL_READ_ONLY && like->prepared);
    err = open_handle(out, like->path, SQL_READ_ONLY, 0, why);
    if (err == DW_OK && (err = dw__sql_prepare_all(*out, like->inv, why)) != DW_OK) {
        dw__sql_close(*out);
        *out = NULL;
    }
    return err;
}

dw_err dw__sqlite_turn_take(struct sql_handle *h)
{
    DW__MAGIC(h, DW__SQL_HANDLE_MAGIC);
    if (h->lock_fd >= 0 && !h->has_turn && !dw__sql_lock_take(h->lock_fd))
        return DW_UNAVAILABLE;
    h->has_turn = true;
    return DW_OK;
}

void dw__sqlite_turn_give(struct sql_handle *h)
{
    DW__MAGIC(h, DW__SQL_HANDLE_MAGIC);
    if (h->lock_fd >= 0 && h->has_turn)
        dw__sql_lock_give(h->lock_fd);
    h->has_turn = false;
}

void dw__sql_close(struct sql_handle *h)
{
    if (!h)
        return;
    DW__MAGIC(h, DW__SQL_HANDLE_MAGIC);
    dw__sqlite_unprepare(h);
    for (size_t i = 0; i < SQL_CONTROL_COUNT; i++)
        (void)sqlite3_finalize(h->control[i]);
    (void)sqlite3_finalize(h->schema_version);
    if (sqlite3_close(h->db) == SQLITE_OK)
        free(h->gather);
    if (h->lock_fd >= 0)
        (void)close(h->lock_fd);
    free(h->path);
    h->magic = 0;
    free(h);
}
