/* app/secrets_committed.c -- see secrets_committed.h.
 *
 * Examples are copied, and what is secret in them stays what it was.  A value that is long enough to be nobody's by chance is looked for anywhere, each of a list (newest,older) by itself;
 * one that is short, a password of a word, only as the whole value of the line that sets it. */
#include "app/secrets_committed.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/own_settings.h"
#include "base/text.h"
#include "os/file.h"

#define EXAMPLE_MAX ((size_t)1 << 20)
#define UNMISTAKABLE 16u /* characters */

static const char *const examples[] = {".env.example", ".env.sample", ".env.template"};

/* ---- a secret in a text ---- */

/* "x", 'x' and x are x. */
static dw_text without_quotes(dw_text value)
{
    bool quoted =
        value.n > 1 && (value.p[0] == '"' || value.p[0] == '\'') && value.p[value.n - 1] == value.p[0];

    return quoted ? (dw_text){value.p + 1, value.n - 2} : value;
}

/* COFFER_NAME, export COFFER_NAME and NAME are all lines of the setting NAME. */
static bool is_of(dw_text line_name, dw_text setting)
{
    const dw_text name = dw__text_trim(line_name);

    return name.n >= setting.n && dw__text_eq((dw_text){name.p + name.n - setting.n, setting.n}, setting);
}

static bool is_value_of_its_line(dw_text text, dw_text setting, dw_text secret)
{
    while (text.n > 0) {
        dw_text value = dw__text_cut(&text, '\n'), name = dw__text_cut(&value, '=');

        if (is_of(name, setting) && dw__text_eq(without_quotes(dw__text_trim(value)), secret))
            return true;
    }
    return false;
}

/* Any of the list that is long enough. */
static bool has_part(dw_text text, dw_text secret)
{
    while (secret.n > 0) {
        dw_text part = dw__text_trim(dw__text_cut(&secret, ','));

        if (part.n >= UNMISTAKABLE && memmem(text.p, text.n, part.p, part.n) != NULL)
            return true;
    }
    return false;
}

static bool has(dw_text text, dw_text setting, dw_text secret)
{
    return secret.n > 0 && (has_part(text, secret) || is_value_of_its_line(text, setting, secret));
}

/* ---- the secrets ---- */

static void look_for(dw_text setting, dw_text secret, dw_text text, const char *path, struct audit *audit)
{
    if (has(text, setting, secret))
        dw__audit_say(audit, FOUND_SECRETS_COMMITTED, NULL,
                      "%.*s is in %s, which everyone has who has the source: make another, and leave the "
                      "example empty",
                      DW_FMT(setting), path);
}

static dw_text secret_of(const struct config *config, enum setting setting)
{
    const dw_secret *secret =
        (const dw_secret *)(const void *)((const char *)config + dw__setting_row(setting)->member);

    return (dw_text){secret->p, secret->n};
}

static void look_for_all(const struct config *config, dw_text text, const char *path, struct audit *audit)
{
    const struct own_settings *own = &config->own;

    for (unsigned i = 0; i < SETTINGS; i++)
        if (dw__setting_row((enum setting)i)->type == VALUE_SECRET)
            look_for(dw__text_of(dw__setting_row((enum setting)i)->name), secret_of(config, (enum setting)i),
                     text, path, audit);
    for (size_t i = 0; i < own->n; i++)
        if (dw__own_setting_is_secret(own, i))
            look_for(own->name[i], own->text[i], text, path, audit);
}

/* ---- the files ---- */

static void look_into(const struct config *config, const char *path, struct audit *audit)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
    struct arena arena;
    dw_text text;
    dw_err err;

    if (fd < 0)
        return;
    dw__arena_init(&arena, NULL, 2 * EXAMPLE_MAX);
    err = dw__file_read_fd(&arena, fd, EXAMPLE_MAX, &text);
    if (err == DW_OK)
        look_for_all(config, text, path, audit);
    else if (err == DW_TOO_LARGE)
        dw__audit_say(audit, FOUND_SECRETS_COMMITTED, NULL,
                      "%s is larger than an example of settings is, so it was not looked at: make it "
                      "smaller, or give it "
                      "another name",
                      path);
    dw__arena_release(&arena); /* wipes */
    (void)close(fd);
}

static void look_beside(const struct config *config, dw_text directory, struct audit *audit)
{
    char path[4096];

    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        int n = snprintf(path, sizeof path, "%.*s%s", DW_FMT(directory), examples[i]);

        if (n > 0 && (size_t)n < sizeof path)
            look_into(config, path, audit);
    }
}

void dw__secrets_find_committed(const struct config *config, struct audit *audit)
{
    dw_text directory = config->env_file;

    while (directory.n > 0 && directory.p[directory.n - 1] != '/')
        directory.n--;
    look_beside(config, DW_TEXT(""), audit);
    if (directory.n > 0 && !dw__text_is(directory, "./"))
        look_beside(config, directory, audit);
}
