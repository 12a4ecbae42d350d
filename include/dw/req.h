/* dw/req.h -- what a handler may ask of its request and say about its reply.
 *
 * A typed handler usually needs none of it: input and output are its arguments.  It can still set status and headers.
 * Streaming replies are begin, write, end.  Header names are literals; a CR, LF or NUL in a value is a 500 and an event. */
#ifndef DW_REQ_H
#define DW_REQ_H

#include "ctx.h"
#include "err.h"
#include "types.h"

/* ---- the request ---- */

/* The method as it came ("GET"), the normal form of the path, and the query without '?' (may be empty). */
dw_text dw_req_method(const dw_req *req);
dw_text dw_req_path(const dw_req *req);
dw_text dw_req_query(const dw_req *req);
/* The 32 hexadecimal digits (or trusted proxy's value) that name this request everywhere. */
dw_text dw_req_id(const dw_req *req);
/* The address of the client, "192.0.2.7" or "2001:db8::1", also behind a proxy that TRUSTED_PROXIES names; "unix" for who came through a Unix socket and
 * said no more. */
dw_text dw_req_address(const dw_req *req);
/* Whether the client came by TLS, as such a proxy says. */
bool dw_req_is_https(const dw_req *req);
/* The value of a header, or {NULL, 0}. Those of proxies are there when a trusted one sent them, and no others. `name` in lower case; several lines of a list header are joined by ", ". */
dw_text dw_x_req_header(dw_req *req, const char *name);
/* The value of the cookie `name`, in quotes when it came so; {NULL, 0} when there is none, when it has bytes that no cookie may have, and when
 * there are several of that name: whoever may set cookies for a neighbour of this host could add one. */
dw_text dw_x_req_cookie(dw_req *req, const char *name);

/* The value of the trailer `name` (lower case; RFC 9110 §6.5), which came behind a chunked body, once all of that was read, in a route that says
 * .trailers. {NULL, 0} when there is none, when there are several of that name, and for what only a head may say: framing, routing, conditions,
 * credentials, the content's type and coding. */
dw_text dw_x_req_trailer(dw_req *req, const char *name);

/* Reads the next bytes of the body into buf (capacity n > 0); *got is 0 at its end. Only in routes that say .raw.
 * DW_TOO_LARGE over the route's limit, DW_BAD_REQUEST for bad framing, DW_TIMEOUT, DW_CANCELED. */
DW_MUST dw_err dw_req_read(dw_req *req, void *buf, size_t n, size_t *got);
/* Reads the whole body, at most the route's limit, into the request's memory. */
DW_MUST dw_err dw_req_body(dw_req *req, dw_text *body);

/* ---- the reply of a typed handler ---- */

/* Replaces the status that the route names. */
void dw_reply_status(dw_req *req, int status);
/* Adds a header. DW_INTERNAL when the value holds CR, LF or NUL; it is then not added. */
DW_MUST dw_err dw_x_reply_header(dw_req *req, const char *name, dw_text value);

/* What tells the versions of a resource apart (RFC 9110 §8.8). Zero: nobody knows. */
typedef struct dw_validators {
    dw_text
        etag; /* strong, without quotes, of bytes 0x21 and above: another one for every change of a byte */
    int64_t last_modified; /* Unix seconds */
} dw_validators;
/* Judges the conditions of the request against what is there `now`, in the order of RFC 9110 §13.2.2: DW_PRECONDITION_FAILED when If-Match
 * names others or it was changed after If-Unmodified-Since, and when If-None-Match names it and the method is neither GET nor HEAD. DW_INTERNAL
 * for a tag that is none. Sets nothing: for before a change. */
DW_MUST dw_err dw_req_conditions(dw_req *req, const dw_validators *now);
/* The same, and sets ETag and Last-Modified (the current second at the latest). For GET and HEAD a matching If-None-Match, or If-Modified-Since
 * without one, makes what would be a 200 a 304. */
DW_MUST dw_err dw_reply_validators(dw_req *req, const dw_validators *now);
/* Both for who has a tag and no date. */
DW_MUST dw_err dw_req_precondition(dw_req *req, dw_text tag);
DW_MUST dw_err dw_reply_etag(dw_req *req, dw_text tag);

/* Where to go on after signing in, or wherever a client says where: `target` when it is a path of this server as a browser follows it, with a query or
 * without, else `otherwise`. Refused are other schemes and hosts (also as "//host" and "/\host"), dot segments, encoded slashes, control characters, anything above 0x7e, fragments, and more
 * than 2,048 bytes. */
dw_text dw_local_target(dw_text target, dw_text otherwise);

/* An error with a sentence of its own in place of the table's: `return dw_req_fail(req, DW_BAD_REQUEST, "No valid fields to update");`
 * The sentence is a literal. Returns `err`. */
#ifndef __cplusplus
#define dw_req_fail(req, err, sentence) dw_x_req_fail((req), (err), "" sentence "")
#define dw_req_header(req, name) dw_x_req_header((req), "" name "")
#define dw_req_trailer(req, name) dw_x_req_trailer((req), "" name "")
#define dw_req_cookie(req, name) dw_x_req_cookie((req), "" name "")
#define dw_reply_header(req, name, value) dw_x_reply_header((req), "" name "", (value))
#endif
DW_MUST dw_err dw_x_req_fail(dw_req *req, dw_err err, const char *sentence);
/* The same, with `why` for the log only: what a client must not see. */
DW_MUST dw_err dw_req_fail_internal(dw_req *req, dw_text why);

/* ---- other replies (DW_RAW handlers) ---- */

/* Sends `body` as text/html or application/json with `status`. `body` must stay as it is until the request ends. */
DW_MUST dw_err dw_reply_html(dw_req *req, int status, dw_text body);
DW_MUST dw_err dw_reply_json(dw_req *req, int status, dw_text body);
/* Sends `body`, or the part of it that the client asked for: Range, If-Range, 206 and 416 (RFC 9110 §14). `now` as for dw_reply_validators, whose work
 * this does too; NULL: no tag and no date, and nothing that could show a client that its other half is of another version. Several ranges
 * in one request are ignored. DW_PRECONDITION_FAILED, DW_RANGE_NOT_SATISFIABLE: return them, and the reply is made. */
DW_MUST dw_err dw_reply_bytes(dw_req *req, dw_text content_type, dw_text body, const dw_validators *now);
/* From which byte, and how many. */
typedef struct dw_part {
    int64_t from, n;
} dw_part;
/* The same for bytes that are not in memory: begins a reply of something `length` (≥ 0) bytes long, and says which *part of it is to be written,
 * with dw_reply_write, before dw_reply_end. part->n is 0 when nothing is to be written (HEAD, 304). */
DW_MUST dw_err dw_reply_part(dw_req *req, dw_text content_type, int64_t length, const dw_validators *now,
                             dw_part *part);
/* Sends the client on to `path` of this server, which may have a query (303: it asks with GET). DW_INTERNAL for what dw_local_target would
 * not let through. */
DW_MUST dw_err dw_redirect(dw_req *req, dw_text path);
/* The same to `url`, of an origin that dw_app.redirects_to names, or of CANONICAL_ORIGIN. DW_INTERNAL for any other. */
DW_MUST dw_err dw_redirect_to(dw_req *req, dw_text url);
/* Begins a reply of `content_type` (a literal or other text without CR, LF, NUL); length < 0 when it is not known. */
DW_MUST dw_err dw_reply_begin(dw_req *req, int status, dw_text content_type, int64_t length);
/* Writes n bytes; waits while the client is slow. */
DW_MUST dw_err dw_reply_write(dw_req *req, const void *p, size_t n);
DW_MUST dw_err dw_reply_end(dw_req *req);

/* Checks that `json` is exactly one JSON value (RFC 8259, no duplicate names, depth 64) and writes it anew, without white space,
 * into the context. DW_MALFORMED otherwise. */
DW_MUST dw_err dw_json_rewrite(dw_ctx *ctx, dw_text json, dw_text *out);

/* `text` for HTML text and quoted attributes: & < > " ' are written as references. Not for unquoted attributes, URLs, scripts, styles
 * or comments. In the context's memory; of length 0 when there is none. */
dw_text dw_html_escape(dw_ctx *ctx, dw_text text);

#endif
