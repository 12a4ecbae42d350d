/* http/h1_parse.h -- the head of an HTTP/1.1 request, exactly right or refused (RFC 9112, RFC 9110). Pure: bytes in, result out. */
#ifndef DW_HTTP_H1_PARSE_H
#define DW_HTTP_H1_PARSE_H

#include "http/limits.h"
#include "http/request.h"

#define H1_BAD (-1)
#define H1_MORE (-2)

/* Why a head was refused: the error to answer and a sentence for the log, a static string. */
struct h1_fault {
    dw_err err;
    const char *why;
};

/* Parses the request head at p[0, n), of which `seen` bytes were there at the last call for it (0 at first), within `limits`.
 * head->fields must have room for limits->fields; all else in *head is filled.  Texts in *head point into p; field names are
 * put in lower case there, nothing else is changed.
 *
 * Returns the bytes used (> 0), through the empty line; H1_MORE when the head is not complete (then call again with more bytes and
 * seen = n; *head is not to be used); H1_BAD with *fault filled: answer and close. One empty line before the head is passed over.
 * A sender of single bytes costs time linear in what it sends. */
int dw__h1_parse(char *p, size_t n, size_t seen, const struct http_limits *limits, struct http_head *head,
                 struct h1_fault *fault);

#endif
