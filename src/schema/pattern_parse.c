/* pattern_parse.c -- reads as much of PCRE2's language as patterns for fields are made of.
 *
 * Every part is what it can begin and end with and whether it can be nothing; putting parts together adds pairs to "who follows
 * whom". A pair that is added again can be gone through in two ways: that is where (a+)+ differs from a+.  Counted repetitions are
 * written out a few times, then taken for loops.  What is not understood makes the whole unknown, never fine. */
#include "schema/pattern_parse.h"

#include <string.h>

/* Copies of a part that a counted repetition becomes; beyond, it is a loop. */
#define COPIES 8
#define DEPTH_MAX 32

struct reader {
    const char *p;
    struct pattern_graph *graph;
    bool failed;
    bool nocase;
    unsigned depth;
};

/* A part of the pattern. */
struct part {
    struct position_set first, last;
    bool nullable;
};

static struct part fail(struct reader *r)
{
    r->failed = true;
    r->p += strlen(r->p);
    return (struct part){.nullable = true};
}

/* ---- sets ---- */

static struct position_set both(struct position_set a, struct position_set b)
{
    return (struct position_set){{a.w[0] | b.w[0], a.w[1] | b.w[1]}};
}

/* Every position of `to` may follow every position of `from`. */
static void follow_up(struct pattern_graph *g, const struct position_set *from, const struct position_set *to)
{
    for (size_t i = 0; i < g->n; i++) {
        if (!position_in(from, i))
            continue;
        for (size_t k = 0; k < 2; k++) {
            g->twice[i].w[k] |= g->follow[i].w[k] & to->w[k];
            g->follow[i].w[k] |= to->w[k];
        }
    }
}

static void set_char(struct char_set *s, unsigned c)
{
    if (c < 64)
        s->low |= UINT64_C(1) << c;
    else if (c < 128)
        s->high |= UINT64_C(1) << (c - 64);
    else
        s->other = true;
}

static void set_range(struct char_set *s, unsigned from, unsigned to)
{
    for (unsigned c = from; c <= to && c <= 128; c++)
        set_char(s, c);
    if (to >= 128)
        s->other = true;
}

static void set_join(struct char_set *s, const struct char_set *more, bool negated)
{
    s->low |= negated ? ~more->low : more->low;
    s->high |= negated ? ~more->high : more->high;
    s->other = s->other || negated || more->other; /* of the others nobody knows all */
}

static void fold_case(struct char_set *s)
{
    for (unsigned c = 'A'; c <= 'Z'; c++) {
        bool upper = (s->high >> (c - 64) & 1) != 0, lower = (s->high >> (c + 32 - 64) & 1) != 0;
        if (upper || lower) {
            set_char(s, c);
            set_char(s, c + 32);
        }
    }
}

/* ---- characters ---- */

static const struct char_set anything = {UINT64_MAX, UINT64_MAX, true};

/* The class that \d, \w, \s, \h and their opposites name; false for another letter. */
static bool named_class(char letter, struct char_set *s)
{
    struct char_set class = {0};

    switch (letter | 0x20) {
    case 'd': set_range(&class, '0', '9'); break;
    case 'w':
        set_range(&class, '0', '9');
        set_range(&class, 'A', 'Z');
        set_range(&class, 'a', 'z');
        set_char(&class, '_');
        break;
    case 's':
        set_range(&class, 9, 13);
        set_char(&class, ' ');
        break;
    case 'h':
        set_char(&class, '\t');
        set_char(&class, ' ');
        class.other = true;
        break;
    default: return false;
    }
    set_join(s, &class, letter < 'a');
    return true;
}

/* \p{L}, \pN and their opposites: letters and digits are told apart, everything else is taken for anything. */
static void property(struct reader *r, bool negated, struct char_set *s)
{
    struct char_set class = {.other = true};
    char name = *r->p == '{' ? r->p[1] : *r->p;

    if (*r->p == '{') {
        const char *end = strchr(r->p, '}');
        r->p = end != NULL ? end + 1 : r->p + strlen(r->p);
    } else if (*r->p != '\0') {
        r->p++;
    }
    if (negated || (name != 'L' && name != 'N')) {
        *s = anything;
        return;
    }
    if (name == 'L') {
        set_range(&class, 'A', 'Z');
        set_range(&class, 'a', 'z');
    } else {
        set_range(&class, '0', '9');
    }
    set_join(s, &class, false);
}

static int hex(char c)
{
    return c >= '0' && c <= '9'                     ? c - '0'
           : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                    : -1;
}

/* Behind \x: {h…} or at most two digits. */
static unsigned hex_char(struct reader *r)
{
    bool braces = *r->p == '{';
    unsigned v = 0;

    r->p += braces;
    for (int i = 0; hex(*r->p) >= 0 && (braces ? v < 0x110000 : i < 2); i++)
        v = v << 4 | (unsigned)hex(*r->p++);
    if (braces && *r->p++ != '}')
        (void)fail(r);
    return v;
}

/* Behind a backslash: what one character it stands for, or a class in *s. False for what is neither. */
static bool escaped(struct reader *r, struct char_set *s, unsigned *c)
{
    static const char names[] = "tnrfae", values[] = "\t\n\r\f\a\x1b";
    char letter = *r->p;
    const char *known = letter != '\0' ? strchr(names, letter) : NULL;

    *c = 256; /* a class */
    if (letter == '\0')
        return false;
    r->p++;
    if (letter == 'p' || letter == 'P') {
        property(r, letter == 'P', s);
        return true;
    }
    if (named_class(letter, s))
        return true;
    if (letter == 'R' || letter == 'X' || letter == 'N' || letter == 'V' || letter == 'v') {
        *s = anything;
        return true;
    }
    if (letter == 'x')
        *c = hex_char(r);
    else if (known != NULL)
        *c = (unsigned char)values[known - names];
    else if ((letter >= '0' && letter <= '9') || ((letter | 0x20) >= 'a' && (letter | 0x20) <= 'z'))
        return false; /* back references, \Q, \K … */
    else
        *c = (unsigned char)letter;
    if (*c < 256)
        set_char(s, *c);
    return !r->failed;
}

/* [:alpha:] and so on: taken for what it can be at most. */
static bool posix_class(struct reader *r, struct char_set *s)
{
    const char *end = r->p[0] == '[' && r->p[1] == ':' ? strstr(r->p + 2, ":]") : NULL;

    if (end == NULL)
        return false;
    struct char_set class = {.other = true};
    if (strncmp(r->p + 2, "digit", 5) == 0) {
        set_range(&class, '0', '9');
    } else if (strncmp(r->p + 2, "al", 2) == 0 || strncmp(r->p + 2, "lower", 5) == 0 ||
               strncmp(r->p + 2, "upper", 5) == 0) {
        set_range(&class, '0', '9');
        set_range(&class, 'A', 'Z');
        set_range(&class, 'a', 'z');
    } else {
        class = anything;
    }
    set_join(s, &class, false);
    r->p = end + 2;
    return true;
}

/* One end of a range in a class; 256 when it was a class of its own, in *s. */
static unsigned class_char(struct reader *r, struct char_set *s)
{
    unsigned c = (unsigned char)*r->p;

    if (posix_class(r, s))
        return 256;
    r->p++;
    if (c != '\\') {
        if (c >= 0x80) /* of a longer character */
            while (((unsigned char)*r->p & 0xc0) == 0x80)
                r->p++;
        return c;
    }
    if (*r->p == 'b') {
        r->p++;
        return '\b';
    }
    struct char_set one = {0};
    if (!escaped(r, &one, &c))
        (void)fail(r);
    if (c == 256)
        set_join(s, &one, false);
    return c;
}

/* Behind '['. */
static struct char_set class_of(struct reader *r)
{
    struct char_set inside = {0}, out = {0};
    bool negated = *r->p == '^';

    r->p += negated;
    for (bool first = true; !r->failed && (first || *r->p != ']'); first = false) {
        if (*r->p == '\0') {
            (void)fail(r);
            break;
        }
        unsigned from = class_char(r, &inside), to = from;
        if (from != 256 && r->p[0] == '-' && r->p[1] != ']' && r->p[1] != '\0') {
            r->p++;
            to = class_char(r, &inside);
        }
        if (from != 256)
            set_range(&inside, from, to == 256 || to < from ? from : to);
    }
    if (*r->p == ']')
        r->p++;
    if (r->nocase)
        fold_case(&inside);
    set_join(&out, &inside, negated);
    if (!negated)
        out.other = inside.other;
    return out;
}

/* A position that takes `s`. */
static struct part position(struct reader *r, struct char_set s)
{
    struct pattern_graph *g = r->graph;
    struct part part = {.nullable = false};

    if (g->n == DW__PATTERN_POSITIONS)
        return fail(r);
    if (r->nocase)
        fold_case(&s);
    g->takes[g->n] = s;
    part.first.w[g->n / 64] |= UINT64_C(1) << (g->n % 64);
    part.last = part.first;
    g->n++;
    return part;
}

/* ---- structure ---- */

static struct part alternation(struct reader *r);

static struct part sequence_of(struct reader *r, struct part a, struct part b)
{
    follow_up(r->graph, &a.last, &b.first);
    return (struct part){
        .first = a.nullable ? both(a.first, b.first) : a.first,
        .last = b.nullable ? both(a.last, b.last) : b.last,
        .nullable = a.nullable && b.nullable,
    };
}

/* (?i), (?-i), (?i:…): what begins behind "(?". True when it was a group of flags, whose end is then at r->p. */
static bool flags(struct reader *r)
{
    size_t n = strspn(r->p, "ims-");
    bool off = false;

    if (n == 0 || (r->p[n] != ')' && r->p[n] != ':'))
        return false;
    for (size_t i = 0; i < n; i++) {
        off = off || r->p[i] == '-';
        if (r->p[i] == 'i')
            r->nocase = !off;
    }
    r->p += n;
    return true;
}

/* Passes over what stands between "(?" and the content of a group; false for what is no plain group. */
static bool group_head(struct reader *r)
{
    if (*r->p == ':' || *r->p == '|' || *r->p == '>') {
        r->p++;
        return true;
    }
    const char *name = *r->p == 'P' ? r->p + 1 : r->p;
    char close = *name == '<' ? '>' : *name == '\'' ? '\'' : '\0';
    if (close == '\0' || name[1] == '=' || name[1] == '!')
        return false;
    const char *end = strchr(name + 1, close);
    if (end == NULL)
        return false;
    r->p = end + 1;
    return true;
}

/* Behind '('. */
static struct part group(struct reader *r)
{
    bool nocase = r->nocase, scoped = true;
    struct part part = {.nullable = true};

    if (++r->depth > DEPTH_MAX || *r->p == '*')
        return fail(r);
    if (r->p[0] == '?' && r->p[1] == '#') {
        r->p += strcspn(r->p, ")");
    } else if (*r->p == '?') {
        r->p++;
        if (flags(r)) {
            scoped = *r->p == ':';
            r->p += scoped;
        } else if (!group_head(r)) {
            return fail(r);
        }
        part = scoped ? alternation(r) : part;
    } else {
        part = alternation(r);
    }
    if (*r->p != ')')
        return fail(r);
    r->p++;
    r->depth--;
    if (scoped)
        r->nocase = nocase;
    return part;
}

static struct part literal(struct reader *r)
{
    struct char_set s = {0};
    unsigned c = (unsigned char)*r->p++;

    if (c >= 0x80)
        while (((unsigned char)*r->p & 0xc0) == 0x80)
            r->p++;
    set_char(&s, c);
    return position(r, s);
}

static struct part atom(struct reader *r)
{
    struct char_set s = {0};
    unsigned c;

    switch (*r->p) {
    case '(': r->p++; return group(r);
    case '[': r->p++; return position(r, class_of(r));
    case '.': r->p++; return position(r, anything);
    case '^':
    case '$': r->p++; return (struct part){.nullable = true};
    case '\\':
        r->p++;
        if (*r->p != '\0' && strchr("bBAzZG", *r->p)) {
            r->p++;
            return (struct part){.nullable = true};
        }
        return escaped(r, &s, &c) ? position(r, s) : fail(r);
    default: return literal(r);
    }
}

/* ---- repetition ---- */

#define FOREVER SIZE_MAX

/* Digits; false when there are none. */
static bool number(const char **p, size_t *v)
{
    const char *begin = *p;

    for (*v = 0; **p >= '0' && **p <= '9' && *v < 100000; ++*p)
        *v = *v * 10 + (size_t)(**p - '0');
    return *p > begin;
}

/* {n}, {n,} or {n,m} at r->p; false, and nothing read, for a brace that is a character. */
static bool counts(struct reader *r, size_t *min, size_t *max)
{
    const char *p = r->p + 1;

    if (*r->p != '{' || !number(&p, min))
        return false;
    *max = *min;
    if (*p == ',') {
        p++;
        if (!number(&p, max))
            *max = FOREVER;
    }
    if (*p != '}')
        return false;
    r->p = p + 1;
    return true;
}

static bool quantifier(struct reader *r, size_t *min, size_t *max)
{
    *min = *max = 1;
    switch (*r->p) {
    case '*': r->p++, *min = 0, *max = FOREVER; break;
    case '+': r->p++, *max = FOREVER; break;
    case '?': r->p++, *min = 0; break;
    default:
        if (!counts(r, min, max))
            return false;
    }
    if (*r->p == '?' || *r->p == '+') /* lazy, possessive */
        r->p++;
    return true;
}

/* The atom that begins at `begin` again: fresh positions. */
static struct part again(struct reader *r, const char *begin)
{
    const char *behind = r->p;
    bool nocase = r->nocase;

    r->p = begin;
    struct part part = atom(r);
    if (!r->failed)
        r->p = behind;
    r->nocase = nocase;
    return part;
}

static struct part loop(struct reader *r, struct part part, bool nullable)
{
    follow_up(r->graph, &part.last, &part.first);
    part.nullable = part.nullable || nullable;
    return part;
}

static struct part repeated(struct reader *r, struct part part, const char *begin, size_t min, size_t max)
{
    struct part whole = part;

    if (max == 0)
        return (struct part){.nullable = true};
    if (max > COPIES && max != min)
        return loop(r, part, min == 0);
    whole.nullable = part.nullable || min == 0;
    for (size_t i = 1; i < max && i < COPIES && !r->failed; i++) {
        struct part copy = again(r, begin);
        copy.nullable = copy.nullable || i >= min;
        whole = sequence_of(r, whole, copy);
    }
    return whole;
}

static struct part sequence(struct reader *r)
{
    struct part whole = {.nullable = true};

    while (!r->failed && *r->p != '\0' && *r->p != '|' && *r->p != ')') {
        const char *begin = r->p;
        struct part part = atom(r);
        size_t min, max;
        if (!r->failed && quantifier(r, &min, &max))
            part = repeated(r, part, begin, min, max);
        whole = sequence_of(r, whole, part);
    }
    return whole;
}

static struct part alternation(struct reader *r)
{
    struct part whole = sequence(r);

    while (!r->failed && *r->p == '|') {
        r->p++;
        struct part other = sequence(r);
        whole.first = both(whole.first, other.first);
        whole.last = both(whole.last, other.last);
        whole.nullable = whole.nullable || other.nullable;
    }
    return whole;
}

bool dw__pattern_parse(const char *pattern, struct pattern_graph *graph)
{
    struct reader r = {.p = pattern, .graph = graph};

    memset(graph, 0, sizeof *graph);
    (void)alternation(&r);
    return !r.failed && *r.p == '\0';
}
