/* net/smtp.c -- see smtp.h. TLS is required, and its certificate verified, but for a server on this machine. */
#include "net/smtp.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo

#define CONNECT_MS 10000L

static struct {
    __typeof__(&curl_global_init) global_init;
    __typeof__(&curl_easy_init) init;
    __typeof__(&curl_easy_setopt) set;
    __typeof__(&curl_easy_perform) perform;
    __typeof__(&curl_easy_getinfo) get;
    __typeof__(&curl_easy_cleanup) cleanup;
    __typeof__(&curl_easy_strerror) describe;
    __typeof__(&curl_slist_append) append;
    __typeof__(&curl_slist_free_all) free_list;
} curl;

static bool find(void *library, const char *name, void *out, size_t size)
{
    void *found = dlsym(library, name);

    memcpy(out, &found, size);
    return found != NULL;
}
#define FIND(library, name, member) find((library), (name), &curl.member, sizeof curl.member)

bool dw__smtp_load(void)
{
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);

    return library != NULL && FIND(library, "curl_global_init", global_init) &&
           FIND(library, "curl_easy_init", init) && FIND(library, "curl_easy_setopt", set) &&
           FIND(library, "curl_easy_perform", perform) && FIND(library, "curl_easy_getinfo", get) &&
           FIND(library, "curl_easy_cleanup", cleanup) && FIND(library, "curl_easy_strerror", describe) &&
           FIND(library, "curl_slist_append", append) && FIND(library, "curl_slist_free_all", free_list) &&
           curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

/* ---- one mail ---- */

struct transfer {
    struct smtp_send *s;
    size_t at; /* of the mail */
};

static size_t on_read(char *out, size_t size, size_t n, void *self)
{
    struct transfer *t = self;
    size_t left = t->s->mail.n - t->at, most = size * n;

    most = most < left ? most : left;
    memcpy(out, t->s->mail.p + t->at, most);
    t->at += most;
    return most;
}

/* What the server sends is for nobody. */
static size_t on_write(char *p, size_t size, size_t n, void *self)
{
    (void)p;
    (void)self;
    return size * n;
}

static int on_progress(void *self, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    struct transfer *t = self;

    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return t->s->stop ? 1 : 0;
}

#define SET(option, value) (ok = ok && curl.set(handle, (option), (value)) == CURLE_OK)

static bool set_server(CURL *handle, const struct smtp_send *s)
{
    bool ok = true;

    SET(CURLOPT_URL, s->url);
    SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    SET(CURLOPT_TIMEOUT_MS, (long)s->timeout_ms);
    SET(CURLOPT_USE_SSL, s->plain ? (long)CURLUSESSL_TRY : (long)CURLUSESSL_ALL);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (s->authority != NULL)
        SET(CURLOPT_CAINFO, s->authority);
    if (s->user != NULL) {
        SET(CURLOPT_USERNAME, s->user);
        SET(CURLOPT_PASSWORD, s->password);
    }
    return ok;
}

static bool set_mail(CURL *handle, const struct smtp_send *s, struct transfer *transfer,
                     struct curl_slist *to, char *why)
{
    bool ok = true;

    SET(CURLOPT_MAIL_FROM, s->from);
    SET(CURLOPT_MAIL_RCPT, to);
    SET(CURLOPT_UPLOAD, 1L);
    SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)s->mail.n);
    SET(CURLOPT_READFUNCTION, on_read);
    SET(CURLOPT_READDATA, transfer);
    SET(CURLOPT_WRITEFUNCTION, on_write);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, on_progress);
    SET(CURLOPT_XFERINFODATA, transfer);
    SET(CURLOPT_ERRORBUFFER, why);
    return ok;
}

/* A server that does not let us in may do so when somebody has corrected the settings; one that does not want the mail never will. */
static void judge(struct smtp_send *s, CURLcode code, const char *why)
{
    s->sent = code == CURLE_OK;
    s->refused = !s->sent && s->code >= 500 && s->code < 600 && code != CURLE_LOGIN_DENIED &&
                 (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_WEIRD_SERVER_REPLY ||
                  code == CURLE_UPLOAD_FAILED || code == CURLE_QUOTE_ERROR);
    if (!s->sent && s->code >= 400)
        (void)snprintf(s->why, sizeof s->why, "the mail server says %ld: %s", s->code,
                       why[0] != '\0' ? why : curl.describe(code));
    else if (!s->sent)
        (void)snprintf(s->why, sizeof s->why, "the mail server: %s",
                       why[0] != '\0' ? why : curl.describe(code));
}

static void perform(CURL *handle, struct smtp_send *s, struct curl_slist *to)
{
    struct transfer transfer = {.s = s};
    char why[CURL_ERROR_SIZE] = "";
    CURLcode code;

    if (!set_server(handle, s) || !set_mail(handle, s, &transfer, to, why)) {
        (void)snprintf(s->why, sizeof s->why, "libcurl does not know what is asked of it");
        return;
    }
    code = curl.perform(handle);
    (void)curl.get(handle, CURLINFO_RESPONSE_CODE, &s->code);
    judge(s, code, why);
}

void dw__smtp_send(struct smtp_send *s)
{
    CURL *handle = curl.init != NULL ? curl.init() : NULL;
    struct curl_slist *to = handle != NULL ? curl.append(NULL, s->to) : NULL;

    s->code = 0;
    s->sent = s->refused = false;
    s->why[0] = '\0';
    if (to != NULL)
        perform(handle, s, to);
    else
        (void)snprintf(s->why, sizeof s->why, "no memory for a mail");
    if (to != NULL)
        curl.free_list(to);
    if (handle != NULL)
        curl.cleanup(handle);
}
