/* machine.h -- a store and its workers in processes of their own, and what was acknowledged to whom.
 *
 * Every process can be killed at any moment.  What a worker was told lives in memory that outlives it. */
#ifndef TESTS_UNIT_STORE_MACHINE_H
#define TESTS_UNIT_STORE_MACHINE_H

#include "store_pair.h"

#include <stdatomic.h>
#include <sys/prctl.h>
#include <time.h>

#include "forgetful_vfs.h"

#define MACHINE_RINGS 3
#define MACHINE_FIBERS 24
#define MACHINE_ACKS ((size_t)1 << 20)

/* "Written" was said of this row. */
struct ack {
    int64_t id;
    unsigned round, worker, fiber, k;
    atomic_bool said;
};

struct acks {
    atomic_size_t n, n_failed;
    struct ack v[MACHINE_ACKS];
};

struct machine {
    struct fixture f;
    struct pair pairs[MACHINE_RINGS];
    struct acks *acks;
    unsigned seed, round, started; /* how many workers were */
    pid_t store, workers[MACHINE_RINGS];
};

static inline unsigned machine_number(const char *name, unsigned otherwise)
{
    const char *text = getenv(name);

    return text && text[0] ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

/* Another one each time, printed; the same again with DEWAR_SEED. */
static inline unsigned machine_seed(void)
{
    unsigned seed = machine_number("DEWAR_SEED", (unsigned)time(NULL) ^ ((unsigned)getpid() << 16));

    print_message("# DEWAR_SEED=%u\n", seed);
    return seed;
}

static inline void machine_init(struct machine *m)
{
    *m = (struct machine){.seed = machine_seed()};
    fixture_init(&m->f);
    for (size_t i = 0; i < MACHINE_RINGS; i++)
        pair_init(&m->pairs[i]);
    m->acks = mmap(NULL, sizeof *m->acks, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(m->acks, MAP_FAILED);
}

static inline void machine_pause(unsigned us)
{
    (void)nanosleep(&(struct timespec){us / 1000000, (long)(us % 1000000) * 1000}, NULL);
}

/* ---- processes ---- */

/* No child outlives a test that failed. */
static inline pid_t machine_fork(void)
{
    pid_t pid = fork();

    if (pid == 0)
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    return pid;
}

static inline void machine_store(struct machine *m)
{
    int ready[2];
    char byte;

    assert_int_equal(pipe(ready), 0);
    m->store = machine_fork();
    if (m->store == 0) {
        (void)close(ready[0]);
        store_serve_all(&m->f, m->pairs, MACHINE_RINGS, ready[1]);
    }
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    (void)close(ready[0]);
}

struct machine_worker {
    struct machine *m;
    unsigned number;
};

static inline void machine_say(struct acks *acks, struct ack a)
{
    size_t i = atomic_fetch_add(&acks->n, 1);

    if (i >= MACHINE_ACKS)
        _exit(5);
    acks->v[i].id = a.id;
    acks->v[i].round = a.round;
    acks->v[i].worker = a.worker;
    acks->v[i].fiber = a.fiber;
    acks->v[i].k = a.k;
    atomic_store(&acks->v[i].said, true);
}

static inline void machine_write(struct job *job)
{
    const struct machine_worker *w = job->arg;
    struct ack a = {.round = w->m->round, .worker = w->number, .fiber = (unsigned)job->i};

    /* A store on a busy machine may be late. */
    while (dw__sql_client_ready(w->m->f.client) != DW_OK)
        if (dw_sleep(&job->ctx, 5) != DW_OK)
            _exit(4);
    for (;; a.k++) {
        note_in in = {.title = dw_format(&job->ctx, "%u %u %u %u", a.round, a.worker, a.fiber, a.k)};
        note_id id;
        dw_err err = DW_ONE(&job->ctx, note_add, &in, &id);

        if (err != DW_OK) {
            atomic_fetch_add(&w->m->acks->n_failed, 1);
            if (err != DW_UNAVAILABLE || dw_sleep(&job->ctx, 5) != DW_OK) {
                (void)fprintf(stderr, "a write: %s\n", dw_err_code(err));
                _exit(4);
            }
            continue;
        }
        a.id = id.id;
        machine_say(w->m->acks, a);
    }
}

/* Starts a worker that writes on ring `number` until it is killed. */
static inline void machine_work(struct machine *m, unsigned number)
{
    struct machine_worker arg = {m, m->started++};
    struct worker w;

    m->workers[number] = machine_fork();
    if (m->workers[number] != 0)
        return;
    child_ok(&m->f, dw__log_new(&m->f.services.log, open("/dev/null", O_WRONLY | O_CLOEXEC),
                                DW_LOG_LEVEL_ERROR, "worker"));
    worker_init(&w, &m->f, &m->pairs[number]);
    worker_run(&w, MACHINE_FIBERS, machine_write, &arg);
    _exit(1);
}

/* Ends a child that must not have ended by itself. */
static inline void machine_kill(pid_t *pid)
{
    int status = 0;

    if (*pid <= 0)
        return;
    (void)kill(*pid, SIGKILL);
    assert_int_equal(waitpid(*pid, &status, 0), *pid);
    *pid = 0;
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        fail_msg("a process ended by itself: %#x", (unsigned)status);
}

static inline void machine_kill_all(struct machine *m)
{
    machine_kill(&m->store);
    for (size_t i = 0; i < MACHINE_RINGS; i++)
        machine_kill(&m->workers[i]);
}

static inline void machine_release(struct machine *m)
{
    machine_kill_all(m);
    for (size_t i = 0; i < MACHINE_RINGS; i++)
        pair_release(&m->pairs[i]);
    (void)munmap(m->acks, sizeof *m->acks);
    fixture_release(&m->f);
}

/* ---- what is there ---- */

static inline int64_t machine_ask(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt;
    int64_t n;

    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    n = sqlite3_column_int64(stmt, 0);
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    return n;
}

static inline void machine_look_for(sqlite3_stmt *stmt, const struct ack *a)
{
    char title[64];

    (void)snprintf(title, sizeof title, "%u %u %u %u", a->round, a->worker, a->fiber, a->k);
    assert_int_equal(sqlite3_bind_int64(stmt, 1, a->id), SQLITE_OK);
    if (sqlite3_step(stmt) != SQLITE_ROW || strcmp((const char *)sqlite3_column_text(stmt, 0), title) != 0)
        fail_msg("row %lld, \"%s\", was acknowledged and is not there", (long long)a->id, title);
    assert_int_equal(sqlite3_reset(stmt), SQLITE_OK);
}

/* The database is whole, has every row that was acknowledged, and none that nobody wrote; how many are in it. */
static inline int64_t machine_check(const struct machine *m, const char *path)
{
    size_t n = atomic_load(&m->acks->n);
    sqlite3_stmt *stmt;
    sqlite3 *db;
    int64_t rows;

    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix"), SQLITE_OK);
    assert_int_equal(
        machine_ask(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
    assert_int_equal(
        machine_ask(db, "SELECT count(*) FROM notes WHERE title NOT GLOB '[0-9]* [0-9]* [0-9]* [0-9]*'"), 0);
    rows = machine_ask(db, "SELECT count(*) FROM notes");
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT title FROM notes WHERE id = ?", -1, &stmt, NULL),
                     SQLITE_OK);
    for (size_t i = 0; i < n; i++)
        if (atomic_load(&m->acks->v[i].said))
            machine_look_for(stmt, &m->acks->v[i]);
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return rows;
}

#endif
