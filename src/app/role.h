/* app/role.h -- what the roles of a server have in common, and which descriptors each is given.
 *
 * The monitor lays a child's own descriptors out behind CHILD_FD_FIRST in the order below; serve.c writes it, the roles read
 * it, and nothing else knows. */
#ifndef DW_APP_ROLE_H
#define DW_APP_ROLE_H

#include "app/config.h"
#include "app/image.h"
#include "proc/child.h"
#include "store/ring.h"

/* A client of the store, a worker or who runs jobs: its ring, and the eventfd that the latter sleeps on and all others write. */
enum client_fd {
    CLIENT_FD_RING = CHILD_FD_FIRST,
    CLIENT_FD_WAKE_ME,
    CLIENT_FD_WAKE_STORE,
    CLIENT_FD_JOBS,
    CLIENT_FD_AUDIT,      /* where records of the audit log go; of /dev/null when there is none */
    CLIENT_FD_AUDIT_SAY,  /* … and whether they are written */
    CLIENT_FD_KEEPER,     /* where the keeper is asked; of /dev/null when there is none */
    CLIENT_FD_KEEPER_SAY, /* … and what it answers */
    CLIENT_FD_OWN         /* what only a worker has */
};

/* A worker, behind those: the table of limits (guard/rate_table.h), the counts of all workers (app/counters.h), then listeners: the admin's, then every one of
 * the public ones. */
enum worker_fd { WORKER_FD_LIMITS = CLIENT_FD_OWN, WORKER_FD_COUNTERS, WORKER_FD_ADMIN, WORKER_FD_LISTEN };

/* The store: the number of its family (store/lock.h) as a sealed uint64_t; for each client its ring, what the store sleeps on, what that
 * client sleeps on; before those where its records of the audit log go. */
enum { STORE_FD_FAMILY = CHILD_FD_FIRST, STORE_FD_AUDIT, STORE_FD_RINGS, STORE_FDS_PER_RING = 3 };

/* Who writes the audit log: the log, the same to read its end from, the file before to do so when that is empty (/dev/null: there is none), where heads go
 * (/dev/null: nowhere); where records of the monitor come from,
 * and of the store; then for each client the same, and where it is answered. */
enum audit_fd {
    AUDIT_FD_LOG = CHILD_FD_FIRST,
    AUDIT_FD_TAIL,
    AUDIT_FD_BEFORE,
    AUDIT_FD_HEADS,
    AUDIT_FD_MONITOR,
    AUDIT_FD_STORE,
    AUDIT_FD_CLIENTS,
    AUDIT_FDS_PER_CLIENT = 2
};

/* The keeper: for each client where it asks, and where it hears. */
enum keeper_fd { KEEPER_FD_CLIENTS = CHILD_FD_FIRST, KEEPER_FDS_PER_CLIENT = 2 };

/* The public listener that worker `worker` polls for address `address`: one socket for each pair. */
static inline unsigned dw__listener_index(unsigned address, unsigned worker, unsigned n_workers)
{
    return address * n_workers + worker;
}

/* The first that a child does, before its first thread: from then on it leaves last words, and gains nothing more. Prints a line when that
 * cannot be: the process should end. */
DW_MUST dw_err dw__role_seal(const dw_app *app);

/* A child's beginnings: settings from the sealed memfd, image of the application. Prints a line and returns DW_INVALID when that cannot be. */
struct role_start {
    struct config config;
    struct image *image;
    struct arena arena; /* for `why` */
    struct buf why;
};
DW_MUST dw_err dw__role_start(struct role_start *start, enum role role, const dw_app *app,
                              const dw_build *build);
void dw__role_start_release(struct role_start *start);

#endif
