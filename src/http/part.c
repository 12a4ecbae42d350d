/* http/part.c -- replies of which a client may ask a part (RFC 9110 §14).
 *
 * The order is that of §13.2.2: conditions first, and only what would be a 200 is looked at for Range.  Must never: send a part of
 * something else than what the client has the rest of (If-Range), or a part that does not lie within the whole. */
#include "base/text.h"
#include "http/precondition.h"
#include "http/range.h"

/* "bytes 0-99/1000". */
static dw_err say_part(dw_req *req, const dw_part *part, int64_t length)
{
    dw_text value = dw__arena_format(&req->arena, "bytes %lld-%lld/%lld", (long long)part->from,
                                     (long long)(part->from + part->n - 1), (long long)length);
    return value.p == NULL ? DW_UNAVAILABLE : dw__reply_header(req, DW_TEXT("Content-Range"), value);
}

/* For the 416 that is about to be made of the error. */
static dw_err refuse_part(dw_req *req, int64_t length)
{
    req->content_range = dw__arena_format(&req->arena, "bytes */%lld", (long long)length);
    return DW_RANGE_NOT_SATISFIABLE;
}

static enum range_kind find_part(const dw_req *req, int64_t length, const dw_validators *now, dw_part *part)
{
    *part = (dw_part){0, length};
    dw_text range = dw__req_single_field(req, DW_TEXT("range"));
    if (req->head.method != HTTP_GET || range.p == NULL || !dw__if_range_holds(req, now))
        return RANGE_NONE;
    enum range_kind kind = dw__range_parse(range, length, part);
    if (kind == RANGE_NONE)
        *part = (dw_part){0, length};
    return kind;
}

/* Judges conditions and Range and adds the headers: the reply is *status, and *part is its body. */
static dw_err prepare_part(dw_req *req, int64_t length, const dw_validators *now, int *status, dw_part *part)
{
    static const dw_validators none;
    *part = (dw_part){0, 0};
    if (length < 0)
        return DW_INTERNAL;
    now = now == NULL ? &none : now;
    dw_err err = dw_reply_validators(req, now);
    *status = req->reply.status == 304 ? 304 : 200;
    if (err != DW_OK || *status == 304)
        return err;
    enum range_kind kind = find_part(req, length, now, part);
    if (kind == RANGE_OUTSIDE)
        return refuse_part(req, length);
    err = dw__reply_header(req, DW_TEXT("Accept-Ranges"), DW_TEXT("bytes"));
    if (err != DW_OK || kind == RANGE_NONE)
        return err;
    *status = 206;
    return say_part(req, part, length);
}

dw_err dw_reply_part(dw_req *req, dw_text content_type, int64_t length, const dw_validators *now,
                     dw_part *part)
{
    int status;
    dw_err err = prepare_part(req, length, now, &status, part);
    if (err == DW_OK)
        err = dw_reply_begin(req, status, content_type, part->n);
    if (err != DW_OK || req->head.method == HTTP_HEAD)
        *part = (dw_part){0, 0};
    return err;
}

dw_err dw_reply_bytes(dw_req *req, dw_text content_type, dw_text body, const dw_validators *now)
{
    dw_part part;
    int status;
    if (body.n > INT64_MAX)
        return DW_INTERNAL;
    dw_err err = prepare_part(req, (int64_t)body.n, now, &status, &part);
    if (err != DW_OK)
        return err;
    dw_text bytes = part.n > 0 ? (dw_text){body.p + part.from, (size_t)part.n} : (dw_text){0};
    return dw__reply_send(req, status, content_type, bytes);
}
