/* store/sql_scan.h -- the parameters of a statement, found without a database. */
#ifndef DW_STORE_SQL_SCAN_H
#define DW_STORE_SQL_SCAN_H

#include <dw/types.h>

enum sql_scan {
    SQL_SCAN_END,   /* no further parameter */
    SQL_SCAN_NAMED, /* :name; *name is without the colon, never empty */
    SQL_SCAN_OTHER  /* ?, ?1, @name, $name, #name, or a colon without a name; *name is the whole of it */
};

/* Finds the next parameter of `sql` from *at on, skipping strings, quoted identifiers and comments as SQLite's tokenizer
 * does, and moves *at behind it. */
enum sql_scan dw__sql_scan(dw_text sql, size_t *at, dw_text *name);

#endif
