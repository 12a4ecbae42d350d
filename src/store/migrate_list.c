/* store/migrate_list.c -- the program's migrations beside those that a database says were applied.
 *
 * Each database has texts of its own where they differ, and with them digests of its own. */
#include "store/migrate_list.h"

#include <string.h>

#include "base/text.h"
#include "crypto/hash.h"

dw_text dw__migration_text(const dw_migration *m, enum sql_dialect dialect)
{
    if (dialect == SQL_POSTGRES && m->postgres)
        return (dw_text){m->postgres, m->postgres_size};
    return (dw_text){m->sql, m->size};
}

dw_err dw__migration_digest(const dw_migration *m, enum sql_dialect dialect, char hex[static DW__DIGEST_HEX])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[DW__SHA256_SIZE];
    dw_text sql = dw__migration_text(m, dialect);
    dw_err err = dw__sha256((dw_bytes){(const uint8_t *)sql.p, sql.n}, digest);

    for (size_t i = 0; i < sizeof digest; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[DW__DIGEST_HEX - 1] = '\0';
    return err;
}

dw_err dw__migration_compare(void *self, const char *const *texts, size_t n)
{
    struct migration_comparison *c = self;
    const dw_migration *m = c->next;
    char digest[DW__DIGEST_HEX];
    int64_t number;
    dw_err err;

    if (n != 3 || !texts[0] || !texts[1] || !texts[2] || !dw__text_i64(dw__text_of(texts[0]), &number)) {
        dw__buf_lit(c->why, "the table dw_migrations is damaged\n");
        return DW_CONFLICT;
    }
    if (m->sql && m->number < number) {
        dw__buf_format(
            c->why,
            "migration %04d_%s is new but stands before %04d_%s, which is applied; give it a higher number\n",
            m->number, m->name, (int)number, texts[1]);
        return DW_CONFLICT;
    }
    if (!m->sql && c->later_may_be)
        return DW_OK;
    if (!m->sql || m->number != number) {
        dw__buf_format(c->why,
                       "the database has migration %04d_%s, which this program does not know; it belongs to "
                       "another version\n",
                       (int)number, texts[1]);
        return DW_CONFLICT;
    }
    err = dw__migration_digest(m, c->dialect, digest);
    if (err != DW_OK)
        return err;
    if (strcmp(texts[1], m->name) != 0 || strcmp(texts[2], digest) != 0) {
        dw__buf_format(
            c->why,
            "migration %04d_%s was changed after it had been applied; put it back and write a new one\n",
            m->number, m->name);
        return DW_CONFLICT;
    }
    c->next++;
    c->applied++;
    return DW_OK;
}

dw_err dw__migration_list_check(const dw_migration *list, enum sql_dialect dialect, struct buf *why)
{
    for (size_t i = 0; list[i].sql; i++) {
        dw_text sql = dw__migration_text(&list[i], dialect);

        if (i > 0 && list[i].number <= list[i - 1].number) {
            dw__buf_format(why, "migration %04d_%s does not have a higher number than the one before it\n",
                           list[i].number, list[i].name);
            return DW_CONFLICT;
        }
        if (memchr(sql.p, '\0', sql.n)) {
            dw__buf_format(why, "migration %04d_%s has a NUL byte in it\n", list[i].number, list[i].name);
            return DW_CONFLICT;
        }
    }
    return DW_OK;
}
