/* proc/monitor.h -- the process that starts privileged and parses nothing from the network.
 *
 * It holds the listening sockets, starts the others by fork and exec of the same binary with descriptors at fixed places, reaps and
 * respawns them with back-off, drains on SIGTERM and SIGINT, swaps on SIGHUP, has logs reopened on SIGUSR1.  It does not know
 * what the others do. */
#ifndef DW_PROC_MONITOR_H
#define DW_PROC_MONITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/log.h"
#include "os/loop.h"

#define DW__MAX_WORKERS 64u
#define DW__MAX_LISTENERS 64u
/* Those that have a ring to the store: the workers, and the one that runs jobs. */
#define DW__MAX_CLIENTS (DW__MAX_WORKERS + 1)
/* Most descriptors of one child beyond the fixed ones. */
#define DW__CHILD_FDS 240u

/* Descriptors in every child, by number. */
enum child_fd {
    CHILD_FD_CONTROL = 3, /* a socket (SEQPACKET) on which the monitor speaks, and a probe answers */
    CHILD_FD_BLOB,        /* sealed memfd: settings and secrets of this role */
    CHILD_FD_LOG,         /* the log's destination */
    CHILD_FD_CRASH,       /* where it leaves its last words, see proc/crash.h */
    CHILD_FD_TELL,        /* a pipe, to speak to the monitor */
    CHILD_FD_FIRST        /* role-specific: listeners, ring memory, eventfds, in the order given */
};

enum role {
    ROLE_STORE = 1,
    ROLE_WORKER,
    ROLE_JOBS,   /* runs jobs; there is one, or none */
    ROLE_AUDIT,  /* writes the audit log; there is one, or none */
    ROLE_KEEPER, /* holds signing keys; there is one, or none */
    ROLE_PROBE   /* looks, for an upgrade, whether a program could take over; no generation has one */
};

/* Whether a child of `role` needs the store and the keeper: it starts behind them, ends before them, and hears of their deaths. */
static inline bool dw__role_is_client(enum role role)
{
    return role == ROLE_WORKER || role == ROLE_JOBS;
}

/* One child to keep alive. */
struct child_spec {
    enum role role;
    unsigned
        index; /* 0 … below DW__MAX_WORKERS, within its role; 0 for the store, the audit log and the keeper; of jobs the one behind the last
                     * worker's. It is the number of its ring, by which the store blames it */
    int blob_fd;    /* borrowed, as all descriptors here, until the monitor has ended or they are retired */
    const int *fds; /* borrowed; placed from CHILD_FD_FIRST on */
    size_t n_fds;   /* at most DW__CHILD_FDS */
};

struct monitor_config {
    struct loop *loop;
    struct log *log;
    const char *name; /* of the program, for argv of children; NULL: as this process is called */
    const struct child_spec *
        children; /* started in this order: the audit log; the keeper and the store when that is READY; then their clients together */
    size_t n_children;
    uid_t uid; /* children run as these when `drop`; supplementary groups are dropped too */
    gid_t gid;
    bool drop;
    unsigned watch_ms; /* a worker, or the keeper, is asked this often whether its loop turns; 0: never */
    unsigned ready_ms; /* how long a child may take until it is READY; 0: 10 seconds */
    unsigned
        store_ready_ms; /* the first store, which may have a database to bring up to date; 0: as the others */
    unsigned drain_ms;  /* then SIGKILL */
    unsigned
        idle_ms; /* added to drain_ms for children that others replace: idle connections end by themselves */
    int (*open_log)(void *self); /* a new descriptor for the log (the monitor's from then on), or -1 */
    int (*log_fd)(void *self);   /* the present one, borrowed */
    /* The same of the audit log; the descriptor is the monitor's to close. -1: there is none, or it cannot be opened. May be NULL */
    int (*open_audit_log)(void *self);
    /* The same when its writer says that the file is full. -1: it is not, or there is no other. */
    int (*next_audit_log)(void *self);
    void (*ready)(void *self); /* all children are READY for the first time; may be NULL */
    /* SIGHUP: builds anew what children get; fills *children; DW_OK or the old stays. May be NULL. DW_NOT_FOUND: it is not known yet,
     * dw__monitor_reload_end will say; until then it is not called again. */
    dw_err (*reload)(void *self, const struct child_spec **children, size_t *n);
    /* What the last reload gave is in service now, and what was before is about to end, or the other way round. May be NULL. */
    void (*reloaded)(void *self, bool in_service);
    void (*retired)(void *self); /* … and now it has ended: nothing of it is used any more. May be NULL */
    /* Whether a child of this process that the monitor did not start is meant to be there. NULL: there are none. */
    bool (*knows)(void *self, pid_t pid);
    struct monitor **handle; /* set before anything is called; NULL: not wanted */
    void *self;
};

/* Runs until everything has ended. Returns 0 after a drain. When a child cannot be started the first time: its own exit status, or
 * EX_SOFTWARE when it was killed or not READY in time, EX_OSERR when it could not be executed; everything else has been
 * drained then. Blocks SIGTERM, SIGINT, SIGHUP and SIGUSR1 for good. */
int dw__monitor_run(const struct monitor_config *config);

/* The first child that is not READY yet ("worker 0"), or NULL when all are: for who wonders what takes so long. */
const char *dw__monitor_waits_for(const struct monitor *m, char name[static 24]);
/* As if SIGHUP had come. */
void dw__monitor_ask_reload(struct monitor *m);

/* What reload did not know yet: DW_OK with children, of the program `executable` (borrowed for this call; -1: this one), with config->drain_ms
 * and idle_ms as they are now; anything else: the old stays. From the loop, outside of reload. */
void dw__monitor_reload_end(struct monitor *m, dw_err err, const struct child_spec *children, size_t n,
                            int executable);

#endif
