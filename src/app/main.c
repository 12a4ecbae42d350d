/* app/main.c -- the command line of every application: finds the command, gives it what it needs, returns its status. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/handover.h"
#include "base/check.h"
#include "crypto/init.h"
#include "os/process.h"
#include "proc/child.h"

extern char **environ;

/* What a command needs before it runs. */
enum need { NEEDS_NOTHING, NEEDS_CONFIG, NEEDS_IMAGE };

static const struct {
    const char *name, *help;
    enum need need;
    int (*run)(const struct invocation *inv);
} commands[] = {
    {"serve", "start the server", NEEDS_IMAGE, dw__cmd_serve},
    {"routes", "list the routes, their policy and where it comes from (--policy: for each role)", NEEDS_IMAGE,
     dw__cmd_routes},
    {"asvs", "what is done about each requirement of OWASP ASVS 5.0, where, and which test shows it",
     NEEDS_CONFIG, dw__cmd_asvs},
    {"openapi", "print the description of the API (OpenAPI 3.1)", NEEDS_IMAGE, dw__cmd_openapi},
    {"check", "check routes, statements and settings (--deploy: as production would)", NEEDS_CONFIG,
     dw__cmd_check},
    {"migrate", "the same as db up (--status: only say how much is missing)", NEEDS_IMAGE, dw__cmd_migrate},
    {"db", "status | up [--dry-run] | backup FILE | check: look after the database", NEEDS_IMAGE, dw__cmd_db},
    {"settings", "print every setting, its value and where it comes from (--json)", NEEDS_CONFIG,
     dw__cmd_settings},
    {"top", "show what a running server does (--once: for a second)", NEEDS_CONFIG, dw__cmd_top},
    {"limits",
     "[lift ID | lift all]: who is shut out of a running server, for breaches of limits or for probes",
     NEEDS_CONFIG, dw__cmd_limits},
    {"jobs", "[retry ID | drop ID]: which jobs there are, and how they fare", NEEDS_IMAGE, dw__cmd_jobs},
    {"audit", "verify [FILE…]: whether the audit log is what was written; list [FILE…]: its lines",
     NEEDS_CONFIG, dw__cmd_audit},
    {"secret", "print a fresh secret for a key setting", NEEDS_NOTHING, dw__cmd_secret},
    {"calibrate", "[MILLISECONDS]: settings for passwords that take as long on this machine", NEEDS_NOTHING,
     dw__cmd_calibrate},
    {"man", "print the settings as a section of a man page", NEEDS_NOTHING, dw__cmd_man},
};
#define N_COMMANDS (sizeof commands / sizeof commands[0])

static int print_help(const dw_app *app)
{
    struct arena arena;
    struct buf settings;

    printf("usage: %s [--env-file FILE] [--setting=value …] COMMAND\n\nCommands:\n", app->name);
    for (size_t i = 0; i < N_COMMANDS; i++)
        printf("  %-10s %s\n", commands[i].name, commands[i].help);
    for (const dw_command *c = app->commands; c != NULL && c->name != NULL; c++)
        printf("  %-10s %s\n", c->name, c->help);
    putchar('\n');
    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&settings, &arena, (size_t)1 << 19);
    dw__config_help(app, &settings);
    (void)fwrite(settings.p, 1, settings.n, stdout);
    dw__arena_release(&arena);
    return EXIT_DONE;
}

static int usage(const dw_app *app, const char *what, const char *name)
{
    (void)fprintf(stderr, "%s: %s%s; try: %s --help\n", app->name, what, name, app->name);
    return EXIT_BAD_USAGE;
}

void dw__print_findings(const dw_app *app, const struct buf *lines)
{
    size_t begin = 0;

    for (size_t i = 0; i < lines->n; i++)
        if (lines->p[i] == '\n' || i + 1 == lines->n) {
            size_t end = lines->p[i] == '\n' ? i : i + 1;

            (void)fprintf(stderr, "%s: %.*s\n", app->name, (int)(end - begin), lines->p + begin);
            begin = i + 1;
        }
    if (lines->failed)
        (void)fprintf(stderr, "%s: … and more\n", app->name);
}

/* Runs `run` (or the application's own command) with the image it needs. */
static int run_with_image(struct invocation *inv, int (*run)(const struct invocation *),
                          const dw_command *own, struct buf *why)
{
    struct image *image;
    int status;

    if (dw__image_new(&image, inv->app, inv->build, inv->config, why) != DW_OK) {
        dw__print_findings(inv->app, why);
        return EXIT_BAD_CONFIG;
    }
    inv->image = image;
    status = own != NULL ? dw__cmd_own(inv, own) : run(inv);
    dw__image_free(image);
    return status;
}

static int run_command(struct invocation *inv, enum need need, int (*run)(const struct invocation *),
                       const dw_command *own, struct config *config)
{
    struct arena arena;
    struct buf why;
    int status;

    inv->config = config;
    if (need != NEEDS_IMAGE)
        return run(inv);
    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&why, &arena, (size_t)1 << 18);
    status = run_with_image(inv, run, own, &why);
    dw__arena_release(&arena);
    return status;
}

static int load_and_run(const dw_app *app, const dw_build *build, int argc, char **argv,
                        struct config *config, int command_line)
{
    struct invocation inv = {.app = app, .build = build, .command_line = command_line};

    if (argc < 2)
        return usage(app, "no command", "");
    inv.argc = argc - 2;
    inv.argv = argv + 2;
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return run_command(&inv, commands[i].need, commands[i].run, NULL, config);
    for (const dw_command *c = app->commands; c != NULL && c->name != NULL; c++)
        if (strcmp(argv[1], c->name) == 0)
            return run_command(&inv, NEEDS_IMAGE, NULL, c, config);
    return usage(app, "there is no command ", argv[1]);
}

/* Commands that say what is possible must work where nothing is set up. */
static int run_without_config(const dw_app *app, const dw_build *build, int argc, char **argv)
{
    if (argc >= 2 &&
        (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0))
        return print_help(app);
    if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
        printf("%s %s\n", app->name, app->version ? app->version : "0");
        return EXIT_DONE;
    }
    for (size_t i = 0; argc >= 2 && i < N_COMMANDS; i++)
        if (commands[i].need == NEEDS_NOTHING && strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(
                &(struct invocation){.app = app, .build = build, .argc = argc - 2, .argv = argv + 2});
    return -1;
}

static int run_child(const dw_app *app, const dw_build *build, const struct child_self *self)
{
    switch (self->role) {
    case ROLE_STORE: return dw__role_store(app, build, self);
    case ROLE_WORKER: return dw__role_worker(app, build, self);
    case ROLE_AUDIT: return dw__role_audit(app, build, self);
    case ROLE_JOBS: return dw__role_jobs(app, build, self);
    case ROLE_KEEPER: return dw__role_keeper(app, build, self);
    case ROLE_PROBE: return dw__role_probe(app, build);
    }
    return EXIT_FAILED;
}

/* Keeps how `serve` was called, for the program that takes over: before flags are taken out and secrets are wiped. */
static int keep_command_line(char **argv)
{
    for (char **a = argv; *a != NULL; a++)
        if (strcmp(*a, "serve") == 0)
            return dw__handover_keep(argv, environ);
    return -1;
}

int dw_x_main(int argc, char **argv, const dw_app *app, const dw_build *build)
{
    struct config config;
    struct arena arena;
    struct buf errors;
    struct child_self self;
    int status, command_line;

    if (dw__process_standard_fds() != DW_OK)
        return EXIT_FAILED; /* and nobody to tell */
    if (dw__crypto_init() != DW_OK) {
        (void)fprintf(stderr, "%s: the cryptographic libraries cannot be used\n", app->name);
        return EXIT_FAILED;
    }
    if (dw__child_is(argc, argv, &self))
        return run_child(app, build, &self);
    if ((status = run_without_config(app, build, argc, argv)) >= 0)
        return status;
    command_line = keep_command_line(argv);
    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__buf_init(&errors, &arena, (size_t)1 << 18);
    if (dw__config_load(&config, app, &argc, argv, environ, &errors) != DW_OK) {
        status = dw__check_unreadable(app, argc, argv, &errors);
        dw__arena_release(&arena);
        return status;
    }
    dw__config_wipe_environment(&config, app, environ);
    status = load_and_run(app, build, argc, argv, &config, command_line);
    dw__config_release(&config);
    dw__arena_release(&arena);
    return status;
}
