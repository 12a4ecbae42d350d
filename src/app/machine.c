/* app/machine.c -- looks at what no table and no setting says, and judges it.
 *
 * The two are apart, so that the judgement can be tried with machines that there are not.  A file is judged by what every account of the machine
 * may do with it; a group is somebody's decision.  Files of secrets are looked at when they are read (config_gather.c). */
#include "app/machine.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "jobs/mail.h"

/* The first day of the year in which this was written: no clock that is right shows less. */
#define LATER_THAN INT64_C(1767225600) /* 2026-01-01 */

/* Where the path stands: "var" of "var/app.db", "." of "app.db". */
static dw_text directory_of(dw_text path)
{
    size_t n = path.n;

    while (n > 0 && path.p[n - 1] != '/')
        n--;
    if (n == 0)
        return DW_TEXT(".");
    return (dw_text){path.p, n > 1 ? n - 1 : 1};
}

static void look_at(struct machine *m, dw_text setting, dw_text path, mode_t forbidden, enum finding finding)
{
    char name[4096];
    struct stat st;

    if (path.n == 0 || path.n >= sizeof name || m->n_files == DW__MACHINE_FILES)
        return;
    memcpy(name, path.p, path.n);
    name[path.n] = '\0';
    if (stat(name, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
        m->files[m->n_files++] = (struct machine_file){setting, path, st.st_mode, forbidden, finding};
}

static void look_at_directory(struct machine *m, dw_text setting, dw_text path)
{
    look_at(m, setting, path, S_IWOTH, FOUND_FILES_DIRECTORY_OPEN);
}

/* Where another could lie in its place, if there is one. */
static void look_around(struct machine *m, dw_text setting, dw_text path)
{
    if (path.n > 0)
        look_at_directory(m, setting, directory_of(path));
}

static void look_at_log(struct machine *m, dw_text setting, dw_text path)
{
    if (path.n == 0 || dw__text_is(path, "stderr"))
        return;
    look_at(m, setting, path, S_IROTH | S_IWOTH, FOUND_FILES_LOG_OPEN);
    look_around(m, setting, path);
}

/* The same of a file that was read: in a directory with the sticky bit nobody else can put another in its place. */
static void look_around_file(struct machine *m, dw_text setting, dw_text path)
{
    const size_t n = m->n_files;

    look_around(m, setting, path);
    if (m->n_files > n && (m->files[n].mode & S_ISVTX) != 0)
        m->n_files = n;
}

/* The files themselves were looked at when they were read. */
static void look_around_settings(struct machine *m, const struct config *config)
{
    look_around_file(m, DW_TEXT("--env-file"), config->env_file);
    for (unsigned i = 0; i < SETTINGS; i++)
        look_around_file(m, dw__text_of(dw__setting_row((enum setting)i)->name), config->file[i]);
    for (size_t i = 0; i < config->own.n; i++)
        look_around_file(m, config->own.name[i], config->own.file[i]);
}

/* Who puts a socket of theirs in the place of ours hears what clients say. */
static void look_around_socket(struct machine *m, dw_text setting, dw_text path)
{
    if (path.n > 0)
        look_at(m, setting, directory_of(path), S_IWOTH, FOUND_FILES_SOCKET_OPEN);
}

static void look_around_sockets(struct machine *m, const struct config *config)
{
    for (size_t i = 0; i < config->n_listen; i++)
        look_around_socket(m, DW_TEXT("LISTEN"), config->listen[i].path);
    if (config->admin_listen != NULL)
        look_around_socket(m, DW_TEXT("ADMIN_LISTEN"), config->admin_listen->path);
}

static void look_at_files(struct machine *m, const struct config *config)
{
    struct mail_url mail;

    if (!config->postgres && config->database_path.n > 0) {
        look_at(m, DW_TEXT("DATABASE_URL"), config->database_path, S_IROTH | S_IWOTH,
                FOUND_FILES_DATABASE_OPEN);
        look_around(m, DW_TEXT("DATABASE_URL"), config->database_path);
    }
    look_at_log(m, DW_TEXT("LOG"), config->log);
    look_at_log(m, DW_TEXT("AUDIT_LOG"), config->audit_log);
    look_at_log(m, DW_TEXT("AUDIT_HEADS"), config->audit_heads);
    look_around(m, DW_TEXT("RATE_LIMIT_FILE"), config->rate_limit_file);
    look_at_directory(m, DW_TEXT("DOCS_FILES"), config->docs_files);
    if (dw__mail_url_read(config->mail_url, &mail) == NULL && mail.kind == MAIL_FILE)
        look_at_directory(m, DW_TEXT("MAIL_URL"), mail.folder);
}

static void look_at_program(struct machine *m)
{
    ssize_t n = readlink("/proc/self/exe", m->program, sizeof m->program);
    dw_text path = {m->program, n > 0 ? (size_t)n : 0};

    look_at(m, DW_TEXT("the program"), path, S_IWOTH, FOUND_FILES_PROGRAM_OPEN);
    look_at(m, DW_TEXT("the program"), directory_of(path), S_IWOTH, FOUND_FILES_PROGRAM_OPEN);
}

static bool clock_is_kept(void)
{
    struct timex timex = {0};

    return adjtimex(&timex) != -1 && (timex.status & STA_UNSYNC) == 0;
}

void dw__machine_look(struct machine *machine, const struct config *config)
{
    struct rlimit core;

    *machine = (struct machine){
        .root = geteuid() == 0,
        .shared = dw__text_is(config->user, "nobody"),
        .core_dumps = getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur > 0,
        .clock_kept = clock_is_kept(),
        .unix_s = time(NULL),
    };
    look_at_files(machine, config);
    look_around_settings(machine, config);
    look_around_sockets(machine, config);
    look_at_program(machine);
}

static void judge_file(const struct machine_file *file, struct audit *audit)
{
    mode_t open = file->mode & file->forbidden;
    const char *may = (open & S_IWOTH) == 0 ? "read" : (open & S_IROTH) == 0 ? "written" : "read and written";

    if (open != 0)
        dw__audit_say(audit, file->finding, NULL, "%.*s: %.*s can be %s by every account of this machine",
                      DW_FMT(file->setting), DW_FMT(file->path), may);
}

void dw__machine_audit(const struct machine *machine, struct audit *audit)
{
    for (size_t i = 0; i < machine->n_files; i++)
        judge_file(&machine->files[i], audit);
    if (machine->root && machine->shared)
        dw__audit_say(audit, FOUND_MACHINE_ROOT, NULL,
                      "root starts it, and USER is nobody, an account that others use too");
    if (machine->core_dumps)
        dw__audit_say(audit, FOUND_MACHINE_CORE_DUMPS, NULL,
                      "a command that crashes here leaves its memory in a file; `serve` does not");
    if (machine->unix_s < LATER_THAN)
        dw__audit_say(audit, FOUND_MACHINE_CLOCK, NULL, "the clock is before the year 2026");
    else if (!machine->clock_kept)
        dw__audit_say(audit, FOUND_MACHINE_CLOCK_ALONE, NULL, "nothing corrects the clock of this machine");
}
