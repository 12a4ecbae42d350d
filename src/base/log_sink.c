/* base/log_sink.c -- lines leave the loop through a ring, and a thread writes them.
 *
 * The ring holds records: a head of eight bytes and a line, padded to eight. A producer takes its place with one
 * compare-and-swap, copies, and then sets the head, which says "ready"; so several threads may put at once and none waits
 * for another.  The writer consumes records up to the first that is not ready, wipes them back to zero ("not ready") and
 * only then gives the place free.
 *
 * The writer is idle, waiting for ever, or collecting, waiting 10 ms. The line that finds it idle wakes it, and so does
 * the one that makes 64 KiB: a system call for many lines.  Nobody waits for the destination: what does not fit, and what
 * cannot be written, is counted, and a line log.lost says how much when writing works. */
#define _GNU_SOURCE
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/text.h"

#define RING_SIZE ((uint64_t)1 << 20)
#define HEAD_SIZE ((uint64_t)8)
#define BATCH_SIZE ((size_t)65536) /* a batch of this size is written at once */
#define LINE_MAX_SIZE ((size_t)16384)
#define TAIL_MAX_SIZE ((size_t)512)
#define WHO_MAX_SIZE ((size_t)64)
#define LOST_LINE_SIZE ((size_t)256 + TAIL_MAX_SIZE)
#define COLLECT_NS UINT64_C(10000000)
#define PATIENCE_NS UINT64_C(2000000000)
#define STACK_SIZE ((size_t)256 * 1024)

struct log {
    /* Producers. */
    _Alignas(64) _Atomic uint64_t head; /* bytes ever taken; the place is that modulo RING_SIZE */
    _Atomic bool idle;                  /* the writer waits for ever */
    _Atomic bool hurry;                 /* the writer was told not to wait */
    _Atomic uint64_t lost;
    dw_log_level level;
    _Atomic(struct audit_link *) audit; /* or NULL */
    size_t tail_n;
    char tail[TAIL_MAX_SIZE]; /* the end of every line: ,"process":"worker 1"}\n */

    /* The writer. */
    _Alignas(64) _Atomic uint64_t done; /* bytes written or dropped */
    uint64_t taken;                     /* bytes copied to the batch */
    uint64_t told;                      /* of `lost` */
    int fd;
    bool torn;        /* the destination ends within a line */
    size_t batch_max; /* bytes of a write */
    size_t batch_n, batch_lines;
    char batch[BATCH_SIZE];

    sem_t wake;  /* for the writer */
    sem_t ended; /* by the writer */
    _Atomic bool stop;
    _Atomic int next_fd; /* -1: none */
    _Atomic(ssize_t (*)(int, const void *, size_t)) write;
    pthread_t thread;
    _Alignas(64) char ring[RING_SIZE];
};

/* ---- Producers ---------------------------------------------------------------------------------------------------- */

static _Atomic uint64_t *record_at(struct log *log, uint64_t place)
{
    return (_Atomic uint64_t *)(void *)(log->ring + place % RING_SIZE);
}

static uint64_t record_size(uint64_t line_size)
{
    return HEAD_SIZE + (line_size + 7) / 8 * 8;
}

static void ring_write(struct log *log, uint64_t place, const char *p, size_t n)
{
    size_t at = place % RING_SIZE;
    size_t first = n < RING_SIZE - at ? n : RING_SIZE - at;
    memcpy(log->ring + at, p, first);
    memcpy(log->ring, p + first, n - first);
}

static void writer_wake(struct log *log)
{
    DW__CHECK(sem_post(&log->wake) == 0 || errno == EOVERFLOW);
}

/* Wakes the writer when it is idle, or when `waiting` bytes are enough for a write. */
static void writer_notice(struct log *log, uint64_t waiting)
{
    if (atomic_load(&log->idle) && atomic_exchange(&log->idle, false))
        writer_wake(log);
    else if (waiting >= BATCH_SIZE && !atomic_load_explicit(&log->hurry, memory_order_relaxed) &&
             !atomic_exchange(&log->hurry, true))
        writer_wake(log);
}

/* Takes `size` bytes of the ring; false when they are not free. */
static bool ring_take(struct log *log, uint64_t size, uint64_t *place, uint64_t *waiting)
{
    uint64_t head = atomic_load_explicit(&log->head, memory_order_relaxed);
    do {
        /* `done` may have gone beyond an old `head`; then the swap fails and both are read again. */
        *waiting = head + size - atomic_load_explicit(&log->done, memory_order_acquire);
        if (*waiting > RING_SIZE && head == atomic_load(&log->head))
            return false;
    } while (!atomic_compare_exchange_weak(&log->head, &head, head + size));
    *place = head;
    return true;
}

static void log_drop(struct log *log, uint64_t lines)
{
    atomic_fetch_add_explicit(&log->lost, lines, memory_order_relaxed);
}

static void ring_put(struct log *log, const char *line, size_t n, const char *tail, size_t tail_n)
{
    size_t size = n + tail_n;
    uint64_t place, waiting;
    if (!ring_take(log, record_size(size), &place, &waiting)) {
        log_drop(log, 1);
        return;
    }
    ring_write(log, place + HEAD_SIZE, line, n);
    ring_write(log, place + HEAD_SIZE + n, tail, tail_n);
    atomic_store_explicit(record_at(log, place), size, memory_order_release);
    writer_notice(log, waiting);
}

/* Without a log there is standard error: one system call, one line. */
static void write_now(const struct buf *line)
{
    struct iovec parts[] = {{line->p, line->n}, {(char[]){"}\n"}, 2}};
    ssize_t written = writev(STDERR_FILENO, parts, 2);
    (void)written; /* nobody to tell */
}

void dw__log_end(struct log *log, struct buf *b)
{
    if (log == NULL) {
        if (!b->failed)
            write_now(b);
    } else if (b->failed || b->n > LINE_MAX_SIZE) {
        log_drop(log, 1);
    } else {
        ring_put(log, b->p, b->n, log->tail, log->tail_n);
    }
}

void dw__log_plain(struct log *log, const struct buf *b)
{
    if (b->failed || b->n > LINE_MAX_SIZE)
        log_drop(log, 1);
    else
        ring_put(log, b->p, b->n, "", 0);
}

/* ---- The writer --------------------------------------------------------------------------------------------------- */

/* Writes n bytes, waiting for a slow destination; how many were written before it failed. */
static size_t write_all(struct log *log, const char *p, size_t n)
{
    ssize_t (*fn)(int, const void *, size_t) = atomic_load(&log->write);
    size_t done = 0;
    while (done < n) {
        ssize_t written = fn(log->fd, p + done, n - done);
        if (written > 0 && (size_t)written <= n - done) {
            done += (size_t)written;
        } else if (written < 0 && errno == EAGAIN) {
            struct pollfd slow = {.fd = log->fd, .events = POLLOUT};
            if (poll(&slow, 1, 1000) <= 0)
                break;
        } else if (!(written < 0 && errno == EINTR)) {
            break;
        }
    }
    return done;
}

static size_t count_lines(const char *p, size_t n)
{
    size_t lines = 0;
    for (const char *end = p + n; p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
        lines++;
    return lines;
}

/* Writes n bytes, which are `lines` whole lines; how many lines arrived. */
static size_t write_lines(struct log *log, const char *p, size_t n, size_t lines)
{
    if (log->torn && write_all(log, "\n", 1) == 1)
        log->torn = false;
    if (log->torn)
        return 0;
    size_t written = write_all(log, p, n);
    log->torn = written > 0 && p[written - 1] != '\n';
    return written == n ? lines : count_lines(p, written);
}

/* Says how many lines were lost since it was last said. */
static void tell_lost(struct log *log)
{
    uint64_t lost = atomic_load(&log->lost);
    if (lost == log->told)
        return;
    char line[LOST_LINE_SIZE];
    struct buf b;
    dw__buf_init_fixed(&b, line, sizeof line);
    DW__LOG_BEGIN(&b, NULL, DW_LOG_LEVEL_ERROR, "event", "log.lost");
    DW__LOG_UINT(&b, "lines", lost - log->told);
    dw__buf_put(&b, log->tail, log->tail_n);
    DW__CHECK(!b.failed);
    if (write_lines(log, b.p, b.n, 1) == 1)
        log->told = lost;
}

/* Writes the batch and gives its place in the ring free. */
static void batch_write(struct log *log)
{
    tell_lost(log);
    if (log->batch_n > 0)
        log_drop(log, log->batch_lines - write_lines(log, log->batch, log->batch_n, log->batch_lines));
    log->batch_n = log->batch_lines = 0;
    atomic_store_explicit(&log->done, log->taken, memory_order_release);
}

/* Moves n bytes from the ring to the batch, leaving zeros. */
static void batch_take(struct log *log, uint64_t place, size_t n)
{
    char *to = log->batch + log->batch_n;
    size_t at = place % RING_SIZE;
    size_t first = n < RING_SIZE - at ? n : RING_SIZE - at;
    memcpy(to, log->ring + at, first);
    memcpy(to + first, log->ring, n - first);
    memset(log->ring + at, 0, first);
    memset(log->ring, 0, n - first);
    log->batch_n += n;
    log->batch_lines++;
}

static void use_next_fd(struct log *log)
{
    int fd = atomic_exchange(&log->next_fd, -1);
    if (fd < 0)
        return;
    close(log->fd);
    log->fd = fd;
    log->torn = false;
}

/* Others may write to the same pipe: only PIPE_BUF bytes stay together there (POSIX write()). */
static size_t batch_limit(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) ? PIPE_BUF : BATCH_SIZE;
}

/* Writes all records that are ready. */
static void drain(struct log *log)
{
    atomic_store(&log->hurry, false);
    use_next_fd(log);
    log->batch_max = batch_limit(log->fd);
    for (;;) {
        _Atomic uint64_t *record = record_at(log, log->taken);
        uint64_t n =
            log->taken == atomic_load(&log->head) ? 0 : atomic_load_explicit(record, memory_order_acquire);
        if (n == 0)
            break;
        if (log->batch_n > 0 && log->batch_n + n > log->batch_max)
            batch_write(log);
        atomic_store_explicit(record, 0, memory_order_relaxed);
        batch_take(log, log->taken + HEAD_SIZE, n);
        log->taken += record_size(n);
    }
    batch_write(log);
}

/* Waits until `wake` is posted, at most `ns`; false when that is over. */
static bool wait_at_most(sem_t *wake, uint64_t ns)
{
    struct timespec until;
    DW__CHECK(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
    ns += (uint64_t)until.tv_nsec;
    until.tv_sec += (time_t)(ns / 1000000000);
    until.tv_nsec = (long)(ns % 1000000000);
    int rc;
    do
        rc = sem_clockwait(wake, CLOCK_MONOTONIC, &until);
    while (rc != 0 && errno == EINTR);
    return rc == 0;
}

/* Waits for the first line. A producer takes its place before it looks at `idle`, and the writer says idle before it looks at
 * `head`; so one of them sees the other. */
static void wait_for_line(struct log *log)
{
    atomic_store(&log->idle, true);
    if (atomic_load(&log->head) == log->taken && !atomic_load(&log->stop) && atomic_load(&log->next_fd) < 0)
        while (sem_wait(&log->wake) != 0 && errno == EINTR)
            ;
    atomic_store(&log->idle, false);
}

static void *writer(void *p)
{
    struct log *log = p;
    while (!atomic_load(&log->stop)) {
        wait_for_line(log);
        if (!atomic_load(&log->stop) && !atomic_load(&log->hurry))
            (void)wait_at_most(&log->wake, COLLECT_NS);
        drain(log);
    }
    drain(log); /* what came between the last one and the stop */
    DW__CHECK(sem_post(&log->ended) == 0);
    return NULL;
}

/* ---- Life --------------------------------------------------------------------------------------------------------- */

/* The thread takes no signals, which are for the loop, but those of its own faults, for the crash report. */
static int start_writer(struct log *log)
{
    sigset_t all, before;
    pthread_attr_t attr;
    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGABRT);
    if (pthread_attr_init(&attr) != 0)
        return -1;
    int rc = pthread_attr_setstacksize(&attr, STACK_SIZE);
    if (rc == 0)
        rc = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (rc == 0) {
        rc = pthread_create(&log->thread, &attr, writer, log);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    pthread_attr_destroy(&attr);
    return rc == 0 ? 0 : -1;
}

static void make_tail(struct log *log, const char *who)
{
    dw_text name = dw__text_of(who);
    if (name.n > WHO_MAX_SIZE)
        name.n = WHO_MAX_SIZE;
    struct buf b;
    dw__buf_init_fixed(&b, log->tail, sizeof log->tail);
    DW__LOG_TEXT(&b, "process", name);
    dw__buf_lit(&b, "}\n");
    DW__CHECK(!b.failed);
    log->tail_n = b.n;
}

dw_err dw__log_new(struct log **out, int fd, dw_log_level level, const char *who)
{
    /* Pages that stay untouched cost nothing: a quiet process never fills its ring. */
    struct log *log = mmap(NULL, sizeof *log, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (log == MAP_FAILED)
        goto err0;
    log->level = level;
    atomic_init(&log->next_fd, -1);
    atomic_init(&log->write, write);
    make_tail(log, who);
    log->fd = fd == STDERR_FILENO ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : fd;
    if (log->fd < 0)
        goto err1;
    /* Cannot fail for these arguments, and needs no undoing. */
    DW__CHECK(sem_init(&log->wake, 0, 0) == 0 && sem_init(&log->ended, 0, 0) == 0);
    if (start_writer(log) != 0)
        goto err2;
    *out = log;
    return DW_OK;

err2:
    if (log->fd != fd)
        close(log->fd);
err1:
    munmap(log, sizeof *log);
err0:
    return DW_UNAVAILABLE;
}

void dw__log_free(struct log *log)
{
    if (log == NULL)
        return;
    atomic_store(&log->stop, true);
    writer_wake(log);
    if (!wait_at_most(&log->ended, PATIENCE_NS))
        return; /* it hangs in write(2), and still uses all this */
    DW__CHECK(pthread_join(log->thread, NULL) == 0);
    use_next_fd(log);
    close(log->fd);
    munmap(log, sizeof *log);
}

void dw__log_reopen(struct log *log, int fd)
{
    int unused = atomic_exchange(&log->next_fd, fd);
    if (unused >= 0)
        close(unused);
    writer_wake(log);
}

void dw__log_flush(struct log *log)
{
    uint64_t goal = atomic_load(&log->head);
    const struct timespec nap = {.tv_nsec = 200000};
    atomic_store(&log->hurry, true);
    writer_wake(log);
    for (uint64_t waited = 0; waited < PATIENCE_NS; waited += (uint64_t)nap.tv_nsec) {
        if (atomic_load_explicit(&log->done, memory_order_acquire) >= goal)
            return;
        nanosleep(&nap, NULL);
    }
}

bool dw__log_wants(const struct log *log, dw_log_level level)
{
    return level >= (log == NULL ? DW_LOG_LEVEL_INFO : log->level);
}

uint64_t dw__log_lost(const struct log *log)
{
    return atomic_load(&log->lost);
}

void dw__log_audit_to(struct log *log, struct audit_link *link)
{
    atomic_store(&log->audit, link);
}

struct audit_link *dw__log_audit(const struct log *log)
{
    return atomic_load(&log->audit);
}

void dw__log_write_with(struct log *log, ssize_t (*fn)(int fd, const void *p, size_t n))
{
    atomic_store(&log->write, fn);
}
