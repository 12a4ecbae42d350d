/* store/sqlite_recover.c -- what a predecessor left in the log, before anything relies on it.
 *
 * When an fsync fails, Linux marks what it could not write as clean: whoever reads the file sees it, the disk has not got it, and the next
 * fsync has nothing to do and says yes.  A store therefore ends with the first fsync that fails.  Its successor finds the log as
 * the page cache has it.  A checkpoint overwrites the database from that, and relies on the log for the case that the power is
 * cut in the middle: a log that is not really on the disk would then leave half of a commit in the database.
 *
 * So the whole log is written again, byte by byte as it is, which makes it dirty, and synced; only when that says yes is it relied
 * upon, and then at once: the checkpoint empties it, so that nothing that is acknowledged later can come behind what is doubtful.
 * The database file needs no such thing: what a failed checkpoint wrote to it is still in the log, and is written anew. */
#include "store/sqlite_handle.h"

#include <stdlib.h>

#define AT_ONCE 65536

static int write_again(sqlite3_file *log, sqlite3_int64 size, void *bytes)
{
    int rc = SQLITE_OK;

    for (sqlite3_int64 at = 0; rc == SQLITE_OK && at < size; at += AT_ONCE) {
        int n = size - at < AT_ONCE ? (int)(size - at) : AT_ONCE;

        rc = log->pMethods->xRead(log, bytes, n, at);
        if (rc == SQLITE_OK)
            rc = log->pMethods->xWrite(log, bytes, n, at);
    }
    return rc == SQLITE_OK ? log->pMethods->xSync(log, SQLITE_SYNC_FULL) : rc;
}

static int make_durable(sqlite3 *db)
{
    sqlite3_file *log = NULL;
    sqlite3_int64 size = 0;
    void *bytes;
    int rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);

    if (rc != SQLITE_OK || log == NULL)
        return SQLITE_CANTOPEN;
    if (log->pMethods == NULL) /* there is no log: that it is in WAL mode is looked at elsewhere */
        return SQLITE_OK;
    rc = log->pMethods->xFileSize(log, &size);
    if (rc != SQLITE_OK || size == 0)
        return rc;
    bytes = malloc(AT_ONCE);
    rc = bytes ? write_again(log, size, bytes) : SQLITE_NOMEM;
    free(bytes);
    return rc;
}

int dw__sqlite_recover(sqlite3 *db)
{
    int rc = make_durable(db);

    return rc == SQLITE_OK ? sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL)
                           : rc;
}
