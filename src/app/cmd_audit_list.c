/* app/cmd_audit_list.c -- `audit list`: the lines that somebody looks for, out of all files, verified on the way where there are keys.
 *
 * What is printed may be a forgery where there are none, or behind the first line that does not hold, which is said: so nothing of it reaches the
 * terminal but characters. */
#include <stdio.h>
#include <string.h>

#include "app/audit_read.h"
#include "auth/audit_filter.h"
#include "base/text.h"

struct listing {
    const struct invocation *inv;
    struct audit_verify verify;
    bool verifying, failed, json;
    struct audit_filter filter;
    struct audit_reading reading;
    struct audit_paths paths;
};

/* ---- a line ---- */

static void print(dw_text text)
{
    for (size_t i = 0; i < text.n; i++)
        putchar((unsigned char)text.p[i] < ' ' || text.p[i] == 127 ? '?' : text.p[i]);
}

/* In its column, and further when it is longer. */
static void print_wide(dw_text text, size_t width)
{
    if (text.n == 0)
        text = DW_TEXT("-");
    print(text);
    for (size_t n = text.n; n < width; n++)
        putchar(' ');
    putchar(' ');
}

static bool is_column(dw_text name)
{
    static const char *const names[] = {"kind",    "severity", "outcome",    "process",
                                        "address", "actor",    "request_id", "last_mac"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (dw__text_eq(name, dw__text_of(names[i])))
            return true;
    return false;
}

static dw_text member_of(dw_text rest, const char *name)
{
    struct audit_member member;

    while (dw__audit_member_read(&rest, &member))
        if (dw__text_eq(member.name, dw__text_of(name)))
            return member.value;
    return (dw_text){NULL, 0};
}

static void print_row(const struct audit_line *line)
{
    struct audit_member member;
    dw_text rest = line->rest;

    print_wide(line->time, DW__AUDIT_TIME);
    print_wide(line->event, 22);
    print_wide(member_of(rest, "outcome"), 7);
    print_wide(member_of(rest, "actor"), 8);
    print_wide(member_of(rest, "address"), 15);
    print(member_of(rest, "request_id").n > 0 ? member_of(rest, "request_id") : DW_TEXT("-"));
    while (dw__audit_member_read(&rest, &member))
        if (!is_column(member.name)) {
            putchar(' ');
            print(member.name);
            putchar('=');
            print(member.value);
        }
    putchar('\n');
}

static void show(const struct listing *l, dw_text text)
{
    struct audit_line line;

    if (!dw__audit_line_read(text, &line) || !dw__audit_filter_takes(&l->filter, &line))
        return;
    if (!l->json) {
        print_row(&line);
        return;
    }
    print(text);
    putchar('\n');
}

/* ---- all of them ---- */

static void say_bad(struct listing *l)
{
    const struct audit_verify *a = &l->verify;

    (void)fflush(stdout);
    if (a->bad != 0)
        (void)fprintf(stderr, "%s:%llu: %.*s; what follows is not verified\n", l->reading.path,
                      (unsigned long long)a->bad, (int)a->why.n, a->why.p);
    else
        (void)fprintf(stderr, "%s: %.*s\n", l->reading.path, (int)a->why.n, a->why.p);
    l->verifying = false;
    l->failed = true;
}

static bool list_file(struct listing *l, const char *path)
{
    bool first = true;
    dw_text line;

    if (!dw__audit_open(&l->reading, l->inv, path))
        return false;
    while (dw__audit_next_line(&l->reading, &line)) {
        if (l->verifying && dw__audit_verify_line(&l->verify, line, first) != DW_OK)
            say_bad(l);
        first = false;
        show(l, line);
    }
    return dw__audit_close(&l->reading, l->inv);
}

static int list_all(struct listing *l)
{
    if (!l->json)
        puts("TIME                     EVENT                  OUTCOME ACTOR    ADDRESS         REQUEST_ID "
             "AND MEMBERS");
    for (size_t i = 0; i < l->paths.n; i++) {
        if (!list_file(l, l->paths.paths[i]))
            return EXIT_NO_SERVICE;
        if (i + 1 < l->paths.n)
            dw__audit_verify_file_end(&l->verify, l->reading.line_n);
    }
    if (l->verifying && dw__audit_verify_end(&l->verify, l->reading.line_n) != DW_OK)
        say_bad(l);
    return l->failed ? EXIT_FAILED : EXIT_DONE;
}

/* ---- the command line ---- */

static bool take_time(const struct listing *l, const char *option, const char *value, dw_text *out)
{
    *out = dw__text_of(value);
    if (dw__audit_filter_time_holds(*out))
        return true;
    (void)fprintf(stderr,
                  "%s: %s: %s is no time: 2026-01-31, or 2026-01-31T12:00:00Z, or a beginning of it (UTC)\n",
                  l->inv->app->name, option, value);
    return false;
}

/* An option that has a value. False: it is none, or the value is wrong. */
static bool take_option(struct listing *l, const char *option, const char *value)
{
    if (value[0] == '\0')
        return false;
    if (strcmp(option, "--since") == 0)
        return take_time(l, option, value, &l->filter.since);
    if (strcmp(option, "--until") == 0)
        return take_time(l, option, value, &l->filter.until);
    if (strcmp(option, "--event") == 0)
        l->filter.event = dw__text_of(value);
    else if (strcmp(option, "--account") == 0)
        l->filter.account = dw__text_of(value);
    else if (strcmp(option, "--request") == 0)
        l->filter.request = dw__text_of(value);
    else
        return false;
    return true;
}

static bool read_arguments(struct listing *l)
{
    const struct invocation *inv = l->inv;

    for (int i = 1; i < inv->argc; i++) {
        const char *word = inv->argv[i];

        if (strcmp(word, "--json") == 0)
            l->json = true;
        else if (word[0] != '-' && !dw__audit_paths_add(&l->paths, inv, word))
            return false;
        else if (word[0] == '-' && (i + 1 == inv->argc || !take_option(l, word, inv->argv[++i])))
            return false;
    }
    return dw__audit_paths_default(&l->paths, inv);
}

int dw__cmd_audit_list(const struct invocation *inv)
{
    static struct listing l; /* large */
    int status = -1;

    l.inv = inv;
    l.verifying = inv->config->data_keys.n > 0;
    if (read_arguments(&l)) {
        if (!l.verifying)
            (void)fprintf(stderr, "%s: DATA_KEYS is not set, so nothing of this is verified\n",
                          inv->app->name);
        status = l.verifying && !dw__audit_begin_verify(inv, &l.verify) ? EXIT_BAD_CONFIG : list_all(&l);
    }
    dw__audit_verify_release(&l.verify);
    dw__audit_paths_release(&l.paths);
    return status;
}
