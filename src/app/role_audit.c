/* app/role_audit.c -- the process that writes the audit log, and does nothing else.
 *
 * It has the log open for appending, and pipes; no listener, no database, no right to open a file for writing or start a program.  The
 * root key is here for as long as it takes to make the first key of a chain, before anything from another process is read.  What comes
 * through the pipes is looked at byte by byte; a worker that sends something else is reported to the monitor, which ends it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "app/command.h"
#include "app/role.h"
#include "auth/audit_client.h"
#include "auth/audit_writer.h"
#include "base/list.h"
#include "crypto/compare.h"
#include "crypto/keyring.h"
#include "os/sandbox.h"

#define RECORDS_A_TURN 64u
#define RETRY_NS ((uint64_t)1000 * 1000 * 1000)
#define NS_PER_MS UINT64_C(1000000)
#define SOURCES (DW__MAX_CLIENTS + 2)

enum { SOURCE_MONITOR_, SOURCE_STORE_, SOURCE_CLIENTS_ };

struct audit_process;

struct source {
    struct audit_process *process;
    struct io io;
    int answers; /* -1: it never waits */
    char name[24];
};

struct audit_process {
    struct loop *loop;
    struct log *log;
    struct child_link *link;
    struct audit_writer *writer;
    struct timer heads, retry;
    uint64_t head_every_ns;
    struct source sources[SOURCES];
    size_t n_sources;
};

static uint64_t now_ns(const struct audit_process *a)
{
    return dw__loop_clock(a->loop)->mono_ns;
}

/* ---- writing ---- */

static void flush(struct audit_process *a)
{
    if (!dw__audit_writer_flush(a->writer) && a->retry.place == 0 &&
        dw__timer_set(a->loop, &a->retry, now_ns(a) + RETRY_NS) != DW_OK)
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
    if (dw__timer_set(a->loop, timer, now_ns(a) + a->head_every_ns) != DW_OK)
        dw__loop_stop(a->loop);
}

/* A worker that does not read its answers has time to notice. */
static void answer(void *self, unsigned source, uint64_t ticket, bool ok)
{
    const struct audit_process *a = self;
    const struct audit_answer answer = {.ticket = ticket, .ok = ok};
    ssize_t sent = 0;

    if (a->sources[source].answers >= 0)
        sent = write(a->sources[source].answers, &answer, sizeof answer);
    (void)sent;
}

/* ---- reading ---- */

static void refuse(struct audit_process *a, const struct source *source)
{
    size_t i = (size_t)(source - a->sources);

    dw__audit_writer_garbage(a->writer, source->name);
    if (i >= SOURCE_CLIENTS_)
        dw__child_blame(a->link, (unsigned)(i - SOURCE_CLIENTS_));
}

/* One record; false when there is none now. */
static bool take(struct audit_process *a, struct source *source)
{
    uint8_t bytes[DW__AUDIT_RECORD];
    struct audit_record record;
    ssize_t n = read(source->io.fd, bytes, sizeof bytes);

    if (n <= 0)
        return n < 0 && errno == EINTR;
    if (dw__audit_record_read((dw_bytes){bytes, (size_t)n}, &record) == DW_OK)
        dw__audit_writer_add(a->writer, (unsigned)(source - a->sources), source->name, &record);
    else
        refuse(a, source);
    return true;
}

static void on_records(struct io *io, uint32_t events)
{
    struct source *source = DW__LIST_ENTRY(io, struct source, io);

    (void)events;
    for (unsigned i = 0; i < RECORDS_A_TURN && take(source->process, source); i++)
        ;
    flush(source->process);
}

/* What is in the pipes when everything ends. */
static void take_all(struct audit_process *a)
{
    for (size_t i = 0; i < a->n_sources; i++)
        for (unsigned k = 0; k < 4096 && take(a, &a->sources[i]); k++)
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
        .heads_fd = start->config.audit_heads.n > 0 ? AUDIT_FD_HEADS : -1,
        .log = a->log,
        .clock = dw__loop_clock(a->loop),
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
    if (err != DW_OK)
        dw__buf_lit(&start->why, "AUDIT_LOG: its end cannot be read\n");
    return err;
}

static dw_err begin(struct audit_process *a, struct role_start *start, size_t n_fds)
{
    const struct child_handlers handlers = {
        .self = a, .drain = on_drain, .log = on_log, .audit_log = on_audit_log};
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
        (err = open_writer(a, start)) != DW_OK || (err = add_sources(a, n_fds, config->workers)) != DW_OK ||
        (err = dw__timer_set(a->loop, &a->heads, now_ns(a) + a->head_every_ns)) != DW_OK)
        return err;
    return dw__child_link_new(&a->link, a->loop, &handlers);
}

static void end(struct audit_process *a)
{
    if (a->writer != NULL)
        take_all(a);
    dw__child_link_free(a->link);
    dw__audit_writer_free(a->writer);
    dw__log_free(a->log);
    dw__loop_free(a->loop);
}

static int serve(struct audit_process *a, struct role_start *start, const dw_app *app, size_t n_fds)
{
    if (begin(a, start, n_fds) != DW_OK) {
        dw__print_findings(app, &start->why);
        return EXIT_BAD_CONFIG;
    }
    flush(a);
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
