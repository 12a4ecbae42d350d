/* app/config_help.c -- the table of settings as `--help` and as a section of the man page. */
#include "app/own_settings.h"

#include <string.h>

#include "base/text.h"

/* One character of a text. In roff, what a reader may copy is written so that it stays what it is. */
static void put_char(struct buf *out, char c, bool roff)
{
    if (roff && c == '-')
        dw__buf_lit(out, "\\-");
    else if (roff && c == '`')
        dw__buf_lit(out, "\\(ga");
    else if (roff && c == '\'')
        dw__buf_lit(out, "\\(aq");
    else if (roff && c == '\\')
        dw__buf_lit(out, "\\e");
    else
        dw__buf_putc(out, c);
}

/* `text` with "{name}" replaced by the application's name. */
static void put_text(struct buf *out, const char *text, const dw_app *app, bool roff)
{
    dw_text rest = dw__text_of(text), mark = DW_TEXT("{name}");

    while (rest.n > 0) {
        if (dw__text_starts(rest, mark)) {
            dw__buf_text(out, dw__text_of(app->name));
            rest = (dw_text){rest.p + mark.n, rest.n - mark.n};
        } else {
            put_char(out, *rest.p, roff);
            rest = (dw_text){rest.p + 1, rest.n - 1};
        }
    }
}

static void put_flag(struct buf *out, const char *name, const char *dash)
{
    dw__buf_format(out, "%s%s", dash, dash);
    for (; *name != 0; name++) {
        if (*name == '_')
            dw__buf_text(out, dw__text_of(dash));
        else
            dw__buf_putc(out, *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name);
    }
}

static void put_variable(struct buf *out, const char *name, const dw_app *app)
{
    for (const char *c = app->name; *c != 0; c++)
        dw__buf_putc(out, *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c == '-' ? '_' : *c);
    dw__buf_format(out, "_%s", name);
}

static void put_default(struct buf *out, const struct setting_row *row, const dw_app *app, bool roff)
{
    const char *fallback = row->fallback_in_words != NULL ? row->fallback_in_words : row->fallback;

    if (fallback == NULL || *fallback == 0)
        dw__buf_lit(out, "No default.");
    else {
        dw__buf_lit(out, "Default: ");
        put_text(out, fallback, app, roff);
        dw__buf_putc(out, '.');
    }
    if (row->fallback_in_development != NULL) {
        dw__buf_lit(out, " In development: ");
        put_text(out, row->fallback_in_development, app, roff);
        dw__buf_putc(out, '.');
    }
}

/* The line above what a man page says of a setting. */
static void man_name(struct buf *out, const char *name, bool secret, const dw_app *app)
{
    dw__buf_lit(out, ".TP\n.BR ");
    put_flag(out, name, "\\-");
    dw__buf_format(out, "%s \", \" ", secret ? "\\-file" : "");
    put_variable(out, name, app);
    if (secret) {
        dw__buf_lit(out, " \", \" ");
        put_variable(out, name, app);
        dw__buf_lit(out, "_FILE");
    }
    dw__buf_putc(out, '\n');
}

/* ---- the application's own ---- */

/* Its default or that there is none, and an example. */
static void put_own_default(struct buf *out, const struct own_settings *own, size_t i, bool roff)
{
    char text[256];
    struct buf fallback;

    dw__buf_init_fixed(&fallback, text, sizeof text - 1);
    if (dw__own_setting_default(own, i, &fallback) && fallback.n > 0) {
        dw__buf_lit(out, "Default: ");
        for (size_t k = 0; k < fallback.n; k++)
            put_char(out, text[k], roff);
        dw__buf_putc(out, '.');
    } else {
        dw__buf_lit(out, "No default.");
    }
}

static const char *example_of(const struct own_settings *own, size_t i)
{
    const char *example = dw__own_setting_example(own, i);

    if (example == NULL && dw__own_setting_is_secret(own, i))
        return "the output of `{name} secret`";
    return example;
}

static void name_of(const struct own_settings *own, size_t i, char out[static 64])
{
    size_t n = own->name[i].n < 63 ? own->name[i].n : 63;

    memcpy(out, own->name[i].p, n);
    out[n] = '\0';
}

static void help_own(struct buf *out, const struct own_settings *own, size_t i, const dw_app *app)
{
    const char *file = dw__own_setting_is_secret(own, i) ? "-file" : "";
    char name[64];

    name_of(own, i, name);
    dw__buf_lit(out, "  ");
    put_flag(out, name, "-");
    dw__buf_format(out, "%s=…, ", file);
    put_variable(out, name, app);
    if (*file != 0) {
        dw__buf_lit(out, ", ");
        put_variable(out, name, app);
        dw__buf_lit(out, "_FILE");
    }
    dw__buf_format(out, "\n      %s\n      ", dw__own_setting_doc(own, i));
    put_own_default(out, own, i, false);
    if (example_of(own, i) != NULL) {
        dw__buf_lit(out, " Example: ");
        put_text(out, example_of(own, i), app, false);
    }
    dw__buf_putc(out, '\n');
}

static void man_own(struct buf *out, const struct own_settings *own, size_t i, const dw_app *app)
{
    bool secret = dw__own_setting_is_secret(own, i);
    char name[64];

    name_of(own, i, name);
    man_name(out, name, secret, app);
    put_text(out, dw__own_setting_doc(own, i), app, true);
    dw__buf_putc(out, '\n');
    put_own_default(out, own, i, true);
    dw__buf_putc(out, '\n');
    if (example_of(own, i) != NULL) {
        dw__buf_lit(out, "Example:\n.I ");
        put_text(out, example_of(own, i), app, true);
        dw__buf_putc(out, '\n');
    }
}

/* Calls `put` for each; nothing for a declaration that cannot be, which every other command says. */
static void put_all_own(struct buf *out, const dw_app *app,
                        void (*put)(struct buf *out, const struct own_settings *own, size_t i,
                                    const dw_app *app))
{
    struct own_settings own;
    char ignored[1];
    struct buf why;

    dw__buf_init_fixed(&why, ignored, sizeof ignored);
    if (dw__own_settings_init(&own, app, &why) != DW_OK)
        return;
    for (size_t i = 0; i < own.n; i++)
        put(out, &own, i, app);
    dw__own_settings_release(&own);
}

/* ---- all of them ---- */

static void help_row(struct buf *out, const struct setting_row *row, const dw_app *app)
{
    const char *file = row->type == VALUE_SECRET ? "-file" : "";

    dw__buf_lit(out, "  ");
    put_flag(out, row->name, "-");
    dw__buf_format(out, "%s=…, ", file);
    put_variable(out, row->name, app);
    if (*file != 0) {
        dw__buf_lit(out, ", ");
        put_variable(out, row->name, app);
        dw__buf_lit(out, "_FILE");
    }
    dw__buf_format(out, "\n      %s\n      ", row->help);
    put_default(out, row, app, false);
    dw__buf_lit(out, " Example: ");
    put_text(out, row->example, app, false);
    dw__buf_putc(out, '\n');
}

void dw__config_help(const dw_app *app, struct buf *out)
{
    dw__buf_lit(out, "Settings. The first that is there counts: flag, environment, the file of --env-file, "
                     "profile, default.\n"
                     "  --env-file=FILE\n      Lines NAME=value with the names of the environment.\n");
    for (unsigned i = 0; i < SETTINGS; i++) {
        const struct setting_row *row = dw__setting_row((enum setting)i);

        if (dw__setting_is_known(row, app) && !row->hidden)
            help_row(out, row, app);
    }
    put_all_own(out, app, help_own);
}

void dw__config_man(const dw_app *app, struct buf *out)
{
    dw__buf_lit(out, ".SH SETTINGS\nThe first that is there counts: flag, environment, the file of\n.BR "
                     "\\-\\-env\\-file ,\n"
                     "profile, default.\n");
    for (unsigned i = 0; i < SETTINGS; i++) {
        const struct setting_row *row = dw__setting_row((enum setting)i);

        if (!dw__setting_is_known(row, app) || row->hidden)
            continue;
        man_name(out, row->name, row->type == VALUE_SECRET, app);
        put_text(out, row->help, app, true);
        dw__buf_putc(out, '\n');
        put_default(out, row, app, true);
        dw__buf_lit(out, "\nExample:\n.I ");
        put_text(out, row->example, app, true);
        dw__buf_putc(out, '\n');
    }
    put_all_own(out, app, man_own);
}
