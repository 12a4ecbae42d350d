/* proc/msg.h -- what the monitor and its children say to each other.
 *
 * Every message has one size, a type and a number.  Who sent it is where it came from, never a field in it.  One table says who may
 * send what; anything else is refused whole, and its sender is broken or taken over.
 *
 * Down, from the monitor, messages go over a socket, at most with one descriptor.  Up, from a worker or the store, they go through a pipe,
 * and nothing can be sent to the monitor's end of the socket: whoever may send a descriptor may send one that takes its receiver as long
 * as he likes to close (SO_LINGER), read or not.  Only the probe, which is a program that the operator put there, answers over its socket. */
#ifndef DW_PROC_MSG_H
#define DW_PROC_MSG_H

#include <stdint.h>

#include "proc/monitor.h"
#include <dw/types.h>

/* X(name, number, who sends it, whether the number means something, whether a descriptor comes with it) */
#define DW__MESSAGES(X)                                                                                     \
    X(READY, 1, SENT_BY_ALL, false, false) /* it works from now on */                                       \
    X(BLAME, 2, SENT_BY_STORE | SENT_BY_AUDIT | SENT_BY_KEEPER, true,                                       \
      false)                                   /* client `number` broke the rules towards it */             \
    X(SETTINGS, 3, SENT_BY_PROBE, true, true)  /* sealed: role `number`'s; 0: the monitor's */              \
    X(REFUSED, 5, SENT_BY_PROBE, false, false) /* it will not take over, and the log says why */            \
    X(ALIVE, 4, SENT_BY_WORKER | SENT_BY_JOBS | SENT_BY_KEEPER, false, false) /* the answer to WATCH */     \
    X(NEXT_FILE, 8, SENT_BY_AUDIT, false, false) /* the file of the audit log is full */                    \
    X(SEEN, 9, SENT_BY_AUDIT, true, false)       /* what came before the last SUCCESSOR `number` is read */ \
    X(DRAIN, 16, SENT_BY_MONITOR, true, false)   /* finish and end; number 1: nobody takes over */          \
    X(AUDIT_LOG, 23, SENT_BY_MONITOR, false, true)   /* write the audit log to this from now on */          \
    X(SUCCESSOR, 26, SENT_BY_MONITOR, true, false)   /* client `number` is another process from now on */   \
    X(LOG, 17, SENT_BY_MONITOR, false, true)         /* write log lines to this from now on */              \
    X(ADOPT, 18, SENT_BY_MONITOR, true, false)       /* poll the listeners of worker `number` too */        \
    X(GIVE_UP, 19, SENT_BY_MONITOR, true, false)     /* no longer */                                        \
    X(STORE_DOWN, 20, SENT_BY_MONITOR, false, false) /* what was sent to the store will not be answered */  \
    X(STORE_UP, 21, SENT_BY_MONITOR, false, false)                                                          \
    X(KEEPER_UP, 24, SENT_BY_MONITOR, false, false) /* there is another keeper: ask again */                \
    X(WATCH, 22, SENT_BY_MONITOR, false, false)     /* to be answered from the loop */

enum msg_sender {
    SENT_BY_MONITOR = 1,
    SENT_BY_STORE = 1 << ROLE_STORE,
    SENT_BY_WORKER = 1 << ROLE_WORKER,
    SENT_BY_JOBS = 1 << ROLE_JOBS,
    SENT_BY_AUDIT = 1 << ROLE_AUDIT,
    SENT_BY_KEEPER = 1 << ROLE_KEEPER,
    SENT_BY_PROBE = 1 << ROLE_PROBE,
    SENT_BY_ALL =
        SENT_BY_STORE | SENT_BY_WORKER | SENT_BY_JOBS | SENT_BY_AUDIT | SENT_BY_KEEPER | SENT_BY_PROBE
};

#define DW__MSG_ENUM(name, code, senders, numbered, fd) MSG_##name = code,
enum msg_type { DW__MESSAGES(DW__MSG_ENUM) };

struct msg {
    uint32_t type;   /* enum msg_type */
    uint32_t number; /* below DW__MAX_CLIENTS; 0 where it means nothing */
};

/* The sender that a child of `role` is. */
enum msg_sender dw__msg_sender(enum role role);

/* Sends one message, with descriptor `fd` (which stays the caller's) or -1. DW_UNAVAILABLE: no room, the receiver does not read;
 * DW_CANCELED: there is no receiver any more. */
DW_MUST dw_err dw__msg_send(int socket, enum msg_type type, uint32_t number, int fd);
/* The same through a pipe. */
DW_MUST dw_err dw__msg_write(int pipe, enum msg_type type, uint32_t number);
/* The next message of `sender`. DW_OK: in *out, and *fd is its descriptor, the caller's, or -1. DW_NOT_FOUND: none now. DW_CANCELED: the
 * sender is gone. DW_INVALID: not a message that `sender` may send; *why is a static phrase. */
DW_MUST dw_err dw__msg_receive(int socket, enum msg_sender sender, struct msg *out, int *fd,
                               const char **why);
/* The same from a pipe. */
DW_MUST dw_err dw__msg_read(int pipe, enum msg_sender sender, struct msg *out, const char **why);

#endif
