/* store/columns.c -- what is wrong between the columns of a statement and its output, with what to do about it. */
#include "store/columns.h"

#include <string.h>

#define FINDING(m, fmt, ...)                                                                      \
    do {                                                                                          \
        dw__buf_format((m)->why, "statement %s: " fmt "\n", (m)->st->query->name, ##__VA_ARGS__); \
        (m)->failed = true;                                                                       \
    } while (0)

void dw__columns_begin(struct column_match *m, const struct sql_statement *st, uint16_t *column,
                       struct buf *why)
{
    *m = (struct column_match){.st = st, .why = why, .column = column};
    for (size_t i = 0; i < st->n_fields; i++)
        column[i] = DW__SQL_NO_COLUMN;
}

const struct sql_field *dw__columns_add(struct column_match *m, const char *name, uint16_t c)
{
    const struct sql_statement *st = m->st;
    size_t i = 0;

    while (i < st->n_fields && strcmp(st->fields[i].name, name) != 0)
        i++;
    if (i == st->n_fields) {
        FINDING(m, "unknown column `%s`; %s has no such field: leave it out, or rename it with AS", name,
                st->query->out->name);
        return NULL;
    }
    if (m->column[i] != DW__SQL_NO_COLUMN) {
        FINDING(m, "it has two columns `%s`; rename or leave out one", name);
        return NULL;
    }
    m->column[i] = c;
    return &st->fields[i];
}

void dw__columns_misfit(struct column_match *m, const struct sql_field *field, const char *is,
                        const char *wants)
{
    FINDING(m, "column `%s` has a type that its field in %s cannot take%s%s%s; it wants %s, so cast it",
            field->name, m->st->query->out->name, is ? " (" : "", is ? is : "", is ? ")" : "", wants);
}

bool dw__columns_end(struct column_match *m)
{
    const struct sql_statement *st = m->st;

    for (size_t i = 0; i < st->n_fields; i++)
        if (m->column[i] == DW__SQL_NO_COLUMN && !st->fields[i].optional)
            FINDING(m, "output field `%s` of %s has no column; select it, or make the field optional",
                    st->fields[i].name, st->query->out->name);
    return !m->failed;
}
