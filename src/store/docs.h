/* store/docs.h -- collections of documents: what start-up knows of each.
 *
 * A collection is statements of the inventory and a table.  docs_plan.c finds the collections among the statements and holds their schemas to what
 * a document can be; docs_table.c says which table each needs, and the handles of both databases whether it is there. */
#ifndef DW_STORE_DOCS_H
#define DW_STORE_DOCS_H

#include "store/inventory.h"
#include <dw/docs.h>

/* Collections of a program. */
#define DW__DOCS_MAX 64u
/* Bytes of the value of a field that has an index: PostgreSQL's pages take no more. */
#define DW__DOCS_KEY_MAX 2048u

/* Documents that a long list reads at a time. */
#define DW__DOCS_AT_A_TIME 16

struct sql_collection {
    const dw_collection *c;
    const struct plan_type *value;          /* of a document */
    const struct schema_plan *printed;      /* of what a reply shows */
    const struct plan_field *const *fields; /* those that are asked for, as c->fields */
};

/* ---- docs_plan.c ---- */

/* Finds the collections of the statements and compiles their schemas into `plans`. False, and a line of `why` for each reason, when one cannot be. */
bool dw__docs_find(struct sql_inventory *inv, struct schema_plans *plans, struct arena *arena,
                   struct buf *why);
/* Whether each collection that is not shared is among `owned`. */
bool dw__docs_own(const struct sql_inventory *inv, const dw_owned *owned, struct buf *why);

/* ---- inventory.c ---- */

/* How many collections there are, and collection i. */
size_t dw__docs_count(const struct sql_inventory *inv);
const struct sql_collection *dw__docs_at(const struct sql_inventory *inv, size_t i);
/* NULL when no statement of the program is of it. */
const struct sql_collection *dw__docs_of(const struct sql_inventory *inv, const dw_collection *c);
void dw__docs_set(struct sql_inventory *inv, struct sql_collection *all, size_t n);

/* ---- docs.c ---- */

/* Puts the value of `field` (NULL: none) where its statements look for it. DW_BAD_REQUEST when it is no value of its type. */
DW_MUST dw_err dw__docs_where(dw_ctx *ctx, const dw_collection *c, const dw_doc_field *field,
                              const void *value, dw_doc_range *range);

/* ---- docs_table.c ---- */

/* The table of a collection, its indexes, and on PostgreSQL its row-level security, as a migration says it. */
void dw__docs_table_sql(const struct sql_collection *sc, enum sql_dialect dialect, struct buf *out);

/* What a database can be asked about the table of a collection. Each returns whether it is so. */
struct docs_look {
    bool (*has_table)(struct docs_look *look, const char *table);
    bool (*has_column)(struct docs_look *look, const char *table, const char *column, bool generated);
    /* One whose columns begin with these: "owner,title,id,". */
    bool (*has_index)(struct docs_look *look, const char *table, const char *columns);
};
/* Looks for the table of each collection: bit i of the result is set, and `why` has a line that says what to do, when that of collection i is not
 * what its statements need.  These are then not worth preparing. */
uint64_t dw__docs_check_tables(const struct sql_inventory *inv, enum sql_dialect dialect,
                               struct docs_look *look, struct buf *why);
/* Whether st is of a collection that is in the set. */
bool dw__docs_is_of(const struct sql_inventory *inv, const struct sql_statement *st, uint64_t set);

#endif
