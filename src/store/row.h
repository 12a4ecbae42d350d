/* store/row.h -- between C structs and the values of SQL, as the schemas say.
 *
 * Rules: a required field always has its value; one that is optional, nullable or of a partial schema is NULL when its `has` is
 * false.  A row is a value for each field of the output, in the schema's order. */
#ifndef DW_STORE_ROW_H
#define DW_STORE_ROW_H

#include "base/list.h"
#include "store/values.h"

/* Rows that a statement may give. */
#define DW__SQL_MAX_ROWS 1000u

/* Fills `values` (room for DW__SQL_MAX_PARAMS) from `in`; texts point into it or into `arena`. `me` and `now` are what :me and :now are. */
void dw__params_from(const struct sql_statement *st, const void *in, int64_t me, dw_text now,
                     struct arena *arena, struct sql_value *values);
/* A sentence about what is wrong with the statement's parameter values, or NULL: type by field, UTF-8, no NUL byte, no NaN. */
const char *dw__params_fault(const struct sql_statement *st, const struct sql_value *values);

/* A sentence about what is wrong with a row of `st`, or NULL; *field is then the field's name. */
const char *dw__row_fault(const struct sql_statement *st, const struct sql_value *values, const char **field);
/* Fills the struct at `out` from a row without fault; texts are copied to `arena`. DW_UNAVAILABLE without memory; DW_INTERNAL with the name
 * in *field for a text that is not what its field's type says. */
DW_MUST dw_err dw__row_into(const struct sql_statement *st, const struct sql_value *values,
                            struct arena *arena, void *out, const char **field);

/* Takes the rows of a statement, one call each, in order; `values` have no fault, and are valid during the call. Not DW_OK stops
 * the statement, and is what it returns. */
struct sql_sink {
    dw_err (*row)(struct sql_sink *sink, const struct sql_value *values);
};

/* A sink that collects structs in an arena: the first row at `one`, or all of them as an array. */
struct sql_collect {
    struct sql_sink sink;
    const struct sql_statement *st;
    struct arena *arena;
    enum sql_want want;
    void *one;
    char *rows;
    size_t n, cap;
    const char *fault, *fault_field; /* why a row was refused */
};
void dw__collect_init(struct sql_collect *c, const struct sql_statement *st, struct arena *arena,
                      enum sql_want want, void *one);
/* A sink that writes rows as bytes (dw__row_put), of which at most DW__SQL_MAX_ROWS are wanted. */
struct sql_encode {
    struct sql_sink sink; /* gives DW_TOO_LARGE when there are more, or `rows` is full */
    const struct sql_statement *st;
    enum sql_want want;
    struct buf rows; /* the caller's to initialise */
    uint32_t n;
};
void dw__encode_init(struct sql_encode *e, const struct sql_statement *st, enum sql_want want);
/* Collects the n rows (dw__row_put) that `rows` must be made of, whoever wrote them. DW_INTERNAL when it is anything else, or a row does
 * not fit. */
DW_MUST dw_err dw__collect_bytes(struct sql_collect *c, dw_text rows, uint32_t n);

#endif
