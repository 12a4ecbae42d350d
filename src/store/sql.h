/* store/sql.h -- statements against the database, whichever process runs them.
 *
 * The inventory is every DW_QUERY of the program, in link order: the same in every process of one binary, so that a statement
 * can be named by its index and nothing but declared statements can be run.  A worker reads on its own read-only handle
 * and sends what writes to the store process; a command runs everything on a handle of its own. */
#ifndef DW_STORE_SQL_H
#define DW_STORE_SQL_H

#include "base/buf.h"
#include "base/ctx.h"
#include "store/sql_scan.h"
#include <dw/migration.h>
#include <dw/order.h>
#include <dw/query.h>

/* ---- inventory: what the statements are; no database needed ---- */

struct sql_inventory;

/* Takes the bounds of the section. Finds for each statement its parameters (:name in `in`, :me, :now) and flattens schemas.
 * On failure `why` says which statement and what to do. */
DW_MUST dw_err dw__sql_inventory_new(struct sql_inventory **out, const dw_query *const *begin,
                                     const dw_query *const *end, struct buf *why);
/* The same for the SQL of another database than SQLite. */
DW_MUST dw_err dw__sql_inventory_for(struct sql_inventory **out, enum sql_dialect dialect,
                                     const dw_query *const *begin, const dw_query *const *end,
                                     struct buf *why);
/* Judges every statement for the tables of `owned` (borrowed; may be NULL; ended by a row without table): DW_INVALID, and a line of `why` for
 * each that is not held to the caller and does not say why. Before the statements are prepared, which looks behind views and triggers. */
DW_MUST dw_err dw__sql_inventory_own(struct sql_inventory *inv, const dw_owned *owned, struct buf *why);
void dw__sql_inventory_free(struct sql_inventory *inv);
size_t dw__sql_inventory_count(const struct sql_inventory *inv);
const dw_query *dw__sql_inventory_at(const struct sql_inventory *inv, size_t i);
/* The index of q, or SIZE_MAX when it is not in the inventory: such a statement is never run. */
size_t dw__sql_index(const struct sql_inventory *inv, const dw_query *q);
bool dw__sql_uses_me(const struct sql_inventory *inv, size_t i);

/* ---- a handle: one open SQLite database ---- */

struct sql_handle;
enum sql_mode {
    SQL_READ_ONLY, /* worker: mode=ro&readonly_shm=1, busy_timeout 0 */
    SQL_READ_WRITE, /* the store, a migration or a command: holds the exclusive lock file beside the database */
    SQL_VISITOR, /* a command beside a server, or without one: writes in one turn (store/lock.h), which is as long as it has it open */
    SQL_MEMORY   /* tests */
};

/* Opens `path`. WAL and synchronous=FULL for SQL_READ_WRITE, which is refused with a sentence while another process holds the lock. */
DW_MUST dw_err dw__sql_open(struct sql_handle **out, const char *path, enum sql_mode mode, struct buf *why);
/* As SQL_READ_WRITE, for the store of a server: another store of the same `family` (not 0) may have it open too, and then they write in
 * turns.  Waits for the turn, and has it until dw__sql_writer_new. */
DW_MUST dw_err dw__sql_open_store(struct sql_handle **out, const char *path, uint64_t family,
                                  struct buf *why);
/* Another handle as `like`, which is of SQL_READ_ONLY and prepared, for use by another thread. */
DW_MUST dw_err dw__sql_open_like(struct sql_handle **out, const struct sql_handle *like, struct buf *why);
void dw__sql_close(struct sql_handle *h);

/* Prepares every statement of inv and checks its columns against its output schema by name; what writes is left out on a read-only handle.
 * All findings go into `why`, one line each. */
DW_MUST dw_err dw__sql_prepare_all(struct sql_handle *h, const struct sql_inventory *inv, struct buf *why);
/* Whether statement i writes; known after dw__sql_prepare_all. */
bool dw__sql_writes(const struct sql_handle *h, size_t i);

/* ---- migrations ---- */

struct migration_state {
    int known, applied; /* in the program; in the database */
};
/* Compares numbers, names and digests (SHA-256) of the applied ones; a changed past file or an unknown number is DW_CONFLICT with a sentence. */
DW_MUST dw_err dw__migrate_state(struct sql_handle *h, const dw_migration *list,
                                 struct migration_state *state, struct buf *why);
/* The same for a program that wrote to this database before a later version came and went or is about to take over: that one's migrations,
 * behind all of the program's own, are no conflict. */
DW_MUST dw_err dw__migrate_state_again(struct sql_handle *h, const dw_migration *list,
                                       struct migration_state *state, struct buf *why);
/* Applies what is missing, each in its transaction, in order; *applied is how many. */
DW_MUST dw_err dw__migrate_up(struct sql_handle *h, const dw_migration *list, int *applied, struct buf *why);

/* ---- looking after a database ---- */

/* Copies what h shows at this moment to the new file `path`, while others write; it is on disk when this is DW_OK, and is not there otherwise.
 * DW_CONFLICT when there is a file of that name, or the copy is not sound. Blocks. */
DW_MUST dw_err dw__sql_backup(struct sql_handle *h, const char *path, struct buf *why);
/* DW_CONFLICT, and a line of `why` each, for what is damaged and for foreign keys that point nowhere. Reads all of it. */
DW_MUST dw_err dw__sql_sound(struct sql_handle *h, struct buf *why);

/* ---- a client: how this process runs statements; ctx->services->sql ---- */

struct sql_client;
/* Everything on h, in this process: commands and tests. */
DW_MUST dw_err dw__sql_client_direct(struct sql_client **out, struct sql_handle *h,
                                     const struct sql_inventory *inv);
/* A worker's: reads on h (read-only), writes through `ring` (borrowed; see store/ring.h). Waits up to a second for the store, so that
 * what is ready when it returns is ready; without a store it still returns, and writes are DW_UNAVAILABLE until there is one. */
struct ring_end;
DW_MUST dw_err dw__sql_client_remote(struct sql_client **out, struct sql_handle *h,
                                     const struct sql_inventory *inv, struct ring_end *ring,
                                     struct loop *loop);
/* For one of dw__sql_client_remote: the store died, so that nothing it was sent will be answered; there is one again. What is
 * written in between is DW_UNAVAILABLE at once. */
void dw__sql_client_store_down(struct sql_client *c);
void dw__sql_client_store_up(struct sql_client *c);
void dw__sql_client_free(struct sql_client *c);
/* DW_OK when the database answers a trivial read and the store process was seen alive within three seconds: for /readyz. */
DW_MUST dw_err dw__sql_client_ready(struct sql_client *c);
/* The same; a database that is another process is asked, on ctx, for a second at most. */
DW_MUST dw_err dw__sql_client_answers(struct sql_client *c, dw_ctx *ctx);

/* ---- keeping what was read ---- */

/* A number that is another one after anything was committed to the database, by whatever process; 0 when that cannot be known here, and then
 * nothing is to be kept. What is read after it was asked is at least as new as it. No system call. */
uint64_t dw__sql_generation(struct sql_client *c);
/* Whether what q gives for an input stays the same for a generation: it only reads, and depends on neither time, caller nor chance. */
bool dw__sql_may_keep(const struct sql_client *c, const dw_query *q);

/* ---- lists in a declared order ---- */

/* What q gives, as it is printed; NULL when it is not in the inventory. */
const struct schema_plan *dw__sql_output_of(const struct sql_client *c, const dw_query *q);
/* Whether `sort` is a word of o, or empty. */
bool dw__order_is(const dw_ordered *o, dw_text sort);

/* ---- the store process ---- */

struct sql_writer;
/* Serves `n` rings (borrowed, the array is not kept) on `loop` with the read-write handle h (borrowed, prepared): takes what is queued, each unit in its savepoint, one commit, answers after it is
 * on disk.  An I/O error at commit fails the whole batch; EIO from fsync ends the process (`fatal` is called). */
DW_MUST dw_err dw__sql_writer_new(struct sql_writer **out, struct sql_handle *h,
                                  const struct sql_inventory *inv, struct ring_end **rings, size_t n,
                                  struct loop *loop, struct log *log, void (*fatal)(const char *why));
/* From now on fn(self, i) is called when worker i has broken its ring; the ring is served again when a new worker asks. */
void dw__sql_writer_on_broken(struct sql_writer *w, void (*fn)(void *self, size_t ring), void *self);
/* How long a transaction of a worker may take, where it is not 50 ms: tests on busy machines. */
void dw__sql_writer_leases(struct sql_writer *w, uint64_t most_ns);
/* Finishes what is queued, checkpoints, then stops taking. */
void dw__sql_writer_drain(struct sql_writer *w);
void dw__sql_writer_free(struct sql_writer *w);

#endif
