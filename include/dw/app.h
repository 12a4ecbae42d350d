/* dw/app.h -- the application is a value, and dw_main runs it. */
#ifndef DW_APP_H
#define DW_APP_H

#include "accept.h"
#include "api_key.h"
#include "issuer.h"
#include "job.h"
#include "log.h"
#include "mfa.h"
#include "migration.h"
#include "query.h"
#include "remember.h"
#include "repeat.h"
#include "req.h"
#include "route.h"
#include "session.h"
#include "session_values.h"
#include "settings.h"
#include "token.h"
#include "webhook.h"

/* A command of the application: `coffer seed`. It runs on a context with a writable database. */
typedef struct dw_command {
    const char *name;
    dw_err (*run)(dw_ctx *ctx, int argc, char **argv);
    const char *help;
} dw_command;

/* One set of settings that differ from the framework's defaults, for applications that are started in several ways
 * (`NAME_PROFILE` picks one): pairs of setting and value, ended by NULL. */
typedef struct dw_profile {
    const char *name;
    const char *const *settings;
} dw_profile;

typedef struct dw_app {
    const char *name;               /* letters and digits; upper case with '_' it prefixes its settings */
    const char *version;            /* for `--version` and the API's description */
    const char *const *roles;       /* names in the order of the application's enum, ended by NULL */
    const char *const *scopes;      /* likewise, of what keys and tokens can be for; may be NULL */
    const dw_migration *migrations; /* DW_MIGRATIONS; NULL: no database */
    const dw_owned *
        owned; /* tables whose rows belong to somebody: DW_OWNED, ended by a row without table; may be NULL */
    const dw_query *principal; /* dw_principal_key -> dw_principal_row; NULL: nobody can sign in */
    const dw_blueprint *const *blueprints; /* ended by NULL */
    const dw_command *commands;            /* ended by a row without name; may be NULL */
    const dw_repeats *repeats;             /* DW_REPEATS, for routes that are .idempotent */
    const dw_sessions *sessions;           /* DW_SESSIONS, for routes that count DW_SESSION */
    const dw_remembered *remembered;       /* DW_REMEMBERED: browsers that stay signed in; may be NULL */
    const dw_jobs *jobs;                   /* DW_JOBS, where there is any DW_JOB */
    const dw_tokens *tokens;               /* DW_TOKENS: sign-ins that are renewed and ended; may be NULL */
    const dw_api_keys *api_keys;           /* DW_API_KEYS, for routes that count DW_API_KEY */
    const dw_webhooks *webhooks;           /* DW_WEBHOOKS, for routes that are DW_SIGNED */
    const dw_mfa *mfa;                     /* DW_MFA, for accounts with a second factor; may be NULL */
    const dw_issuer *const *issuers; /* DW_ISSUERS: whose tokens are taken beside our own; may be NULL */
    const char *const *redirects_to; /* DW_ORIGINS: where replies may lead to beside here; may be NULL */
    const dw_profile *profiles;      /* ended by a row without name; may be NULL */
    const dw_settings *settings;     /* of the application's own: DW_SETTINGS; may be NULL */
    const dw_message *messages; /* DW_MESSAGES: other words, other languages for broken rules; may be NULL */
    const char *title, *doc;    /* of the API's description; default: the name, and nothing */
    const char *license;        /* … under which the API is offered, an SPDX identifier: "MIT" */
    /* DW_SESSION_VALUES: what is kept with a session; may be NULL. */
    const dw_session_values *session_values;
    /* How often a client may ask for anything at all, found or not: "100/minute". 10000 a minute when not said; in no_rate_global stands
     * why it may as often as it likes, of which `check` warns. */
    const char *rate_global, *no_rate_global;
    /* Who may read the API's description (/openapi.json, /docs) outside development: DW_ROLES(admin). Nobody when not said. In development
     * everyone. */
    dw_policy docs_for;
    const dw_accepted
        *accepted; /* warnings of `check`: DW_ACCEPT, ended by a row without finding; may be NULL */
    DW__OPTIONS;
} dw_app;

/* What the macro below passes: sizes of records, the bounds of the statement inventory and the application's errors, as it was compiled and linked. */
typedef struct dw_build {
    size_t app_size, route_size, blueprint_size, query_size, job_size;
    const dw_query *const *queries_begin, *const *queries_end;
    const dw_app_error *errors; /* DW_APP_ERRORS of the file that calls dw_main */
    size_t n_errors, error_size, loader_size, guard_size;
    const dw_settings *const *settings_begin, *const *settings_end;
    size_t cors_size;
} dw_build;

/* Runs the command line `argv` of `app`; returns the exit status (sysexits.h: 64 usage, 78 configuration). */
int dw_x_main(int argc, char **argv, const dw_app *app, const dw_build *build);

#ifndef __cplusplus
extern const dw_query *const __start_dw_queries[] __attribute__((weak, visibility("hidden")));
extern const dw_query *const __stop_dw_queries[] __attribute__((weak, visibility("hidden")));
extern const dw_settings *const __start_dw_settings[] __attribute__((weak, visibility("hidden")));
extern const dw_settings *const __stop_dw_settings[] __attribute__((weak, visibility("hidden")));
/* What is compiled and linked here, for dw_x_main. */
#define DW__BUILD                                                                                 \
    {                                                                                             \
        sizeof(dw_app), sizeof(dw_route), sizeof(dw_blueprint), sizeof(dw_query), sizeof(dw_job), \
            __start_dw_queries, __stop_dw_queries, DW__APP_ERR_ROWS, DW__APP_ERR_COUNT,           \
            sizeof(dw_app_error), sizeof(dw_loader), sizeof(dw_guard), __start_dw_settings,       \
            __stop_dw_settings, sizeof(dw_cors)                                                   \
    }
/* dw_main(argc, argv, &app) */
#define dw_main(argc, argv, ...) dw_x_main((argc), (argv), (__VA_ARGS__), &(const dw_build)DW__BUILD)
#endif

#endif
