/* app/serve_check.c -- what `serve` refuses to start with: looked at before a start, and again before an upgrade. */
#include "app/issuers.h"
#include "app/own_settings.h"
#include "app/secrets.h"
#include "app/serve.h"

#define FINDINGS_MAX 64

static bool settings_hold(const struct invocation *inv, struct buf *why)
{
    struct config_finding findings[FINDINGS_MAX];
    size_t n = dw__config_findings(inv->config, inv->app, false, findings, FINDINGS_MAX);
    bool hold = true;

    for (size_t i = 0; i < n; i++) {
        if (findings[i].level == FINDING_ERROR)
            hold = false;
        if (findings[i].level != FINDING_NOTE)
            dw__buf_format(why, "%s\n", findings[i].sentence);
    }
    return hold;
}

static bool guards_hold(const struct invocation *inv, struct buf *why)
{
    struct arena arena;
    struct buf out;
    struct audit audit = {.out = &out};
    bool hold;

    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&out, &arena, (size_t)1 << 19);
    dw__guards_audit(&inv->image->env, &audit);
    hold = audit.errors == 0;
    if (!hold) {
        dw__buf_format(why, "the guards refuse this configuration; see %s check\n", inv->app->name);
        dw__buf_put(why, out.p, out.n);
    }
    dw__arena_release(&arena);
    return hold;
}

bool dw__serve_holds(const struct invocation *inv, struct buf *why)
{
    bool hold = settings_hold(inv, why);

    hold = dw__own_settings_hold(&inv->config->own, inv->app, why) && hold;
    hold = dw__secrets_hold(inv, why) && hold;
    hold = dw__app_issuers_hold(inv->app, inv->config, why) && hold;
    hold = dw__api_docs_hold(inv->image, inv->config, why) && hold;
    return guards_hold(inv, why) && hold;
}
