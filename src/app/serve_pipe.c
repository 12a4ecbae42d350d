/* app/serve_pipe.c -- pipes that children speak to each other through, of which the monitor keeps both ends. */
#include <fcntl.h>
#include <unistd.h>

#include "app/serve.h"

bool dw__server_pipe_new(struct server_pipe *p)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK | O_DIRECT) != 0)
        return false;
    *p = (struct server_pipe){ends[0], ends[1]};
    return true;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

void dw__server_pipe_close(struct server_pipe *p)
{
    close_fd(&p->read);
    close_fd(&p->write);
}
