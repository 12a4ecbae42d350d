/* store/migrate_list.h -- what the migrations of every database have in common: for the files of this room. */
#ifndef DW_STORE_MIGRATE_LIST_H
#define DW_STORE_MIGRATE_LIST_H

#include "crypto/hash.h"
#include "store/sql.h"

#define DW__DIGEST_HEX (2u * DW__SHA256_SIZE + 1u)

/* What m is for that database. */
dw_text dw__migration_text(const dw_migration *m, enum sql_dialect dialect);
/* Its SHA-256 in hexadecimal. */
DW_MUST dw_err dw__migration_digest(const dw_migration *m, enum sql_dialect dialect,
                                    char hex[static DW__DIGEST_HEX]);
/* DW_CONFLICT with a sentence unless the numbers go up and every text is one. */
DW_MUST dw_err dw__migration_list_check(const dw_migration *list, enum sql_dialect dialect, struct buf *why);

/* While the table of applied ones is read. */
struct migration_comparison {
    enum sql_dialect dialect;
    const dw_migration *next; /* the first that has not been found in the table */
    struct buf *why;
    int applied;
    bool later_may_be; /* behind the program's own, such as it does not know */
};
/* One line of the table, in order of numbers: number, name, digest. Each must be the program's next, else DW_CONFLICT with a sentence. `self`
 * is the comparison. */
DW_MUST dw_err dw__migration_compare(void *self, const char *const *texts, size_t n);

#endif
