/* os/process.h -- starting our other roles, hearing from them, and signals as something to read.
 *
 * A role is our own binary, executed anew (its own address-space layout), with exactly the descriptors of a table and nothing else
 * from its parent: no environment, no signal mask, no open file. */
#ifndef DW_OS_PROCESS_H
#define DW_OS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <dw/err.h>
#include <dw/types.h>

/* Opens /dev/null at each of 0, 1 and 2 that is closed, so that nothing else can come to lie there and be read or written as a standard
 * stream. To be called before anything is opened. DW_UNAVAILABLE when that cannot be. */
DW_MUST dw_err dw__process_standard_fds(void);

/* Highest number a descriptor can be placed at. */
#define DW__PROCESS_FD_MAX 255

struct process_fd {
    int fd; /* of the parent, which keeps it */
    int at; /* its number in the child, 0 to DW__PROCESS_FD_MAX, each once */
};

struct process_spawn {
    int executable;               /* a descriptor of it, see dw__process_self; the parent keeps it */
    const char *const *argv;      /* ends with NULL */
    const char *const *envp;      /* ends with NULL; NULL: empty */
    const struct process_fd *fds; /* numbers 0 and 1 that are not in it are /dev/null, 2 is the parent's */
    size_t n_fds;
    bool switch_user; /* to uid and gid, with no other groups */
    uid_t uid;
    gid_t gid;
};

struct process {
    pid_t pid;
    int pidfd; /* readable when it has ended; close-on-exec */
};

/* A descriptor of the binary that runs now, whatever has been written at its path since. */
DW_MUST dw_err dw__process_self(int *fd);

/* Starts a child in a process group of its own that is killed when the calling thread ends. DW_OK when it has been executed; else there
 * is no child: DW_DENIED (may not switch user, may not execute), DW_INVALID (a number out of range), DW_UNAVAILABLE; errno tells. */
DW_MUST dw_err dw__process_spawn(const struct process_spawn *what, struct process *out);
/* Reaps the child if it has ended: true, its status as waitpid(2) gives it in *status, and the pidfd closed. Never waits. */
bool dw__process_reap(struct process *process, int *status);
/* Sends `signal`; harmless when it has ended. Never another process, though its number be reused. */
void dw__process_signal(const struct process *process, int signal);

/* Blocks `signals` for this thread (and those it starts) and gives a descriptor to read them from; SIGPIPE is ignored from now on. */
DW_MUST dw_err dw__signals_open(const int *signals, size_t n, int *fd);
/* The next signal, or 0 when there is none. */
int dw__signals_read(int fd);

#endif
