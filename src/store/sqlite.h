/* store/sqlite.h -- running statements on a handle: for the files of this room, which need no sqlite3.h for it. */
#ifndef DW_STORE_SQLITE_H
#define DW_STORE_SQLITE_H

#include "store/row.h"

#define DW__SQL_TROUBLE 200u

/* One run of one statement. */
struct sql_run {
    size_t statement;
    const struct sql_value *values; /* as many as it has parameters; live until it returns */
    struct sql_sink *sink;          /* NULL: rows are not wanted */
    bool in_tx;                     /* others follow in its transaction: what it owes may come with them */
    bool one_row;                   /* a statement that only reads may stop after the first */
    uint64_t budget_ns;             /* how long it may run; 0: no bound */
    uint64_t until_ns; /* CLOCK_MONOTONIC at which it is stopped; 0: never. The earlier of both counts */
    bool (*stop)(void *stop_self); /* asked every few microseconds: true stops it; NULL: nobody to ask */
    void *stop_self;
    /* results */
    int64_t changes;
    bool left;  /* it failed, and a part of what it did may still be in the transaction */
    bool again; /* DW_UNAVAILABLE that passes within milliseconds */
    const char *
        trouble; /* for the log, "" when there is nothing to say; no value is in it. Until the handle's next run */
};

/* Runs it to its end, on this thread. DW_OK also when there was no row; DW_CONFLICT when a constraint refused; DW_UNAVAILABLE
 * when the database is busy or its disk fails; DW_TIMEOUT when its time is up, DW_CANCELED when `stop` said so (SQLite has then undone
 * the whole transaction of a statement that writes); what the sink returned; else DW_INTERNAL. */
DW_MUST dw_err dw__sqlite_run(struct sql_handle *h, struct sql_run *run);

/* ---- transactions: one at a time, one savepoint in it ---- */

/* Whether statement i, when a constraint refuses it, may leave a part of what it did, or once has: OR FAIL, in whatever way. Everything else SQLite
 * undoes by itself, and needs no savepoint for that. */
bool dw__sqlite_may_leave(const struct sql_handle *h, size_t i);
/* Statement i has left something behind: it may again. */
void dw__sqlite_distrust(struct sql_handle *h, size_t i);

/* Whether what was done in the transaction wants a row that is not there (a foreign key that is deferred): it cannot be committed. */
bool dw__sqlite_owes(struct sql_handle *h);

enum sql_control {
    SQL_BEGIN,      /* BEGIN IMMEDIATE */
    SQL_BEGIN_READ, /* BEGIN: what the first statement in it sees, all see */
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_SAVEPOINT, /* of a unit */
    SQL_RELEASE,
    SQL_UNDO,  /* back to the savepoint, which is released */
    SQL_TOUCH, /* a trivial read */
    SQL_CONTROL_COUNT
};

/* DW_OK, or DW_UNAVAILABLE with a sentence in `trouble` (DW__SQL_TROUBLE bytes). */
DW_MUST dw_err dw__sqlite_control(struct sql_handle *h, enum sql_control what, char *trouble);
/* SQLite undoes a transaction by itself after some errors (a full disk): whether there still is one. */
bool dw__sqlite_in_transaction(struct sql_handle *h);
/* Whether the last error was a failed fsync, after which nobody knows what is on the disk. */
bool dw__sqlite_is_fatal(const struct sql_handle *h);

/* ---- reads that share a transaction, on a read-only handle: see sqlite_snapshot.c ---- */

/* See dw__sql_generation. */
uint64_t dw__sqlite_generation(struct sql_handle *h);
/* Whether statement i gives the same rows for the same values as long as the generation stays. */
bool dw__sqlite_is_stable(const struct sql_handle *h, size_t i);
/* Lets the runs that follow share a transaction, a new one if anything was committed since the open one began. False when that
 * cannot be known: then each run has its own. After a run that failed, and before waiting, dw__sqlite_snapshot_end. */
bool dw__sqlite_snapshot(struct sql_handle *h);
void dw__sqlite_snapshot_end(struct sql_handle *h);

/* ---- turns: see store/lock.h; a handle is opened with the turn, and one that never gives it keeps it to its end ---- */

/* Waits until this handle alone may write; at once when it may. DW_UNAVAILABLE when that cannot be known. */
DW_MUST dw_err dw__sqlite_turn_take(struct sql_handle *h);
void dw__sqlite_turn_give(struct sql_handle *h);

/* ---- the log file of WAL ---- */

/* Checkpoints happen only by dw__sqlite_checkpoint from now on. */
void dw__sqlite_own_checkpoints(struct sql_handle *h);
/* Frames in the log after the last commit or checkpoint of this handle. */
int dw__sqlite_wal_frames(const struct sql_handle *h);
/* PASSIVE: copies what no reader holds back; never waits. DW_UNAVAILABLE with trouble when the disk fails. */
DW_MUST dw_err dw__sqlite_checkpoint(struct sql_handle *h, char *trouble);

/* ---- migrations ---- */

/* Runs a script of statements without parameters that must not touch transactions, pragmas or other files. */
DW_MUST dw_err dw__sqlite_script(struct sql_handle *h, dw_text sql, char *trouble);
/* Calls row(self, texts) for each row of a statement of ours that has n text columns; a NULL column is NULL. */
DW_MUST dw_err dw__sqlite_each(struct sql_handle *h, const char *sql, void *self,
                               dw_err (*row)(void *self, const char *const *texts, size_t n), char *trouble);
/* Runs a statement of ours with text parameters 1 to n. */
DW_MUST dw_err dw__sqlite_exec(struct sql_handle *h, const char *sql, const char *const *texts, size_t n,
                               char *trouble);

#endif
