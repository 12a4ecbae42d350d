/* store/sqlite_stable.c -- does a statement give the same rows until something is committed?
 *
 * What was read may be kept for a generation of the database only if nothing else decides about it: not the time, not chance, not the state
 * of the connection.  SQLite's authorizer names each function and table that a statement uses, those inside views too.  Functions
 * are known by name to depend on their arguments alone; any other, one that a later SQLite adds too, makes the
 * statement one whose rows are not kept. */
#include "store/sqlite_handle.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"

/* In the order of strcmp. */
static const char *const pure[] = {
    "abs",    "avg",    "char",  "coalesce", "count",   "format", "glob",  "group_concat", "hex",
    "ifnull", "iif",    "instr", "length",   "like",    "lower",  "ltrim", "max",          "min",
    "nullif", "printf", "quote", "replace",  "round",   "rtrim",  "sign",  "substr",       "substring",
    "sum",    "total",  "trim",  "typeof",   "unicode", "upper",
};

static int order(const void *key, const void *entry)
{
    return strcasecmp(key, *(const char *const *)entry);
}

static bool is_pure(const char *function)
{
    return function && bsearch(function, pure, sizeof pure / sizeof pure[0], sizeof pure[0], order) != NULL;
}

/* Tables that SQLite makes up from the state of the connection or the file. */
static bool is_made_up(const char *table)
{
    return !table || strncasecmp(table, "pragma_", 7) == 0 || strncasecmp(table, "sqlite_", 7) == 0 ||
           strcasecmp(table, "dbstat") == 0 || strcasecmp(table, "bytecode") == 0 ||
           strcasecmp(table, "tables_used") == 0;
}

bool dw__sqlite_is_volatile(int action, const char *table, const char *function)
{
    return (action == SQLITE_FUNCTION && !is_pure(function)) || (action == SQLITE_READ && is_made_up(table));
}

bool dw__sqlite_is_stable(const struct sql_handle *h, size_t i)
{
    DW__MAGIC(h, DW__SQL_HANDLE_MAGIC);
    DW__CHECK(h->prepared && i < dw__sql_inventory_count(h->inv));
    return h->prepared[i].stable;
}
