/* http/h1_head.h -- what the fields of a head mean, each alone and all together. Part of the parser, and as pure. */
#ifndef DW_HTTP_H1_HEAD_H
#define DW_HTTP_H1_HEAD_H

#include "http/h1_parse.h"

/* Enters `field` (its name in lower case) into head->known when it is one of those. NULL, or why the head is bad: a static string. */
const char *dw__h1_note_field(struct http_head *head, const struct http_field *field);
/* Judges target, Host and framing of a head whose lines were all read, and fills path, query, host, keep_alive, chunked,
 * expect_continue and content_length. False with *fault filled. */
bool dw__h1_judge_head(struct http_head *head, struct h1_fault *fault);

#endif
