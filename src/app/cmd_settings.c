/* app/cmd_settings.c -- `settings`: what each setting came to, and where it comes from, so that nobody has to guess.
 *
 * A secret is never printed, nor how long it is: only whether there is one. */
#include <stdio.h>
#include <string.h>

#include "app/command.h"
#include "app/own_settings.h"
#include "base/text.h"
#include "codec/json.h"

#define TEXT_MAX ((size_t)1 << 20)

/* One line of the list. */
struct shown {
    dw_text name; /* "LISTEN" */
    dw_text value;
    const char *words; /* instead of a value: "set", "not set", "missing"; or NULL */
    enum config_source source;
    bool file, own, secret;
};

struct listing {
    const struct invocation *inv;
    struct buf *out;
    size_t width;
    bool json, begun;
};

static const char *source_of(const struct shown *s)
{
    return s->file ? "file" : dw__config_source_name(s->source);
}

static void put_member(struct buf *out, const char *name, dw_text value)
{
    dw__buf_format(out, ",\"%s\":", name);
    dw__json_put_string(out, value);
}

static void put_json(struct listing *l, const struct shown *s, const char *full)
{
    dw__buf_format(l->out, "%s\n{\"name\":\"%s\"", l->begun ? "," : "", full);
    if (s->secret || s->words != NULL)
        dw__buf_format(l->out, ",\"value\":null,\"set\":%s",
                       s->words != NULL && strcmp(s->words, "set") == 0 ? "true" : "false");
    else
        put_member(l->out, "value", s->value);
    put_member(l->out, "source", dw__text_of(source_of(s)));
    if (s->file)
        put_member(l->out, "named_by", dw__text_of(dw__config_source_name(s->source)));
    dw__buf_format(l->out, ",\"secret\":%s,\"own\":%s}", s->secret ? "true" : "false",
                   s->own ? "true" : "false");
    l->begun = true;
}

static void put_line(struct listing *l, const struct shown *s, const char *full)
{
    bool given = s->words == NULL || strcmp(s->words, "set") == 0;

    dw__buf_format(l->out, "%-*s  %-11s  ", (int)l->width, full, given ? source_of(s) : "-");
    if (s->words != NULL)
        dw__buf_format(l->out, "(%s)\n", s->words);
    else
        dw__buf_format(l->out, "%.*s\n", DW_FMT(s->value));
}

static void put(struct listing *l, const struct shown *s)
{
    char full[128];

    dw__setting_prefixed(l->inv->app, s->name, full, sizeof full);
    if (l->json)
        put_json(l, s, full);
    else
        put_line(l, s, full);
}

static const char *words_of(bool secret, bool there, bool missing)
{
    return missing ? "missing" : !there ? "not set" : secret ? "set" : NULL;
}

static void put_framework(struct listing *l)
{
    const struct config *config = l->inv->config;

    for (unsigned i = 0; i < SETTINGS; i++) {
        const struct setting_row *row = dw__setting_row((enum setting)i);
        bool secret = row->type == VALUE_SECRET, there = config->text[i].p != NULL;

        if (!dw__setting_is_known(row, l->inv->app))
            continue;
        if (secret) {
            dw_secret value;

            memcpy(&value, (const char *)config + row->member, sizeof value);
            there = value.n > 0;
        }
        put(l, &(struct shown){.name = dw__text_of(row->name),
                               .value = config->text[i],
                               .words = words_of(secret, there, false),
                               .source = config->source[i],
                               .file = config->from_file[i],
                               .secret = secret});
    }
}

static void put_own(struct listing *l)
{
    const struct own_settings *own = &l->inv->config->own;

    for (size_t i = 0; i < own->n; i++) {
        char memory[8192];
        struct buf fallback;
        dw_text value = own->text[i];
        bool secret = dw__own_setting_is_secret(own, i), there = value.p != NULL;

        dw__buf_init_fixed(&fallback, memory, sizeof memory);
        if (!there && dw__own_setting_default(own, i, &fallback)) {
            value = (dw_text){memory, fallback.n};
            there = true;
        }
        put(l, &(struct shown){.name = own->name[i],
                               .value = value,
                               .words = words_of(secret, there, own->missing[i]),
                               .source = own->source[i],
                               .file = own->from_file[i],
                               .own = true,
                               .secret = secret});
    }
}

/* The longest name, prefix and all. */
static size_t width_of(const struct invocation *inv)
{
    size_t most = 0, prefix = strlen(inv->app->name) + 1;

    for (unsigned i = 0; i < SETTINGS; i++)
        if (dw__setting_is_known(dw__setting_row((enum setting)i), inv->app)) {
            size_t n = strlen(dw__setting_row((enum setting)i)->name);

            most = n > most ? n : most;
        }
    for (size_t i = 0; i < inv->config->own.n; i++)
        most = inv->config->own.name[i].n > most ? inv->config->own.name[i].n : most;
    return prefix + most;
}

int dw__cmd_settings(const struct invocation *inv)
{
    struct arena arena;
    struct buf out;
    struct listing l = {.inv = inv, .out = &out, .width = width_of(inv)};
    bool whole;

    l.json = inv->argc == 1 && strcmp(inv->argv[0], "--json") == 0;
    if (inv->argc > (l.json ? 1 : 0)) {
        (void)fprintf(stderr, "%s: usage: %s settings [--json]\n", inv->app->name, inv->app->name);
        return EXIT_BAD_USAGE;
    }
    dw__arena_init(&arena, NULL, 4 * TEXT_MAX);
    dw__buf_init(&out, &arena, TEXT_MAX);
    if (l.json)
        dw__buf_lit(&out, "{\"settings\":[");
    put_framework(&l);
    put_own(&l);
    if (l.json)
        dw__buf_lit(&out, "\n]}\n");
    whole = !out.failed && fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0;
    dw__arena_release(&arena);
    return whole ? EXIT_DONE : EXIT_FAILED;
}
