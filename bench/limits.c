/* bench/limits.c -- what a check of a limit costs with ever more keys that live, what a key takes, and whether a flood of invented keys frees
 * anybody; as JSON.
 *
 * Keys are asked for in an order that no cache foresees, in a table that has room for them twice; nanoseconds of processor time with the hash of the
 * key, the median of 5 rounds.  "ns" is as a worker does it for the limit of all requests: those that are read in one turn of its loop are asked for, then charged.
 * "ns_alone" is of one at a time, as where nothing else is to do, and as limits of routes are charged.  The flood is of keys that each come once, at a million in a second of the table's time, against the table that a server has
 * where nothing is set; one client among them asks a hundred times in a second, and is let through what its limit says.
 * Usage: limits CHECKS KEYS_OF_THE_FLOOD */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "guard/rate_table.h"
#include "os/memfd.h"

#define TIMES 5
#define TURN 16u /* connections that are read in one turn of the loop */
#define SECOND UINT64_C(1000000000)
#define BEGIN (1000 * SECOND)

static double now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* of ours only, whatever else runs */
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static struct rate_table *table_for(size_t keys, void **memory)
{
    size_t size = dw__rate_table_size(keys);
    struct rate_table *table;
    int fd;

    DW__CHECK(dw__shared_new("limits", size, &fd, memory) == DW_OK);
    (void)close(fd);
    memset(*memory, 0, size); /* all of it is there, whatever the system does about large pages */
    dw__shared_in_large_pages(*memory, size);
    dw__rate_table_begin(*memory);
    table = dw__rate_table_on(*memory, keys);
    DW__CHECK(table != NULL);
    return table;
}

static void drop(struct rate_table *table, void *memory, size_t keys)
{
    dw__rate_table_free(table);
    dw__shared_unmap(memory, dw__rate_table_size(keys));
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static struct rate_key key_of(uint64_t who)
{
    struct rate_key key = {.limit = 7, .kind = 1};

    memcpy(key.who, &who, sizeof who);
    return key;
}

static struct rate_place place_of(const struct rate_table *table, uint64_t who)
{
    const struct rate_key key = key_of(who);

    return dw__rate_place(table, &key);
}

static bool take(struct rate_table *table, uint64_t who, const struct rate_rule *rule, uint64_t now)
{
    return dw__rate_take(table, place_of(table, who), rule, now).allowed;
}

/* ---- the curve ---- */

/* One of `keys`, without a division, which would cost a part of what is measured. */
static uint64_t one_of(size_t keys, uint64_t *random)
{
    __extension__ typedef unsigned __int128 wide;

    return (uint64_t)((wide)next_random(random) * keys >> 64);
}

static double round_of(struct rate_table *table, size_t keys, const struct rate_rule *rule,
                       unsigned long checks, unsigned turn)
{
    struct rate_place places[TURN];
    uint64_t random = UINT64_C(0x9e3779b97f4a7c15);
    double begin = now_ns();
    unsigned long let = 0;

    for (unsigned long i = 0; i < checks; i += turn) {
        for (unsigned k = 0; k < turn; k++) {
            places[k] = place_of(table, one_of(keys, &random));
            if (turn > 1)
                dw__rate_soon(table, places[k]);
        }
        for (unsigned k = 0; k < turn; k++)
            let += dw__rate_take(table, places[k], rule, BEGIN + i).allowed;
    }
    DW__CHECK(let > 0);
    return (now_ns() - begin) / (double)checks;
}

static double median_of(struct rate_table *table, size_t keys, const struct rate_rule *rule,
                        unsigned long checks, unsigned turn)
{
    double took[TIMES];

    for (unsigned i = 0; i < TIMES; i++)
        took[i] = round_of(table, keys, rule, checks, turn);
    qsort(took, TIMES, sizeof *took, by_size);
    return took[TIMES / 2];
}

struct cost {
    double ns, alone, bytes;
};

static struct cost measure(size_t keys, const struct rate_rule *rule, unsigned long checks)
{
    struct cost cost = {.bytes = (double)dw__rate_table_size(2 * keys) / (double)keys};
    void *memory;
    struct rate_table *table = table_for(2 * keys, &memory);

    for (size_t i = 0; i < keys; i++)
        (void)take(table, i, rule, BEGIN);
    cost.alone = median_of(table, keys, rule, checks, 1);
    cost.ns = median_of(table, keys, rule, checks, TURN);
    drop(table, memory, 2 * keys);
    return cost;
}

static void print_curve(unsigned long checks)
{
    static const struct {
        const char *name;
        struct rate_rule rule;
        size_t most;
    } ways[] = {
        {"gcra", {{1000000, 86400}, DW_RATE_GCRA, 1}, 10000000},
        {"fixed_window", {{1000000, 86400}, DW_RATE_FIXED_WINDOW, 1}, 100000},
        {"sliding_counter", {{1000000, 86400}, DW_RATE_SLIDING_COUNTER, 1}, 100000},
        {"moving_window_of_8", {{8, 86400}, DW_RATE_MOVING_WINDOW, 1}, 10000},
    };

    printf("\"checks\": [");
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++)
        for (size_t keys = 1000; keys <= ways[w].most; keys *= 10) {
            struct cost cost = measure(keys, &ways[w].rule, checks);

            printf("%s\n  {\"strategy\": \"%s\", \"keys\": %zu, \"ns\": %.1f, \"ns_alone\": %.1f, "
                   "\"bytes_a_key\": %.1f}",
                   w > 0 || keys > 1000 ? "," : "", ways[w].name, keys, cost.ns, cost.alone, cost.bytes);
        }
    printf("]");
}

/* ---- the flood ---- */

static void print_flood(unsigned long invented)
{
    const struct rate_rule rule = {{100, 60}, DW_RATE_GCRA, 1};
    void *memory, *apart;
    struct rate_table *table = table_for(DW__RATE_KEYS, &memory), *alone = table_for(1024, &apart);
    unsigned long let = 0, right = 0, asked = 0;
    uint64_t now = BEGIN;

    for (unsigned long i = 0; i < invented; i++) {
        now += SECOND / 1000000;
        (void)take(table, UINT64_C(1) << 32 | i, &rule, now);
        if (i % 10000 != 0)
            continue;
        asked++;
        let += take(table, 1, &rule, now);
        right += take(alone, 1, &rule, now); /* who is counted beside nobody */
    }
    printf("\"flood\": {\"invented\": %lu, \"table_keys\": %zu, \"asked\": %lu, \"let_through\": %lu, "
           "\"right\": %lu}",
           invented, (size_t)DW__RATE_KEYS, asked, let, right);
    drop(table, memory, DW__RATE_KEYS);
    drop(alone, apart, 1024);
}

int main(int argc, char **argv)
{
    unsigned long checks = argc > 1 ? strtoul(argv[1], NULL, 10) : 0,
                  invented = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

    if (checks == 0 || invented == 0) {
        (void)fprintf(stderr, "usage: limits CHECKS KEYS_OF_THE_FLOOD\n");
        return 1;
    }
    printf("{");
    print_curve(checks);
    printf(",\n");
    print_flood(invented);
    printf("}\n");
    return 0;
}
