/* http/h1_parse.c -- the strict parser of request heads.
 *
 * One pass over the bytes in the usual case of a head that comes whole.  When it does not, the whole is parsed again only when its
 * last line may have come, when something is plainly wrong, or when its size has doubled, so that single bytes cost linear time.
 *
 * What two parsers could read in two ways is refused: LF alone, folded lines, white space before the colon, two lengths, a length
 * and a coding, two Hosts.  What the fields mean together is judged in h1_head.c. */
#include "http/h1_parse.h"

#include <string.h>

#include "base/check.h"
#include "http/h1_head.h"
#include "http/h1_scan.h"

#define MAX_METHOD 32

struct cursor {
    char *p, *end;
    const struct http_limits *limits;
    struct http_head *head;
    struct h1_fault *fault;
};

static DW__COLD int bad(struct cursor *c, dw_err err, const char *why)
{
    *c->fault = (struct h1_fault){err, why};
    return H1_BAD;
}

/* ---- the request line ---- */

static enum http_method method_of(dw_text t)
{
    static const struct {
        const char *name;
        size_t n;
        enum http_method method;
    } methods[] = {
        {"GET", 3, HTTP_GET},         {"POST", 4, HTTP_POST},   {"HEAD", 4, HTTP_HEAD},
        {"PUT", 3, HTTP_PUT},         {"PATCH", 5, HTTP_PATCH}, {"DELETE", 6, HTTP_DELETE},
        {"OPTIONS", 7, HTTP_OPTIONS},
    };
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (methods[i].n == t.n && memcmp(methods[i].name, t.p, t.n) == 0)
            return methods[i].method;
    return HTTP_UNKNOWN;
}

static int parse_method(struct cursor *c)
{
    if (c->end - c->p >= 4 && memcmp(c->p, "GET ", 4) == 0) {
        c->head->method_text = (dw_text){c->p, 3};
        c->head->method = HTTP_GET;
        c->p += 4;
        return 0;
    }
    char *p = c->p;
    while (p < c->end && p - c->p <= MAX_METHOD && dw__h1_lower[(unsigned char)*p] != 0)
        p++;
    if (p - c->p > MAX_METHOD)
        return bad(c, DW_NOT_IMPLEMENTED, "method too long");
    if (p == c->end)
        return H1_MORE;
    if (*p != ' ' || p == c->p)
        return bad(c, DW_BAD_REQUEST, "bad method");
    c->head->method_text = (dw_text){c->p, (size_t)(p - c->p)};
    c->head->method = method_of(c->head->method_text);
    c->p = p + 1;
    return 0;
}

static int parse_target(struct cursor *c)
{
    char *p = c->p + dw__h1_span_target(c->p, (size_t)(c->end - c->p));
    size_t n = (size_t)(p - c->p);
    if (n > c->limits->target)
        return bad(c, DW_URI_TOO_LONG, "target too long");
    if (p == c->end)
        return H1_MORE;
    if (*p != ' ' || n == 0)
        return bad(c, DW_BAD_REQUEST, "bad byte in the request line");
    c->head->target = (dw_text){c->p, n};
    c->p = p + 1;
    return 0;
}

static bool is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

static int parse_version(struct cursor *c)
{
    static const char form[] = "HTTP/1.1\r\n";
    size_t have = (size_t)(c->end - c->p);
    if (have >= sizeof(form) - 1 && memcmp(c->p, form, sizeof(form) - 1) == 0) {
        c->head->minor = 1;
        c->p += sizeof(form) - 1;
        return 0;
    }
    if (have > sizeof(form) - 1)
        have = sizeof(form) - 1;
    for (size_t i = 0; i < have; i++) {
        bool digit = i == 5 || i == 7;
        if (digit ? !is_digit(c->p[i]) : c->p[i] != form[i])
            return bad(c, DW_BAD_REQUEST, "bad version or end of the request line");
    }
    if (have < sizeof(form) - 1)
        return H1_MORE;
    if (c->p[5] != '1' || c->p[7] > '1')
        return bad(c, DW_VERSION, "version is neither 1.0 nor 1.1");
    c->head->minor = (unsigned)(c->p[7] - '0');
    c->p += sizeof(form) - 1;
    return 0;
}

/* ---- fields ---- */

/* Why the byte behind a name is not a colon. */
static const char *why_no_colon(const char *line, const char *at)
{
    if (at == line && (*at == ' ' || *at == '\t'))
        return "folded line";
    if (at == line)
        return "no field name";
    return *at == ' ' || *at == '\t' ? "white space before the colon" : "bad byte in a field name";
}

static int too_long_or_more(struct cursor *c, const char *line)
{
    if ((size_t)(c->end - line) > (size_t)c->limits->line + 1)
        return bad(c, DW_HEAD_TOO_LARGE, "line too long");
    return H1_MORE;
}

/* Lowers the name at *at and leaves *at on its colon. */
static int parse_name(struct cursor *c, char **at)
{
    char *p = c->p;
    unsigned char lower;
    while (p < c->end && (lower = dw__h1_lower[(unsigned char)*p]) != 0)
        *p++ = (char)lower;
    if (p == c->end)
        return too_long_or_more(c, c->p);
    if (*p != ':' || p == c->p)
        return bad(c, DW_BAD_REQUEST, why_no_colon(c->p, p));
    *at = p;
    return 0;
}

/* Leaves *at on the CR behind the value that begins there. */
static int parse_value(struct cursor *c, char **at)
{
    char *p = *at + dw__h1_span_value(*at, (size_t)(c->end - *at));
    if (p == c->end)
        return too_long_or_more(c, c->p);
    if (*p != '\r')
        return bad(c, DW_BAD_REQUEST, *p == '\n' ? "LF without CR" : "control character in a value");
    if ((size_t)(p - c->p) > c->limits->line)
        return bad(c, DW_HEAD_TOO_LARGE, "line too long");
    if (p + 1 == c->end)
        return H1_MORE;
    if (p[1] != '\n')
        return bad(c, DW_BAD_REQUEST, "CR without LF");
    *at = p;
    return 0;
}

static bool is_blank(char ch)
{
    return ch == ' ' || ch == '\t';
}

static int parse_field(struct cursor *c)
{
    char *colon = c->p;
    int r = parse_name(c, &colon);
    if (r != 0)
        return r;
    char *value = colon + 1;
    while (value < c->end && is_blank(*value))
        value++;
    char *end = value;
    r = parse_value(c, &end);
    if (r != 0)
        return r;
    struct http_head *head = c->head;
    if (head->n_fields == c->limits->fields)
        return bad(c, DW_HEAD_TOO_LARGE, "too many fields");
    struct http_field *field = &head->fields[head->n_fields++];
    field->name = (dw_text){c->p, (size_t)(colon - c->p)};
    c->p = end + 2;
    while (end > value && is_blank(end[-1]))
        end--;
    field->value = (dw_text){value, (size_t)(end - value)};
    const char *why = dw__h1_note_field(head, field);
    return why == NULL ? 0 : bad(c, DW_BAD_REQUEST, why);
}

static int parse_fields(struct cursor *c)
{
    for (;;) {
        if (c->p == c->end)
            return H1_MORE;
        if (*c->p == '\r')
            break;
        int r = parse_field(c);
        if (r != 0)
            return r;
    }
    if (c->p + 1 == c->end)
        return H1_MORE;
    if (c->p[1] != '\n')
        return bad(c, DW_BAD_REQUEST, "CR without LF");
    c->p += 2;
    return 0;
}

/* ---- the whole ---- */

/* Some clients send an empty line too many behind a body (RFC 9112 §2.2). One is passed over. */
static int skip_empty_line(struct cursor *c)
{
    if (c->p == c->end)
        return H1_MORE;
    if (*c->p != '\r')
        return 0;
    if (c->p + 1 == c->end)
        return H1_MORE;
    if (c->p[1] != '\n')
        return bad(c, DW_BAD_REQUEST, "CR without LF");
    c->p += 2;
    return 0;
}

static int parse_all(struct cursor *c)
{
    int r;
    if ((r = skip_empty_line(c)) != 0 || (r = parse_method(c)) != 0 || (r = parse_target(c)) != 0 ||
        (r = parse_version(c)) != 0 || (r = parse_fields(c)) != 0)
        return r;
    return dw__h1_judge_head(c->head, c->fault) ? 0 : H1_BAD;
}

static unsigned bit_width(size_t n)
{
    return n == 0 ? 0 : 64u - (unsigned)__builtin_clzll(n);
}

/* Whether the bytes p[seen, n) can have changed the verdict "more". */
static bool worth_parsing(const char *p, size_t n, size_t seen)
{
    if (seen == 0 || bit_width(n) != bit_width(seen))
        return true;
    for (size_t at = seen; at < n; at++) {
        const char *lf = memchr(p + at, '\n', n - at);
        if (lf == NULL)
            return false;
        at = (size_t)(lf - p);
        if (at == 0 || p[at - 1] != '\r' || (at >= 2 && p[at - 2] == '\n'))
            return true;
    }
    return false;
}

int dw__h1_parse(char *p, size_t n, size_t seen, const struct http_limits *limits, struct http_head *head,
                 struct h1_fault *fault)
{
    size_t most = limits->head < HTTP_HEAD_MAX ? limits->head : HTTP_HEAD_MAX;
    if (n < most && !worth_parsing(p, n, seen))
        return H1_MORE;
    struct http_field *fields = head->fields;
    *head = (struct http_head){.fields = fields, .content_length = -1};
    struct cursor c = {p, p + n, limits, head, fault};
    int r = parse_all(&c);
    size_t used = (size_t)(c.p - p);
    if ((r == 0 && used > most) || (r == H1_MORE && n >= most))
        return bad(&c, DW_HEAD_TOO_LARGE, "head too large");
    return r == 0 ? (int)used : r;
}
