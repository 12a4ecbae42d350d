/* proc/child.h -- a child's side of its link to the monitor.
 *
 * dw_x_main of the same binary sees that it was started as a child and calls its role; the role reports READY and hears DRAIN and
 * LOG here.  Messages are fixed-size and typed (proc/msg.h); the sender is the socket they came on. */
#ifndef DW_PROC_CHILD_H
#define DW_PROC_CHILD_H

#include <stdbool.h>

#include "os/loop.h"
#include "proc/monitor.h"

/* What a child is told of itself. */
struct child_self {
    enum role role;
    unsigned index;
    size_t n_fds; /* that are specific to the role */
    bool again;   /* it takes the place of one that was READY, of the same program with the same settings */
};
/* Whether this process was started by a monitor as a child. Looks at argv, which the monitor wrote ("coffer: worker 1", "(7 descriptors)"
 * or "(7 descriptors, again)"), and at the control socket, which nobody else gives. */
bool dw__child_is(int argc, char **argv, struct child_self *self);

struct child_link;
struct child_handlers {
    void *self;
    /* Stop taking, finish, then end the process; `last`: no other takes over. Called once, or once more when it becomes the last. */
    void (*drain)(void *self, bool last);
    void (*log)(void *self, int fd); /* write to fd (owned) from now on */
    void (*adopt)(void *self,
                  unsigned index); /* poll the listeners of worker `index` too: it died; NULL: not a worker */
    void (*give_up)(void *self, unsigned index); /* it is back */
    void (*store_down)(void *self); /* the store died: what it was sent is not answered; may be NULL */
    void (*store_up)(void *self);   /* there is another one; may be NULL */
    void (*keeper_up)(void *self);  /* the keeper died, and there is another one; may be NULL */
    void (*audit_log)(void *self,
                      int fd); /* write the audit log to fd (owned) from now on; NULL: not its writer */
    /* To the writer of the audit log: what client `index` has sent until now is of a process that is dead, and all of it is to be read in this call: no
     * blame that was said before its end is for the new process. NULL: not its writer. */
    void (*successor)(void *self, unsigned index);
};
/* Listens on CHILD_FD_CONTROL, and speaks through CHILD_FD_TELL. The process ends when the monitor is gone. */
DW_MUST dw_err dw__child_link_new(struct child_link **out, struct loop *loop,
                                  const struct child_handlers *handlers);
/* To be called once: other roles may be started now, and a worker's listeners are its own. */
void dw__child_ready(struct child_link *link);
/* The store, the keeper, or who writes the audit log, tells that client `index` broke the rules towards it: the monitor kills and replaces it. */
void dw__child_blame(struct child_link *link, unsigned index);
/* The writer of the audit log asks for another file; it comes by `audit_log`, or not. */
void dw__child_ask_next_file(struct child_link *link);
void dw__child_link_free(struct child_link *link);

#endif
