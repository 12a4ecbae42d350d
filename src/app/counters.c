/* app/counters.c -- the counts of all workers. See counters.h. */
#include "app/counters.h"

#include <string.h>

#include "base/text.h"
#include "guard/at_once.h"
#include "os/memfd.h"
#include "proc/monitor.h"

static const struct {
    const char *metric, *labels, *kind, *help;
    size_t at;
} rows[] = {
#define ROW(name, metric, labels, kind, help) {metric, labels, #kind, help, offsetof(struct counts, name)},
    DW__COUNTS(ROW)
#undef ROW
};

/* What all workers share. */
struct shared {
    struct counts slots[DW__MAX_WORKERS];
    struct bans bans;
    struct at_once_row at_once[DW__MAX_WORKERS];
    uint64_t limits_kept; /* the monitor writes it */
};
#define MEMORY_SIZE sizeof(struct shared)
#define N_ROWS (sizeof rows / sizeof rows[0])

static uint64_t *count_at(struct counts *slot, size_t row)
{
    return (uint64_t *)(void *)((char *)slot + rows[row].at);
}

static bool is_gauge(size_t row)
{
    return strcmp(rows[row].kind, "gauge") == 0;
}

/* ---- the memory ---- */

dw_err dw__counters_new(int *fd)
{
    return dw__shared_new("counters", MEMORY_SIZE, fd, NULL);
}

dw_err dw__counters_map(int fd, struct counts **all)
{
    void *p = NULL;
    dw_err err = dw__shared_map(fd, MEMORY_SIZE, true, &p);

    *all = p;
    return err;
}

void dw__counters_unmap(struct counts *all)
{
    if (all != NULL)
        dw__shared_unmap(all, MEMORY_SIZE);
}

void dw__counters_say_limits(int fd, enum limits_kept kept)
{
    struct counts *all;

    if (dw__counters_map(fd, &all) != DW_OK)
        return;
    dw__count_set(&((struct shared *)(void *)all)->limits_kept, kept);
    dw__counters_unmap(all);
}

enum limits_kept dw__counters_limits(const struct counts *all)
{
    uint64_t kept = dw__count_get(&((const struct shared *)(const void *)all)->limits_kept);

    return kept <= LIMITS_LOST ? (enum limits_kept)kept : LIMITS_LOST;
}

struct bans *dw__counters_bans(struct counts *all)
{
    return &((struct shared *)(void *)all)->bans;
}

struct at_once_row *dw__counters_at_once(struct counts *all)
{
    return ((struct shared *)(void *)all)->at_once;
}

void dw__counters_begin(struct counts *mine, int64_t now_s)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (is_gauge(i))
            dw__count_set(count_at(mine, i), 0);
    dw__count_set(&mine->started_s, (uint64_t)now_s);
}

/* ---- the text ---- */

void dw__counters_print(const struct counts *all, unsigned n, struct buf *out)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        if (i == 0 || strcmp(rows[i].metric, rows[i - 1].metric) != 0)
            dw__buf_format(out, "# HELP %s %s\n# TYPE %s %s\n", rows[i].metric, rows[i].help, rows[i].metric,
                           rows[i].kind);
        for (unsigned w = 0; w < n; w++) {
            const uint64_t *count = (const uint64_t *)(const void *)((const char *)&all[w] + rows[i].at);

            dw__buf_format(out, "%s{worker=\"%u\"%s} %llu\n", rows[i].metric, w, rows[i].labels,
                           (unsigned long long)dw__count_get(count));
        }
    }
}

/* Cuts `lit` from the front; false when something else stands there. */
static bool cut(dw_text *t, dw_text lit)
{
    if (!dw__text_starts(*t, lit))
        return false;
    *t = (dw_text){t->p + lit.n, t->n - lit.n};
    return true;
}

/* {worker="3",status="2xx"} 17 behind the name of row i: true when it is that row's, then with its parts. */
static bool read_sample(dw_text rest, size_t i, uint64_t *worker, uint64_t *value)
{
    size_t quote;
    dw_text number;

    if (!cut(&rest, DW_TEXT("{worker=\"")))
        return false;
    quote = dw__text_find(rest, '"');
    if (quote >= rest.n)
        return false;
    number = (dw_text){rest.p, quote};
    rest = (dw_text){rest.p + quote + 1, rest.n - quote - 1};
    return dw__text_u64(number, worker) && cut(&rest, dw__text_of(rows[i].labels)) &&
           cut(&rest, DW_TEXT("} ")) && dw__text_u64(rest, value);
}

bool dw__counters_read(dw_text text, struct counts *all, unsigned max, unsigned *n)
{
    memset(all, 0, max * sizeof *all);
    *n = 0;
    while (text.n > 0) {
        dw_text line = dw__text_cut(&text, '\n');

        for (size_t i = 0; i < N_ROWS; i++) {
            dw_text rest = line;
            uint64_t worker, value;

            if (!cut(&rest, dw__text_of(rows[i].metric)) || !read_sample(rest, i, &worker, &value))
                continue;
            if (worker >= max)
                return false;
            dw__count_set(count_at(&all[worker], i), value);
            *n = *n > worker ? *n : (unsigned)worker + 1;
        }
    }
    return *n > 0;
}
