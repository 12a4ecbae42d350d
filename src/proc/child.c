/* proc/child.c -- a child knows itself by its argv, hears the monitor on one socket, speaks through a pipe, and does not outlive it. */
#include "proc/child.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/list.h"
#include "base/text.h"
#include "proc/msg.h"

struct child_link {
    struct io io;
    struct loop *loop;
    struct child_handlers handlers;
    bool draining, last;
};

/* ---- who am I ---- */

static bool take_prefix(dw_text *t, dw_text prefix)
{
    if (!dw__text_starts(*t, prefix))
        return false;
    *t = (dw_text){t->p + prefix.n, t->n - prefix.n};
    return true;
}

static bool take_suffix(dw_text *t, dw_text suffix)
{
    if (t->n < suffix.n || !dw__text_eq((dw_text){t->p + t->n - suffix.n, suffix.n}, suffix))
        return false;
    t->n -= suffix.n;
    return true;
}

/* Those of which there is one. */
static const struct single {
    const char *name;
    enum role role;
} singles[] = {{"store", ROLE_STORE},
               {"jobs", ROLE_JOBS},
               {"audit", ROLE_AUDIT},
               {"keeper", ROLE_KEEPER},
               {"probe", ROLE_PROBE}};

/* One of these, or "worker 1". */
static bool role_of(dw_text t, enum role *role, unsigned *index)
{
    uint64_t number = 0;

    *index = 0;
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++)
        if (dw__text_eq(t, dw__text_of(singles[i].name))) {
            *role = singles[i].role;
            return true;
        }
    if (!take_prefix(&t, DW_TEXT("worker ")) || !dw__text_u64(t, &number) || number >= DW__MAX_WORKERS)
        return false;
    *role = ROLE_WORKER;
    *index = (unsigned)number;
    return true;
}

/* "(7 descriptors)", "(7 descriptors, again)". */
static bool descriptors_of(dw_text t, size_t *n, bool *again)
{
    uint64_t number;

    if (!take_prefix(&t, DW_TEXT("(")) || !take_suffix(&t, DW_TEXT(")")))
        return false;
    *again = take_suffix(&t, DW_TEXT(", again"));
    if (!take_suffix(&t, DW_TEXT(" descriptors")) || !dw__text_u64(t, &number) || number > DW__CHILD_FDS)
        return false;
    *n = (size_t)number;
    return true;
}

static bool has_control(void)
{
    int type = 0;
    socklen_t n = sizeof type;

    return getsockopt(CHILD_FD_CONTROL, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_SEQPACKET;
}

bool dw__child_is(int argc, char **argv, struct child_self *self)
{
    dw_text who;

    if (argc != 2)
        return false;
    who = dw__text_of(argv[0]);
    for (size_t i = who.n; i >= 2; i--)
        if (who.p[i - 2] == ':' && who.p[i - 1] == ' ')
            return role_of((dw_text){who.p + i, who.n - i}, &self->role, &self->index) &&
                   descriptors_of(dw__text_of(argv[1]), &self->n_fds, &self->again) && has_control();
    return false;
}

/* ---- the link ---- */

/* Nothing is left to do for a monitor that is gone or not itself. */
__attribute__((noreturn)) static void orphaned(int status)
{
    _exit(status);
}

static void tell(enum msg_type type, unsigned number)
{
    if (dw__msg_write(CHILD_FD_TELL, type, number) != DW_OK)
        orphaned(EX_UNAVAILABLE);
}

static void call(void (*fn)(void *self), void *self)
{
    if (fn != NULL)
        fn(self);
}

static void call_with(void (*fn)(void *self, unsigned index), void *self, unsigned index)
{
    if (fn != NULL)
        fn(self, index);
}

static void drain(struct child_link *link, bool last)
{
    if (link->draining && (!last || link->last))
        return;
    link->draining = true;
    link->last = last;
    if (link->handlers.drain != NULL)
        link->handlers.drain(link->handlers.self, last);
}

static void change(const struct child_link *link, void (*fn)(void *self, int fd), int fd)
{
    if (fn != NULL)
        fn(link->handlers.self, fd);
    else
        (void)close(fd);
}

static void handle(struct child_link *link, const struct msg *msg, int fd)
{
    const struct child_handlers *h = &link->handlers;

    switch ((enum msg_type)msg->type) {
    case MSG_DRAIN: drain(link, msg->number == 1); return;
    case MSG_LOG: change(link, h->log, fd); return;
    case MSG_AUDIT_LOG: change(link, h->audit_log, fd); return;
    case MSG_ADOPT: call_with(h->adopt, h->self, msg->number); return;
    case MSG_GIVE_UP: call_with(h->give_up, h->self, msg->number); return;
    case MSG_STORE_DOWN: call(h->store_down, h->self); return;
    case MSG_STORE_UP: call(h->store_up, h->self); return;
    case MSG_KEEPER_UP: call(h->keeper_up, h->self); return;
    case MSG_SUCCESSOR:
        call_with(h->successor, h->self, msg->number);
        tell(MSG_SEEN, msg->number);
        return;
    case MSG_WATCH: tell(MSG_ALIVE, 0); return;
    case MSG_ALIVE:
    case MSG_READY:
    case MSG_REFUSED:
    case MSG_SETTINGS:
    case MSG_NEXT_FILE:
    case MSG_SEEN:
    case MSG_BLAME: orphaned(EX_SOFTWARE); /* the table does not let the monitor send these */
    }
}

/* One message a call: a handler may end the link. */
static void on_control(struct io *io, uint32_t events)
{
    struct child_link *link = DW__LIST_ENTRY(io, struct child_link, io);
    struct msg msg;
    const char *why;
    int fd = -1;

    (void)events;
    switch (dw__msg_receive(io->fd, SENT_BY_MONITOR, &msg, &fd, &why)) {
    case DW_OK: handle(link, &msg, fd); return;
    case DW_NOT_FOUND: return;
    case DW_CANCELED: orphaned(EX_UNAVAILABLE);
    default: orphaned(EX_SOFTWARE);
    }
}

dw_err dw__child_link_new(struct child_link **out, struct loop *loop, const struct child_handlers *handlers)
{
    struct child_link *link = calloc(1, sizeof *link);
    dw_err err;

    *out = NULL;
    if (link == NULL)
        return DW_UNAVAILABLE;
    link->io = (struct io){.fn = on_control, .fd = CHILD_FD_CONTROL};
    link->loop = loop;
    link->handlers = *handlers;
    err = dw__loop_watch(loop, &link->io, EPOLLIN);
    if (err != DW_OK) {
        free(link);
        return err;
    }
    *out = link;
    return DW_OK;
}

void dw__child_ready(struct child_link *link)
{
    (void)link;
    tell(MSG_READY, 0);
}

void dw__child_blame(struct child_link *link, unsigned index)
{
    (void)link;
    tell(MSG_BLAME, index);
}

void dw__child_ask_next_file(struct child_link *link)
{
    (void)link;
    tell(MSG_NEXT_FILE, 0);
}

void dw__child_link_free(struct child_link *link)
{
    if (link == NULL)
        return;
    dw_err removed = dw__loop_watch(link->loop, &link->io, 0);
    (void)removed; /* removing never fails */
    free(link);
}
