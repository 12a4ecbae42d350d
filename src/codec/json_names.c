/* json_names.c -- two members of one name: which one counts is a question that readers answer differently, so neither does.
 *
 * Names of an object are gathered and compared when it closes: few of them each with each, many by sorting.  A heap sort
 * keeps n log n whatever a client chooses, so no key is needed to keep names from colliding. */
#include "codec/json.h"

#include <string.h>

/* Up to here comparing each with each is faster. */
#define FEW 16

/* Equal names have equal keys; up to 7 bytes, and only there, also the reverse. */
static uint64_t name_key(dw_text name)
{
    uint64_t key = name.n;
    size_t i = 0;
    uint64_t v;

    for (; name.n - i >= 8; i += 8) {
        memcpy(&v, name.p + i, 8);
        key = (key ^ v) * UINT64_C(0x9e3779b97f4a7c15);
        key ^= key >> 32;
    }
    if (i < name.n) {
        v = 0;
        memcpy(&v, name.p + i, name.n - i);
        key = (key ^ v << 8) * UINT64_C(0x9e3779b97f4a7c15);
    }
    return key;
}

static int compare(const struct json_name *a, const struct json_name *b)
{
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    return a->n > 0 ? memcmp(a->p, b->p, a->n) : 0;
}

/* By name, then by place. */
static bool before(const struct json_name *a, const struct json_name *b)
{
    int order = compare(a, b);

    return order < 0 || (order == 0 && a->at < b->at);
}

static void sift_down(struct json_name *v, size_t i, size_t n)
{
    struct json_name x = v[i];
    size_t child;

    while ((child = 2 * i + 1) < n) {
        if (child + 1 < n && before(&v[child], &v[child + 1]))
            child++;
        if (!before(&x, &v[child]))
            break;
        v[i] = v[child];
        i = child;
    }
    v[i] = x;
}

static void sort(struct json_name *v, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sift_down(v, i, n);
    for (size_t i = n; i-- > 1;) {
        struct json_name x = v[0];
        v[0] = v[i];
        v[i] = x;
        sift_down(v, 0, i);
    }
}

bool dw__json_names_add(struct json_names *names, struct arena *a, dw_text name, size_t at)
{
    if (names->n == names->cap) {
        size_t cap = names->cap == 0 ? 32 : names->cap * 2;
        struct json_name *v = dw__arena_calloc(a, cap, sizeof *v);
        if (v == NULL)
            return false;
        if (names->n > 0)
            memcpy(v, names->v, names->n * sizeof *v);
        names->v = v;
        names->cap = cap;
    }
    names->v[names->n++] = (struct json_name){name_key(name), name.p, (uint32_t)name.n, (uint32_t)at};
    return true;
}

static bool few_repeat(const struct json_name *v, size_t n, size_t *at)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (v[i].key == v[k].key && compare(&v[i], &v[k]) == 0) {
                *at = v[i].at;
                return true;
            }
    return false;
}

bool dw__json_names_repeat(struct json_names *names, size_t from, size_t *at)
{
    size_t n = names->n - from;
    bool found = false;

    if (n < 2)
        return false;
    struct json_name *v = names->v + from;
    if (n <= FEW)
        return few_repeat(v, n, at);
    sort(v, n);
    for (size_t i = 1; i < n; i++)
        if (compare(&v[i - 1], &v[i]) == 0 && (!found || v[i].at < *at)) {
            *at = v[i].at;
            found = true;
        }
    return found;
}
