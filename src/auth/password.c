/* auth/password.c -- see password.h.
 *
 * A password travels to the thread in a copy of its own, since the request may end while the thread still
 * works; both copies are wiped. Whatever is asked about, one hash's worth of work is done: for an account
 * that does not exist, one without a usable hash, a password that cannot be.
 *
 * Ours are hashed in normal form C, so that the same password typed on another keyboard is the same; what others hashed are the bytes as they
 * came. Argon2id does not tell who made it, so a password that has two spellings is tried in both: for every account, there or not. */
#include "auth/password.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/audit.h"
#include "base/check.h"
#include "codec/normalise.h"
#include "codec/utf8.h"
#include "crypto/compare.h"
#include "crypto/stored_hash.h"
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
    size_t password_n, as_typed_n, hash_n;
    char password[DW__PASSWORD_MAX]; /* in normal form C */
    char as_typed[DW__PASSWORD_MAX]; /* as_typed_n is 0 when that is the same */
    char hash[DW__STORED_HASH_MAX + 1];
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

/* ---- on a thread of the pool ---- */

static void run_hash(void *arg)
{
    struct job *job = arg;
    char phc[DW__PHC_SIZE];

    job->err = dw__argon2_hash(&job->params, (dw_secret){job->password, job->password_n}, phc);
    memcpy(job->hash, phc, sizeof(phc));
    dw__wipe(phc, sizeof(phc));
}

static void run_verify(void *arg)
{
    struct job *job = arg;
    struct stored_hash stored;
    const dw_secret composed = {job->password, job->password_n}, typed = {job->as_typed, job->as_typed_n};

    job->err = DW_UNAUTHENTICATED;
    if (dw__stored_hash_read((dw_text){job->hash, job->hash_n}, &stored) == NULL)
        job->err = dw__stored_hash_verify(typed.n > 0 && !stored.ours ? typed : composed, &stored);
    if (job->err == DW_UNAUTHENTICATED && stored.ours && typed.n > 0)
        job->err = dw__stored_hash_verify(typed, &stored);
    dw__wipe(&stored, sizeof(stored));
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

/* `password` is length_ok. DW_INVALID: its normal form is too long, or it has none. */
static dw_err job_init(struct job *job, const struct password_pool *passwords, dw_ctx *ctx,
                       dw_secret password)
{
    dw_text composed = {password.p, password.n};
    dw_err err = DW_OK;

    memset(job, 0, sizeof(*job));
    job->params = passwords->params;
    job->err = DW_INTERNAL;
    if (dw__utf8_valid(password.p, password.n))
        err = dw__nfc(composed, ctx->arena, &composed);
    if (err != DW_OK || composed.n > DW__PASSWORD_MAX)
        return err == DW_TOO_LARGE ? DW_UNAVAILABLE : DW_INVALID;
    job->password_n = composed.n;
    memcpy(job->password, composed.p, composed.n);
    if (composed.n != password.n || memcmp(composed.p, password.p, password.n) != 0) {
        job->as_typed_n = password.n;
        memcpy(job->as_typed, password.p, password.n);
    }
    return DW_OK;
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
    dw_err err = job_init(&job, passwords, ctx, password);
    if (err == DW_OK)
        err = run(passwords, ctx, run_hash, &job);
    if (err == DW_OK) {
        *hash = dw__arena_text(ctx->arena, (dw_text){job.hash, strnlen(job.hash, sizeof(job.hash))});
        if (hash->p == NULL)
            err = DW_UNAVAILABLE;
    }
    dw__wipe(&job, sizeof(job));
    return err;
}

dw_err dw_password_verify(dw_ctx *ctx, dw_secret password, dw_text hash)
{
    static const dw_secret guess = {"x", 1};
    struct password_pool *passwords = pool_of(ctx);
    struct job job;

    if (passwords == NULL)
        return DW_UNAVAILABLE;
    /* What can never match does the same work: the guess "x" against a hash that nobody knows the password of. */
    bool possible = length_ok(password) && dw_password_hash_ok(hash, NULL);
    dw_err err = job_init(&job, passwords, ctx, length_ok(password) ? password : guess);
    if (err == DW_INVALID) {
        possible = false;
        err = job_init(&job, passwords, ctx, guess);
    }
    if (!possible)
        hash = (dw_text){passwords->dummy, passwords->dummy_n};
    memcpy(job.hash, hash.p, hash.n); /* at most DW__STORED_HASH_MAX: hash_ok says so */
    job.hash_n = hash.n;
    if (err == DW_OK)
        err = run(passwords, ctx, run_verify, &job);
    dw__wipe(&job, sizeof(job));
    if (err == DW_OK && !possible)
        err = DW_UNAUTHENTICATED;
    if (err == DW_UNAUTHENTICATED)
        dw__audit_note(ctx, AUDIT_PASSWORD_REFUSED, NULL, 0);
    return err;
}

bool dw_password_hash_ok(dw_text hash, const char **why)
{
    struct stored_hash stored;
    const char *trouble = dw__stored_hash_read(hash, &stored);

    dw__wipe(&stored, sizeof(stored));
    if (why != NULL)
        *why = trouble;
    return trouble == NULL;
}

bool dw_password_needs_rehash(const dw_ctx *ctx, dw_text hash)
{
    const struct password_pool *passwords = pool_of(ctx);

    return passwords != NULL && dw__argon2_needs_rehash(hash, &passwords->params);
}
