/* app/config_help.c -- the table of settings as `--help` and as a section of the man page. */
#include "app/config.h"

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

static bool is_known(const struct setting_row *row, const dw_app *app)
{
    return !(row->needs_database && app->migrations == NULL) &&
           !(row == dw__setting_row(SETTING_PROFILE) && app->profiles == NULL);
}

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

        if (is_known(row, app))
            help_row(out, row, app);
    }
}

void dw__config_man(const dw_app *app, struct buf *out)
{
    dw__buf_lit(out, ".SH SETTINGS\nThe first that is there counts: flag, environment, the file of\n.BR "
                     "\\-\\-env\\-file ,\n"
                     "profile, default.\n");
    for (unsigned i = 0; i < SETTINGS; i++) {
        const struct setting_row *row = dw__setting_row((enum setting)i);

        if (!is_known(row, app))
            continue;
        dw__buf_lit(out, ".TP\n.BR ");
        put_flag(out, row->name, "\\-");
        dw__buf_format(out, "%s \", \" ", row->type == VALUE_SECRET ? "\\-file" : "");
        put_variable(out, row->name, app);
        if (row->type == VALUE_SECRET) {
            dw__buf_lit(out, " \", \" ");
            put_variable(out, row->name, app);
            dw__buf_lit(out, "_FILE");
        }
        dw__buf_putc(out, '\n');
        put_text(out, row->help, app, true);
        dw__buf_putc(out, '\n');
        put_default(out, row, app, true);
        dw__buf_lit(out, "\nExample:\n.I ");
        put_text(out, row->example, app, true);
        dw__buf_putc(out, '\n');
    }
}
