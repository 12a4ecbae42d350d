/* store/values.h -- statements and rows as bytes, between a worker and the store.
 *
 * What is read here was written by another process that may lie: every length is checked against what is left, every count
 * against the inventory, every value against the field that it is for. Numbers are in the machine's own order: both sides are one
 * binary on one machine.  Pure: bytes in, values out, texts pointing into the bytes. */
#ifndef DW_STORE_VALUES_H
#define DW_STORE_VALUES_H

#include "base/buf.h"
#include "store/inventory.h"

enum sql_type { SQL_NULL, SQL_INT, SQL_REAL, SQL_TEXT };

struct sql_value {
    enum sql_type type;
    union {
        int64_t i;
        double d;
        dw_text t; /* p is never NULL */
    };
};

/* What of the rows is wanted. */
enum sql_want { SQL_WANT_ONE, SQL_WANT_ALL, SQL_WANT_NONE, SQL_WANT_COUNT };

/* One statement to run. */
struct unit {
    uint32_t id;        /* the worker's; answered as it came */
    uint32_t statement; /* index in the inventory */
    enum sql_want want;
    uint64_t
        deadline_ns; /* CLOCK_MONOTONIC, which all processes share: then it ends, or is not begun; 0: none */
    uint8_t act;     /* enum tx_act of store/tx.h; 0: a statement by itself. Only TX_RUN has one besides */
    bool begins;     /* … and opens the transaction */
    uint16_t lease;  /* … which the worker calls so */
};

/* answer.changes of a transaction that is not open any more: nothing of it is there. */
#define DW__LEASE_LOST INT64_C(-1)

/* What came of it. `n_rows` rows of the statement's output fields follow. */
struct answer {
    uint32_t id;
    dw_err err;
    uint32_t n_rows;
    int64_t changes;
};

/* Bytes of the head of an answer: an answer that has no rows. */
#define DW__ANSWER_HEAD ((size_t)24)

/* Appends a unit with as many values as its statement has parameters; none where there is no statement. */
void dw__unit_put(struct buf *b, const struct unit *unit, const struct sql_value *values, size_t n);
/* Reads one that must fill `message`; values has room for DW__SQL_MAX_PARAMS. DW_INTERNAL when it is not exactly what the
 * inventory says; unit->id is then set if it could be read. */
DW_MUST dw_err dw__unit_get(dw_text message, const struct sql_inventory *inv, struct unit *unit,
                            struct sql_value *values);

/* Writes the head into `out`. */
void dw__answer_head(const struct answer *answer, char out[static DW__ANSWER_HEAD]);
/* Appends one row. */
void dw__row_put(struct buf *b, const struct sql_value *values, size_t n);
/* Reads the head and moves *message behind it. An error code that no store gives becomes DW_INTERNAL; DW_INTERNAL is also
 * returned when the head is short or says more rows than 1,000. */
DW_MUST dw_err dw__answer_get(dw_text *message, struct answer *answer);
/* Reads n values and moves *message behind them. */
DW_MUST dw_err dw__row_get(dw_text *message, struct sql_value *values, size_t n);

#endif
