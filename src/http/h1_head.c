/* http/h1_head.c -- the judgement over a request head: whose host, which path, how long a body.
 *
 * Every rule here has been the hole of some server: two Hosts, a Host that is no host, a length beside a coding, a length with a
 * sign.  A field that may come once and comes twice is never merged and never chosen from: it is 400. */
#include "http/h1_head.h"

#include <string.h>

#include "base/text.h"
#include "http/field_mark.h"
#include "http/h1_scan.h"

/* ---- fields that are known ---- */

#define IS(lit) (memcmp(name.p, lit, sizeof(lit) - 1) == 0)

/* HTTP_KNOWN_COUNT when it is none. */
static enum http_known known_of(dw_text name)
{
    switch (name.n) {
    case 4: return IS("host") ? HTTP_HOST : HTTP_KNOWN_COUNT;
    case 6:
        return IS("accept")   ? HTTP_ACCEPT
               : IS("cookie") ? HTTP_COOKIE
               : IS("origin") ? HTTP_ORIGIN
               : IS("expect") ? HTTP_EXPECT
                              : HTTP_KNOWN_COUNT;
    case 8: return IS("if-match") ? HTTP_IF_MATCH : HTTP_KNOWN_COUNT;
    case 10: return IS("connection") ? HTTP_CONNECTION : HTTP_KNOWN_COUNT;
    case 11: return IS("traceparent") ? HTTP_TRACEPARENT : HTTP_KNOWN_COUNT;
    case 12: return IS("content-type") ? HTTP_CONTENT_TYPE : HTTP_KNOWN_COUNT;
    case 13:
        return IS("authorization")   ? HTTP_AUTHORIZATION
               : IS("if-none-match") ? HTTP_IF_NONE_MATCH
                                     : HTTP_KNOWN_COUNT;
    case 14: return IS("content-length") ? HTTP_CONTENT_LENGTH : HTTP_KNOWN_COUNT;
    case 17: return IS("transfer-encoding") ? HTTP_TRANSFER_ENCODING : HTTP_KNOWN_COUNT;
    default: return HTTP_KNOWN_COUNT;
    }
}

/* What to do with a second line of the same name. NULL: the first stays in known[], all stay in fields[]. */
static const char *const why_not_twice[HTTP_KNOWN_COUNT] = {
    [HTTP_HOST] = "two Host fields",
    [HTTP_CONTENT_LENGTH] = "two Content-Length fields",
    [HTTP_TRANSFER_ENCODING] = "two Transfer-Encoding fields",
    [HTTP_CONTENT_TYPE] = "two Content-Type fields",
    [HTTP_EXPECT] = "two Expect fields",
    [HTTP_AUTHORIZATION] = "two Authorization fields",
    [HTTP_ORIGIN] = "two Origin fields",
    [HTTP_COOKIE] = "two Cookie fields",
    [HTTP_TRACEPARENT] = "two traceparent fields",
};

/* Whether `list` (#token, RFC 9110 §5.6.1) has `option`, in any case. */
static bool list_has(dw_text list, dw_text option)
{
    while (list.p != NULL)
        if (dw__text_eq_nocase(dw__text_trim(dw__text_cut(&list, ',')), option))
            return true;
    return false;
}

const char *dw__h1_note_field(struct http_head *head, const struct http_field *field)
{
    enum http_known known = known_of(field->name);
    if (known == HTTP_KNOWN_COUNT) {
        head->marks |= (unsigned char)dw__field_mark(field->name);
        return NULL;
    }
    if (head->known[known].p != NULL)
        return why_not_twice[known];
    head->known[known] = field->value;
    return NULL;
}

/* ---- Host ---- */

static bool is_ipv6_byte(char ch)
{
    return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'f') || (ch >= 'A' && ch <= 'F') || ch == ':' ||
           ch == '.';
}

static bool is_port(dw_text t)
{
    uint64_t port;
    return t.n <= 5 && dw__text_u64(t, &port) && port <= 65535;
}

/* host [":" port], the host a name, an IPv4 address or an IPv6 address in brackets; no user information, no %XX. */
static bool is_authority(dw_text t)
{
    size_t i = 0;
    if (t.n > 0 && t.p[0] == '[') {
        for (i = 1; i < t.n && is_ipv6_byte(t.p[i]);)
            i++;
        if (i < 3 || i == t.n || t.p[i] != ']')
            return false;
        i++;
    } else {
        i = dw__h1_span_host(t.p, t.n);
    }
    if (i == 0 || i > 255)
        return false;
    return i == t.n || (t.p[i] == ':' && is_port((dw_text){t.p + i + 1, t.n - i - 1}));
}

static const char *judge_host(struct http_head *head)
{
    dw_text field = head->known[HTTP_HOST];
    if (field.p == NULL && head->minor >= 1)
        return "no Host";
    if (field.p != NULL && !is_authority(field))
        return "bad Host";
    if (head->host.p == NULL)
        head->host = field;
    return NULL;
}

/* ---- target ---- */

static void split_query(struct http_head *head, dw_text t)
{
    const char *mark = memchr(t.p, '?', t.n);
    head->path = t;
    if (mark != NULL) {
        head->path.n = (size_t)(mark - t.p);
        head->query = (dw_text){mark + 1, t.n - head->path.n - 1};
    }
}

/* The length of "http://" or "https://" at the beginning of t, or 0. */
static size_t scheme_length(dw_text t)
{
    static const dw_text schemes[] = {DW_TEXT_INIT("http://"), DW_TEXT_INIT("https://")};
    for (size_t i = 0; i < 2; i++)
        if (t.n > schemes[i].n && dw__text_eq_nocase((dw_text){t.p, schemes[i].n}, schemes[i]))
            return schemes[i].n;
    return 0;
}

static const char *judge_absolute(struct http_head *head, size_t scheme)
{
    dw_text rest = {head->target.p + scheme, head->target.n - scheme};
    size_t n = 0;
    while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?')
        n++;
    head->host = (dw_text){rest.p, n};
    if (!is_authority(head->host))
        return "bad authority in the target";
    split_query(head, (dw_text){rest.p + n, rest.n - n});
    if (head->path.n == 0)
        head->path = head->method == HTTP_OPTIONS && head->query.p == NULL ? DW_TEXT("*") : DW_TEXT("/");
    return NULL;
}

static const char *judge_target(struct http_head *head)
{
    dw_text t = head->target;
    if (t.p[0] == '/') {
        split_query(head, t);
        return NULL;
    }
    if (dw__text_is(t, "*") && head->method == HTTP_OPTIONS) {
        head->path = t;
        return NULL;
    }
    size_t scheme = scheme_length(t);
    return scheme > 0 ? judge_absolute(head, scheme) : "bad form of target";
}

/* CONNECT asks for a tunnel to an authority (RFC 9112 §3.2.3): a method that no resource here has. */
static bool judge_connect(const struct http_head *head, struct h1_fault *fault)
{
    bool tunnel = head->method == HTTP_UNKNOWN && dw__text_is(head->method_text, "CONNECT") &&
                  head->target.p[0] != '/' && is_authority(head->target);
    if (tunnel)
        *fault = (struct h1_fault){DW_METHOD_NOT_ALLOWED, "CONNECT"};
    return !tunnel;
}

/* ---- framing ---- */

/* 1*DIGIT, at most INT64_MAX (RFC 9110 §8.6). */
static const char *judge_length(struct http_head *head)
{
    dw_text t = head->known[HTTP_CONTENT_LENGTH];
    uint64_t n;
    if (t.p == NULL)
        return NULL;
    if (t.n > 19 || !dw__text_u64(t, &n) || n > INT64_MAX)
        return "bad Content-Length";
    head->content_length = (int64_t)n;
    return NULL;
}

/* A list of codings of which the last, and only the last, is chunked: valid, and more than we can do. */
static bool is_other_coding(dw_text list)
{
    bool chunked = false;
    while (list.p != NULL) {
        dw_text coding = dw__text_trim(dw__text_cut(&list, ','));
        if (chunked || !dw__h1_is_token(coding))
            return false;
        chunked = dw__text_eq_nocase(coding, DW_TEXT("chunked"));
    }
    return chunked;
}

/* RFC 9112 §6.1 and §6.3. */
static bool judge_coding(struct http_head *head, struct h1_fault *fault)
{
    dw_text t = head->known[HTTP_TRANSFER_ENCODING];
    if (t.p == NULL)
        return true;
    head->chunked = dw__text_eq_nocase(t, DW_TEXT("chunked"));
    if (head->minor == 0)
        *fault = (struct h1_fault){DW_BAD_REQUEST, "Transfer-Encoding in HTTP/1.0"};
    else if (head->known[HTTP_CONTENT_LENGTH].p != NULL)
        *fault = (struct h1_fault){DW_BAD_REQUEST, "Content-Length and Transfer-Encoding"};
    else if (!head->chunked && is_other_coding(t))
        *fault = (struct h1_fault){DW_NOT_IMPLEMENTED, "coding other than chunked"};
    else if (!head->chunked)
        *fault = (struct h1_fault){DW_BAD_REQUEST, "bad Transfer-Encoding"};
    else
        return true;
    return false;
}

/* RFC 9110 §10.1.1; an expectation of an HTTP/1.0 client is ignored. */
static bool judge_expect(struct http_head *head, struct h1_fault *fault)
{
    dw_text t = head->known[HTTP_EXPECT];
    if (t.p == NULL || head->minor == 0)
        return true;
    head->expect_continue = dw__text_eq_nocase(t, DW_TEXT("100-continue"));
    if (!head->expect_continue)
        *fault = (struct h1_fault){DW_EXPECTATION_FAILED, "unknown expectation"};
    return head->expect_continue;
}

/* RFC 9112 §9.3; all lines of the field count. */
static void judge_connection(struct http_head *head)
{
    bool close = false, keep = head->minor >= 1;
    for (size_t i = 0; head->known[HTTP_CONNECTION].p != NULL && i < head->n_fields; i++) {
        const struct http_field *field = &head->fields[i];
        if (!dw__text_is(field->name, "connection"))
            continue;
        close = close || list_has(field->value, DW_TEXT("close"));
        keep = keep || list_has(field->value, DW_TEXT("keep-alive"));
    }
    head->keep_alive = keep && !close;
}

bool dw__h1_judge_head(struct http_head *head, struct h1_fault *fault)
{
    const char *why;
    if (!judge_connect(head, fault))
        return false;
    if ((why = judge_target(head)) != NULL || (why = judge_host(head)) != NULL ||
        (why = judge_length(head)) != NULL) {
        *fault = (struct h1_fault){DW_BAD_REQUEST, why};
        return false;
    }
    judge_connection(head);
    return judge_coding(head, fault) && judge_expect(head, fault);
}
