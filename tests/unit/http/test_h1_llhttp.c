/* The head parser and the body decoder beside llhttp's own rows: where the verdicts differ, the reason is in the table here, and a row
 * that differs without being in it fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "http/h1_body.h"
#include "http/h1_parse.h"
#include "vectors.h"

enum verdict { REJECT, ACCEPT };

/* Why we judge a row otherwise. */
enum reason {
    BAD_HOST,       /* a Host that is not host [":" port] (RFC 9110 §7.2) */
    OTHER_PROTOCOL, /* RTSP, ICE, HTTP/0.9: not ours */
    BAD_TARGET,     /* a fragment, a user, an authority or nothing known as target (RFC 9112 §3.2) */
    UPGRADE,     /* for llhttp what follows is another protocol, for us the next request: we never upgrade */
    AFTER_CLOSE, /* llhttp refuses bytes behind the last request; we close and never look at them */
    ANY_METHOD,  /* a method is a token; those we do not know are 501 later, not 400 */
    LATER        /* refused by us too, at the end of the line or head, which this row does not reach */
};

struct difference {
    const char *src, *name;
    enum verdict ours;
    enum reason reason;
};

static const struct difference differences[] = {
    {"connection.md", "No restart when keep-alive is off (1.0)", ACCEPT, AFTER_CLOSE},
    {"connection.md", "Multiple tokens with folding and LWS", REJECT, UPGRADE},
    {"connection.md", "Upgrade GET request", REJECT, UPGRADE},
    {"connection.md", "Upgrade POST request", REJECT, UPGRADE},
    {"content-length.md", "Error on `Content-Length` overflow", ACCEPT, LATER},
    {"invalid.md", "HTTP protocol and ANNOUNCE method", ACCEPT, ANY_METHOD},
    {"invalid.md", "Invalid method", ACCEPT, ANY_METHOD},
    {"invalid.md", "Invalid HTTP version", ACCEPT, LATER},
    {"method.md", "CONNECT request", REJECT, BAD_TARGET},
    {"method.md", "CONNECT request with CAPS", REJECT, BAD_TARGET},
    {"method.md", "CONNECT with body", REJECT, BAD_TARGET},
    {"method.md", "M-SEARCH request", REJECT, BAD_TARGET},
    {"method.md", "SOURCE request with ICE", REJECT, OTHER_PROTOCOL},
    {"method.md", "OPTIONS request with RTSP", REJECT, OTHER_PROTOCOL},
    {"method.md", "ANNOUNCE request with RTSP", REJECT, OTHER_PROTOCOL},
    {"method.md", "PRI request HTTP2", REJECT, BAD_TARGET},
    {"sample.md", "curl GET", REJECT, BAD_HOST},
    {"sample.md", "Firefox GET", REJECT, BAD_HOST},
    {"sample.md", "No HTTP version", REJECT, OTHER_PROTOCOL},
    {"transfer-encoding.md", "POST with `chunked` as last transfer-encoding", REJECT, BAD_TARGET},
    {"transfer-encoding.md", "POST with `chunked` as last transfer-encoding (multiple headers)", REJECT,
     BAD_TARGET},
    {"uri.md", "Fragment in URI", REJECT, BAD_TARGET},
    {"uri.md", "Underscore in hostname", REJECT, BAD_TARGET},
    {"uri.md", "`host:port` and basic auth", REJECT, BAD_TARGET},
    {NULL, NULL, ACCEPT, LATER},
};

#define ROOM 4096

/* Most rows have no Host, which HTTP/1.1 demands: one is put behind the request line at `at`, so that the rest can be judged. */
static bool add_host(char *at, size_t *left)
{
    static const char host[] = "Host: x\r\n";
    char *line = *left >= 2 && memcmp(at, "\r\n", 2) == 0 ? at + 2 : at;
    char *end = memmem(line, *left - (size_t)(line - at), "\r\n", 2);
    if (end == NULL)
        return false;
    end += 2;
    memmove(end + sizeof(host) - 1, end, *left - (size_t)(end - at));
    memcpy(end, host, sizeof(host) - 1);
    *left += sizeof(host) - 1;
    return true;
}

/* One message at *at: whether to go on with the next. */
static bool judge_one(char **at, size_t *left, enum verdict *verdict, const char **why)
{
    static const struct http_limits usual = {.target = 8192, .line = 8192, .fields = 100, .head = 32768};
    static struct http_field fields[DW__MAX_FIELDS];
    struct http_head head = {.fields = fields};
    struct h1_fault fault = {DW_OK, ""};
    struct h1_body body;
    enum h1_body_result r;
    int used = dw__h1_parse(*at, *left, 0, &usual, &head, &fault);
    if (used == H1_BAD && strcmp(fault.why, "no Host") == 0 && add_host(*at, left))
        used = dw__h1_parse(*at, *left, 0, &usual, &head, &fault);
    *why = fault.why;
    if (used < 0) {
        *verdict = used == H1_BAD ? REJECT : ACCEPT;
        return false;
    }
    *at += used;
    *left -= (size_t)used;
    dw__h1_body_init(&body, &head);
    do {
        size_t n = 0;
        dw_text data;
        r = dw__h1_body_next(&body, *at, *left, *left + 1, &n, &data, NULL);
        *at += n;
        *left -= n;
    } while (r == H1_BODY_DATA);
    *why = "bad body";
    *verdict = r == H1_BODY_BAD ? REJECT : ACCEPT;
    return head.keep_alive && r == H1_BODY_END && *left > 0;
}

/* All messages in raw, one after the other. */
static enum verdict judge(dw_bytes raw, const char **why)
{
    char *p = calloc(1, raw.n + ROOM), *at = p;
    size_t left = raw.n;
    enum verdict verdict = ACCEPT;
    assert_non_null(p);
    memcpy(p, raw.p, raw.n);
    while (left > 0 && judge_one(&at, &left, &verdict, why))
        ;
    free(p);
    return verdict;
}

static const struct difference *find(const char *src, const char *name)
{
    for (const struct difference *d = differences; d->name != NULL; d++)
        if (strcmp(d->src, src) == 0 && strcmp(d->name, name) == 0)
            return d;
    return NULL;
}

static void test_llhttp(void **state)
{
    (void)state;
    json_t *doc = vectors_load("llhttp_requests.json");
    if (doc == NULL)
        skip();
    size_t i, agree = 0, differ = 0, wrong = 0;
    json_t *row;
    json_array_foreach(doc, i, row)
    {
        const char *src = json_string_value(json_object_get(row, "src"));
        const char *name = json_string_value(json_object_get(row, "name"));
        enum verdict theirs =
            strcmp(json_string_value(json_object_get(row, "verdict")), "accept") == 0 ? ACCEPT : REJECT;
        const char *why = "";
        dw_bytes raw = vectors_hex(row, "raw_hex");
        enum verdict ours = judge(raw, &why);
        const struct difference *d = find(src, name);
        if (d != NULL ? ours == d->ours && ours != theirs : ours == theirs) {
            d != NULL ? differ++ : agree++;
        } else {
            wrong++;
            printf("{\"%s\", \"%s\", %s, LATER}, /* llhttp: %s; we: %s */\n", src, name,
                   ours == ACCEPT ? "ACCEPT" : "REJECT", json_string_value(json_object_get(row, "reason")),
                   ours == ACCEPT ? "" : why);
        }
        free((void *)(uintptr_t)raw.p);
    }
    printf("# llhttp: %zu rows agree, %zu differ for a reason\n", agree, differ);
    json_decref(doc);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_llhttp)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
