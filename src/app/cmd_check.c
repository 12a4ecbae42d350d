/* app/cmd_check.c -- `check`: everything that would stop a start, and every opening with its reason.
 *
 * The tables are compiled into an image first; what is wrong with them is all there is to say then.  After that: whether every statement prepares
 * against the migrated database (of SQLite a fresh one in memory, so that `check` works before there is any), and what findings.c asks. */
#include <stdio.h>
#include <string.h>

#include "app/command.h"
#include "app/data_keys.h"
#include "app/database.h"
#include "app/findings.h"
#include "app/job_words.h"
#include "app/report.h"
#include "base/text.h"

enum form { FORM_TEXT, FORM_EXPLAINED, FORM_JSON, FORM_SARIF };

struct options {
    bool deploy;
    enum form form;
};

static bool read_option(const char *word, struct options *out)
{
    static const char *const forms[] = {NULL, "--explain", "--json", "--sarif"};

    if (strcmp(word, "--deploy") == 0 && !out->deploy) {
        out->deploy = true;
        return true;
    }
    for (unsigned i = FORM_EXPLAINED; out->form == FORM_TEXT && i <= FORM_SARIF; i++)
        if (strcmp(word, forms[i]) == 0) {
            out->form = (enum form)i;
            return true;
        }
    return false;
}

static bool read_options(int argc, char **argv, struct options *out)
{
    *out = (struct options){0};
    for (int i = 0; i < argc; i++)
        if (!read_option(argv[i], out))
            return false;
    return true;
}

static bool is_for_programs(const struct options *options)
{
    return options->form == FORM_JSON || options->form == FORM_SARIF;
}

static int print(const dw_app *app, const struct audit *audit, enum form form)
{
    struct arena arena;
    struct buf out;
    bool failed;

    dw__arena_init(&arena, NULL, (size_t)16 << 20);
    dw__buf_init(&out, &arena, (size_t)8 << 20);
    if (form == FORM_JSON)
        dw__report_json(audit, &out);
    else if (form == FORM_SARIF)
        dw__report_sarif(app, audit, &out);
    else
        dw__report_text(audit, form == FORM_EXPLAINED, &out);
    failed = out.failed || fwrite(out.p, 1, out.n, stdout) != out.n || fflush(stdout) != 0;
    dw__arena_release(&arena);
    if (!failed)
        return audit->errors > 0 ? EXIT_BAD_CONFIG : EXIT_DONE;
    (void)fprintf(stderr, "%s: what was found cannot be printed\n", app->name);
    return EXIT_FAILED;
}

/* Prepares every statement against the database of the settings, as it is or would be after `migrate`, which is undone. */
static dw_err prepare_on_server(const struct invocation *inv, int *applied, struct buf *why)
{
    struct database db;
    dw_err err = dw__database_open(&db, inv->config, SQL_READ_ONLY, why);

    if (err == DW_OK)
        err = dw__pg_rehearse(db.link, inv->app->migrations, inv->image->inventory, applied, why);
    dw__database_close(&db);
    return err;
}

/* Migrates a database in memory and prepares every statement against it; how many migrations there are. */
static dw_err prepare_statements(const struct invocation *inv, int *applied, struct buf *why)
{
    struct sql_handle *h;
    dw_err err;

    if (inv->config->postgres)
        return prepare_on_server(inv, applied, why);
    err = dw__sql_open(&h, "", SQL_MEMORY, why);

    if (err != DW_OK)
        return err;
    err = dw__migrate_up(h, inv->app->migrations, applied, why);
    if (err == DW_OK)
        err = dw__sql_prepare_all(h, inv->image->inventory, why);
    dw__sql_close(h);
    return err;
}

/* Every statement that may see what is not the caller's, with its reason. */
static void tell_not_owned(const struct sql_inventory *inv, struct audit *audit)
{
    for (size_t i = 0; i < dw__sql_inventory_count(inv); i++) {
        const dw_query *q = dw__sql_inventory_at(inv, i);

        if (q->not_owned)
            dw__audit_say(audit, FOUND_STATEMENTS_NOT_OWNED, NULL, "%s is not held to the caller: \"%s\"",
                          q->name, q->not_owned);
    }
}

static void check_statements(const struct invocation *inv, struct audit *audit)
{
    struct arena arena;
    struct buf why;
    int applied = 0;

    if (inv->image->inventory == NULL)
        return;
    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&why, &arena, (size_t)1 << 19);
    if (prepare_statements(inv, &applied, &why) == DW_OK)
        dw__audit_say(audit, FOUND_STATEMENTS_PREPARED, NULL, "%zu prepared against %d migrations",
                      dw__sql_inventory_count(inv->image->inventory), applied);
    else if (why.n > 0)
        dw__find_lines(audit, FOUND_STATEMENTS_REFUSED, &why);
    else
        dw__audit_say(audit, FOUND_STATEMENTS_REFUSED, NULL, "they cannot be prepared");
    tell_not_owned(inv->image->inventory, audit);
    dw__arena_release(&arena);
}

static void tell_jobs(const struct job_table *table, struct audit *audit)
{
    char line[512];
    struct buf out;

    for (size_t i = 0; table != NULL && i < table->n; i++) {
        dw__buf_init_fixed(&out, line, sizeof line);
        dw__job_describe(&table->kinds[i], &out);
        dw__audit_say(audit, FOUND_JOBS_KIND, NULL, "%.*s", (int)out.n, out.p);
    }
}

/* They were checked with the tables; here it is said that there are any, so that who meant to have some sees it. */
static void tell_errors(const struct invocation *inv, struct audit *audit)
{
    if (inv->build->n_errors > 0)
        dw__audit_say(audit, FOUND_ERRORS_OWN, NULL, "%zu of the application's own", inv->build->n_errors);
}

/* Last: it takes the database of the settings, and for its files the user of the settings. */
static void check_data_keys(const struct invocation *inv, struct audit *audit)
{
    struct arena arena;
    struct buf missing, why;
    dw_err err = DW_DENIED;

    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&missing, &arena, (size_t)1 << 16);
    dw__buf_init(&why, &arena, (size_t)1 << 16);
    if (dw__become_user(inv) == DW_OK)
        err = dw__data_keys_missing(inv, &missing, &why);
    dw__find_lines(audit, FOUND_KEYS_MISSING, &missing);
    if (err != DW_OK)
        dw__audit_say(audit, FOUND_KEYS_UNCOMPARED, NULL,
                      "DATA_KEYS was not compared with the database: %.*s", (int)(why.n > 0 ? why.n - 1 : 0),
                      why.p);
    dw__arena_release(&arena);
}

static int check_all(const struct invocation *inv, const struct options *options)
{
    struct arena arena;
    struct audit audit;
    int status;

    dw__arena_init(&arena, NULL, (size_t)8 << 20);
    dw__audit_init(&audit, &arena);
    check_statements(inv, &audit);
    tell_jobs(inv->image->jobs, &audit);
    tell_errors(inv, &audit);
    dw__find_all(inv, options->deploy, &audit);
    if (options->deploy)
        check_data_keys(inv, &audit);
    status = print(inv->app, &audit, options->form);
    dw__arena_release(&arena);
    return status;
}

/* Whether `line` begins with "route GET /v1/books:", or without the method. */
static bool is_of_route(dw_text line, const dw_blueprint *blueprint, const dw_route *route)
{
    static const char *const methods[] = {"", "GET ", "POST ", "PUT ", "PATCH ", "DELETE "};
    const char *method = route->method <= DW_M_DELETE ? methods[route->method] : "";
    char begin[512];

    for (unsigned with = 0; with < 2; with++) {
        int n = snprintf(begin, sizeof begin, "route %s%s%s:", with ? method : "", blueprint->prefix,
                         route->path);

        if (n > 0 && (size_t)n < sizeof begin && dw__text_starts(line, (dw_text){begin, (size_t)n}))
            return true;
    }
    return false;
}

/* The place of the row that a line about a route is about, or NULL. */
static const char *where_of(const dw_app *app, dw_text line)
{
    for (size_t i = 0; app->blueprints != NULL && app->blueprints[i] != NULL; i++) {
        const dw_blueprint *b = app->blueprints[i];

        for (size_t k = 0; b->route_size == sizeof(dw_route) && k < b->n_routes; k++)
            if (is_of_route(line, b, &b->routes[k]))
                return b->routes[k].where;
    }
    return NULL;
}

/* Each line, without the name of the program before it. */
static int report_lines(const dw_app *app, enum finding finding, const struct buf *lines, enum form form)
{
    size_t n = strlen(app->name);
    dw_text rest = {lines->p, lines->n};
    struct arena arena;
    struct audit audit;
    int status;

    dw__arena_init(&arena, NULL, (size_t)8 << 20);
    dw__audit_init(&audit, &arena);
    while (rest.n > 0) {
        dw_text line = dw__text_cut(&rest, '\n');

        if (dw__text_starts(line, dw__text_of(app->name)) && line.n > n + 2 && line.p[n] == ':')
            line = (dw_text){line.p + n + 2, line.n - n - 2};
        dw__audit_say(&audit, finding, where_of(app, line), "%.*s", DW_FMT(line));
    }
    status = print(app, &audit, form);
    dw__arena_release(&arena);
    return status;
}

int dw__check_unreadable(const dw_app *app, int argc, char **argv, const struct buf *errors)
{
    struct options options = {0};
    bool is_check = false;

    for (int i = 1; i < argc; i++) {
        is_check = is_check || strcmp(argv[i], "check") == 0;
        (void)(is_check && read_option(argv[i], &options)); /* settings stand between them */
    }
    if (is_for_programs(&options))
        return report_lines(app, FOUND_SETTINGS_REFUSED, errors, options.form);
    (void)fwrite(errors->p, 1, errors->n, stderr);
    return EXIT_BAD_CONFIG;
}

static int refuse(const struct invocation *inv, const struct options *options, const struct buf *why)
{
    if (is_for_programs(options))
        return report_lines(inv->app, FOUND_TABLES_REFUSED, why, options->form);
    dw__print_findings(inv->app, why);
    return EXIT_BAD_CONFIG;
}

static int check(struct invocation inv, const struct options *options, struct buf *why)
{
    struct image *image;
    int status;

    if (dw__image_new(&image, inv.app, inv.build, inv.config, why) != DW_OK)
        return refuse(&inv, options, why);
    inv.image = image;
    status = check_all(&inv, options);
    dw__image_free(image);
    return status;
}

int dw__cmd_check(const struct invocation *inv)
{
    struct options options;
    struct arena arena;
    struct buf why;
    int status;

    if (!read_options(inv->argc, inv->argv, &options)) {
        (void)fprintf(stderr, "%s: usage: %s check [--deploy] [--explain | --json | --sarif]\n",
                      inv->app->name, inv->app->name);
        return EXIT_BAD_USAGE;
    }
    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&why, &arena, (size_t)1 << 18);
    status = check(*inv, &options, &why);
    dw__arena_release(&arena);
    return status;
}
