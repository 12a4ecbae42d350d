/* app/asvs.c -- see asvs.h.  The text is ours, so what it cannot be is a mistake that a test finds; nothing is read beyond its end all the same. */
#include "app/asvs.h"

#include <string.h>

#include "app/command.h"
#include "base/text.h"

extern const char dw__asvs_table[];
extern const uint64_t dw__asvs_table_size;

static const struct {
    const char *word, *name, *says;
} statuses[] = {
#define ROW(name, word, json, says) {word, json, says},
    DW__ASVS_STATUS(ROW)
#undef ROW
};

dw_text dw__asvs_text(void)
{
    return (dw_text){dw__asvs_table, (size_t)dw__asvs_table_size};
}

const char *dw__asvs_status_says(enum asvs_status status)
{
    return statuses[status].says;
}

const char *dw__asvs_status_name(enum asvs_status status)
{
    return statuses[status].name;
}

/* ---- the text ---- */

static bool status_of(dw_text word, enum asvs_status *status)
{
    for (int i = 0; i < ASVS_STATUSES; i++)
        if (dw__text_eq(word, dw__text_of(statuses[i].word))) {
            *status = (enum asvs_status)i;
            return true;
        }
    return false;
}

/* "V3.4.4 2 enforced X-Content-Type-Options" */
static bool read_head(dw_text line, struct asvs_row *row)
{
    dw_text level, status;

    row->id = dw__text_cut(&line, ' ');
    level = dw__text_cut(&line, ' ');
    status = dw__text_cut(&line, ' ');
    row->title = line;
    if (level.n != 1 || level.p[0] < '1' || level.p[0] > '3' || line.n == 0)
        return false;
    row->level = (unsigned)(level.p[0] - '0');
    return status_of(status, &row->status);
}

/* " how …" and so on: one of each, but for the tests. */
static bool read_line(dw_text line, struct asvs_row *row)
{
    dw_text word = dw__text_cut(&line, ' ');
    dw_text *member = dw__text_is(word, "how")    ? &row->how
                      : dw__text_is(word, "in")   ? &row->files
                      : dw__text_is(word, "when") ? &row->when
                                                  : NULL;

    if (dw__text_is(word, "by") && row->n_tests < DW__ASVS_TESTS)
        member = &row->tests[row->n_tests++];
    if (member == NULL || member->n > 0 || line.n == 0)
        return false;
    *member = line;
    return true;
}

/* "V3.4.4 …", and not "V3 Web frontend". */
static bool is_requirement(dw_text line)
{
    dw_text word = dw__text_cut(&line, ' ');

    return dw__text_find(word, '.') < word.n;
}

/* Passes over empty lines, and over chapters, which it notes. */
static void pass_over(dw_text *rest, struct asvs_row *row)
{
    while (rest->n > 0) {
        dw_text ahead = *rest, line = dw__text_cut(&ahead, '\n');

        if (line.n > 0 && (line.p[0] != 'V' || is_requirement(line)))
            return;
        if (line.n > 0)
            row->chapter = line;
        *rest = ahead;
    }
}

int dw__asvs_next(dw_text *rest, struct asvs_row *row)
{
    *row = (struct asvs_row){.chapter = row->chapter};
    pass_over(rest, row);
    if (rest->n == 0)
        return 0;
    for (bool head = true;; head = false) {
        dw_text ahead = *rest, line = dw__text_cut(&ahead, '\n');

        if (!head && (line.n == 0 || line.p[0] != ' '))
            return row->how.n > 0 ? 1 : -1;
        if (head ? !read_head(line, row) : !read_line((dw_text){line.p + 1, line.n - 1}, row))
            return -1;
        *rest = ahead;
    }
}

/* ---- whether it concerns this application ---- */

/* An option that counts wherever it stands. */
enum option { OPTION_RATE, OPTION_FRESH };

static bool blueprint_says(const dw_blueprint *bp, enum option option)
{
    bool says = option == OPTION_RATE ? bp->rate != NULL : bp->fresh;

    for (size_t i = 0; i < bp->n_routes && bp->route_size == sizeof(dw_route); i++)
        says |= option == OPTION_RATE ? bp->routes[i].rate != NULL : bp->routes[i].fresh;
    return says;
}

static bool anybody_says(const dw_app *app, enum option option)
{
    bool says = option == OPTION_RATE ? app->rate != NULL : app->fresh;

    for (size_t i = 0; app->blueprints != NULL && app->blueprints[i] != NULL; i++)
        says |= blueprint_says(app->blueprints[i], option);
    return says;
}

static int member_is_set(const dw_app *app, dw_text name)
{
    const struct {
        const char *name;
        bool set;
    } members[] = {{".sessions", app->sessions != NULL},
                   {".tokens", app->tokens != NULL},
                   {".principal", app->principal != NULL},
                   {".mfa", app->mfa != NULL},
                   {".webhooks", app->webhooks != NULL},
                   {".issuers", app->issuers != NULL},
                   {".owned", app->owned != NULL},
                   {".rate", anybody_says(app, OPTION_RATE)},
                   {".fresh", anybody_says(app, OPTION_FRESH)},
                   {".rate_global", app->rate_global != NULL}};

    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (dw__text_eq(name, dw__text_of(members[i].name)))
            return members[i].set;
    return -1;
}

static int setting_is_given(const struct config *config, dw_text name)
{
    for (unsigned i = 0; i < SETTINGS; i++)
        if (dw__text_eq(name, dw__text_of(dw__setting_row((enum setting)i)->name)))
            return config->text[i].n > 0;
    return -1;
}

/* "TRUSTED_PROXIES", or ".sessions|.tokens". */
static int one_holds(dw_text names, const struct invocation *inv)
{
    int holds = 0;

    while (names.n > 0) {
        dw_text name = dw__text_cut(&names, '|');
        int is = name.n > 0 && name.p[0] == '.' ? member_is_set(inv->app, name)
                                                : setting_is_given(inv->config, name);

        if (is < 0)
            return -1;
        holds |= is;
    }
    return holds;
}

int dw__asvs_when(const struct asvs_row *row, const struct invocation *inv)
{
    dw_text rest = row->when;
    int all = 1;

    while (rest.n > 0) {
        int one = one_holds(dw__text_cut(&rest, ' '), inv);

        if (one < 0)
            return -1;
        all &= one;
    }
    return all;
}
