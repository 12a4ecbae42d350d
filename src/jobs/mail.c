/* jobs/mail.c -- sends one mail: into a file, or to a server by a thread. */
#include "jobs/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "base/check.h"
#include "base/log.h"
#include "base/text.h"
#include "codec/email.h"
#include "codec/mime.h"
#include "jobs/run.h"
#include "net/smtp.h"
#include "os/file.h"
#include "os/pool.h"

#define MAIL_MAX ((size_t)1 << 18)
#define SMTP_MS 45000u

/* ---- the transport ---- */

static const char *keep(struct mail_transport *t, const char *before, dw_text text)
{
    return dw__arena_format(&t->arena, "%s%.*s", before, DW_FMT(text)).p;
}

static dw_err wrong(struct buf *why, const char *what)
{
    dw__buf_format(why, "MAIL_URL: %s\n", what);
    return DW_INVALID;
}

static dw_err fill(struct mail_transport *t, const struct mail_url *url, dw_secret password, struct buf *why)
{
    t->kind = url->kind;
    t->plain = url->loopback;
    if (url->kind == MAIL_FILE)
        t->folder = keep(t, "", url->folder);
    if (url->kind != MAIL_SMTP)
        return DW_OK;
    t->url = keep(t, url->tls ? "smtps://" : "smtp://", url->server);
    t->authority = url->authority.n > 0 ? keep(t, "", url->authority) : NULL;
    if (url->user.n > 0) {
        t->user = keep(t, "", url->user);
        t->password = keep(t, "", (dw_text){password.p, password.n});
    }
    return dw__smtp_load() ? DW_OK : wrong(why, "libcurl.so.4 is not installed, which SMTP needs");
}

dw_err dw__mail_transport_new(struct mail_transport **out, dw_text text, dw_text from, dw_secret password,
                              struct buf *why)
{
    struct mail_transport *t;
    struct mail_url url;
    const char *fault = dw__mail_url_read(text, &url);
    dw_err err;

    *out = NULL;
    if (fault != NULL)
        return wrong(why, fault);
    t = calloc(1, sizeof *t);
    if (t == NULL)
        return DW_UNAVAILABLE;
    dw__arena_init(&t->arena, NULL, (size_t)1 << 16);
    t->from = dw__arena_text(&t->arena, from);
    err = fill(t, &url, password, why);
    if (err != DW_OK) {
        dw__mail_transport_free(t);
        return err;
    }
    *out = t;
    return DW_OK;
}

void dw__mail_transport_free(struct mail_transport *t)
{
    if (t == NULL)
        return;
    dw__arena_release(&t->arena); /* wipes */
    free(t);
}

/* ---- sending ---- */

/* The same name in each attempt: a mail that was written twice is there once. */
static dw_err to_file(dw_ctx *ctx, const struct mail_transport *t, dw_text bytes)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%.*s.eml", t->folder, DW_FMT(ctx->job->self.id));
    dw_err err;

    if (n < 0 || (size_t)n >= sizeof path)
        return dw_job_give_up(ctx, "the name of the file is too long");
    err = dw__file_make_dirs(t->folder, 0750);
    if (err == DW_OK)
        err = dw__file_write(path, bytes.p, bytes.n, 0640);
    return err == DW_OK ? DW_OK : dw_job_fail(ctx, "%s cannot be written: %s", path, dw_err_code(err));
}

static void on_thread(void *arg)
{
    dw__smtp_send(arg);
}

static dw_err to_server(dw_ctx *ctx, const struct mail_transport *t, const struct mime_mail *mail,
                        dw_text bytes)
{
    struct smtp_send *send = dw__arena_zalloc(ctx->arena, sizeof *send);
    dw_err err;

    if (send == NULL)
        return DW_UNAVAILABLE;
    send->url = t->url;
    send->user = t->user;
    send->password = t->password;
    send->authority = t->authority;
    send->plain = t->plain;
    send->from = dw_format(ctx, "<%.*s>", DW_FMT(mail->from)).p;
    send->to = dw_format(ctx, "<%.*s>", DW_FMT(mail->to)).p;
    send->mail = bytes;
    send->timeout_ms = SMTP_MS;
    if (send->from == NULL || send->to == NULL)
        return DW_UNAVAILABLE;
    err = dw__pool_run_stoppable(ctx->services->blocking, ctx, on_thread, send, &send->stop);
    if (err != DW_OK || send->sent)
        return err;
    return send->refused ? dw_job_give_up(ctx, "%s", send->why) : dw_job_fail(ctx, "%s", send->why);
}

static dw_err write_mail(dw_ctx *ctx, const struct mime_mail *mail, dw_text *bytes)
{
    const char *fault = dw__mime_fault(mail);
    struct buf out;

    if (fault != NULL)
        return dw_job_give_up(ctx, "%s", fault);
    dw__buf_init(&out, ctx->arena, MAIL_MAX);
    dw__mime_write(mail, &out);
    if (out.failed)
        return dw_job_give_up(ctx, "it is too long for a mail");
    *bytes = (dw_text){out.p, out.n};
    return DW_OK;
}

dw_err dw_mail_send(dw_ctx *ctx, const dw_mail *in)
{
    const struct mail_transport *t = ctx->services->mail;
    struct mime_mail mail = {
        .to = in->to, .subject = in->subject, .text = in->text, .unix_s = dw_now_unix(ctx)};
    dw_text bytes = {NULL, 0};
    dw_err err;

    if (t == NULL || ctx->job == NULL)
        return dw_job_give_up(ctx, "this process sends no mails");
    if (t->kind == MAIL_NONE) {
        DW__EVENT(ctx->services->log, ctx, DW_LOG_LEVEL_INFO, "mail.not_sent",
                  DW_KV(why, "MAIL_URL is none"));
        return DW_OK;
    }
    mail.from = t->from;
    mail.id = ctx->job->self.id;
    mail.html = in->has.html ? in->html : DW_TEXT("");
    mail.reply_to = in->has.reply_to ? in->reply_to : DW_TEXT("");
    if ((err = write_mail(ctx, &mail, &bytes)) != DW_OK)
        return err;
    return t->kind == MAIL_FILE ? to_file(ctx, t, bytes) : to_server(ctx, t, &mail, bytes);
}
