/* jobs/mail_url.c -- reads MAIL_URL. A password is no part of it: what stands in a URL is shown to everybody who may see settings. */
#include "base/text.h"
#include "jobs/mail.h"

static bool take_prefix(dw_text *t, dw_text prefix)
{
    if (!dw__text_starts(*t, prefix))
        return false;
    *t = (dw_text){t->p + prefix.n, t->n - prefix.n};
    return true;
}

/* What stands before the first `c`, which is taken too; all of it where there is none. */
static bool take_until(dw_text *t, char c, dw_text *before)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->p[i] == c) {
            *before = (dw_text){t->p, i};
            *t = (dw_text){t->p + i + 1, t->n - i - 1};
            return true;
        }
    return false;
}

static bool is_server_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == ':' || c == '[' || c == ']';
}

static bool is_loopback(dw_text server)
{
    dw_text host = server, rest = server;

    if (server.n > 0 && server.p[0] == '[')
        return dw__text_starts(server, DW_TEXT("[::1]")) && (server.n == 5 || server.p[5] == ':');
    (void)take_until(&rest, ':', &host);
    if (dw__text_is(host, "localhost"))
        return true;
    for (size_t i = 0; i < host.n; i++)
        if (!((host.p[i] >= '0' && host.p[i] <= '9') || host.p[i] == '.'))
            return false;
    return dw__text_starts(host, DW_TEXT("127."));
}

static const char *read_smtp(dw_text t, struct mail_url *out)
{
    dw_text server = t, query = t;

    out->kind = MAIL_SMTP;
    if (take_until(&query, '?', &server)) {
        if (!take_prefix(&query, DW_TEXT("ca=")) || query.n == 0)
            return "behind '?' stands ca= and the file of certificates, or nothing";
        out->authority = query;
    }
    if (take_until(&server, '@', &out->user) &&
        (out->user.n == 0 || dw__text_find(out->user, ':') < out->user.n))
        return "before '@' stands a user, without a password: that is MAIL_PASSWORD";
    for (size_t i = 0; i < server.n; i++)
        if (!is_server_char(server.p[i]))
            return "a mail server is host or host:port";
    out->server = server;
    out->loopback = is_loopback(server);
    return server.n > 0 ? NULL : "a mail server is host or host:port";
}

const char *dw__mail_url_read(dw_text url, struct mail_url *out)
{
    *out = (struct mail_url){.kind = MAIL_NONE};
    if (dw__text_is(url, "none"))
        return NULL;
    if (take_prefix(&url, DW_TEXT("file:"))) {
        out->kind = MAIL_FILE;
        out->folder = url;
        return url.n > 0 ? NULL : "behind file: stands a directory";
    }
    out->tls = dw__text_starts(url, DW_TEXT("smtps://"));
    if (take_prefix(&url, DW_TEXT("smtps://")) || take_prefix(&url, DW_TEXT("smtp://")))
        return read_smtp(url, out);
    return "it is none, file:DIRECTORY, smtp://[user@]host[:port] or smtps://[user@]host[:port]";
}
