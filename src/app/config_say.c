/* app/config_say.c -- errors of settings: one line each, that says what is wrong, where, and what to do.
 *
 * What came from outside is cut and escaped, so that no value can make a second line or paint the terminal. */
#include "app/config_loading.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

#define QUOTED_MAX 64

void dw__say_quoted(struct buf *out, dw_text t)
{
    for (size_t i = 0; i < t.n && i < QUOTED_MAX; i++) {
        unsigned char c = (unsigned char)t.p[i];

        if (c >= ' ' && c <= '~')
            dw__buf_putc(out, (char)c);
        else
            dw__buf_format(out, "\\x%02x", c);
    }
    if (t.n > QUOTED_MAX)
        dw__buf_lit(out, "…");
}

/* --trusted-hosts, from TRUSTED_HOSTS. */
static void put_flag(struct buf *out, dw_text name)
{
    dw__buf_lit(out, "--");
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        dw__buf_putc(out, c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
    }
}

/* The name of a setting as its source writes it. */
static void put_name(const struct loading *l, const struct place *place, unsigned which)
{
    dw_text name = dw__loading_name(l, which);

    if (place->source == SOURCE_FLAG) {
        put_flag(l->errors, name);
        if (place->names_file)
            dw__buf_lit(l->errors, "-file");
        return;
    }
    dw__buf_put(l->errors, l->prefix, l->prefix_n);
    dw__buf_text(l->errors, name);
    if (place->names_file)
        dw__buf_lit(l->errors, "_FILE");
}

void dw__say_place(const struct loading *l, const struct place *place)
{
    switch (place->source) {
    case SOURCE_ENV_FILE:
        dw__say_quoted(l->errors, l->env_file);
        dw__buf_format(l->errors, ":%u", place->line);
        return;
    case SOURCE_PROFILE: dw__buf_format(l->errors, "profile %s", l->profile); return;
    case SOURCE_DEFAULT:
    case SOURCE_ENVIRONMENT:
    case SOURCE_FLAG: dw__buf_format(l->errors, "%s", dw__config_source_name(place->source)); return;
    }
}

void dw__say_begin(struct loading *l)
{
    l->n_errors++;
    dw__buf_format(l->errors, "%s: ", l->app->name);
}

void dw__say_end(struct loading *l, const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    dw__buf_text(l->errors, dw__text_of(text));
    dw__buf_putc(l->errors, '\n');
}

/* "coffer: environment: COFFER_WORKERS " and then the caller's dw__say_end(). */
void dw__say_setting(struct loading *l, const struct place *place, unsigned which)
{
    dw__say_begin(l);
    dw__say_place(l, place);
    dw__buf_lit(l->errors, ": ");
    put_name(l, place, which);
    dw__buf_putc(l->errors, ' ');
}
