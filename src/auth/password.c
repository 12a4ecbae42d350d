/* auth/password.c -- see password.h.
 *
 * A password travels to the thread in a copy of its own, since the request may end while the thread still
 * works; both copies are wiped. Whatever is asked about, one hash's worth of work is done: for an account
 * that does not exist, one without a usable hash, a password that cannot be. */
#include "auth/password.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "crypto/compare.h"
#include "os/pool.h"

#define MAGIC 0x50415353u
#define NICE 19
#define QUEUE 64

struct password_pool {
    uint32_t magic;
    struct pool *pool; /* NULL: the caller's thread does the work */
    struct argon2_params params;
    char dummy[DW__PHC_SIZE]; /* the hash of a password that nobody knows */
    size_t dummy_n;
};

struct job {
    struct argon2_params params;
    dw_err err;
    size_t password_n, phc_n;
    char password[DW__PASSWORD_MAX];
    char phc[DW__PHC_SIZE];
};

unsigned dw__password_threads(unsigned cores)
{
    return cores < 4 ? 1 : cores / 2;
}

static unsigned cores_online(void)
{
    const long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : n > 1024 ? 1024 : (unsigned)n;
}

/* The hash that stands in for those that do not exist, at the price of one that does. */
static dw_err make_dummy(struct password_pool *passwords)
{
    char nobody[32];

    dw_random(nobody, sizeof(nobody));
    const dw_err err =
        dw__argon2_hash(&passwords->params, (dw_secret){nobody, sizeof(nobody)}, passwords->dummy);
    dw__wipe(nobody, sizeof(nobody));
    passwords->dummy_n = strlen(passwords->dummy);
    return err;
}

dw_err dw__password_pool_new(struct password_pool **out, struct loop *loop,
                             const struct argon2_params *params, unsigned threads, unsigned queue)
{
    dw_err err;

    *out = NULL;
    if (!dw__argon2_params_ok(params))
        return DW_INVALID;
    struct password_pool *passwords = calloc(1, sizeof(*passwords));
    if (passwords == NULL)
        return DW_UNAVAILABLE;
    passwords->magic = MAGIC;
    passwords->params = *params;
    err = make_dummy(passwords);
    if (err == DW_OK && loop != NULL)
        err = dw__pool_new(&passwords->pool, loop, "password",
                           threads > 0 ? threads : dw__password_threads(cores_online()),
                           queue > 0 ? queue : QUEUE, NICE);
    if (err != DW_OK) {
        free(passwords);
        return err;
    }
    *out = passwords;
    return DW_OK;
}

void dw__password_pool_free(struct password_pool *passwords)
{
    if (passwords == NULL)
        return;
    DW__MAGIC(passwords, MAGIC);
    dw__pool_free(passwords->pool);
    passwords->magic = 0;
    free(passwords);
}

bool dw__password_needs_rehash(const struct password_pool *passwords, dw_text hash)
{
    return dw__argon2_needs_rehash(hash, &passwords->params);
}

/* ---- on a thread of the pool ---- */

static void run_hash(void *arg)
{
    struct job *job = arg;

    job->err = dw__argon2_hash(&job->params, (dw_secret){job->password, job->password_n}, job->phc);
}

static void run_verify(void *arg)
{
    struct job *job = arg;

    job->err =
        dw__argon2_verify((dw_secret){job->password, job->password_n}, (dw_text){job->phc, job->phc_n});
}

/* ---- on the request's fiber ---- */

static struct password_pool *pool_of(const dw_ctx *ctx)
{
    struct password_pool *passwords = ctx->services != NULL ? ctx->services->passwords : NULL;

    if (passwords != NULL)
        DW__MAGIC(passwords, MAGIC);
    return passwords;
}

static bool length_ok(dw_secret password)
{
    return password.n > 0 && password.n <= DW__PASSWORD_MAX;
}

static void job_init(struct job *job, const struct password_pool *passwords, dw_secret password)
{
    memset(job, 0, sizeof(*job));
    job->params = passwords->params;
    job->err = DW_INTERNAL;
    job->password_n = password.n;
    memcpy(job->password, password.p, password.n);
}

/* Runs fn on `job` where it belongs; the job's own result, or why there is none. */
static dw_err run(struct password_pool *passwords, dw_ctx *ctx, void (*fn)(void *arg), struct job *job)
{
    if (passwords->pool == NULL || ctx->fiber == NULL) {
        fn(job);
        return job->err;
    }
    const dw_err err = dw__pool_run(passwords->pool, ctx, fn, job, sizeof(*job));
    return err != DW_OK ? err : job->err;
}

dw_err dw_password_hash(dw_ctx *ctx, dw_secret password, dw_text *hash)
{
    struct password_pool *passwords = pool_of(ctx);
    struct job job;

    *hash = (dw_text){NULL, 0};
    if (passwords == NULL)
        return DW_UNAVAILABLE;
    if (!length_ok(password))
        return DW_INVALID;
    job_init(&job, passwords, password);
    dw_err err = run(passwords, ctx, run_hash, &job);
    if (err == DW_OK) {
        *hash = dw__arena_text(ctx->arena, (dw_text){job.phc, strnlen(job.phc, sizeof(job.phc))});
        if (hash->p == NULL)
            err = DW_UNAVAILABLE;
    }
    dw__wipe(&job, sizeof(job));
    return err;
}

dw_err dw_password_verify(dw_ctx *ctx, dw_secret password, dw_text hash)
{
    struct password_pool *passwords = pool_of(ctx);
    struct job job;

    if (passwords == NULL)
        return DW_UNAVAILABLE;
    /* What can never match does the same work: the guess "x" against a hash that nobody knows the password of. */
    const bool possible = length_ok(password) && dw__argon2_readable(hash);
    job_init(&job, passwords, possible ? password : (dw_secret){"x", 1});
    if (!possible)
        hash = (dw_text){passwords->dummy, passwords->dummy_n};
    memcpy(job.phc, hash.p, hash.n); /* below DW__PHC_SIZE: readable says so */
    job.phc_n = hash.n;
    dw_err err = run(passwords, ctx, run_verify, &job);
    dw__wipe(&job, sizeof(job));
    if (err == DW_OK && !possible)
        err = DW_UNAUTHENTICATED;
    return err;
}
