/* jobs/mail.h -- where mails go. */
#ifndef DW_JOBS_MAIL_H
#define DW_JOBS_MAIL_H

#include "base/arena.h"
#include "base/buf.h"
#include <dw/mail.h>

enum mail_kind { MAIL_NONE, MAIL_FILE, MAIL_SMTP };

/* MAIL_URL, read. Texts are slices of it. */
struct mail_url {
    enum mail_kind kind;
    dw_text folder;    /* of MAIL_FILE */
    bool tls;          /* smtps:// */
    dw_text user;      /* before '@', or empty */
    dw_text server;    /* host and port */
    dw_text authority; /* ?ca=FILE, or empty */
    bool loopback;     /* the host is this machine */
};

/* `none`, `file:FOLDER`, `smtp://[user@]host[:port][?ca=FILE]`, `smtps://…`. NULL, or a static phrase that says what is wrong. */
const char *dw__mail_url_read(dw_text url, struct mail_url *out);

/* Made once by the process that runs jobs. */
struct mail_transport {
    enum mail_kind kind;
    bool plain;
    const char *folder, *url, *user, *password, *authority; /* NUL-terminated, of its arena */
    dw_text from;
    struct arena arena;
};

/* From the settings, which may be wiped then. DW_INVALID with a line in `why`. */
DW_MUST dw_err dw__mail_transport_new(struct mail_transport **out, dw_text url, dw_text from,
                                      dw_secret password, struct buf *why);
/* Wipes the password. NULL is fine. */
void dw__mail_transport_free(struct mail_transport *t);

#endif
