/* app/role_probe.c -- the probe: whether this program could take over from a monitor of another version, and with which settings.
 *
 * It is started as the monitor was, reads command line, environment and files as `serve` would, and looks at everything that `serve`
 * looks at before a start; then at what a running monitor cannot change, and at the database.  What is wrong is a line in the log.
 * When nothing is, it answers with the settings of each role, sealed.  It opens no socket and changes nothing. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/data_keys.h"
#include "app/database.h"
#include "app/handover.h"
#include "app/role.h"
#include "app/serve.h"
#include "app/upgrade.h"
#include "base/log.h"
#include "base/text.h"
#include "os/memfd.h"
#include "os/sandbox.h"
#include "proc/msg.h"

struct probe {
    struct invocation inv;
    struct config config;
    struct image *image;
    struct arena arena;
    struct buf why; /* a line for each thing that is wrong */
    struct handover pinned;
};

static dw_err refuse(struct probe *p, const char *why)
{
    dw__buf_format(&p->why, "%s\n", why);
    return DW_INVALID;
}

/* ---- settings ---- */

static dw_err load(struct probe *p)
{
    struct handover line;
    int argc;
    dw_err err = dw__handover_open(CHILD_FD_FIRST, &p->arena, &line);

    if (err == DW_OK)
        err = dw__handover_open(CHILD_FD_BLOB, &p->arena, &p->pinned);
    if (err == DW_CONFLICT)
        return refuse(p, "the running version hands over in another way than this one; it needs a restart");
    if (err != DW_OK)
        return refuse(p, "the command line from the monitor cannot be read");
    argc = (int)line.n[0];
    err = dw__config_load(&p->config, p->inv.app, &argc, line.strings[0], line.strings[1], &p->why);
    if (err == DW_OK && (argc != 2 || strcmp(line.strings[0][1], "serve") != 0)) {
        dw__config_release(&p->config);
        return refuse(p, "this program does not read the command line as one of `serve`");
    }
    return err;
}

/* ---- what cannot change ---- */

static const enum setting pinned[] = {SETTING_LISTEN,        SETTING_ADMIN_LISTEN, SETTING_DATABASE_URL,
                                      SETTING_WORKERS,       SETTING_USER,         SETTING_LOG,
                                      SETTING_AUDIT_LOG,     SETTING_AUDIT_HEADS,  SETTING_AUDIT_MAX_SIZE,
                                      SETTING_AUDIT_MAX_AGE, SETTING_AUDIT_KEEP,   SETTING_AUDIT_KEEP_FOR};
#define N_PINNED (sizeof pinned / sizeof pinned[0])

dw_err dw__pinned_seal(const struct invocation *inv, int *fd)
{
    char *list[N_PINNED + 1] = {NULL}, *none[] = {NULL};
    struct arena arena;
    dw_err err = DW_OK;

    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    for (size_t i = 0; i < N_PINNED && err == DW_OK; i++) {
        dw_text text = inv->config->text[pinned[i]];
        const char *name = dw__setting_row(pinned[i])->name;
        size_t size = strlen(name) + 1 + text.n + 1;

        list[i] = dw__arena_bytes(&arena, size);
        if (list[i] == NULL)
            err = DW_UNAVAILABLE;
        else
            (void)snprintf(list[i], size, "%s=%.*s", name, DW_FMT(text));
    }
    if (err == DW_OK)
        err = dw__handover_seal(inv->image->inventory != NULL, list, none, fd);
    dw__arena_release(&arena);
    return err;
}

/* The value of setting `name` now, by the name that the other version knows it by; false: there is none. */
static bool value_of(const struct probe *p, dw_text name, dw_text *value)
{
    for (unsigned i = 0; i < SETTINGS; i++)
        if (dw__text_eq(dw__text_of(dw__setting_row((enum setting)i)->name), name) &&
            dw__setting_row((enum setting)i)->type != VALUE_SECRET) {
            *value = p->config.text[i];
            return true;
        }
    return false;
}

static dw_err compare_pinned(struct probe *p)
{
    dw_err err = DW_OK;

    for (size_t i = 0; i < p->pinned.n[0]; i++) {
        dw_text before = dw__text_of(p->pinned.strings[0][i]), name = dw__text_cut(&before, '='), now;

        if (value_of(p, name, &now) && dw__text_eq(now, before))
            continue;
        dw__buf_format(&p->why, "%.*s was '%.*s' at the start and is another now, which needs a restart\n",
                       DW_FMT(name), DW_FMT(before));
        err = DW_INVALID;
    }
    if ((p->pinned.flags != 0) != (p->image->inventory != NULL))
        err = refuse(p,
                     "statements were added to a program without any, or all removed, which needs a restart");
    return err;
}

/* ---- the database ---- */

/* As far as a reader can tell: migrations, and the statements that read. *current: it needs no migration. */
static dw_err look_at(struct probe *p, struct database *db, bool *current)
{
    struct migration_state state;
    dw_err err = dw__database_state(db, p->inv.app->migrations, &state, &p->why);

    if (err == DW_OK && state.applied != state.known && !p->config.migrate) {
        dw__buf_format(
            &p->why,
            "the database is not up to date (%d of %d migrations), and no other process can bring it "
            "there while the server runs: set MIGRATE=yes\n",
            state.applied, state.known);
        return DW_CONFLICT;
    }
    *current = err == DW_OK && state.applied == state.known;
    if (*current)
        err = dw__database_prepare(db, p->image->inventory, &p->why);
    return err;
}

static dw_err check_database(struct probe *p)
{
    struct database db;
    bool current = false;
    dw_err err;

    if (p->image->inventory == NULL)
        return DW_OK;
    if (dw__become_user(&p->inv) != DW_OK)
        return refuse(p, "the probe cannot become the user of the database");
    err = dw__database_open(&db, &p->config, SQL_READ_ONLY, &p->why);
    if (err == DW_OK)
        err = look_at(p, &db, &current);
    dw__database_close(&db);
    if (err == DW_OK && current && !p->config.development)
        err = dw__data_keys_would_hold(&p->inv, &p->why);
    return err; /* where migrations are to come, the first worker compares the keys */
}

/* ---- the answer ---- */

static dw_err seal_part(const struct probe *p, unsigned number, int *fd)
{
    struct monitor_part part = {.drain_ms = (uint32_t)p->config.drain_timeout_ms,
                                .idle_ms = (uint32_t)p->config.idle_timeout_ms,
                                .store_ready_ms = p->config.migrate ? DW__MIGRATE_MS : 0,
                                .has_jobs = p->image->jobs != NULL,
                                .has_keeper = dw__keeper_is_needed(&p->inv)};

    if (number != 0)
        return dw__settings_seal(&p->config, (enum role)number, fd);
    memcpy(part.magic, DW__MONITOR_PART, sizeof part.magic);
    return dw__memfd_sealed("monitor", &part, sizeof part, fd);
}

static dw_err answer(struct probe *p)
{
    dw_err err = DW_OK;

    for (unsigned number = 0; number <= ROLE_KEEPER && err == DW_OK; number++) {
        int fd = -1;

        err = seal_part(p, number, &fd);
        if (err == DW_OK)
            err = dw__msg_send(CHILD_FD_CONTROL, MSG_SETTINGS, number, fd);
        if (fd >= 0)
            (void)close(fd);
    }
    if (err == DW_OK)
        err = dw__msg_send(CHILD_FD_CONTROL, MSG_READY, 0, -1);
    return err == DW_OK ? DW_OK : refuse(p, "the settings cannot be handed to the monitor");
}

static dw_err check_and_answer(struct probe *p)
{
    bool hold = dw__serve_holds(&p->inv, &p->why);

    hold = compare_pinned(p) == DW_OK && hold;
    hold = hold && check_database(p) == DW_OK;
    return hold ? answer(p) : DW_INVALID;
}

static dw_err probe(struct probe *p, const dw_build *build)
{
    dw_err err = load(p);

    if (err != DW_OK)
        return err;
    p->inv.config = &p->config;
    err = dw__image_new(&p->image, p->inv.app, build, &p->config, &p->why);
    if (err == DW_OK) {
        p->inv.image = p->image;
        err = check_and_answer(p);
        dw__image_free(p->image);
    }
    dw__config_release(&p->config);
    return err;
}

/* The monitor needs not say again what the log has. */
static void tell_refusal(const struct buf *why)
{
    dw_err err = why->n > 0 ? dw__msg_send(CHILD_FD_CONTROL, MSG_REFUSED, 0, -1) : DW_OK;

    (void)err;
}

static void log_findings(struct log *log, const struct buf *why)
{
    dw_text lines = {why->p, why->n};

    while (lines.n > 0) {
        dw_text line = dw__text_cut(&lines, '\n');

        DW__EVENT(log, NULL, DW_LOG_LEVEL_ERROR, "reload.finding", DW_KV(why, line));
    }
}

int dw__role_probe(const dw_app *app, const dw_build *build)
{
    struct probe p = {.inv = {.app = app, .build = build}};
    struct log *log = NULL;
    dw_err err;

    dw__sandbox_warm_up();
    if (dw__sandbox_seal() != DW_OK || dw__log_new(&log, CHILD_FD_LOG, DW_LOG_LEVEL_INFO, "probe") != DW_OK)
        return EXIT_FAILED;
    dw__arena_init(&p.arena, NULL, (size_t)16 << 20);
    dw__buf_init(&p.why, &p.arena, (size_t)1 << 18);
    err = probe(&p, build);
    log_findings(log, &p.why);
    if (err != DW_OK)
        tell_refusal(&p.why);
    dw__log_free(log);
    dw__arena_release(&p.arena); /* wipes */
    return err == DW_OK ? EXIT_DONE : EXIT_BAD_CONFIG;
}
