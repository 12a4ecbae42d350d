/* What Coffer's next version does wrong, for tests of upgrades and of the monitor.
 *
 * Beside the program lies a file of the same name and ".does": a child and what it does, "worker 0 crash".  Without it
 * the program is Coffer with one migration more.  The functions below stand in front of the library's own (ld's --wrap). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "app/role.h"
#include "auth/keeper.h"
#include "base/audit.h"
#include "proc/child.h"
#include "proc/msg.h"
#include <dw/dw.h>

void __real_dw__child_ready(struct child_link *link);
void __wrap_dw__child_ready(struct child_link *link);
int __real_dw__role_probe(const dw_app *app, const dw_build *build);
int __wrap_dw__role_probe(const dw_app *app, const dw_build *build);

static char orders[64], hidden[512];

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
    if (file != NULL && fgets(hidden, sizeof hidden, file) == NULL)
        hidden[0] = '\0';
    orders[strcspn(orders, "\n")] = '\0';
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

/* A line of the log, which every child has open. */
static void tell(const char *name, const char *value)
{
    char line[4096];
    int n =
        snprintf(line, sizeof line,
                 "{\"time\":\"\",\"level\":\"info\",\"kind\":\"event\",\"event\":\"hostile\",\"%s\":%s}\n",
                 name, value);
    ssize_t written = write(CHILD_FD_LOG, line, (size_t)n);

    (void)written;
}

/* Bytes that would be a token if somebody signed them; and a message of a verb that raw signatures could have. */
static void ask_for_anything(int verb)
{
    static const char token[] = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhZG1pbiIsImV4cCI6OTk5OTk5OTk5OX0";
    struct {
        struct keeper_head head;
        struct keeper_sign_in body;
    } ask = {.head = {.ticket = 1, .verb = 2}};
    ssize_t n =
        verb ? write(CLIENT_FD_KEEPER, &ask, sizeof ask) : write(CLIENT_FD_KEEPER, token, sizeof token - 1);

    (void)n;
}

/* The best that it can have by the rules: anybody's, and as long as it likes. */
static void ask_for_a_token(void)
{
    const struct token_sign_in in = {
        .sub = DW_TEXT("anybody"), .sid = DW_TEXT("AAAAAAAAAAAAAAAAAAAAAA"), .until = INT64_MAX};
    struct pollfd answers = {.fd = CLIENT_FD_KEEPER_SAY, .events = POLLIN};
    uint8_t ask[DW__KEEPER_ASK];
    struct keeper_answer answer = {0};
    char quoted[DW__KEEPER_TOKEN + 3];
    size_t n = dw__keeper_write(1, &in, ask);

    if (write(CLIENT_FD_KEEPER, ask, n) != (ssize_t)n || poll(&answers, 1, 10000) != 1 ||
        read(CLIENT_FD_KEEPER_SAY, &answer, sizeof answer) != sizeof answer)
        abort();
    snprintf(quoted, sizeof quoted, "\"%.*s\"", (int)answer.n, answer.token);
    tell("token", quoted);
}

/* ---- its own memory ---- */

#define NEEDLE 32
#define NEEDLES_MAX 8

/* Of which byte of a needle only the complement is written down anywhere. */
__attribute__((no_sanitize("address"))) static int is_needle(const unsigned char *p,
                                                             const unsigned char *complement)
{
    for (size_t i = 0; i < NEEDLE; i++)
        if (UCHAR_MAX - p[i] != complement[i])
            return 0;
    return 1;
}

__attribute__((no_sanitize("address"))) static void look_at(const unsigned char *p, size_t n,
                                                            const unsigned char (*needles)[NEEDLE],
                                                            size_t n_needles, int *found)
{
    for (size_t at = 0; at + NEEDLE <= n; at++)
        for (size_t i = 0; i < n_needles; i++)
            if (UCHAR_MAX - p[at] == needles[i][0] && is_needle(p + at, needles[i]))
                found[i] = 1;
}

/* What is there of a mapping, page by page; what was never touched is left. */
static void look_at_mapping(unsigned long from, unsigned long to, const unsigned char (*needles)[NEEDLE],
                            size_t n_needles, int *found)
{
    static unsigned char there[1 << 16];
    const unsigned long step = sizeof there * 4096;

    for (unsigned long at = from; at < to; at += step) {
        const size_t n = to - at < step ? to - at : step;

        if (mincore((void *)at, n, there) != 0) /* NOLINT: a number of /proc/self/maps */
            continue;
        for (size_t first = 0, last; first < n / 4096; first = last) {
            for (last = first; last < n / 4096 && (there[last] & 1) != 0; last++)
                ;
            look_at((const unsigned char *)(at + first * 4096), (last - first) * 4096, needles, n_needles,
                    found);
            last += last == first;
        }
    }
}

static size_t read_needles(unsigned char (*needles)[NEEDLE])
{
    size_t n = strspn(hidden, "0123456789abcdef") / (2 * NEEDLE);

    for (size_t i = 0; i < n * NEEDLE; i++) {
        unsigned byte = 0;

        sscanf(hidden + 2 * i, "%2x", &byte);
        needles[i / NEEDLE][i % NEEDLE] = (unsigned char)byte;
    }
    return n;
}

/* Which of the needles lie anywhere in what this process can read. */
static void search(void)
{
    unsigned char needles[NEEDLES_MAX][NEEDLE];
    size_t n = read_needles(needles);
    int found[NEEDLES_MAX] = {0};
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512], said[64] = "[";

    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        unsigned long from, to;
        char rights;

        /* Larger is a sanitizer's. */
        if (sscanf(line, "%lx-%lx %c", &from, &to, &rights) == 3 && rights == 'r' &&
            to - from < (1UL << 32) && strstr(line, "[v") == NULL)
            look_at_mapping(from, to, needles, n, found);
    }
    for (size_t i = 0; i < n; i++)
        snprintf(said + strlen(said), sizeof said - strlen(said), "%s%d", i > 0 ? "," : "", found[i]);
    strcat(said, "]");
    tell("found", said);
}

static void misbehave(void)
{
    if (does("sign"))
        ask_for_anything(0);
    if (does("verb"))
        ask_for_anything(1);
    if (does("token"))
        ask_for_a_token();
    if (does("search"))
        search();
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
