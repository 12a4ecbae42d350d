/* pattern_risk.c -- exponential backtracking is a property of the pattern, and can be decided.
 *
 * A matcher that backtracks is exponential when some part can be read in two different ways and is then back where it was, as often as
 * one likes (Weber and Seidl: exponential ambiguity). So two copies of the automaton are run side by side over the same characters:
 * if they can begin at one position, part, and meet again there, each round doubles the ways. In a graph of pairs of positions, that
 * is a strongly connected component with a pair of equals and a pair of others. */
#include "schema/pattern_risk.h"

#include <stdlib.h>

#include "schema/pattern_parse.h"

/* Tarjan's algorithm with its own stack; a pair is p * n + q. */
struct search {
    const struct pattern_graph *g;
    uint32_t *index, *low; /* 0: not seen */
    bool *open;            /* on `path` */
    uint32_t *path;        /* of components that are not closed */
    struct frame {
        uint32_t pair;
        uint32_t next; /* which successor comes next: r * n + s */
    } * frames;
    size_t n_path, n_frames;
    uint32_t clock;
};

static bool meet(const struct char_set *a, const struct char_set *b)
{
    return (a->low & b->low) != 0 || (a->high & b->high) != 0 || (a->other && b->other);
}

/* Whether pair `to` follows pair `from` on some character. */
static bool follows(const struct pattern_graph *g, uint32_t from, uint32_t to)
{
    size_t r = to / g->n, s = to % g->n;

    return position_in(&g->follow[from / g->n], r) && position_in(&g->follow[from % g->n], s) &&
           meet(&g->takes[r], &g->takes[s]);
}

static bool is_equals(const struct pattern_graph *g, uint32_t pair)
{
    return pair / g->n == pair % g->n;
}

/* Inside one component: an edge that can be gone through in two ways. */
static bool has_double_edge(const struct search *s, const uint32_t *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            if (is_equals(s->g, pairs[i]) && is_equals(s->g, pairs[k]) &&
                position_in(&s->g->twice[pairs[i] % s->g->n], pairs[k] % s->g->n))
                return true;
    return false;
}

/* Closes the component of which `root` is the first; true when it is exponential. */
static bool close_component(struct search *s, uint32_t root)
{
    bool equals = false, others = false;
    size_t from = s->n_path;

    do {
        uint32_t pair = s->path[--from];
        s->open[pair] = false;
        equals = equals || is_equals(s->g, pair);
        others = others || !is_equals(s->g, pair);
    } while (s->path[from] != root);
    bool exponential = (equals && others) || has_double_edge(s, s->path + from, s->n_path - from);
    s->n_path = from;
    return exponential;
}

static void enter(struct search *s, uint32_t pair)
{
    s->index[pair] = s->low[pair] = ++s->clock;
    s->open[pair] = true;
    s->path[s->n_path++] = pair;
    s->frames[s->n_frames++] = (struct frame){pair, 0};
}

static void lower(uint32_t *low, uint32_t to)
{
    if (to < *low)
        *low = to;
}

/* One step of the walk; true when an exponential component was closed. */
static bool step(struct search *s)
{
    struct frame *f = &s->frames[s->n_frames - 1];
    uint32_t pairs = (uint32_t)(s->g->n * s->g->n);

    while (f->next < pairs) {
        uint32_t to = f->next++;
        if (!follows(s->g, f->pair, to))
            continue;
        if (s->index[to] == 0) {
            enter(s, to);
            return false;
        }
        if (s->open[to])
            lower(&s->low[f->pair], s->index[to]);
    }
    uint32_t pair = f->pair;
    s->n_frames--;
    if (s->n_frames > 0)
        lower(&s->low[s->frames[s->n_frames - 1].pair], s->low[pair]);
    return s->low[pair] == s->index[pair] && close_component(s, pair);
}

static bool is_exponential(struct search *s)
{
    for (size_t p = 0; p < s->g->n; p++) {
        uint32_t pair = (uint32_t)(p * s->g->n + p);
        if (s->index[pair] != 0)
            continue;
        enter(s, pair);
        while (s->n_frames > 0)
            if (step(s))
                return true;
    }
    return false;
}

static enum pattern_risk judge(const struct pattern_graph *g)
{
    size_t pairs = g->n * g->n + 1;
    struct search s = {
        .g = g,
        .index = calloc(pairs, sizeof *s.index),
        .low = calloc(pairs, sizeof *s.low),
        .open = calloc(pairs, sizeof *s.open),
        .path = calloc(pairs, sizeof *s.path),
        .frames = calloc(pairs, sizeof *s.frames),
    };
    enum pattern_risk risk = PATTERN_UNKNOWN;

    if (s.index != NULL && s.low != NULL && s.open != NULL && s.path != NULL && s.frames != NULL)
        risk = is_exponential(&s) ? PATTERN_EXPONENTIAL : PATTERN_FINE;
    free(s.frames);
    free(s.path);
    free(s.open);
    free(s.low);
    free(s.index);
    return risk;
}

enum pattern_risk dw__pattern_risk(const char *pattern)
{
    struct pattern_graph *graph = calloc(1, sizeof *graph);
    enum pattern_risk risk = PATTERN_UNKNOWN;

    if (graph != NULL && dw__pattern_parse(pattern, graph))
        risk = judge(graph);
    free(graph);
    return risk;
}
