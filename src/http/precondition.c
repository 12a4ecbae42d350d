/* http/precondition.c -- an entity tag and the conditions that a client put on it (RFC 9110 §8.8.3, §13).
 *
 * Our tags are strong.  If-Match compares strongly and fails on what it cannot read; If-None-Match compares weakly and does not
 * match what it cannot read: each errs on the side that changes nothing. */
#include "base/text.h"
#include "http/request.h"

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

static bool list_matches(dw_text list, dw_text own, bool strong)
{
    dw_text tag;
    bool weak;
    if (dw__text_is(dw__text_trim(list), "*"))
        return true;
    while (next_tag(&list, &tag, &weak))
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

/* Judges If-Match and If-None-Match against `tag`. DW_OK with *unchanged when a GET or HEAD need not be answered in full. */
static dw_err judge(const dw_req *req, dw_text tag, bool *unchanged)
{
    bool given;
    *unchanged = false;
    if (!is_tag(tag))
        return DW_INTERNAL;
    if (!field_matches(req, DW_TEXT("if-match"), tag, true, &given) && given)
        return DW_PRECONDITION_FAILED;
    if (!field_matches(req, DW_TEXT("if-none-match"), tag, false, &given))
        return DW_OK;
    if (req->head.method != HTTP_GET && req->head.method != HTTP_HEAD)
        return DW_PRECONDITION_FAILED;
    *unchanged = true;
    return DW_OK;
}

dw_err dw_req_precondition(dw_req *req, dw_text tag)
{
    bool unchanged;
    return judge(req, tag, &unchanged);
}

dw_err dw_reply_etag(dw_req *req, dw_text tag)
{
    bool unchanged;
    dw_err err = judge(req, tag, &unchanged);
    if (err != DW_OK)
        return err;
    dw_text quoted = dw__arena_format(&req->arena, "\"%.*s\"", DW_FMT(tag));
    if (quoted.p == NULL)
        return DW_UNAVAILABLE;
    if (unchanged)
        req->reply.status = 304;
    return dw__reply_header(req, DW_TEXT("ETag"), quoted);
}
