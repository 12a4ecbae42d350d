/* app/serve.h -- what a server is made of before its processes start: sockets, rings, sealed settings, the list of children. */
#ifndef DW_APP_SERVE_H
#define DW_APP_SERVE_H

#include "app/command.h"
#include "app/role.h"
#include "base/log.h"

#define DW__MAX_CHILDREN (DW__MAX_CLIENTS + 3)

struct server_ring {
    int memory, wake_worker, wake_store;
};

/* A pipe that keeps what is written apart (O_DIRECT, pipe(7)); the monitor holds both ends, so that what was sent waits for a successor. */
struct server_pipe {
    int read, write;
};
#define DW__NO_PIPE ((struct server_pipe){-1, -1})

/* What leads to and from who writes the audit log; all -1 when there is none. */
struct audit_plan {
    int log, tail, before,
        heads; /* files, as in enum audit_fd; before and heads: /dev/null where there is none */
    struct server_pipe monitor; /* these five are of all plans */
    int null;                   /* for who must have a descriptor where there is no audit log */
    struct server_pipe store;
    struct server_pipe records[DW__MAX_CLIENTS], answers[DW__MAX_CLIENTS]; /* by ring */
    int blob;
    int fds[AUDIT_FD_CLIENTS - CHILD_FD_FIRST + DW__MAX_CLIENTS * AUDIT_FDS_PER_CLIENT];
};

/* What leads to and from the keeper of signing keys. */
struct keeper_plan {
    bool is_there;
    struct server_pipe asks[DW__MAX_CLIENTS], answers[DW__MAX_CLIENTS]; /* by ring */
    int blob;
    int fds[DW__MAX_CLIENTS * KEEPER_FDS_PER_CLIENT];
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
    struct audit_plan audit;
    struct keeper_plan keeper;
    int blob_worker, blob_store, blob_jobs;
    int worker_fds[DW__MAX_WORKERS][WORKER_FD_LISTEN - CHILD_FD_FIRST + DW__MAX_LISTENERS];
    int jobs_fds[CLIENT_FD_OWN - CHILD_FD_FIRST];
    int store_fds[2 + DW__MAX_CLIENTS * STORE_FDS_PER_RING];
    struct child_spec children[DW__MAX_CHILDREN];
    size_t n_children;
};

/* ---- serve_pipe.c ---- */

/* False when the system has none. */
DW_MUST bool dw__server_pipe_new(struct server_pipe *p);
/* Closes what is open of it; DW__NO_PIPE is fine. */
void dw__server_pipe_close(struct server_pipe *p);

/* ---- serve_audit.c ---- */

/* Everything of *audit is -1. */
void dw__audit_plan_init(struct audit_plan *audit);
/* Opens the files. A line on standard error when that cannot be; then DW_INVALID. */
DW_MUST dw_err dw__audit_plan_open(struct audit_plan *audit, const struct invocation *inv);
/* The files of `before`, for another plan. */
void dw__audit_plan_share(struct audit_plan *audit, const struct audit_plan *before);
/* Makes the pipes of this plan's n clients. */
DW_MUST dw_err dw__audit_plan_pipes(struct audit_plan *audit, size_t n);
/* Lists what the writer gets; how many. */
size_t dw__audit_plan_fds(struct audit_plan *audit, size_t n_clients);
/* What client i gets, two descriptors from *fds on. */
void dw__audit_plan_client(const struct audit_plan *audit, size_t i, int *fds);
/* Opens the log anew, at the same descriptors: what children are given from now on. A copy for who writes it now, or -1. */
int dw__audit_plan_reopen(struct audit_plan *audit, const struct invocation *inv);
/* The same when the writer says that its file is full: if it is, that gets another name, and files that are too old are removed. */
int dw__audit_plan_next(struct audit_plan *audit, const struct invocation *inv, struct log *log,
                        int64_t now_ms);
/* Closes what other plans do not share. */
void dw__audit_plan_drop(struct audit_plan *audit);

/* ---- serve_keeper.c ---- */

/* Whether access tokens can be issued, and are signed by a key that who verifies them need not have. */
bool dw__keeper_is_needed(const struct invocation *inv);
/* Everything of *keeper is -1, and it is not there. */
void dw__keeper_plan_init(struct keeper_plan *keeper);
/* It is there, with pipes for n clients. */
DW_MUST dw_err dw__keeper_plan_pipes(struct keeper_plan *keeper, size_t n);
/* Lists what it gets; how many. */
size_t dw__keeper_plan_fds(struct keeper_plan *keeper, size_t n_clients);
/* What client i gets, two descriptors from *fds on; `null` where there is no keeper. */
void dw__keeper_plan_client(const struct keeper_plan *keeper, size_t i, int null, int *fds);
void dw__keeper_plan_drop(struct keeper_plan *keeper);

/* Binds, seals and lists. A line on standard error for what cannot be done; then DW_INVALID. */
DW_MUST dw_err dw__server_plan_make(struct server_plan *plan, const struct invocation *inv);
/* The plan of an upgrade: listeners, family and limits of `before`, rings of its own, sealed settings and which children there are as it was answered
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
