/* store/inventory.h -- what the inventory knows of each statement: for the files of this room. */
#ifndef DW_STORE_INVENTORY_H
#define DW_STORE_INVENTORY_H

#include "schema/plan.h"
#include "store/sql.h"

/* Bounds that no statement of a program comes near; what exceeds them is refused at start-up. */
#define DW__SQL_MAX_PARAMS 128u
#define DW__SQL_MAX_FIELDS 64u
#define DW__SQL_MAX_FLATS 64u

/* A field of a schema, those of flat objects included; offsets are from the outermost struct. */
struct sql_field {
    const char *name;
    const struct plan_type *type;
    bool may_be_null; /* optional, nullable, of a partial schema, or inside a flat object that is */
    bool optional;    /* an output may do without a column for it */
    size_t at, has_at;
};

enum sql_source { SQL_FROM_FIELD, SQL_FROM_ME, SQL_FROM_NOW };

/* Parameter number i + 1 of the statement: names are numbered by their first place in the SQL, as SQLite does. */
struct sql_param {
    dw_text name; /* without the colon */
    enum sql_source source;
    const struct sql_field *field; /* of SQL_FROM_FIELD */
};

struct sql_statement {
    const dw_query *query;
    const struct schema_plan *output; /* of what it gives */
    const char *sql;                  /* the query's for the database of this inventory */
    struct sql_param *params;
    size_t n_params;
    struct sql_field *fields; /* of the output: what a row is made of, in this order in every process */
    size_t n_fields;
    size_t *flats; /* offsets of the `has` of flat objects in the output: a row sets them */
    size_t n_flats;
    bool uses_me;
    bool uses_owned;   /* an owned table stands in it */
    bool beside_owned; /* … or in another statement, which may share a transaction with it */
};

/* The owned tables, ended by a row without table; never NULL. */
const dw_owned *dw__sql_owned(const struct sql_inventory *inv);
/* The owned table of that name, whatever its case, or NULL. */
const dw_owned *dw__sql_owned_named(const struct sql_inventory *inv, const char *table);

/* Statement i; i must be below the count. */
const struct sql_statement *dw__sql_statement(const struct sql_inventory *inv, size_t i);

#endif
