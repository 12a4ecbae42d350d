/* Any bytes as what a PostgreSQL server sends for a column; the first byte says of which type. What is taken is sent back as bytes that are
 * taken as the same value. */
#include <stdlib.h>
#include <string.h>

#include "store/pg_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
    struct plan_type type;
    enum pg_type oid;
} columns[] = {
    {{.kind = DW_KIND_INT64}, PG_INT8},
    {{.kind = DW_KIND_DOUBLE}, PG_FLOAT8},
    {{.kind = DW_KIND_BOOL}, PG_BOOL},
    {{.kind = DW_KIND_TEXT}, PG_TEXT},
    {{.kind = DW_KIND_DECIMAL, .decimal.scale = 0}, PG_NUMERIC},
    {{.kind = DW_KIND_DECIMAL, .decimal.scale = 2}, PG_NUMERIC},
    {{.kind = DW_KIND_DECIMAL, .decimal.scale = 18}, PG_NUMERIC},
    {{.kind = DW_KIND_DECIMAL, .decimal.scale = 2}, PG_INT4},
    {{.kind = DW_KIND_DATE}, PG_DATE},
    {{.kind = DW_KIND_TIME}, PG_TIMESTAMPTZ},
    {{.kind = DW_KIND_UUID}, PG_UUID},
    {{.kind = DW_KIND_IP}, PG_INET},
    {{.kind = DW_KIND_BYTES}, PG_BYTEA},
    {{.kind = DW_KIND_JSON, .bytes.max = SIZE_MAX}, PG_JSONB},
};
#define N_COLUMNS (sizeof columns / sizeof *columns)

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void same(const struct sql_value *a, const struct sql_value *b)
{
    must(a->type == b->type);
    if (a->type == SQL_INT)
        must(a->i == b->i);
    else if (a->type == SQL_REAL)
        must(memcmp(&a->d, &b->d, sizeof a->d) == 0);
    else
        must(a->t.n == b->t.n && memcmp(a->t.p, b->t.p, a->t.n) == 0);
}

static void there_and_back(size_t at, const char *p, size_t n, struct arena *arena)
{
    const struct sql_field field = {.type = &columns[at].type};
    const struct sql_param param = {.source = SQL_FROM_FIELD, .field = &field};
    char room[DW__PG_SPELT], again_room[DW__PG_SPELT];
    struct sql_value value, again;
    struct pg_wire wire;

    if (!dw__pg_decode(field.type, columns[at].oid, p, n, arena, room, &value))
        return;
    must(dw__pg_encode(&param, columns[at].oid, &value, arena, &wire) == NULL && wire.p != NULL);
    must(dw__pg_decode(field.type, columns[at].oid, wire.p, (size_t)wire.n, arena, again_room, &again));
    same(&value, &again);
    /* A numeric may be sent with zeros that it does not need, a jsonb with spaces. */
    must(columns[at].oid == PG_NUMERIC || columns[at].oid == PG_JSONB ||
         ((size_t)wire.n == n && memcmp(wire.p, p, n) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;

    if (size == 0)
        return 0;
    dw__arena_init(&arena, NULL, 1 << 20);
    there_and_back(data[0] % N_COLUMNS, (const char *)data + 1, size - 1, &arena);
    dw__arena_release(&arena);
    return 0;
}
