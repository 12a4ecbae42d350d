/* app/findings.c -- what is asked, and in which order it is said. */
#include "app/findings.h"

#include <stdio.h>

#include "app/issuers.h"
#include "app/machine.h"
#include "app/own_settings.h"
#include "app/secrets.h"
#include "app/secrets_committed.h"
#include "auth/session_values.h"
#include "base/clock.h"
#include "base/text.h"

#define SETTINGS_MAX 64

static void find_settings(const struct invocation *inv, bool deploy, struct audit *audit)
{
    struct config_finding found[SETTINGS_MAX];
    size_t n = dw__config_findings(inv->config, inv->app, deploy, found, SETTINGS_MAX);

    for (size_t i = 0; i < n; i++)
        dw__audit_say(audit, found[i].finding, NULL, "%s", found[i].sentence);
}

/* As of the framework's own secrets (config_check.c), and in production only. */
static void find_secrets_in_code(const struct invocation *inv, struct audit *audit)
{
    const struct own_settings *own = &inv->config->own;

    for (size_t i = 0; i < own->n; i++)
        if (own->source[i] == SOURCE_PROFILE && dw__own_setting_is_secret(own, i))
            dw__audit_say(
                audit, FOUND_SECRETS_IN_CODE, NULL,
                "%.*s is a secret that comes from a profile, so everyone who has the program has it",
                DW_FMT(own->name[i]));
}

static bool own_settings_hold(const struct invocation *inv, struct buf *why)
{
    return dw__own_settings_hold(&inv->config->own, inv->app, why);
}

static bool issuers_hold(const struct invocation *inv, struct buf *why)
{
    return dw__app_issuers_hold(inv->app, inv->config, why);
}

static bool session_values_hold(const struct invocation *inv, struct buf *why)
{
    struct session_values *values = NULL;
    dw_err err = inv->app->session_values != NULL
                     ? dw__session_values_new(&values, inv->app->session_values, why)
                     : DW_OK;

    dw__session_values_free(values);
    return err == DW_OK;
}

static bool docs_hold(const struct invocation *inv, struct buf *why)
{
    return dw__api_docs_hold(inv->image, inv->config, why);
}

void dw__find_lines(struct audit *audit, enum finding finding, const struct buf *lines)
{
    dw_text rest = {lines->p, lines->n};

    while (rest.n > 0) {
        dw_text line = dw__text_cut(&rest, '\n');

        dw__audit_say(audit, finding, NULL, "%.*s", DW_FMT(line));
    }
    if (lines->failed)
        dw__audit_say(audit, finding, NULL, "… and more");
}

/* What `hold` has to say. When it does not hold and says nothing, that is said. */
static void find_unless(const struct invocation *inv, enum finding finding,
                        bool (*hold)(const struct invocation *inv, struct buf *why), struct audit *audit)
{
    struct buf why;
    bool holds;

    dw__buf_init(&why, audit->arena, (size_t)1 << 16);
    holds = hold(inv, &why);
    dw__find_lines(audit, finding, &why);
    if (!holds && why.n == 0)
        dw__audit_say(audit, finding, NULL, "it cannot be judged");
}

void dw__find_all(const struct invocation *inv, bool deploy, struct audit *audit)
{
    struct clock now = {0};

    dw__clock_read(&now);
    deploy = deploy || !inv->config->development;
    find_settings(inv, deploy, audit);
    find_unless(inv, FOUND_SETTINGS_OWN_MISSING, own_settings_hold, audit);
    if (deploy) {
        find_secrets_in_code(inv, audit);
        dw__secrets_find_committed(inv->config, audit);
    }
    find_unless(inv, FOUND_SECRETS_REFUSED, dw__secrets_hold, audit);
    find_unless(inv, FOUND_ISSUERS_REFUSED, issuers_hold, audit);
    find_unless(inv, FOUND_SESSIONS_REFUSED, session_values_hold, audit);
    find_unless(inv, FOUND_DOCS_REFUSED, docs_hold, audit);
    dw__guards_audit(&inv->image->env, audit);
    if (deploy) {
        struct machine machine;

        dw__machine_look(&machine, inv->config);
        dw__machine_audit(&machine, audit);
    }
    dw__audit_accept(audit, inv->app->accepted, deploy, now.unix_ms / 1000);
}
