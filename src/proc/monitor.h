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

/* Descriptors in every child, by number. */
enum child_fd {
    CHILD_FD_CONTROL = 3, /* socketpair SEQPACKET to the monitor */
    CHILD_FD_BLOB,        /* sealed memfd: settings and secrets of this role */
    CHILD_FD_LOG,         /* the log's destination */
    CHILD_FD_FIRST        /* role-specific: listeners, ring memory, eventfds, in the order given */
};

enum role { ROLE_STORE = 1, ROLE_WORKER };

/* One child to keep alive. */
struct child_spec {
    enum role role;
    unsigned index;      /* 0 … within its role */
    int blob_fd;         /* borrowed */
    const int *fds;      /* borrowed; placed from CHILD_FD_FIRST on */
    size_t n_fds;
};

struct monitor_config {
    struct loop *loop;
    struct log *log;
    const struct child_spec *children; /* started in this order, each after the ones before are READY */
    size_t n_children;
    uid_t uid; /* children run as these when `drop`; supplementary groups are dropped too */
    gid_t gid;
    bool drop;
    unsigned drain_ms; /* then SIGKILL */
    int (*open_log)(void *self);      /* a new descriptor for the log, or -1 */
    int (*log_fd)(void *self);        /* the present one */
    void (*ready)(void *self);        /* all children are READY for the first time */
    /* SIGHUP: builds anew what children get; fills *children; DW_OK or the old stays. May be NULL. */
    dw_err (*reload)(void *self, const struct child_spec **children, size_t *n);
    void *self;
};

/* Runs until everything has ended; returns the exit status (0 after a drain). */
int dw__monitor_run(const struct monitor_config *config);

#endif
