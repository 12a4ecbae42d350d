/* dw/migration.h -- numbered SQL files, embedded by the build, applied forward only and checked by digest. */
#ifndef DW_MIGRATION_H
#define DW_MIGRATION_H

#include <stddef.h>

/* One file NNNN_name.sql, or one for each database: NNNN_name.sqlite.sql and NNNN_name.pg.sql. A table of them ends with a row whose
 * sql is NULL. */
typedef struct dw_migration {
    int number;
    const char *name;
    const char *sql;
    size_t size;
    const char *postgres; /* what to run on PostgreSQL instead of `sql`; NULL: the same */
    size_t postgres_size;
} dw_migration;

/* Declares the table that dewar_add_app(name … MIGRATIONS dir) embeds. */
#define DW_MIGRATIONS(app) extern const dw_migration app##_migrations[]

#endif
