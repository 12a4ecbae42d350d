/* app/test_reply.c -- the other end of HTTP/1.1: a reply out of bytes (RFC 9112 §6), as a test wants to look at it. */
#include <string.h>

#include "app/test_inside.h"
#include "base/text.h"
#include "http/h1_body.h"

static dw_text line_of(dw_text *rest)
{
    dw_text line = dw__text_cut(rest, '\n');

    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

dw_text dw_test_header(const dw_test_reply *reply, const char *name)
{
    dw_text rest = reply->head;

    (void)line_of(&rest);
    while (rest.n > 0) {
        dw_text value = line_of(&rest), found = dw__text_cut(&value, ':');

        if (dw__text_eq_nocase(found, dw__text_of(name)))
            return dw__text_trim(value);
    }
    return (dw_text){NULL, 0};
}

/* The status of "HTTP/1.1 200 OK"; 0 when it is no such line. */
static int status_of(dw_text line)
{
    int status = 0;

    if (line.n < 12 || memcmp(line.p, "HTTP/1.1 ", 9) != 0 || (line.n > 12 && line.p[12] != ' '))
        return 0;
    for (size_t i = 9; i < 12; i++) {
        if (line.p[i] < '0' || line.p[i] > '9')
            return 0;
        status = 10 * status + (line.p[i] - '0');
    }
    return status >= 100 ? status : 0;
}

/* What the head says of the body: of no length with `until_end`. False when it contradicts itself. */
static bool framing(const dw_test_reply *reply, struct http_head *head, bool *until_end)
{
    dw_text length = dw_test_header(reply, "content-length");
    uint64_t n;

    head->chunked = dw__text_is(dw_test_header(reply, "transfer-encoding"), "chunked");
    *until_end = !head->chunked && length.p == NULL;
    if (length.p == NULL)
        return true;
    if (head->chunked || !dw__text_u64(length, &n) || n > INT64_MAX)
        return false;
    head->content_length = (int64_t)n;
    return true;
}

static int read_body(dw_text in, const struct http_head *head, struct arena *memory, dw_text *body)
{
    struct h1_body decoder;
    struct buf whole;

    dw__h1_body_init(&decoder, head);
    dw__buf_init(&whole, memory, in.n + 1);
    for (;;) {
        dw_text data;
        size_t used = 0;
        enum h1_body_result got = dw__h1_body_done(&decoder)
                                      ? H1_BODY_END
                                      : dw__h1_body_next(&decoder, in.p, in.n, in.n + 1, &used, &data, NULL);

        in = (dw_text){in.p + used, in.n - used};
        if (got == H1_BODY_DATA)
            dw__buf_text(&whole, data);
        else if (got != H1_BODY_END)
            return got == H1_BODY_MORE ? 0 : -1;
        if (got == H1_BODY_END || whole.failed) {
            *body = (dw_text){whole.p, whole.n};
            return whole.failed ? -1 : 1;
        }
    }
}

int dw__test_reply_read(dw_text in, bool to_head, bool ended, struct arena *memory, dw_test_reply *reply)
{
    struct http_head head = {0};
    bool until_end;
    const char *end;
    dw_text rest;

    do {
        end = in.n > 0 ? memmem(in.p, in.n, "\r\n\r\n", 4) : NULL;
        if (end == NULL)
            return ended ? -1 : 0;
        *reply = (dw_test_reply){.head = {in.p, (size_t)(end - in.p) + 2}};
        in = (dw_text){end + 4, in.n - reply->head.n - 2};
        rest = reply->head;
        if ((reply->status = status_of(line_of(&rest))) == 0)
            return -1;
    } while (reply->status < 200 && reply->status != 101);
    if (to_head || reply->status == 204 || reply->status == 304 || reply->status == 101)
        return 1;
    if (!framing(reply, &head, &until_end))
        return -1;
    if (until_end) {
        reply->body = in;
        return ended ? 1 : 0;
    }
    int got = read_body(in, &head, memory, &reply->body);
    return got == 0 && ended ? -1 : got;
}
