/* store/pg_url.c -- whom to connect to: the URL of the settings, and nothing else.
 *
 * libpq would also obey variables, a file of passwords and a file of services; none of them is asked.  A password in the URL would
 * be shown by `ps` and by every log of settings, so that it has a setting of its own.  Whoever is not on this machine must prove who they
 * are. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "store/pg_inside.h"

#define URL_MAX 1024u
#define PUBLIC_ROOTS "/etc/ssl/certs/ca-certificates.crt"
#define NO_FILE "/dev/null/none"

/* libpq has two sessions' worth of settings: what holds for every statement of ours. */
#define OPTIONS                                                                     \
    "-c standard_conforming_strings=on -c client_connection_check_interval=200 -c " \
    "idle_in_transaction_session_timeout=20000 -c timezone=UTC "
/* A transaction whose worker hangs holds no lock for longer. */
#define OPTIONS_WORK OPTIONS "-c statement_timeout=5000 -c idle_in_transaction_session_timeout=2000 "

/* What a URL may say; the rest is ours, or nobody's. */
static const char *const allowed[] = {"user",   "host",    "hostaddr",         "port",
                                      "dbname", "sslmode", "sslrootcert",      "sslcert",
                                      "sslkey", "sslcrl",  "application_name", "channel_binding"};

static bool is_allowed(const char *keyword)
{
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if (strcmp(allowed[i], keyword) == 0)
            return true;
    return false;
}

static const char *value_of(const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword; options++)
        if (strcmp(options->keyword, keyword) == 0)
            return options->val && options->val[0] ? options->val : NULL;
    return NULL;
}

static bool is_path(const char *host)
{
    return host[0] == '/' || host[0] == '@';
}

static bool is_address(const char *host)
{
    return strchr(host, ':') || host[strspn(host, "0123456789.")] == '\0';
}

/* One address, and not a name: 127.example.com is anybody's. */
static bool is_loopback(const char *host)
{
    return strcmp(host, "::1") == 0 ||
           (strncmp(host, "127.", 4) == 0 && host[strspn(host, "0123456789.")] == '\0');
}

/* Of which the first may be here and the next elsewhere. */
static bool is_list(const char *hosts)
{
    return hosts && strchr(hosts, ',');
}

/* Whether no other machine can stand in for the server. */
static bool is_local(const PQconninfoOption *options)
{
    const char *host = value_of(options, "host"), *address = value_of(options, "hostaddr");

    if (address)
        return is_loopback(address);
    return !host || is_path(host) || strcmp(host, "localhost") == 0 || is_loopback(host);
}

/* The server's certificate is looked at, but not for whom it is. */
static bool any_name(const PQconninfoOption *options)
{
    const char *mode = value_of(options, "sslmode");

    return mode && strcmp(mode, "verify-ca") == 0 && !is_local(options);
}

static const char *mode_fault(const PQconninfoOption *options)
{
    const char *mode = value_of(options, "sslmode");

    if (any_name(options) && !value_of(options, "sslrootcert"))
        return "says sslmode=verify-ca, which takes any server whose certificate the system's authorities "
               "signed; "
               "leave it out, or name the sslrootcert of an authority of your own";
    if (!mode || is_local(options) || strcmp(mode, "verify-full") == 0 || any_name(options))
        return NULL;
    return "names another machine with an sslmode that does not check who answers; leave it out, or say "
           "sslmode=verify-full";
}

static const char *options_fault(const PQconninfoOption *options)
{
    if (value_of(options, "password"))
        return "has a password in it, which others could read; put it into DATABASE_PASSWORD";
    for (const PQconninfoOption *o = options; o->keyword; o++)
        if (o->val && !is_allowed(o->keyword))
            return "has a parameter that is not known here; there are host, sslmode, sslrootcert, sslcert, "
                   "sslkey, sslcrl, channel_binding and application_name";
    if (!value_of(options, "user"))
        return "names no user; it is postgresql://user@host/database";
    if (!value_of(options, "dbname"))
        return "names no database; it is postgresql://user@host/database";
    if (is_list(value_of(options, "host")) || is_list(value_of(options, "hostaddr")))
        return "names several hosts; name one";
    return mode_fault(options);
}

/* A NUL-terminated copy; false when it is too long or has a NUL in it. */
static bool copy_url(dw_text url, char out[static URL_MAX + 1])
{
    if (url.n > URL_MAX || memchr(url.p, '\0', url.n))
        return false;
    memcpy(out, url.p, url.n);
    out[url.n] = '\0';
    return true;
}

/* NULL when it cannot be read. */
static PQconninfoOption *parse(dw_text url)
{
    char copy[URL_MAX + 1], *said = NULL;
    PQconninfoOption *options;

    if (!copy_url(url, copy) || !dw__text_starts(url, DW_TEXT("postgresql://")))
        return NULL;
    options = PQconninfoParse(copy, &said);
    PQfreemem(said);
    explicit_bzero(copy, sizeof copy); /* where somebody has put a password */
    return options;
}

const char *dw__pg_url_fault(dw_text url)
{
    PQconninfoOption *options = parse(url);
    const char *fault =
        options ? options_fault(options) : "cannot be read as postgresql://user@host:port/database";

    PQconninfoFree(options);
    return fault;
}

bool dw__pg_url_takes_any_name(dw_text url)
{
    PQconninfoOption *options = parse(url);
    bool any = options && any_name(options);

    PQconninfoFree(options);
    return any;
}

/* ---- parameters ---- */

static void add(struct pg_params *p, const char *key, const char *value)
{
    p->keys[p->n] = key;
    p->values[p->n++] = value;
    p->keys[p->n] = p->values[p->n] = NULL;
}

static const char *options_for(enum pg_use use)
{
    switch (use) {
    case PG_ADMIN: return OPTIONS;
    case PG_READ: return OPTIONS_WORK "-c default_transaction_read_only=on";
    case PG_WRITE: return OPTIONS_WORK "-c default_transaction_read_only=off";
    }
    return OPTIONS;
}

static void add_all(struct pg_params *p, enum pg_use use)
{
    const char *host = value_of(p->parsed, "host");

    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if (value_of(p->parsed, allowed[i]))
            add(p, allowed[i], value_of(p->parsed, allowed[i]));
    if (!is_local(p->parsed)) {
        if (!value_of(p->parsed, "sslmode"))
            add(p, "sslmode", "verify-full");
        if (!value_of(p->parsed, "sslrootcert"))
            add(p, "sslrootcert", PUBLIC_ROOTS);
        add(p, "tcp_user_timeout", "10000");
    }
    add(p, "passfile", NO_FILE);
    add(p, "gssencmode", "disable");
    add(p, "client_encoding", "UTF8");
    add(p, "fallback_application_name", "dewar");
    add(p, "options", options_for(use));
    if (p->password)
        add(p, "password", p->password);
    if (use == PG_ADMIN)
        add(p, "connect_timeout", "5");
    p->port = value_of(p->parsed, "port");
    p->host = host && !is_path(host) && !is_address(host) && !value_of(p->parsed, "hostaddr") ? host : NULL;
}

dw_err dw__pg_params_init(struct pg_params *p, const struct pg_target *target, enum pg_use use)
{
    char copy[URL_MAX + 1];

    *p = (struct pg_params){0};
    if (!copy_url(target->url, copy))
        return DW_INVALID;
    p->parsed = PQconninfoParse(copy, NULL);
    if (!p->parsed)
        return DW_UNAVAILABLE;
    if (target->password.n > 0) {
        p->password = strndup(target->password.p, target->password.n);
        if (!p->password) {
            dw__pg_params_release(p);
            return DW_UNAVAILABLE;
        }
    }
    add_all(p, use);
    return DW_OK;
}

void dw__pg_params_release(struct pg_params *p)
{
    if (p->password)
        explicit_bzero(p->password, strlen(p->password));
    free(p->password);
    PQconninfoFree(p->parsed);
    *p = (struct pg_params){0};
}

void dw__pg_forget_environment(void)
{
    char name[64];

    for (char **e = environ; e && *e;) {
        size_t n = strcspn(*e, "=");

        if (strncmp(*e, "PG", 2) != 0 || n >= sizeof name) {
            e++;
            continue;
        }
        memcpy(name, *e, n);
        name[n] = '\0';
        if (unsetenv(name) != 0)
            e++;
    }
}
