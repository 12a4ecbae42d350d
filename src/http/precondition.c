/* http/precondition.c -- an entity tag, a date of change, and the conditions that a client put on them (RFC 9110 §8.8, §13).
 *
 * Our tags are strong.  If-Match compares strongly and fails on what it cannot read; If-None-Match compares weakly and does not
 * match what it cannot read: each errs on the side that changes nothing.  A date that is none, or that came twice, is ignored, as
 * RFC 9110 says.  The order of the conditions is that of §13.2.2, in judge(). */
#include "http/precondition.h"

#include "base/text.h"
#include "codec/http_date.h"

/* *DQUOTE-free etagc (RFC 9110 §8.8.3). */
static bool is_tag(dw_text t)
{
    for (size_t i = 0; i < t.n; i++) {
        unsigned char c = (unsigned char)t.p[i];
        if (c <= ' ' || c == '"' || c == 0x7f)
            return false;
    }
    return true;
}

/* Takes the next entity tag off *rest: its opaque part and whether it is weak. False at the end or at what is none. */
static bool next_tag(dw_text *rest, dw_text *tag, bool *weak)
{
    size_t i = 0;
    while (i < rest->n && (rest->p[i] == ' ' || rest->p[i] == '\t' || rest->p[i] == ','))
        i++;
    *weak = rest->n - i >= 2 && rest->p[i] == 'W' && rest->p[i + 1] == '/';
    i += *weak ? 2 : 0;
    if (i == rest->n || rest->p[i] != '"')
        return false;
    dw_text from = {rest->p + i + 1, rest->n - i - 1};
    size_t n = dw__text_find(from, '"');
    if (n == from.n)
        return false;
    *tag = (dw_text){from.p, n};
    *rest = (dw_text){from.p + n + 1, from.n - n - 1};
    return is_tag(*tag);
}

/* `own` of no length: there is no tag, and only "*" matches. */
static bool list_matches(dw_text list, dw_text own, bool strong)
{
    dw_text tag;
    bool weak;
    if (dw__text_is(dw__text_trim(list), "*"))
        return true;
    while (own.n > 0 && next_tag(&list, &tag, &weak))
        if (dw__text_eq(tag, own) && !(strong && weak))
            return true;
    return false;
}

/* Whether any line of the field `name` matches; *given: whether there is one. */
static bool field_matches(const dw_req *req, dw_text name, dw_text own, bool strong, bool *given)
{
    *given = false;
    for (size_t i = 0; i < req->head.n_fields; i++) {
        const struct http_field *field = &req->head.fields[i];
        if (!dw__text_eq(field->name, name))
            continue;
        *given = true;
        if (list_matches(field->value, own, strong))
            return true;
    }
    return false;
}

/* ---- dates ---- */

dw_text dw__req_single_field(const dw_req *req, dw_text name)
{
    dw_text value = {NULL, 0};
    for (size_t i = 0; i < req->head.n_fields; i++) {
        const struct http_field *field = &req->head.fields[i];
        if (dw__text_eq(field->name, name))
            value = value.p == NULL ? field->value : DW_TEXT("");
    }
    return value;
}

static int64_t now_of(const dw_req *req)
{
    return req->ctx.clock->unix_ms / 1000;
}

/* When it was last changed, and never in the future (RFC 9110 §8.8.2.1); 0 when nobody knows. */
static int64_t last_modified(const dw_req *req, const dw_validators *now)
{
    int64_t latest = now_of(req);
    if (now->last_modified <= 0)
        return 0;
    return now->last_modified < latest ? now->last_modified : latest;
}

/* Whether there is a date in field `name`, and we know one to compare it with. */
static bool dates_compare(const dw_req *req, dw_text name, const dw_validators *now, int64_t *date)
{
    return now->last_modified > 0 && dw__http_date_parse(dw__req_single_field(req, name), now_of(req), date);
}

/* ---- judgement ---- */

/* If-Match, or without it If-Unmodified-Since. */
static bool may_go_on(const dw_req *req, const dw_validators *now)
{
    bool given;
    int64_t date;
    bool matches = field_matches(req, DW_TEXT("if-match"), now->etag, true, &given);
    if (given)
        return matches;
    return !dates_compare(req, DW_TEXT("if-unmodified-since"), now, &date) || last_modified(req, now) <= date;
}

/* If-None-Match, or without it (for GET and HEAD only) If-Modified-Since. */
static bool is_known(const dw_req *req, const dw_validators *now, bool reads)
{
    bool given;
    int64_t date;
    bool matches = field_matches(req, DW_TEXT("if-none-match"), now->etag, false, &given);
    if (given || !reads)
        return matches;
    return dates_compare(req, DW_TEXT("if-modified-since"), now, &date) && last_modified(req, now) <= date;
}

/* RFC 9110 §13.2.2. DW_OK with *unchanged when a GET or HEAD need not be answered in full. */
static dw_err judge(const dw_req *req, const dw_validators *now, bool *unchanged)
{
    bool reads = req->head.method == HTTP_GET || req->head.method == HTTP_HEAD;
    *unchanged = false;
    if (!is_tag(now->etag))
        return DW_INTERNAL;
    if (!may_go_on(req, now))
        return DW_PRECONDITION_FAILED;
    if (!is_known(req, now, reads))
        return DW_OK;
    *unchanged = reads;
    return reads ? DW_OK : DW_PRECONDITION_FAILED;
}

/* RFC 9110 §13.1.5: a tag compares strongly; a date must be the very one, of a second that is over, since within one there may be two
 * versions. */
bool dw__if_range_holds(const dw_req *req, const dw_validators *now)
{
    dw_text value = dw__req_single_field(req, DW_TEXT("if-range")), tag;
    int64_t date;
    bool weak;
    if (value.p == NULL)
        return true;
    if (next_tag(&value, &tag, &weak))
        return value.n == 0 && !weak && now->etag.n > 0 && dw__text_eq(tag, now->etag);
    return dates_compare(req, DW_TEXT("if-range"), now, &date) && date == now->last_modified &&
           date < now_of(req);
}

/* ---- what handlers call ---- */

dw_err dw_req_conditions(dw_req *req, const dw_validators *now)
{
    bool unchanged;
    return judge(req, now, &unchanged);
}

dw_err dw_req_precondition(dw_req *req, dw_text tag)
{
    return dw_req_conditions(req, &(dw_validators){.etag = tag});
}

static dw_err put_etag(dw_req *req, dw_text tag)
{
    dw_text quoted = dw__arena_format(&req->arena, "\"%.*s\"", DW_FMT(tag));
    return quoted.p == NULL ? DW_UNAVAILABLE : dw__reply_header(req, DW_TEXT("ETag"), quoted);
}

static dw_err put_last_modified(dw_req *req, int64_t unix_s)
{
    enum { SIZE = 30 };
    char *date = dw__arena_bytes(&req->arena, SIZE);
    if (date == NULL)
        return DW_UNAVAILABLE;
    dw__http_date(unix_s, date);
    return dw__reply_header(req, DW_TEXT("Last-Modified"), (dw_text){date, SIZE - 1});
}

dw_err dw_reply_validators(dw_req *req, const dw_validators *now)
{
    bool unchanged;
    int64_t modified = last_modified(req, now);
    dw_err err = judge(req, now, &unchanged);
    if (err == DW_OK && now->etag.n > 0)
        err = put_etag(req, now->etag);
    if (err == DW_OK && modified > 0)
        err = put_last_modified(req, modified);
    if (err == DW_OK && unchanged)
        req->reply.status = 304;
    return err;
}

dw_err dw_reply_etag(dw_req *req, dw_text tag)
{
    return dw_reply_validators(req, &(dw_validators){.etag = tag});
}
