/* proc/monitor_spawn.c -- one child of our own binary, with its descriptors at their places.
 *
 * What a child gets is all here: a name to be seen in ps, no environment, a socket to hear us on and a pipe to speak through, the sealed
 * settings of its role, the log, a place for its last words, and what its spec lists.  It runs as the unprivileged account before the first of its own instructions. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "os/socket.h"
#include "proc/monitor_inside.h"

_Static_assert(CHILD_FD_FIRST + DW__CHILD_FDS - 1 <= DW__PROCESS_FD_MAX, "every descriptor has a place");

const char *dw__monitor_name(const struct monitor *m)
{
    return m->config->name != NULL ? m->config->name : program_invocation_short_name;
}

int dw__slot_executable(const struct slot *s)
{
    return s->generation->executable >= 0 ? s->generation->executable : s->monitor->executable;
}

/* The two ways between us and a child: our ends, and its. */
struct link {
    int control[2]; /* 0: we send */
    int told[2];    /* 0: we read */
};

static void close_ends(const struct link *link, int end)
{
    if (link->control[end] >= 0)
        (void)close(link->control[end]);
    if (link->told[end] >= 0)
        (void)close(link->told[end]);
}

static bool open_link(struct link *link)
{
    *link = (struct link){{-1, -1}, {-1, -1}};
    return dw__socket_pair(link->control) == DW_OK && dw__socket_only_sends(link->control[0]) &&
           dw__pipe_new(link->told) == DW_OK;
}

static size_t list_fds(const struct slot *s, const struct link *link, struct process_fd *fds)
{
    const struct monitor_config *config = s->monitor->config;
    size_t n = 0;

    fds[n++] = (struct process_fd){link->control[1], CHILD_FD_CONTROL};
    fds[n++] = (struct process_fd){s->spec.blob_fd, CHILD_FD_BLOB};
    fds[n++] = (struct process_fd){config->log_fd(config->self), CHILD_FD_LOG};
    fds[n++] = (struct process_fd){s->crash_fd, CHILD_FD_CRASH};
    fds[n++] = (struct process_fd){link->told[1], CHILD_FD_TELL};
    for (size_t i = 0; i < s->spec.n_fds; i++)
        fds[n++] = (struct process_fd){s->spec.fds[i], CHILD_FD_FIRST + (int)i};
    return n;
}

static dw_err spawn(struct slot *s, const struct link *link)
{
    const struct monitor_config *config = s->monitor->config;
    struct process_fd fds[CHILD_FD_FIRST - CHILD_FD_CONTROL + DW__CHILD_FDS];
    char who[64], name[24], count[32];
    const char *argv[] = {who, count, NULL};
    struct process_spawn what = {.executable = dw__slot_executable(s),
                                 .argv = argv,
                                 .fds = fds,
                                 .switch_user = config->drop,
                                 .uid = config->uid,
                                 .gid = config->gid};

    snprintf(who, sizeof who, "%.32s: %s", dw__monitor_name(s->monitor), dw__slot_name(s, name));
    snprintf(count, sizeof count, "(%zu descriptors%s)", s->spec.n_fds, s->was_ready ? ", again" : "");
    what.n_fds = list_fds(s, link, fds);
    return dw__process_spawn(&what, &s->process);
}

bool dw__slot_spawn(struct slot *s)
{
    struct link link;
    int error;
    dw_err err = open_link(&link) && dw__slot_make_crash_slot(s) ? spawn(s, &link) : DW_UNAVAILABLE;

    error = err == DW_INVALID ? EBADF : errno;
    close_ends(&link, 1);
    if (err == DW_OK) {
        s->control = link.control[0];
        s->told.fd = link.told[0];
        return true;
    }
    close_ends(&link, 0);
    dw__slot_drop_crash_slot(s);
    errno = error;
    return false;
}
