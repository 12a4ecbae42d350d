/* store/sqlite_handle.h -- the inside of a handle: for store/sqlite*.c, the only files that know sqlite3.h. */
#ifndef DW_STORE_SQLITE_HANDLE_H
#define DW_STORE_SQLITE_HANDLE_H

#include <sqlite3.h>

#include "store/columns.h"
#include "store/sqlite.h"

#define DW__SQL_HANDLE_MAGIC 0x53514c48u

struct sql_prepared {
    sqlite3_stmt *stmt;  /* NULL: it writes, and the handle does not */
    sqlite3_stmt *brief; /* the same without RETURNING, when its row can be read by its number; else NULL */
    sqlite3_stmt *look;  /* … which it is by this, when not the number alone is wanted */
    uint16_t *column;    /* by field of the output */
    bool writes;
    bool may_leave; /* see dw__sqlite_may_leave */
    bool stable;    /* see dw__sqlite_is_stable */
};

/* What the authorizer lets be prepared. */
enum sql_guard {
    SQL_GUARD_OURS,      /* our own literals: everything */
    SQL_GUARD_STATEMENT, /* of the application: reads and writes rows */
    SQL_GUARD_MIGRATION  /* also changes the schema */
};

/* Words of the page index that every commit changes. */
#define DW__SQL_INDEX_WORDS 6u

/* A read transaction that several runs share, see sqlite_snapshot.c. */
struct sql_snapshot {
    const uint64_t *index; /* the page index of WAL, in SQLite's mapping; NULL: not found yet */
    uint64_t seen[DW__SQL_INDEX_WORDS];
    uint64_t generation; /* grows when `seen` changes */
    bool open;
    uint64_t of; /* the generation that the open one is at least */
};

struct sql_gather;

struct sql_handle {
    unsigned magic;
    sqlite3 *db;
    char *path; /* NULL in memory */
    enum sql_mode mode;
    enum sql_guard guard;
    const struct sql_inventory *owning; /* whose statement is compiled, NULL: none */
    const char *owned_seen;             /* an owned table that it uses through … */
    char owned_through[64];             /* … this view or trigger, which is not owned itself */
    bool volatile_seen; /* a statement was compiled that depends on more than the database and its values */
    int lock_fd;        /* -1: none */
    bool has_turn;
    const struct sql_inventory *inv;
    struct sql_prepared *prepared; /* by statement; NULL before dw__sql_prepare_all */
    uint16_t *columns;             /* memory of all sql_prepared.column */
    sqlite3_stmt *control[SQL_CONTROL_COUNT];
    sqlite3_stmt *schema_version;
    int judged_version; /* of the schema for which sql_prepared.may_leave and brief hold; 0: none */
    struct sql_snapshot snapshot;
    const struct sql_run *run; /* the running one */
    uint64_t stop_ns;          /* CLOCK_MONOTONIC at which its budget is used up; 0: not known yet */
    dw_err stopped;            /* why it was stopped */
    struct sql_gather *gather; /* of a writer */
    char trouble[DW__SQL_TROUBLE];
    int wal_frames;
    bool own_checkpoints; /* only by dw__sqlite_checkpoint */
    int last_error;       /* extended code of the last failure */
};

/* Writes "what: message of SQLite (code)" into trouble. */
void dw__sqlite_say(struct sql_handle *h, const char *what, char *trouble);
/* The collections whose tables are not what their statements need, as dw__docs_check_tables says. */
uint64_t dw__sqlite_docs(struct sql_handle *h, const struct sql_inventory *inv, struct buf *why);
/* Maps an extended result code that is not OK, ROW or DONE, and remembers it. */
dw_err dw__sqlite_err(struct sql_handle *h, int rc);
/* Whether a code is one of a reader that came at the wrong moment. */
bool dw__sqlite_passes(int rc);
/* At a start: whether that code is worth another try of a reader that has made `tries`, after a moment in which the writer may come further. */
bool dw__sqlite_tries_again(const struct sql_handle *h, int rc, unsigned tries);
/* In a build with DW_FAULTS: writes and syncs of what is opened through `vfs` (the only one of its kind) can be made to fail, see
 * os/fault.h. Else nothing. */
void dw__sqlite_add_faults(sqlite3_vfs *vfs);
/* Of a writer that begins: makes sure that what is in the log is on the disk, moves it to the database, and empties the log. An extended
 * result code. */
int dw__sqlite_recover(sqlite3 *db);
/* Of a writer in WAL mode: gathers what is written to the log. *out is freed after db was closed. An extended
 * result code. */
int dw__sqlite_gather(sqlite3 *db, struct sql_gather **out);
/* Looks, in a transaction, whether sql_prepared.may_leave and brief still hold for each statement. */
void dw__sqlite_judge(struct sql_handle *h);
/* Whether a use of a function or a table, as SQLite tells its authorizer, depends on more than what is stored. */
bool dw__sqlite_is_volatile(int action, const char *table, const char *function);
/* Finalizes what was prepared. */
void dw__sqlite_unprepare(struct sql_handle *h);

#endif
