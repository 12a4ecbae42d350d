/* Bytes from another process: a unit from a worker that lies, an answer from a store that does. What is taken has been checked. */
#include <stdlib.h>

#include "base/check.h"
#include "store/row.h"
#include "store/tx.h"

DW_SCHEMA(fuzz_row, (int64_t, id), (dw_text, title), (double, weight, .optional = true), (bool, pinned),
          (dw_text, memo, .nullable = true));
static const dw_query write_one = {"write_one", "INSERT INTO t VALUES (:id, :title, :weight, :pinned, :memo)",
                                   &fuzz_row_schema, &fuzz_row_schema};
static const dw_query write_mine = {"write_mine", "UPDATE t SET seen = :now WHERE owner = :me",
                                    &fuzz_row_schema, &dw_nothing_schema};
static const dw_query *const queries[] = {&write_one, &write_mine};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_unit(const struct sql_inventory *inv, dw_text message)
{
    struct sql_value values[DW__SQL_MAX_PARAMS];
    struct unit unit;

    if (dw__unit_get(message, inv, &unit, values) != DW_OK)
        return;
    char *bytes = malloc(message.n);
    struct buf b;
    DW__CHECK(bytes != NULL);
    dw__buf_init_fixed(&b, bytes, message.n);
    dw__unit_put(&b, &unit, values, unit.act > TX_RUN ? 0 : dw__sql_statement(inv, unit.statement)->n_params);
    DW__CHECK(!b.failed && b.n == message.n && memcmp(bytes, message.p, b.n) == 0);
    free(bytes);
}

static void read_answer(const struct sql_inventory *inv, dw_text message)
{
    const struct sql_statement *st = dw__sql_statement(inv, 0);
    struct answer answer;
    struct arena arena;
    struct sql_collect collect;

    if (dw__answer_get(&message, &answer) != DW_OK)
        return;
    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    dw__collect_init(&collect, st, &arena, SQL_WANT_ALL, NULL);
    (void)!dw__collect_bytes(&collect, message, answer.n_rows);
    dw__arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sql_inventory *inv;
    char why[256];
    struct buf b;

    dw__buf_init_fixed(&b, why, sizeof(why));
    if (inv == NULL)
        DW__CHECK(dw__sql_inventory_new(&inv, queries, queries + 2, &b) == DW_OK);
    dw_text message = {(const char *)data, size};
    if (size > 0 && data[0] % 2 == 0)
        read_unit(inv, message);
    else
        read_answer(inv, message);
    return 0;
}
