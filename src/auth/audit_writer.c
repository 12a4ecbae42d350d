/* auth/audit_writer.c -- lines wait in one piece of memory until the file has taken them. */
#include "auth/audit_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/ctx.h"
#include "base/text.h"
#include "os/fault.h"
#include "os/file.h"

#define PENDING_SIZE ((size_t)512 << 10)
#define TAIL_SIZE ((size_t)2 * DW__AUDIT_LINE)
#define WAITING 256u

struct audit_writer {
    struct audit_writer_config config;
    struct audit_chain chain;
    char last_mac[DW__AUDIT_MAC];
    bool failing, unsynced, heads_failing,
        heads_torn;        /* unsynced: an fsync has failed, and none succeeded since */
    uint64_t lost, headed; /* headed: the line to come when the last head was made */
    uint64_t in_file;      /* lines in this file */
    int64_t begun_ms;      /* of a line in this file */
    struct {
        unsigned source;
        uint64_t ticket;
    } waiting[WAITING];
    size_t n_waiting;
    size_t n, done; /* of pending: what there is, and what the file has */
    char pending[PENDING_SIZE];
};

/* ---- lines ---- */

static void keep_recent(const struct audit_writer *w, dw_text line)
{
    if (w->config.recent != NULL)
        dw__audit_recent_add(w->config.recent, line);
}

/* Ends the line that begins at `begin` of `b`, which is over the free part of pending. */
static void end_line(struct audit_writer *w, struct buf *b)
{
    dw_err err = dw__audit_line_end(b, 0, &w->chain, w->last_mac);

    if (err == DW_OK) {
        keep_recent(w, (dw_text){b->p, b->n - 1});
        w->n += b->n;
        w->in_file++;
        return;
    }
    /* Without its MAC a line cannot be, and the key of the next is not there either. */
    DW__EVENT(w->config.log, NULL, DW_LOG_LEVEL_ERROR, "audit.failed",
              dw_x_kv_cstr("why", "a line could not be made"));
    dw__log_flush(w->config.log);
    _exit(1);
}

static void begin_line(struct audit_writer *w, struct buf *b, dw_text event)
{
    dw__buf_init_fixed(b, w->pending + w->n, DW__AUDIT_LINE);
    dw__audit_line_begin(b, &w->chain, w->config.clock->unix_ms, event);
}

static void describe(struct buf *b, const struct audit_event_row *row, const char *process)
{
    DW__LOG_PLAIN(b, "kind", dw__text_of(row->kind));
    DW__LOG_PLAIN(b, "severity", dw__text_of(row->severity));
    DW__LOG_PLAIN(b, "outcome", dw__text_of(row->outcome));
    DW__LOG_PLAIN(b, "process", dw__text_of(process));
}

bool dw__audit_writer_is_full(const struct audit_writer *w)
{
    return PENDING_SIZE - w->n < 2 * DW__AUDIT_LINE;
}

/* A line of the writer's own, with a number or a sentence. Such a line has its place: is_full leaves one. */
static void own_line(struct audit_writer *w, enum audit_event event, const char *process, const char *key,
                     uint64_t value)
{
    const struct audit_event_row *row = dw__audit_row(event);
    struct buf b;

    if (PENDING_SIZE - w->n < DW__AUDIT_LINE)
        return;
    begin_line(w, &b, dw__text_of(row->name));
    describe(&b, row, process);
    if (key != NULL)
        dw__log_int(&b, key, (int64_t)value);
    end_line(w, &b);
}

/* Says what was dropped, of `process` or here. */
static void tell_lost(struct audit_writer *w)
{
    if (w->lost == 0 || dw__audit_writer_is_full(w))
        return;
    own_line(w, AUDIT_LOST, "audit", "lines", w->lost);
    w->lost = 0;
}

static void refuse(struct audit_writer *w, unsigned source, uint64_t ticket)
{
    w->lost++;
    if (ticket != 0)
        w->config.answer(w->config.self, source, ticket, false);
}

void dw__audit_writer_add(struct audit_writer *w, unsigned source, const char *name,
                          const struct audit_record *record)
{
    struct buf b;

    tell_lost(w);
    if (dw__audit_writer_is_full(w) || (record->ticket != 0 && (w->failing || w->n_waiting == WAITING))) {
        w->lost += record->lost;
        refuse(w, source, record->ticket);
        return;
    }
    if (record->lost > 0)
        own_line(w, AUDIT_LOST, name, "lines", record->lost);
    if (dw__audit_writer_is_full(w)) {
        refuse(w, source, record->ticket);
        return;
    }
    begin_line(w, &b, record->name);
    describe(&b, dw__audit_row(record->event), name);
    dw__audit_record_print(record, &b);
    end_line(w, &b);
    if (record->ticket == 0)
        return;
    w->waiting[w->n_waiting].source = source;
    w->waiting[w->n_waiting++].ticket = record->ticket;
}

void dw__audit_writer_garbage(struct audit_writer *w, const char *name)
{
    if (dw__audit_writer_is_full(w))
        w->lost++;
    else
        own_line(w, AUDIT_GARBAGE, name, NULL, 0);
}

/* ---- the file ---- */

static void answer_all(struct audit_writer *w, bool ok)
{
    size_t n = w->n_waiting;

    w->n_waiting = 0;
    for (size_t i = 0; i < n; i++)
        w->config.answer(w->config.self, w->waiting[i].source, w->waiting[i].ticket, ok);
}

static bool fail(struct audit_writer *w, int error)
{
    if (!w->failing)
        DW__EVENT(w->config.log, NULL, DW_LOG_LEVEL_ERROR, "audit.failed",
                  dw_x_kv_cstr("why", strerrordesc_np(error)));
    w->failing = true;
    answer_all(w, false);
    return false;
}

/* 0, or an errno. What was written is gone from the front of pending only when all was. */
static int write_pending(struct audit_writer *w)
{
    while (w->done < w->n) {
        ssize_t n = dw__sys_write(w->config.fd, w->pending + w->done, w->n - w->done);

        if (n > 0)
            w->done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            return n == 0 ? ENOSPC : errno;
    }
    w->n = w->done = 0;
    return 0;
}

/* 0, or an errno. Where one has failed it is tried until it succeeds, whether somebody waits or not. */
static int sync_file(struct audit_writer *w)
{
    if (w->n_waiting == 0 && !w->unsynced)
        return 0;
    w->unsynced = dw__sys_fsync(w->config.fd) != 0 && errno != EINVAL; /* a device has nothing to sync */
    return w->unsynced ? errno : 0;
}

static bool write_all(struct audit_writer *w)
{
    int error = write_pending(w);

    if (error == 0)
        error = sync_file(w);
    if (error != 0)
        return fail(w, error);
    if (w->failing)
        DW__EVENT(w->config.log, NULL, DW_LOG_LEVEL_INFO, "audit.back");
    w->failing = false;
    answer_all(w, true);
    return true;
}

bool dw__audit_writer_flush(struct audit_writer *w)
{
    if (!write_all(w))
        return false;
    if (w->lost == 0)
        return true;
    tell_lost(w);
    return write_all(w);
}

/* ---- heads ---- */

static void write_head(struct audit_writer *w, const struct buf *line)
{
    ssize_t n = dw__sys_write(w->config.heads_fd, line->p, line->n);
    bool ok = n == (ssize_t)line->n;

    if (n > 0)
        w->heads_torn = !ok;
    if (!ok && !w->heads_failing)
        DW__EVENT(w->config.log, NULL, DW_LOG_LEVEL_ERROR, "audit.failed",
                  dw_x_kv_cstr("why", "AUDIT_HEADS cannot be written"));
    w->heads_failing = !ok;
}

static void put_head(struct audit_writer *w, struct buf *b, dw_text time, const char *head)
{
    DW__LOG_PLAIN(b, "at", time);
    DW__LOG_PLAIN(b, "chain", ((dw_text){w->chain.id, sizeof w->chain.id}));
    DW__LOG_UINT(b, "seq", w->chain.seq - 1);
    DW__LOG_PLAIN(b, "mac", ((dw_text){w->last_mac, sizeof w->last_mac}));
    DW__LOG_PLAIN(b, "head", ((dw_text){head, DW__AUDIT_MAC}));
}

void dw__audit_writer_head(struct audit_writer *w)
{
    char time[DW__AUDIT_TIME], head[DW__AUDIT_MAC], text[1024];
    struct buf b;

    if (w->n > 0 || w->headed == w->chain.seq)
        return;
    dw__audit_time(w->config.clock->unix_ms, time);
    if (dw__audit_chain_head(&w->chain, (dw_text){time, sizeof time},
                             (dw_text){w->last_mac, sizeof w->last_mac}, head) != DW_OK)
        return;
    w->headed = w->chain.seq;
    dw__buf_init_fixed(&b, text, sizeof text);
    DW__LOG_BEGIN(&b, NULL, DW_LOG_LEVEL_INFO, "event", "audit.head");
    put_head(w, &b, (dw_text){time, sizeof time}, head);
    dw__log_end(w->config.log, &b); /* whatever LOG_LEVEL is: it is half of the evidence */
    if (w->config.heads_fd < 0)
        return;
    dw__buf_init_fixed(&b, text, sizeof text);
    if (w->heads_torn)
        dw__buf_putc(&b, '\n');
    dw__buf_lit(&b, "{\"event\":\"audit.head\"");
    put_head(w, &b, (dw_text){time, sizeof time}, head);
    dw__buf_lit(&b, "}\n");
    write_head(w, &b);
}

/* ---- the beginning, the end, and between files ---- */

/* What a new chain follows, of the last bytes of a file. */
static struct audit_after after_tail(dw_text tail, struct audit_line *line)
{
    const char *end = tail.n > 0 ? memrchr(tail.p, '\n', tail.n) : NULL;
    size_t whole = end != NULL ? (size_t)(end - tail.p) + 1 : 0;
    const char *before = whole > 1 ? memrchr(tail.p, '\n', whole - 1) : NULL;
    const char *first = before != NULL ? before + 1 : tail.p;
    struct audit_after after = {.torn = tail.n - whole};

    *line = (struct audit_line){0};
    if (whole > 0 && dw__audit_line_read((dw_text){first, (size_t)(end - first)}, line)) {
        after.chain = line->chain;
        after.seq = line->seq;
        after.mac = line->mac;
    } else if (tail.n > 0) {
        after.chain = DW_TEXT("?");
    }
    return after;
}

/* The last bytes of the file; -1: it cannot be read. */
static ssize_t read_tail(int fd, char *out, size_t size)
{
    struct stat st;
    off_t from;
    size_t n = 0;

    if (fstat(fd, &st) != 0)
        return -1;
    if (!S_ISREG(st.st_mode))
        return 0;
    from = st.st_size > (off_t)size ? st.st_size - (off_t)size : 0;
    while (n < size) {
        ssize_t got = pread(fd, out + n, size - n, from + (off_t)n);

        if (got == 0)
            break;
        if (got < 0 && errno != EINTR)
            return -1;
        n += got > 0 ? (size_t)got : 0;
    }
    return (ssize_t)n;
}

/* What is there of whole lines: the first may have lost its beginning, and is then none when it is asked for. */
static void keep_tail(const struct audit_writer *w, dw_text tail)
{
    while (dw__text_find(tail, '\n') < tail.n)
        keep_recent(w, dw__text_cut(&tail, '\n'));
}

/* The first line: what the file ends with, or when it is empty the one before. */
static void say_opened(struct audit_writer *w, dw_text tail, bool is_before)
{
    const struct audit_event_row *row = dw__audit_row(AUDIT_OPENED);
    char file[DW__FILE_NAME];
    struct audit_line line;
    struct audit_after after = after_tail(tail, &line);
    struct buf b;

    w->begun_ms = w->config.clock->unix_ms;
    if (is_before)
        after.file = dw__file_name_of(w->config.before_fd, file);
    else if (tail.n > 0 && tail.p[tail.n - 1] != '\n')
        w->pending[w->n++] = '\n';
    if (!is_before && tail.n > 0) {
        w->in_file++; /* there are some */
        if (!dw__audit_time_read(line.time, &w->begun_ms))
            w->begun_ms = w->config.clock->unix_ms;
    }
    keep_tail(w, tail);
    begin_line(w, &b, dw__text_of(row->name));
    dw__audit_after_put(&b, &after);
    describe(&b, row, "audit");
    end_line(w, &b);
}

static dw_err open_chain(struct audit_writer *w)
{
    char *tail = malloc(TAIL_SIZE);
    ssize_t n = tail != NULL ? read_tail(w->config.tail_fd, tail, TAIL_SIZE) : -1;
    bool is_before = n == 0 && w->config.before_fd >= 0;

    if (is_before && (n = read_tail(w->config.before_fd, tail, TAIL_SIZE)) < 0)
        n = 0; /* an old file keeps no log from being written */
    if (n >= 0)
        say_opened(w, (dw_text){tail, (size_t)n}, is_before && n > 0);
    free(tail);
    return n >= 0 ? DW_OK : tail == NULL ? DW_UNAVAILABLE : DW_INVALID;
}

dw_err dw__audit_writer_new(struct audit_writer **out, const struct audit_writer_config *config,
                            const uint8_t root[static DW__AUDIT_KEY])
{
    static const char digits[] = "0123456789abcdef";
    struct audit_writer *w = calloc(1, sizeof *w);
    char id[DW__AUDIT_ID];
    dw_err err;

    *out = NULL;
    if (w == NULL)
        return DW_UNAVAILABLE;
    w->config = *config;
    dw_random(id, sizeof id);
    for (size_t i = 0; i < sizeof id; i++)
        id[i] = digits[(unsigned char)id[i] & 15];
    err = dw__audit_chain_begin(&w->chain, root, id);
    if (err == DW_OK)
        err = open_chain(w);
    if (err != DW_OK) {
        dw__audit_chain_wipe(&w->chain);
        free(w);
        return err;
    }
    *out = w;
    return DW_OK;
}

/* The last line of a file, when all before it is there. */
static void end_file(struct audit_writer *w)
{
    if (!dw__audit_writer_flush(w))
        return;
    own_line(w, AUDIT_FILE_ENDED, "audit", NULL, 0);
    if (dw__audit_writer_flush(w))
        dw__audit_writer_head(w);
}

/* How many bytes of a line the file has whose end it does not get: the next one gets all of it. */
static size_t take_back(struct audit_writer *w)
{
    size_t was = w->done;

    while (w->done > 0 && w->pending[w->done - 1] != '\n')
        w->done--;
    return was - w->done;
}

static void say_rotated(struct audit_writer *w, dw_text file, size_t torn)
{
    const struct audit_event_row *row = dw__audit_row(AUDIT_ROTATED);
    const struct audit_after after = {.chain = {w->chain.id, sizeof w->chain.id},
                                      .seq = w->chain.seq - 1,
                                      .torn = torn,
                                      .file = file,
                                      .mac = {w->last_mac, sizeof w->last_mac}};
    struct buf b;

    if (PENDING_SIZE - w->n < DW__AUDIT_LINE)
        return;
    begin_line(w, &b, dw__text_of(row->name));
    dw__audit_after_put(&b, &after);
    describe(&b, row, "audit");
    end_line(w, &b);
}

void dw__audit_writer_rotate(struct audit_writer *w, int fd)
{
    char name[DW__FILE_NAME];
    dw_text file;
    size_t torn;

    end_file(w);
    torn = take_back(w);
    file = dw__file_name_of(w->config.fd, name);
    (void)close(w->config.fd);
    w->config.fd = fd;
    w->in_file = 0;
    w->begun_ms = w->config.clock->unix_ms;
    say_rotated(w, file, torn);
    if (dw__audit_writer_flush(w))
        dw__audit_writer_head(w);
}

bool dw__audit_writer_is_due(const struct audit_writer *w)
{
    struct stat st;

    return w->n == 0 && w->in_file > 1 && fstat(w->config.fd, &st) == 0 && S_ISREG(st.st_mode) &&
           dw__audit_file_is_full(&w->config.bounds, (uint64_t)st.st_size, w->begun_ms,
                                  w->config.clock->unix_ms);
}

void dw__audit_writer_free(struct audit_writer *w)
{
    if (w == NULL)
        return;
    own_line(w, AUDIT_CLOSED, "audit", NULL, 0);
    if (dw__audit_writer_flush(w))
        dw__audit_writer_head(w);
    (void)close(w->config.fd);
    dw__audit_chain_wipe(&w->chain);
    free(w);
}
