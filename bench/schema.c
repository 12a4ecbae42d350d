/* bench/schema.c -- what binding costs: an object of ten typed fields and 1 KiB, whole with all its rules, beside jansson's parse alone,
 * which checks nothing.
 *
 * Usage: schema [body]. Alone it prints a line for each row: name, MB/s, ns for each field; with `body` it prints the object, for those
 * who measure other libraries with it (bench/schema.py).  Processor time of the best of a number of rounds: others share the machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include <dw/schema.h>

#include "base/arena.h"
#include "schema/bind.h"

#define FIELDS 10
#define ROUNDS 9
#define ROUND_S 0.1
#define LONG_TEXT ((size_t)1 << 20)

/* clang-format off */
DW_SCHEMA(thing,
    (dw_uuid,    id),
    (dw_text,    name, DW_LEN(3, 100)),
    (dw_text,    note, DW_LEN(0, 1000)),
    (int64_t,    qty, DW_RANGE(0, 1000000)),
    (dw_decimal, price, DW_SCALE(2), DW_BETWEEN("0.01", "100000")),
    (double,     weight, DW_RANGE_REAL(0, 1000)),
    (bool,       active),
    (dw_date,    day),
    (dw_time,    at),
    (dw_email,   mail));
DW_SCHEMA(letter, (dw_text, text, DW_LEN(0, LONG_TEXT)));
/* clang-format on */

static _Noreturn void die(const char *what)
{
    (void)fprintf(stderr, "bench schema: %s\n", what);
    exit(1);
}

static double now(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) != 0)
        die("no clock");
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* One reading of `body`; false when it is not taken. */
typedef bool reading(const void *self, dw_text body);

/* Seconds of one reading in the best round. */
static double best_of(reading *read, const void *self, dw_text body)
{
    double best = 1e9;

    for (int round = 0; round < ROUNDS; round++) {
        double begin = now(), end = begin;
        unsigned n = 0;

        for (; end - begin < ROUND_S; end = now())
            for (int i = 0; i < 32; i++, n++)
                if (!read(self, body))
                    die("the object is refused");
        if ((end - begin) / n < best)
            best = (end - begin) / n;
    }
    return best;
}

struct binding {
    const struct schema_plan *plan;
    struct chunk_pool *pool;
};

/* As the server does it: an arena of recycled chunks, a zeroed struct. */
static bool bind(const void *self, dw_text body)
{
    const struct binding *b = self;
    struct bind_faults faults;
    struct arena arena;

    dw__arena_init(&arena, b->pool, (size_t)1 << 20);
    dw__bind_init(&faults, &arena);
    void *value = dw__arena_zalloc(&arena, b->plan->size);
    bool good = value != NULL && dw__bind_json(b->plan, body, UINT64_MAX, value, &faults) == DW_OK &&
                dw__bind_end(b->plan, value, &faults) == DW_OK;
    dw__arena_release(&arena);
    return good;
}

static bool parse(const void *self, dw_text body)
{
    json_t *tree = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, NULL);

    (void)self;
    json_decref(tree);
    return tree != NULL;
}

/* Times one reading and says so: a line of the table, or of JSON. */
static double row(const char *name, reading *read, const void *self, dw_text body, int fields, bool json)
{
    double s = best_of(read, self, body);

    if (json)
        (void)printf("{\"name\":\"%s\",\"ns\":%.1f,\"bytes\":%zu}\n", name, s * 1e9, body.n);
    else
        (void)printf("%-16s %8.0f MB/s %8.1f ns a field\n", name, (double)body.n / s / 1e6, s * 1e9 / fields);
    return s;
}

static dw_text make_body(char *text, size_t size)
{
    char note[701];
    int n;

    for (size_t i = 0; i + 1 < sizeof note; i++)
        note[i] = i % 6 == 5 ? ' ' : (char)('a' + i % 26);
    note[sizeof note - 1] = '\0';
    n = snprintf(
        text, size,
        "{\"id\": \"919108f7-52d1-4320-9bac-f847db4148a8\", \"name\": \"A lamp for the desk\", \"note\": "
        "\"%s\", \"qty\": 1200, \"price\": \"129.95\", \"weight\": 2.375, \"active\": true, "
        "\"day\": \"2026-01-31\", \"at\": \"2026-01-31T12:00:00.5Z\", \"mail\": "
        "\"ada.lovelace@example.com\"}",
        note);
    return (dw_text){text, n > 0 && (size_t)n < size ? (size_t)n : 0};
}

static dw_text make_letter(void)
{
    const char head[] = "{\"text\":\"";
    char *text = malloc(LONG_TEXT + sizeof head + 2);

    if (text == NULL)
        die("no memory");
    memcpy(text, head, sizeof head - 1);
    memset(text + sizeof head - 1, 'x', LONG_TEXT);
    memcpy(text + sizeof head - 1 + LONG_TEXT, "\"}", 2);
    return (dw_text){text, LONG_TEXT + sizeof head + 1};
}

static struct schema_plan *compiled(const dw_schema *schema)
{
    char text[256];
    struct buf why;
    struct schema_plan *plan;

    dw__buf_init_fixed(&why, text, sizeof text);
    if (dw__schema_compile(schema, &plan, &why) != DW_OK)
        die("a schema does not compile");
    return plan;
}

int main(int argc, char **argv)
{
    char text[2048];
    dw_text body = make_body(text, sizeof text), long_body;
    bool json = argc == 2 && strcmp(argv[1], "json") == 0;
    struct chunk_pool pool;
    double ours, theirs;

    if (argc == 2 && strcmp(argv[1], "body") == 0)
        return fwrite(body.p, 1, body.n, stdout) == body.n ? 0 : 1;
    dw__chunk_pool_init(&pool, 64);
    long_body = make_letter();
    struct binding things = {compiled(&thing_schema), &pool}, letters = {compiled(&letter_schema), &pool};
    ours = row("bind", bind, &things, body, FIELDS, json);
    theirs = row("jansson (parse)", parse, NULL, body, FIELDS, json);
    if (!json)
        (void)printf("%-16s %8.1f times\n", "bind / jansson", theirs / ours);
    (void)row("bind, 1 MiB text", bind, &letters, long_body, 1, json);
    dw__schema_plan_free((struct schema_plan *)(uintptr_t)things.plan);
    dw__schema_plan_free((struct schema_plan *)(uintptr_t)letters.plan);
    free((void *)(uintptr_t)long_body.p);
    dw__chunk_pool_release(&pool);
    return 0;
}
