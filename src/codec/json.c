/* json.c -- a cursor over a JSON text (RFC 8259).
 *
 * Each function looks at the bytes in front of the cursor, never behind `end`, and moves it over what it read.  The cursor
 * knows how deep it is and whether a container was just opened; who holds what is the caller's own business, so reading into
 * a struct needs no tree.  After the first failure nothing is read any more. */
#include "codec/json.h"

#include "codec/hex_digit.h"
#include "codec/json_scan.h"
#include "codec/utf8.h"

void dw__json_init(struct json_in *in, dw_text text)
{
    *in = (struct json_in){.p = text.p, .start = text.p, .end = text.n > 0 ? text.p + text.n : text.p};
    if (text.n > UINT32_MAX)
        (void)dw__json_fail(in, DW_TOO_LARGE);
}

bool dw__json_fail(struct json_in *in, dw_err err)
{
    if (in->err == DW_OK) {
        in->err = err;
        in->error_at = (size_t)(in->p - in->start);
    }
    in->p = in->end;
    return false;
}

static bool fail_at(struct json_in *in, const char *p)
{
    in->p = p;
    return dw__json_fail(in, DW_MALFORMED);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static __attribute__((noinline)) void skip_spaces(struct json_in *in)
{
    while (in->p < in->end && is_space(*in->p))
        in->p++;
}

/* Between most tokens there is no space, or one. */
static inline void skip_space(struct json_in *in)
{
    if (in->p < in->end && *in->p == ' ')
        in->p++;
    if (in->p < in->end && (unsigned char)*in->p <= ' ')
        skip_spaces(in);
}

enum json_kind dw__json_peek(struct json_in *in)
{
    skip_space(in);
    if (in->p == in->end)
        return JSON_BAD;
    switch (*in->p) {
    case '"': return JSON_STRING;
    case '{': return JSON_OBJECT;
    case '[': return JSON_ARRAY;
    case 'n': return JSON_NULL;
    case 't':
    case 'f': return JSON_BOOL;
    case '-':
    case '0' ... '9': return JSON_NUMBER;
    default: return JSON_BAD;
    }
}

/* Reads a word of n letters; a failure is at the first that differs. */
static bool word(struct json_in *in, const char *letters, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (in->p + i == in->end || in->p[i] != letters[i])
            return fail_at(in, in->p + i);
    in->p += n;
    return true;
}

bool dw__json_null(struct json_in *in)
{
    skip_space(in);
    return word(in, "null", 4);
}

bool dw__json_bool(struct json_in *in, bool *out)
{
    skip_space(in);
    *out = in->p < in->end && *in->p == 't';
    return *out ? word(in, "true", 4) : word(in, "false", 5);
}

/* ---- strings ---- */

/* The four digits at p, or -1. */
static int hex4(const char *p, const char *end)
{
    int v = 0;

    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int d = dw__hex_digit(p[i]);
        if (d < 0)
            return -1;
        v = v << 4 | d;
    }
    return v;
}

/* The escape at p, where a '\\' is: its character in *code and its length as the result; 0 when it is none. */
static size_t escape(const char *p, const char *end, unsigned *code)
{
    if (end - p < 2)
        return 0;
    switch (p[1]) {
    case '"':
    case '\\':
    case '/': *code = (unsigned char)p[1]; return 2;
    case 'b': *code = '\b'; return 2;
    case 'f': *code = '\f'; return 2;
    case 'n': *code = '\n'; return 2;
    case 'r': *code = '\r'; return 2;
    case 't': *code = '\t'; return 2;
    case 'u': break;
    default: return 0;
    }

    int high = hex4(p + 2, end);
    if (high < 0 || (high >= 0xdc00 && high <= 0xdfff))
        return 0;
    if (high < 0xd800 || high > 0xdbff) {
        *code = (unsigned)high;
        return 6;
    }
    if (end - p < 8 || p[6] != '\\' || p[7] != 'u')
        return 0;
    int low = hex4(p + 8, end);
    if (low < 0xdc00 || low > 0xdfff)
        return 0;
    *code = 0x10000 + ((unsigned)(high - 0xd800) << 10) + (unsigned)(low - 0xdc00);
    return 12;
}

/* Copies a string that was checked; never longer than it was. */
static size_t unescape(const char *p, const char *end, char *out)
{
    char *o = out;

    while (p < end) {
        const char *slash = memchr(p, '\\', (size_t)(end - p));
        const char *stop = slash != NULL ? slash : end;
        memcpy(o, p, (size_t)(stop - p));
        o += stop - p;
        p = stop;
        if (p < end) {
            unsigned code = 0;
            char c[4];
            p += escape(p, end, &code);
            size_t n = dw__utf8_encode(code, c);
            memcpy(o, c, n);
            o += n;
        }
    }
    return (size_t)(o - out);
}

/* Moves the cursor, which is behind the opening quote, to the closing one. */
static bool string_end(struct json_in *in)
{
    const char *p = in->p;
    unsigned code = 0;

    in->ascii = true;
    in->escaped = false;
    for (;;) {
        p = json_plain_end(p, in->end);
        if (p == in->end)
            return fail_at(in, p);
        if (*p == '"')
            break;
        size_t n = 0;
        if (*p == '\\') {
            in->escaped = true;
            n = escape(p, in->end, &code);
            in->ascii = in->ascii && code < 0x80;
        } else if ((unsigned char)*p >= 0x80) {
            in->ascii = false;
            n = dw__utf8_sequence((const unsigned char *)p, (size_t)(in->end - p));
        }
        if (n == 0)
            return fail_at(in, p);
        p += n;
    }
    in->p = p;
    return true;
}

bool dw__json_string(struct json_in *in, struct arena *a, dw_text *out)
{
    skip_space(in);
    if (in->p == in->end || *in->p != '"')
        return dw__json_fail(in, DW_MALFORMED);
    const char *start = ++in->p;
    if (!string_end(in))
        return false;
    *out = (dw_text){start, (size_t)(in->p - start)};
    in->p++;
    if (in->escaped && a != NULL) {
        char *copy = dw__arena_bytes(a, out->n);
        if (copy == NULL)
            return dw__json_fail(in, DW_TOO_LARGE);
        *out = (dw_text){copy, unescape(out->p, out->p + out->n, copy)};
    }
    return true;
}

/* ---- containers ---- */

static bool begin(struct json_in *in, char open)
{
    skip_space(in);
    if (in->p == in->end || *in->p != open || in->depth == DW__JSON_DEPTH)
        return dw__json_fail(in, DW_MALFORMED);
    in->p++;
    in->depth++;
    in->first = true;
    return true;
}

/* Between elements: the closing bracket, or a comma that is not the first thing. */
static enum json_step next(struct json_in *in, char close)
{
    skip_space(in);
    if (in->p < in->end && *in->p == close) {
        in->p++;
        in->depth--;
        in->first = false;
        return JSON_DONE;
    }
    if (in->first) {
        in->first = false;
        return in->err == DW_OK ? JSON_MORE : JSON_FAILED;
    }
    if (in->p == in->end || *in->p != ',') {
        (void)dw__json_fail(in, DW_MALFORMED);
        return JSON_FAILED;
    }
    in->p++;
    return JSON_MORE;
}

bool dw__json_array_begin(struct json_in *in)
{
    return begin(in, '[');
}

enum json_step dw__json_array_next(struct json_in *in)
{
    return next(in, ']');
}

bool dw__json_object_begin(struct json_in *in)
{
    return begin(in, '{');
}

enum json_step dw__json_object_next(struct json_in *in, struct arena *a, dw_text *name)
{
    enum json_step step = next(in, '}');

    if (step != JSON_MORE)
        return step;
    if (!dw__json_string(in, a, name))
        return JSON_FAILED;
    skip_space(in);
    if (in->p == in->end || *in->p != ':') {
        (void)dw__json_fail(in, DW_MALFORMED);
        return JSON_FAILED;
    }
    in->p++;
    return JSON_MORE;
}

bool dw__json_end(struct json_in *in)
{
    skip_space(in);
    if (in->err != DW_OK)
        return false;
    return in->p == in->end || dw__json_fail(in, DW_MALFORMED);
}
