/* app/cmd_asvs.c -- `asvs`: OWASP ASVS 5.0, requirement by requirement, with what is done about each, where, and which test shows it (asvs.h).
 *
 * The table is Dewar's.  What is the application's duty says what its tables and handlers must do, and where a status depends on settings or tables
 * it is said whether they are so here. */
#include <stdio.h>
#include <string.h>

#include "app/asvs.h"
#include "app/command.h"
#include "base/text.h"
#include "codec/json.h"

#define TEXT_MAX ((size_t)1 << 20)

struct listing {
    const struct invocation *inv;
    struct buf *out;
    dw_text below; /* "V3.4": requirements whose number begins so; empty: all */
    unsigned level;
    bool json, details;
    dw_text chapter; /* that was printed last */
    unsigned n, counts[ASVS_STATUSES];
};

/* ---- for people ---- */

/* Whether a row says more of this application than its status: not where nothing depends on it. */
static const char *here(const struct listing *l, const struct asvs_row *row)
{
    if (row->when.n == 0)
        return "";
    if (dw__asvs_when(row, l->inv) > 0)
        return row->status == ASVS_CONFIGURED ? " (configured here)" : "";
    return row->status == ASVS_CONFIGURED ? " (not configured here)" : " (not used here)";
}

static void put_details(struct listing *l, const struct asvs_row *row)
{
    dw_text rest = row->files;

    dw__buf_format(l->out, "    %.*s\n", DW_FMT(row->how));
    if (row->when.n > 0)
        dw__buf_format(l->out, "    when   %.*s\n", DW_FMT(row->when));
    while (rest.n > 0) {
        dw_text file = dw__text_cut(&rest, ' ');

        dw__buf_format(l->out, "    in     %.*s\n", DW_FMT(file));
    }
    for (size_t i = 0; i < row->n_tests; i++)
        dw__buf_format(l->out, "    shown  %.*s\n", DW_FMT(row->tests[i]));
}

static void put_line(struct listing *l, const struct asvs_row *row)
{
    if (!dw__text_eq(l->chapter, row->chapter))
        dw__buf_format(l->out, "%s%.*s\n", l->chapter.n > 0 ? "\n" : "", DW_FMT(row->chapter));
    l->chapter = row->chapter;
    dw__buf_format(l->out, "%-8.*s L%u  %-24s %.*s%s\n", DW_FMT(row->id), row->level,
                   dw__asvs_status_says(row->status), DW_FMT(row->title), here(l, row));
    if (l->details)
        put_details(l, row);
}

static void put_counts(struct listing *l)
{
    dw__buf_format(l->out, "\n%u requirement%s of OWASP ASVS 5.0.0", l->n, l->n == 1 ? "" : "s");
    for (int i = 0; i < ASVS_STATUSES; i++)
        dw__buf_format(l->out, "%s %u %s", i == 0 ? ":" : ",", l->counts[i],
                       dw__asvs_status_says((enum asvs_status)i));
    dw__buf_lit(l->out, "\n");
}

/* ---- for programs ---- */

static void put_member(struct buf *out, const char *name, dw_text value)
{
    dw__buf_format(out, ",\"%s\":", name);
    dw__json_put_string(out, value);
}

static void put_list(struct buf *out, const char *name, const dw_text *texts, size_t n)
{
    dw__buf_format(out, ",\"%s\":[", name);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            dw__buf_putc(out, ',');
        dw__json_put_string(out, texts[i]);
    }
    dw__buf_putc(out, ']');
}

static void put_files(struct buf *out, dw_text files)
{
    dw_text each[16];
    size_t n = 0;

    while (files.n > 0 && n < sizeof each / sizeof *each)
        each[n++] = dw__text_cut(&files, ' ');
    put_list(out, "files", each, n);
}

static void put_json(struct listing *l, const struct asvs_row *row)
{
    dw__buf_format(l->out, "%s\n{\"id\":\"%.*s\",\"level\":%u,\"status\":\"%s\"", l->n > 0 ? "," : "",
                   DW_FMT(row->id), row->level, dw__asvs_status_name(row->status));
    put_member(l->out, "chapter", row->chapter);
    put_member(l->out, "title", row->title);
    put_member(l->out, "how", row->how);
    put_files(l->out, row->files);
    put_list(l->out, "tests", row->tests, row->n_tests);
    if (row->when.n > 0) {
        put_member(l->out, "when", row->when);
        dw__buf_format(l->out, ",\"here\":%s", dw__asvs_when(row, l->inv) > 0 ? "true" : "false");
    } else {
        dw__buf_lit(l->out, ",\"when\":null,\"here\":null");
    }
    dw__buf_putc(l->out, '}');
}

static void put_json_counts(struct listing *l)
{
    dw__buf_format(l->out, "\n],\"counts\":{\"all\":%u", l->n);
    for (int i = 0; i < ASVS_STATUSES; i++)
        dw__buf_format(l->out, ",\"%s\":%u", dw__asvs_status_name((enum asvs_status)i), l->counts[i]);
    dw__buf_lit(l->out, "}}\n");
}

/* ---- both ---- */

/* "V3.4.1": one requirement, which is wanted with all that there is of it. */
static bool is_one(dw_text below)
{
    unsigned points = 0;

    for (size_t i = 0; i < below.n; i++)
        points += below.p[i] == '.';
    return points == 2;
}

/* "V3.4" is V3.4.1 and so on, and not V3.40. */
static bool is_below(dw_text id, dw_text below)
{
    return below.n == 0 || (dw__text_starts(id, below) && (id.n == below.n || id.p[below.n] == '.'));
}

static void list(struct listing *l)
{
    struct asvs_row row = {.n_tests = 0};
    dw_text rest = dw__asvs_text();

    if (l->json)
        dw__buf_lit(l->out, "{\"standard\":\"OWASP ASVS 5.0.0\",\"requirements\":[");
    while (dw__asvs_next(&rest, &row) > 0) {
        if (row.level > l->level || !is_below(row.id, l->below))
            continue;
        if (l->json)
            put_json(l, &row);
        else
            put_line(l, &row);
        l->counts[row.status]++;
        l->n++;
    }
    if (l->json)
        put_json_counts(l);
    else if (l->n > 0)
        put_counts(l);
}

static bool read_level(const char *word, unsigned *level)
{
    if (word == NULL || word[0] < '1' || word[0] > '3' || word[1] != '\0')
        return false;
    *level = (unsigned)(word[0] - '0');
    return true;
}

static bool read_words(struct listing *l)
{
    char **argv = l->inv->argv;

    for (int i = 0; i < l->inv->argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            l->json = true;
        else if (strcmp(argv[i], "-v") == 0)
            l->details = true;
        else if (strcmp(argv[i], "--level") == 0 && i + 1 < l->inv->argc &&
                 read_level(argv[i + 1], &l->level))
            i++;
        else if (argv[i][0] == 'V' && l->below.n == 0)
            l->below = dw__text_of(argv[i]);
        else
            return false;
    }
    l->details |= is_one(l->below);
    return true;
}

int dw__cmd_asvs(const struct invocation *inv)
{
    struct arena arena;
    struct buf out;
    struct listing l = {.inv = inv, .out = &out, .level = 3};
    bool whole;

    if (!read_words(&l)) {
        (void)fprintf(stderr, "%s: usage: %s asvs [--level 1|2|3] [-v | --json] [V3 | V3.4 | V3.4.1]\n",
                      inv->app->name, inv->app->name);
        return EXIT_BAD_USAGE;
    }
    dw__arena_init(&arena, NULL, 4 * TEXT_MAX);
    dw__buf_init(&out, &arena, TEXT_MAX);
    list(&l);
    whole = l.n > 0 && !out.failed && fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0;
    dw__arena_release(&arena);
    if (l.n == 0)
        (void)fprintf(stderr, "%s: ASVS 5.0.0 has no requirement %.*s of level %u or below\n", inv->app->name,
                      DW_FMT(l.below), l.level);
    return whole ? EXIT_DONE : EXIT_FAILED;
}
