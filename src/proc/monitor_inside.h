/* proc/monitor_inside.h -- what the monitor_* files share; nobody else includes it.
 *
 * A *slot* keeps one child alive: it is started, READY, dies, is started again.  A *generation* is the slots of one set of
 * settings.  There is the current one; during a reload the next, which is not used until all of it is READY; and then
 * the old one until it has drained.  Callbacks only note what happened and ask for a step; monitor_run.c takes it at
 * the end of the turn, so nothing is freed under a callback. */
#ifndef DW_PROC_MONITOR_INSIDE_H
#define DW_PROC_MONITOR_INSIDE_H

#include "os/process.h"
#include "proc/monitor.h"
#include "proc/msg.h"

enum slot_state {
    SLOT_WAITING,  /* to be started when its turn comes */
    SLOT_STARTING, /* runs, not READY yet */
    SLOT_READY,
    SLOT_DRAINING, /* was told to end */
    SLOT_BACKOFF,  /* died; its timer starts it again */
    SLOT_ENDED     /* for good */
};

struct slot {
    struct monitor *monitor;
    struct generation *generation;
    struct child_spec spec;
    enum slot_state state;
    struct process process;
    int control;     /* the socket that it hears us on; -1: no process */
    struct io told;  /* the pipe that it speaks through; fd -1: it is not listened to */
    struct io ended; /* the pidfd; fd -1: no process */
    int crash_fd;    /* where the process leaves its last words; -1: no process */
    struct timer timer;
    bool was_ready;              /* in this generation: then it is always replaced */
    bool said_ready, was_killed; /* this process */
    unsigned heard;              /* messages of this process */
    unsigned unanswered;         /* MSG_WATCH, since the last answer */
    unsigned
        unseen; /* successors in this slot of which the writer of the audit log has not said that it knows */
    uint64_t started_ns, ready_ns;
    unsigned backoff_ms;  /* before the next start */
    struct slot *adopter; /* a sibling that polls this one's listeners meanwhile */
};

struct generation {
    struct monitor *monitor;
    bool was_ready; /* all of it, once */
    bool on_trial;  /* all of it is READY, and about to take over */
    bool stood;     /* its trial is over */
    bool draining;
    bool last;      /* was told to end with everything */
    int executable; /* of its children, its own descriptor; -1: the monitor's binary */
    unsigned drain_ms, idle_ms;
    enum role
        phase; /* what is being drained: ROLE_WORKER: all clients; ROLE_STORE: the keeper too; 0: nothing yet */
    struct timer deadline; /* of the phase, or of the trial */
    size_t n;
    struct slot slots[];
};

struct monitor {
    const struct monitor_config *config;
    int executable; /* this very binary, whatever has been written at its path since */
    struct io signals;
    struct task step;
    struct generation *current, *next, *old;
    struct timer watch, sweep;
    bool was_ready, stopping, reload_wanted, reload_asked; /* asked: the answer is to come */
    bool sweeping;                                         /* there were processes that are not ours */
    int status;
};

/* ---- monitor_run.c ---- */

/* Takes a step at the end of this turn. */
void dw__monitor_step_soon(struct monitor *m);
/* Begins to end everything; the first status that is given counts. */
void dw__monitor_stop(struct monitor *m, int status);
/* Sets `timer` to fire in `ms`; stops the monitor when there is no memory for it. */
void dw__monitor_timer(struct monitor *m, struct timer *timer, unsigned ms);

/* ---- monitor_generation.c ---- */

/* Slots for n children of the program `executable`, which is copied (-1: the monitor's). NULL when there is no memory or descriptor, or a spec is
 * out of bounds. */
struct generation *dw__generation_new(struct monitor *m, const struct child_spec *specs, size_t n,
                                      int executable);
/* Only when every slot has ended. NULL is fine. */
void dw__generation_free(struct generation *g);
/* Starts what may be started now. */
void dw__generation_start(struct generation *g);
bool dw__generation_is_ready(const struct generation *g);
/* Whether it has been READY for as long as a generation must before it takes over; to be called when it is READY. */
bool dw__generation_stands(struct generation *g);
/* Whether a process runs that needs the store. */
bool dw__generation_has_clients(const struct generation *g);
/* Gives listeners whose worker is not there to a sibling, and back. */
void dw__generation_settle(struct generation *g);
/* Takes draining one step further; true when every slot has ended. */
bool dw__generation_drain(struct generation *g);
/* Kills what the present phase still waits for. */
void dw__generation_hurry(struct generation *g);
/* Sends a message to every child that runs, or to those that need the store. */
void dw__generation_tell(struct generation *g, enum msg_type type, int fd);
void dw__generation_tell_clients(struct generation *g, enum msg_type type);

/* ---- monitor_slot.c ---- */

void dw__slot_init(struct slot *s, struct generation *g, const struct child_spec *spec);
/* Whether there is a process. */
bool dw__slot_runs(const struct slot *s);
/* "store", "worker 1", "jobs". */
const char *dw__slot_name(const struct slot *s, char out[static 24]);
void dw__slot_start(struct slot *s);
/* Sends a message; a child that does not read is killed. */
void dw__slot_tell(struct slot *s, enum msg_type type, uint32_t number, int fd);
/* SIGKILL, with the reason in the log; what else it says is not heard. */
void dw__slot_kill(struct slot *s, const char *why);
/* Asks it to end; at once when nothing runs. */
void dw__slot_drain(struct slot *s);

/* ---- monitor_spawn.c ---- */

/* The program that the child of `s` is, borrowed. */
int dw__slot_executable(const struct slot *s);
/* The program's name, for people. */
const char *dw__monitor_name(const struct monitor *m);
/* Starts the process of `s` and watches nothing yet: s->process, s->control and s->told.fd are set. False: errno tells. */
DW_MUST bool dw__slot_spawn(struct slot *s);

/* ---- monitor_crash.c ---- */

/* Makes s->crash_fd, for one process. False: errno tells. */
DW_MUST bool dw__slot_make_crash_slot(struct slot *s);
void dw__slot_drop_crash_slot(struct slot *s);
/* To be called once for a process of `s` that was reaped: logs a crash as its last words and `status` have it; false when it left none. */
bool dw__slot_log_crash(struct slot *s, int pid, int status);

/* ---- monitor_watch.c ---- */

/* Asks workers at intervals from now on, and takes what children leave behind. */
void dw__monitor_watch_begin(struct monitor *m);
/* Ends what children have left behind; to be called when one has ended. */
void dw__monitor_sweep(struct monitor *m);
/* The last time. */
void dw__monitor_watch_end(struct monitor *m);

/* ---- monitor_signals.c ---- */

DW_MUST bool dw__monitor_signals(struct monitor *m);
/* Asks config->next_audit_log, and gives all writers what it gives. */
void dw__monitor_next_audit_log(struct monitor *m);
/* Makes the next generation from what config->reload gives. */
void dw__monitor_reload(struct monitor *m);

#endif
