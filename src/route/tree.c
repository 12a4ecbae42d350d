/* route/tree.c -- the route tree: nodes in an array, edges in one hash table.
 *
 * A path without parameters is one edge from the root under its whole text as well, so that it is found in one step; that is
 * where the tree would lead it too, since a literal wins over a parameter.
 *
 * The hash has no secret: what is in the table was there before the first client, and a look-up is never longer than the
 * table's longest run, which is short since it is half empty at most.
 *
 * A node has at most one int64 parameter and one text parameter below it, whatever their names: /a/{id}/x and /a/{uid}/y
 * share a node.  Matching may step back from a literal to a parameter; the depth is bounded by DW__MAX_SEGMENTS and the
 * choices by three, and both belong to the route table, not to the client.
 *
 * Must never: allocate while matching, depend on the number of routes. */
#include "route/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"

#define N_METHODS (HTTP_OPTIONS + 1u)
#define NO_NODE 0u /* the root is nobody's child */

struct node {
    uint32_t param[2]; /* by enum param_kind */
    unsigned methods;  /* bit m: plans[m] is there */
    const struct route_plan *plans[N_METHODS];
};

struct edge {
    uint32_t parent, child; /* child NO_NODE: free */
    uint64_t hash;
    dw_text segment; /* owned */
};

struct route_tree {
    struct node *nodes;
    uint32_t n_nodes, cap_nodes;
    struct edge *edges;
    uint32_t n_edges, cap_edges; /* a power of two */
};

/* Multiplies the words of the text and its end together; the high half of a product depends on all bits below it. */
static inline uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 32;
}

static uint64_t edge_hash(uint32_t parent, dw_text segment)
{
    uint64_t h = mix(segment.n, parent), word;
    size_t i = 0;

    for (; i + 8 <= segment.n; i += 8) {
        memcpy(&word, segment.p + i, 8);
        h = mix(h, word);
    }
    if (i < segment.n) {
        word = 0;
        if (segment.n >= 8)
            memcpy(&word, segment.p + segment.n - 8, 8); /* again, in part: cheaper than to take it apart */
        else
            for (; i < segment.n; i++)
                word = word << 8 | (unsigned char)segment.p[i];
        h = mix(h, word);
    }
    return h;
}

static uint32_t edge_place(const struct route_tree *t, uint32_t parent, dw_text segment, uint64_t hash)
{
    uint32_t i = (uint32_t)hash & (t->cap_edges - 1);

    while (t->edges[i].child != NO_NODE && !(t->edges[i].hash == hash && t->edges[i].parent == parent &&
                                             dw__text_eq(t->edges[i].segment, segment)))
        i = (i + 1) & (t->cap_edges - 1);
    return i;
}

static const struct edge *find_edge(const struct route_tree *t, uint32_t parent, dw_text segment)
{
    return &t->edges[edge_place(t, parent, segment, edge_hash(parent, segment))];
}

static void *must(void *p)
{
    DW__CHECK(p != NULL); /* start-up only: without memory there is no server */
    return p;
}

static uint32_t node_add(struct route_tree *t)
{
    if (t->n_nodes == t->cap_nodes) {
        t->cap_nodes = t->cap_nodes ? t->cap_nodes * 2 : 64;
        t->nodes = must(realloc(t->nodes, t->cap_nodes * sizeof *t->nodes));
    }
    memset(&t->nodes[t->n_nodes], 0, sizeof *t->nodes);
    return t->n_nodes++;
}

static void edges_grow(struct route_tree *t)
{
    struct edge *old = t->edges;
    uint32_t n = t->cap_edges;

    t->cap_edges = n ? n * 2 : 64;
    t->edges = must(calloc(t->cap_edges, sizeof *t->edges));
    for (uint32_t i = 0; i < n; i++)
        if (old[i].child != NO_NODE)
            t->edges[edge_place(t, old[i].parent, old[i].segment, old[i].hash)] = old[i];
    free(old);
}

struct route_tree *dw__route_tree_new(void)
{
    struct route_tree *t = must(calloc(1, sizeof *t));

    (void)node_add(t);
    edges_grow(t);
    return t;
}

void dw__route_tree_free(struct route_tree *t)
{
    if (t == NULL)
        return;
    for (uint32_t i = 0; i < t->cap_edges; i++)
        free((void *)(uintptr_t)t->edges[i].segment.p);
    free(t->edges);
    free(t->nodes);
    free(t);
}

/* There is no edge for `segment` from `node` yet. */
static void edge_add(struct route_tree *t, uint32_t node, dw_text segment, uint32_t child)
{
    uint64_t hash = edge_hash(node, segment);
    char *copy = must(malloc(segment.n + 1));

    memcpy(copy, segment.p, segment.n);
    copy[segment.n] = '\0';
    if (2 * (t->n_edges + 1) > t->cap_edges)
        edges_grow(t);
    t->n_edges++;
    t->edges[edge_place(t, node, segment, hash)] = (struct edge){node, child, hash, {copy, segment.n}};
}

/* The child of `node` for a literal segment, made when there is none. */
static uint32_t literal_child(struct route_tree *t, uint32_t node, dw_text segment)
{
    uint32_t child = find_edge(t, node, segment)->child;

    if (child == NO_NODE) {
        child = node_add(t);
        edge_add(t, node, segment, child);
    }
    return child;
}

static uint32_t param_child(struct route_tree *t, uint32_t node, enum param_kind kind)
{
    uint32_t child = t->nodes[node].param[kind];

    if (child == NO_NODE) {
        child = node_add(t);
        t->nodes[node].param[kind] = child;
    }
    return child;
}

static bool is_name(dw_text t)
{
    if (t.n == 0)
        return false;
    for (size_t i = 0; i < t.n; i++) {
        char c = t.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
              (i > 0 && c >= '0' && c <= '9')))
            return false;
    }
    return true;
}

static dw_err bad(struct buf *why, dw_text pattern, const char *what)
{
    dw__buf_format(why, "route %.*s: %s", DW_FMT(pattern), what);
    return DW_BAD_REQUEST;
}

/* Where one segment of a pattern leads. `names` are the parameters so far. */
static dw_err segment_child(struct route_tree *t, uint32_t *node, dw_text segment, dw_text pattern,
                            dw_text names[DW__MAX_PARAMS], size_t *n_names, route_param_kind_fn kind_of,
                            const void *arg, struct buf *why)
{
    enum param_kind kind;
    dw_text name;

    if (segment.n == 0 || segment.p[0] != '{') {
        if (memchr(segment.p, '{', segment.n) || memchr(segment.p, '}', segment.n))
            return bad(why, pattern, "a parameter stands for a whole segment: /{name}/");
        *node = literal_child(t, *node, segment);
        return DW_OK;
    }
    if (segment.p[segment.n - 1] != '}' || !is_name(name = (dw_text){segment.p + 1, segment.n - 2}))
        return bad(why, pattern, "a parameter is written {name}");
    if (*n_names == DW__MAX_PARAMS)
        return bad(why, pattern, "more than 8 parameters");
    for (size_t i = 0; i < *n_names; i++)
        if (dw__text_eq(names[i], name))
            return bad(why, pattern, "a parameter is named twice");
    if (!kind_of(arg, name, &kind)) {
        dw__buf_format(why, "route %.*s: {%.*s} is no field of the handler's input that a path can hold",
                       DW_FMT(pattern), DW_FMT(name));
        return DW_BAD_REQUEST;
    }
    names[(*n_names)++] = name;
    *node = param_child(t, *node, kind);
    return DW_OK;
}

dw_err dw__route_tree_add(struct route_tree *t, enum http_method method, dw_text pattern,
                          const struct route_plan *plan, route_param_kind_fn kind_of, const void *arg,
                          struct buf *why)
{
    dw_text names[DW__MAX_PARAMS];
    dw_text rest = pattern;
    uint32_t node = 0;
    size_t n_names = 0, n_segments = 0;

    if (pattern.n == 0 || pattern.p[0] != '/')
        return bad(why, pattern, "a path begins with '/'");
    rest = (dw_text){pattern.p + 1, pattern.n - 1};
    do {
        dw_text segment = dw__text_cut(&rest, '/');
        dw_err err;

        if (++n_segments > DW__MAX_SEGMENTS)
            return bad(why, pattern, "more than 16 segments");
        if (segment.n == 0 && (rest.p != NULL || n_segments > 1))
            return bad(why, pattern, "an empty segment, or a '/' at the end");
        err = segment_child(t, &node, segment, pattern, names, &n_names, kind_of, arg, why);
        if (err != DW_OK)
            return err;
    } while (rest.p != NULL);
    if (t->nodes[node].plans[method] != NULL) {
        dw__buf_format(why, "route %.*s: the same method and path are declared twice", DW_FMT(pattern));
        return DW_CONFLICT;
    }
    t->nodes[node].plans[method] = plan;
    t->nodes[node].methods |= 1u << method;
    /* A segment holds no '/', so that a whole path is never mistaken for one. */
    if (n_names == 0 && find_edge(t, 0, pattern)->child == NO_NODE)
        edge_add(t, 0, pattern, node);
    return DW_OK;
}

struct walk {
    const struct route_tree *tree;
    dw_text segments[DW__MAX_SEGMENTS];
    size_t n_segments;
    struct route_match *match;
};

static bool is_int64(dw_text t)
{
    int64_t v;

    /* One spelling for each number: no leading zero, no "-0". */
    if (t.n == 0 || (t.p[0] == '0' && t.n > 1) || (t.p[0] == '-' && (t.n < 2 || t.p[1] == '0')))
        return false;
    return dw__text_i64(t, &v);
}

/* The node for segments from `at` on, below `node`; NO_NODE when none. Depth is at most DW__MAX_SEGMENTS. */
static uint32_t walk_down(const struct walk *w, uint32_t node, size_t at)
{
    const struct route_tree *t = w->tree;
    const struct edge *edge;
    uint32_t found;

    if (at == w->n_segments)
        return t->nodes[node].methods != 0 ? node : NO_NODE;
    edge = find_edge(t, node, w->segments[at]);
    if (edge->child != NO_NODE && (found = walk_down(w, edge->child, at + 1)) != NO_NODE)
        return found;
    for (int kind = PARAM_INT64; kind >= PARAM_TEXT; kind--) {
        uint32_t child = t->nodes[node].param[kind];
        size_t n = w->match->n_params;

        if (child == NO_NODE || w->segments[at].n == 0 || n == DW__MAX_PARAMS ||
            (kind == PARAM_INT64 && !is_int64(w->segments[at])))
            continue;
        w->match->params[w->match->n_params++] = w->segments[at];
        if ((found = walk_down(w, child, at + 1)) != NO_NODE)
            return found;
        w->match->n_params = n;
    }
    return NO_NODE;
}

/* The node for a path that has to be taken apart. */
static uint32_t walk_path(const struct route_tree *t, dw_text path, struct route_match *match)
{
    struct walk w;
    dw_text rest = {path.p + 1, path.n - 1};

    w.tree = t;
    w.match = match;
    w.n_segments = 0;
    do {
        if (w.n_segments == DW__MAX_SEGMENTS)
            return NO_NODE;
        w.segments[w.n_segments++] = dw__text_cut(&rest, '/');
    } while (rest.p != NULL);
    return walk_down(&w, 0, 0);
}

static const struct route_plan *any_plan(const struct node *node)
{
    return node->methods != 0 ? node->plans[__builtin_ctz(node->methods)] : NULL;
}

void dw__route_tree_match(const struct route_tree *t, enum http_method method, dw_text path,
                          struct route_match *match)
{
    uint32_t node;

    match->plan = match->other = NULL;
    match->methods = 0;
    match->n_params = 0;
    if (path.n == 0 || path.p[0] != '/')
        return;
    node = find_edge(t, 0, path)->child;
    if (node == NO_NODE)
        node = walk_path(t, path, match);
    if (node == NO_NODE)
        return;
    match->methods = t->nodes[node].methods;
    match->plan = t->nodes[node].plans[method];
    if (match->plan == NULL)
        match->other = any_plan(&t->nodes[node]);
}
