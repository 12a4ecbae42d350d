/* slowpoke.c -- an application that does what a development server should name: it holds the loop, asks the same again and again, and takes
 * its time to start. */
#include <dw/dw.h>
#include <time.h>

DW_SCHEMA(number, (int64_t, n));
DW_QUERY(number_by_id, number, number, "SELECT id AS n FROM numbers WHERE id = :n");
DW_QUERY(number_first, dw_nothing, number, "SELECT id AS n FROM numbers ORDER BY id LIMIT 1");

/* Computes for `ms`. */
__attribute__((noinline)) static int64_t compute_for(int64_t ms)
{
    struct timespec begun, now;
    int64_t turns = 0, passed;

    (void)clock_gettime(CLOCK_MONOTONIC, &begun);
    do {
        for (volatile int i = 0; i < 1000; i++)
            turns++;
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        passed = (now.tv_sec - begun.tv_sec) * 1000 + (now.tv_nsec - begun.tv_nsec) / 1000000;
    } while (passed < ms);
    return turns;
}

/* Sleeps without telling anybody. */
__attribute__((noinline)) static void sleep_for(int64_t ms)
{
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000};

    (void)nanosleep(&time, NULL);
}

static dw_err compute(dw_req *req, const number *in, number *out)
{
    (void)req;
    out->n = compute_for(in->n);
    return DW_OK;
}
DW_HANDLER(compute, number, number);

static dw_err doze(dw_req *req, const number *in, number *out)
{
    (void)req;
    sleep_for(in->n);
    out->n = in->n;
    return DW_OK;
}
DW_HANDLER(doze, number, number);

static dw_err wait(dw_req *req, const number *in, number *out)
{
    out->n = in->n;
    return dw_sleep(dw_req_ctx(req), (uint64_t)in->n);
}
DW_HANDLER(wait, number, number);

static dw_err again(dw_req *req, const number *in, number *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    dw_err err = DW_ONE(ctx, number_first, &(dw_nothing){0}, out);

    for (int64_t i = 1; i < in->n && err == DW_OK; i++)
        err = DW_ONE(ctx, number_by_id, &(number){.n = 1}, out);
    return err;
}
DW_HANDLER(again, number, number);

static const dw_route routes[] = {
    DW_GET("/compute/{n}", compute, DW_PUBLIC("a test looks at it")),
    DW_GET("/doze/{n}", doze, DW_PUBLIC("a test looks at it")),
    DW_GET("/wait/{n}", wait, DW_PUBLIC("a test looks at it")),
    DW_GET("/again/{n}", again, DW_PUBLIC("a test looks at it")),
};
static const dw_blueprint slow = DW_BLUEPRINT("", routes);

/* A second or two, also on a fast machine. */
#define SLOWLY                                                                       \
    "WITH RECURSIVE c (x) AS (SELECT 2 UNION ALL SELECT x + 1 FROM c LIMIT 3000000)" \
    " INSERT INTO numbers SELECT max(x) FROM c;"
static const char numbers[] =
    "CREATE TABLE numbers (id bigint PRIMARY KEY); INSERT INTO numbers VALUES (1);" SLOWLY;
static const dw_migration migrations[] = {{1, "numbers", numbers, sizeof numbers - 1, NULL, 0}, {0}};

int main(int argc, char **argv)
{
    return dw_main(argc, argv,
                   &(const dw_app){
                       .name = "slowpoke",
                       .version = "1",
                       .migrations = migrations,
                       .blueprints = (const dw_blueprint *const[]){&slow, NULL},
                   });
}
