/* bench/store.c -- durable rows per second: one worker with 64 fibers, one store.
 *
 * Each fiber inserts a row, waits until it is on the disk, inserts the next.  Printed: rows a second, rows for each time that the
 * worker was woken (which is for each commit), CPU of both processes per row, and the median and 99th percentile of the
 * wait.  Usage: store [seconds] [fibers] [directory] [rows|items].  The directory decides the disk; `rows` is a table without
 * an index, `items` one with what an application has: an owner, two indices, ids that are never used again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/fiber.h"
#include "os/loop.h"
#include "store/ring.h"
#include "store/sql.h"

#define MAX_SAMPLES 4000000u
#define MAX_FIBERS 512u

DW_SCHEMA(row_in, (dw_text, title), (int64_t, stars));
DW_SCHEMA(row_id, (int64_t, id));
DW_QUERY(row_add, row_in, row_id, "INSERT INTO rows (title, stars) VALUES (:title, :stars) RETURNING id");

DW_SCHEMA(item_in, (int64_t, owner), (dw_text, name), (dw_text, description));
DW_QUERY(item_add, item_in, row_id,
         "INSERT INTO items (owner, name, description, created_at, updated_at)"
         " VALUES (:owner, :name, :description, :now, :now) RETURNING id");

static const dw_query *const queries[] = {&row_add, &item_add};
static const char create[] =
    "CREATE TABLE rows (id INTEGER PRIMARY KEY, title TEXT NOT NULL, stars INTEGER NOT NULL);"
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
    "INSERT INTO users VALUES (1, 'ann');"
    "CREATE TABLE items (id INTEGER PRIMARY KEY AUTOINCREMENT, owner INTEGER NOT NULL REFERENCES users (id),"
    " name TEXT NOT NULL, description TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1,"
    " created_at TEXT NOT NULL, updated_at TEXT NOT NULL) STRICT;"
    "CREATE INDEX items_by_owner ON items (owner, id);"
    "CREATE INDEX items_by_owner_and_name ON items (owner, name, id);";
static const dw_migration migrations[] = {{1, "rows", create, sizeof create - 1, NULL, 0}, {0}};

static struct services services;
static struct loop *loop;
static uint64_t until_ns;
static size_t n_rows, n_failed, n_wakes, running;
static bool with_items;
static uint32_t *waits; /* nanoseconds */

static _Noreturn void die(const char *what)
{
    (void)fprintf(stderr, "bench store: %s\n", what);
    exit(1);
}

static uint64_t now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static double kernel_seconds(const struct rusage *u)
{
    return (double)u->ru_stime.tv_sec + (double)u->ru_stime.tv_usec / 1e6;
}

static double cpu_seconds(const struct rusage *u)
{
    return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) +
           (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e6;
}

static void on_fatal(const char *why)
{
    die(why);
}

static struct sql_handle *open_handle(const char *path, enum sql_mode mode, struct sql_inventory **inv)
{
    struct sql_handle *h;
    char text[1024] = "";
    struct buf why;
    int applied;

    dw__buf_init_fixed(&why, text, sizeof text - 1);
    if (dw__sql_inventory_new(inv, queries, queries + 2, &why) != DW_OK ||
        dw__sql_open(&h, path, mode, &why) != DW_OK ||
        (mode == SQL_READ_WRITE && dw__migrate_up(h, migrations, &applied, &why) != DW_OK) ||
        dw__sql_prepare_all(h, *inv, &why) != DW_OK)
        die(text);
    return h;
}

/* The store's process; ends when `parent` closes. */
static void end_with_parent(struct io *io, uint32_t events)
{
    (void)io;
    (void)events;
    dw__loop_stop(loop);
}

static _Noreturn void run_store(const char *path, struct ring_end *end, int parent, int ready)
{
    struct io io = {.fn = end_with_parent, .fd = parent};
    struct sql_inventory *inv;
    struct sql_handle *h = open_handle(path, SQL_READ_WRITE, &inv);
    struct sql_writer *writer;

    if (dw__loop_new(&loop) != DW_OK || dw__loop_watch(loop, &io, 1) != DW_OK ||
        dw__sql_writer_new(&writer, h, inv, &end, 1, loop, NULL, on_fatal) != DW_OK ||
        write(ready, "r", 1) != 1)
        die("the store does not start");
    dw__loop_run(loop);
    dw__sql_writer_drain(writer);
    exit(0);
}

static dw_err insert_one(dw_ctx *ctx)
{
    static const row_in row = {.title = DW_TEXT_INIT("A title of a usual length"), .stars = 5};
    static const item_in item = {.owner = 1,
                                 .name = DW_TEXT_INIT("An item of the bench"),
                                 .description = DW_TEXT_INIT("Stored before the answer is sent")};
    row_id out;

    return with_items ? DW_ONE(ctx, item_add, &item, &out) : DW_ONE(ctx, row_add, &row, &out);
}

/* Once for each turn of the loop. */
static void count_wakes(void)
{
    static uint64_t turn_ns;

    if (turn_ns != dw__loop_clock(loop)->mono_ns)
        n_wakes++;
    turn_ns = dw__loop_clock(loop)->mono_ns;
}

static void insert(void *arg)
{
    struct arena arena;
    dw_ctx ctx;

    (void)arg;
    dw__arena_init(&arena, NULL, 65536);
    dw__ctx_init(&ctx, &arena, &services, dw__loop_clock(loop));
    ctx.fiber = dw__fiber_self();
    for (;;) {
        uint64_t begun = now_ns(), took;

        if (begun >= until_ns)
            break;
        if (insert_one(&ctx) != DW_OK)
            n_failed++;
        count_wakes();
        took = now_ns() - begun;
        if (n_rows < MAX_SAMPLES)
            waits[n_rows] = took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
        n_rows++;
    }
    dw__ctx_end(&ctx);
    dw__arena_release(&arena);
    if (--running == 0)
        dw__loop_stop(loop);
}

static int order(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static void report(double seconds, size_t fibers, const struct rusage *worker, const struct rusage *store)
{
    size_t n = n_rows < MAX_SAMPLES ? n_rows : MAX_SAMPLES;
    double us = 1e6 / (double)n_rows;

    qsort(waits, n, sizeof *waits, order);
    (void)printf(
        "store: %zu fibers, %.1f s: %.0f durable rows/s, %.1f a commit, %.2f us CPU a row (worker %.2f, "
        "store %.2f, of which the kernel %.2f), wait p50 %.0f us, p99 %.0f us, %zu failed\n",
        fibers, seconds, (double)n_rows / seconds, (double)n_rows / (double)n_wakes,
        (cpu_seconds(worker) + cpu_seconds(store)) * us, cpu_seconds(worker) * us, cpu_seconds(store) * us,
        kernel_seconds(store) * us, waits[n / 2] / 1e3, waits[n * 99 / 100] / 1e3, n_failed);
}

static void run_worker(const char *path, struct ring_end *end, double seconds, size_t fibers)
{
    struct sql_inventory *inv;
    struct fiber_pool *pool;
    struct sql_handle *h = open_handle(path, SQL_READ_ONLY, &inv);

    if (dw__loop_new(&loop) != DW_OK || dw__fiber_pool_new(&pool, loop, fibers, fibers) != DW_OK ||
        dw__sql_client_remote(&services.sql, h, inv, end, loop) != DW_OK)
        die("the worker does not start");
    services.loop = loop;
    until_ns = now_ns() + (uint64_t)(seconds * 1e9);
    running = fibers;
    for (size_t i = 0; i < fibers; i++)
        if (dw__fiber_start(pool, insert, NULL, NULL) != DW_OK)
            die("no fiber");
    dw__loop_run(loop);
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 3;
    size_t fibers = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 64;
    char dir[256], path[300], byte;
    int memfd, wake_worker = eventfd(0, EFD_CLOEXEC), wake_store = eventfd(0, EFD_CLOEXEC), life[2], ready[2];
    struct rusage self, child;
    struct ring_end *end;
    uint64_t begun;
    pid_t pid;

    (void)snprintf(dir, sizeof dir, "%s/dewar-bench-XXXXXX", argc > 3 ? argv[3] : "/tmp");
    with_items = argc > 4 && strcmp(argv[4], "items") == 0;
    waits = calloc(MAX_SAMPLES, sizeof *waits);
    if (!waits || fibers == 0 || fibers > MAX_FIBERS || seconds <= 0 || !mkdtemp(dir) || pipe(life) != 0 ||
        pipe(ready) != 0 || dw__ring_memory(&memfd) != DW_OK)
        die("usage: store [seconds] [fibers, at most 512] [directory] [rows|items]");
    (void)snprintf(path, sizeof path, "%s/bench.db", dir);
    pid = fork();
    if (dw__ring_end_new(&end, pid != 0, memfd, pid ? wake_worker : wake_store,
                         pid ? wake_store : wake_worker) != DW_OK)
        die("no ring");
    if (pid == 0) {
        (void)close(life[1]);
        run_store(path, end, life[0], ready[1]);
    }
    if (read(ready[0], &byte, 1) != 1)
        die("the store did not start");
    begun = now_ns();
    run_worker(path, end, seconds, fibers);
    seconds = (double)(now_ns() - begun) / 1e9;
    (void)close(life[1]);
    (void)wait4(pid, NULL, 0, &child);
    (void)getrusage(RUSAGE_SELF, &self);
    report(seconds, fibers, &self, &child);
    (void)snprintf(path, sizeof path, "rm -rf %s", dir);
    return system(path) == 0 ? 0 : 1;
}
