/* The application's own settings: where they come from, their rules, what may not be declared, how children get them. */
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

#include "app/own_settings.h"
#include "base/text.h"

#define KEY "a key that nobody sees"

DW_ENUM(mood, calm, busy);
DW_LIST(tags, dw_text, DW_LEN(1, 4));
DW_SETTINGS(shop_settings,
            (int64_t, days, DW_RANGE(1, 30), DW_DEFAULT(7), .example = "14", .doc = "How long."),
            (dw_text, word, DW_LEN(2, 8), DW_DEFAULT("hello"), .doc = "What is said."),
            (mood, mood, DW_DEFAULT(mood_calm), .doc = "How it is said."),
            (tags, tags, DW_ITEMS(1, 2), .optional = true, .doc = "What it is about."),
            (int64_t, most, .optional = true, .doc = "Not less than DAYS."),
            (dw_secret, key, DW_BYTES(8, 64), .optional = true, .doc = "What nobody sees."));
static void check_settings(const shop_settings *s, dw_faults *faults)
{
    if (s->has.most && s->most < s->days)
        DW_FAULT_AT(faults, s->most, "order", "Must not be less than DAYS.");
}
DW_CHECK(shop_settings, check_settings);

DW_SETTINGS(strict_settings, (dw_text, host, .doc = "Where it is."), (dw_secret, pin, .doc = "Who may."));

static const char *const profile[] = {"WORD", "profile", "KEY", KEY, NULL};
static const dw_profile profiles[] = {{"plain", (const char *const[]){NULL}}, {"other", profile}, {0}};
static const dw_app shop = {.name = "shop", .settings = &shop_settings_table, .profiles = profiles};
static const dw_app strict = {.name = "strict", .settings = &strict_settings_table};

static char errors_memory[8192];
static struct buf errors;
static struct config config;

static dw_err load(const dw_app *app, const char **argv, const char **envp)
{
    int argc = 0;
    dw_err err;

    while (argv[argc] != NULL)
        argc++;
    memset(errors_memory, 0, sizeof errors_memory);
    dw__buf_init_fixed(&errors, errors_memory, sizeof errors_memory - 1);
    err = dw__config_load(&config, app, &argc, (char **)argv, (char **)envp, &errors);
    assert_false(errors.failed);
    if ((err == DW_OK) != (errors.n == 0))
        fail_msg("%s", errors_memory);
    assert_null(strstr(errors_memory, KEY));
    return err;
}
#define ARGS(...) ((const char *[]){"shop", ##__VA_ARGS__, NULL})
#define ENVIRONMENT(...) ((const char *[]){"PATH=/bin", ##__VA_ARGS__, NULL})

static const shop_settings *loads(const char **argv, const char **envp)
{
    if (load(&shop, argv, envp) != DW_OK)
        fail_msg("%s", errors_memory);
    return config.own.values;
}

/* The load fails, with exactly one line, and that is it. */
static void refuses_with(const dw_app *app, const char **argv, const char **envp, const char *line)
{
    char whole[1024];

    snprintf(whole, sizeof whole, "%s\n", line);
    assert_int_equal(load(app, argv, envp), DW_INVALID);
    assert_string_equal(errors_memory, whole);
}
#define refuses(argv, envp, line) refuses_with(&shop, argv, envp, line)

static bool is(dw_text t, const char *s)
{
    return dw__text_eq(t, dw__text_of(s));
}

static char *file_with(const char *text, mode_t mode)
{
    static char path[256];
    const char *dir = getenv("TMPDIR");
    int fd;

    snprintf(path, sizeof path, "%s/dw-own-XXXXXX", dir != NULL ? dir : "/tmp");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
    return path;
}

static char *joined(const char *a, const char *b)
{
    static char text[512];

    snprintf(text, sizeof text, "%s%s", a, b);
    return text;
}

/* ---- values ---- */

static void defaults_are_there(void **state)
{
    const shop_settings *s = loads(ARGS(), ENVIRONMENT());

    (void)state;
    assert_int_equal(s->days, 7);
    assert_true(s->has.days && is(s->word, "hello") && s->mood == mood_calm);
    assert_false(s->has.tags || s->has.key || s->has.most);
    assert_int_equal(config.own.source[0], SOURCE_DEFAULT);
    dw__config_release(&config);
}

static void every_type_is_read(void **state)
{
    const shop_settings *s = loads(ARGS("--days=3", "--mood", "busy"),
                                   ENVIRONMENT("SHOP_TAGS=a, b", "SHOP_MOST=30", "SHOP_KEY=" KEY));

    (void)state;
    assert_int_equal(s->days, 3);
    assert_int_equal(s->mood, mood_busy);
    assert_int_equal(s->tags.n, 2);
    assert_true(is(s->tags.v[0], "a") && is(s->tags.v[1], "b"));
    assert_int_equal(s->most, 30);
    assert_int_equal(s->key.n, strlen(KEY));
    assert_memory_equal(s->key.p, KEY, s->key.n);
    dw__config_release(&config);
}

static void the_strongest_source_counts(void **state)
{
    char *path = file_with("SHOP_WORD=file\n", 0600);

    (void)state;
    assert_true(is(loads(ARGS("--profile=other"), ENVIRONMENT())->word, "profile"));
    assert_int_equal(config.own.source[1], SOURCE_PROFILE);
    dw__config_release(&config);
    assert_true(is(loads(ARGS("--profile=other", "--env-file", path), ENVIRONMENT())->word, "file"));
    assert_int_equal(config.own.source[1], SOURCE_ENV_FILE);
    dw__config_release(&config);
    assert_true(
        is(loads(ARGS("--profile=other", "--env-file", path), ENVIRONMENT("SHOP_WORD=env"))->word, "env"));
    assert_int_equal(config.own.source[1], SOURCE_ENVIRONMENT);
    dw__config_release(&config);
    assert_true(
        is(loads(ARGS("--word=flag", "--env-file", path), ENVIRONMENT("SHOP_WORD=env"))->word, "flag"));
    assert_int_equal(config.own.source[1], SOURCE_FLAG);
    dw__config_release(&config);
    unlink(path);
}

static void broken_rules_are_one_line_each(void **state)
{
    (void)state;
    refuses(ARGS("--days=0"), ENVIRONMENT(),
            "shop: flag: --days is '0': Must be greater than or equal to 1 and less than or equal to 30. For "
            "example 14");
    refuses(ARGS(), ENVIRONMENT("SHOP_DAYS=many"),
            "shop: environment: SHOP_DAYS is 'many': Not a valid integer. For example 14");
    refuses(ARGS(), ENVIRONMENT("SHOP_WORD=x\ny"),
            "shop: environment: SHOP_WORD is 'x\\x0ay': Must not have control characters.");
    refuses(ARGS(), ENVIRONMENT("SHOP_WORD=\xff\xff"),
            "shop: environment: SHOP_WORD is '\\xff\\xff': Must be UTF-8.");
    refuses(ARGS(), ENVIRONMENT("SHOP_MOOD=sad"),
            "shop: environment: SHOP_MOOD is 'sad': Must be one of: calm, busy.");
    refuses(ARGS(), ENVIRONMENT("SHOP_TAGS=a,toolong"),
            "shop: environment: SHOP_TAGS is 'a,toolong': Length must be between 1 and 4.");
    refuses(ARGS(), ENVIRONMENT("SHOP_TAGS="), "shop: environment: SHOP_TAGS is '': Must not be empty.");
    refuses(ARGS(), ENVIRONMENT("SHOP_MOST=2"), "shop: SHOP_MOST: Must not be less than DAYS.");
    refuses(ARGS(), ENVIRONMENT("SHOP_DAY=2"),
            "shop: environment: SHOP_DAY is not a setting; `shop --help` lists them");
    assert_int_equal(load(&shop, ARGS("--days=0"), ENVIRONMENT("SHOP_WORD=x", "SHOP_MOOD=sad")), DW_INVALID);
    assert_non_null(strstr(errors_memory, "--days"));
    assert_non_null(strstr(errors_memory, "SHOP_WORD"));
    assert_non_null(strstr(errors_memory, "SHOP_MOOD"));
}

/* ---- secrets ---- */

static void secrets_never_show(void **state)
{
    char *open = file_with(KEY, 0644), *path;
    const shop_settings *s;

    (void)state;
    refuses(ARGS("--key=" KEY), ENVIRONMENT(),
            "shop: flag: --key would show a secret to every user of this machine; give --key-file=PATH, or "
            "set it in the environment");
    refuses(ARGS(), ENVIRONMENT("SHOP_KEY=" KEY "\x01"),
            "shop: environment: SHOP_KEY is not one that can be taken: Must not have control characters.");
    refuses(ARGS(), ENVIRONMENT("SHOP_KEY=short"),
            "shop: environment: SHOP_KEY is not one that can be taken: Must have between 8 and 64 bytes.");
    assert_int_equal(load(&shop, ARGS("--key-file", open), ENVIRONMENT()), DW_INVALID);
    assert_non_null(strstr(errors_memory, "chmod o-r it"));
    unlink(open);
    path = file_with(KEY "\n", 0600);
    s = loads(ARGS("--key-file", path), ENVIRONMENT());
    assert_int_equal(s->key.n, strlen(KEY));
    assert_true(config.own.from_file[5]);
    assert_int_equal(config.own.source[5], SOURCE_FLAG);
    dw__config_release(&config);
    refuses(ARGS("--key-file", path), ENVIRONMENT("SHOP_KEY_FILE=x", "SHOP_WORD_FILE=x"),
            "shop: environment: SHOP_WORD_FILE is not a setting; `shop --help` lists them");
    unlink(path);
    path = file_with("SHOP_KEY=" KEY "\n", 0644);
    assert_int_equal(load(&shop, ARGS("--env-file", path), ENVIRONMENT()), DW_INVALID);
    assert_non_null(strstr(errors_memory, "every user of this machine can read"));
    unlink(path);
}

static void the_environment_is_wiped(void **state)
{
    char word[] = "SHOP_WORD=hello", key[] = "SHOP_KEY=" KEY, *envp[] = {word, key, NULL};

    (void)state;
    assert_int_equal(load(&shop, ARGS(), (const char **)envp), DW_OK);
    dw__config_wipe_environment(&config, &shop, envp);
    assert_string_equal(word, "SHOP_WORD=hello");
    assert_string_equal(key, "SHOP_KEY=");
    assert_null(memmem(key, sizeof key, KEY, 4));
    assert_int_equal(((const shop_settings *)config.own.values)->key.n, strlen(KEY));
    dw__config_release(&config);
}

/* ---- what is missing ---- */

static void what_is_missing_is_told_to_who_needs_it(void **state)
{
    char text[1024] = "";
    struct buf why;

    (void)state;
    dw__buf_init_fixed(&why, text, sizeof text - 1);
    assert_int_equal(load(&strict, ARGS(), ENVIRONMENT()), DW_OK);
    assert_true(config.own.missing[0] && config.own.missing[1]);
    assert_false(dw__own_settings_hold(&config.own, &strict, &why));
    assert_string_equal(text, "STRICT_HOST is missing, and has no default: Where it is.\n"
                              "STRICT_PIN is missing, and has no default: Who may.\n");
    dw__config_release(&config);
    assert_int_equal(load(&strict, ARGS(), ENVIRONMENT("STRICT_HOST=h", "STRICT_PIN=p")), DW_OK);
    assert_true(dw__own_settings_hold(&config.own, &strict, &why));
    dw__config_release(&config);
}

/* ---- declarations ---- */

DW_SETTINGS(of_framework, (dw_text, listen, .optional = true, .doc = "Taken."));
DW_SETTINGS(of_file, (dw_text, signing_keys_file, .optional = true, .doc = "Taken."));
DW_SETTINGS(of_flag, (dw_text, deploy, .optional = true, .doc = "Taken."));
DW_SETTINGS(of_own, (dw_secret, a, .optional = true, .doc = "A."),
            (dw_text, a_file, .optional = true, .doc = "B."));
DW_SETTINGS(no_doc, (dw_text, a, .optional = true));
DW_SETTINGS(known_secret, (dw_secret, a, DW_DEFAULT("everybody knows"), .doc = "A."));
DW_SETTINGS(with_null, (dw_text, a, .nullable = true, .doc = "A."));
DW_SETTINGS(from_header, (dw_text, a, .from_header = "x-a", .doc = "A."));
DW_SCHEMA(inner, (dw_text, b));
DW_SETTINGS(with_object, (inner, a, .doc = "A."));
DW_SETTINGS(wired, (dw_text, a, .wire = "a-b", .optional = true, .doc = "A."));
DW_SETTINGS(bad_default, (int64_t, a, DW_RANGE(1, 2), DW_DEFAULT(3), .doc = "A."));
DW_LIST(secrets, dw_secret);
DW_SETTINGS(with_secrets, (secrets, a, .optional = true, .doc = "A."));

static void what_cannot_be_declared_is_told(void **state)
{
    static const struct {
        const dw_settings *settings;
        const char *line;
    } rows[] = {
        {&of_framework_table, "settings of_framework: LISTEN is a setting of the framework"},
        {&of_file_table, "settings of_file: SIGNING_KEYS_FILE is a setting of the framework"},
        {&of_flag_table, "settings of_flag: DEPLOY is what a flag of a command means"},
        {&of_own_table, "settings of_own: A_FILE is what a file with a secret is named by"},
        {&no_doc_table, "settings no_doc: A has no .doc, and `--help` would have nothing to say of it"},
        {&known_secret_table,
         "settings known_secret: A is a secret with a default, which everybody who has the program knows"},
        {&with_null_table, "settings with_null: A has a rule that only fields of a request have"},
        {&from_header_table, "settings from_header: A has a rule that only fields of a request have"},
        {&with_object_table, "settings with_object: A is neither a scalar nor a list of scalars"},
        {&wired_table, "settings wired: A-B is no name of a setting"},
        {&with_secrets_table, "schema with_secrets, field a: a list cannot hold secrets"},
        {&bad_default_table, "schema bad_default, field a: the default does not keep the rules of its field: "
                             "Must be greater than or equal to 1 and less than or equal to 2."},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const dw_app app = {.name = "bad", .settings = rows[i].settings};

        refuses_with(&app, ARGS(), ENVIRONMENT(), joined("bad: ", rows[i].line));
    }
}

static void another_declaration_is_told(void **state)
{
    static const dw_settings *const listed[] = {&shop_settings_table, &strict_settings_table,
                                                &shop_settings_table};
    const dw_settings again = {&shop_settings_schema}; /* as another file has it */
    const dw_build build = {.settings_begin = listed, .settings_end = listed + 3};
    const dw_app forgets = {.name = "forgets"}, same = {.name = "same", .settings = &again};
    char text[1024];
    struct buf why;

    (void)state;
    memset(text, 0, sizeof text);
    dw__buf_init_fixed(&why, text, sizeof text - 1);
    dw__own_settings_check(&same, &build, &why);
    assert_string_equal(text,
                        "settings strict_settings are declared beside shop_settings; an application has "
                        "one DW_SETTINGS\n");
    memset(text, 0, sizeof text);
    dw__buf_init_fixed(&why, text, sizeof text - 1);
    dw__own_settings_check(&forgets, &build, &why);
    assert_non_null(strstr(text, "settings shop_settings are declared, but dw_app.settings does not name "));
}

/* ---- children ---- */

static uint8_t packed[16384];

static size_t pack(enum role role)
{
    struct buf out;

    dw__buf_init_fixed(&out, packed, sizeof packed);
    dw__config_pack(&config, role, &out);
    assert_false(out.failed);
    return out.n;
}

static void workers_get_them_and_the_store_does_not(void **state)
{
    const char **envp = ENVIRONMENT("SHOP_KEY=" KEY, "SHOP_TAGS=a,b", "SHOP_DAYS=3");
    const shop_settings *s;
    struct config child;
    size_t n;

    (void)state;
    loads(ARGS(), envp);
    n = pack(ROLE_STORE);
    assert_null(memmem(packed, n, KEY, 8));
    assert_int_equal(dw__config_unpack(&child, &shop, ROLE_STORE, (dw_bytes){packed, n}), DW_OK);
    assert_null(child.own.values);
    dw__config_release(&child);
    n = pack(ROLE_WORKER);
    assert_int_equal(dw__config_unpack(&child, &shop, ROLE_WORKER, (dw_bytes){packed, n}), DW_OK);
    memset(packed, 0xee, n);
    s = child.own.values;
    assert_int_equal(s->days, 3);
    assert_true(is(s->word, "hello"));
    assert_int_equal(s->tags.n, 2);
    assert_memory_equal(s->key.p, KEY, s->key.n);
    assert_int_equal(child.own.source[0], SOURCE_ENVIRONMENT);
    dw__config_forget_secrets(&child); /* … of the framework */
    assert_memory_equal(s->key.p, KEY, s->key.n);
    dw__config_release(&child);
    dw__config_release(&config);
}

/* Every prefix and every changed byte: refused, or read as something that keeps the rules. */
static void hostile_bytes_are_refused(void **state)
{
    struct config child;
    size_t n;

    (void)state;
    loads(ARGS(), ENVIRONMENT("SHOP_KEY=" KEY, "SHOP_DAYS=3"));
    n = pack(ROLE_WORKER);
    assert_int_equal(dw__config_unpack(&child, &strict, ROLE_WORKER, (dw_bytes){packed, n}), DW_INVALID);
    for (size_t cut = 12; cut < n; cut++) {
        uint8_t *exact = malloc(cut + 1);

        memcpy(exact + 1, packed, cut);
        memcpy(exact + 1 + 8, &(uint32_t){(uint32_t)cut}, 4);
        assert_int_equal(dw__config_unpack(&child, &shop, ROLE_WORKER, (dw_bytes){exact + 1, cut}),
                         DW_INVALID);
        free(exact);
    }
    for (size_t i = 0; i < n; i++) {
        uint8_t was = packed[i];

        packed[i] = (uint8_t)(was ^ 0x80);
        if (dw__config_unpack(&child, &shop, ROLE_WORKER, (dw_bytes){packed, n}) == DW_OK) {
            const shop_settings *s = child.own.values;

            assert_true(s->days >= 1 && s->days <= 30 && (!s->has.key || s->key.n >= 8));
            dw__config_release(&child);
        }
        packed[i] = was;
    }
    dw__config_release(&config);
}

/* ---- help ---- */

static void help_has_them(void **state)
{
    static char text[65536];
    struct buf out;

    (void)state;
    dw__buf_init_fixed(&out, text, sizeof text - 1);
    dw__config_help(&shop, &out);
    assert_non_null(strstr(text, "  --days=…, SHOP_DAYS\n      How long.\n      Default: 7. Example: 14\n"));
    assert_non_null(strstr(text, "  --mood=…, SHOP_MOOD\n      How it is said.\n      Default: calm.\n"));
    assert_non_null(strstr(text, "  --key-file=…, SHOP_KEY, SHOP_KEY_FILE\n      What nobody sees.\n      No "
                                 "default. Example: the output of `shop secret`\n"));
    memset(text, 0, sizeof text);
    dw__buf_init_fixed(&out, text, sizeof text - 1);
    dw__config_man(&shop, &out);
    assert_non_null(
        strstr(text, ".TP\n.BR \\-\\-days \", \" SHOP_DAYS\nHow long.\nDefault: 7.\nExample:\n.I 14\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_there),
        cmocka_unit_test(every_type_is_read),
        cmocka_unit_test(the_strongest_source_counts),
        cmocka_unit_test(broken_rules_are_one_line_each),
        cmocka_unit_test(secrets_never_show),
        cmocka_unit_test(the_environment_is_wiped),
        cmocka_unit_test(what_is_missing_is_told_to_who_needs_it),
        cmocka_unit_test(what_cannot_be_declared_is_told),
        cmocka_unit_test(another_declaration_is_told),
        cmocka_unit_test(workers_get_them_and_the_store_does_not),
        cmocka_unit_test(hostile_bytes_are_refused),
        cmocka_unit_test(help_has_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
