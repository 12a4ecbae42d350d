/* test_machine.c -- what a server would run on: machines that there are not, and files that there are. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/machine.h"

#include "base/text.h"

#define NOW INT64_C(1790000000)

static struct arena arena;
static struct audit audit;
static struct machine machine;

static void judge(const struct machine *m)
{
    dw__arena_release(&arena);
    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__audit_init(&audit, &arena);
    dw__machine_audit(m, &audit);
}

/* Whether that alone was found. */
static bool only(enum finding finding)
{
    return audit.first != NULL && audit.first->next == NULL && audit.first->finding == finding;
}

static void a_good_machine(void **state)
{
    (void)state;
    judge(&(struct machine){.unix_s = NOW, .clock_kept = true});
    assert_null(audit.first);
    judge(
        &(struct machine){.unix_s = NOW, .clock_kept = true, .shared = true}); /* nobody starts it as such */
    assert_null(audit.first);
    judge(&(struct machine){.unix_s = NOW, .clock_kept = true, .root = true}); /* children have an account */
    assert_null(audit.first);
}

static void others(void **state)
{
    (void)state;
    judge(&(struct machine){.unix_s = NOW, .clock_kept = true, .root = true, .shared = true});
    assert_true(only(FOUND_MACHINE_ROOT));
    judge(&(struct machine){.unix_s = NOW, .clock_kept = true, .core_dumps = true});
    assert_true(only(FOUND_MACHINE_CORE_DUMPS));
    judge(&(struct machine){.unix_s = NOW});
    assert_true(only(FOUND_MACHINE_CLOCK_ALONE));
    judge(&(struct machine){.unix_s = 0, .clock_kept = true});
    assert_true(only(FOUND_MACHINE_CLOCK));
    judge(&(struct machine){.unix_s = INT64_C(1767225599)});
    assert_true(only(FOUND_MACHINE_CLOCK));
    assert_int_equal(audit.errors, 1);
}

/* ---- files ---- */

static char folder[64], database[128], audit_log[128], mail_url[128];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/dewar-machine-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(database, sizeof database, "%s/app.db", folder);
    (void)snprintf(audit_log, sizeof audit_log, "%s/audit.log", folder);
    (void)snprintf(mail_url, sizeof mail_url, "file:%s", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(database);
    (void)unlink(audit_log);
    dw__arena_release(&arena);
    return rmdir(folder);
}

static void make_file(const char *path, mode_t mode)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    (void)close(fd);
}

static unsigned finds(const struct config *config, enum finding finding)
{
    unsigned n = 0;

    dw__machine_look(&machine, config);
    judge(&machine);
    for (const struct audit_found *f = audit.first; f != NULL; f = f->next)
        n += f->finding == finding;
    return n;
}

static void files_that_others_may_use(void **state)
{
    struct config config = {.user = DW_TEXT_INIT("daemon"),
                            .database_path = dw__text_of(database),
                            .audit_log = dw__text_of(audit_log),
                            .mail_url = dw__text_of(mail_url),
                            .log = DW_TEXT_INIT("stderr")};

    (void)state;
    assert_int_equal(finds(&config, FOUND_FILES_DATABASE_OPEN), 0); /* there is none yet */
    make_file(database, 0660);
    make_file(audit_log, 0640);
    assert_int_equal(finds(&config, FOUND_FILES_DATABASE_OPEN), 0);
    assert_int_equal(finds(&config, FOUND_FILES_LOG_OPEN), 0);
    make_file(database, 0664);
    make_file(audit_log, 0644);
    assert_int_equal(finds(&config, FOUND_FILES_DATABASE_OPEN), 1);
    assert_non_null(memmem(audit.first->what.p, audit.first->what.n, "can be read by", 14));
    assert_int_equal(finds(&config, FOUND_FILES_LOG_OPEN), 1);
    make_file(database, 0666);
    assert_int_equal(finds(&config, FOUND_FILES_DATABASE_OPEN), 1);
    assert_non_null(memmem(audit.first->what.p, audit.first->what.n, "read and written", 16));
    config.postgres = true; /* what is there is the address of a server */
    assert_int_equal(finds(&config, FOUND_FILES_DATABASE_OPEN), 0);
}

static void directories_that_others_may_use(void **state)
{
    const struct config config = {.user = DW_TEXT_INIT("daemon"),
                                  .database_path = dw__text_of(database),
                                  .mail_url = dw__text_of(mail_url),
                                  .log = DW_TEXT_INIT("/dev/null")};

    (void)state;
    assert_int_equal(finds(&config, FOUND_FILES_DIRECTORY_OPEN), 0);
    assert_int_equal(chmod(folder, 01777), 0);
    assert_int_equal(finds(&config, FOUND_FILES_DIRECTORY_OPEN), 2); /* of the database, and of mails */
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(finds(&config, FOUND_FILES_DIRECTORY_OPEN), 0);
    assert_int_equal(finds(&config, FOUND_FILES_LOG_OPEN), 0); /* a device holds nothing */
}

/* Each says its setting once. */
static bool says(const char *setting)
{
    unsigned n = 0;

    for (const struct audit_found *f = audit.first; f != NULL; f = f->next)
        n += f->finding == FOUND_FILES_DIRECTORY_OPEN && dw__text_starts(f->what, dw__text_of(setting)) &&
             f->what.p[strlen(setting)] == ':';
    return n == 1;
}

/* Settings, secrets, counts of limits and sockets. */
static void directories_of_what_lies_around(void **state)
{
    static const char *const settings[] = {"--env-file", "DATA_KEYS", "SEAL", "RATE_LIMIT_FILE", "LOG"};
    const dw_text path = dw__text_of(database);
    const struct config_address addresses[] = {{.text = DW_TEXT_INIT("127.0.0.1:80")}, {.path = path}};
    struct config config = {
        .user = DW_TEXT_INIT("daemon"),
        .log = path,
        .env_file = path,
        .file[SETTING_DATA_KEYS] = path,
        .own = {.n = 2, .name = {DW_TEXT_INIT("SEAL"), DW_TEXT_INIT("WORD")}, .file = {path}},
        .rate_limit_file = path,
        .listen = addresses,
        .n_listen = 2,
        .admin_listen = &addresses[1]};

    (void)state;
    assert_int_equal(finds(&config, FOUND_FILES_DIRECTORY_OPEN), 0);
    assert_int_equal(chmod(folder, 01777), 0);
    assert_int_equal(finds(&config, FOUND_FILES_DIRECTORY_OPEN),
                     2); /* what is read is there, and nobody can replace it */
    assert_true(says("RATE_LIMIT_FILE") && says("LOG"));
    assert_int_equal(chmod(folder, 0777), 0);
    assert_int_equal(finds(&config, FOUND_FILES_SOCKET_OPEN), 2);
    assert_int_equal(finds(&config, FOUND_FILES_DIRECTORY_OPEN), sizeof settings / sizeof settings[0]);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        assert_true(says(settings[i]));
    config.n_listen = 1;
    config.admin_listen = &addresses[0];
    assert_int_equal(finds(&config, FOUND_FILES_SOCKET_OPEN), 0);
    assert_int_equal(chmod(folder, 0700), 0);
}

static void a_path_without_directory(void **state)
{
    const struct config config = {.log = DW_TEXT_INIT("no-such-file.log"), .audit_log = DW_TEXT_INIT("/a")};
    unsigned here = 0, root = 0;

    (void)state;
    dw__machine_look(&machine, &config);
    for (size_t i = 0; i < machine.n_files; i++) {
        here += dw__text_is(machine.files[i].path, ".");
        root += dw__text_is(machine.files[i].path, "/");
    }
    assert_int_equal(here, 1);
    assert_int_equal(root, 1);
}

/* Ours is looked at as well. */
static void the_program(void **state)
{
    const struct config config = {.log = DW_TEXT_INIT("stderr")};
    size_t n = 0;

    (void)state;
    dw__machine_look(&machine, &config);
    for (size_t i = 0; i < machine.n_files; i++)
        if (machine.files[i].finding == FOUND_FILES_PROGRAM_OPEN) {
            n++;
            machine.files[i].mode |= S_IWOTH;
        }
    assert_int_equal(n, 2);
    judge(&machine);
    assert_int_equal(audit.first->finding, FOUND_FILES_PROGRAM_OPEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_machine),
        cmocka_unit_test(others),
        cmocka_unit_test(files_that_others_may_use),
        cmocka_unit_test(directories_that_others_may_use),
        cmocka_unit_test(directories_of_what_lies_around),
        cmocka_unit_test(a_path_without_directory),
        cmocka_unit_test(the_program),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
