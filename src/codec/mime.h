/* codec/mime.h -- a mail as bytes (RFC 5322, 2045, 2046, 2047): pure.
 *
 * What goes into a header is judged here, whoever judged it before: no CR, LF or other control character gets into one. */
#ifndef DW_CODEC_MIME_H
#define DW_CODEC_MIME_H

#include <stdint.h>

#include "base/buf.h"
#include <dw/types.h>

struct mime_mail {
    dw_text from, to;
    dw_text reply_to; /* may be empty */
    dw_text subject;
    dw_text text;
    dw_text html; /* may be empty: there is only the text */
    dw_text
        id; /* letters, digits and '-': with the domain of `from` it is the Message-ID, and parts are told apart by it */
    int64_t unix_s; /* its date */
};

/* Why there is no such mail, a static phrase; NULL when there is. Texts must be UTF-8 without NUL, addresses those of codec/email.h. */
const char *dw__mime_fault(const struct mime_mail *mail);
/* Appends the mail, with CRLF at the end of each line and no line of more than 76 characters but those of addresses. Only when there is no fault. */
void dw__mime_write(const struct mime_mail *mail, struct buf *out);

#endif
