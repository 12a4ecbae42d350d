/* codec/email.h -- the parts of an e-mail address. */
#ifndef DW_CODEC_EMAIL_H
#define DW_CODEC_EMAIL_H

#include <dw/values.h>

struct email {
    dw_text local, domain;
    size_t labels; /* of the domain; 0: an address in brackets */
};

/* Reads an address (RFC 5321 §4.1.2 Mailbox: a dot-string or quoted string, a domain or address literal), ASCII only. The local part has at most
 * 64 bytes, the whole at most 254. False for anything else, comments and display names included. */
bool dw__email_read(dw_text t, struct email *out);

#endif
