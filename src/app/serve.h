/* app/serve.h -- what a server is made of before its processes start: sockets, rings, sealed settings, the list of children. */
#ifndef DW_APP_SERVE_H
#define DW_APP_SERVE_H

#include "app/command.h"
#include "app/role.h"

#define DW__MAX_CHILDREN (DW__MAX_CLIENTS + 1)

struct server_ring {
    int memory, wake_worker, wake_store;
};

struct server_plan {
    int listeners[DW__MAX_LISTENERS]; /* by dw__listener_index */
    size_t n_listeners;
    int admin;
    int family;                                /* of the stores, see store/lock.h */
    int counters;                              /* of this plan's workers, see app/counters.h */
    int limits;                                /* of all workers, see app/limits.h */
    struct server_ring rings[DW__MAX_CLIENTS]; /* the last is that of who runs jobs */
    size_t n_rings;
    int jobs_wake; /* eventfd: a job was put */
    int blob_worker, blob_store, blob_jobs;
    int worker_fds[DW__MAX_WORKERS][8 + DW__MAX_LISTENERS];
    int jobs_fds[8];
    int store_fds[1 + DW__MAX_CLIENTS * STORE_FDS_PER_RING];
    struct child_spec children[DW__MAX_CHILDREN];
    size_t n_children;
};

/* Binds, seals and lists. A line on standard error for what cannot be done; then DW_INVALID. */
DW_MUST dw_err dw__server_plan_make(struct server_plan *plan, const struct invocation *inv);
/* The plan of an upgrade: listeners, family and limits of `before`, rings of its own, sealed settings and whether there are jobs as it was answered
 * (copied). DW_UNAVAILABLE: *plan is empty. */
struct upgrade_answer;
DW_MUST dw_err dw__server_plan_next(struct server_plan *plan, const struct server_plan *before,
                                    const struct invocation *inv, const struct upgrade_answer *answer);
/* Closes what another plan does not share: rings and settings. */
void dw__server_plan_drop(struct server_plan *plan);
/* The settings of a role, sealed; *fd is the caller's. */
DW_MUST dw_err dw__settings_seal(const struct config *config, enum role role, int *fd);

/* False when `serve` must not run like that; a line in `why` for each reason, and for what is only to be known. */
bool dw__serve_holds(const struct invocation *inv, struct buf *why);
/* The settings that cannot change while the monitor runs, for app/handover.h; *fd is the caller's. */
DW_MUST dw_err dw__pinned_seal(const struct invocation *inv, int *fd);

#endif
