/* store/owned.c -- see owned.h.
 *
 * The rule: wherever an owned table stands, the WHERE of the same SELECT, UPDATE or DELETE must have the condition `owner = :me` in it,
 * joined to the rest by AND alone; an INSERT must put :me into the column by name.  Nothing else counts, however true it may be: a condition in
 * parentheses, in ON, beside an OR.  This is no parser of SQL.  It walks over tokens of one depth of parentheses and says yes only to what it
 * knows; every other place of the table's name is one that was not understood, and refused. */
#include "store/owned.h"

#include <string.h>

#include "base/text.h"

struct words {
    const struct sql_token *t;
    size_t n;
    const dw_owned *owned;
};

/* ---- tokens ---- */

static bool is_sign(const struct words *w, size_t i, char sign)
{
    return i < w->n && w->t[i].kind == SQL_TOKEN_SIGN && w->t[i].text.n == 1 && w->t[i].text.p[0] == sign;
}

static bool is_word(const struct words *w, size_t i, const char *word)
{
    return i < w->n && w->t[i].kind == SQL_TOKEN_WORD && dw__text_eq_nocase(w->t[i].text, dw__text_of(word));
}

static bool is_one_of(const struct words *w, size_t i, const char *const *list)
{
    while (*list && !is_word(w, i, *list))
        list++;
    return *list != NULL;
}

/* What a token names: without its quotes. Empty for what names nothing. */
static dw_text name_of(const struct sql_token *t)
{
    if (t->kind == SQL_TOKEN_WORD)
        return t->text;
    if (t->kind != SQL_TOKEN_QUOTED || t->text.n < 2)
        return (dw_text){"", 0};
    return (dw_text){t->text.p + 1, t->text.n - 2};
}

static bool names(const struct words *w, size_t i, dw_text name)
{
    return i < w->n && name.n > 0 && dw__text_eq_nocase(name_of(&w->t[i]), name);
}

static bool is_me(const struct words *w, size_t i)
{
    return i < w->n && w->t[i].kind == SQL_TOKEN_PARAM && dw__text_is(w->t[i].text, ":me");
}

/* A column may not be a string, which SQLite would compare as one. */
static bool is_owner(const struct words *w, size_t i)
{
    return names(w, i, dw__text_of(w->owned->column)) && w->t[i].text.p[0] != '\'';
}

/* The token behind the group that begins at i, a parenthesis or a CASE, or behind i. */
static size_t skip(const struct words *w, size_t i)
{
    size_t depth = 0;

    do {
        if (is_sign(w, i, '(') || is_word(w, i, "case"))
            depth++;
        else if ((is_sign(w, i, ')') || is_word(w, i, "end")) && depth > 0)
            depth--;
        i++;
    } while (depth > 0 && i < w->n);
    return i;
}

static const char *const set_operators[] = {"union", "intersect", "except", NULL};

/* Whether the statement, or this part of it, ends at i. */
static bool is_end(const struct words *w, size_t i)
{
    return i >= w->n || is_sign(w, i, ')') || is_sign(w, i, ';') || is_one_of(w, i, set_operators);
}

/* ---- conditions ---- */

/* Whether the tokens [begin, end) are `owner = :me`, of the table called `as`. */
static bool is_condition(const struct words *w, size_t begin, size_t end, dw_text as)
{
    bool mirrored = is_me(w, begin);
    size_t i = mirrored ? begin + 2 : begin;

    if (mirrored && !is_sign(w, begin + 1, '='))
        return false;
    if (is_sign(w, i + 1, '.')) {
        if (!names(w, i, as))
            return false;
        i += 2;
    }
    if (!is_owner(w, i))
        return false;
    return mirrored ? i + 1 == end : is_sign(w, i + 1, '=') && is_me(w, i + 2) && i + 3 == end;
}

/* Where the condition of a WHERE ends, which begins at i. */
static size_t where_end(const struct words *w, size_t i)
{
    static const char *const behind[] = {"group", "having", "window",    "order", "limit", "offset",
                                         "fetch", "for",    "returning", "on",    NULL};

    while (!is_end(w, i) && !is_one_of(w, i, behind))
        i = skip(w, i);
    return i;
}

static bool has_or(const struct words *w, size_t i)
{
    while (!is_end(w, i) && !is_word(w, i, "or"))
        i = skip(w, i);
    return is_word(w, i, "or");
}

/* Whether one of the conditions behind a WHERE, which begin at i, is ours. */
static bool holds(const struct words *w, size_t i, dw_text as)
{
    size_t begin = i, end = where_end(w, i);
    bool between = false;

    if (has_or(w, i))
        return false;
    for (; i < end; i = skip(w, i)) {
        if (is_word(w, i, "between")) {
            between = true;
        } else if (is_word(w, i, "and") && between) {
            between = false;
        } else if (is_word(w, i, "and")) {
            if (is_condition(w, begin, i, as))
                return true;
            begin = i + 1;
        }
    }
    return is_condition(w, begin, end, as);
}

/* The WHERE of what i stands in; w->n when it has none. */
static size_t find_where(const struct words *w, size_t i)
{
    static const char *const behind[] = {"group", "having", "window",    "order",    "limit", "offset",
                                         "fetch", "for",    "returning", "conflict", NULL};

    while (!is_end(w, i) && !is_word(w, i, "where") && !is_one_of(w, i, behind))
        i = skip(w, i);
    return is_word(w, i, "where") ? i : w->n;
}

/* ---- the places of a table ---- */

/* What the table at i is called in its statement; moves *i behind it. Empty when it cannot be known. */
static dw_text called(const struct words *w, size_t *i)
{
    static const char *const no_alias[] = {"where",  "join",      "left",      "right",  "full",   "inner",
                                           "outer",  "cross",     "natural",   "on",     "using",  "order",
                                           "group",  "limit",     "offset",    "fetch",  "for",    "union",
                                           "except", "having",    "set",       "window", "not",    "indexed",
                                           "end",    "returning", "intersect", "values", "select", NULL};
    dw_text as = name_of(&w->t[*i]);

    ++*i;
    if (is_word(w, *i, "as"))
        as = ++*i < w->n ? name_of(&w->t[*i]) : (dw_text){"", 0}, ++*i;
    else if (*i < w->n && w->t[*i].kind != SQL_TOKEN_PARAM && w->t[*i].kind != SQL_TOKEN_SIGN &&
             !is_one_of(w, *i, no_alias))
        as = name_of(&w->t[*i]), ++*i;
    return is_sign(w, *i, '(') ? (dw_text){"", 0} : as; /* its columns have other names */
}

static enum owned_verdict judge_where(const struct words *w, size_t i, dw_text as)
{
    size_t where = find_where(w, i);

    return where < w->n && holds(w, where + 1, as) ? OWNED_HELD : OWNED_NO_WHERE;
}

static enum owned_verdict judge_read(const struct words *w, size_t i)
{
    dw_text as = called(w, &i);

    return as.n > 0 ? judge_where(w, i, as) : OWNED_NOT_UNDERSTOOD;
}

/* Behind SET, at i: whether the owner is among what is set. Also `(owner, …) = …`. */
static bool sets_owner(const struct words *w, size_t i)
{
    static const char *const behind[] = {"from", "where", "returning", NULL};
    size_t depth = 0;

    for (; i < w->n && (depth > 0 || (!is_end(w, i) && !is_one_of(w, i, behind))); i++) {
        bool first = is_word(w, i - 1, "set") || is_sign(w, i - 1, ',') || is_sign(w, i - 1, '(');

        if (is_sign(w, i, '('))
            depth++;
        else if (is_sign(w, i, ')'))
            depth--;
        else if (is_owner(w, i) && first)
            return true;
    }
    return false;
}

/* Behind UPDATE and the table: SET … WHERE …. */
static enum owned_verdict judge_set(const struct words *w, size_t i, dw_text as)
{
    if (!is_word(w, i, "set"))
        return OWNED_NOT_UNDERSTOOD;
    return sets_owner(w, i + 1) ? OWNED_GIVES_AWAY : judge_where(w, i, as);
}

static enum owned_verdict judge_update(const struct words *w, size_t i)
{
    dw_text as = called(w, &i);

    return as.n > 0 ? judge_set(w, i, as) : OWNED_NOT_UNDERSTOOD;
}

/* ---- INSERT ---- */

/* Whether element `pos` of the list that begins at i, separated by commas, is :me alone; `*end` is where the list ends. */
static bool is_me_at(const struct words *w, size_t i, size_t pos, const char *const *behind, size_t *end)
{
    size_t at = 0, begin = i;
    bool is = false;

    for (;; i = skip(w, i)) {
        bool last = is_end(w, i) || is_one_of(w, i, behind);

        if (last || is_sign(w, i, ',')) {
            if (at == pos)
                is = is_me(w, begin) && (begin + 1 == i || (is_word(w, begin + 1, "as") && begin + 3 == i));
            at++;
            begin = i + 1;
        }
        if (last)
            break;
    }
    *end = i;
    return is;
}

/* VALUES (…), (…) behind i. */
static bool values_are_mine(const struct words *w, size_t *i, size_t pos)
{
    static const char *const none[] = {NULL};
    size_t end;

    do {
        if (!is_sign(w, ++*i, '(') || !is_me_at(w, *i + 1, pos, none, &end) || !is_sign(w, end, ')'))
            return false;
        *i = end + 1;
    } while (is_sign(w, *i, ','));
    return true;
}

/* SELECT … behind i, all of it. */
static bool select_is_mine(const struct words *w, size_t *i, size_t pos)
{
    static const char *const behind[] = {"from",  "where", "group", "having", "window",
                                         "order", "limit", "on",    NULL};
    size_t end;

    if (!is_me_at(w, *i + 1, pos, behind, &end))
        return false;
    while (!is_end(w, end) && !is_word(w, end, "conflict"))
        end = skip(w, end);
    *i = end;
    return !is_one_of(w, end, set_operators);
}

/* Which of the columns behind the parenthesis at *i is the owner; SIZE_MAX when none is. Moves *i behind them. */
static size_t owner_position(const struct words *w, size_t *i)
{
    size_t pos = 0, found = SIZE_MAX;

    if (!is_sign(w, *i, '('))
        return SIZE_MAX;
    for (++*i; *i < w->n && !is_sign(w, *i, ')'); ++*i) {
        if (is_sign(w, *i, ','))
            pos++;
        else if (is_owner(w, *i))
            found = pos;
    }
    ++*i;
    return found;
}

/* ON CONFLICT … DO UPDATE SET … WHERE …, somewhere behind i: the row that is there may be somebody else's. */
static enum owned_verdict judge_conflict(const struct words *w, size_t i, dw_text as)
{
    while (!is_end(w, i) && !is_word(w, i, "do"))
        i = skip(w, i);
    if (!is_word(w, i, "do") || is_word(w, i + 1, "nothing"))
        return OWNED_HELD;
    return is_word(w, i + 1, "update") ? judge_set(w, i + 2, as) : OWNED_NOT_UNDERSTOOD;
}

static enum owned_verdict judge_insert(const struct words *w, size_t i)
{
    dw_text as = name_of(&w->t[i]);
    size_t pos;
    bool mine = false;

    i++;
    if (is_word(w, i, "as") && i + 1 < w->n)
        as = name_of(&w->t[i + 1]), i += 2;
    pos = owner_position(w, &i);
    if (pos == SIZE_MAX)
        return OWNED_NO_OWNER;
    if (is_word(w, i, "values"))
        mine = values_are_mine(w, &i, pos);
    else if (is_word(w, i, "select"))
        mine = select_is_mine(w, &i, pos);
    return mine ? judge_conflict(w, i, as) : OWNED_NO_OWNER;
}

/* ---- a statement ---- */

/* The table's name stands at i, and is no qualifier of a column. */
static enum owned_verdict judge_use(const struct words *w, size_t i)
{
    size_t before = i >= 2 && is_sign(w, i - 1, '.') ? i - 2 : i;

    if (before == 0)
        return OWNED_NOT_UNDERSTOOD;
    if (is_word(w, before - 1, "from") || is_word(w, before - 1, "join") || is_sign(w, before - 1, ','))
        return judge_read(w, i);
    if (is_word(w, before - 1, "update"))
        return judge_update(w, i);
    if (is_word(w, before - 1, "into") && before >= 2 && is_word(w, before - 2, "insert"))
        return judge_insert(w, i);
    return OWNED_NOT_UNDERSTOOD;
}

static size_t count(enum sql_dialect dialect, dw_text sql)
{
    struct sql_token token;
    size_t at = 0, n = 0;

    while (dw__sql_token(dialect, sql, &at, &token))
        n++;
    return n;
}

enum owned_verdict dw__owned_judge(enum sql_dialect dialect, dw_text sql, const dw_owned *owned,
                                   struct arena *arena)
{
    size_t n = count(dialect, sql), at = 0;
    struct sql_token *tokens = dw__arena_calloc(arena, n + 1, sizeof *tokens);
    const struct words w = {tokens, n, owned};
    enum owned_verdict verdict = OWNED_UNUSED;

    if (!tokens)
        return OWNED_NOT_UNDERSTOOD;
    for (size_t i = 0; i < n; i++)
        (void)dw__sql_token(dialect, sql, &at, &tokens[i]);
    for (size_t i = 0; i < n && verdict <= OWNED_HELD; i++)
        if (names(&w, i, dw__text_of(owned->table)) && !is_sign(&w, i + 1, '.'))
            verdict = judge_use(&w, i);
    return verdict;
}

bool dw__owned_names(enum sql_dialect dialect, dw_text sql, const char *name)
{
    struct sql_token token;
    size_t at = 0;

    while (dw__sql_token(dialect, sql, &at, &token))
        if (dw__text_eq_nocase(name_of(&token), dw__text_of(name)))
            return true;
    return false;
}
