/* http/trailer.c -- see trailer.h. */
#include "http/trailer.h"

#include "base/buf.h"
#include "base/text.h"
#include "http/field_mark.h"
#include "http/h1_body.h"

/* What decides how a message is framed, routed, judged or understood stands in the head, where everybody reads it (RFC 9110 §6.5.1). */
static const char *const only_in_heads[] = {
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-location",
    "content-range",
    "content-type",
    "cookie",
    "expect",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "max-forwards",
    "origin",
    "proxy-authorization",
    "range",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
};

static bool may_be_trailer(dw_text name)
{
    for (size_t i = 0; i < sizeof only_in_heads / sizeof *only_in_heads; i++)
        if (dw__text_eq_nocase(name, dw__text_of(only_in_heads[i])))
            return false;
    return name.n > 0 && dw__field_mark(name) == 0;
}

dw_err dw__trailers_keep(dw_req *req)
{
    req->trailers = dw__arena_alloc(&req->arena, sizeof *req->trailers);
    if (req->trailers == NULL)
        return DW_UNAVAILABLE;
    dw__buf_init(req->trailers, &req->arena, DW__H1_TRAILERS_MAX);
    return DW_OK;
}

/* The CR of the empty line is there, and nothing else ends so: no value holds one. */
static bool complete(dw_text lines)
{
    return lines.n > 0 && lines.p[lines.n - 1] == '\r' && (lines.n == 1 || lines.p[lines.n - 2] == '\n');
}

dw_text dw__trailer_find(dw_text lines, dw_text name)
{
    dw_text found = {0};

    if (!complete(lines) || !may_be_trailer(name))
        return found;
    while (lines.n > 1) {
        dw_text line = dw__text_cut(&lines, '\n');
        const dw_text key = dw__text_cut(&line, ':');

        if (line.n == 0 || !dw__text_eq_nocase(key, name))
            continue;
        if (found.p != NULL)
            return (dw_text){0};
        found = dw__text_trim((dw_text){line.p, line.n - 1}); /* without its CR */
    }
    return found;
}

dw_text dw_x_req_trailer(dw_req *req, const char *name)
{
    const struct buf *kept = req->trailers;

    return kept != NULL && !kept->failed ? dw__trailer_find((dw_text){kept->p, kept->n}, dw__text_of(name))
                                         : (dw_text){0};
}
