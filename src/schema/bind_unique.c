/* bind_unique.c -- lists in which nothing is there twice: few elements each with each, many by sorting.
 *
 * The sort is a heap sort over indices in the request's memory: n log n whatever a client sends. */
#include "base/text.h"
#include "schema/bind_rules.h"

/* Up to here comparing each with each is faster. */
#define FEW 16

static int order_text(const dw_text *a, const dw_text *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    return a->n > 0 ? memcmp(a->p, b->p, a->n) : 0;
}

#define ORDER(C) (*(const C *)a < *(const C *)b ? -1 : *(const C *)a > *(const C *)b)

/* Some order in which equal values are equal. */
static int order(dw_kind kind, const void *a, const void *b)
{
    switch (kind) {
    case DW_KIND_TEXT:
    case DW_KIND_EMAIL:
    case DW_KIND_URL:
    case DW_KIND_BYTES: return order_text(a, b); /* pointer and length, all four */
    case DW_KIND_INT64: return ORDER(int64_t);
    case DW_KIND_DOUBLE: return ORDER(double);
    case DW_KIND_BOOL: return ORDER(bool);
    case DW_KIND_ENUM: return ORDER(unsigned);
    case DW_KIND_DECIMAL: return dw_decimal_compare(*(const dw_decimal *)a, *(const dw_decimal *)b);
    case DW_KIND_DATE: return dw_date_compare(*(const dw_date *)a, *(const dw_date *)b);
    case DW_KIND_TIME: return dw_time_compare(*(const dw_time *)a, *(const dw_time *)b);
    case DW_KIND_UUID: return dw_uuid_compare(*(const dw_uuid *)a, *(const dw_uuid *)b);
    case DW_KIND_IP: return dw_ip_compare(*(const dw_ip *)a, *(const dw_ip *)b);
    default: return -1; /* start-up lets no other be unique */
    }
}

struct elements {
    const char *v;
    size_t size;
    dw_kind kind;
};

static int order_at(const struct elements *e, size_t i, size_t k)
{
    return order(e->kind, e->v + i * e->size, e->v + k * e->size);
}

/* By value, then by place. */
static bool before(const struct elements *e, uint32_t i, uint32_t k)
{
    int by_value = order_at(e, i, k);

    return by_value < 0 || (by_value == 0 && i < k);
}

static void sift_down(const struct elements *e, uint32_t *v, size_t i, size_t n)
{
    uint32_t x = v[i];
    size_t child;

    while ((child = 2 * i + 1) < n) {
        if (child + 1 < n && before(e, v[child], v[child + 1]))
            child++;
        if (!before(e, x, v[child]))
            break;
        v[i] = v[child];
        i = child;
    }
    v[i] = x;
}

static void sort(const struct elements *e, uint32_t *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        v[i] = (uint32_t)i;
    for (size_t i = n / 2; i-- > 0;)
        sift_down(e, v, i, n);
    for (size_t i = n; i-- > 1;) {
        uint32_t last = v[i];
        v[i] = v[0];
        v[0] = last;
        sift_down(e, v, 0, i);
    }
}

static void note(const struct plan_type *type, size_t i, struct bind_faults *faults,
                 const struct bind_place *place)
{
    dw__bind_fault(faults, &(struct bind_place){place, {0}, i}, type, "unique");
}

static void compare_each(const struct plan_type *type, const struct elements *e, size_t n,
                         struct bind_faults *faults, const struct bind_place *place)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (order_at(e, i, k) == 0) {
                note(type, i, faults, place);
                break;
            }
}

bool dw__bind_unique(const struct plan_type *type, const dw_any_list *list, struct bind_faults *faults,
                     const struct bind_place *place)
{
    struct elements e = {list->v, type->list.element->size, type->list.element->kind};

    if (list->n <= FEW) {
        compare_each(type, &e, list->n, faults, place);
        return true;
    }
    uint32_t *sorted = dw__arena_calloc(faults->arena, list->n, sizeof *sorted);
    bool *again = dw__arena_calloc(faults->arena, list->n, sizeof *again);
    if (sorted == NULL || again == NULL || list->n > UINT32_MAX)
        return dw__bind_no_memory(faults);
    sort(&e, sorted, list->n);
    for (size_t i = 1; i < list->n; i++)
        again[sorted[i]] = order_at(&e, sorted[i - 1], sorted[i]) == 0;
    for (size_t i = 1; i < list->n; i++)
        if (again[i])
            note(type, i, faults, place);
    return true;
}
