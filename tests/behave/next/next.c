/* What Coffer's next version does wrong, for tests of upgrades and of the monitor.
 *
 * Beside the program lies a file of the same name and ".does": a child and what it does, "worker 0 crash".  Without it
 * the program is Coffer with one migration more.  The functions below stand in front of the library's own (ld's --wrap). */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

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

static void misbehave(void)
{
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
