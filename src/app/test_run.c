/* app/test_run.c -- the life of a test: what a worker is made of, with a database in memory, in one process and one thread. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/issuers.h"
#include "app/own_settings.h"
#include "app/test_inside.h"
#include "auth/issuer.h"
#include "base/check.h"
#include "base/text.h"
#include "crypto/init.h"
#include "crypto/secret.h"

#define TEST_MEMORY ((size_t)2 << 30)
#define TEST_FIBERS 64u
#define MAX_SETTINGS 64u
#define LAST_SECOND INT64_C(253402300799) /* of the year 9999 */

/* ---- settings ---- */

/* The settings as an environment: those given, and behind them those of every test that were not given. */
struct environment {
    struct dw_test *t;
    char *v[MAX_SETTINGS + 1];
    size_t n;
};

static bool is_given(const char *const *settings, const char *name)
{
    for (; settings != NULL && settings[0] != NULL; settings += 2)
        if (strcmp(settings[0], name) == 0)
            return true;
    return false;
}

static bool add_setting(struct environment *e, const char *name, const char *value)
{
    char prefix[64];
    size_t skip;
    dw_text line;

    /* The row of ENV is as good as any: what stands before its name is the prefix. */
    dw__setting_full_name(e->t->app, SETTING_ENV, prefix, sizeof prefix);
    skip = strlen(dw__setting_row(SETTING_ENV)->name);
    line = dw__arena_format(&e->t->memory, "%.*s%s=%s", (int)(strlen(prefix) - skip), prefix, name, value);
    if (line.p == NULL || e->n == MAX_SETTINGS)
        return false;
    e->v[e->n++] = (char *)(uintptr_t)line.p;
    return true;
}

static bool fill_environment(struct environment *e, const char *const *settings)
{
    char signing[DW__SECRET_TEXT + 1], data[DW__SECRET_TEXT + 1];
    const char *const ours[][2] = {{"ENV", "production"},     {"TRUSTED_HOSTS", "app.test"},
                                   {"LOG_LEVEL", "debug"},    {"WORKERS", "1"},
                                   {"SIGNING_KEYS", signing}, {"DATA_KEYS", data}};

    dw__secret_make(signing);
    dw__secret_make(data);
    for (const char *const *s = settings; s != NULL && s[0] != NULL; s += 2)
        if (s[1] == NULL || !add_setting(e, s[0], s[1]))
            return false;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (!is_given(settings, ours[i][0]) && !add_setting(e, ours[i][0], ours[i][1]))
            return false;
    return true;
}

static dw_err load_settings(struct dw_test *t, const char *const *settings, struct buf *why)
{
    struct environment e = {.t = t};
    char name[64], *argv[] = {name, NULL};
    int argc = 1;

    (void)snprintf(name, sizeof name, "%s", t->app->name);
    if (is_given(settings, "DATABASE_URL") || is_given(settings, "LOG")) {
        dw__buf_lit(why, "a test has its database and its log in memory: leave DATABASE_URL and LOG out\n");
        return DW_INVALID;
    }
    if (!fill_environment(&e, settings)) {
        dw__buf_lit(why, "dw_test_new: .settings are pairs of setting and value, ended by NULL\n");
        return DW_INVALID;
    }
    return dw__config_load(&t->config, t->app, &argc, argv, e.v, why);
}

/* ---- the application ---- */

static dw_err open_log(struct dw_test *t, int *fd, struct buf *why)
{
    t->log_fd = memfd_create("log", MFD_CLOEXEC);
    *fd = t->log_fd >= 0 && fcntl(t->log_fd, F_SETFL, O_APPEND) == 0 ? fcntl(t->log_fd, F_DUPFD_CLOEXEC, 0)
                                                                     : -1;
    if (*fd < 0)
        dw__buf_lit(why, "no memory or descriptors for the log\n");
    return *fd < 0 ? DW_UNAVAILABLE : DW_OK;
}

static dw_err open_database(struct dw_test *t, struct buf *why)
{
    const struct sql_inventory *inventory = t->image->inventory;
    int applied;
    dw_err err;

    if (inventory == NULL)
        return DW_OK;
    t->runtime.services.jobs = t->image->jobs; /* they are put, and nobody runs them */
    if ((err = dw__sql_open(&t->database, "", SQL_MEMORY, why)) != DW_OK ||
        (err = dw__migrate_up(t->database, t->app->migrations, &applied, why)) != DW_OK ||
        (err = dw__sql_prepare_all(t->database, inventory, why)) != DW_OK)
        return err;
    return dw__sql_client_direct(&t->runtime.services.sql, t->database, inventory);
}

static dw_err begin(struct dw_test *t, const dw_build *build, const dw_test_options *options, struct buf *why)
{
    int fd;
    dw_err err;

    if (dw__crypto_init() != DW_OK) {
        dw__buf_lit(why, "the cryptographic libraries cannot be used\n");
        return DW_INTERNAL;
    }
    if ((err = load_settings(t, options->settings, why)) != DW_OK)
        return err;
    if (!dw__own_settings_hold(&t->config.own, t->app, why))
        return DW_INVALID;
    if ((err = dw__image_new(&t->image, t->app, build, &t->config, why)) != DW_OK ||
        (err = open_log(t, &fd, why)) != DW_OK)
        return err;
    err = dw__runtime_init(&t->runtime, &t->config, t->app, fd, "test", TEST_FIBERS, why);
    if (err != DW_OK) {
        memset(&t->runtime, 0, sizeof t->runtime); /* it has been taken down */
        return err;
    }
    if ((err = dw__api_docs_new(&t->api_docs, t->image, &t->config, why)) != DW_OK)
        return err;
    t->runtime.services.api_docs = t->api_docs;
    if ((err = dw__app_issuers_new(&t->issuers, t->app, &t->config, why)) != DW_OK)
        return err;
    t->runtime.services.issuers = t->issuers;
    if ((err = open_database(t, why)) != DW_OK)
        return err;
    dw__ctx_init(&t->ctx, &t->memory, &t->runtime.services, dw__loop_clock(t->runtime.loop));
    return dw__front_open(&t->front, &t->runtime, t->image, true);
}

dw_test *dw_x_test_new(const dw_app *app, const dw_build *build, const dw_test_options *options)
{
    struct dw_test *t = calloc(1, sizeof *t);
    struct buf why;

    DW__CHECK(t != NULL);
    t->app = app;
    t->log_fd = -1;
    dw__arena_init(&t->memory, NULL, TEST_MEMORY);
    dw__buf_init(&why, &t->memory, (size_t)1 << 18);
    if (begin(t, build, options, &why) != DW_OK) {
        if (why.n == 0)
            dw__buf_lit(&why, "no memory or descriptors for a test\n");
        dw__test_say(NULL, NULL, 0, dw__arena_format(&t->memory, "dw_test_new: %.*s", (int)why.n, why.p));
        dw_test_free(t);
        dw__test_end(NULL, 0);
    }
    dw__buf_init(&t->headers, &t->memory, (size_t)1 << 20);
    dw__test_live(t);
    return t;
}

/* Handlers that still run are canceled, and end. */
static void end_requests(struct dw_test *t)
{
    if (t->front.server == NULL)
        return;
    dw__http_server_cut_all(t->front.server);
    while (!dw__http_server_idle(t->front.server)) {
        dw__loop_stop(t->runtime.loop);
        dw__loop_run(t->runtime.loop);
    }
    dw__http_server_free(t->front.server);
}

void dw_test_free(dw_test *t)
{
    if (t == NULL)
        return;
    dw__test_forget(t);
    end_requests(t);
    dw__ctx_end(&t->ctx); /* nothing, where it never began */
    for (struct test_shape *s = t->shapes; s != NULL; s = s->next)
        dw__schema_plan_free(s->plan);
    dw__sql_client_free(t->runtime.services.sql);
    dw__sql_close(t->database);
    dw__api_docs_free(t->api_docs);
    dw__issuers_free(t->issuers);
    dw__runtime_release(&t->runtime);
    dw__image_free(t->image);
    dw__config_release(&t->config);
    if (t->log_fd >= 0)
        (void)close(t->log_fd);
    dw__arena_release(&t->memory);
    free(t);
}

/* ---- whom, when ---- */

/* A token for t->uid, and its account as the caller of statements. */
static void sign_in(struct dw_test *t)
{
    const dw_principal_key key = {.uid = t->uid};
    dw_principal_row row = {0};
    int64_t expires_in;

    t->ctx.principal = NULL;
    t->token = (dw_text){NULL, 0};
    if (t->uid.n == 0)
        return;
    if (t->app->principal == NULL)
        dw__test_fail(NULL, NULL, 0,
                      DW_TEXT("dw_test_as: nobody can sign in where dw_app.principal is not set"));
    if (dw_token_issue(&t->ctx, t->uid, &t->token, &expires_in) != DW_OK)
        dw__test_fail(
            NULL, NULL, 0,
            DW_TEXT("dw_test_as: a subject has 1 to 64 characters of printable ASCII without space, "
                    "'\"' and '\\'"));
    if (dw_x_one(&t->ctx, t->app->principal, &key, &row) != DW_OK)
        return;
    t->principal = (dw_principal){.id = row.id,
                                  .uid = row.uid,
                                  .name = row.name,
                                  .roles = (uint64_t)row.roles,
                                  .by = DW_BEARER,
                                  .auth_time = dw_now_unix(&t->ctx)};
    t->ctx.principal = &t->principal;
}

void dw_test_as(dw_test *t, const char *uid)
{
    t->uid = uid != NULL ? dw__arena_text(&t->memory, dw__text_of(uid)) : (dw_text){NULL, 0};
    sign_in(t);
}

void dw_test_clock(dw_test *t, int64_t unix_seconds)
{
    if (unix_seconds < 0 || unix_seconds > LAST_SECOND)
        dw__test_fail(NULL, NULL, 0, DW_TEXT("dw_test_clock: the years are 1970 to 9999"));
    dw__clock_stop(dw__loop_clock_for_test(t->runtime.loop), unix_seconds * 1000);
    sign_in(t);
}

dw_ctx *dw_test_ctx(dw_test *t)
{
    return &t->ctx;
}

const char *dw_test_format(dw_test *t, const char *fmt, ...)
{
    va_list args;
    dw_text text;

    va_start(args, fmt);
    text = dw__arena_vformat(&t->memory, fmt, args);
    va_end(args);
    if (text.p == NULL)
        dw__test_fail(t, NULL, 0, DW_TEXT("dw_test_format: no memory"));
    return text.p;
}
