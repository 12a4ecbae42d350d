/* app/runtime.c -- setting up and taking down what processes share. Secrets are dropped as soon as keys were made of them. */
#include "app/runtime.h"

#include <stdio.h>
#include <string.h>

#include "auth/api_key_cache.h"
#include "auth/audit_client.h"
#include "auth/keeper_client.h"
#include "auth/password.h"
#include "auth/principal_cache.h"
#include "auth/refresh_token.h"
#include "auth/remember.h"
#include "auth/session_values.h"
#include "auth/token_cache.h"
#include "auth/verify_budget.h"
#include "crypto/keyring.h"
#include "guard/guess.h"

#define FREE_CHUNKS 1024u
#define FREE_FIBERS 256u
#define BLOCKING_THREADS 4u
#define BLOCKING_QUEUE 256u

/* Reads the keys of `setting`; a sentence in `why` when they are none. */
static dw_err parse_keys(const dw_app *app, enum setting which, dw_secret keys, struct keyring **ring,
                         struct buf *why)
{
    char setting[128], command[128], sentence[512];
    dw_err err;

    dw__setting_full_name(app, which, setting, sizeof setting);
    (void)snprintf(command, sizeof command, "%s secret", app->name);
    err = dw__keyring_parse(ring, keys, setting, command, sentence, sizeof sentence);
    if (err != DW_OK)
        dw__buf_format(why, "%s\n", sentence);
    return err;
}

static dw_err make_sessions(struct runtime *p, const dw_app *app, struct buf *why)
{
    const struct session_times times = {p->config->session_idle_ms, p->config->session_absolute_ms,
                                        p->config->login_form_ms,   p->config->login_second_step_ms,
                                        p->config->sessions_max,    0};
    dw_err err;

    if (app->sessions == NULL)
        return DW_OK;
    err = dw__session_rules_new(&p->services.sessions, app->name, app->sessions, p->signing, &times);
    if (err == DW_OK && app->remembered != NULL)
        err =
            dw__remember_set_up(p->services.sessions, app->remembered, p->signing, p->config->remember_me_ms);
    if (err != DW_OK)
        dw__buf_lit(why, "no memory for sessions, or the application's name is too long for a cookie\n");
    if (err == DW_OK && app->session_values != NULL)
        err = dw__session_values_new(&p->services.session_values, app->session_values, why);
    return err;
}

struct token_config dw__runtime_token_config(const struct config *config)
{
    return (struct token_config){.issuer = config->issuer,
                                 .audience = config->audience,
                                 .alg = config->access_token_algorithm,
                                 .lifetime_s = config->access_token_seconds};
}

/* A child of a server has the keys that are for its role; a command and a test have all. */
static dw_err make_signing_ring(struct runtime *p, const dw_app *app, struct buf *why)
{
    dw_err err;

    if (p->config->signing_part.n == 0)
        return parse_keys(app, SETTING_SIGNING_KEYS, p->config->signing_keys, &p->signing, why);
    err = dw__keyring_of_part(&p->signing, p->config->signing_part);
    if (err != DW_OK)
        dw__buf_lit(why, "the signing keys from the monitor cannot be used\n");
    return err;
}

static dw_err make_tokens(struct runtime *p, const dw_app *app, struct buf *why)
{
    const struct token_config config = dw__runtime_token_config(p->config);
    dw_err err;

    if (p->config->signing_keys.n == 0 && p->config->signing_part.n == 0)
        return DW_OK; /* a role or an application without tokens */
    err = make_signing_ring(p, app, why);
    if (err != DW_OK)
        return err;
    err = dw__token_keys_new(&p->services.tokens, p->signing, &config);
    if (err != DW_OK)
        dw__buf_lit(why, "the token keys cannot be made: ISSUER or AUDIENCE is too long\n");
    if (err == DW_OK)
        err = dw__token_cache_new(&p->services.token_cache);
    if (err == DW_OK)
        err = dw__refresh_keys_new(&p->services.refresh, p->signing, p->config->refresh_token_seconds);
    if (err == DW_OK)
        err = dw__verify_budget_new(&p->services.verify_budget, p->config->bad_tokens_per_second);
    if (err == DW_OK)
        err = dw__principal_cache_new(&p->services.principals);
    return err;
}

static dw_err make_guesses(struct runtime *p, const dw_app *app, struct buf *why)
{
    const struct guess_config config = {p->config->sign_in_failures, p->config->sign_in_slowed_after,
                                        p->config->sign_in_delay_ms, p->config->canonical_origin};
    dw_err err;

    if (app->principal == NULL)
        return DW_OK;
    err = dw__guess_rules_new(&p->services.guesses, app->name, p->signing, &config);
    if (err != DW_OK)
        dw__buf_lit(why,
                    "no memory for limits on failures, or the application's name is too long for a cookie\n");
    return err;
}

static dw_err make_data_keys(struct runtime *p, const dw_app *app, struct buf *why)
{
    dw_err err;

    if (p->config->data_keys.n == 0)
        return DW_OK;
    err = parse_keys(app, SETTING_DATA_KEYS, p->config->data_keys, &p->data, why);
    p->services.data_keys = p->data;
    return err;
}

static dw_err make_pools(struct runtime *p, struct buf *why)
{
    const struct argon2_params params = {(uint32_t)(p->config->argon2_memory / 1024),
                                         p->config->argon2_passes};
    dw_err err =
        dw__pool_new(&p->services.blocking, p->loop, "blocking", BLOCKING_THREADS, BLOCKING_QUEUE, 0);

    if (err == DW_OK)
        err = dw__password_pool_new(&p->services.passwords, p->loop, &params, 0, p->config->argon2_queue);
    if (err != DW_OK)
        dw__buf_lit(why, "no memory or threads for the pools\n");
    return err;
}

dw_err dw__runtime_init(struct runtime *p, const struct config *config, const dw_app *app, int log_fd,
                        const char *who, size_t max_fibers, struct buf *why)
{
    dw_err err;

    memset(p, 0, sizeof *p);
    p->config = config;
    p->services.development = config->development;
    p->services.origin = config->canonical_origin;
    p->services.settings = config->own.values;
    p->services.families = app->tokens;
    p->services.account = app->principal;
    p->services.name = app->name;
    p->services.api_keys = app->api_keys;
    p->services.mfa = app->mfa;
    p->services.mfa_issuer = app->title != NULL ? app->title : app->name;
    dw__chunk_pool_init(&p->chunks, FREE_CHUNKS);
    err = dw__loop_new(&p->loop);
    if (err == DW_OK)
        err = dw__log_new(&p->log, log_fd, (dw_log_level)config->log_level, who);
    if (err == DW_OK)
        err = dw__fiber_pool_new(&p->fibers, p->loop, max_fibers, FREE_FIBERS);
    if (err == DW_OK)
        err = dw__limits_alone(&p->limits);
    if (err != DW_OK) {
        dw__buf_lit(why, "no memory or descriptors for loop, log and fibers\n");
        goto err;
    }
    p->services.loop = p->loop;
    p->services.log = p->log;
    p->services.rates = p->limits.table;
    p->services.bans = &p->bans;
    p->at_once = (struct at_once){.rows = &p->at_once_row, .n = 1};
    p->services.at_once = &p->at_once;
    if ((err = make_tokens(p, app, why)) != DW_OK || (err = make_sessions(p, app, why)) != DW_OK ||
        (err = make_guesses(p, app, why)) != DW_OK || (err = make_data_keys(p, app, why)) != DW_OK ||
        (err = make_pools(p, why)) != DW_OK ||
        (err = app->api_keys != NULL ? dw__api_key_cache_new(&p->services.api_key_cache) : DW_OK) != DW_OK)
        goto err;
    return DW_OK;
err:
    dw__runtime_release(p);
    return err;
}

dw_err dw__runtime_share_limits(struct runtime *p, int fd)
{
    dw__limits_release(&p->limits);
    p->services.rates = NULL;
    dw_err err = dw__limits_open(&p->limits, fd);
    p->services.rates = p->limits.table;
    return err;
}

dw_err dw__runtime_join_audit(struct runtime *p, int records, int answers)
{
    dw_err err;

    if (p->config->audit_log.n == 0)
        return DW_OK;
    err = dw__audit_client_new(&p->services.audit, p->loop, records, answers);
    if (err == DW_OK)
        dw__log_audit_to(p->log, dw__audit_client_link(p->services.audit));
    return err;
}

dw_err dw__runtime_join_keeper(struct runtime *p, int asks, int answers, struct buf *why)
{
    dw_err err;

    if (p->services.tokens == NULL || dw__token_keys_can_sign(p->services.tokens))
        return DW_OK;
    err = dw__keeper_client_new(&p->services.keeper, p->loop, asks, answers);
    if (err != DW_OK)
        dw__buf_lit(why, "the keeper of the signing keys cannot be reached\n");
    return err;
}

static void leave_audit(struct runtime *p)
{
    if (p->services.audit == NULL)
        return;
    dw__log_audit_to(p->log, NULL);
    dw__audit_client_free(p->services.audit);
}

void dw__runtime_release(struct runtime *p)
{
    dw__password_pool_free(p->services.passwords);
    dw__pool_free(p->services.blocking);
    dw__api_key_cache_free(p->services.api_key_cache);
    dw__session_values_free(p->services.session_values);
    dw__session_rules_free(p->services.sessions);
    dw__guess_rules_free(p->services.guesses);
    dw__principal_cache_free(p->services.principals);
    dw__verify_budget_free(p->services.verify_budget);
    dw__refresh_keys_free(p->services.refresh);
    dw__token_cache_free(p->services.token_cache);
    dw__token_keys_free(p->services.tokens);
    dw__keyring_free(p->data);
    dw__keyring_free(p->signing);
    dw__fiber_pool_free(p->fibers);
    dw__keeper_client_free(p->services.keeper);
    leave_audit(p);
    dw__log_free(p->log);
    dw__loop_free(p->loop);
    dw__limits_release(&p->limits);
    dw__chunk_pool_release(&p->chunks);
}
