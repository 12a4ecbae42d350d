/* Settings: precedence, every kind of error, packing for children, findings, help. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/config.h"
#include "base/text.h"
#include "crypto/keyring.h"
#include "crypto/secret.h"

#define KEY "hYx2Vq0n8mJc5T1wZ4bRk7sLp9dFg3uEiQoA6yXvN-0"

static const dw_migration migrations[] = {{1, "one", "SELECT 1", 8}, {0, NULL, NULL, 0}};
static const char *const direct[] = {"TRUSTED_HOSTS", "app.test,.sub.test", "WORKERS", "3", NULL};
static const char *const strange[] = {"COLOUR", "red", NULL};
static const char *const careless[] = {"SIGNING_KEYS", KEY, NULL};
static const dw_profile profiles[] = {
    {"direct", direct}, {"bad-unknown-setting", strange}, {"careless", careless}, {NULL, NULL}};
static const int a_query;
static const dw_app plain = {
    .name = "coffer", .migrations = migrations, .principal = (const dw_query *)&a_query};
static const dw_app profiled = {.name = "conformance", .migrations = migrations, .profiles = profiles};
static const dw_app diskless = {.name = "still"};

static char errors_memory[8192];
static struct buf errors;
static struct config config;

/* Loads with arguments and environment given as lists that end with NULL. */
static dw_err load(const dw_app *app, const char **argv, const char **envp)
{
    int argc = 0;
    dw_err err;

    while (argv[argc] != NULL)
        argc++;
    memset(errors_memory, 0, sizeof errors_memory);
    dw__buf_init_fixed(&errors, errors_memory, sizeof errors_memory - 1);
    err = dw__config_load(&config, app, &argc, (char **)argv, (char **)envp, &errors);
    assert_null(argv[argc]);
    assert_false(errors.failed);
    assert_int_equal(err == DW_OK, errors.n == 0);
    return err;
}
#define ARGS(...) ((const char *[]){"coffer", ##__VA_ARGS__, NULL})
#define ENVIRONMENT(...) ((const char *[]){"PATH=/bin", ##__VA_ARGS__, NULL})

static unsigned lines(void)
{
    unsigned n = 0;

    for (size_t i = 0; i < errors.n; i++)
        n += errors.p[i] == '\n';
    return n;
}

/* The load fails with exactly one line, which holds `what`. */
static void refuses_with(const dw_app *app, const char **argv, const char **envp, const char *what)
{
    assert_int_equal(load(app, argv, envp), DW_INVALID);
    if (lines() != 1 || strstr(errors_memory, what) == NULL)
        fail_msg("expected one line with \"%s\", got:\n%s", what, errors_memory);
    assert_int_equal(strncmp(errors_memory, app->name, strlen(app->name)), 0);
}
#define refuses(argv, envp, what) refuses_with(&plain, argv, envp, what)

static bool is(dw_text t, const char *s)
{
    return dw__text_eq(t, dw__text_of(s));
}

/* A file in TMPDIR with `text`; its path lives until the next call. */
static char *file_with(const char *text, mode_t mode)
{
    size_t n = strlen(text);
    static char path[256];
    const char *dir = getenv("TMPDIR");
    int fd;

    snprintf(path, sizeof path, "%s/dw-config-XXXXXX", dir != NULL ? dir : "/tmp");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, n), (ssize_t)n);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
    return path;
}

static char *joined(const char *a, const char *b)
{
    static char texts[4][512];
    static unsigned next;
    char *out = texts[next++ % 4];

    snprintf(out, 512, "%s%s", a, b);
    return out;
}

/* ---- what is right ---- */

static void defaults_are_safe(void **state)
{
    (void)state;
    assert_int_equal(load(&plain, ARGS(), ENVIRONMENT()), DW_OK);
    assert_false(config.development);
    assert_int_equal(config.n_listen, 1);
    assert_true(is(config.listen[0].text, "127.0.0.1:8080"));
    assert_true(config.listen[0].loopback);
    assert_true(is(config.admin_listen->path, "var/coffer-admin.sock"));
    assert_true(is(config.database_path, "var/coffer.db"));
    assert_int_equal(config.n_trusted_hosts, 0);
    assert_true(is(config.issuer, "coffer") && is(config.audience, "coffer"));
    assert_true(config.workers >= 1 && config.workers <= DW__MAX_WORKERS);
    assert_int_equal(config.max_content_length, 65536);
    assert_int_equal(config.argon2_memory, 19 << 20);
    assert_int_equal(config.log_level, DW_LOG_LEVEL_INFO);
    assert_int_equal(config.head_timeout_ms, 10000);
    assert_int_equal(config.signing_keys.n, 0);
    assert_true(is(config.user, "nobody") && is(config.log, "stderr"));
    dw__config_release(&config);
}

static void every_row_is_whole(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SETTINGS; i++) {
        const struct setting_row *row = dw__setting_row((enum setting)i);

        assert_non_null(row->name);
        assert_non_null(row->help);
        assert_non_null(row->example);
        assert_true(row->roles != 0 || i == SETTING_SIGNING_KEYS);
        assert_int_equal(row->help[strlen(row->help) - 1], '.');
        assert_true(row->optional || row->fallback != NULL || row->fallback_in_words != NULL);
    }
    assert_string_equal(dw__setting_row(SETTING_ARGON2_QUEUE)->name, "ARGON2_QUEUE");
    assert_string_equal(dw__setting_row(SETTING_LISTEN)->name, "LISTEN");
}

static void stronger_sources_win(void **state)
{
    char *file;

    (void)state;
    file = file_with("CONFORMANCE_WORKERS=4\nCONFORMANCE_LOG_LEVEL=warn\n", 0600);
    assert_int_equal(load(&profiled, ARGS(), ENVIRONMENT()), DW_OK);
    assert_int_equal(config.workers, 3);
    assert_int_equal(config.source[SETTING_WORKERS], SOURCE_PROFILE);
    assert_true(is(config.profile, "direct"));
    assert_int_equal(config.n_trusted_hosts, 2);
    assert_true(is(config.trusted_hosts[1], ".sub.test"));
    dw__config_release(&config);
    assert_int_equal(load(&profiled, ARGS("--env-file", file), ENVIRONMENT()), DW_OK);
    assert_int_equal(config.workers, 4);
    assert_int_equal(config.source[SETTING_WORKERS], SOURCE_ENV_FILE);
    assert_int_equal(config.log_level, DW_LOG_LEVEL_WARN);
    dw__config_release(&config);
    assert_int_equal(load(&profiled, ARGS("--env-file", file), ENVIRONMENT("CONFORMANCE_WORKERS=5")), DW_OK);
    assert_int_equal(config.workers, 5);
    assert_int_equal(config.source[SETTING_WORKERS], SOURCE_ENVIRONMENT);
    dw__config_release(&config);
    assert_int_equal(
        load(&profiled, ARGS("--env-file", file, "--workers=6"), ENVIRONMENT("CONFORMANCE_WORKERS=5")),
        DW_OK);
    assert_int_equal(config.workers, 6);
    assert_int_equal(config.source[SETTING_WORKERS], SOURCE_FLAG);
    dw__config_release(&config);
    unlink(file);
}

static void flags_are_taken_and_the_rest_is_left(void **state)
{
    const char *argv[] = {"coffer",    "serve",
                          "--workers", "2",
                          "--deploy",  "--trusted-hosts=a.test",
                          "x",         "--max-content-length=1M",
                          "--",        "--workers=9",
                          NULL};
    int argc = 10;

    (void)state;
    dw__buf_init_fixed(&errors, errors_memory, sizeof errors_memory);
    assert_int_equal(dw__config_load(&config, &plain, &argc, (char **)argv, (char **)ENVIRONMENT(), &errors),
                     DW_OK);
    assert_int_equal(argc, 6);
    assert_string_equal(argv[1], "serve");
    assert_string_equal(argv[2], "--deploy");
    assert_string_equal(argv[3], "x");
    assert_string_equal(argv[4], "--");
    assert_string_equal(argv[5], "--workers=9");
    assert_null(argv[6]);
    assert_int_equal(config.workers, 2);
    assert_int_equal(config.max_content_length, 1 << 20);
    dw__config_release(&config);
}

static void development_has_its_own_hosts(void **state)
{
    (void)state;
    assert_int_equal(load(&plain, ARGS("--env=development"), ENVIRONMENT()), DW_OK);
    assert_true(config.development);
    assert_int_equal(config.n_trusted_hosts, 3);
    assert_true(is(config.trusted_hosts[2], "[::1]"));
    dw__config_release(&config);
}

static void issuer_follows_the_origin(void **state)
{
    (void)state;
    assert_int_equal(load(&plain, ARGS("--canonical-origin=https://app.test"), ENVIRONMENT()), DW_OK);
    assert_true(is(config.issuer, "https://app.test"));
    assert_true(is(config.audience, "coffer"));
    dw__config_release(&config);
}

static void addresses_of_every_kind(void **state)
{
    (void)state;
    assert_int_equal(
        load(&plain,
             ARGS("--workers=1",
                  "--listen=127.1.2.3:0, [::1]:80,0.0.0.0:8080,unix:/run/x.sock,[2001:db8::1]:1"),
             ENVIRONMENT()),
        DW_OK);
    assert_int_equal(config.n_listen, 5);
    assert_true(config.listen[0].loopback && config.listen[1].loopback && config.listen[3].loopback);
    assert_false(config.listen[2].loopback || config.listen[4].loopback);
    assert_int_equal(((const struct sockaddr_in6 *)(const void *)&config.listen[1].address)->sin6_port,
                     htons(80));
    assert_int_equal(config.listen[3].address.ss_family, AF_UNIX);
    assert_string_equal(config.listen[3].path.p, "/run/x.sock");
    dw__config_release(&config);
}

static void secrets_come_from_files(void **state)
{
    char *file = file_with(KEY "\n", 0600);

    (void)state;
    assert_int_equal(load(&plain, ARGS(), ENVIRONMENT(joined("COFFER_SIGNING_KEYS_FILE=", file))), DW_OK);
    assert_int_equal(config.signing_keys.n, 43);
    assert_memory_equal(config.signing_keys.p, KEY, 43);
    assert_int_equal(config.text[SETTING_SIGNING_KEYS].n, 0);
    dw__config_forget_secrets(&config);
    assert_int_equal(config.signing_keys.n, 0);
    dw__config_release(&config);
    assert_int_equal(
        load(&plain, ARGS("--signing-keys-file", file), ENVIRONMENT("COFFER_SIGNING_KEYS=weaker")), DW_OK);
    assert_int_equal(config.signing_keys.n, 43);
    dw__config_release(&config);
    unlink(file);
}

static void the_environment_is_wiped(void **state)
{
    char secret[] = "COFFER_SIGNING_KEYS=" KEY, other[] = "COFFER_WORKERS=2",
         path[] = "COFFER_DATA_KEYS_FILE=/x";
    char *envp[] = {secret, other, path, NULL};

    (void)state;
    dw__config_wipe_environment(&config, &plain, envp);
    for (size_t i = 20; i < sizeof secret; i++)
        assert_int_equal(secret[i], 0);
    assert_string_equal(secret, "COFFER_SIGNING_KEYS=");
    assert_string_equal(other, "COFFER_WORKERS=2");
    assert_string_equal(path, "COFFER_DATA_KEYS_FILE=/x");
}

/* ---- what is wrong ---- */

static void malformed_values_are_refused(void **state)
{
    static const struct {
        const char *flag, *what;
    } rows[] = {
        {"--workers=0", "flag: --workers is '0', which is not a whole number from 1 to 64; for example 2"},
        {"--workers=65", "whole number"},
        {"--workers=2x", "whole number"},
        {"--workers=-1", "whole number"},
        {"--workers=18446744073709551617", "whole number"},
        {"--workers=", "is empty"},
        {"--workers", "needs a value"},
        {"--env=debug", "which is not production or development"},
        {"--log-level=loud", "is not debug, info, warn or error"},
        {"--listen=8080", "is not an address"},
        {"--listen=localhost:8080", "is not an address"},
        {"--listen=127.0.0.1:65536", "is not an address"},
        {"--listen=127.0.0.1:", "is not an address"},
        {"--listen=127.0.0.1", "is not an address"},
        {"--listen=::1:80", "is not an address"},
        {"--listen=[::1]", "is not an address"},
        {"--listen=unix:", "is not an address"},
        {"--listen=unix:@hidden", "is not an address"},
        {"--listen=127.0.0.1:1,,127.0.0.1:2", "is not an address"},
        {"--listen=127.0.0.1:1,127.0.0.1:1", "same address twice"},
        {"--listen=a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", "more than 16 items"},
        {"--admin-listen=", "is empty"},
        {"--database-url=postgres://x", "is not a database that this version knows"},
        {"--database-url=sqlite:", "names no file"},
        {"--database-url=sqlite::memory:", "names no file"},
        {"--database-url=sqlite:///app.db", "slashes"},
        {"--database-url=sqlite:a?mode=rwc", "'?', '#' or '%'"},
        {"--trusted-hosts=*", "no host"},
        {"--trusted-hosts=https://a.test", "no host"},
        {"--trusted-hosts=a.test:80", "no host"},
        {"--trusted-hosts=a.test,", "no host"},
        {"--trusted-hosts=.", "no host"},
        {"--trusted-hosts=a..test", "no host"},
        {"--trusted-hosts=[::1", "no host"},
        {"--trusted-hosts=[zz]", "no host"},
        {"--canonical-origin=app.test", "begins with https://"},
        {"--canonical-origin=https://app.test/", "nothing else"},
        {"--canonical-origin=https://app.test:0", "nothing else"},
        {"--canonical-origin=https://", "nothing else"},
        {"--issuer=a b", "has a character"},
        {"--audience=a\"b", "has a character"},
        {"--user=-x", "is not the name of an account"},
        {"--log=a\nb", "'a\\x0ab', which has control characters"},
        {"--max-content-length=64X", "is not a size from 0 to 1G"},
        {"--max-content-length=2G", "is not a size"},
        {"--argon2-memory=18M", "is not a size from 19M to 256M"},
        {"--argon2-memory=19922945", "is not a multiple of 1K"},
        {"--argon2-passes=1", "from 2 to 16"},
        {"--head-timeout=1d", "is not a time from 100ms to 600s"},
        {"--head-timeout=99ms", "is not a time"},
        {"--head-timeout=9999999999s", "is not a time"},
        {"--head-timeout=s", "is not a time"},
        {"--profile=x", "the profiles are none"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        refuses(ARGS(rows[i].flag), ENVIRONMENT(), rows[i].what);
}

static void durations_and_sizes_have_units(void **state)
{
    (void)state;
    assert_int_equal(load(&plain,
                          ARGS("--head-timeout=1500ms", "--idle-timeout=2m", "--drain-timeout=7",
                               "--log="
                               "x y"),
                          ENVIRONMENT()),
                     DW_OK);
    assert_int_equal(config.head_timeout_ms, 1500);
    assert_int_equal(config.idle_timeout_ms, 120000);
    assert_int_equal(config.drain_timeout_ms, 7000);
    dw__config_release(&config);
}

static void unknown_and_repeated_names_are_refused(void **state)
{
    char *file = file_with("# a comment\n\nCOFFER_COLOUR=red\n", 0600);

    (void)state;
    refuses(ARGS(), ENVIRONMENT("COFFER_COLOURS=*"),
            "environment: COFFER_COLOURS is not a setting; `coffer --help`");
    refuses(ARGS(), ENVIRONMENT("COFFER_SECRET_KEY=x"), "COFFER_SECRET_KEY");
    refuses(ARGS(), ENVIRONMENT("COFFER_WORKERS_FILE=/x"), "COFFER_WORKERS_FILE");
    refuses(ARGS(), ENVIRONMENT("COFFER_=x"), "COFFER_ is not");
    refuses(ARGS(), ENVIRONMENT("COFFER_A\nB=x"), "COFFER_A\\x0aB");
    refuses(ARGS(), ENVIRONMENT("COFFER_LISTENX=x"), "COFFER_LISTENX");
    refuses(ARGS("--env-file", file), ENVIRONMENT(), ":3: COFFER_COLOUR is not a setting");
    refuses(ARGS(), ENVIRONMENT("COFFER_SESSION_COOKIE_SECURE=no"),
            "environment: COFFER_SESSION_COOKIE_SECURE is not a setting: cookies are Secure, always");
    refuses(ARGS(), ENVIRONMENT("COFFER_SECRET_KEY=x"), "is not a setting: SIGNING_KEYS and DATA_KEYS are");
    refuses(ARGS("--workers=1", "--workers=1"), ENVIRONMENT(), "--workers is given twice");
    unlink(file);
    file = file_with("", 0600);
    refuses(ARGS("--env-file", file, "--env-file=/b"), ENVIRONMENT(), "--env-file is given twice");
    unlink(file);
    refuses_with(&profiled, ARGS(), ENVIRONMENT("CONFORMANCE_PROFILE=bad-unknown-setting"),
                 "profile bad-unknown-setting: COLOUR is not a setting");
    refuses_with(&profiled, ARGS(), ENVIRONMENT("CONFORMANCE_PROFILE=none"),
                 "the profiles are direct bad-unknown-setting careless");
    refuses_with(&diskless, ARGS("--env-file"), ENVIRONMENT(), "--env-file needs a value");
    refuses_with(&diskless, ARGS(), ENVIRONMENT("STILL_DATABASE_URL=sqlite:x"),
                 "STILL_DATABASE_URL is not a setting");
}

static void all_errors_are_told(void **state)
{
    (void)state;
    assert_int_equal(
        load(&plain, ARGS("--workers=x", "--env=y"), ENVIRONMENT("COFFER_NO=1", "COFFER_LISTEN=")),
        DW_INVALID);
    assert_int_equal(lines(), 4);
}

static void env_files_are_read_strictly(void **state)
{
    static const struct {
        const char *text, *what;
    } rows[] = {
        {"COFFER_WORKERS", ":1: the line has no '='"},
        {"export COFFER_WORKERS=1", ":1: what is before '=' is not a name"},
        {"COFFER_WORKERS =1", "is not a name"},
        {"coffer_workers=1", "is not a name"},
        {"WORKERS=1", "WORKERS is not a setting"},
        {"COFFER_LOG='a", "the quote is not closed"},
        {"COFFER_LOG='a'b", "behind the closing quote"},
        {"COFFER_LOG=a # b", "put quotes around"},
        {"COFFER_LOG=a\"b", "put quotes around"},
        {"COFFER_WORKERS=1\r\n", "control characters"},
        {"\n\n COFFER_WORKERS=1\nCOFFER_WORKERS=2", ":4: COFFER_WORKERS is given twice"},
        {"COFFER_ENV=x\n", ":1: COFFER_ENV is 'x'"},
    };
    char *file;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        file = file_with(rows[i].text, 0644);
        refuses(ARGS("--env-file", file), ENVIRONMENT(), rows[i].what);
        unlink(file);
    }
    file = file_with("", 0644);
    assert_int_equal(load(&plain, ARGS("--env-file", file), ENVIRONMENT()), DW_OK);
    dw__config_release(&config);
    unlink(file);
    file = file_with("COFFER_LOG=\" a #b \"\nCOFFER_USER='x'\n  # no\nCOFFER_ISSUER= y ", 0644);
    assert_int_equal(load(&plain, ARGS("--env-file", file), ENVIRONMENT()), DW_OK);
    assert_true(is(config.log, " a #b ") && is(config.user, "x") && is(config.issuer, "y"));
    dw__config_release(&config);
    unlink(file);
}

static void files_that_cannot_be_taken(void **state)
{
    static char large[70000];
    char *file;

    (void)state;
    refuses(ARGS("--env-file=/nowhere/at/all"), ENVIRONMENT(), "--env-file /nowhere/at/all does not exist");
    refuses(ARGS("--env-file=/tmp"), ENVIRONMENT(), "is not a file that can be read");
    refuses(ARGS("--env-file=/dev/zero"), ENVIRONMENT(), "is not a file that can be read");
    memset(large, '\n', sizeof large - 1);
    file = file_with(large, 0600);
    refuses(ARGS("--env-file", file), ENVIRONMENT(), "is too large");
    refuses(ARGS("--signing-keys-file", file), ENVIRONMENT(),
            "--signing-keys-file names a file that cannot be taken");
    unlink(file);
    file = file_with(KEY, 0644);
    refuses(ARGS("--signing-keys-file", file), ENVIRONMENT(), "chmod o-r");
    unlink(file);
    file = file_with("COFFER_DATA_KEYS=" KEY, 0604);
    refuses(ARGS("--env-file", file), ENVIRONMENT(),
            "COFFER_DATA_KEYS is a secret in a file that every user");
    unlink(file);
    refuses(ARGS(), ENVIRONMENT("COFFER_DATA_KEYS_FILE=/nowhere"), "'/nowhere' does not exist");
    refuses(ARGS(), ENVIRONMENT("COFFER_DATA_KEYS_FILE="), "is empty");
}

static void secrets_are_never_quoted(void **state)
{
    (void)state;
    refuses(ARGS("--signing-keys=" KEY), ENVIRONMENT(), "--signing-keys-file=PATH");
    assert_null(strstr(errors_memory, "hYx2"));
    refuses(ARGS(), ENVIRONMENT("COFFER_SIGNING_KEYS=hYx2\x01"),
            "COFFER_SIGNING_KEYS has control characters");
    assert_null(strstr(errors_memory, "hYx2"));
    refuses(ARGS(), ENVIRONMENT("COFFER_SIGNING_KEYS="), "is empty");
    refuses(ARGS(), ENVIRONMENT("COFFER_SIGNING_KEYS=" KEY, "COFFER_SIGNING_KEYS_FILE=/x"),
            "leave one of them out");
}

static void sockets_are_bounded(void **state)
{
    (void)state;
    refuses(ARGS("--workers=33", "--listen=127.0.0.1:1,127.0.0.1:2"), ENVIRONMENT(), "more than 64 sockets");
}

/* ---- packing ---- */

static uint8_t packed[16384];

static size_t pack(enum role role)
{
    struct buf out;

    dw__buf_init_fixed(&out, packed, sizeof packed);
    dw__config_pack(&config, role, &out);
    assert_false(out.failed);
    return out.n;
}

static void load_much(void)
{
    assert_int_equal(
        load(&plain,
             ARGS("--listen=127.0.0.1:1,[::1]:2", "--workers=7", "--trusted-hosts=a.test,.b.test",
                  "--canonical-origin=https://app.test", "--env=development", "--head-timeout=3s"),
             ENVIRONMENT("COFFER_SIGNING_KEYS=" KEY, "COFFER_DATA_KEYS=" KEY)),
        DW_OK);
}

static void packing_round_trips(void **state)
{
    struct config child;
    size_t n;

    (void)state;
    load_much();
    n = pack(ROLE_WORKER);
    assert_int_equal(dw__config_unpack(&child, &plain, ROLE_WORKER, (dw_bytes){packed, n}), DW_OK);
    memset(packed, 0xee, n);
    assert_true(child.development);
    assert_int_equal(child.workers, 7);
    assert_int_equal(child.n_listen, 2);
    assert_memory_equal(&child.listen[1].address, &config.listen[1].address, sizeof child.listen[1].address);
    assert_int_equal(child.n_trusted_hosts, 2);
    assert_true(is(child.trusted_hosts[1], ".b.test"));
    assert_int_equal(child.head_timeout_ms, 3000);
    assert_int_equal(child.signing_keys.n, 0);
    assert_int_equal(child.signing_part.n, 8 + 5 * 32); /* one root: four uses, and a public one */
    assert_memory_equal(child.data_keys.p, KEY, 43);
    for (unsigned i = 0; i < SETTINGS; i++) {
        if ((dw__setting_row((enum setting)i)->roles >> ROLE_WORKER & 1) == 0) {
            assert_int_equal(child.text[i].n, 0);
            continue;
        }
        assert_int_equal(child.source[i], config.source[i]);
        assert_true(dw__text_eq(child.text[i], config.text[i]));
    }
    dw__config_release(&child);
    dw__config_release(&config);
}

static void the_store_gets_no_secrets(void **state)
{
    struct config child;
    size_t n;

    (void)state;
    load_much();
    n = pack(ROLE_STORE);
    assert_null(memmem(packed, n, KEY, 20));
    assert_int_equal(dw__config_unpack(&child, &plain, ROLE_STORE, (dw_bytes){packed, n}), DW_OK);
    assert_int_equal(child.signing_keys.n, 0);
    assert_int_equal(child.data_keys.n, 0);
    assert_true(is(child.database_path, "var/coffer.db"));
    dw__config_release(&child);
    assert_int_equal(dw__config_unpack(&child, &plain, ROLE_WORKER, (dw_bytes){packed, n}), DW_INVALID);
    dw__config_release(&config);
}

#define WORKER_USES (1u << KEY_REFRESH | 1u << KEY_CSRF | 1u << KEY_REMEMBER | 1u << KEY_DEVICE)

/* What the child of `role` can derive of the signing keys; and whether it has a public half. */
static unsigned keys_of(enum role role, bool *public_half)
{
    uint8_t key[32];
    struct keyring *part;
    struct config child;
    unsigned uses = 0;
    size_t n = pack(role);

    assert_int_equal(dw__config_unpack(&child, &plain, role, (dw_bytes){packed, n}), DW_OK);
    *public_half = false;
    if (child.signing_part.n > 0) {
        assert_int_equal(dw__keyring_of_part(&part, child.signing_part), DW_OK);
        *public_half = dw__keyring_public(part, 0, key) == DW_OK;
        for (unsigned use = 0; use < KEY_USES; use++)
            if (dw__keyring_derive(part, 0, (enum key_use)use, key, 32) == DW_OK)
                uses |= 1u << use;
        dw__keyring_free(part);
    }
    dw__config_release(&child);
    return uses;
}

/* The root, as text and as bytes, and the seed that it signs with: only the keeper gets the last. */
static void only_the_keeper_can_sign(void **state)
{
    const struct {
        enum role role;
        unsigned uses;
        bool public_half;
    } rows[] = {{ROLE_WORKER, WORKER_USES, true},
                {ROLE_JOBS, WORKER_USES, true},
                {ROLE_STORE, 0, false},
                {ROLE_AUDIT, 0, false},
                {ROLE_KEEPER, 1u << KEY_ACCESS_TOKEN, true}};
    uint8_t root[DW__SECRET_SIZE], seed[32];
    struct keyring *ring;
    char why[256];

    (void)state;
    assert_int_equal(load(&plain, ARGS(), ENVIRONMENT("COFFER_SIGNING_KEYS=" KEY)), DW_OK);
    assert_null(dw__secret_parse((dw_secret){KEY, 43}, root));
    assert_int_equal(dw__keyring_parse(&ring, (dw_secret){KEY, 43}, "K", "k", why, sizeof why), DW_OK);
    assert_int_equal(dw__keyring_derive(ring, 0, KEY_ACCESS_TOKEN, seed, sizeof seed), DW_OK);
    dw__keyring_free(ring);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool public_half;
        size_t n;

        assert_int_equal(keys_of(rows[i].role, &public_half), rows[i].uses);
        assert_int_equal(public_half, rows[i].public_half);
        n = pack(rows[i].role);
        assert_null(memmem(packed, n, KEY, 20));
        assert_null(memmem(packed, n, root, 16));
        assert_int_equal(memmem(packed, n, seed, 16) != NULL, rows[i].role == ROLE_KEEPER);
    }
    dw__config_release(&config);
}

/* A shared key is with everybody who verifies, and there is nothing to keep. */
static void a_shared_key_is_the_workers(void **state)
{
    bool public_half;

    (void)state;
    assert_int_equal(
        load(&plain, ARGS("--access-token-algorithm=HS256"), ENVIRONMENT("COFFER_SIGNING_KEYS=" KEY)), DW_OK);
    assert_int_equal(keys_of(ROLE_WORKER, &public_half), WORKER_USES | 1u << KEY_ACCESS_TOKEN_SHARED);
    assert_false(public_half);
    assert_int_equal(keys_of(ROLE_KEEPER, &public_half), 0);
    assert_false(public_half);
    dw__config_release(&config);
}

/* Every prefix, every byte changed to something else: refused, or read as something that passes the checks. */
static void hostile_bytes_are_refused(void **state)
{
    struct config child;
    size_t n;

    (void)state;
    load_much();
    n = pack(ROLE_WORKER);
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *exact = malloc(cut + 1);

        memcpy(exact + 1, packed, cut);
        if (cut >= 12) /* the size is told as it is, so that what is inside must notice */
            memcpy(exact + 1 + 8, &(uint32_t){(uint32_t)cut}, 4);
        assert_int_equal(dw__config_unpack(&child, &plain, ROLE_WORKER, (dw_bytes){exact + 1, cut}),
                         DW_INVALID);
        free(exact);
    }
    packed[n] = 0;
    assert_int_equal(dw__config_unpack(&child, &plain, ROLE_WORKER, (dw_bytes){packed, n + 1}), DW_INVALID);
    for (size_t i = 0; i < n; i++) {
        uint8_t was = packed[i];

        packed[i] = (uint8_t)(was ^ 0x80);
        if (dw__config_unpack(&child, &plain, ROLE_WORKER, (dw_bytes){packed, n}) == DW_OK) {
            assert_true(child.n_listen >= 1 && child.n_listen <= 16 && child.workers <= 64);
            dw__config_release(&child);
        }
        packed[i] = 0;
        if (dw__config_unpack(&child, &plain, ROLE_WORKER, (dw_bytes){packed, n}) == DW_OK)
            dw__config_release(&child);
        packed[i] = was;
    }
    assert_int_equal(dw__config_unpack(&child, &plain, ROLE_WORKER, (dw_bytes){packed, n}), DW_OK);
    dw__config_release(&child);
    dw__config_release(&config);
}

/* ---- findings and help ---- */

static bool finds(const dw_app *app, bool deploy, const char *what, enum finding_level level)
{
    struct config_finding found[16];
    size_t n = dw__config_findings(&config, app, deploy, found, 16);

    for (size_t i = 0; i < n; i++)
        if (strncmp(found[i].sentence, what, strlen(what)) == 0)
            return dw__finding(found[i].finding)->level == level;
    return false;
}

static void findings_of_production(void **state)
{
    (void)state;
    assert_int_equal(load(&plain, ARGS("--listen=0.0.0.0:80", "--admin-listen=0.0.0.0:81"), ENVIRONMENT()),
                     DW_OK);
    assert_true(finds(&plain, false, "TRUSTED_HOSTS is empty", FINDING_ERROR));
    assert_true(finds(&plain, false, "SIGNING_KEYS is missing", FINDING_ERROR));
    assert_true(finds(&plain, false, "DATA_KEYS is missing", FINDING_ERROR));
    assert_true(finds(&plain, false, "LISTEN is reachable from other machines, and", FINDING_ERROR));
    assert_true(finds(&plain, false, "ADMIN_LISTEN is reachable", FINDING_ERROR));
    assert_false(finds(&plain, true, "ENV is development", FINDING_ERROR));
    assert_false(finds(&diskless, false, "SIGNING_KEYS", FINDING_ERROR));
    dw__config_release(&config);
}

static void switches_stand_for_settings(void **state)
{
    (void)state;
    assert_int_equal(load(&plain, ARGS("serve", "--dev", "--watch"), ENVIRONMENT("COFFER_ENV=production")),
                     DW_OK);
    assert_true(config.development && config.watch == 1);
    assert_int_equal(config.source[SETTING_ENV], SOURCE_FLAG);
    assert_int_equal(config.source[SETTING_WATCH], SOURCE_FLAG);
    assert_true(is(config.watch_command, "cmake --build build/dev") && is(config.watch_directory, "."));
    assert_false(finds(&plain, false, "WATCH is yes", FINDING_ERROR));
    dw__config_release(&config);
    refuses(ARGS("--dev", "--env=production"), ENVIRONMENT(), "--env is given twice");
    assert_int_equal(load(&plain, ARGS("--watch"), ENVIRONMENT()), DW_OK);
    assert_true(finds(&plain, false, "WATCH is yes", FINDING_ERROR));
    dw__config_release(&config);
}

static void findings_of_development(void **state)
{
    (void)state;
    assert_int_equal(load(&plain, ARGS("--env=development"), ENVIRONMENT("COFFER_SIGNING_KEYS=" KEY)), DW_OK);
    assert_int_equal(dw__config_findings(&config, &plain, false, (struct config_finding[16]){{0}}, 16), 0);
    assert_true(finds(&plain, true, "ENV is development", FINDING_ERROR));
    dw__config_release(&config);
    assert_int_equal(load(&plain, ARGS("--env=development", "--listen=[::]:80"), ENVIRONMENT()), DW_OK);
    assert_true(finds(&plain, false, "LISTEN is reachable from other machines while", FINDING_ERROR));
    dw__config_release(&config);
    assert_int_equal(load(&profiled, ARGS("--profile=careless", "--trusted-hosts=a"), ENVIRONMENT()), DW_OK);
    assert_true(finds(&profiled, false, "a secret comes from a profile", FINDING_WARNING));
    dw__config_release(&config);
    load_much();
    assert_true(finds(&plain, false, "DATA_KEYS is the same", FINDING_ERROR));
    dw__config_release(&config);
}

static void help_and_man_have_every_setting(void **state)
{
    static char memory[65536];
    struct buf out;

    (void)state;
    for (unsigned man = 0; man < 2; man++) {
        memset(memory, 0, sizeof memory);
        dw__buf_init_fixed(&out, memory, sizeof memory - 1);
        if (man)
            dw__config_man(&plain, &out);
        else
            dw__config_help(&plain, &out);
        assert_false(out.failed);
        for (unsigned i = 0; i < SETTINGS; i++) {
            const struct setting_row *row = dw__setting_row((enum setting)i);

            if (i != SETTING_PROFILE)
                assert_true((strstr(memory, joined("COFFER_", row->name)) == NULL) == row->hidden);
        }
        assert_non_null(strstr(memory, "COFFER_SIGNING_KEYS_FILE"));
        assert_null(strstr(memory, "COFFER_PROFILE"));
        assert_null(strstr(memory, "{name}"));
        assert_non_null(strstr(memory, "sqlite:var/coffer.db"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_safe),
        cmocka_unit_test(every_row_is_whole),
        cmocka_unit_test(stronger_sources_win),
        cmocka_unit_test(flags_are_taken_and_the_rest_is_left),
        cmocka_unit_test(development_has_its_own_hosts),
        cmocka_unit_test(issuer_follows_the_origin),
        cmocka_unit_test(addresses_of_every_kind),
        cmocka_unit_test(secrets_come_from_files),
        cmocka_unit_test(the_environment_is_wiped),
        cmocka_unit_test(malformed_values_are_refused),
        cmocka_unit_test(durations_and_sizes_have_units),
        cmocka_unit_test(unknown_and_repeated_names_are_refused),
        cmocka_unit_test(all_errors_are_told),
        cmocka_unit_test(env_files_are_read_strictly),
        cmocka_unit_test(files_that_cannot_be_taken),
        cmocka_unit_test(secrets_are_never_quoted),
        cmocka_unit_test(sockets_are_bounded),
        cmocka_unit_test(packing_round_trips),
        cmocka_unit_test(the_store_gets_no_secrets),
        cmocka_unit_test(only_the_keeper_can_sign),
        cmocka_unit_test(a_shared_key_is_the_workers),
        cmocka_unit_test(hostile_bytes_are_refused),
        cmocka_unit_test(findings_of_production),
        cmocka_unit_test(switches_stand_for_settings),
        cmocka_unit_test(findings_of_development),
        cmocka_unit_test(help_and_man_have_every_setting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
