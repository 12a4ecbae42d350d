/* os/orphans.c -- see os/orphans.h.
 *
 * The kernel lists a thread's children in /proc, as numbers.  A child that was not reaped keeps its number, so none of them can be
 * another process by the time it is killed.  What does not fit is found the next time. */
#include "os/orphans.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

#define LIST_MAX ((size_t)16 << 10)

void dw__orphans_take(void)
{
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/* The beginning of the list, without a number that was cut. */
static dw_text read_list(char *p, size_t size)
{
    char path[64];
    size_t used = 0;
    ssize_t n;
    int fd;

    (void)snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return (dw_text){p, 0};
    while ((n = read(fd, p + used, size - used)) > 0 || (n < 0 && errno == EINTR))
        used += n > 0 ? (size_t)n : 0;
    (void)close(fd);
    while (used > 0 && p[used - 1] != ' ')
        used--;
    return (dw_text){p, used};
}

size_t dw__orphans_end(bool (*is_known)(void *self, pid_t pid), void *self)
{
    char list[LIST_MAX];
    dw_text rest = read_list(list, sizeof list);
    uint64_t pid;
    size_t n = 0;

    while (rest.n > 0) {
        if (!dw__text_u64(dw__text_cut(&rest, ' '), &pid) || pid <= 1 || pid > INT32_MAX ||
            is_known(self, (pid_t)pid))
            continue;
        (void)kill((pid_t)pid, SIGKILL);
        (void)waitpid((pid_t)pid, NULL, WNOHANG);
        n++;
    }
    return n;
}
