/* bench/routes.c -- what it costs to find a route among 10, 1,000 and 10,000, in nanoseconds, as JSON.
 *
 * Half of the routes are /api/vN/resource, half /api/vN/resource/{id}.  "hot" asks for one path again and again, which is what one
 * endpoint under load is; "any" asks for all of them in an order that no cache can guess, so that with many routes it also pays
 * for the memory that they take.  The paths stand in one block of memory, all of them read before: what is timed is the tree.
 * Median of 5.  Usage: routes [LOOKUPS], one million when absent. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "route/tree.h"

#define ROUNDS 5
#define PATH_MAX_N 64

/* A plan is only a pointer to the tree; this one says which route was found. */
static const char marks[10000];

struct paths {
    char (*text)[PATH_MAX_N];
    size_t n;
};

static _Noreturn void die(const char *what)
{
    (void)fprintf(stderr, "bench routes: %s\n", what);
    exit(1);
}

static double now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* of ours only, whatever else runs */
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static bool kind_of(const void *arg, dw_text name, enum param_kind *kind)
{
    (void)arg;
    (void)name;
    *kind = PARAM_INT64;
    return true;
}

/* The pattern of route i, or a path that it serves when `id` is given. */
static void write_path(char out[static PATH_MAX_N], size_t i, const char *id)
{
    (void)snprintf(out, PATH_MAX_N, "/api/v%05zu/resource%s%s", i / 2, i % 2 ? "/" : "", i % 2 ? id : "");
}

static struct route_tree *tree_of(size_t n)
{
    struct route_tree *tree = dw__route_tree_new();
    char pattern[PATH_MAX_N], why[256];
    struct buf b;

    if (tree == NULL)
        die("no memory");
    for (size_t i = 0; i < n; i++) {
        write_path(pattern, i, "{id}");
        dw__buf_init_fixed(&b, why, sizeof why);
        if (dw__route_tree_add(tree, HTTP_GET, dw__text_of(pattern), (const void *)&marks[i], kind_of, NULL,
                               &b) != DW_OK)
            die("a route is refused");
    }
    return tree;
}

enum what { STATIC, PARAMETER, MISSING };

/* All paths of a kind that n routes serve, or that none does, shuffled by a generator that is the same each time. */
static struct paths paths_of(size_t n, enum what what)
{
    struct paths out = {calloc(n / 2, sizeof *out.text), n / 2};
    uint64_t state = 0x9e3779b97f4a7c15u;
    char swap[PATH_MAX_N];

    if (out.text == NULL)
        die("no memory");
    for (size_t i = 0; i < out.n; i++) {
        write_path(out.text[i], 2 * i + (what == PARAMETER), "8001");
        if (what == MISSING)
            out.text[i][strlen(out.text[i]) - 1] = 'x';
    }
    for (size_t i = out.n - 1; i > 0; i--) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        size_t j = (size_t)(state >> 33) % (i + 1);
        memcpy(swap, out.text[i], sizeof swap);
        memcpy(out.text[i], out.text[j], sizeof swap);
        memcpy(out.text[j], swap, sizeof swap);
    }
    return out;
}

static double once(const struct route_tree *tree, const struct paths *paths, size_t lookups, bool found)
{
    struct route_match match;
    size_t at = 0, hits = 0;
    double begun = now_ns();

    for (size_t i = 0; i < lookups; i++) {
        dw__route_tree_match(tree, HTTP_GET, (dw_text){paths->text[at], strlen(paths->text[at])}, &match);
        hits += match.plan != NULL;
        at = at + 1 < paths->n ? at + 1 : 0;
    }
    double took = (now_ns() - begun) / (double)lookups;
    if (hits != (found ? lookups : 0))
        die("the tree finds what is not there, or does not find what is");
    return took;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const struct route_tree *tree, const struct paths *paths, size_t lookups, bool found)
{
    double rounds[ROUNDS];

    (void)once(tree, paths, lookups / 10 + 1, found);
    for (size_t i = 0; i < ROUNDS; i++)
        rounds[i] = once(tree, paths, lookups, found);
    qsort(rounds, ROUNDS, sizeof *rounds, by_size);
    return rounds[ROUNDS / 2];
}

static void report(size_t n, size_t lookups)
{
    static const char *const names[] = {"static", "parameter", "missing"};
    struct route_tree *tree = tree_of(n);

    (void)printf("{\"routes\":%zu", n);
    for (enum what what = STATIC; what <= MISSING; what++) {
        struct paths all = paths_of(n, what), one = {all.text, 1};
        (void)printf(",\"%s_hot_ns\":%.1f,\"%s_any_ns\":%.1f", names[what],
                     median(tree, &one, lookups, what != MISSING), names[what],
                     median(tree, &all, lookups, what != MISSING));
        free(all.text);
    }
    (void)printf("}");
    dw__route_tree_free(tree);
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {10, 1000, 10000};
    size_t lookups = argc > 1 ? (size_t)strtoull(argv[1], NULL, 10) : 1000000;

    if (argc > 2 || lookups == 0)
        die("usage: routes [LOOKUPS]");
    (void)printf("[");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        (void)printf(i ? ",\n " : "");
        report(sizes[i], lookups);
    }
    (void)printf("]\n");
    return 0;
}
