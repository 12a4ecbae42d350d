/* app/cmd_db.c -- `db`: what an operator does with the database: status, up, a rehearsal, a backup, a check. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/database.h"
#include "store/docs.h"

static const char usage_text[] =
    "db status | db up [--dry-run] | db backup FILE | db check | db collections [NAME]";

/* ---- status ---- */

/* Whether there is a file to look at; of PostgreSQL there is always a database. */
static bool exists(const struct config *config)
{
    char path[4096];

    if (config->postgres)
        return true;
    (void)snprintf(path, sizeof path, "%.*s", DW_FMT(config->database_path));
    return access(path, F_OK) == 0;
}

/* To read, beside a server. Without its page index nobody has the file open, and only a writer may make one. */
static dw_err open_to_look(struct database *db, const struct config *config, struct buf *why)
{
    char index[4096];

    (void)snprintf(index, sizeof index, "%.*s-shm", DW_FMT(config->database_path));
    return dw__database_open(
        db, config, config->postgres || access(index, F_OK) == 0 ? SQL_READ_ONLY : SQL_READ_WRITE, why);
}

/* What is applied, and nothing when there is no database yet. Reads only, and so runs beside a server. */
static dw_err look(const struct invocation *inv, struct database *db, struct migration_state *state,
                   struct buf *why)
{
    dw_err err;

    *db = (struct database){0};
    *state = (struct migration_state){0};
    while (inv->app->migrations[state->known].sql)
        state->known++;
    if (!exists(inv->config))
        return DW_OK;
    err = open_to_look(db, inv->config, why);
    return err == DW_OK ? dw__database_state(db, inv->app->migrations, state, why) : err;
}

static int status(const struct invocation *inv, struct buf *why)
{
    struct migration_state state;
    struct database db;
    dw_err err = look(inv, &db, &state, why);

    dw__database_close(&db);
    if (err != DW_OK)
        return EXIT_FAILED;
    for (int i = 0; i < state.known; i++)
        printf("%04d_%s: %s\n", inv->app->migrations[i].number, inv->app->migrations[i].name,
               i < state.applied ? "applied" : "missing");
    printf("%d of %d migrations applied\n", state.applied, state.known);
    return state.applied == state.known ? EXIT_DONE : EXIT_FAILED;
}

/* ---- up, for nothing ---- */

static int tell_rehearsal(const struct invocation *inv, const struct migration_state *state)
{
    for (int i = state->applied; i < state->known; i++)
        printf("%04d_%s: would be applied\n", inv->app->migrations[i].number, inv->app->migrations[i].name);
    printf("%d migrations would be applied, and all %zu statements fit\n", state->known - state->applied,
           dw__sql_inventory_count(inv->image->inventory));
    return EXIT_DONE;
}

/* Brings the copy at `path` up to date; an empty path is one in memory. */
static dw_err rehearse_on(const struct invocation *inv, const char *path, struct buf *why)
{
    struct sql_handle *h = NULL;
    int applied;
    dw_err err = dw__sql_open(&h, path, *path ? SQL_READ_WRITE : SQL_MEMORY, why);

    if (err == DW_OK)
        err = dw__migrate_up(h, inv->app->migrations, &applied, why);
    if (err == DW_OK)
        err = dw__sql_prepare_all(h, inv->image->inventory, why);
    dw__sql_close(h);
    return err;
}

/* On a copy, in a directory of its own beside the database, that is gone afterwards. */
static dw_err rehearse_on_copy(const struct invocation *inv, struct database *db, struct buf *why)
{
    static const char *const files[] = {"", "-lock", "-wal", "-shm", "-journal"};
    char folder[4096], path[4200], name[4300];
    dw_err err;

    (void)snprintf(folder, sizeof folder, "%.*s.dry-run-XXXXXX", DW_FMT(inv->config->database_path));
    if (mkdtemp(folder) == NULL) {
        dw__buf_format(why, "%s: no directory can be made there\n", folder);
        return DW_UNAVAILABLE;
    }
    (void)snprintf(path, sizeof path, "%s/copy.db", folder);
    err = dw__sql_backup(db->h, path, why);
    dw__database_close(db);
    if (err == DW_OK)
        err = rehearse_on(inv, path, why);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, files[i]);
        (void)unlink(name);
    }
    (void)rmdir(folder);
    return err;
}

static int rehearse(const struct invocation *inv, struct buf *why)
{
    struct migration_state state;
    struct database db;
    int known;
    dw_err err = look(inv, &db, &state, why);

    if (err == DW_OK && db.link)
        err = dw__pg_rehearse(db.link, inv->app->migrations, inv->image->inventory, &known, why);
    else if (err == DW_OK)
        err = db.h ? rehearse_on_copy(inv, &db, why) : rehearse_on(inv, "", why);
    dw__database_close(&db);
    return err == DW_OK ? tell_rehearsal(inv, &state) : err == DW_INVALID ? EXIT_BAD_CONFIG : EXIT_FAILED;
}

/* ---- backup ---- */

static int backup(const struct invocation *inv, const char *path, struct buf *why)
{
    struct database db;
    int result = EXIT_FAILED;

    if (inv->config->postgres) {
        dw__buf_format(why,
                       "PostgreSQL makes its own backups, online and consistent: pg_dump --format=custom "
                       "--file='%s' '%.*s'\n",
                       path, DW_FMT(inv->config->database_path));
        return EXIT_BAD_USAGE;
    }
    if (!exists(inv->config)) {
        dw__buf_format(why, "there is no database at %.*s\n", DW_FMT(inv->config->database_path));
        return EXIT_FAILED;
    }
    if (open_to_look(&db, inv->config, why) == DW_OK && dw__sql_backup(db.h, path, why) == DW_OK) {
        printf("%s: a copy of the database, whole and on disk\n", path);
        result = EXIT_DONE;
    }
    dw__database_close(&db);
    return result;
}

/* ---- check ---- */

static dw_err check_open(const struct invocation *inv, struct database *db,
                         const struct migration_state *state, struct buf *why)
{
    dw_err err = DW_OK, sound;

    if (state->applied != state->known) {
        dw__buf_format(why, "the database is not up to date (%d of %d migrations): run %s db up\n",
                       state->applied, state->known, inv->app->name);
        err = DW_CONFLICT;
    } else {
        err = dw__database_prepare(db, inv->image->inventory, why);
    }
    sound = db->link ? dw__pg_sound(db->link, why) : dw__sql_sound(db->h, why);
    return err != DW_OK ? err : sound;
}

static int check(const struct invocation *inv, struct buf *why)
{
    struct migration_state state;
    struct database db;
    dw_err err = look(inv, &db, &state, why);

    if (err == DW_OK && !db.h && !db.link) {
        dw__buf_format(why, "there is no database at %.*s\n", DW_FMT(inv->config->database_path));
        err = DW_NOT_FOUND;
    }
    if (err == DW_OK)
        err = check_open(inv, &db, &state, why);
    dw__database_close(&db);
    if (err != DW_OK)
        return EXIT_FAILED;
    printf("%d migrations applied, %zu statements fit, and the database is sound\n", state.applied,
           dw__sql_inventory_count(inv->image->inventory));
    return EXIT_DONE;
}

/* ---- collections ---- */

/* The table of collection `name`, or of all (NULL), for the database of the settings, which is not looked at. */
static int collections(const struct invocation *inv, const char *name, struct buf *why)
{
    const struct sql_inventory *statements = inv->image->inventory;
    struct arena arena;
    struct buf out;

    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&out, &arena, (size_t)1 << 19);
    for (size_t i = 0; i < dw__docs_count(statements); i++)
        if (!name || strcmp(dw__docs_at(statements, i)->c->name, name) == 0)
            dw__docs_table_sql(dw__docs_at(statements, i), inv->config->postgres ? SQL_POSTGRES : SQL_SQLITE,
                               &out);
    if (out.n == 0)
        dw__buf_format(why, "this application has no collection%s%s\n", name ? " " : "s of documents",
                       name ? name : "");
    else
        (void)fwrite(out.p, 1, out.n, stdout);
    dw__arena_release(&arena);
    return out.n > 0 ? EXIT_DONE : EXIT_BAD_USAGE;
}

/* ---- the command ---- */

static int run(const struct invocation *inv, struct buf *why)
{
    const char *what = inv->argc > 0 ? inv->argv[0] : "", *word = inv->argc == 2 ? inv->argv[1] : NULL;

    if (inv->argc == 1 && strcmp(what, "status") == 0)
        return status(inv, why);
    if (inv->argc == 1 && strcmp(what, "up") == 0)
        return dw__migrate_to_date(inv, why);
    if (word && strcmp(what, "up") == 0 && strcmp(word, "--dry-run") == 0)
        return rehearse(inv, why);
    if (word && strcmp(what, "backup") == 0 && word[0] != '-' && word[0] != '\0')
        return backup(inv, word, why);
    if (inv->argc == 1 && strcmp(what, "check") == 0)
        return check(inv, why);
    if ((inv->argc == 1 || word) && strcmp(what, "collections") == 0)
        return collections(inv, word, why);
    dw__buf_format(why, "usage: %s %s\n", inv->app->name, usage_text);
    return EXIT_BAD_USAGE;
}

int dw__cmd_db(const struct invocation *inv)
{
    struct arena arena;
    struct buf why;
    int result = EXIT_BAD_CONFIG;

    if (inv->image->inventory == NULL) {
        (void)fprintf(stderr, "%s: this application has no database\n", inv->app->name);
        return EXIT_BAD_USAGE;
    }
    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&why, &arena, (size_t)1 << 18);
    if (dw__become_user(inv) == DW_OK)
        result = run(inv, &why);
    dw__print_findings(inv->app, &why);
    dw__arena_release(&arena);
    return result;
}
