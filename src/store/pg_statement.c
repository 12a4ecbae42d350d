/* store/pg_statement.c -- the statements of the inventory as PostgreSQL takes them.
 *
 * `:name` becomes `$1`, numbered as the inventory numbers names: by their first place.  Where a schema's type goes with one type of
 * PostgreSQL it is told to the server; where it goes with several (a date with date and text) the server says which the statement takes,
 * from its columns and casts.  Nothing is guessed from the way a value looks. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "store/pg_inside.h"

#define STATEMENTS_BYTES ((size_t)16 << 20)

static size_t number_of(const struct sql_statement *st, dw_text name)
{
    size_t i = 0;

    while (i < st->n_params && !dw__text_eq(st->params[i].name, name))
        i++;
    return i + 1;
}

/* The SQL of st with numbers. The space keeps a number from growing into a word before it. */
static char *numbered(const struct sql_statement *st, struct arena *arena)
{
    dw_text sql = dw__text_of(st->sql), name;
    size_t at = 0, done = 0;
    struct buf out;

    dw__buf_init(&out, arena, STATEMENTS_BYTES);
    while (dw__sql_scan_as(SQL_POSTGRES, sql, &at, &name) == SQL_SCAN_NAMED) {
        size_t begin = at - name.n - 1;

        dw__buf_put(&out, sql.p + done, begin - done);
        dw__buf_format(&out, " $%zu", number_of(st, name));
        done = at;
    }
    dw__buf_put(&out, sql.p + done, sql.n - done);
    dw__buf_putc(&out, '\0');
    return out.failed ? NULL : out.p;
}

/* Whether the first word of `sql` is `word`. */
static bool begins_with(const char *sql, const char *word)
{
    size_t n = strlen(word);

    sql += strspn(sql, " \t\r\n(");
    return strncasecmp(sql, word, n) == 0 && !isalnum((unsigned char)sql[n]) && sql[n] != '_';
}

static bool fill(struct pg_statement *s, const struct sql_statement *st, size_t i, struct arena *arena)
{
    s->st = st;
    s->sql = numbered(st, arena);
    s->types = dw__arena_calloc(arena, st->n_params + 1, sizeof *s->types);
    s->selects = begins_with(st->sql, "SELECT") || begins_with(st->sql, "VALUES");
    s->changes = begins_with(st->sql, "INSERT") || begins_with(st->sql, "UPDATE") ||
                 begins_with(st->sql, "DELETE") || begins_with(st->sql, "MERGE");
    (void)snprintf(s->name, sizeof s->name, "s%zu", i);
    for (size_t k = 0; s->types && k < st->n_params; k++) {
        s->types[k] = (Oid)dw__pg_param_type(&st->params[k]);
        s->asks = s->asks || s->types[k] == PG_ASKED;
    }
    return s->sql && s->types;
}

dw_err dw__pg_statements_init(struct pg_statements *s, const struct sql_inventory *inv)
{
    *s = (struct pg_statements){.n = dw__sql_inventory_count(inv)};
    dw__arena_init(&s->arena, NULL, STATEMENTS_BYTES);
    s->all = dw__arena_calloc(&s->arena, s->n, sizeof *s->all);
    for (size_t i = 0; i < s->n; i++) {
        if (!s->all || !fill(&s->all[i], dw__sql_statement(inv, i), i, &s->arena)) {
            dw__pg_statements_release(s);
            return DW_UNAVAILABLE;
        }
        s->all[i].first = s->n_params;
        s->n_params += s->all[i].st->n_params;
    }
    return DW_OK;
}

void dw__pg_statements_release(struct pg_statements *s)
{
    dw__arena_release(&s->arena);
    s->all = NULL;
}

/* ---- columns ---- */

static size_t field_named(const struct sql_statement *st, const char *name)
{
    size_t i = 0;

    while (i < st->n_fields && strcmp(st->fields[i].name, name) != 0)
        i++;
    return i;
}

static const char *place(const struct sql_statement *st, const PGresult *result, int c, uint16_t *column)
{
    size_t i = field_named(st, PQfname(result, c));
    const char *wants;

    if (i == st->n_fields)
        return "is unknown: the output has no such field";
    if (column[i] != DW__PG_NO_COLUMN)
        return "is there twice";
    wants = dw__pg_wants(st->fields[i].type, PQftype(result, c), PQfmod(result, c));
    column[i] = (uint16_t)c;
    return wants ? "has a type that its field cannot take" : NULL;
}

const char *dw__pg_columns(const struct sql_statement *st, const PGresult *result, uint16_t *column,
                           const char **name)
{
    int n = PQnfields(result);

    *name = "";
    for (size_t i = 0; i < st->n_fields; i++)
        column[i] = DW__PG_NO_COLUMN;
    for (int c = 0; c < n; c++) {
        const char *fault;

        *name = PQfname(result, c);
        fault = place(st, result, c, column);
        if (fault)
            return fault;
    }
    for (size_t i = 0; i < st->n_fields; i++)
        if (column[i] == DW__PG_NO_COLUMN && !st->fields[i].optional) {
            *name = st->fields[i].name;
            return "is missing: the output has a field of that name";
        }
    return NULL;
}
