/* dw/mail.h -- a mail is a job: put with the data that it is about, and sent behind the request, however often that takes.
 *
 *     DW_MAIL(welcome_mail);
 *     …
 *     const dw_mail mail = {.to = in->email, .subject = DW_TEXT("Welcome"), .text = …};
 *     err = DW_PUT_JOB(ctx, welcome_mail, &mail);
 *
 * Who sends them is the setting MAIL_URL, whom they are from MAIL_FROM.  Without HTML a mail is its text; with it, it is both, and the reader's program chooses.
 * A server that says "not now" (4xx), or none, is asked again as any job is run again; one that says no (5xx) makes the mail a dead letter.  The Message-ID is made of the
 * job's id, so a mail that is sent twice, since nobody could know that the first had come through, is the same mail. */
#ifndef DW_MAIL_H
#define DW_MAIL_H

#include "job.h"

#ifndef __cplusplus
DW_SCHEMA(dw_mail, (dw_email, to),
          (dw_text, subject, DW_LEN(1, 200), .pattern = "[^\\x00-\\x1F\\x7F]*",
           .pattern_says = "A subject is one line."),
          (dw_text, text, DW_LEN(1, 20000)), (dw_text, html, DW_LEN(1, 20000), .optional = true),
          (dw_email, reply_to, .optional = true));

/* Sends a mail from a job, which returns what this returns: for what is only known, or must only be made, when the job runs. A mail for each run. */
DW_MUST dw_err dw_mail_send(dw_ctx *ctx, const dw_mail *mail);

/* DW_MAIL(name, options…): a kind of mail, with the options of DW_JOB. */
#define DW_MAIL(...) DW__MAIL(__VA_ARGS__, ._ = 0)
#define DW__MAIL(nm, ...) \
    DW__JOB(nm, dw_mail, dw_mail_send, .deadline_ms = 60000, .retry_ms = 30000, __VA_ARGS__)
#endif

#endif
