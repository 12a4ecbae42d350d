/* net/smtp.h -- hands one mail to a mail server, with libcurl. It blocks: for a thread.
 *
 * libcurl is loaded when it is first needed, by the process that sends mails, and by no other. */
#ifndef DW_NET_SMTP_H
#define DW_NET_SMTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <dw/types.h>

#define DW__SMTP_WHY 320u

/* All texts end with a NUL that does not count. */
struct smtp_send {
    const char *url;       /* smtp://host:port or smtps://host:port */
    const char *user;      /* NULL: without signing in */
    const char *password;  /* … */
    const char *authority; /* file of certificates; NULL: those of the system */
    bool plain;            /* smtp:// may stay without TLS: the server is on this machine */
    const char *from, *to; /* <a@b.c> */
    dw_text mail;
    unsigned timeout_ms;
    _Atomic bool stop;      /* it is to end soon */
    long code;              /* what the server said last, 0: nothing */
    bool sent, refused;     /* refused: for good */
    char why[DW__SMTP_WHY]; /* ends with a NUL */
};

/* Loads libcurl; to be called once, before there is a second thread. False: it is not there. */
bool dw__smtp_load(void);
/* Fills in what stands last in *s. */
void dw__smtp_send(struct smtp_send *s);

#endif
