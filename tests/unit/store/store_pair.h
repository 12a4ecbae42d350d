/* store_pair.h -- a ring between a worker and a store, and the processes at its ends. */
#ifndef TESTS_UNIT_STORE_PAIR_H
#define TESTS_UNIT_STORE_PAIR_H

#include "store_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include "os/fiber.h"
#include "os/loop.h"
#include "os/wait.h"
#include "store/ring.h"

struct pair {
    int memfd, wake_worker, wake_store;
};

static inline void pair_init(struct pair *p)
{
    assert_int_equal(dw__ring_memory(&p->memfd), DW_OK);
    p->wake_worker = eventfd(0, EFD_CLOEXEC);
    p->wake_store = eventfd(0, EFD_CLOEXEC);
    assert_true(p->wake_worker >= 0 && p->wake_store >= 0);
}

static inline void pair_release(struct pair *p)
{
    close(p->memfd);
    close(p->wake_worker);
    close(p->wake_store);
}

static inline struct ring_end *pair_end(const struct pair *p, bool is_worker)
{
    struct ring_end *end;

    assert_int_equal(dw__ring_end_new(&end, is_worker, dup(p->memfd),
                                      dup(is_worker ? p->wake_worker : p->wake_store),
                                      dup(is_worker ? p->wake_store : p->wake_worker)),
                     DW_OK);
    return end;
}

static inline void store_fatal(const char *why)
{
    (void)why;
    _exit(3);
}

/* In a child, which has no test to fail. */
#define child_ok(f, expression)                                             \
    do {                                                                    \
        if ((expression) != DW_OK) {                                        \
            (void)fprintf(stderr, "%s: %s\n", #expression, fixture_why(f)); \
            _exit(1);                                                       \
        }                                                                   \
    } while (0)

/* Becomes the store process of n rings on f->path: writes a byte to `ready` when it is. Lives until it is killed. */
static inline void store_serve_all(struct fixture *f, const struct pair *pairs, size_t n, int ready)
{
    struct sql_writer *writer;
    struct ring_end *ends[8];
    struct loop *loop;
    char log[128];
    int fd;

    for (size_t i = 0; i < n; i++)
        ends[i] = pair_end(&pairs[i], false);
    (void)snprintf(log, sizeof log, "%s/store.log", f->dir);
    fd = open(log, O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
    child_ok(f, dw__log_new(&f->services.log, fd, DW_LOG_LEVEL_DEBUG, "store"));
    fixture_open(f, SQL_READ_WRITE);
    child_ok(f, dw__loop_new(&loop));
    child_ok(f, dw__sql_writer_new(&writer, f->h, f->inv, ends, n, loop, f->services.log, store_fatal));
    if (write(ready, "r", 1) != 1)
        _exit(1);
    dw__loop_run(loop);
    _exit(0);
}

static inline void store_serve(struct fixture *f, const struct pair *p, int ready)
{
    store_serve_all(f, p, 1, ready);
}

/* Starts, kills, stops and continues store processes: 's', 'k', 'p' and 'c', each answered by a byte; ends with its pipe.  A process of its own, since one that
 * has the database open must not fork another that opens it. */
static inline void store_keep(struct fixture *f, const struct pair *p, int in, int out)
{
    /* Found by a leak check: the registers that had it are the parent's. */
    static const struct fixture *volatile inherited;
    pid_t pid = 0;
    char command;
    int status;

    inherited = f;
    (void)inherited;
    while (read(in, &command, 1) == 1) {
        if (command == 's') {
            pid = fork();
            if (pid == 0)
                store_serve(f, p, out);
            continue;
        }
        if (command == 'p' || command == 'c') {
            if (kill(pid, command == 'p' ? SIGSTOP : SIGCONT) != 0 ||
                (command == 'p' && waitpid(pid, &status, WUNTRACED) != pid) || write(out, "p", 1) != 1)
                _exit(1);
            continue;
        }
        if (kill(pid, SIGKILL) != 0 || waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) ||
            write(out, "k", 1) != 1)
            _exit(1);
        pid = 0;
    }
    if (pid > 0)
        (void)kill(pid, SIGKILL);
    _exit(0);
}

struct store {
    pid_t keeper;
    int in, out;
};

static inline void store_command(struct store *s, char command)
{
    char answer = 0;

    assert_int_equal(write(s->in, &command, 1), 1);
    assert_int_equal(read(s->out, &answer, 1), 1);
}

/* Before this process opens the database or starts a thread. */
static inline void store_start(struct store *s, struct fixture *f, const struct pair *p)
{
    int in[2], out[2];

    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    s->keeper = fork();
    if (s->keeper == 0) {
        close(in[1]);
        close(out[0]);
        store_keep(f, p, in[0], out[1]);
    }
    close(in[0]);
    close(out[1]);
    s->in = in[1];
    s->out = out[0];
    store_command(s, 's');
}

static inline void store_end(struct store *s)
{
    int status;

    close(s->in);
    close(s->out);
    assert_int_equal(waitpid(s->keeper, &status, 0), s->keeper);
    assert_int_equal(status, 0);
}

/* The worker's side in this process. */
struct worker {
    struct fixture *f;
    struct ring_end *ring;
    struct loop *loop;
    struct fiber_pool *fibers;
    size_t running;
};

static inline void worker_init(struct worker *w, struct fixture *f, const struct pair *p)
{
    *w = (struct worker){.f = f};
    fixture_open(f, SQL_READ_ONLY);
    fixture_ok(f, dw__loop_new(&w->loop));
    fixture_ok(f, dw__fiber_pool_new(&w->fibers, w->loop, 1200, 64));
    w->ring = pair_end(p, true);
    fixture_ok(f, dw__sql_client_remote(&f->client, f->h, f->inv, w->ring, w->loop));
    f->services.sql = f->client;
    f->services.loop = w->loop;
}

static inline void worker_release(struct worker *w)
{
    fixture_close(w->f);
    dw__ring_end_free(w->ring);
    dw__fiber_pool_free(w->fibers);
    dw__loop_free(w->loop);
}

/* One fiber with a context of its own. */
struct job {
    struct worker *w;
    void (*fn)(struct job *job);
    size_t i; /* which one */
    void *arg;
    dw_ctx ctx;
    struct arena arena;
};

static inline void job_run(void *arg)
{
    struct job *job = arg;

    dw__arena_init(&job->arena, NULL, (size_t)8 << 20);
    dw__ctx_init(&job->ctx, &job->arena, &job->w->f->services, dw__loop_clock(job->w->loop));
    job->ctx.fiber = dw__fiber_self();
    job->fn(job);
    dw__ctx_end(&job->ctx);
    dw__arena_release(&job->arena);
    if (--job->w->running == 0)
        dw__loop_stop(job->w->loop);
}

/* Runs fn on n fibers until all have ended. */
static inline void worker_run(struct worker *w, size_t n, void (*fn)(struct job *job), void *arg)
{
    struct job *jobs = calloc(n, sizeof *jobs);

    w->running = n + 1;
    for (size_t i = 0; i < n; i++) {
        jobs[i] = (struct job){.w = w, .fn = fn, .i = i, .arg = arg};
        assert_int_equal(dw__fiber_start(w->fibers, job_run, &jobs[i], NULL), DW_OK);
    }
    if (--w->running > 0)
        dw__loop_run(w->loop);
    free(jobs);
}

#endif
