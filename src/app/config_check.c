/* app/config_check.c -- what is wrong with settings that are well-formed each for itself.
 *
 * A table of small questions.  Some hold everywhere and always stop a start; the others are about production, and `check
 * --deploy` asks them wherever it runs, so that they are known before the day. */
#include "app/config.h"

#include <arpa/inet.h>
#include <string.h>

#include "auth/token_signer.h"
#include "base/text.h"
#include "codec/email.h"
#include "codec/public_suffix.h"
#include "jobs/mail.h"
#include "store/pg.h"

static bool off_loopback(const struct config *c)
{
    for (size_t i = 0; i < c->n_listen; i++)
        if (!c->listen[i].loopback)
            return true;
    return false;
}

static bool is_development(const struct config *c, const dw_app *app)
{
    (void)app;
    return c->development;
}

static bool development_off_loopback(const struct config *c, const dw_app *app)
{
    (void)app;
    return c->development && off_loopback(c);
}

static bool watch_in_production(const struct config *c, const dw_app *app)
{
    (void)app;
    return c->watch != 0 && !c->development;
}

/* A proxy that is named is what does TLS for the others. */
static bool http_off_loopback(const struct config *c, const dw_app *app)
{
    (void)app;
    return off_loopback(c) && c->n_trusted_proxies == 0;
}

static bool proxy_protocol_of_nobody(const struct config *c, const dw_app *app)
{
    (void)app;
    return c->listen_proxy_protocol != 0 && c->n_trusted_proxies == 0;
}

static bool admin_off_loopback(const struct config *c, const dw_app *app)
{
    (void)app;
    return !c->admin_listen->loopback;
}

static bool no_hosts(const struct config *c, const dw_app *app)
{
    (void)app;
    return c->n_trusted_hosts == 0;
}

static bool no_signing_keys(const struct config *c, const dw_app *app)
{
    return app->principal != NULL && c->signing_keys.n == 0;
}

static bool no_data_keys(const struct config *c, const dw_app *app)
{
    return app->principal != NULL && c->data_keys.n == 0;
}

static bool same_keys(const struct config *c, const dw_app *app)
{
    dw_text signing = {c->signing_keys.p, c->signing_keys.n}, data = {c->data_keys.p, c->data_keys.n};

    (void)app;
    return signing.n > 0 && dw__text_eq(signing, data);
}

static bool shared_token_keys(const struct config *c, const dw_app *app)
{
    (void)app;
    return c->access_token_algorithm == TOKEN_HS256;
}

static bool plain_origin(const struct config *c, const dw_app *app)
{
    (void)app;
    return dw__text_starts(c->canonical_origin, DW_TEXT("http:"));
}

/* Browsers keep a Secure cookie of http: for the machine that they run on, and of nobody else. */
static bool cookies_nobody_keeps(const struct config *c, const dw_app *app)
{
    return app->sessions != NULL && plain_origin(c, app) && off_loopback(c);
}

static bool sessions_without_origin(const struct config *c, const dw_app *app)
{
    return app->sessions != NULL && c->canonical_origin.n == 0;
}

static bool idle_beyond_absolute(const struct config *c, const dw_app *app)
{
    return app->sessions != NULL && c->session_idle_ms > c->session_absolute_ms;
}

static bool secrets_in_code(const struct config *c, const dw_app *app)
{
    (void)app;
    return (c->signing_keys.n > 0 && c->source[SETTING_SIGNING_KEYS] == SOURCE_PROFILE) ||
           (c->data_keys.n > 0 && c->source[SETTING_DATA_KEYS] == SOURCE_PROFILE);
}

static bool password_for_nobody(const struct config *c, const dw_app *app)
{
    (void)app;
    return c->database_password.n > 0 && !c->postgres;
}

static bool database_of_any_name(const struct config *c, const dw_app *app)
{
    (void)app;
    return c->postgres && dw__pg_url_takes_any_name(c->database_path);
}

static bool mail_url_is_wrong(const struct config *c, const dw_app *app)
{
    struct mail_url url;

    (void)app;
    return c->mail_url.n > 0 && dw__mail_url_read(c->mail_url, &url) != NULL;
}

static bool mail_is_from_nobody(const struct config *c, const dw_app *app)
{
    struct mail_url url;
    struct email parts;

    (void)app;
    if (c->mail_from.n > 0)
        return !dw__email_read(c->mail_from, &parts);
    return c->mail_url.n > 0 && dw__mail_url_read(c->mail_url, &url) == NULL && url.kind != MAIL_NONE;
}

static bool mail_password_is_missing(const struct config *c, const dw_app *app)
{
    struct mail_url url;

    (void)app;
    return dw__mail_url_read(c->mail_url, &url) == NULL && url.user.n > 0 && c->mail_password.n == 0;
}

static bool mail_into_files(const struct config *c, const dw_app *app)
{
    (void)app;
    return dw__text_starts(c->mail_url, DW_TEXT("file:"));
}

static bool audit_log_is_missing(const struct config *c, const dw_app *app)
{
    return app->principal != NULL && c->audit_log.n == 0;
}

static bool audit_log_without_keys(const struct config *c, const dw_app *app)
{
    (void)app;
    return c->audit_log.n > 0 && c->data_keys.n == 0;
}

static bool heads_of_no_log(const struct config *c, const dw_app *app)
{
    (void)app;
    return c->audit_heads.n > 0 && (c->audit_log.n == 0 || dw__text_eq(c->audit_heads, c->audit_log));
}

static bool bounds_of_no_log(const struct config *c, const dw_app *app)
{
    (void)app;
    return c->audit_log.n == 0 && (c->audit_max_size != 0 || c->audit_max_age_ms != 0);
}

static bool keeps_what_never_ends(const struct config *c, const dw_app *app)
{
    (void)app;
    return (c->audit_keep != 0 || c->audit_keep_for_ms != 0) && c->audit_max_size == 0 &&
           c->audit_max_age_ms == 0;
}

/* A library without its list says so of every domain, and of a name alone (.localhost) it is true. */
static bool everybodys_hosts(const struct config *c, const dw_app *app)
{
    (void)app;
    for (size_t i = 0; i < c->n_trusted_hosts; i++) {
        dw_text rule = c->trusted_hosts[i];
        char domain[256];

        if (rule.n < 2 || rule.p[0] != '.' || rule.n > sizeof domain)
            continue;
        for (size_t k = 1; k < rule.n; k++)
            domain[k - 1] = (char)(rule.p[k] >= 'A' && rule.p[k] <= 'Z' ? rule.p[k] - 'A' + 'a' : rule.p[k]);
        if (dw__is_public_suffix((dw_text){domain, rule.n - 1}))
            return true;
    }
    return false;
}

static bool is_any_address(const struct sockaddr_storage *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (address->ss_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        return v4.sin_addr.s_addr == htonl(INADDR_ANY);
    }
    if (address->ss_family != AF_INET6)
        return false;
    memcpy(&v6, address, sizeof v6);
    return memcmp(&v6.sin6_addr, &in6addr_any, sizeof v6.sin6_addr) == 0;
}

/* Behind a proxy; without one it is worse (http_off_loopback). */
static bool listens_everywhere(const struct config *c, const dw_app *app)
{
    (void)app;
    for (size_t i = 0; c->n_trusted_proxies > 0 && i < c->n_listen; i++)
        if (is_any_address(&c->listen[i].address))
            return true;
    return false;
}

static bool debug_is_logged(const struct config *c, const dw_app *app)
{
    (void)app;
    return c->log_level == DW_LOG_LEVEL_DEBUG;
}

static bool nobody_needs_a_second_factor(const struct config *c, const dw_app *app)
{
    return app->mfa != NULL && c->mfa_required_roles.n == 0;
}

static const struct {
    bool (*holds)(const struct config *c, const dw_app *app);
    struct config_finding finding;
} rows[] = {
    {development_off_loopback,
     {FOUND_DEVELOPMENT_REACHABLE, false, SETTING_LISTEN,
      "LISTEN is reachable from other machines while ENV is development; listen on 127.0.0.1, or set ENV to "
      "production"}},
    {watch_in_production,
     {FOUND_WATCH, false, SETTING_WATCH,
      "WATCH is yes, which runs a command whenever a file is saved; it is for development (serve --dev)"}},
    {no_hosts,
     {FOUND_HOSTS_MISSING, false, SETTING_TRUSTED_HOSTS,
      "TRUSTED_HOSTS is empty, so that every request would be refused; name the hosts that clients use"}},
    {no_signing_keys,
     {FOUND_SIGNING_KEYS_MISSING, false, SETTING_SIGNING_KEYS,
      "SIGNING_KEYS is missing, and nobody could sign in; make one with the command `secret` and set it, or "
      "SIGNING_KEYS_FILE"}},
    {same_keys,
     {FOUND_KEYS_SHARED, false, SETTING_DATA_KEYS,
      "DATA_KEYS is the same as SIGNING_KEYS; each needs secrets of its own, since one rotates and the other "
      "stays"}},
    {audit_log_without_keys,
     {FOUND_AUDIT_UNKEYED, false, SETTING_AUDIT_LOG,
      "AUDIT_LOG is set, and DATA_KEYS, which its lines are chained under, is missing; make one with the "
      "command "
      "`secret`"}},
    {heads_of_no_log,
     {FOUND_AUDIT_HEADS, false, SETTING_AUDIT_HEADS,
      "AUDIT_HEADS says how far another file is: set AUDIT_LOG, to another path"}},
    {bounds_of_no_log,
     {FOUND_AUDIT_BOUNDS, false, SETTING_AUDIT_LOG,
      "AUDIT_MAX_SIZE and AUDIT_MAX_AGE are about the files of the audit log: set AUDIT_LOG, or leave them "
      "out"}},
    {keeps_what_never_ends,
     {FOUND_AUDIT_KEEP, false, SETTING_AUDIT_KEEP,
      "AUDIT_KEEP and AUDIT_KEEP_FOR are about files that are full: set AUDIT_MAX_SIZE or AUDIT_MAX_AGE, "
      "which say when one is"}},
    {password_for_nobody,
     {FOUND_DATABASE_PASSWORD_UNUSED, false, SETTING_DATABASE_PASSWORD,
      "DATABASE_PASSWORD is set, but DATABASE_URL is not PostgreSQL; leave one out, or correct the other"}},
    {is_development,
     {FOUND_DEVELOPMENT, true, SETTING_ENV,
      "ENV is development, which tells clients why something failed; leave it out in production"}},
    {no_data_keys,
     {FOUND_DATA_KEYS_MISSING, true, SETTING_DATA_KEYS,
      "DATA_KEYS is missing; make one with the command `secret` and set it, or DATA_KEYS_FILE"}},
    {http_off_loopback,
     {FOUND_HTTP_REACHABLE, true, SETTING_LISTEN,
      "LISTEN is reachable from other machines, and without TLS all can be read on the way; listen on "
      "loopback or a Unix socket behind a proxy that does TLS, or name that proxy in TRUSTED_PROXIES"}},
    {proxy_protocol_of_nobody,
     {FOUND_PROXY_PROTOCOL_OF_NOBODY, false, SETTING_LISTEN_PROXY_PROTOCOL,
      "LISTEN_PROXY_PROTOCOL is required, and TRUSTED_PROXIES names nobody who may speak it; name the "
      "proxies"}},
    {admin_off_loopback,
     {FOUND_ADMIN_REACHABLE, true, SETTING_ADMIN_LISTEN,
      "ADMIN_LISTEN is reachable from other machines; give a Unix socket or a loopback address"}},
    {mail_url_is_wrong,
     {FOUND_MAIL_URL, false, SETTING_MAIL_URL,
      "MAIL_URL is none, file:DIRECTORY, smtp://[user@]host[:port][?ca=FILE] or smtps://…; the password is "
      "MAIL_PASSWORD"}},
    {mail_is_from_nobody,
     {FOUND_MAIL_FROM, false, SETTING_MAIL_FROM,
      "MAIL_FROM is missing, or is no address; give the one that mails are from, as app@example.com"}},
    {mail_password_is_missing,
     {FOUND_MAIL_PASSWORD, false, SETTING_MAIL_PASSWORD,
      "MAIL_URL names a user, and MAIL_PASSWORD is missing; set it, or MAIL_PASSWORD_FILE"}},
    {mail_into_files,
     {FOUND_MAIL_INTO_FILES, true, SETTING_MAIL_URL,
      "MAIL_URL is file:, so mails are written and not sent, and the process that runs jobs may write "
      "files"}},
    {secrets_in_code,
     {FOUND_SECRETS_IN_CODE, true, SETTING_SIGNING_KEYS,
      "a secret comes from a profile, so everyone who has the program has it"}},
    {shared_token_keys,
     {FOUND_TOKENS_SHARED_KEY, false, SETTING_ACCESS_TOKEN_ALGORITHM,
      "ACCESS_TOKEN_ALGORITHM is HS256, so whoever can verify an access token can make one; leave it out "
      "unless the time of a verification matters more"}},
    {database_of_any_name,
     {FOUND_DATABASE_ANY_NAME, false, SETTING_DATABASE_URL,
      "DATABASE_URL says sslmode=verify-ca, so any server with a certificate of that authority can stand in "
      "for the database; leave sslmode out"}},
    {cookies_nobody_keeps,
     {FOUND_COOKIES_UNKEPT, false, SETTING_CANONICAL_ORIGIN,
      "CANONICAL_ORIGIN begins with http:, and browsers keep the cookies of sessions for https only; nobody "
      "could stay "
      "signed in"}},
    {sessions_without_origin,
     {FOUND_ORIGIN_MISSING, true, SETTING_CANONICAL_ORIGIN,
      "CANONICAL_ORIGIN is missing, so a request of another port or scheme of a host in TRUSTED_HOSTS may "
      "pass for one of "
      "our pages'; set it to the address that browsers show"}},
    {idle_beyond_absolute,
     {FOUND_SESSION_IDLE, false, SETTING_SESSION_IDLE,
      "SESSION_IDLE is longer than SESSION_ABSOLUTE, so it never counts; make it shorter"}},
    {audit_log_is_missing,
     {FOUND_AUDIT_MISSING, true, SETTING_AUDIT_LOG,
      "AUDIT_LOG is not set, so nothing shows later who signed in, was refused or changed what; name a "
      "file"}},
    {everybodys_hosts,
     {FOUND_HOSTS_BROAD, true, SETTING_TRUSTED_HOSTS,
      "TRUSTED_HOSTS has a domain below which anybody may have a name; name the one that is yours"}},
    {listens_everywhere,
     {FOUND_LISTENS_EVERYWHERE, true, SETTING_LISTEN,
      "LISTEN is every address of this machine, so clients may come past the proxy; name the one that it "
      "asks"}},
    {nobody_needs_a_second_factor,
     {FOUND_MFA_NOBODY, true, SETTING_MFA_REQUIRED_ROLES,
      "MFA_REQUIRED_ROLES is empty, so a password alone opens every role; name those that can do most"}},
    {debug_is_logged,
     {FOUND_LOG_LEVEL, true, SETTING_LOG_LEVEL,
      "LOG_LEVEL is debug, so more is kept of people than is needed; leave it out"}},
    {plain_origin,
     {FOUND_ORIGIN_PLAIN, true, SETTING_CANONICAL_ORIGIN,
      "CANONICAL_ORIGIN begins with http:, so browsers will not be asked to stay on https"}},
};

size_t dw__config_findings(const struct config *config, const dw_app *app, bool deploy,
                           struct config_finding *out, size_t cap)
{
    size_t n = 0;

    for (size_t i = 0; i < sizeof rows / sizeof *rows && n < cap; i++)
        if ((!rows[i].finding.deploy || deploy || !config->development) && rows[i].holds(config, app))
            out[n++] = rows[i].finding;
    return n;
}
