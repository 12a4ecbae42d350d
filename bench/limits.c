/* bench/limits.c -- what a check of a limit costs with ever more keys that live, what a key takes, and whether a flood of invented keys frees
 * anybody; as JSON.
 *
 * Keys are asked for in an order that no cache foresees, in a table that has room for their entries twice; nanoseconds of processor time with the hash of the
 * key, the median of 5 rounds.  "ns" is as a worker does it for the limit of all requests: those that are read in one turn of its loop are asked for, then charged.
 * "ns_alone" is of one at a time, as where nothing else is to do, and as limits of routes are charged.  "kept" is the part of the keys of which nothing was forgotten
 * when all had been charged.  The flood is of keys that each come once, at a million in a second of the table's time, against the table that a server has
 * where nothing is set; one client among them asks a hundred times in a second, and is let through what its limit says.
 * Usage: limits CHECKS KEYS_OF_THE_FLOOD [MOST_KEYS] */
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

static unsigned long let_in_all; /* so that no check is for nothing */

static double round_of(struct rate_table *table, size_t keys, const struct rate_rule *rule,
                       unsigned long checks, unsigned turn, uint64_t now)
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
            let += dw__rate_take(table, places[k], rule, now + i).allowed;
    }
    let_in_all += let;
    return (now_ns() - begin) / (double)checks;
}

static double median_of(struct rate_table *table, size_t keys, const struct rate_rule *rule,
                        unsigned long checks, unsigned turn, uint64_t now)
{
    double took[TIMES];

    for (unsigned i = 0; i < TIMES; i++)
        took[i] = round_of(table, keys, rule, checks, turn, now);
    qsort(took, TIMES, sizeof *took, by_size);
    return took[TIMES / 2];
}

/* A strategy, the entries that a key of it takes, how often it is charged, and the most keys that it is measured with. */
struct way {
    const char *name;
    struct rate_rule rule;
    unsigned entries, charges;
    size_t most;
};

/* Charges every key, so that each has all its entries: those of a sliding counter are of two windows that follow each other. When that is done. */
static uint64_t fill(struct rate_table *table, size_t keys, const struct way *way)
{
    const uint64_t next = BEGIN + (way->rule.rate.seconds + 1) * SECOND;

    for (size_t i = 0; i < keys; i++)
        (void)take(table, i, &way->rule, BEGIN);
    for (size_t i = 0; i < keys; i++)
        for (unsigned k = 0; k < way->charges; k++)
            (void)take(table, i, &way->rule, next);
    return next;
}

/* How many keys have the count that they were charged, all of it: of the others some is gone, since their sets were full. They are asked for one more than
 * they may have left. */
static size_t kept(struct rate_table *table, size_t keys, const struct way *way, uint64_t now)
{
    const unsigned charged = way->rule.strategy == DW_RATE_SLIDING_COUNTER ? 2 : way->charges;
    const struct rate_rule more = {way->rule.rate, way->rule.strategy, way->rule.rate.count - charged + 1};
    size_t n = 0;

    for (size_t i = 0; i < keys; i++) {
        const struct rate_place place = place_of(table, i);
        const struct rate_answer answer = dw__rate_take(table, place, &more, now);

        n += !answer.allowed;
        if (answer.allowed)
            dw__rate_give(table, place, &more, answer.mark, now);
    }
    return n;
}

struct cost {
    double ns, alone, bytes, kept;
};

static struct cost measure(size_t keys, const struct way *way, unsigned long checks)
{
    const size_t room = 2 * keys * way->entries;
    struct cost cost = {.bytes = (double)dw__rate_table_size(room) / (double)keys};
    void *memory;
    struct rate_table *table = table_for(room, &memory);
    const uint64_t now = fill(table, keys, way);

    cost.kept = (double)kept(table, keys, way, now) / (double)keys;
    cost.alone = median_of(table, keys, &way->rule, checks, 1, now);
    cost.ns = median_of(table, keys, &way->rule, checks, TURN, now);
    drop(table, memory, room);
    return cost;
}

static void print_curve(unsigned long checks, size_t most)
{
    static const struct way ways[] = {
        {"gcra", {{1000000, 86400}, DW_RATE_GCRA, 1}, 1, 1, 10000000},
        {"fixed_window", {{1000000, 86400}, DW_RATE_FIXED_WINDOW, 1}, 1, 1, 100000},
        {"sliding_counter", {{1000000, 86400}, DW_RATE_SLIDING_COUNTER, 1}, 2, 1, 100000},
        {"moving_window_of_8", {{8, 86400}, DW_RATE_MOVING_WINDOW, 1}, 8, 7, 10000},
    };

    printf("\"checks\": [");
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++)
        for (size_t keys = 1000; keys <= ways[w].most && keys <= most; keys *= 10) {
            struct cost cost = measure(keys, &ways[w], checks);

            printf("%s\n  {\"strategy\": \"%s\", \"keys\": %zu, \"ns\": %.1f, \"ns_alone\": %.1f, "
                   "\"bytes_a_key\": %.1f, \"kept\": %.4f}",
                   w > 0 || keys > 1000 ? "," : "", ways[w].name, keys, cost.ns, cost.alone, cost.bytes,
                   cost.kept);
        }
    printf("]");
}

/* ---- the flood ---- */

static void print_flood(unsigned long invented)
{
    const struct rate_rule rule = {{10, 60}, DW_RATE_GCRA, 1};
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
                  invented = argc > 2 ? strtoul(argv[2], NULL, 10) : 0,
                  most = argc > 3 ? strtoul(argv[3], NULL, 10) : 10000000;

    if (checks == 0 || invented == 0 || most < 1000) {
        (void)fprintf(stderr, "usage: limits CHECKS KEYS_OF_THE_FLOOD [MOST_KEYS]\n");
        return 1;
    }
    printf("{");
    print_curve(checks, most);
    DW__CHECK(let_in_all > 0);
    printf(",\n");
    print_flood(invented);
    printf("}\n");
    return 0;
}
