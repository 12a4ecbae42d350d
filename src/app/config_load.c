/* app/config_load.c -- makes struct config of flags, environment, file, profile and defaults.
 *
 * First all that was given is collected by name (config_gather.c), then what was kept is parsed in the order of the table, which
 * is why ENV stands before what depends on it.  An error does not stop the search for the next: an operator wants all of
 * them at once.  Nothing of a secret is in an error, and the memory that files were read into is wiped. */
#define _GNU_SOURCE
#include "app/config_loading.h"

#include <sched.h>
#include <string.h>

#include "app/config_value.h"
#include "base/text.h"

#define SCRATCH_MAX ((size_t)256 << 10)
#define SECRET_FILE_MAX ((size_t)8 << 10)

/* ---- profile and defaults ---- */

static const dw_profile *profile_named(const dw_app *app, dw_text name)
{
    for (const dw_profile *p = app->profiles; p != NULL && p->name != NULL; p++)
        if (dw__text_eq(dw__text_of(p->name), name))
            return p;
    return NULL;
}

static void refuse_profile(struct loading *l, const struct found *f)
{
    const dw_profile *p = l->app->profiles;

    dw__say_setting(l, &f->place, SETTING_PROFILE);
    dw__buf_lit(l->errors, "is '");
    dw__say_quoted(l->errors, f->value);
    dw__buf_lit(l->errors, "', but the profiles are");
    for (; p != NULL && p->name != NULL; p++)
        dw__buf_format(l->errors, " %s", p->name);
    dw__say_end(l, "%s", l->app->profiles != NULL ? "" : " none; leave it out");
}

static void gather_profile(struct loading *l)
{
    struct found *chosen = &l->found[SETTING_PROFILE];
    const dw_profile *profile = l->app->profiles;

    if (chosen->there) {
        profile = profile_named(l->app, chosen->value);
        if (profile == NULL) {
            refuse_profile(l, chosen);
            chosen->there = false;
            return;
        }
    }
    if (profile == NULL || profile->name == NULL)
        return;
    l->profile = profile->name;
    if (!chosen->there)
        *chosen = (struct found){true, dw__text_of(profile->name), {.source = SOURCE_DEFAULT}};
    for (const char *const *pair = profile->settings; pair != NULL && pair[0] != NULL; pair += 2) {
        struct place place = {.source = SOURCE_PROFILE};
        dw_text name = dw__text_of(pair[0]);
        unsigned which;

        if (!dw__loading_setting(l, name, &which, &place.names_file) || which == SETTING_PROFILE)
            dw__loading_unknown(l, &place, name);
        else
            dw__loading_keep(l, which, place, dw__text_of(pair[1]));
        if (pair[1] == NULL)
            break;
    }
}

/* "{name}" in a default becomes the application's name. */
static dw_text default_of(struct loading *l, const char *fallback)
{
    dw_text all = dw__text_of(fallback), mark = DW_TEXT("{name}");

    for (size_t i = 0; i + mark.n <= all.n; i++)
        if (memcmp(all.p + i, mark.p, mark.n) == 0)
            return dw__arena_format(&l->scratch, "%.*s%s%s", (int)i, all.p, l->app->name, all.p + i + mark.n);
    return all;
}

static unsigned cores(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;

    return n < 1 ? 1 : n > (int)DW__MAX_WORKERS ? DW__MAX_WORKERS : (unsigned)n;
}

static void add_default(struct loading *l, enum setting setting)
{
    const struct setting_row *row = dw__setting_row(setting);
    struct found *f = &l->found[setting];

    if (f->there || (row->needs_database && l->app->migrations == NULL))
        return;
    if (l->config->environment == 1 && row->fallback_in_development != NULL)
        f->value = dw__text_of(row->fallback_in_development);
    else if (row->fallback != NULL)
        f->value = default_of(l, row->fallback);
    else if (setting == SETTING_WORKERS)
        f->value = dw__arena_format(&l->scratch, "%u", cores());
    else if (setting == SETTING_ISSUER)
        f->value =
            l->config->canonical_origin.n > 0 ? l->config->canonical_origin : dw__text_of(l->app->name);
    else
        return;
    f->there = true;
}

/* ---- values ---- */

/* For who looks at what lies around. */
static const char *keep_path(struct loading *l, unsigned which, dw_text path)
{
    dw_text *kept = which < SETTINGS ? &l->config->file[which] : &l->config->own.file[which - SETTINGS];

    *kept = dw__arena_text(&l->config->memory, path);
    return kept->p != NULL ? NULL : "needs more memory than there is";
}

/* Replaces the path in *f by the secret in the file it names. */
static bool read_secret(struct loading *l, unsigned which, struct found *f)
{
    dw_text text = {NULL, 0};
    bool is_private = false;
    const char *why =
        f->value.n == 0 ? "is empty" : dw__loading_file(l, f->value, SECRET_FILE_MAX, &text, &is_private);

    if (why == NULL && !is_private)
        why = "can be read by every user of this machine; chmod o-r it";
    if (why == NULL)
        why = keep_path(l, which, f->value);
    if (why != NULL) {
        dw__say_setting(l, &f->place, which);
        dw__buf_lit(l->errors, "names a file that cannot be taken: '");
        dw__say_quoted(l->errors, f->value);
        dw__say_end(l, "' %s", why);
        return false;
    }
    while (text.n > 0 && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
        text.n--;
    f->value = text;
    return true;
}

static bool secret_is_exposed(const struct loading *l, const struct found *f)
{
    return f->place.source == SOURCE_ENV_FILE && !f->place.names_file && !l->env_file_is_private;
}

/* What may be shown of a setting that is wrong: a URL may have a password in it, by mistake. */
static bool may_be_shown(const struct setting_row *row, dw_text value)
{
    return row->type != VALUE_SECRET &&
           !(row->type == VALUE_DATABASE && dw__text_starts(value, DW_TEXT("postgresql:")));
}

static void refuse_value(struct loading *l, enum setting setting, const struct found *f, const char *why)
{
    const struct setting_row *row = dw__setting_row(setting);

    dw__say_setting(l, &f->place, setting);
    if (may_be_shown(row, f->value)) {
        dw__buf_lit(l->errors, "is '");
        dw__say_quoted(l->errors, f->value);
        dw__buf_lit(l->errors, "', which ");
    }
    dw__say_end(l, "%s; for example %.*s", why, DW_FMT(default_of(l, row->example)));
}

/* Sees that a secret was not lying about, and reads it where it lies in a file. */
static bool may_be_taken(struct loading *l, unsigned which, struct found *f)
{
    if (dw__loading_is_secret(l, which) && secret_is_exposed(l, f)) {
        dw__say_setting(l, &f->place, which);
        dw__say_end(l, "is a secret in a file that every user of this machine can read; chmod o-r it");
        return false;
    }
    return !f->place.names_file || read_secret(l, which, f);
}

static void parse_one(struct loading *l, enum setting setting)
{
    struct found *f = &l->found[setting];
    char why[DW__SETTING_WHY];

    add_default(l, setting);
    if (!f->there)
        return;
    l->config->source[setting] = f->place.source;
    l->config->from_file[setting] = f->place.names_file;
    if (may_be_taken(l, setting, f) && !dw__setting_parse(setting, f->value, l->config, why))
        refuse_value(l, setting, f, why);
}

/* ---- the application's own ---- */

static void refuse_own(struct loading *l, size_t i, const struct found *f, const char *why)
{
    const char *example = dw__own_setting_example(&l->config->own, i);

    dw__say_setting(l, &f->place, SETTINGS + (unsigned)i);
    if (dw__own_setting_is_secret(&l->config->own, i)) {
        dw__say_end(l, "is not one that can be taken: %s", why);
        return;
    }
    dw__buf_lit(l->errors, "is '");
    dw__say_quoted(l->errors, f->value);
    dw__buf_format(l->errors, "': %s", why);
    if (example != NULL)
        dw__buf_format(l->errors, " For example %s", example);
    dw__say_end(l, "%s", "");
}

static void give_own(struct loading *l, size_t i)
{
    struct own_settings *own = &l->config->own;
    struct found *f = &l->found[SETTINGS + i];
    char why[DW__OWN_WHY];

    if (!f->there)
        return;
    own->source[i] = f->place.source;
    own->from_file[i] = f->place.names_file;
    if (may_be_taken(l, SETTINGS + (unsigned)i, f) && !dw__own_settings_give(own, i, f->value, l->app, why))
        refuse_own(l, i, f, why);
}

/* Each line of `why` is an error. */
static void say_lines(struct loading *l, const struct buf *why)
{
    dw_text lines = {why->p, why->n};

    while (lines.n > 0) {
        dw_text line = dw__text_cut(&lines, '\n');

        dw__say_begin(l);
        dw__say_end(l, "%.*s", DW_FMT(line));
    }
}

static void begin_own(struct loading *l)
{
    struct buf why;

    dw__buf_init(&why, &l->scratch, SCRATCH_MAX / 4);
    if (dw__own_settings_init(&l->config->own, l->app, &why) != DW_OK)
        say_lines(l, &why);
}

static void parse_own(struct loading *l)
{
    struct buf why;
    size_t before = l->n_errors;

    for (size_t i = 0; i < l->config->own.n; i++)
        give_own(l, i);
    dw__buf_init(&why, &l->scratch, SCRATCH_MAX / 4);
    if (before == l->n_errors && !dw__own_settings_end(&l->config->own, l->app, &why))
        say_lines(l, &why);
}

/* ---- all ---- */

static void parse_all(struct loading *l)
{
    char why[DW__SETTING_WHY];
    enum setting setting;

    for (unsigned i = 0; i < SETTINGS; i++)
        parse_one(l, (enum setting)i);
    if (l->n_errors == 0 && !dw__config_finish(l->config, &setting, why))
        refuse_value(l, setting, &l->found[setting], why);
}

static void keep_env_file(struct loading *l)
{
    l->config->env_file = dw__arena_text(&l->config->memory, l->env_file);
    if (l->env_file.n > 0 && l->config->env_file.p == NULL) {
        dw__say_begin(l);
        dw__say_end(l, "no memory for the path of --env-file");
    }
}

dw_err dw__config_load(struct config *out, const dw_app *app, int *argc, char **argv, char **envp,
                       struct buf *errors)
{
    struct loading l = {.app = app, .config = out, .errors = errors};

    dw__config_init(out);
    dw__arena_init(&l.scratch, NULL, SCRATCH_MAX);
    begin_own(&l);
    dw__loading_prefix(&l);
    dw__loading_flags(&l, argc, argv);
    dw__loading_environment(&l, envp);
    dw__loading_env_file(&l);
    gather_profile(&l);
    parse_all(&l);
    parse_own(&l);
    keep_env_file(&l);
    dw__arena_release(&l.scratch);
    if (l.n_errors == 0)
        return DW_OK;
    dw__config_release(out);
    return DW_INVALID;
}

void dw__config_wipe_environment(const struct config *config, const dw_app *app, char **envp)
{
    struct config names = {.own = config->own};
    struct loading l = {.app = app, .config = &names};

    dw__loading_prefix(&l);
    for (; *envp != NULL; envp++) {
        dw_text value = dw__text_of(*envp), rest;
        dw_text name = dw__text_cut(&value, '=');
        unsigned which;
        bool names_file;

        if (dw__loading_without_prefix(&l, name, &rest) &&
            dw__loading_setting(&l, rest, &which, &names_file) && !names_file &&
            dw__loading_is_secret(&l, which) && value.n > 0)
            explicit_bzero(*envp + name.n + 1, value.n);
    }
}
