/* app/image.c -- checks that the application and this library agree, then compiles routes and statements. */
#include "app/image.h"

#include "app/mfa_roles.h"
#include "app/own_settings.h"
#include "app/webhook.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "base/text.h"
#include "schema/says.h"

#define DEADLINE_DEFAULT_MS 30000u

/* An application compiled against other headers than this library would be read wrongly. */
static void check_build(const dw_app *app, const dw_build *build, struct buf *why)
{
    bool same = build->app_size == sizeof(dw_app) && build->route_size == sizeof(dw_route) &&
                build->blueprint_size == sizeof(dw_blueprint) && build->query_size == sizeof(dw_query) &&
                build->error_size == sizeof(dw_app_error) && build->job_size == sizeof(dw_job) &&
                build->loader_size == sizeof(dw_loader) && build->guard_size == sizeof(dw_guard) &&
                build->cors_size == sizeof(dw_cors);

    for (size_t i = 0; same && app->blueprints != NULL && app->blueprints[i] != NULL; i++)
        same = app->blueprints[i]->route_size == sizeof(dw_route);
    if (!same)
        dw__buf_lit(why,
                    "the application was compiled with other headers than this libdewar: compile it anew\n");
}

static void check_account(const char *where, const dw_query *q, struct buf *why)
{
    if (q != NULL &&
        (strcmp(q->in->name, "dw_principal_key") != 0 || strcmp(q->out->name, "dw_principal_row") != 0))
        dw__buf_format(why, "%s: statement %s must take dw_principal_key and give dw_principal_row\n", where,
                       q->name);
}

static void check_principal(const dw_app *app, struct buf *why)
{
    check_account("dw_app.principal", app->principal, why);
    for (size_t i = 0; app->issuers != NULL && app->issuers[i] != NULL; i++)
        check_account("dw_app.issuers", app->issuers[i]->principal, why);
    if (app->issuers != NULL && app->principal == NULL)
        dw__buf_lit(why,
                    "dw_app.issuers: who their callers are is asked of dw_app.principal, which is not set\n");
}

static void check_tokens(const dw_app *app, struct buf *why)
{
    if (app->tokens != NULL && app->principal == NULL)
        dw__buf_lit(why, "dw_app.tokens: whose they are is asked of dw_app.principal, which is not set\n");
}

/* What an error means is known from here on: the tables below name errors. */
static void take_errors(const dw_build *build, struct buf *why)
{
    dw__error_codes_check(build->errors, build->n_errors, why);
    dw__err_use(build->errors, build->n_errors);
}

static void check_messages(const dw_app *app, struct buf *why)
{
    char text[256];
    struct buf fault;

    dw__buf_init_fixed(&fault, text, sizeof text);
    if (dw__says_check_all(app->messages, &fault) != DW_OK)
        dw__buf_format(why, "dw_app.messages: %.*s\n", (int)fault.n, fault.p);
}

/* A schema that a route and a statement name is said to be wrong once. */
static void drop_repeated_lines(struct buf *why, size_t from)
{
    dw_text rest = {why->p + from, why->n - from};

    why->n = from;
    while (rest.n > 0) {
        dw_text line = dw__text_cut(&rest, '\n');
        dw_text kept = {why->p + from, why->n - from};
        bool again = false;

        while (kept.n > 0 && !again)
            again = dw__text_eq(dw__text_cut(&kept, '\n'), line);
        if (again)
            continue;
        memmove(why->p + why->n, line.p, line.n);
        why->n += line.n;
        if (why->n < why->cap)
            why->p[why->n++] = '\n';
    }
}

static bool has_database(const dw_app *app)
{
    return app->migrations != NULL;
}

static void make_inventory(struct image *image, const dw_build *build, enum sql_dialect dialect,
                           struct buf *why)
{
    size_t n = (size_t)(build->queries_end - build->queries_begin), before = why->n;

    if (!has_database(image->app)) {
        if (n > 0)
            dw__buf_lit(why, "there are statements (DW_QUERY), but dw_app.migrations is not set\n");
        return;
    }
    if (dw__sql_inventory_for(&image->inventory, dialect, build->queries_begin, build->queries_end, why) !=
            DW_OK &&
        why->n > 0 && why->p[why->n - 1] != '\n')
        dw__buf_lit(why, "\n");
    if (image->inventory && dw__sql_inventory_own(image->inventory, image->app->owned, why) != DW_OK &&
        why->n == before)
        dw__buf_lit(why, "the statements cannot be judged\n");
}

static void find_jobs(struct image *image, struct buf *why)
{
    size_t before = why->n;

    if (image->inventory != NULL &&
        dw__job_table_new(&image->jobs, image->app->jobs, image->inventory, why) != DW_OK && why->n == before)
        dw__buf_lit(why, "no memory for the jobs\n");
}

/* A setting of the application's own, for the tables that name it. */
static int own_setting(const void *own_settings, dw_text name, dw_text *text)
{
    const struct own_settings *own = own_settings;
    bool names_file;
    int i = dw__own_settings_find(own, name, &names_file);

    if (i < 0 || names_file || dw__own_setting_is_secret(own, (size_t)i))
        return 0;
    *text = own->text[i];
    return 1;
}

dw_err dw__image_new(struct image **out, const dw_app *app, const dw_build *build,
                     const struct config *config, struct buf *why)
{
    struct plan_defaults defaults = {
        .max_body = config->max_content_length,
        .deadline_ms = DEADLINE_DEFAULT_MS,
        .cors_origins = config->cors_origins,
        .n_cors_origins = config->n_cors_origins,
        .cors_max_age_s = (unsigned)(config->cors_max_age_ms / 1000),
        .rate_global = config->rate_limit_global,
        .rate_default = config->rate_limit_default,
        .rate_scale = config->rate_limit_scale,
        .own_settings = &config->own,
        .own_setting = config->own.plan != NULL || app->settings == NULL ? own_setting : NULL,
    };
    struct image *image = calloc(1, sizeof *image);
    size_t before = why->n;
    uint64_t mfa_roles = 0;

    DW__CHECK(image != NULL);
    image->app = app;
    *out = NULL;
    check_build(app, build, why);
    if (why->n == before) {
        take_errors(build, why);
        check_principal(app, why);
        check_tokens(app, why);
        check_messages(app, why);
        dw__own_settings_check(app, build, why);
        make_inventory(image, build, config->postgres ? SQL_POSTGRES : SQL_SQLITE, why);
        find_jobs(image, why);
        defaults.inventory = image->inventory;
        defaults.own = dw__api_docs_routes(&image->docs, app, config->development);
        if (dw__route_table_new(&image->routes, app, &defaults, why) != DW_OK && why->n == before)
            dw__buf_lit(why, "the routes cannot be compiled\n");
        if (image->routes != NULL) {
            dw__webhooks_check(image->routes, app, config, why);
            dw__mfa_roles_read(app, image->routes, config->mfa_required_roles, &mfa_roles, why);
        }
    }
    if (why->n != before) {
        drop_repeated_lines(why, before);
        dw__image_free(image);
        return DW_BAD_REQUEST;
    }
    image->proxies = (struct proxies){config->trusted_proxies, config->n_trusted_proxies,
                                      config->trusted_proxy_hops, (enum forwarded_by)config->forwarded_by};
    image->env = (struct guard_env){
        .app = app,
        .routes = image->routes,
        .hosts = config->trusted_hosts,
        .n_hosts = config->n_trusted_hosts,
        .realm = app->name,
        .origin = config->canonical_origin,
        .proxies = config->n_trusted_proxies > 0 ? &image->proxies : NULL,
        .fresh_s = (unsigned)(config->session_fresh_ms / 1000),
        .mfa_roles = mfa_roles,
    };
    *out = image;
    return DW_OK;
}

void dw__image_free(struct image *image)
{
    if (image == NULL)
        return;
    dw__route_table_free(image->routes);
    dw__job_table_free(image->jobs);
    dw__sql_inventory_free(image->inventory);
    free(image);
}
