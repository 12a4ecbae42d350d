/* store/sqlite_backup.c -- a copy of the database as it is at one moment, while others write; and whether it is sound.
 *
 * The copy is made by SQLite from one read transaction, page by page, into a file of another name, and is looked at before it gets its own: a
 * file of that name is whole, or is not there.  It never takes the place of another. */
#include "store/sqlite_handle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/text.h"

#define PATH_BYTES 4096

static dw_err say_errno(const char *path, struct buf *why)
{
    dw__buf_format(why, "%s: %s\n", path, strerror(errno));
    return DW_UNAVAILABLE;
}

/* ---- the copy ---- */

static bool is_ok(void *self, const unsigned char *text)
{
    (void)self;
    return text && strcmp((const char *)text, "ok") == 0;
}

/* One that needs no other files beside it, and is whole. */
static dw_err finish_copy(sqlite3 *copy, const char *path, struct buf *why)
{
    sqlite3_stmt *stmt = NULL;
    bool whole;

    if (sqlite3_exec(copy, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL) != SQLITE_OK) {
        dw__buf_format(why, "%s: %s\n", path, sqlite3_errmsg(copy));
        return DW_UNAVAILABLE;
    }
    whole = sqlite3_prepare_v2(copy, "PRAGMA quick_check(1)", -1, &stmt, NULL) == SQLITE_OK &&
            sqlite3_step(stmt) == SQLITE_ROW && is_ok(NULL, sqlite3_column_text(stmt, 0));
    (void)sqlite3_finalize(stmt);
    if (whole)
        return DW_OK;
    dw__buf_format(why, "%s: the copy is not sound, so that the database may not be: see db check\n", path);
    return DW_CONFLICT;
}

static dw_err copy_pages(struct sql_handle *h, sqlite3 *copy, const char *path, struct buf *why)
{
    sqlite3_backup *backup = sqlite3_backup_init(copy, "main", h->db, "main");
    int rc = backup ? sqlite3_backup_step(backup, -1) : sqlite3_errcode(copy);

    if (backup)
        (void)sqlite3_backup_finish(backup);
    if (rc == SQLITE_DONE)
        return finish_copy(copy, path, why);
    dw__buf_format(why, "%s: %s\n", path, sqlite3_errstr(rc));
    return DW_UNAVAILABLE;
}

static dw_err copy_into(struct sql_handle *h, const char *path, struct buf *why)
{
    sqlite3 *copy = NULL;
    dw_err err;

    if (sqlite3_open_v2(path, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, NULL) != SQLITE_OK) {
        dw__buf_format(why, "%s: %s\n", path, copy ? sqlite3_errmsg(copy) : "no memory");
        (void)sqlite3_close(copy);
        return DW_UNAVAILABLE;
    }
    err = copy_pages(h, copy, path, why);
    if (sqlite3_close(copy) != SQLITE_OK && err == DW_OK)
        err = DW_UNAVAILABLE;
    return err;
}

/* ---- the file ---- */

static bool sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_RDONLY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        (void)close(fd);
    return synced;
}

static bool sync_folder(const char *path)
{
    char folder[PATH_BYTES];
    const char *slash = strrchr(path, '/');

    if (!slash)
        return sync_path(".", O_DIRECTORY);
    (void)snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    return sync_path(folder, O_DIRECTORY);
}

/* Gives the copy its name, if nothing has it. */
static dw_err name_copy(const char *partial, const char *path, struct buf *why)
{
    if (!sync_path(partial, 0))
        return say_errno(partial, why);
    if (link(partial, path) != 0)
        return say_errno(path, why);
    return sync_folder(path) ? DW_OK : say_errno(path, why);
}

dw_err dw__sql_backup(struct sql_handle *h, const char *path, struct buf *why)
{
    char partial[PATH_BYTES];
    dw_err err;
    int fd;

    DW__MAGIC(h, DW__SQL_HANDLE_MAGIC);
    if (strlen(path) >= sizeof partial - sizeof ".partial") {
        dw__buf_lit(why, "the path of the copy is too long\n");
        return DW_INVALID;
    }
    (void)snprintf(partial, sizeof partial, "%s.partial", path);
    if (access(path, F_OK) == 0) {
        dw__buf_format(why, "%s is there already, and is not overwritten\n", path);
        return DW_CONFLICT;
    }
    fd = open(partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno == EEXIST) {
        dw__buf_format(
            why, "%s is there: another backup is under way, or one was cut short; remove it then\n", partial);
        return DW_CONFLICT;
    }
    if (fd < 0)
        return say_errno(partial, why);
    (void)close(fd);
    err = copy_into(h, partial, why);
    if (err == DW_OK)
        err = name_copy(partial, path, why);
    (void)unlink(partial);
    return err;
}

/* ---- soundness ---- */

static dw_err say_fault(void *self, const char *const *texts, size_t n)
{
    if (n == 1 && texts[0] && strcmp(texts[0], "ok") != 0)
        dw__buf_format(self, "integrity: %s\n", texts[0]);
    return DW_OK;
}

static dw_err say_orphan(void *self, const char *const *texts, size_t n)
{
    if (n == 4)
        dw__buf_format(self, "foreign keys: row %s of %s points to a row of %s that is not there\n",
                       texts[1] ? texts[1] : "?", texts[0] ? texts[0] : "?", texts[2] ? texts[2] : "?");
    return DW_OK;
}

dw_err dw__sql_sound(struct sql_handle *h, struct buf *why)
{
    char trouble[DW__SQL_TROUBLE] = "";
    size_t before = why->n;
    dw_err err = dw__sqlite_each(h, "PRAGMA integrity_check", why, say_fault, trouble);

    if (err == DW_OK)
        err = dw__sqlite_each(
            h, "SELECT \"table\", CAST(rowid AS TEXT), parent, fkid FROM pragma_foreign_key_check LIMIT 100",
            why, say_orphan, trouble);
    if (err != DW_OK)
        dw__buf_format(why, "%s\n", trouble);
    return err == DW_OK && why->n != before ? DW_CONFLICT : err;
}
