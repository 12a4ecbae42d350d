/* store/columns.h -- the columns of a statement beside the fields of its output: one rule, and one set of sentences, for both databases. */
#ifndef DW_STORE_COLUMNS_H
#define DW_STORE_COLUMNS_H

#include "store/inventory.h"

/* "no column" in column_match.column. */
#define DW__SQL_NO_COLUMN UINT16_MAX

/* While a statement's columns are looked at, one by one. */
struct column_match {
    const struct sql_statement *st;
    struct buf *why;  /* a line for each finding */
    uint16_t *column; /* by field of the output: its column */
    bool failed;      /* there was a finding */
};

/* `column` has room for each field of the output. */
void dw__columns_begin(struct column_match *m, const struct sql_statement *st, uint16_t *column,
                       struct buf *why);
/* Column `c` is called `name`; the field that it fills, or NULL after a finding. */
const struct sql_field *dw__columns_add(struct column_match *m, const char *name, uint16_t c);
/* The column of `field` has the type `is` (NULL: not known), and the field wants another. */
void dw__columns_misfit(struct column_match *m, const struct sql_field *field, const char *is,
                        const char *wants);
/* There are no further columns; false after any finding. */
bool dw__columns_end(struct column_match *m);

#endif
