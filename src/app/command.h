/* app/command.h -- the commands of every application, one file each. */
#ifndef DW_APP_COMMAND_H
#define DW_APP_COMMAND_H

#include "app/config.h"
#include "app/image.h"
#include "proc/child.h"

/* Exit statuses (sysexits.h). */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_BAD_USAGE = 64, EXIT_NO_SERVICE = 69, EXIT_BAD_CONFIG = 78 };

/* What a command is run with. */
struct invocation {
    const dw_app *app;
    const dw_build *build;
    const struct config *config; /* NULL for commands that need none */
    const struct image *image;   /* NULL for commands that need none */
    int argc;                    /* what stands behind the command's name */
    char **argv;
    int command_line; /* of `serve`: as it was given, see app/handover.h; -1: not kept */
};

int dw__cmd_serve(const struct invocation *inv);
int dw__cmd_routes(const struct invocation *inv);
int dw__cmd_asvs(const struct invocation *inv);
int dw__cmd_openapi(const struct invocation *inv);
int dw__cmd_check(const struct invocation *inv);
/* When the settings cannot be read: prints `errors`, for programs too where the command line says `check --json` or `--sarif`. The exit status. */
int dw__check_unreadable(const dw_app *app, int argc, char **argv, const struct buf *errors);
/* Ask a server that runs. */
int dw__cmd_top(const struct invocation *inv);
int dw__cmd_limits(const struct invocation *inv);
int dw__cmd_migrate(const struct invocation *inv);
int dw__cmd_db(const struct invocation *inv);
/* What both of them do to bring a database up to date; the exit status, and lines in `why`. */
int dw__migrate_to_date(const struct invocation *inv, struct buf *why);
int dw__cmd_settings(const struct invocation *inv);
/* Reads the audit log. */
int dw__cmd_audit(const struct invocation *inv);
/* Its `list`; -1: the command line is wrong. */
int dw__cmd_audit_list(const struct invocation *inv);
int dw__cmd_jobs(const struct invocation *inv);
int dw__cmd_secret(const struct invocation *inv);
/* What a password may cost on this machine. */
int dw__cmd_calibrate(const struct invocation *inv);
int dw__cmd_man(const struct invocation *inv);
/* What runs on a fiber, as the code of a request does; `name` is what the log calls it. */
struct database_work {
    const char *name;
    dw_err (*run)(dw_ctx *ctx, void *arg);
    void *arg;
};
/* Runs it on the database of the settings, which is opened in `mode`, here and at once. What it answers; or why it could not run, with a line in `why`. DW_CONFLICT:
 * migrations are missing. */
DW_MUST dw_err dw__on_database(const struct invocation *inv, enum sql_mode mode,
                               const struct database_work *work, struct buf *why);
/* A command of the application's own, with a database. */
int dw__cmd_own(const struct invocation *inv, const dw_command *command);
/* The same for a command of ours, whose database is opened in `mode`. */
int dw__cmd_on_database(const struct invocation *inv, const dw_command *command, enum sql_mode mode);

/* The roles that a monitor starts; they return the exit status of the process. */
int dw__role_store(const dw_app *app, const dw_build *build, const struct child_self *self);
int dw__role_audit(const dw_app *app, const dw_build *build, const struct child_self *self);
int dw__role_keeper(const dw_app *app, const dw_build *build, const struct child_self *self);
int dw__role_jobs(const dw_app *app, const dw_build *build, const struct child_self *self);
int dw__role_probe(const dw_app *app, const dw_build *build);
int dw__role_worker(const dw_app *app, const dw_build *build, const struct child_self *self);

/* Prints "name: line" to standard error for each line of `lines`. */
void dw__print_findings(const dw_app *app, const struct buf *lines);

/* When root: becomes config->user before a database file is opened. DW_OK when there was nothing to do; a line is printed on failure. */
DW_MUST dw_err dw__become_user(const struct invocation *inv);

#endif
