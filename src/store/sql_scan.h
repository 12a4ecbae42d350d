/* store/sql_scan.h -- what can be told of a statement without a database: its parameters, and whether it is a simple INSERT. */
#ifndef DW_STORE_SQL_SCAN_H
#define DW_STORE_SQL_SCAN_H

#include <stdbool.h>

#include <dw/types.h>

/* Whose rules: SQLite's tokenizer, or PostgreSQL's, where ::type is a cast, [1] a subscript, ? and @ are operators, comments nest, and
 * E'…' has escapes. A dollar is never what a statement of ours needs (dollar quotes, $1): it is SQL_SCAN_OTHER. */
enum sql_dialect { SQL_SQLITE, SQL_POSTGRES };

enum sql_scan {
    SQL_SCAN_END,   /* no further parameter */
    SQL_SCAN_NAMED, /* :name; *name is without the colon, never empty */
    SQL_SCAN_OTHER  /* ?, ?1, @name, $name, #name, or a colon without a name; *name is the whole of it */
};

/* Finds the next parameter of `sql` from *at on, skipping strings, quoted identifiers and comments as SQLite's tokenizer
 * does, and moves *at behind it. */
enum sql_scan dw__sql_scan(dw_text sql, size_t *at, dw_text *name);
/* The same by the rules of `dialect`. */
enum sql_scan dw__sql_scan_as(enum sql_dialect dialect, dw_text sql, size_t *at, dw_text *name);

enum sql_token_kind { SQL_TOKEN_WORD, SQL_TOKEN_QUOTED, SQL_TOKEN_PARAM, SQL_TOKEN_SIGN };
struct sql_token {
    enum sql_token_kind kind;
    dw_text text; /* quotes and the colon of a parameter included; a sign is one character, or :: */
};
/* The next token from *at on, which is moved behind it; false at the end. */
bool dw__sql_token(enum sql_dialect dialect, dw_text sql, size_t *at, struct sql_token *token);

/* INSERT INTO table [(columns)] VALUES (values) RETURNING what. */
struct sql_insert {
    dw_text table, what;
    size_t n; /* bytes of the statement before RETURNING */
};

/* Whether `sql` is exactly that: one row, no conflict clause, no alias, a plain name, no parameter and no function in what is returned. */
bool dw__sql_is_insert(dw_text sql, struct sql_insert *out);

#endif
