/* os/process.c -- fork and exec of our own binary, with fixed descriptors.
 *
 * Between fork and exec only system calls happen: the parent may have threads whose locks are held for ever in the child.  What
 * fails there is told to the parent through a pipe that a successful exec closes.
 *
 * The order in the child matters.  Descriptors are first moved above all fixed numbers, so that placing one cannot overwrite
 * another that is still to be placed.  The death signal comes after the change of user, which would clear it. */
#define _GNU_SOURCE
#include "os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/fault.h"

dw_err dw__process_standard_fds(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) /* the lowest that is free */
            return DW_UNAVAILABLE;
    return DW_OK;
}

dw_err dw__process_self(int *fd)
{
    *fd = open("/proc/self/exe", O_PATH | O_CLOEXEC);
    return *fd >= 0 ? DW_OK : DW_UNAVAILABLE;
}

/* ---- in the child ---- */

/* A copy of fd above all fixed numbers, closed by exec; -1 on failure. */
static int lifted(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, DW__PROCESS_FD_MAX + 1);
}

static bool is_placed(const struct process_spawn *what, int at)
{
    for (size_t i = 0; i < what->n_fds; i++)
        if (what->fds[i].at == at)
            return true;
    return false;
}

static bool place_descriptors(const struct process_spawn *what)
{
    int high[DW__PROCESS_FD_MAX + 1];
    for (size_t i = 0; i < what->n_fds; i++)
        if ((high[i] = lifted(what->fds[i].fd)) < 0)
            return false;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || (null = lifted(null)) < 0)
        return false;
    if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) != 0)
        return false;
    for (int at = 0; at <= 1; at++)
        if (!is_placed(what, at) && dup2(null, at) < 0)
            return false;
    for (size_t i = 0; i < what->n_fds; i++)
        if (dup2(high[i], what->fds[i].at) < 0) /* dup2 leaves the copy open across exec */
            return false;
    return true;
}

/* Gives up all other identities, and sees that they are gone. */
static bool become(uid_t uid, gid_t gid)
{
    if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
        return false;
    uid_t u[3];
    gid_t g[3];
    if (getresuid(&u[0], &u[1], &u[2]) != 0 || getresgid(&g[0], &g[1], &g[2]) != 0 || getgroups(0, NULL) != 0)
        return false;
    for (int i = 0; i < 3; i++)
        if (u[i] != uid || g[i] != gid)
            return false;
    if (uid != 0 && (setuid(0) == 0 || setgid(0) == 0)) { /* a way back is a failure */
        errno = EPERM;
        return false;
    }
    return true;
}

static bool default_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    struct sigaction plain = {.sa_handler = SIG_DFL};
    for (int s = 1; s < NSIG; s++) /* fails for those that cannot be changed */
        (void)sigaction(s, &plain, NULL);
    return sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

/* execveat wants pointers that it does not write through. */
static char *const *strings(const char *const *s)
{
    union {
        const char *const *in;
        char *const *out;
    } u = {s};
    return u.out;
}

/* Returns only on failure. */
static void execute(const struct process_spawn *what, int executable, pid_t parent)
{
    if (setpgid(0, 0) != 0 || !default_signals() || !place_descriptors(what))
        return;
    if (what->switch_user && !become(what->uid, what->gid))
        return;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) /* or it is dead already */
        return;
    (void)execveat(executable, "", strings(what->argv),
                   strings(what->envp != NULL ? what->envp : dw__fault_environment()), AT_EMPTY_PATH);
}

__attribute__((noreturn)) static void be_child(const struct process_spawn *what, int tell, pid_t parent)
{
    int high = lifted(tell), executable = high < 0 ? -1 : lifted(what->executable);
    if (executable >= 0)
        execute(what, executable, parent);
    int error = errno;
    (void)!write(high < 0 ? tell : high, &error, sizeof(error));
    _exit(127);
}

/* ---- in the parent ---- */

static bool valid(const struct process_spawn *what)
{
    bool seen[DW__PROCESS_FD_MAX + 1] = {false};
    for (size_t i = 0; i < what->n_fds; i++) {
        int at = what->fds[i].at;
        if (at < 0 || at > DW__PROCESS_FD_MAX || seen[at])
            return false;
        seen[at] = true;
    }
    return true;
}

/* The errno that the child tells; 0 when it has been executed. */
static int told(int fd)
{
    int error = 0;
    ssize_t n;
    do
        n = read(fd, &error, sizeof(error));
    while (n < 0 && errno == EINTR);
    if (n == 0)
        return 0;
    return n == (ssize_t)sizeof(error) && error > 0 ? error : EIO;
}

static dw_err failed(int error)
{
    errno = error;
    return error == EPERM || error == EACCES ? DW_DENIED : DW_UNAVAILABLE;
}

/* Ends what could not be started. */
static void bury(pid_t pid)
{
    (void)kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

dw_err dw__process_spawn(const struct process_spawn *what, struct process *out)
{
    *out = (struct process){.pid = -1, .pidfd = -1};
    if (!valid(what))
        return DW_INVALID;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return failed(errno);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        be_child(what, ends[1], parent);
    int error = pid < 0 ? errno : 0;
    close(ends[1]);
    if (pid > 0)
        error = told(ends[0]);
    close(ends[0]);
    if (pid < 0)
        return failed(error);
    int pidfd = -1;
    if (error == 0 && (pidfd = pidfd_open(pid, 0)) < 0)
        error = errno;
    if (error != 0) {
        bury(pid);
        return failed(error);
    }
    *out = (struct process){.pid = pid, .pidfd = pidfd};
    return DW_OK;
}

bool dw__process_reap(struct process *process, int *status)
{
    if (process->pid < 0 || waitpid(process->pid, status, WNOHANG) != process->pid)
        return false;
    close(process->pidfd);
    *process = (struct process){.pid = -1, .pidfd = -1};
    return true;
}

void dw__process_signal(const struct process *process, int signal)
{
    if (process->pidfd >= 0)
        (void)pidfd_send_signal(process->pidfd, signal, NULL, 0);
}

/* ---- signals ---- */

dw_err dw__signals_open(const int *signals, size_t n, int *fd)
{
    *fd = -1;
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < n; i++)
        if (sigaddset(&set, signals[i]) != 0)
            return DW_INVALID;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    if (sigaction(SIGPIPE, &ignore, NULL) != 0 || sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return DW_INTERNAL;
    *fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return *fd >= 0 ? DW_OK : DW_UNAVAILABLE;
}

int dw__signals_read(int fd)
{
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info) ? (int)info.ssi_signo : 0;
}
