/* app/config.h -- the settings of an application: one table, and what was made of it.
 *
 * A row of the table (config_table.c) is the source of the parser, of `--help` and of the man page.  Every setting may be given,
 * the first that is there wins, as a flag (--listen=…, --listen …), in the environment (COFFER_LISTEN, the application's name
 * in front), in the file of --env-file, in the profile that COFFER_PROFILE chooses, by the default.  A name that is
 * unknown stops the start wherever it stands; so does a value that cannot be right.  Secrets may not be flags, since
 * every user of the machine sees those; they may come from a file that COFFER_SIGNING_KEYS_FILE names.
 *
 * The monitor loads; children get what their role needs as bytes in a sealed memfd (pack, unpack) and read no environment.  Of the signing keys they get
 * keys that were made for one use each, and no root: a worker has nothing that tokens could be signed with.
 * Secrets live apart from the rest, and are wiped as soon as keys were made of them. */
#ifndef DW_APP_CONFIG_H
#define DW_APP_CONFIG_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/buf.h"
#include "codec/ip_net.h"
#include "guard/guard.h"
#include "proc/monitor.h"
#include <dw/app.h>

/* In builds for tests and benchmarks only: see CMakeLists.txt. */
#ifdef DW_RATE_LIMIT_SCALE
#define DW__SETTING_SCALE(X) X(RATE_LIMIT_SCALE)
#else
#define DW__SETTING_SCALE(X)
#endif

/* The names, in the order in which help shows them. */
/* clang-format off */
#define DW__SETTINGS(X)       \
    X(PROFILE)                \
    X(ENV)                    \
    X(LISTEN)                 \
    X(ADMIN_LISTEN)           \
    X(DATABASE_URL)           \
    X(DATABASE_PASSWORD)      \
    X(DATABASE_POOL)          \
    X(MIGRATE)                \
    X(TRUSTED_HOSTS)          \
    X(CANONICAL_ORIGIN)       \
    X(TRUSTED_PROXIES)        \
    X(TRUSTED_PROXY_HOPS)     \
    X(FORWARDED_BY)           \
    X(LISTEN_PROXY_PROTOCOL)  \
    X(CORS_ORIGINS)           \
    X(CORS_MAX_AGE)           \
    X(SIGNING_KEYS)           \
    X(DATA_KEYS)              \
    X(ISSUER)                 \
    X(AUDIENCE)               \
    X(ACCESS_TOKEN_SECONDS)   \
    X(ACCESS_TOKEN_ALGORITHM) \
    X(REFRESH_TOKEN_SECONDS)  \
    X(BAD_TOKENS_PER_SECOND)  \
    X(SESSION_IDLE)           \
    X(SESSION_ABSOLUTE)       \
    X(SESSION_FRESH)          \
    X(SESSIONS_MAX)           \
    X(LOGIN_FORM)             \
    X(LOGIN_SECOND_STEP)      \
    X(REMEMBER_ME)            \
    X(SIGN_IN_FAILURES)       \
    X(SIGN_IN_SLOWED_AFTER)   \
    X(SIGN_IN_DELAY)          \
    X(MFA_REQUIRED_ROLES)     \
    X(WORKERS)                \
    X(USER)                   \
    X(MAIL_URL)               \
    X(MAIL_FROM)              \
    X(MAIL_PASSWORD)          \
    X(LOG)                    \
    X(LOG_LEVEL)              \
    X(AUDIT_LOG)              \
    X(AUDIT_HEADS)            \
    X(AUDIT_HEAD_EVERY)       \
    X(AUDIT_MAX_SIZE)         \
    X(AUDIT_MAX_AGE)          \
    X(AUDIT_KEEP)             \
    X(AUDIT_KEEP_FOR)         \
    X(DOCS_FILES)             \
    X(WATCH)                  \
    X(WATCH_COMMAND)          \
    X(WATCH_DIRECTORY)        \
    X(MAX_CONTENT_LENGTH)     \
    X(REQUEST_TARGET_MAX)     \
    X(HEADER_LINE_MAX)        \
    X(HEADER_COUNT_MAX)       \
    X(RATE_LIMIT_GLOBAL)      \
    X(RATE_LIMIT_DEFAULT)     \
    X(RATE_LIMIT_KEYS)        \
    X(RATE_LIMIT_FILE)        \
    X(RATE_LIMIT_FILE_EVERY)  \
    DW__SETTING_SCALE(X)      \
    X(CONNECTIONS_MAX)        \
    X(CONNECTIONS_PER_ADDRESS) \
    X(CONNECTIONS_PER_SECOND) \
    X(HEADS_PER_ADDRESS)      \
    X(SHED_LAG)               \
    X(SHED_MEMORY)            \
    X(CGROUP)                 \
    X(MEMORY_MAX)             \
    X(HEAD_TIMEOUT)           \
    X(IDLE_TIMEOUT)           \
    X(REPLY_TIMEOUT)          \
    X(DRAIN_TIMEOUT)          \
    X(ARGON2_MEMORY)          \
    X(ARGON2_PASSES)          \
    X(ARGON2_QUEUE)
/* clang-format on */

#define DW__SETTING_ENUM(name) SETTING_##name,
enum setting { DW__SETTINGS(DW__SETTING_ENUM) SETTINGS };

/* Where a value came from, the strongest last. */
enum config_source { SOURCE_DEFAULT, SOURCE_PROFILE, SOURCE_ENV_FILE, SOURCE_ENVIRONMENT, SOURCE_FLAG };
/* "default", "profile", "env-file", "environment", "flag". */
const char *dw__config_source_name(enum config_source source);

struct bind_faults;
struct schema_plan;

/* The most settings that an application has of its own. */
#define DW__OWN_SETTINGS 64u

/* The application's own settings (DW_SETTINGS); app/own_settings.h has what fills them. */
struct own_settings {
    struct schema_plan *plan; /* NULL: it has none, or they are not for this role */
    size_t n;
    dw_text name[DW__OWN_SETTINGS]; /* "PAGE_SIZE" */
    dw_text text[DW__OWN_SETTINGS]; /* as given, p NULL: not at all; of secrets too */
    enum config_source source[DW__OWN_SETTINGS];
    bool from_file[DW__OWN_SETTINGS]; /* a secret, out of a file */
    dw_text file[DW__OWN_SETTINGS];   /* … which; in no child */
    bool missing[DW__OWN_SETTINGS];   /* it has no default and is not optional, and nothing gave it */
    void *values;                     /* the struct that DW_SETTINGS declared; never NULL with a plan */
    struct bind_faults *faults;       /* while they are filled */
    struct arena memory;
};

/* A place to listen. */
struct config_address {
    dw_text text;  /* as it was given: "127.0.0.1:8080", "[::1]:8080", "unix:var/app.sock" */
    bool loopback; /* no other machine reaches it: 127.0.0.0/8, ::1 or a Unix socket */
    dw_text path;  /* of a Unix socket, 1 to 107 bytes and a NUL; empty for the others */
    struct sockaddr_storage address; /* AF_INET, AF_INET6 or AF_UNIX (then path is in it too) */
    socklen_t address_n;
};

struct config {
    bool development;
    unsigned environment;                /* 0 production, 1 development */
    dw_text profile;                     /* or empty */
    const struct config_address *listen; /* one or more */
    size_t n_listen;
    const struct config_address *admin_listen; /* one */
    unsigned migrate;             /* not 0: the store applies missing migrations when it starts */
    dw_text database_path;        /* empty: the application has no database; of PostgreSQL the whole URL */
    bool postgres;                /* database_path is postgresql://… */
    dw_secret database_password;  /* or empty */
    unsigned database_pool;       /* connections of a worker to read with, and as many to write with */
    const dw_text *trusted_hosts; /* exact, or ".suffix"; without port */
    size_t n_trusted_hosts;
    dw_text canonical_origin;             /* "https://app.test", or empty */
    const struct ip_net *trusted_proxies; /* NULL: none */
    size_t n_trusted_proxies;
    unsigned trusted_proxy_hops;
    unsigned forwarded_by;          /* an enum forwarded_by */
    unsigned listen_proxy_protocol; /* not 0: required */
    const dw_text *cors_origins;    /* rules that codec/origin.h reads */
    size_t n_cors_origins;
    uint64_t cors_max_age_ms;
    dw_text issuer, audience; /* never empty */
    unsigned access_token_seconds;
    unsigned access_token_algorithm; /* an enum token_alg */
    unsigned refresh_token_seconds;
    uint64_t session_idle_ms, session_absolute_ms, session_fresh_ms, login_form_ms, login_second_step_ms;
    unsigned sessions_max; /* of an account */
    uint64_t remember_me_ms, sign_in_delay_ms;
    unsigned sign_in_failures, sign_in_slowed_after;
    dw_text mfa_required_roles;     /* "admin,editor", or empty */
    unsigned workers;               /* 1 to DW__MAX_WORKERS; times n_listen at most DW__MAX_LISTENERS */
    dw_text user;                   /* account that children run as when the monitor is root */
    dw_text log;                    /* "stderr", or a path */
    dw_text audit_log, audit_heads; /* paths, or empty */
    uint64_t audit_head_every_ms, audit_max_age_ms, audit_keep_for_ms; /* 0: not set */
    size_t audit_max_size;                                             /* 0: not set */
    unsigned audit_keep;
    dw_text mail_url;        /* as jobs/mail.h reads it */
    dw_text mail_from;       /* an address, or empty */
    dw_secret mail_password; /* or empty */
    dw_text docs_files;      /* directory of what /docs loads, or empty */
    unsigned watch;          /* not 0: sources are watched, and the program built anew */
    dw_text watch_command, watch_directory;
    unsigned log_level; /* a dw_log_level */
    size_t max_content_length, request_target_max, header_line_max, memory_max;
    unsigned header_count_max, connections_max;
    dw_text rate_limit_global,
        rate_limit_default; /* limits, as codec/rate.h reads them; empty: as the tables say */
    unsigned rate_limit_keys;
    dw_text rate_limit_file; /* a path, or empty */
    uint64_t rate_limit_file_every_ms;
    unsigned rate_limit_scale; /* every limit's count times this; 0: there is no such setting in this build */
    unsigned connections_per_address, connections_per_second,
        heads_per_address; /* 0: as many as there may be; of the first: half of connections_max */
    uint64_t shed_lag_ms;
    unsigned shed_memory; /* percent */
    dw_text cgroup;       /* a directory, or empty */
    uint64_t head_timeout_ms, idle_timeout_ms, reply_timeout_ms, drain_timeout_ms;
    size_t argon2_memory; /* bytes, a multiple of 1024 */
    unsigned argon2_passes, argon2_queue, bad_tokens_per_second;
    dw_secret signing_keys,
        data_keys; /* "newest,older,…" as crypto/keyring.h reads it; empty: not given, or not for this role */
    dw_bytes
        signing_part; /* in a child: the keys of signing_keys that its role needs, for dw__keyring_of_part; or empty */

    dw_text text[SETTINGS]; /* as given; empty for secrets and for what was not given */
    enum config_source source[SETTINGS];
    bool from_file[SETTINGS]; /* a secret, out of a file that the source names */
    dw_text file[SETTINGS];   /* … which; in no child */
    dw_text env_file;         /* the path of --env-file, or empty; in no child */
    struct own_settings own;

    struct arena memory, secret_memory;
};

/* What the table says of a setting. */
enum value_type {
    VALUE_NAME,      /* 1 to max characters of printable ASCII without space, '"' and '\' */
    VALUE_PATH,      /* 1 to max bytes without control characters */
    VALUE_CHOICE,    /* one of `choices`: its index */
    VALUE_INT,       /* min to max */
    VALUE_SIZE,      /* min to max bytes: 64, 64K, 16M, 1G */
    VALUE_DURATION,  /* min to max milliseconds: 500ms, 10s (or 10), 5m, 1h */
    VALUE_ADDRESS,   /* numeric address and port, or unix:path */
    VALUE_ADDRESSES, /* one to max of them */
    VALUE_HOSTS,     /* none to max names */
    VALUE_NETS,      /* none to max networks of addresses */
    VALUE_ORIGIN,    /* http(s)://host[:port] */
    VALUE_ORIGINS,   /* none to max rules of codec/origin.h */
    VALUE_DATABASE,  /* sqlite:path, postgresql://user@host:port/database */
    VALUE_ACCOUNT,   /* a user name */
    VALUE_RATES,     /* one to DW__RATES limits: 5/minute, 10 per 2 hours; 100/day */
    VALUE_SECRET     /* 1 to max printable characters, kept in secret_memory */
};

struct setting_row {
    const char *name; /* "LISTEN" */
    enum value_type type;
    unsigned short member; /* where in struct config */
    unsigned short count;  /* where the number of elements is, for ADDRESSES, HOSTS, NETS and ORIGINS */
    uint64_t min, max;
    const char *const *choices;    /* ended by NULL */
    const char *fallback;          /* default; "{name}" is the application's name; NULL: none, or computed */
    const char *fallback_in_words; /* for help, where it is computed */
    const char *fallback_in_development; /* where it differs */
    unsigned roles;                      /* 1 << role of the children that get it */
    bool optional;                       /* there may be no value at all */
    bool needs_database;                 /* unknown to an application without one */
    bool hidden;                         /* in no help: no release has it */
    const char *help;                    /* one sentence */
    const char *example;
};

/* "COFFER_LISTEN" into out, cut to size and NUL-terminated. */
void dw__setting_full_name(const dw_app *app, enum setting setting, char *out, size_t size);
/* The same for any name: "COFFER_" and `name`. */
void dw__setting_prefixed(const dw_app *app, dw_text name, char *out, size_t size);
/* Whether the application has any use for it. */
bool dw__setting_is_known(const struct setting_row *row, const dw_app *app);
/* Row of `setting`, static. */
const struct setting_row *dw__setting_row(enum setting setting);

/* Fills *out from argv, envp, files and defaults.  Takes the flags that it knows, and their values, out of argv (*argc is less
 * afterwards) up to "--"; what is left is the caller's.  DW_INVALID: each thing that is wrong is one line in `errors`, ended by
 * '\n', with nothing of a secret in it; *out is empty then.  Else *out is released by dw__config_release. */
DW_MUST dw_err dw__config_load(struct config *out, const dw_app *app, int *argc, char **argv, char **envp,
                               struct buf *errors);
/* Overwrites in place the values of secrets in envp, which /proc/<pid>/environ shows; loading from it again is not possible. */
void dw__config_wipe_environment(const struct config *config, const dw_app *app, char **envp);
/* Wipes the framework's secrets; the rest stays, and so do the application's own, which it may ask for at any time. */
void dw__config_forget_secrets(struct config *config);
void dw__config_release(struct config *config);

/* Appends what a child of `role` gets; out holds secrets if the role gets any, so its memory is the caller's to wipe. out->failed: no memory, or the
 * signing keys are none. */
void dw__config_pack(const struct config *config, enum role role, struct buf *out);
/* Reads what pack wrote; every value passes the same checks as when it was given. DW_INVALID (and *out empty) when it is not exactly
 * that, or for another role or application. The bytes are not referred to afterwards. */
DW_MUST dw_err dw__config_unpack(struct config *out, const dw_app *app, enum role role, dw_bytes bytes);

/* What is wrong with settings that are well-formed each for itself. */
struct config_finding {
    enum finding finding;
    bool
        deploy; /* holds in production only: an error of `check --deploy`, and stops the start when ENV is production */
    enum setting setting;
    const char *sentence; /* static */
};
/* Fills out[0 … cap) and returns how many there are (at most `cap`). With `deploy` settings are judged as if ENV were production, else
 * what holds only there is left out in development. A start is refused when any is an error. */
size_t dw__config_findings(const struct config *config, const dw_app *app, bool deploy,
                           struct config_finding *out, size_t cap);

/* Appends the settings for `--help`, and as a section of a man page (man(7)). */
void dw__config_help(const dw_app *app, struct buf *out);
void dw__config_man(const dw_app *app, struct buf *out);

#endif
