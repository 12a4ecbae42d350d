/* conformance/blueprints/ranges.c -- what can be asked for in parts, and on conditions of tag and date.
 *
 * Every body is the same text of lines of 16 bytes, each of which is its own place in decimal, so that a tester sees of any part
 * whether it is the right one. */
#include <string.h>

#include "../conformance.h"

#define LINE 16
#define SOME ((size_t)10 * 1024)
#define MUCH ((int64_t)1 << 20)

/* Sun, 06 Nov 1994 08:49:37 GMT */
static const dw_validators fixed = {DW_TEXT_INIT("range-1"), 784111777};

/* "000000000000016\n" */
static void put_line(char line[LINE], int64_t at)
{
    memset(line, '0', LINE);
    line[LINE - 1] = '\n';
    for (int i = LINE - 2; at > 0; at /= 10)
        line[i--] = (char)('0' + at % 10);
}

/* The n bytes (of whole lines) of the text from the line at `from` on. */
static void put_lines(char *out, size_t n, int64_t from)
{
    for (size_t i = 0; i < n; i += LINE)
        put_line(out + i, from + (int64_t)i);
}

static dw_err range(dw_req *req, const dw_nothing *in)
{
    char *text = dw_alloc(dw_req_ctx(req), SOME);

    (void)in;
    if (text == NULL)
        return DW_UNAVAILABLE;
    put_lines(text, SOME, 0);
    return dw_reply_bytes(req, DW_TEXT("text/plain"), (dw_text){text, SOME}, &fixed);
}
DW_RAW(range, dw_nothing);

DW_SCHEMA(long_in, (int64_t, bytes, .optional = true, DW_RANGE(0, 1099511627776)));

/* As long as is wished, in constant memory; what is not asked for is not made. */
static dw_err stream(dw_req *req, const long_in *in)
{
    char lines[16384];
    dw_part part;
    dw_err err = dw_reply_part(req, DW_TEXT("text/plain"), in->has.bytes ? in->bytes : MUCH,
                               &(dw_validators){.etag = DW_TEXT("stream-1")}, &part);

    while (err == DW_OK && part.n > 0) {
        int64_t line = part.from / LINE * LINE;
        size_t skip = (size_t)(part.from - line), n = sizeof lines - skip;

        n = (int64_t)n < part.n ? n : (size_t)part.n;
        put_lines(lines, sizeof lines, line);
        err = dw_reply_write(req, lines + skip, n);
        part = (dw_part){part.from + (int64_t)n, part.n - (int64_t)n};
    }
    return err != DW_OK ? err : dw_reply_end(req);
}
DW_RAW(stream, long_in);

/* Would be a change: judges what a client knows, and changes nothing. */
static dw_err change(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)in, (void)out;
    return dw_req_conditions(req, &fixed);
}
DW_HANDLER(change, dw_nothing, dw_nothing);

/* A page that a browser may have already. */
static dw_err page(dw_req *req, const dw_nothing *in)
{
    dw_err err = dw_reply_validators(req, &fixed);

    (void)in;
    return err != DW_OK
               ? err
               : dw_reply_html(req, 200,
                               DW_TEXT("<!doctype html>\n<title>Not much</title>\n<p>Not much.</p>\n"));
}
DW_RAW(page, dw_nothing);

DW_SCHEMA(dated_in, (int64_t, at, .optional = true));

/* No tag, and a date as the caller says, or now. */
static dw_err dated(dw_req *req, const dated_in *in)
{
    int64_t at = in->has.at ? in->at : dw_now_unix(dw_req_ctx(req));

    return dw_reply_bytes(req, DW_TEXT("text/plain"), DW_TEXT("0123456789"),
                          &(dw_validators){.last_modified = at});
}
DW_RAW(dated, dated_in);

static const dw_route routes[] = {
    DW_GET("/range", range, DW_PUBLIC("parts to ask for")),
    DW_PUT("/range", change, DW_PUBLIC("conditions to set")),
    DW_GET("/range/stream", stream, DW_PUBLIC("parts to ask for"), .deadline_ms = 600000),
    DW_GET("/range/page", page, DW_PUBLIC("a page to keep")),
    DW_GET("/range/dated", dated, DW_PUBLIC("dates to compare")),
};
const dw_blueprint ranges = DW_BLUEPRINT("", routes);
