/* What Coffer's next version does wrong, for tests of upgrades and of the monitor.
 *
 * Beside the program lies a file of the same name and ".does": a child and what it does, "worker 0 crash".  Without it
 * the program is Coffer with one migration more.  The functions below stand in front of the library's own (ld's --wrap). */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "app/role.h"
#include "base/audit.h"
#include "proc/child.h"
#include "proc/msg.h"
#include <dw/dw.h>

void __real_dw__child_ready(struct child_link *link);
void __wrap_dw__child_ready(struct child_link *link);
int __real_dw__role_probe(const dw_app *app, const dw_build *build);
int __wrap_dw__role_probe(const dw_app *app, const dw_build *build);

static char orders[64];

/* Once, before anything is said: who gave them may take them away when the child is READY. */
static void read_orders(void)
{
    char path[512];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 8);
    FILE *file;

    path[n > 0 ? n : 0] = '\0';
    if (strstr(path, " (deleted)") != NULL)
        *strstr(path, " (deleted)") = '\0';
    strcat(path, ".does");
    file = fopen(path, "r");
    if (file != NULL && fgets(orders, sizeof orders, file) == NULL)
        orders[0] = '\0';
    if (file != NULL)
        fclose(file);
}

/* Whether this child does `what`. */
static int does(const char *what)
{
    const char *who = strstr(program_invocation_name, ": ");
    char wanted[64];

    snprintf(wanted, sizeof wanted, "%s %s", who != NULL ? who + 2 : "", what);
    return strcmp(orders, wanted) == 0;
}

/* Its name says that it does. */
static void hang(void)
{
    prctl(PR_SET_NAME, "hangs");
    for (;;)
        pause();
}

static void write_message(enum msg_type type, uint32_t number)
{
    struct msg msg = {type, number};
    ssize_t n = write(CHILD_FD_TELL, &msg, sizeof msg);

    (void)n;
}

/* Copies of itself that lose no descriptor, in sessions of their own; then its end. */
static void leave_copies(void)
{
    for (int i = 0; i < 4; i++)
        if (syscall(SYS_clone, (i % 2 ? CLONE_PARENT : 0) | SIGCHLD, NULL, NULL, NULL, NULL) == 0) {
            alarm(60); /* should nobody end it */
            setsid();
            hang();
        }
    abort();
}

/* A line of the audit log that only its writer may make, through the pipe; and what is no record at all. */
static void forge(int garbage)
{
    struct audit_head head = {.size = sizeof head, .event = AUDIT_CLOSED};
    ssize_t n = write(CLIENT_FD_AUDIT, garbage ? "{\"event\":\"a\"}\n" : (const char *)&head,
                      garbage ? 14 : sizeof head);

    (void)n;
}

/* The log itself: by its path, and by every descriptor that there is. */
static void overwrite(void)
{
    static const char path[] = "audit.log", text[] = "nothing happened\n";
    int fd = open(path, O_WRONLY);

    if (fd >= 0 || truncate(path, 0) == 0 || rename(path, "audit.old") == 0 || unlink(path) == 0)
        abort();
    for (fd = 3; fd < 256; fd++) {
        char link[32], name[256];
        ssize_t n;

        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        n = readlink(link, name, sizeof name - 1);
        name[n > 0 ? n : 0] = '\0';
        if (strstr(name, path) != NULL && write(fd, text, sizeof text - 1) != 0)
            abort();
    }
    prctl(PR_SET_NAME, "tried");
}

static void misbehave(void)
{
    if (does("forge"))
        forge(0);
    if (does("garbage"))
        forge(1);
    if (does("overwrite"))
        overwrite();
    if (does("crash")) {
        usleep(50 * 1000);
        abort();
    }
    if (does("stop"))
        raise(SIGSTOP);
    if (does("copies"))
        leave_copies();
    if (does("command"))
        write_message(MSG_DRAIN, 1);
    while (does("flood"))
        write_message(MSG_READY, 0);
}

void __wrap_dw__child_ready(struct child_link *link)
{
    read_orders();
    if (does("hang"))
        hang();
    __real_dw__child_ready(link);
    misbehave();
}

int __wrap_dw__role_probe(const dw_app *app, const dw_build *build)
{
    read_orders();
    if (does("hang"))
        hang();
    return __real_dw__role_probe(app, build);
}
