/* app/serve.h -- what a server is made of before its processes start: sockets, rings, sealed settings, the list of children. */
#ifndef DW_APP_SERVE_H
#define DW_APP_SERVE_H

#include "app/command.h"
#include "app/role.h"

#define DW__MAX_CHILDREN (DW__MAX_WORKERS + 1)

struct server_plan {
    int listeners[DW__MAX_LISTENERS]; /* by dw__listener_index */
    size_t n_listeners;
    int admin;
    struct {
        int memory, wake_worker, wake_store;
    } rings[DW__MAX_WORKERS];
    int blob_worker, blob_store;
    int worker_fds[DW__MAX_WORKERS][8 + DW__MAX_LISTENERS];
    int store_fds[DW__MAX_WORKERS * STORE_FDS_PER_RING];
    struct child_spec children[DW__MAX_CHILDREN];
    size_t n_children;
};

/* Binds, seals and lists. A line on standard error for what cannot be done; then DW_INVALID. */
DW_MUST dw_err dw__server_plan_make(struct server_plan *plan, const struct invocation *inv);

#endif
