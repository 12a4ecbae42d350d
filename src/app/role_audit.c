/* app/role_audit.c -- the process that writes the audit log, and does nothing else.
 *
 * It has the log open for appending, and pipes; no listener, no database, no right to open a file for writing or start a program.  The
 * root key is here for as long as it takes to make the first key of a chain, before anything from another process is read.  What comes
 * through the pipes is looked at byte by byte; a worker that sends something else is reported to the monitor, which ends it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app/command.h"
#include "app/role.h"
#include "auth/audit_client.h"
#include "auth/audit_recent.h"
#include "auth/audit_writer.h"
#include "base/list.h"
#include "crypto/compare.h"
#include "crypto/keyring.h"
#include "os/sandbox.h"

#define RECORDS_A_TURN 64u
#define RETRY_NS ((uint64_t)1000 * 1000 * 1000)
#define ASK_NS ((uint64_t)1000 * 1000 * 1000) /* between two asks for another file */
#define NS_PER_MS UINT64_C(1000000)
#define QUESTIONS_A_SECOND 50u /* of one process */
#define SECOND_NS ((uint64_t)1000 * 1000 * 1000)
#define SOURCES (DW__MAX_CLIENTS + 2)

enum { SOURCE_MONITOR_, SOURCE_STORE_, SOURCE_CLIENTS_ };

struct audit_process;

struct source {
    struct audit_process *process;
    struct io io;
    int answers;        /* -1: it never waits */
    bool blamed;        /* the process that sends has been told of */
    uint64_t second_ns; /* when the second began in which it asked … */
    unsigned questions; /* … so often */
    char name[24];
};

struct audit_process {
    struct loop *loop;
    struct log *log;
    struct child_link *link;
    struct audit_writer *writer;
    struct audit_recent *recent;
    struct timer heads, retry;
    uint64_t head_every_ns, asked_ns;
    bool blaming; /* not for what was sent before there was this process */
    bool ending;
    struct source sources[SOURCES];
    size_t n_sources;
};

static uint64_t now_ns(const struct audit_process *a)
{
    return dw__loop_clock(a->loop)->mono_ns;
}

/* ---- writing ---- */

/* A file that is full is left for another when the monitor gives one; until then lines go where they went. */
static void ask_next_file(struct audit_process *a)
{
    if (a->ending || !dw__audit_writer_is_due(a->writer) ||
        (a->asked_ns != 0 && now_ns(a) - a->asked_ns < ASK_NS))
        return;
    a->asked_ns = now_ns(a);
    dw__child_ask_next_file(a->link);
}

static void flush(struct audit_process *a)
{
    if (dw__audit_writer_flush(a->writer))
        ask_next_file(a);
    else if (a->retry.place == 0 && dw__timer_set(a->loop, &a->retry, now_ns(a) + RETRY_NS) != DW_OK)
        dw__loop_stop(a->loop); /* no memory for a timer: the monitor starts another */
}

static void on_retry(struct timer *timer)
{
    flush(DW__LIST_ENTRY(timer, struct audit_process, retry));
}

static void on_heads(struct timer *timer)
{
    struct audit_process *a = DW__LIST_ENTRY(timer, struct audit_process, heads);

    dw__audit_writer_head(a->writer);
    ask_next_file(a); /* time makes a file full, too */
    if (dw__timer_set(a->loop, timer, now_ns(a) + a->head_every_ns) != DW_OK)
        dw__loop_stop(a->loop);
}

/* A worker that does not read its answers has time to notice. */
static void say(const struct source *source, uint64_t ticket, enum audit_said said, dw_text piece)
{
    const struct audit_answer answer = {.ticket = ticket, .said = said, .n = (uint32_t)piece.n};
    char bytes[DW__AUDIT_RECORD];
    ssize_t sent = 0;

    memcpy(bytes, &answer, sizeof answer);
    if (piece.n > 0)
        memcpy(bytes + sizeof answer, piece.p, piece.n);
    if (source->answers >= 0)
        sent = write(source->answers, bytes, sizeof answer + piece.n);
    (void)sent;
}

static void answer(void *self, unsigned source, uint64_t ticket, bool ok)
{
    const struct audit_process *a = self;

    say(&a->sources[source], ticket, ok ? AUDIT_SAID_YES : AUDIT_SAID_NO, (dw_text){NULL, 0});
}

/* ---- questions ---- */

/* Lines on their way to who asked. */
struct telling {
    const struct source *source;
    uint64_t ticket;
    size_t told, n;
    char piece[DW__AUDIT_PIECE];
};

static void tell_piece(struct telling *t)
{
    if (t->n > 0)
        say(t->source, t->ticket, AUDIT_SAID_PIECE, (dw_text){t->piece, t->n});
    t->n = 0;
}

static void tell_text(struct telling *t, dw_text text)
{
    while (text.n > 0) {
        size_t room = sizeof t->piece - t->n, n = text.n < room ? text.n : room;

        memcpy(t->piece + t->n, text.p, n);
        t->n += n;
        text = (dw_text){text.p + n, text.n - n};
        if (t->n == sizeof t->piece)
            tell_piece(t);
    }
}

static bool tell_line(void *self, dw_text line)
{
    struct telling *t = self;

    if (t->told + line.n + 1 > DW__AUDIT_ANSWER)
        return false;
    t->told += line.n + 1;
    tell_text(t, line);
    tell_text(t, DW_TEXT("\n"));
    return true;
}

static bool may_ask(const struct audit_process *a, struct source *source)
{
    if (source->second_ns == 0 || now_ns(a) - source->second_ns >= SECOND_NS) {
        source->second_ns = now_ns(a);
        source->questions = 0;
    }
    return ++source->questions <= QUESTIONS_A_SECOND;
}

/* Out of memory, and not so often that lines have to wait for it. */
static void answer_question(struct audit_process *a, struct source *source, const struct audit_ask *ask)
{
    struct telling t = {.source = source, .ticket = ask->ticket};
    bool more = false;
    dw_err err = DW_UNAVAILABLE;

    if (may_ask(a, source))
        err = dw__audit_recent_find(a->recent, ask, tell_line, &t, &more);
    tell_piece(&t);
    say(source, ask->ticket,
        err == DW_NOT_FOUND ? AUDIT_SAID_NOT_THERE
        : err != DW_OK      ? AUDIT_SAID_NO
        : more              ? AUDIT_SAID_MORE
                            : AUDIT_SAID_YES,
        (dw_text){NULL, 0});
}

/* ---- reading ---- */

static void refuse(struct audit_process *a, struct source *source)
{
    size_t i = (size_t)(source - a->sources);

    dw__audit_writer_garbage(a->writer, source->name);
    if (i < SOURCE_CLIENTS_ || !a->blaming || source->blamed)
        return;
    source->blamed = true;
    dw__child_blame(a->link, (unsigned)(i - SOURCE_CLIENTS_));
}

/* That files were removed only the monitor says, which removes them. */
static bool may_say(const struct audit_process *a, const struct source *source,
                    const struct audit_record *record)
{
    return record->event != AUDIT_REMOVED || source == &a->sources[SOURCE_MONITOR_];
}

static void take_question(struct audit_process *a, struct source *source, dw_bytes bytes)
{
    struct audit_ask ask;

    if (source->answers >= 0 && dw__audit_ask_read(bytes, &ask) == DW_OK)
        answer_question(a, source, &ask);
    else
        refuse(a, source);
}

static void take_record(struct audit_process *a, struct source *source, dw_bytes bytes)
{
    struct audit_record record;

    if (dw__audit_record_read(bytes, &record) == DW_OK && may_say(a, source, &record))
        dw__audit_writer_add(a->writer, (unsigned)(source - a->sources), source->name, &record);
    else
        refuse(a, source);
}

/* One record: how many bytes of the pipe it was, at most `most`; 0 when there is none now. */
static size_t take(struct audit_process *a, struct source *source, size_t most)
{
    uint8_t bytes[DW__AUDIT_RECORD];
    ssize_t n;

    do
        n = read(source->io.fd, bytes, most < sizeof bytes ? most : sizeof bytes);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return 0;
    if (dw__audit_ask_is((dw_bytes){bytes, (size_t)n}))
        take_question(a, source, (dw_bytes){bytes, (size_t)n});
    else
        take_record(a, source, (dw_bytes){bytes, (size_t)n});
    return (size_t)n;
}

static void on_records(struct io *io, uint32_t events)
{
    struct source *source = DW__LIST_ENTRY(io, struct source, io);

    (void)events;
    for (unsigned i = 0; i < RECORDS_A_TURN && take(source->process, source, DW__AUDIT_RECORD) > 0; i++)
        ;
    flush(source->process);
}

/* What is in a pipe now, and nothing that comes later: it is of a process that is dead, and nobody is to blame any more. */
static void take_left(struct audit_process *a, struct source *source)
{
    bool blaming = a->blaming;
    int left = 0;

    if (ioctl(source->io.fd, FIONREAD, &left) != 0)
        left = 0;
    a->blaming = false;
    for (unsigned k = 1; left > 0; k++) {
        size_t n = take(a, source, (size_t)left);

        if (n == 0)
            break;
        left -= (int)n;
        if (k % RECORDS_A_TURN == 0)
            flush(a);
    }
    a->blaming = blaming;
    flush(a);
}

static void on_successor(void *self, unsigned index)
{
    struct audit_process *a = self;

    if (index + SOURCE_CLIENTS_ >= a->n_sources)
        return;
    take_left(a, &a->sources[index + SOURCE_CLIENTS_]);
    a->sources[index + SOURCE_CLIENTS_].blamed = false;
}

/* What is in the pipes when everything ends. */
static void take_all(struct audit_process *a)
{
    for (size_t i = 0; i < a->n_sources; i++)
        for (unsigned k = 0; k < 4096 && take(a, &a->sources[i], DW__AUDIT_RECORD) > 0; k++)
            if (k % RECORDS_A_TURN == RECORDS_A_TURN - 1)
                flush(a);
    flush(a);
}

/* ---- life ---- */

static void on_drain(void *self, bool last)
{
    (void)last;
    dw__loop_stop(((struct audit_process *)self)->loop);
}

static void on_log(void *self, int fd)
{
    dw__log_reopen(((struct audit_process *)self)->log, fd);
}

static void on_audit_log(void *self, int fd)
{
    struct audit_process *a = self;

    dw__audit_writer_rotate(a->writer, fd);
    a->asked_ns = 0;
    flush(a);
}

static dw_err add_source(struct audit_process *a, int records, int answers, const char *name)
{
    struct source *source = &a->sources[a->n_sources++];

    source->process = a;
    source->answers = answers;
    source->io = (struct io){.fn = on_records, .fd = records};
    (void)snprintf(source->name, sizeof source->name, "%s", name);
    return dw__loop_watch(a->loop, &source->io, EPOLLIN);
}

static dw_err add_sources(struct audit_process *a, size_t n_fds, unsigned workers)
{
    size_t n = (n_fds - (AUDIT_FD_CLIENTS - CHILD_FD_FIRST)) / AUDIT_FDS_PER_CLIENT;
    dw_err err = add_source(a, AUDIT_FD_MONITOR, -1, "monitor");

    if (err == DW_OK)
        err = add_source(a, AUDIT_FD_STORE, -1, "store");
    for (unsigned i = 0; i < n && err == DW_OK; i++) {
        int first = AUDIT_FD_CLIENTS + (int)(i * AUDIT_FDS_PER_CLIENT);
        char name[24] = "jobs";

        if (i < workers)
            (void)snprintf(name, sizeof name, "worker %u", i);
        err = add_source(a, first, first + 1, name);
    }
    return err;
}

/* The root of all chains, from the newest of the data keys. */
static dw_err derive_root(const struct config *config, uint8_t root[static DW__AUDIT_KEY], struct buf *why)
{
    struct keyring *ring;
    char sentence[512];
    dw_err err =
        dw__keyring_parse(&ring, config->data_keys, "DATA_KEYS", "secret", sentence, sizeof sentence);

    if (err != DW_OK) {
        dw__buf_format(why, "%s\n", sentence);
        return err;
    }
    err = dw__keyring_derive(ring, 0, KEY_AUDIT, root, DW__AUDIT_KEY);
    dw__keyring_free(ring);
    return err;
}

static dw_err open_writer(struct audit_process *a, struct role_start *start)
{
    const struct audit_writer_config config = {
        .fd = AUDIT_FD_LOG,
        .tail_fd = AUDIT_FD_TAIL,
        .before_fd = AUDIT_FD_BEFORE,
        .bounds = {start->config.audit_max_size, start->config.audit_max_age_ms},
        .heads_fd = start->config.audit_heads.n > 0 ? AUDIT_FD_HEADS : -1,
        .log = a->log,
        .clock = dw__loop_clock(a->loop),
        .recent = a->recent,
        .answer = answer,
        .self = a,
    };
    uint8_t root[DW__AUDIT_KEY];
    dw_err err = derive_root(&start->config, root, &start->why);

    dw__config_forget_secrets(&start->config);
    if (err != DW_OK)
        return err;
    err = dw__audit_writer_new(&a->writer, &config, root);
    dw__wipe(root, sizeof root);
    (void)close(AUDIT_FD_TAIL);
    (void)close(AUDIT_FD_BEFORE);
    if (err != DW_OK)
        dw__buf_lit(&start->why, "AUDIT_LOG: its end cannot be read\n");
    return err;
}

static dw_err begin(struct audit_process *a, struct role_start *start, size_t n_fds)
{
    const struct child_handlers handlers = {
        .self = a, .drain = on_drain, .log = on_log, .audit_log = on_audit_log, .successor = on_successor};
    const struct config *config = &start->config;
    dw_err err;

    if (n_fds < AUDIT_FD_CLIENTS - CHILD_FD_FIRST ||
        n_fds > AUDIT_FD_CLIENTS - CHILD_FD_FIRST + (size_t)DW__MAX_CLIENTS * AUDIT_FDS_PER_CLIENT)
        return DW_INVALID;
    a->retry.fn = on_retry;
    a->heads.fn = on_heads;
    a->head_every_ns = config->audit_head_every_ms * NS_PER_MS;
    if ((err = dw__loop_new(&a->loop)) != DW_OK ||
        (err = dw__log_new(&a->log, CHILD_FD_LOG, (dw_log_level)config->log_level, "audit")) != DW_OK ||
        (err = dw__audit_recent_new(&a->recent)) != DW_OK || (err = open_writer(a, start)) != DW_OK ||
        (err = add_sources(a, n_fds, config->workers)) != DW_OK ||
        (err = dw__timer_set(a->loop, &a->heads, now_ns(a) + a->head_every_ns)) != DW_OK)
        return err;
    return dw__child_link_new(&a->link, a->loop, &handlers);
}

static void end(struct audit_process *a)
{
    a->ending = true;
    if (a->writer != NULL)
        take_all(a);
    dw__child_link_free(a->link);
    dw__audit_writer_free(a->writer);
    dw__audit_recent_free(a->recent);
    dw__log_free(a->log);
    dw__loop_free(a->loop);
}

static int serve(struct audit_process *a, struct role_start *start, const dw_app *app, size_t n_fds)
{
    if (begin(a, start, n_fds) != DW_OK) {
        dw__print_findings(app, &start->why);
        return EXIT_BAD_CONFIG;
    }
    for (size_t i = 0; i < a->n_sources; i++)
        take_left(a, &a->sources[i]);
    a->blaming = true;
    dw__audit_writer_head(a->writer);
    dw__child_ready(a->link);
    dw__loop_run(a->loop);
    end(a);
    return EXIT_DONE;
}

int dw__role_audit(const dw_app *app, const dw_build *build, const struct child_self *self)
{
    static struct audit_process process;
    struct role_start start;
    dw_err confined;
    int status;

    if (dw__role_seal(app) != DW_OK)
        return EXIT_FAILED;
    confined = dw__sandbox_no_file_changes();
    if (confined != DW_OK && confined != DW_NOT_IMPLEMENTED) {
        (void)fprintf(stderr, "%s: this kernel has Landlock, and refuses to use it\n", app->name);
        return EXIT_FAILED;
    }
    if (dw__role_start(&start, ROLE_AUDIT, app, build) != DW_OK) {
        dw__print_findings(app, &start.why);
        dw__arena_release(&start.arena);
        return EXIT_BAD_CONFIG;
    }
    status = serve(&process, &start, app, self->n_fds);
    dw__role_start_release(&start);
    return status;
}
