/* Our parser beside llhttp itself (Debian's node-llhttp carries its C source), over requests and what chance makes of them.
 *
 * What each completes is compared: the messages, their targets and their bodies.  Where one completes a message that the other refuses, the
 * reason must be in a table here, by our sentence or by llhttp's error; docs/internals/http1.md shows the same tables.  Two that both complete
 * a message and see another target or another body would be how requests are smuggled: that is never right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#ifdef HAVE_LLHTTP
/* Its names of methods are ours too. */
#define HTTP_GET LL_GET
#define HTTP_HEAD LL_HEAD
#define HTTP_POST LL_POST
#define HTTP_PUT LL_PUT
#define HTTP_PATCH LL_PATCH
#define HTTP_DELETE LL_DELETE
#define HTTP_OPTIONS LL_OPTIONS
#include <llhttp.h>
#undef HTTP_GET
#undef HTTP_HEAD
#undef HTTP_POST
#undef HTTP_PUT
#undef HTTP_PATCH
#undef HTTP_DELETE
#undef HTTP_OPTIONS

#include "http/h1_body.h"
#include "http/h1_parse.h"

/* ---- the tables ---- */

/* What we refuse and llhttp takes, by our sentence. */
static const char *const stricter[] = {
    "no Host",            /* RFC 9112 §3.2: a request must have one; llhttp leaves that to its user */
    "two Host fields",    /* the same */
    "bad Host",           /* RFC 9110 §7.2: host [":" port] */
    "bad form of target", /* RFC 9112 §3.2: none of the four forms, or authority-form: we are no proxy */
    "CONNECT",            /* RFC 9112 §3.2.3: the same; 405 */
    "bad authority in the target",            /* RFC 9110 §4.2.4: user information and what is no host */
    "bad byte in the request line",           /* RFC 3986 §2: a fragment, or bytes over 0x7f, in a target */
    "bad version or end of the request line", /* RFC 9112 §2.3: HTTP/0.9, other protocols, LF alone */
    "version is neither 1.0 nor 1.1",         /* 505 */
    "bad method",                             /* an empty line too many before it, or white space */
    "method too long",                        /* 501 */
    "CR without LF",                          /* RFC 9112 §2.2 */
    "LF without CR", /* RFC 9112 §2.2: may be taken, and is how messages are split in two ways */
    "folded line",   /* RFC 9112 §5.2: obs-fold */
    "control character in a value", /* RFC 9110 §5.5 */
    "bad byte in a field name",     /* RFC 9110 §5.1 */
    "white space before the colon", /* RFC 9112 §5.1 */
    "no field name",                /* RFC 9110 §5.1 */
    "two Content-Length fields",    /* RFC 9110 §8.6: may be merged when equal; we never choose */
    "bad Content-Length",           /* RFC 9110 §8.6: 1*DIGIT that fits 63 bits */
    "two Transfer-Encoding fields", /* may be merged; we never do */
    "two Content-Type fields",      /* fields that may come once are not chosen from */
    "two Expect fields",
    "two Authorization fields",
    "two Origin fields",
    "two Cookie fields",
    "two traceparent fields",
    "Transfer-Encoding in HTTP/1.0",        /* RFC 9112 §6.1: faulty framing */
    "Content-Length and Transfer-Encoding", /* RFC 9112 §6.1: may be an attack */
    "coding other than chunked",            /* 501 */
    "bad Transfer-Encoding",                /* RFC 9112 §6.3 */
    "unknown expectation",                  /* 417 */
    "bad body", /* RFC 9112 §7.1: LF alone, bytes in extensions and trailers, their bounds */
    NULL,
};

/* What llhttp refuses and we take, by its error and what such requests have in them (NULL: anything). */
static const struct {
    llhttp_errno_t error;
    const char *with;
} looser[] = {
    {HPE_INVALID_METHOD, NULL},    /* a method is a token (RFC 9110 §9.1): those we do not know are 501 */
    {HPE_INVALID_CONSTANT, NULL},  /* a method that begins like one of its own: the same */
    {HPE_CLOSED_CONNECTION, NULL}, /* bytes behind a request that closes: we never look at them */
    {HPE_PAUSED_UPGRADE,
     NULL}, /* no error: what follows is another protocol for it; we never upgrade, and go on */
    {HPE_INVALID_URL,
     "?"}, /* "?" straight behind the host of an absolute-form (RFC 3986 §3.3: an empty path) */
    {HPE_INVALID_CHUNK_SIZE,
     ";"}, /* extensions that are quoted, or have no value behind one that has (RFC 9112 §7.1.1) */
    {HPE_INVALID_CONTENT_LENGTH, "\t"}, /* a tab behind a value is white space as well (RFC 9110 §5.6.3) */
    {HPE_INVALID_TRANSFER_ENCODING, "\t"}, /* the same */
    {HPE_OK, "keep-alive\t"}, /* the same, behind an option of Connection: for it the connection is over */
    {HPE_INVALID_CONTENT_LENGTH,
     "0\r\nContent-Length"}, /* a trailer of that name: dropped, and never framing */
    {HPE_UNEXPECTED_CONTENT_LENGTH, "0\r\nContent-Length"},    /* the same */
    {HPE_INVALID_TRANSFER_ENCODING, "0\r\nTransfer-Encoding"}, /* the same */
    {HPE_OK, "0\r\nConnection: close"},                        /* the same: for it the connection is over */
};

static bool is_stricter(const char *why)
{
    for (size_t i = 0; stricter[i] != NULL; i++)
        if (strcmp(stricter[i], why) == 0)
            return true;
    return false;
}

/* Whether q is in p[0, n), in any case. */
static bool has(const char *p, size_t n, const char *q)
{
    size_t m = strlen(q);
    for (size_t i = 0; i + m <= n; i++)
        if (strncasecmp(p + i, q, m) == 0)
            return true;
    return false;
}

static bool is_looser(llhttp_errno_t error, const char *p, size_t n)
{
    for (size_t i = 0; i < sizeof looser / sizeof looser[0]; i++)
        if (looser[i].error == error && (looser[i].with == NULL || has(p, n, looser[i].with)))
            return true;
    return false;
}

/* ---- what each sees ---- */

#define MESSAGES 16
#define ROOM 4096

struct message {
    size_t target_n, body_n;
    uint64_t target_hash, body_hash;
};

struct seen {
    struct message done[MESSAGES], now;
    size_t n;
    bool refused, closed;
    const char *why;
    llhttp_errno_t error;
};

static uint64_t add(uint64_t hash, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)p[i]) * UINT64_C(1099511628211);
    return hash;
}

static void complete(struct seen *s)
{
    if (s->n < MESSAGES)
        s->done[s->n++] = s->now;
    s->now = (struct message){0};
}

static int on_url(llhttp_t *parser, const char *at, size_t n)
{
    struct seen *s = parser->data;
    s->now.target_n += n;
    s->now.target_hash = add(s->now.target_hash, at, n);
    return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t n)
{
    struct seen *s = parser->data;
    s->now.body_n += n;
    s->now.body_hash = add(s->now.body_hash, at, n);
    return 0;
}

static int on_complete(llhttp_t *parser)
{
    complete(parser->data);
    return 0;
}

static void see_theirs(const char *p, size_t n, struct seen *s)
{
    llhttp_settings_t settings;
    llhttp_t parser;
    *s = (struct seen){.why = ""};
    llhttp_settings_init(&settings);
    settings.on_url = on_url;
    settings.on_body = on_body;
    settings.on_message_complete = on_complete;
    llhttp_init(&parser, HTTP_REQUEST, &settings);
    parser.data = s;
    s->error = llhttp_execute(&parser, p, n);
    s->refused = s->error != HPE_OK;
    if (s->refused)
        s->why = llhttp_get_error_reason(&parser);
}

/* One message at *at; whether to go on. */
static bool see_one(char **at, size_t *left, struct seen *s)
{
    static const struct http_limits usual = {.target = 8192, .line = 8192, .fields = 100, .head = 32768};
    static struct http_field fields[DW__MAX_FIELDS];
    struct http_head head = {.fields = fields};
    struct h1_fault fault = {DW_OK, ""};
    int used = dw__h1_parse(*at, *left, 0, &usual, &head, &fault);
    if (used < 0) {
        s->refused = used == H1_BAD;
        s->why = fault.why;
        return false;
    }
    s->now.target_n = head.target.n;
    s->now.target_hash = add(0, head.target.p, head.target.n);
    *at += used;
    *left -= (size_t)used;
    struct h1_body body;
    enum h1_body_result r;
    dw__h1_body_init(&body, &head);
    do {
        size_t n = 0;
        dw_text data = {0};
        r = dw__h1_body_next(&body, *at, *left, *left + 1, &n, &data, NULL);
        s->now.body_n += data.n;
        s->now.body_hash = add(s->now.body_hash, data.p, data.n);
        *at += n;
        *left -= n;
    } while (r == H1_BODY_DATA);
    s->refused = r == H1_BODY_BAD;
    s->why = s->refused ? "bad body" : "";
    if (r == H1_BODY_END)
        complete(s);
    s->closed = r == H1_BODY_END && !head.keep_alive;
    return r == H1_BODY_END && head.keep_alive && *left > 0;
}

static void see_ours(char *p, size_t n, struct seen *s)
{
    *s = (struct seen){.why = ""};
    while (s->n < MESSAGES && n > 0 && see_one(&p, &n, s))
        ;
}

/* ---- the comparison ---- */

enum result { AGREE, EXPLAINED, WRONG };

static enum result compare(const struct seen *ours, const struct seen *theirs, const char *p, size_t n)
{
    size_t both = ours->n < theirs->n ? ours->n : theirs->n;
    for (size_t i = 0; i < both; i++)
        if (memcmp(&ours->done[i], &theirs->done[i], sizeof ours->done[i]) != 0)
            return WRONG;
    if (ours->n == theirs->n)
        return AGREE;
    if (ours->n > theirs->n)
        return is_looser(theirs->error, p, n) ? EXPLAINED : WRONG;
    return ours->closed || (ours->refused && is_stricter(ours->why)) ? EXPLAINED : WRONG;
}

static void print(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char ch = (unsigned char)p[i];
        printf(ch >= ' ' && ch < 127 && ch != '\\' ? "%c" : "\\x%02x", ch);
    }
    printf("\n");
}

static size_t n_explained, n_wrong;

static void judge(const char *p, size_t n)
{
    static char copy[ROOM];
    struct seen ours, theirs;
    memcpy(copy, p, n);
    see_theirs(p, n, &theirs);
    see_ours(copy, n, &ours);
    enum result result = compare(&ours, &theirs, p, n);
    n_explained += result == EXPLAINED;
    if (result == WRONG && n_wrong++ < 10) {
        printf("# we: %zu messages, %s%s; llhttp: %zu, %d %s\n# ", ours.n,
               ours.refused ? "refused: " : "more", ours.why, theirs.n, (int)theirs.error, theirs.why);
        print(p, n);
    }
}

/* ---- requests, and what chance makes of them ---- */

#define H "Host: a.test\r\n"
static const char *const requests[] = {
    "GET / HTTP/1.1\r\n" H "\r\n",
    "GET /a/b?c=d&e=%20 HTTP/1.1\r\n" H "Accept: */*\r\nConnection: keep-alive\r\n\r\n",
    "HEAD /x HTTP/1.1\r\n" H "Connection: close\r\n\r\nGET /y HTTP/1.1\r\n" H "\r\n",
    "OPTIONS * HTTP/1.1\r\n" H "\r\n",
    "GET http://a.test:80/x HTTP/1.1\r\n" H "\r\n",
    "GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /b HTTP/1.0\r\n\r\n",
    "POST /p HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhelloGET /next HTTP/1.1\r\n" H "\r\n",
    "POST /p HTTP/1.1\r\n" H "Content-Length: 0\r\nExpect: 100-continue\r\n\r\nGET /n HTTP/1.1\r\n" H "\r\n",
    "PUT /c HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET /n HTTP/1.1\r\n" H
    "\r\n",
    "PUT /c HTTP/1.1\r\n" H
    "Transfer-Encoding: chunked\r\n\r\na;x=y;z=\"q\"\r\n0123456789\r\n1\r\n!\r\n00\r\nT: v\r\n\r\n",
    "PATCH /t HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "DELETE /d HTTP/1.1\r\n" H
    "Content-Length: 3\r\nContent-Type: text/plain\r\n\r\nabc\r\nGET /n HTTP/1.1\r\n" H "\r\n",
    "GET /u HTTP/1.1\r\n" H "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\nGET /n HTTP/1.1\r\n" H "\r\n",
};

static const char *const pieces[] = {
    "\r",
    "\n",
    "\r\n",
    " ",
    "\t",
    ":",
    ";",
    ",",
    "0",
    "5",
    "-1",
    "0x5",
    "+5",
    "\0",
    "\x0b",
    "\x7f",
    "\xff",
    "/",
    "?",
    "#",
    "//",
    "%",
    "Content-Length: 4\r\n",
    "Content-Length: 0\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: identity\r\n",
    "Host: b.test\r\n",
    "\r\n b",
    "Connection: close\r\n",
    "chunked",
    "HTTP/1.1",
    "0\r\n\r\n",
    "GET ",
    "Content-Length : 4\r\n",
};

static uint64_t dice_state = 88172645463325252u;

static size_t dice(size_t sides)
{
    dice_state ^= dice_state << 13;
    dice_state ^= dice_state >> 7;
    dice_state ^= dice_state << 17;
    return (size_t)(dice_state % sides);
}

/* Puts m bytes of q at `at` of the n bytes in p. */
static size_t insert(char *p, size_t n, size_t at, const char *q, size_t m)
{
    if (n + m > ROOM / 2)
        return n;
    memmove(p + at + m, p + at, n - at);
    memcpy(p + at, q, m);
    return n + m;
}

static size_t mutate(char *p, size_t n)
{
    size_t at = dice(n), m = 1 + dice(8);
    char copy[8];
    if (m > n - at)
        m = n - at;
    switch (dice(5)) {
    case 0: p[at] = (char)dice(256); return n;
    case 1: p[at] ^= 0x20; return n;
    case 2: /* a piece goes */
        if (m == n)
            return n;
        memmove(p + at, p + at + m, n - at - m);
        return n - m;
    case 3: /* a piece twice */ memcpy(copy, p + at, m); return insert(p, n, dice(n), copy, m);
    default: {
        const char *piece = pieces[dice(sizeof pieces / sizeof pieces[0])];
        return insert(p, n, at, piece, piece[0] == '\0' ? 1 : strlen(piece));
    }
    }
}

static void test_mutated_requests(void **state)
{
    (void)state;
    const size_t rounds = 1000000;
    char p[ROOM];
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        judge(requests[i], strlen(requests[i]));
    for (size_t i = 0; i < rounds; i++) {
        const char *request = requests[dice(sizeof requests / sizeof requests[0])];
        size_t n = strlen(request);
        memcpy(p, request, n);
        for (size_t times = 1 + dice(3); times > 0; times--)
            n = mutate(p, n);
        judge(p, n);
    }
    printf("# llhttp %d.%d.%d: %zu requests, %zu differ for a reason, %zu without\n", LLHTTP_VERSION_MAJOR,
           LLHTTP_VERSION_MINOR, LLHTTP_VERSION_PATCH, rounds, n_explained, n_wrong);
    assert_true(n_explained > 1000);
    assert_int_equal(n_wrong, 0);
}
#else
static void test_mutated_requests(void **state)
{
    (void)state;
    printf("# node-llhttp is not installed: /usr/share/llhttp/llhttp.c is not there\n");
    skip();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_mutated_requests)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
