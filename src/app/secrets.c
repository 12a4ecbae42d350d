/* app/secrets.c -- the one judgement over secrets, so that `check` cannot call good what `serve` refuses. */
#include "app/secrets.h"

#include <stdio.h>

#include "app/limits_file.h"
#include "crypto/keyring.h"

static bool keyring_holds(const struct invocation *inv, enum setting setting, dw_secret text,
                          struct keyring **ring, struct buf *out)
{
    char name[128], command[128], why[512];

    *ring = NULL;
    if (text.n == 0)
        return true;
    dw__setting_full_name(inv->app, setting, name, sizeof name);
    (void)snprintf(command, sizeof command, "%s secret", inv->app->name);
    if (dw__keyring_parse(ring, text, name, command, why, sizeof why) == DW_OK)
        return true;
    dw__buf_format(out, "%s\n", why);
    return false;
}

static bool keeps_outcomes(const struct invocation *inv)
{
    const struct route_table *routes = inv->image != NULL ? inv->image->routes : NULL;

    for (size_t i = 0; routes != NULL && i < routes->n_plans; i++)
        if (routes->plans[i].route->idempotent)
            return true;
    return false;
}

static bool limits_file_holds(const struct config *config, struct buf *why)
{
    size_t before = why->n;

    if (config->rate_limit_file.n > 0 && config->data_keys.n == 0)
        dw__buf_lit(
            why,
            "RATE_LIMIT_FILE is set, and DATA_KEYS, under which it is written, is missing; make one with "
            "the command `secret`\n");
    if (config->rate_limit_file.n > 0 && config->rate_limit_keys > DW__LIMITS_FILE_KEYS)
        dw__buf_format(
            why,
            "RATE_LIMIT_FILE keeps %u counts at most: set RATE_LIMIT_KEYS to that, or leave out the file\n",
            DW__LIMITS_FILE_KEYS);
    return why->n == before;
}

bool dw__secrets_hold(const struct invocation *inv, struct buf *why)
{
    struct keyring *signing, *data;
    bool hold = keyring_holds(inv, SETTING_SIGNING_KEYS, inv->config->signing_keys, &signing, why);

    hold = keyring_holds(inv, SETTING_DATA_KEYS, inv->config->data_keys, &data, why) && hold;
    if (signing != NULL && data != NULL && dw__keyring_shares(signing, data)) {
        dw__buf_lit(why, "SIGNING_KEYS and DATA_KEYS share a secret: give each its own\n");
        hold = false;
    }
    if (inv->config->data_keys.n == 0 && keeps_outcomes(inv)) {
        dw__buf_lit(why, "DATA_KEYS is missing: what is kept for an Idempotency-Key (.idempotent) is sealed "
                         "with it; make one with the "
                         "command `secret`\n");
        hold = false;
    }
    if (inv->config->data_keys.n == 0 && inv->app->mfa != NULL) {
        dw__buf_lit(why, "DATA_KEYS is missing: the seeds of second factors (dw_app.mfa) are sealed with it; "
                         "make one with "
                         "the command `secret`\n");
        hold = false;
    }
    hold = limits_file_holds(inv->config, why) && hold;
    dw__keyring_free(signing);
    dw__keyring_free(data);
    return hold;
}
