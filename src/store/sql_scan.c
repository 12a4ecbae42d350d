/* store/sql_scan.c -- finding :name in SQL.
 *
 * The inventory must know the parameters of a statement before there is a database, and in every process alike.  This is the part
 * of SQLite's tokenizer that decides where a parameter can stand; when the statement is prepared, SQLite's own list is
 * compared with this one, so that a difference is found at start-up and never bound wrongly. */
#include "store/sql_scan.h"

#include <string.h>

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

static size_t skip_word(dw_text sql, size_t at)
{
    while (at < sql.n && is_word(sql.p[at]))
        at++;
    return at;
}

/* Behind the quoted thing that begins at `at`; a doubled quote is part of it ([x] has no such escape). */
static size_t skip_quoted(dw_text sql, size_t at, char quote, bool doubles)
{
    for (at++; at < sql.n; at++) {
        if (sql.p[at] != quote)
            continue;
        if (!doubles || at + 1 == sql.n || sql.p[at + 1] != quote)
            return at + 1;
        at++;
    }
    return at;
}

static size_t skip_line(dw_text sql, size_t at)
{
    const char *end = memchr(sql.p + at, '\n', sql.n - at);

    return end ? (size_t)(end - sql.p) + 1 : sql.n;
}

static size_t skip_comment(dw_text sql, size_t at)
{
    for (at += 2; at + 1 < sql.n; at++)
        if (sql.p[at] == '*' && sql.p[at + 1] == '/')
            return at + 2;
    return sql.n;
}

static bool begins(dw_text sql, size_t at, const char pair[static 2])
{
    return at + 1 < sql.n && sql.p[at] == pair[0] && sql.p[at + 1] == pair[1];
}

enum sql_scan dw__sql_scan(dw_text sql, size_t *at, dw_text *name)
{
    size_t i = *at, end;

    while (i < sql.n) {
        char c = sql.p[i];

        if (c == '\'' || c == '"' || c == '`')
            i = skip_quoted(sql, i, c, true);
        else if (c == '[')
            i = skip_quoted(sql, i, ']', false);
        else if (begins(sql, i, "--"))
            i = skip_line(sql, i);
        else if (begins(sql, i, "/*"))
            i = skip_comment(sql, i);
        else if (c == ':' || c == '?' || c == '@' || c == '$' || c == '#') {
            end = skip_word(sql, i + 1);
            *at = end;
            if (c == ':' && end > i + 1) {
                *name = (dw_text){sql.p + i + 1, end - i - 1};
                return SQL_SCAN_NAMED;
            }
            *name = (dw_text){sql.p + i, end - i};
            return SQL_SCAN_OTHER;
        } else if (is_word(c))
            i = skip_word(sql, i);
        else
            i++;
    }
    *at = sql.n;
    return SQL_SCAN_END;
}
