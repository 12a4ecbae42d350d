/* tables.c -- the migrations written by hand, for a build without dewar_add_app. */
#include <dw/migration.h>

DW_MIGRATIONS(tiny);
const dw_migration tiny_migrations[] = {
    {1, "init", "CREATE TABLE greetings (id INTEGER PRIMARY KEY) STRICT;\n", 56, NULL, 0},
    {0, NULL, NULL, 0, NULL, 0},
};
