/* store/sqlite_snapshot.c -- one look at the database for many reads, and whether it is still the newest.
 *
 * A SELECT in a transaction of its own pays for four system calls and the page index each time, in one that is open for
 * none of it.  So reads may share a transaction; and since what was acknowledged must be seen by whoever reads next, each read
 * first asks whether anything was committed since.  The answer is in the page index that all processes share (its first 48 bytes,
 * https://www.sqlite.org/walformat.html), in which every commit, whoever makes it, changes counters, salt and checksum before it
 * returns.  SQLite itself asks the same at the beginning of a transaction.
 *
 * The bytes are looked at in SQLite's own mapping, never interpreted, only compared with what was there before: what differs, for
 * whatever reason, means to look anew.  Where they cannot be had there is no sharing. */
#include "store/sqlite_handle.h"

#include <string.h>

#include "base/check.h"

#define INDEX_REGION 32768 /* SQLite maps the page index in regions of this size */
#define INDEX_VERSION 3007000u

/* The page index in SQLite's own mapping, or NULL.  A connection keeps it until it is closed. */
static const uint64_t *find_index(struct sql_handle *h)
{
    sqlite3_file *file = NULL;
    volatile void *at = NULL;
    uint32_t version;

    if (sqlite3_file_control(h->db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file ||
        !file->pMethods || file->pMethods->iVersion < 2)
        return NULL;
    /* Without extending it: SQLITE_READONLY is success for who may only read. */
    (void)file->pMethods->xShmMap(file, 0, INDEX_REGION, 0, &at);
    if (!at)
        return NULL;
    version = __atomic_load_n((const volatile uint32_t *)at, __ATOMIC_RELAXED);
    return version == INDEX_VERSION ? (const uint64_t *)(uintptr_t)at : NULL;
}

/* A number that changes with the bytes; 0 without them. */
static uint64_t look(struct sql_handle *h)
{
    struct sql_snapshot *s = &h->snapshot;
    uint64_t now[DW__SQL_INDEX_WORDS];

    if (h->mode != SQL_READ_ONLY)
        return 0;
    if (!s->index && !(s->index = find_index(h)))
        return 0;
    for (size_t i = 0; i < DW__SQL_INDEX_WORDS; i++)
        now[i] = __atomic_load_n(&s->index[i], __ATOMIC_RELAXED);
    /* What is read of the database from here on is not older than what was seen. */
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (memcmp(now, s->seen, sizeof now) != 0 || s->generation == 0) {
        memcpy(s->seen, now, sizeof now);
        s->generation++;
    }
    return s->generation;
}

/* When a statement was compiled anew since the start, for a schema that changed, and is not stable any more, nobody knows which. */
uint64_t dw__sqlite_generation(struct sql_handle *h)
{
    DW__MAGIC(h, DW__SQL_HANDLE_MAGIC);
    return h->volatile_seen ? 0 : look(h);
}

bool dw__sqlite_snapshot(struct sql_handle *h)
{
    struct sql_snapshot *s = &h->snapshot;
    char trouble[DW__SQL_TROUBLE];
    uint64_t generation;

    DW__MAGIC(h, DW__SQL_HANDLE_MAGIC);
    generation = look(h);
    if (s->open && s->of == generation)
        return true;
    dw__sqlite_snapshot_end(h);
    if (generation == 0 || dw__sqlite_control(h, SQL_BEGIN_READ, trouble) != DW_OK)
        return false;
    s->open = true;
    s->of = generation;
    return true;
}

void dw__sqlite_snapshot_end(struct sql_handle *h)
{
    char trouble[DW__SQL_TROUBLE];

    DW__MAGIC(h, DW__SQL_HANDLE_MAGIC);
    if (!h->snapshot.open)
        return;
    h->snapshot.open = false;
    /* SQLite may have ended it with an error. */
    if (dw__sqlite_in_transaction(h) && dw__sqlite_control(h, SQL_COMMIT, trouble) != DW_OK)
        (void)!dw__sqlite_control(h, SQL_ROLLBACK, trouble);
}
