/* app/top.c -- the table that `top` shows. See top.h. */
#include "app/top.h"

#include <inttypes.h>

/* What is counted for each second, in the order of the columns. */
enum rate { REQUESTS, R2XX, R3XX, R4XX, R5XX, STATEMENTS, RATES };

struct line {
    double rates[RATES];
    uint64_t connections, in_hand, memory, requests, overloaded;
};

static double per_second(uint64_t before, uint64_t now, uint64_t ns)
{
    return ns == 0 ? 0 : (double)(now < before ? now : now - before) * 1e9 / (double)ns;
}

static void add(struct line *line, const struct counts *before, const struct counts *now, uint64_t ns)
{
    line->rates[REQUESTS] += per_second(before->requests, now->requests, ns);
    line->rates[R2XX] += per_second(before->replies_2xx, now->replies_2xx, ns);
    line->rates[R3XX] += per_second(before->replies_3xx, now->replies_3xx, ns);
    line->rates[R4XX] += per_second(before->replies_4xx, now->replies_4xx, ns);
    line->rates[R5XX] += per_second(before->replies_5xx, now->replies_5xx, ns);
    line->rates[STATEMENTS] += per_second(before->statements, now->statements, ns);
    line->connections += now->connections;
    line->in_hand += now->in_hand;
    line->memory += now->memory;
    line->requests += now->requests;
    line->overloaded += now->overloaded;
}

static void put_line(const char *name, const struct line *line, struct buf *out)
{
    dw__buf_format(out, "%6s %11" PRIu64 " %7" PRIu64, name, line->connections, line->in_hand);
    for (unsigned i = 0; i < RATES; i++)
        dw__buf_format(out, i == REQUESTS || i == STATEMENTS ? " %12.1f" : " %9.1f", line->rates[i]);
    dw__buf_format(out, " %8.1f %12" PRIu64 " %10" PRIu64 "\n", (double)line->memory / (1 << 20),
                   line->requests, line->overloaded);
}

void dw__top_table(const struct counts *before, const struct counts *now, unsigned n, uint64_t ns,
                   struct buf *out)
{
    struct line all = {0};
    char name[16];

    dw__buf_lit(out,
                "worker connections in hand   requests/s     2xx/s     3xx/s     4xx/s     5xx/s statements/s"
                "   memory     requests overloaded\n");
    for (unsigned i = 0; i < n; i++) {
        struct line one = {0};
        struct buf digits;

        add(&one, &before[i], &now[i], ns);
        add(&all, &before[i], &now[i], ns);
        dw__buf_init_fixed(&digits, name, sizeof name - 1);
        dw__buf_u64(&digits, i);
        name[digits.n] = '\0';
        put_line(name, &one, out);
    }
    put_line("all", &all, out);
}
