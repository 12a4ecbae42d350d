/* app/role_store.c -- the store process: the one read-write handle of the database, fed by the workers' rings.
 *
 * No network, no keys.  It ends only when it was told to and everything taken has been answered, or when the disk fails: then
 * a fresh process must look at the database again before anything more is promised.  During an upgrade there are two stores, each
 * for the workers of its version, and they write in turns. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/role.h"
#include "base/audit.h"
#include "base/check.h"
#include "os/memfd.h"
#include "store/sql.h"

struct store {
    struct loop *loop;
    struct log *log;
    struct child_link *link;
    struct sql_handle *handle;
    struct sql_writer *writer;
    struct audit_link audit;
    struct ring_end *rings[DW__MAX_CLIENTS];
    size_t n_rings;
};

static void on_drain(void *self, bool last)
{
    struct store *s = self;

    (void)last;
    dw__sql_writer_drain(s->writer);
    dw__loop_stop(s->loop);
}

static void on_log(void *self, int fd)
{
    dw__log_reopen(((struct store *)self)->log, fd);
}

/* Client `ring` broke its ring: it is not to be believed any more. */
static void on_broken(void *self, size_t ring)
{
    dw__child_blame(((struct store *)self)->link, (unsigned)ring);
}

static void on_fatal(const char *why)
{
    (void)fprintf(stderr, "store: %s\n", why);
    _exit(EXIT_FAILED);
}

static dw_err take_rings(struct store *s, size_t n_fds, struct buf *why)
{
    n_fds -= n_fds > 1 ? 2 : n_fds; /* the family's, and the audit log's */
    s->n_rings = n_fds / STORE_FDS_PER_RING;
    if (n_fds % STORE_FDS_PER_RING != 0 || s->n_rings == 0 || s->n_rings > DW__MAX_CLIENTS)
        return DW_INVALID;
    for (size_t i = 0; i < s->n_rings; i++) {
        int first = STORE_FD_RINGS + (int)(i * STORE_FDS_PER_RING);
        dw_err err = dw__ring_end_new(&s->rings[i], false, first, first + 1, first + 2);

        if (err != DW_OK) {
            dw__buf_lit(why, "a ring from the monitor cannot be used\n");
            return err;
        }
    }
    return DW_OK;
}

/* The family that this store is of, whichever version it is of. */
static dw_err take_family(uint64_t *family)
{
    dw_bytes bytes;
    dw_err err = dw__memfd_map(STORE_FD_FAMILY, sizeof *family, &bytes);

    if (err != DW_OK)
        return err;
    if (bytes.n == sizeof *family)
        memcpy(family, bytes.p, sizeof *family);
    dw__memfd_unmap(bytes);
    (void)close(STORE_FD_FAMILY);
    return *family != 0 ? DW_OK : DW_INVALID;
}

/* Brings the database up to date where the settings say so. A store that takes the place of another may find it ahead: an upgrade brought
 * migrations, and has to leave our statements valid; whether it did is seen when they are prepared. */
static dw_err migrate(struct store *s, const struct role_start *start, bool again,
                      struct migration_state *state, struct buf *why)
{
    const dw_migration *migrations = start->image->app->migrations;
    int applied;
    dw_err err = DW_OK;

    if (again)
        return dw__migrate_state_again(s->handle, migrations, state, why);
    if (start->config.migrate)
        err = dw__migrate_up(s->handle, migrations, &applied, why);
    return err == DW_OK ? dw__migrate_state(s->handle, migrations, state, why) : err;
}

/* Opens the database, sees that it is up to date, and prepares every statement. */
static dw_err open_database(struct store *s, const struct role_start *start, bool again, struct buf *why)
{
    struct migration_state state;
    uint64_t family = 0;
    char path[4096];
    dw_err err;

    if ((err = take_family(&family)) != DW_OK) {
        dw__buf_lit(why, "the family from the monitor cannot be read\n");
        return err;
    }
    (void)snprintf(path, sizeof path, "%.*s", DW_FMT(start->config.database_path));
    if ((err = dw__sql_open_store(&s->handle, path, family, why)) != DW_OK)
        return err;
    if ((err = migrate(s, start, again, &state, why)) != DW_OK)
        return err;
    if (state.applied != state.known) {
        dw__buf_format(why, "the database is not up to date (%d of %d migrations): run %s migrate\n",
                       state.applied, state.known, start->image->app->name);
        return DW_CONFLICT;
    }
    return dw__sql_prepare_all(s->handle, start->image->inventory, why);
}

/* What workers do to the store is of the audit log. */
static void join_audit(struct store *s, const struct config *config)
{
    s->audit.fd = STORE_FD_AUDIT;
    if (config->audit_log.n > 0)
        dw__log_audit_to(s->log, &s->audit);
}

static dw_err begin(struct store *s, struct role_start *start, const struct child_self *self)
{
    const struct child_handlers handlers = {.self = s, .drain = on_drain, .log = on_log};
    dw_err err;

    if ((err = dw__loop_new(&s->loop)) != DW_OK ||
        (err = dw__log_new(&s->log, CHILD_FD_LOG, (dw_log_level)start->config.log_level, "store")) != DW_OK)
        return err;
    join_audit(s, &start->config);
    if ((err = take_rings(s, self->n_fds, &start->why)) != DW_OK ||
        (err = open_database(s, start, self->again, &start->why)) != DW_OK)
        return err;
    if ((err = dw__sql_writer_new(&s->writer, s->handle, start->image->inventory, s->rings, s->n_rings,
                                  s->loop, s->log, on_fatal)) != DW_OK)
        return err;
    if ((err = dw__child_link_new(&s->link, s->loop, &handlers)) != DW_OK)
        return err;
    dw__sql_writer_on_broken(s->writer, on_broken, s);
    return DW_OK;
}

static void end(struct store *s)
{
    dw__child_link_free(s->link);
    dw__sql_writer_free(s->writer);
    dw__sql_close(s->handle);
    for (size_t i = 0; i < s->n_rings; i++)
        dw__ring_end_free(s->rings[i]);
    dw__log_free(s->log);
    dw__loop_free(s->loop);
}

/* From READY to the end; what could not begin says why. */
static int serve(struct role_start *start, const dw_app *app, const struct child_self *self)
{
    struct store store = {0};
    int status = EXIT_BAD_CONFIG;

    if (begin(&store, start, self) == DW_OK) {
        dw__child_ready(store.link);
        dw__loop_run(store.loop);
        status = EXIT_DONE;
    } else {
        dw__print_findings(app, &start->why);
    }
    end(&store);
    return status;
}

int dw__role_store(const dw_app *app, const dw_build *build, const struct child_self *self)
{
    struct role_start start;
    int status;

    if (dw__role_seal(app) != DW_OK)
        return EXIT_FAILED;
    if (dw__role_start(&start, ROLE_STORE, app, build) != DW_OK) {
        dw__print_findings(app, &start.why);
        dw__arena_release(&start.arena);
        return EXIT_BAD_CONFIG;
    }
    status = serve(&start, app, self);
    dw__role_start_release(&start);
    return status;
}
