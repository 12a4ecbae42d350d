/* app/config_gather.c -- collects what was given for each setting: flags, environment, the file of --env-file.
 *
 * The strongest source comes first, so that a value is kept only where there is none yet.  Names that are unknown or repeated
 * are errors wherever they stand.  Values are only carried here: they lie in argv, in the environment, or in scratch memory. */
#include "app/config_loading.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/env_file.h"
#include "base/text.h"

/* ---- names ---- */

void dw__loading_prefix(struct loading *l)
{
    const char *name = l->app->name;

    while (name[l->prefix_n] != 0 && l->prefix_n < DW__PREFIX_MAX) {
        char c = name[l->prefix_n];

        l->prefix[l->prefix_n++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c == '-' ? '_' : c;
    }
    l->prefix[l->prefix_n++] = '_';
}

bool dw__loading_setting(const struct loading *l, dw_text name, unsigned *which, bool *names_file)
{
    int own;

    for (unsigned i = 0; i < SETTINGS; i++) {
        const struct setting_row *row = dw__setting_row((enum setting)i);
        dw_text known = dw__text_of(row->name);

        if (row->needs_database && l->app->migrations == NULL)
            continue;
        *which = i;
        *names_file = name.n == known.n + 5 && row->type == VALUE_SECRET &&
                      dw__text_eq((dw_text){name.p + known.n, 5}, DW_TEXT("_FILE"));
        if (dw__text_starts(name, known) && (name.n == known.n || *names_file))
            return true;
    }
    own = dw__own_settings_find(&l->config->own, name, names_file);
    *which = SETTINGS + (own < 0 ? 0 : (unsigned)own);
    return own >= 0;
}

dw_text dw__loading_name(const struct loading *l, unsigned which)
{
    return which < SETTINGS ? dw__text_of(dw__setting_row((enum setting)which)->name)
                            : l->config->own.name[which - SETTINGS];
}

bool dw__loading_is_secret(const struct loading *l, unsigned which)
{
    return which < SETTINGS ? dw__setting_row((enum setting)which)->type == VALUE_SECRET
                            : dw__own_setting_is_secret(&l->config->own, which - SETTINGS);
}

void dw__loading_keep(struct loading *l, unsigned which, struct place place, dw_text value)
{
    struct found *f = &l->found[which];

    if (!f->there) {
        *f = (struct found){true, value, place};
        return;
    }
    if (f->place.source == place.source) {
        dw__say_setting(l, &place, which);
        if (f->place.names_file != place.names_file)
            dw__say_end(l, "is given, and its value is given as well; leave one of them out");
        else
            dw__say_end(l, "is given twice; leave one of them out");
    }
}

/* ---- flags ---- */

/* The name of a setting from its flag ("trusted-hosts"); empty when it is none. */
static dw_text name_of_flag(dw_text flag, char *out, size_t size)
{
    if (flag.n > size)
        return (dw_text){NULL, 0};
    for (size_t i = 0; i < flag.n; i++) {
        char c = flag.p[i];

        if (c == '-')
            out[i] = '_';
        else if (c >= 'a' && c <= 'z')
            out[i] = (char)(c - 'a' + 'A');
        else if (c >= '0' && c <= '9')
            out[i] = c;
        else
            return (dw_text){NULL, 0};
    }
    return (dw_text){out, flag.n};
}

/* Flags that stand for a setting and its value: `serve --dev --watch`. */
static bool take_switch(struct loading *l, dw_text flag)
{
    static const struct {
        dw_text flag;
        enum setting setting;
        dw_text value;
    } switches[] = {{DW_TEXT_INIT("dev"), SETTING_ENV, DW_TEXT_INIT("development")},
                    {DW_TEXT_INIT("watch"), SETTING_WATCH, DW_TEXT_INIT("yes")}};

    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
        if (dw__text_eq(flag, switches[i].flag)) {
            dw__loading_keep(l, switches[i].setting, (struct place){.source = SOURCE_FLAG},
                             switches[i].value);
            return true;
        }
    return false;
}

/* Keeps the flag at argv[i] when it is one of ours; returns how many arguments it took. */
static int take_flag(struct loading *l, int argc, char **argv, int i)
{
    char memory[64];
    dw_text value, flag = dw__text_of(argv[i] + 2), name;
    unsigned which = 0;
    struct place place = {.source = SOURCE_FLAG};
    bool is_env_file;
    int taken = 1;

    if (take_switch(l, flag))
        return 1;
    value = flag;
    flag = dw__text_cut(&value, '=');
    is_env_file = dw__text_is(flag, "env-file");
    name = name_of_flag(flag, memory, sizeof memory);
    if (!is_env_file && (name.n == 0 || !dw__loading_setting(l, name, &which, &place.names_file)))
        return 0;
    if (value.p == NULL && i + 1 < argc && !dw__text_starts(dw__text_of(argv[i + 1]), DW_TEXT("--"))) {
        value = dw__text_of(argv[i + 1]);
        taken = 2;
    }
    if (value.n == 0 && (is_env_file || value.p == NULL)) {
        dw__say_begin(l);
        dw__say_end(l, "flag: --%.*s needs a value: --%.*s=…", DW_FMT(flag), DW_FMT(flag));
    } else if (is_env_file && l->env_file.n > 0) {
        dw__say_begin(l);
        dw__say_end(l, "flag: --env-file is given twice; leave one of them out");
    } else if (is_env_file) {
        l->env_file = value;
    } else if (dw__loading_is_secret(l, which) && !place.names_file) {
        dw__say_setting(l, &place, which);
        dw__say_end(l,
                    "would show a secret to every user of this machine; give --%.*s-file=PATH, or set it in "
                    "the environment",
                    DW_FMT(flag));
    } else {
        dw__loading_keep(l, which, place, value);
    }
    return taken;
}

void dw__loading_flags(struct loading *l, int *argc, char **argv)
{
    int left = 1, i = 1;

    while (i < *argc) {
        bool is_flag = argv[i][0] == '-' && argv[i][1] == '-';
        int taken;

        if (is_flag && argv[i][2] == 0)
            break;
        taken = is_flag ? take_flag(l, *argc, argv, i) : 0;
        if (taken == 0)
            argv[left++] = argv[i++];
        i += taken;
    }
    while (i < *argc)
        argv[left++] = argv[i++];
    if (left < *argc) {
        argv[left] = NULL;
        *argc = left;
    }
}

/* ---- environment and files ---- */

bool dw__loading_without_prefix(const struct loading *l, dw_text name, dw_text *rest)
{
    if (!dw__text_starts(name, (dw_text){l->prefix, l->prefix_n}))
        return false;
    *rest = (dw_text){name.p + l->prefix_n, name.n - l->prefix_n};
    return true;
}

/* Settings of other frameworks, and what is so here: who brings them along hears that nothing is lost. */
static const struct {
    dw_text name;
    const char *here;
} elsewhere[] = {
    {DW_TEXT_INIT("SESSION_COOKIE_SECURE"), "cookies are Secure, always"},
    {DW_TEXT_INIT("SESSION_COOKIE_HTTPONLY"), "the session's cookie is HttpOnly, always"},
    {DW_TEXT_INIT("SESSION_COOKIE_SAMESITE"), "the session's cookie is SameSite=Lax, always"},
    {DW_TEXT_INIT("SECRET_KEY"), "SIGNING_KEYS and DATA_KEYS are the secrets"},
    {DW_TEXT_INIT("DEBUG"), "there is no debugger; ENV=development says more to this machine"},
};

/* What is so here instead of setting `name`, with prefix or without; NULL: nobody else has it either. */
static const char *instead_of(const struct loading *l, dw_text name)
{
    dw_text rest = name;

    (void)dw__loading_without_prefix(l, name, &rest);
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
        if (dw__text_eq(rest, elsewhere[i].name))
            return elsewhere[i].here;
    return NULL;
}

void dw__loading_unknown(struct loading *l, const struct place *place, dw_text name)
{
    const char *here = instead_of(l, name);

    dw__say_begin(l);
    dw__say_place(l, place);
    dw__buf_lit(l->errors, ": ");
    dw__say_quoted(l->errors, name);
    if (here != NULL)
        dw__say_end(l, " is not a setting: %s", here);
    else
        dw__say_end(l, " is not a setting; `%s --help` lists them", l->app->name);
}

/* One NAME=value of the environment or the file. */
static void gather_pair(struct loading *l, struct place place, dw_text name, dw_text value)
{
    dw_text rest;
    unsigned which;

    if (!dw__loading_without_prefix(l, name, &rest) ||
        !dw__loading_setting(l, rest, &which, &place.names_file))
        dw__loading_unknown(l, &place, name);
    else
        dw__loading_keep(l, which, place, value);
}

void dw__loading_environment(struct loading *l, char **envp)
{
    for (; *envp != NULL; envp++) {
        dw_text value = dw__text_of(*envp), ignored;
        dw_text name = dw__text_cut(&value, '=');

        if (dw__loading_without_prefix(l, name, &ignored))
            gather_pair(l, (struct place){.source = SOURCE_ENVIRONMENT}, name, value);
    }
}

const char *dw__loading_file(struct loading *l, dw_text path, size_t max, dw_text *text, bool *is_private)
{
    dw_text name = dw__arena_text(&l->scratch, path); /* ends with NUL */
    char *p = dw__arena_bytes(&l->scratch, max + 1);
    struct stat st;
    size_t n = 0;
    ssize_t got = -1;
    int fd;

    if (name.p == NULL || p == NULL)
        return "needs more memory than there is";
    fd = open(name.p, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? "does not exist" : errno == EACCES ? "may not be read" : "cannot be opened";
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        do {
            got = read(fd, p + n, max + 1 - n);
            if (got > 0)
                n += (size_t)got;
        } while (n <= max && (got > 0 || (got < 0 && errno == EINTR)));
    close(fd);
    if (got < 0)
        return "is not a file that can be read";
    if (n > max)
        return "is too large";
    if ((st.st_mode & S_IWOTH) != 0)
        return "can be written by every user of this machine; chmod o-w it";
    *is_private = (st.st_mode & S_IROTH) == 0;
    *text = (dw_text){p, n};
    return NULL;
}

void dw__loading_env_file(struct loading *l)
{
    struct env_file file;
    dw_text text, key = {NULL, 0}, value = {NULL, 0};
    const char *why;

    if (l->env_file.n == 0)
        return;
    why = dw__loading_file(l, l->env_file, DW__ENV_FILE_MAX, &text, &l->env_file_is_private);
    if (why != NULL) {
        dw__say_begin(l);
        dw__buf_lit(l->errors, "flag: --env-file ");
        dw__say_quoted(l->errors, l->env_file);
        dw__say_end(l, " %s; it is a file of at most %zu bytes with lines NAME=value", why, DW__ENV_FILE_MAX);
        return;
    }
    dw__env_file_init(&file, text);
    while (dw__env_file_next(&file, &key, &value, &why) || why != NULL) {
        struct place place = {.source = SOURCE_ENV_FILE, .line = file.line};

        if (why == NULL) {
            gather_pair(l, place, key, value);
            continue;
        }
        dw__say_begin(l);
        dw__say_place(l, &place);
        dw__say_end(l, ": %s", why);
    }
}
