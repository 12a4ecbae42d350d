/* store/sql_scan.c -- finding :name in SQL, and telling one kind of statement.
 *
 * The inventory must know the parameters of a statement before there is a database, and in every process alike.  This is the part
 * of SQLite's tokenizer that decides where a parameter can stand; when the statement is prepared, SQLite's own list is
 * compared with this one, so that a difference is found at start-up and never bound wrongly. */
#include "store/sql_scan.h"

#include <string.h>
#include <strings.h>

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

/* The parameter that begins at `at`. */
static enum sql_scan take(dw_text sql, size_t *at, size_t begin, dw_text *name)
{
    size_t end = skip_word(sql, begin + 1);

    *at = end;
    if (sql.p[begin] == ':' && end > begin + 1) {
        *name = (dw_text){sql.p + begin + 1, end - begin - 1};
        return SQL_SCAN_NAMED;
    }
    *name = (dw_text){sql.p + begin, end - begin};
    return SQL_SCAN_OTHER;
}

enum sql_scan dw__sql_scan(dw_text sql, size_t *at, dw_text *name)
{
    size_t i = *at;

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
        else if (c == ':' || c == '?' || c == '@' || c == '$' || c == '#')
            return take(sql, at, i, name);
        else if (is_word(c))
            i = skip_word(sql, i);
        else
            i++;
    }
    *at = sql.n;
    return SQL_SCAN_END;
}

/* ---- a simple INSERT ---- */

enum token { TOKEN_END, TOKEN_WORD, TOKEN_QUOTED, TOKEN_SIGN };

/* Behind blanks and comments. */
static size_t skip_blank(dw_text sql, size_t at)
{
    for (;;) {
        if (at < sql.n && (sql.p[at] == ' ' || (sql.p[at] >= '\t' && sql.p[at] <= '\r')))
            at++;
        else if (begins(sql, at, "--"))
            at = skip_line(sql, at);
        else if (begins(sql, at, "/*"))
            at = skip_comment(sql, at);
        else
            return at;
    }
}

/* The next token, a word with all its letters or one sign, and moves *at behind it. */
static enum token next_token(dw_text sql, size_t *at, dw_text *token)
{
    size_t begin = skip_blank(sql, *at), end;
    char c = begin < sql.n ? sql.p[begin] : ' ';
    enum token kind = TOKEN_SIGN;

    if (begin == sql.n)
        return TOKEN_END;
    if (c == '\'' || c == '"' || c == '`' || c == '[') {
        end = skip_quoted(sql, begin, c == '[' ? ']' : c, c != '[');
        kind = TOKEN_QUOTED;
    } else if (is_word(c)) {
        end = skip_word(sql, begin);
        kind = TOKEN_WORD;
    } else
        end = begin + 1;
    *token = (dw_text){sql.p + begin, end - begin};
    *at = end;
    return kind;
}

static bool takes_word(dw_text sql, size_t *at, dw_text word)
{
    dw_text token;

    return next_token(sql, at, &token) == TOKEN_WORD && token.n == word.n &&
           strncasecmp(token.p, word.p, word.n) == 0;
}

static bool takes_sign(dw_text sql, size_t *at, char sign)
{
    dw_text token;

    return next_token(sql, at, &token) == TOKEN_SIGN && token.p[0] == sign;
}

/* Moves *at behind what is in parentheses, which must come next. */
static bool takes_parentheses(dw_text sql, size_t *at)
{
    size_t depth = 1;
    enum token kind = TOKEN_SIGN;
    dw_text token;

    if (!takes_sign(sql, at, '('))
        return false;
    while (depth > 0 && (kind = next_token(sql, at, &token)) != TOKEN_END)
        if (kind == TOKEN_SIGN && token.p[0] == '(')
            depth++;
        else if (kind == TOKEN_SIGN && token.p[0] == ')')
            depth--;
    return depth == 0;
}

/* What is left of the statement, without semicolons; false when there is nothing, or what could mean something else elsewhere. */
static bool takes_rest(dw_text sql, size_t at, dw_text *rest)
{
    size_t begin = skip_blank(sql, at), end = begin, i = begin;
    enum token kind;
    dw_text token;

    while ((kind = next_token(sql, &i, &token)) != TOKEN_END && !(kind == TOKEN_SIGN && token.p[0] == ';')) {
        if (kind == TOKEN_SIGN && token.p[0] == '(')
            return false;
        end = i;
    }
    *rest = (dw_text){sql.p + begin, end - begin};
    while (kind == TOKEN_SIGN && token.p[0] == ';')
        kind = next_token(sql, &i, &token);
    i = 0;
    return kind == TOKEN_END && rest->n > 0 && dw__sql_scan(*rest, &i, &token) == SQL_SCAN_END;
}

bool dw__sql_is_insert(dw_text sql, struct sql_insert *out)
{
    size_t at = 0, before;

    if (!takes_word(sql, &at, DW_TEXT("insert")) || !takes_word(sql, &at, DW_TEXT("into")) ||
        next_token(sql, &at, &out->table) != TOKEN_WORD)
        return false;
    before = at;
    if (!takes_parentheses(sql, &at)) /* of columns */
        at = before;
    if (!takes_word(sql, &at, DW_TEXT("values")) || !takes_parentheses(sql, &at))
        return false;
    out->n = at;
    return takes_word(sql, &at, DW_TEXT("returning")) && takes_rest(sql, at, &out->what);
}

/* ---- PostgreSQL: scan.l ---- */

static size_t pg_skip_line(dw_text sql, size_t at)
{
    while (at < sql.n && sql.p[at] != '\n' && sql.p[at] != '\r')
        at++;
    return at;
}

static size_t pg_skip_comment(dw_text sql, size_t at)
{
    size_t depth = 0;

    while (at < sql.n) {
        if (begins(sql, at, "/*")) {
            depth++;
            at += 2;
        } else if (begins(sql, at, "*/")) {
            at += 2;
            if (--depth == 0)
                return at;
        } else {
            at++;
        }
    }
    return sql.n;
}

/* Behind the string that begins at `at` and has backslashes in it. */
static size_t pg_skip_escaped(dw_text sql, size_t at)
{
    for (at++; at < sql.n; at++) {
        if (sql.p[at] == '\\') {
            at++;
        } else if (sql.p[at] == '\'') {
            if (at + 1 == sql.n || sql.p[at + 1] != '\'')
                return at + 1;
            at++;
        }
    }
    return sql.n;
}

static size_t pg_skip_word(dw_text sql, size_t at)
{
    size_t end = skip_word(sql, at);
    bool escaped =
        end == at + 1 && (sql.p[at] == 'e' || sql.p[at] == 'E') && end < sql.n && sql.p[end] == '\'';

    return escaped ? pg_skip_escaped(sql, end) : end;
}

static enum sql_scan pg_scan(dw_text sql, size_t *at, dw_text *name)
{
    size_t i = *at;

    while (i < sql.n) {
        char c = sql.p[i];

        if (c == '\'' || c == '"')
            i = skip_quoted(sql, i, c, true);
        else if (begins(sql, i, "--"))
            i = pg_skip_line(sql, i);
        else if (begins(sql, i, "/*"))
            i = pg_skip_comment(sql, i);
        else if (begins(sql, i, "::"))
            i += 2;
        else if (c == ':' || c == '$')
            return take(sql, at, i, name);
        else if (is_word(c))
            i = pg_skip_word(sql, i);
        else
            i++;
    }
    *at = sql.n;
    return SQL_SCAN_END;
}

enum sql_scan dw__sql_scan_as(enum sql_dialect dialect, dw_text sql, size_t *at, dw_text *name)
{
    return dialect == SQL_POSTGRES ? pg_scan(sql, at, name) : dw__sql_scan(sql, at, name);
}

/* ---- tokens ---- */

static size_t blank_as(enum sql_dialect dialect, dw_text sql, size_t at)
{
    if (dialect == SQL_SQLITE)
        return skip_blank(sql, at);
    for (;;) {
        if (at < sql.n && (sql.p[at] == ' ' || (sql.p[at] >= '\t' && sql.p[at] <= '\r')))
            at++;
        else if (begins(sql, at, "--"))
            at = pg_skip_line(sql, at);
        else if (begins(sql, at, "/*"))
            at = pg_skip_comment(sql, at);
        else
            return at;
    }
}

static bool is_quote(enum sql_dialect dialect, char c)
{
    return c == '\'' || c == '"' || (dialect == SQL_SQLITE && (c == '`' || c == '['));
}

bool dw__sql_token(enum sql_dialect dialect, dw_text sql, size_t *at, struct sql_token *token)
{
    size_t begin = blank_as(dialect, sql, *at), end = begin + 1;
    char c = begin < sql.n ? sql.p[begin] : ' ';

    if (begin >= sql.n)
        return false;
    token->kind = SQL_TOKEN_SIGN;
    if (is_quote(dialect, c)) {
        token->kind = SQL_TOKEN_QUOTED;
        end = skip_quoted(sql, begin, c == '[' ? ']' : c, c != '[');
    } else if (is_word(c)) {
        end = dialect == SQL_POSTGRES ? pg_skip_word(sql, begin) : skip_word(sql, begin);
        token->kind = SQL_TOKEN_WORD;
    } else if (begins(sql, begin, "::")) {
        end = begin + 2;
    } else if (c == ':' && begin + 1 < sql.n && is_word(sql.p[begin + 1])) {
        end = skip_word(sql, begin + 1);
        token->kind = SQL_TOKEN_PARAM;
    }
    token->text = (dw_text){sql.p + begin, end - begin};
    *at = end;
    return true;
}
