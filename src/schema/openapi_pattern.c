/* openapi_pattern.c -- PCRE2 to ECMAScript (ECMA-262 §22.2), for what means the same in both.
 *
 * JSON Schema's `pattern` is an ECMAScript pattern, and readers run it with the flag u, in which a needless escape is an error.  What
 * is known to mean the same is written in the spelling that both flags take; `.` and \s are spelled out, since they differ.  All else
 * (look-around, references, possessive quantifiers, named classes) is refused: a pattern left out is better than one that lies. */
#include "schema/openapi_pattern.h"

#include <string.h>

struct scan {
    const char *p;
    struct buf *out;
    unsigned depth; /* of groups */
    bool can_repeat;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* One character, escaped where the flag u wants it; inside a class '-' and '^' too. */
static void put_literal(struct scan *s, char c, bool in_class)
{
    const char *special = in_class ? "\\]-^[" : "\\^$.*+?()[]{}|/";

    if (strchr(special, c) != NULL)
        dw__buf_putc(s->out, '\\');
    dw__buf_putc(s->out, c);
}

/* \pL, \p{L}, \p{Lu}, and \P: general categories are the same in both. */
static bool scan_property(struct scan *s)
{
    static const char majors[] = "LMNPSZ";
    char negated = *s->p++, major, minor = '\0';

    if (*s->p == '{') {
        major = s->p[1];
        if (major != '\0' && s->p[2] >= 'a' && s->p[2] <= 'z' && s->p[3] == '}')
            minor = s->p[2];
        else if (major == '\0' || s->p[2] != '}')
            return false;
        s->p += minor != '\0' ? 4 : 3;
    } else {
        major = *s->p != '\0' ? *s->p++ : '\0';
    }
    if (major == '\0' || strchr(majors, major) == NULL)
        return false;
    dw__buf_format(s->out, "\\%c{%c", negated, major);
    if (minor != '\0')
        dw__buf_putc(s->out, minor);
    dw__buf_putc(s->out, '}');
    return true;
}

/* Behind a backslash. */
static bool scan_escape(struct scan *s, bool in_class)
{
    char c = *s->p;

    switch (c) {
    case 'd':
    case 'D':
    case 'w':
    case 'W':
    case 'n':
    case 'r':
    case 't':
    case 'f': dw__buf_format(s->out, "\\%c", c); break;
    case 's': dw__buf_format(s->out, in_class ? "%s" : "[%s]", "\\t\\n\\v\\f\\r "); break;
    case 'S':
        if (in_class)
            return false;
        dw__buf_lit(s->out, "[^\\t\\n\\v\\f\\r ]");
        break;
    case 'p':
    case 'P': return scan_property(s);
    default:
        if (c == '\0' || is_alnum(c) || (unsigned char)c >= 0x80)
            return false;
        put_literal(s, c, in_class);
    }
    s->p++;
    return true;
}

/* Whether the '-' before p makes a range: something stands behind it, and that is one character. */
static bool begins_range(const char *p)
{
    return *p != ']' && !(*p == '\\' && (is_alnum(p[1]) && strchr("nrtf", p[1]) == NULL));
}

/* Behind '['. A '-' that makes no range is escaped. */
static bool scan_class(struct scan *s)
{
    enum { NOTHING, CHARACTER, SET, RANGE } before = NOTHING;

    dw__buf_putc(s->out, '[');
    if (*s->p == '^')
        dw__buf_putc(s->out, *s->p++);
    if (*s->p == ']')
        return false; /* a literal here, the end there */
    while (*s->p != ']') {
        bool in_range = before == RANGE;
        char c = *s->p++;

        if (c == '\0' || (c == '[' && (*s->p == ':' || *s->p == '.' || *s->p == '=')))
            return false;
        if (c == '-' && before == CHARACTER && begins_range(s->p)) {
            dw__buf_putc(s->out, '-');
            before = RANGE;
            continue;
        }
        if (c == '-' && before == SET && *s->p != ']')
            return false; /* an error there */
        before = c == '\\' && is_alnum(*s->p) && strchr("nrtf", *s->p) == NULL ? SET
                 : in_range                                                    ? NOTHING
                                                                               : CHARACTER;
        if (c != '\\')
            put_literal(s, c, true);
        else if (!scan_escape(s, true))
            return false;
    }
    dw__buf_putc(s->out, *s->p++);
    return true;
}

/* Behind '{': {n}, {n,} or {n,m}, the same in both; for PCRE2 anything else is text. */
static bool scan_count(struct scan *s)
{
    const char *p = s->p;

    if (!is_digit(*p))
        return false;
    while (is_digit(*p))
        p++;
    if (*p == ',')
        for (p++; is_digit(*p);)
            p++;
    if (*p != '}')
        return false;
    dw__buf_putc(s->out, '{');
    dw__buf_put(s->out, s->p, (size_t)(p + 1 - s->p));
    s->p = p + 1;
    return true;
}

/* A quantifier that begins with `c`, and the '?' that makes it lazy. */
static bool scan_quantifier(struct scan *s, char c)
{
    if (!s->can_repeat)
        return false;
    if (c == '{') {
        if (!scan_count(s))
            return false;
    } else {
        dw__buf_putc(s->out, c);
    }
    if (*s->p == '?')
        dw__buf_putc(s->out, *s->p++);
    s->can_repeat = false;
    return *s->p != '+' && *s->p != '*' && *s->p != '?'; /* possessive, or an error */
}

/* Behind '(': a group, which captures or does not. */
static bool scan_open(struct scan *s)
{
    if (*s->p == '*' || (*s->p == '?' && s->p[1] != ':'))
        return false; /* verbs, options, look-around, names */
    if (*s->p == '?')
        s->p += 2;
    dw__buf_lit(s->out, "(?:");
    s->depth++;
    s->can_repeat = false;
    return true;
}

static bool scan_one(struct scan *s)
{
    char c = *s->p++;

    switch (c) {
    case '*':
    case '+':
    case '?':
    case '{': return scan_quantifier(s, c);
    case '(': return scan_open(s);
    case ')':
        if (s->depth-- == 0)
            return false;
        break;
    case '|':
    case '^':
    case '$':
        dw__buf_putc(s->out, c);
        s->can_repeat = false;
        return true;
    case '[':
        if (!scan_class(s))
            return false;
        s->can_repeat = true;
        return true;
    case '.': dw__buf_lit(s->out, "[^\\n]"); break;
    case '\\':
        if (!scan_escape(s, false))
            return false;
        break;
    default: put_literal(s, c, false);
    }
    if (c == ')')
        dw__buf_putc(s->out, ')');
    s->can_repeat = true;
    return true;
}

bool dw__ecma_pattern(const char *pcre, struct buf *out)
{
    struct scan s = {.p = pcre, .out = out};
    size_t before = out->n;

    dw__buf_lit(out, "^(?:");
    while (*s.p != '\0')
        if (!scan_one(&s)) {
            out->n = before;
            return false;
        }
    dw__buf_lit(out, ")$");
    if (s.depth == 0)
        return true;
    out->n = before;
    return false;
}
