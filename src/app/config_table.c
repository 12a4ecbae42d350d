/* app/config_table.c -- the one list of settings: parser, help and man page are made from it.
 *
 * A setting is here only when something obeys it: one that did nothing would be a promise that is not kept.  Limits have
 * bounds on both sides, so that a slip of the finger is found at the start and not under load. */
#include "app/config.h"

#include <stddef.h>
#include <stdio.h>

#include "base/text.h"
#include "codec/forwarded.h"
#include "guard/rate_table.h"
#include "route/limit.h"

#define MEMBER(m) .member = offsetof(struct config, m)
#define MEMBERS(m) .member = offsetof(struct config, m), .count = offsetof(struct config, n_##m)
#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define SECOND ((uint64_t)1000)
#define HOUR (3600 * SECOND)
/* Those that run the application's code. */
#define CODE (1u << ROLE_WORKER | 1u << ROLE_JOBS)
#define EVERY (CODE | 1u << ROLE_STORE | 1u << ROLE_AUDIT | 1u << ROLE_KEEPER)
/* Roles get keys that are made of it (config_pack.c). */
#define NONE 0u

static const char *const environments[] = {"production", "development", NULL};
static const char *const no_yes[] = {"no", "yes", NULL};
static const char *const token_algorithms[] = {"EdDSA", "HS256", NULL};
static const char *const forwarded_by[] = {"x-forwarded", "forwarded", NULL};
static const char *const off_required[] = {"off", "required", NULL};
static const char *const levels[] = {"debug", "info", "warn", "error", NULL};

static const struct setting_row rows[SETTINGS] = {
    [SETTING_PROFILE] =
        {"PROFILE", VALUE_NAME, MEMBER(profile), .optional = true, .max = 64, .roles = EVERY,
         .fallback_in_words = "the application's first, if it has any",
         .help = "Which of the application's sets of settings is taken where nothing else is given.",
         .example = "direct"},
    [SETTING_ENV] = {"ENV", VALUE_CHOICE, MEMBER(environment), .choices = environments,
                     .fallback = "production", .roles = EVERY,
                     .help =
                         "What the server is for; development tells loopback clients why something failed.",
                     .example = "development"},
    [SETTING_LISTEN] = {"LISTEN", VALUE_ADDRESSES, MEMBERS(listen), .max = 16, .fallback = "127.0.0.1:8080",
                        .roles = EVERY,
                        .help = "Addresses that requests come to: numeric address and port, or unix:path.",
                        .example = "127.0.0.1:8080,[::1]:8080"},
    [SETTING_ADMIN_LISTEN] = {"ADMIN_LISTEN", VALUE_ADDRESS, MEMBER(admin_listen),
                              .fallback = "unix:var/{name}-admin.sock", .roles = EVERY,
                              .help = "Where health is asked; never reachable by clients.",
                              .example = "unix:/run/app/admin.sock"},
    [SETTING_DATABASE_URL] = {"DATABASE_URL", VALUE_DATABASE, MEMBER(database_path), .max = 1024,
                              .fallback = "sqlite:var/{name}.db", .roles = EVERY, .optional = true,
                              .needs_database = true,
                              .help = "The database: sqlite: and the path of its file, or PostgreSQL as "
                                      "postgresql://user@host:port/database.",
                              .example = "sqlite:/var/lib/app/app.db"},
    [SETTING_DATABASE_PASSWORD] = {"DATABASE_PASSWORD", VALUE_SECRET, MEMBER(database_password),
                                   .optional = true, .max = 256, .roles = CODE, .needs_database = true,
                                   .help = "The password for PostgreSQL, where it asks for one.",
                                   .example = "the output of `{name} secret`"},
    [SETTING_DATABASE_POOL] =
        {"DATABASE_POOL", VALUE_INT, MEMBER(database_pool), .min = 1, .max = 64, .fallback = "4",
         .roles = CODE, .needs_database = true,
         .help = "Connections of one worker to PostgreSQL for reading, and as many again for writing.",
         .example = "8"},
    [SETTING_MIGRATE] = {"MIGRATE", VALUE_CHOICE, MEMBER(migrate), .choices = no_yes, .fallback = "no",
                         .roles = EVERY, .needs_database = true,
                         .help = "Whether `serve` applies missing migrations before it takes requests.",
                         .example = "yes"},
    [SETTING_TRUSTED_HOSTS] =
        {"TRUSTED_HOSTS", VALUE_HOSTS, MEMBERS(trusted_hosts), .max = 64, .fallback = "",
         .fallback_in_development = "localhost,127.0.0.1,[::1]", .roles = EVERY,
         .help = "Names that the server answers for; .example.com is a domain and all below it.",
         .example = "app.example.com,.internal.example.com"},
    [SETTING_CANONICAL_ORIGIN] = {"CANONICAL_ORIGIN", VALUE_ORIGIN, MEMBER(canonical_origin),
                                  .optional = true, .max = 256, .roles = EVERY,
                                  .help = "The address by which clients know the server.",
                                  .example = "https://app.example.com"},
    [SETTING_TRUSTED_PROXIES] =
        {"TRUSTED_PROXIES", VALUE_NETS, MEMBERS(trusted_proxies), .max = 64, .fallback = "", .roles = EVERY,
         .help =
             "The proxies that may say who a client is: networks, addresses, unix for who comes through a "
             "Unix socket.",
         .example = "127.0.0.1/32,10.0.3.0/24"},
    [SETTING_TRUSTED_PROXY_HOPS] = {"TRUSTED_PROXY_HOPS", VALUE_INT, MEMBER(trusted_proxy_hops), .min = 1,
                                    .max = DW__HOPS, .fallback = "1", .roles = EVERY,
                                    .help = "How many of them a request passes at most.", .example = "2"},
    [SETTING_FORWARDED_BY] = {"FORWARDED_BY", VALUE_CHOICE, MEMBER(forwarded_by), .choices = forwarded_by,
                              .fallback = "x-forwarded", .roles = EVERY,
                              .help = "Which headers they say it in: X-Forwarded-For, -Proto and -Host, or "
                                      "Forwarded (RFC 7239).",
                              .example = "forwarded"},
    [SETTING_LISTEN_PROXY_PROTOCOL] =
        {"LISTEN_PROXY_PROTOCOL", VALUE_CHOICE, MEMBER(listen_proxy_protocol), .choices = off_required,
         .fallback = "off", .roles = EVERY,
         .help = "Whether every connection must begin with a header of the PROXY protocol, version 1 or 2, "
                 "from one of TRUSTED_PROXIES.",
         .example = "required"},
    [SETTING_CORS_ORIGINS] = {"CORS_ORIGINS", VALUE_ORIGINS, MEMBERS(cors_origins), .max = 64, .fallback = "",
                              .roles = EVERY,
                              .help = "Origins whose pages may call the routes that the application opens to "
                                      "them; https://*.example.com "
                                      "is every host one label below it.",
                              .example = "https://shop.example.com,https://*.partner.example"},
    [SETTING_CORS_MAX_AGE] = {"CORS_MAX_AGE", VALUE_DURATION, MEMBER(cors_max_age_ms), .min = 0,
                              .max = 24 * HOUR, .fallback = "10m", .roles = EVERY,
                              .help = "How long browsers may remember what pages of other origins are "
                                      "allowed; they have bounds of their own.",
                              .example = "1h"},
    [SETTING_SIGNING_KEYS] =
        {"SIGNING_KEYS", VALUE_SECRET, MEMBER(signing_keys), .optional = true, .max = 1024, .roles = NONE,
         .help = "Secrets that tokens are signed with, newest first; the newest signs, all verify.",
         .example = "the output of `{name} secret`"},
    [SETTING_DATA_KEYS] = {"DATA_KEYS", VALUE_SECRET, MEMBER(data_keys), .optional = true, .max = 1024,
                           .roles = CODE | 1u << ROLE_AUDIT,
                           .help = "Secrets that stored values are sealed with, newest first.",
                           .example = "the output of `{name} secret`"},
    [SETTING_ISSUER] = {"ISSUER", VALUE_NAME, MEMBER(issuer), .max = 256, .roles = EVERY,
                        .fallback_in_words = "CANONICAL_ORIGIN, else the application's name",
                        .help = "Who access tokens say they are from.", .example = "https://app.example.com"},
    [SETTING_AUDIENCE] = {"AUDIENCE", VALUE_NAME, MEMBER(audience), .max = 256, .fallback = "{name}",
                          .roles = EVERY, .help = "Whom access tokens say they are for.",
                          .example = "api.example.com"},
    [SETTING_ACCESS_TOKEN_SECONDS] = {"ACCESS_TOKEN_SECONDS", VALUE_INT, MEMBER(access_token_seconds),
                                      .min = 10, .max = 86400, .fallback = "600", .roles = EVERY,
                                      .help = "How long an access token is good for.", .example = "300"},
    [SETTING_ACCESS_TOKEN_ALGORITHM] =
        {"ACCESS_TOKEN_ALGORITHM", VALUE_CHOICE, MEMBER(access_token_algorithm), .choices = token_algorithms,
         .fallback = "EdDSA", .roles = EVERY,
         .help = "What access tokens are signed with; with HS256 whoever can verify them can make them.",
         .example = "HS256"},
    [SETTING_REFRESH_TOKEN_SECONDS] = {"REFRESH_TOKEN_SECONDS", VALUE_INT, MEMBER(refresh_token_seconds),
                                       .min = 60, .max = 31536000, .fallback = "2592000", .roles = EVERY,
                                       .needs_database = true,
                                       .help = "How long after signing in tokens may be renewed.",
                                       .example = "604800"},
    [SETTING_BAD_TOKENS_PER_SECOND] =
        {"BAD_TOKENS_PER_SECOND", VALUE_INT, MEMBER(bad_tokens_per_second), .min = 1, .max = 1000000,
         .fallback = "1000", .roles = EVERY,
         .help = "How many access tokens that do not verify one address may send to a worker in a second; "
                 "then tokens that were not seen before are answered 429.",
         .example = "100"},
    [SETTING_SESSION_IDLE] = {"SESSION_IDLE", VALUE_DURATION, MEMBER(session_idle_ms), .min = SECOND,
                              .max = 24 * HOUR, .fallback = "30m", .roles = EVERY, .needs_database = true,
                              .help = "How long a session lives that nobody uses.", .example = "15m"},
    [SETTING_SESSION_ABSOLUTE] = {"SESSION_ABSOLUTE", VALUE_DURATION, MEMBER(session_absolute_ms),
                                  .min = SECOND, .max = 720 * HOUR, .fallback = "12h", .roles = EVERY,
                                  .needs_database = true,
                                  .help = "How long a session lives at most, however much it is used.",
                                  .example = "8h"},
    [SETTING_SESSION_FRESH] =
        {"SESSION_FRESH", VALUE_DURATION, MEMBER(session_fresh_ms), .min = SECOND, .max = 24 * HOUR,
         .fallback = "15m", .roles = EVERY, .needs_database = true,
         .help = "How long ago people may have shown who they are where a route wants a recent sign-in.",
         .example = "5m"},
    [SETTING_SESSIONS_MAX] = {"SESSIONS_MAX", VALUE_INT, MEMBER(sessions_max), .min = 1, .max = 1000,
                              .fallback = "20", .roles = EVERY, .needs_database = true,
                              .help = "The most sessions of one account; with one more the one that was not "
                                      "used for longest ends.",
                              .example = "5"},
    [SETTING_LOGIN_FORM] = {"LOGIN_FORM", VALUE_DURATION, MEMBER(login_form_ms), .min = SECOND,
                            .max = 24 * HOUR, .fallback = "1h", .roles = EVERY, .needs_database = true,
                            .help = "How long a form to sign in with may lie open before it is sent.",
                            .example = "10m"},
    [SETTING_LOGIN_SECOND_STEP] =
        {"LOGIN_SECOND_STEP", VALUE_DURATION, MEMBER(login_second_step_ms), .min = SECOND, .max = HOUR,
         .fallback = "5m", .roles = EVERY, .needs_database = true,
         .help = "How long a sign-in whose password was good waits for the second factor.", .example = "2m"},
    [SETTING_REMEMBER_ME] = {"REMEMBER_ME", VALUE_DURATION, MEMBER(remember_me_ms), .min = SECOND,
                             .max = 8760 * HOUR, .fallback = "720h", .roles = EVERY, .needs_database = true,
                             .help = "How long behind a sign-in a browser is remembered that asks for it.",
                             .example = "168h"},
    [SETTING_SIGN_IN_FAILURES] =
        {"SIGN_IN_FAILURES", VALUE_INT, MEMBER(sign_in_failures), .min = 1, .max = 10000, .fallback = "5",
         .roles = EVERY, .needs_database = true,
         .help =
             "How many wrong passwords for one account a network (an IPv4 /24, an IPv6 /64) may send in a "
             "minute; then it hears 429.",
         .example = "3"},
    [SETTING_SIGN_IN_SLOWED_AFTER] =
        {"SIGN_IN_SLOWED_AFTER", VALUE_INT, MEMBER(sign_in_slowed_after), .min = 1, .max = 1000000,
         .fallback = "60", .roles = EVERY, .needs_database = true,
         .help = "How many wrong passwords for one account may come in an hour from everywhere together; "
                 "then each further try waits SIGN_IN_DELAY.",
         .example = "30"},
    [SETTING_SIGN_IN_DELAY] = {"SIGN_IN_DELAY", VALUE_DURATION, MEMBER(sign_in_delay_ms), .min = 1,
                               .max = 20 * SECOND, .fallback = "2s", .roles = EVERY, .needs_database = true,
                               .help = "How long such a try waits before the password is looked at.",
                               .example = "5s"},
    [SETTING_MFA_REQUIRED_ROLES] =
        {"MFA_REQUIRED_ROLES", VALUE_NAME, MEMBER(mfa_required_roles), .optional = true, .max = 512,
         .roles = EVERY, .needs_database = true,
         .help = "Roles, with commas between them, whose callers may only turn a second factor on until they "
                 "have one.",
         .example = "admin"},
    [SETTING_WORKERS] = {"WORKERS", VALUE_INT, MEMBER(workers), .min = 1, .max = DW__MAX_WORKERS,
                         .roles = EVERY, .fallback_in_words = "the number of cores",
                         .help = "How many processes answer requests.", .example = "2"},
    [SETTING_USER] = {"USER", VALUE_ACCOUNT, MEMBER(user), .max = 32, .fallback = "nobody", .roles = EVERY,
                      .help = "The account that everything but the monitor runs as, when started as root.",
                      .example = "www-data"},
    [SETTING_MAIL_URL] = {"MAIL_URL", VALUE_PATH, MEMBER(mail_url), .max = 1024, .fallback = "none",
                          .roles = 1u << ROLE_JOBS, .needs_database = true,
                          .help = "Where mails go: none, file:DIRECTORY (development), "
                                  "smtp://[user@]host[:port], where TLS is required beyond this machine, or "
                                  "smtps://….",
                          .example = "smtp://app@mail.example.com:587"},
    [SETTING_MAIL_FROM] = {"MAIL_FROM", VALUE_NAME, MEMBER(mail_from), .optional = true, .max = 254,
                           .roles = 1u << ROLE_JOBS, .needs_database = true,
                           .help = "The address that mails are from.", .example = "app@example.com"},
    [SETTING_MAIL_PASSWORD] = {"MAIL_PASSWORD", VALUE_SECRET, MEMBER(mail_password), .optional = true,
                               .max = 256, .roles = 1u << ROLE_JOBS, .needs_database = true,
                               .help = "The password of the user in MAIL_URL.", .example = "the password"},
    [SETTING_LOG] = {"LOG", VALUE_PATH, MEMBER(log), .max = 1024, .fallback = "stderr", .roles = EVERY,
                     .help = "Where log lines go: stderr, or a file that SIGUSR1 opens anew.",
                     .example = "/var/log/app.log"},
    [SETTING_LOG_LEVEL] = {"LOG_LEVEL", VALUE_CHOICE, MEMBER(log_level), .choices = levels,
                           .fallback = "info", .roles = EVERY,
                           .help = "The least important lines that are written.", .example = "warn"},
    [SETTING_AUDIT_LOG] =
        {"AUDIT_LOG", VALUE_PATH, MEMBER(audit_log), .max = 1024, .optional = true, .roles = EVERY,
         .help = "The file of the audit log, which a process of its own writes; needs DATA_KEYS. "
                 "SIGUSR1 opens it anew.",
         .example = "/var/log/app-audit.log"},
    [SETTING_AUDIT_HEADS] = {"AUDIT_HEADS", VALUE_PATH, MEMBER(audit_heads), .max = 1024, .optional = true,
                             .roles = EVERY,
                             .help = "A second file that says how far the audit log is, on another disk or "
                                     "machine; the application log says it too.",
                             .example = "/mnt/elsewhere/app-audit.heads"},
    [SETTING_AUDIT_HEAD_EVERY] = {"AUDIT_HEAD_EVERY", VALUE_DURATION, MEMBER(audit_head_every_ms), .min = 100,
                                  .max = 3600 * SECOND, .fallback = "60s", .roles = EVERY,
                                  .help = "How often that is said.", .example = "10s"},
    [SETTING_AUDIT_MAX_SIZE] =
        {"AUDIT_MAX_SIZE", VALUE_SIZE, MEMBER(audit_max_size), .min = 16 * KIB,
         .max = 1024 * MIB, .optional = true, .roles = 1u << ROLE_AUDIT,
         .help = "How long a file of the audit log gets; then the next one begins, and it has a time in its "
                 "name. Not set: of any length.",
         .example = "64M"},
    [SETTING_AUDIT_MAX_AGE] =
        {"AUDIT_MAX_AGE", VALUE_DURATION, MEMBER(audit_max_age_ms), .min = 60 * SECOND, .max = 720 * HOUR,
         .optional = true, .roles = 1u << ROLE_AUDIT,
         .help = "How long one file is written, in periods from midnight on (UTC). Not set: for any time.",
         .example = "24h"},
    [SETTING_AUDIT_KEEP] = {"AUDIT_KEEP", VALUE_INT, MEMBER(audit_keep), .min = 1, .max = 100000,
                            .optional = true, .roles = 1u << ROLE_AUDIT,
                            .help = "How many files that are full are kept at least; when another is, older "
                                    "ones are removed. Not set, and no AUDIT_KEEP_FOR: all.",
                            .example = "30"},
    [SETTING_AUDIT_KEEP_FOR] =
        {"AUDIT_KEEP_FOR", VALUE_DURATION, MEMBER(audit_keep_for_ms), .min = 60 * SECOND,
         .max = 87600 * HOUR, .optional = true, .roles = 1u << ROLE_AUDIT,
         .help = "How long a file that is full is kept at least; then it is removed, unless it is one of the "
                 "last AUDIT_KEEP.",
         .example = "8760h"},
    [SETTING_DOCS_FILES] = {"DOCS_FILES", VALUE_PATH, MEMBER(docs_files), .optional = true, .max = 1024,
                            .roles = 1u << ROLE_WORKER,
                            .help =
                                "The directory of the files that /docs loads; script/setup docs makes it.",
                            .example = "build/share/docs"},
    [SETTING_WATCH] = {"WATCH", VALUE_CHOICE, MEMBER(watch), .choices = no_yes, .fallback = "no",
                       .roles = EVERY,
                       .help =
                           "Whether the program is built and swapped when a source file is saved; only in "
                           "development.",
                       .example = "yes"},
    [SETTING_WATCH_COMMAND] = {"WATCH_COMMAND", VALUE_PATH, MEMBER(watch_command), .max = 1024,
                               .fallback = "cmake --build build/dev", .roles = EVERY,
                               .help = "What a shell runs to build it.", .example = "make -s"},
    [SETTING_WATCH_DIRECTORY] = {"WATCH_DIRECTORY", VALUE_PATH, MEMBER(watch_directory), .max = 1024,
                                 .fallback = ".", .roles = EVERY,
                                 .help = "The directory of the sources that are watched.", .example = "src"},
    [SETTING_MAX_CONTENT_LENGTH] =
        {"MAX_CONTENT_LENGTH", VALUE_SIZE, MEMBER(max_content_length), .min = 0, .max = 1024 * MIB,
         .fallback = "64K", .roles = EVERY,
         .help = "The largest body of a request, where the application does not say otherwise.",
         .example = "1M"},
    [SETTING_REQUEST_TARGET_MAX] = {"REQUEST_TARGET_MAX", VALUE_SIZE, MEMBER(request_target_max), .min = 256,
                                    .max = 16 * KIB, .fallback = "8K", .roles = EVERY,
                                    .help = "The longest path and query of a request.", .example = "4K"},
    [SETTING_HEADER_LINE_MAX] = {"HEADER_LINE_MAX", VALUE_SIZE, MEMBER(header_line_max), .min = 256,
                                 .max = 16 * KIB, .fallback = "8K", .roles = EVERY,
                                 .help = "The longest header line of a request.", .example = "4K"},
    [SETTING_HEADER_COUNT_MAX] = {"HEADER_COUNT_MAX", VALUE_INT, MEMBER(header_count_max), .min = 10,
                                  .max = 100, .fallback = "100", .roles = EVERY,
                                  .help = "The most header lines of a request.", .example = "50"},
    [SETTING_RATE_LIMIT_GLOBAL] = {"RATE_LIMIT_GLOBAL", VALUE_RATES, MEMBER(rate_limit_global),
                                   .optional = true, .max = 128, .roles = EVERY,
                                   .fallback_in_words = "the application's, else " DW__RATE_GLOBAL,
                                   .help = "How often a client (an IPv4 address, or a /64 of IPv6) may ask "
                                           "for anything at all, found or not.",
                                   .example = "100/minute"},
    [SETTING_RATE_LIMIT_DEFAULT] = {"RATE_LIMIT_DEFAULT", VALUE_RATES, MEMBER(rate_limit_default),
                                    .optional = true, .max = 128, .roles = EVERY,
                                    .fallback_in_words = "the application's",
                                    .help = "How often a route may be asked where neither it nor its "
                                            "blueprint says so; all these are counted together.",
                                    .example = "200 per day; 50 per hour"},
    [SETTING_RATE_LIMIT_KEYS] = {"RATE_LIMIT_KEYS", VALUE_INT, MEMBER(rate_limit_keys), .min = 1024,
                                 .max = DW__RATE_KEYS_MAX, .fallback = "262144", .roles = EVERY,
                                 .help = "How many counts of limits there is room for, at 16 bytes each; "
                                         "rounded up to a power of two. A new size needs a restart.",
                                 .example = "4194304"},
    [SETTING_RATE_LIMIT_FILE] = {"RATE_LIMIT_FILE", VALUE_PATH, MEMBER(rate_limit_file), .optional = true,
                                 .max = 1024, .roles = EVERY,
                                 .help = "Where counts of limits are kept while the server is stopped; needs "
                                         "DATA_KEYS. Without it they begin anew.",
                                 .example = "/var/lib/app/limits"},
    [SETTING_RATE_LIMIT_FILE_EVERY] = {"RATE_LIMIT_FILE_EVERY", VALUE_DURATION,
                                       MEMBER(rate_limit_file_every_ms), .min = 100, .max = 24 * HOUR,
                                       .fallback = "5m", .roles = EVERY,
                                       .help =
                                           "How often that file is written, besides when the server stops.",
                                       .example = "1m"},
#ifdef DW_RATE_LIMIT_SCALE
    [SETTING_RATE_LIMIT_SCALE] = {"RATE_LIMIT_SCALE", VALUE_INT, MEMBER(rate_limit_scale), .min = 1,
                                  .max = DW__RATE_COUNT_MAX, .fallback = "1", .roles = EVERY, .hidden = true,
                                  .help = "By how much every limit is multiplied.", .example = "1000"},
#endif
    [SETTING_CONNECTIONS_MAX] = {"CONNECTIONS_MAX", VALUE_INT, MEMBER(connections_max), .min = 1,
                                 .max = 1000000, .fallback = "10000", .roles = EVERY,
                                 .help = "The most connections of one worker at a time.", .example = "2000"},
    [SETTING_CONNECTIONS_PER_ADDRESS] =
        {"CONNECTIONS_PER_ADDRESS", VALUE_INT, MEMBER(connections_per_address), .min = 1, .max = 1000000,
         .optional = true, .roles = EVERY,
         .fallback_in_words = "half of CONNECTIONS_MAX, and for addresses of this machine all",
         .help = "The most connections of one client (an IPv4 address, or a /64 of IPv6) to one worker at a "
                 "time; more are closed at once.",
         .example = "100"},
    [SETTING_CONNECTIONS_PER_SECOND] = {"CONNECTIONS_PER_SECOND", VALUE_INT, MEMBER(connections_per_second),
                                        .min = 1, .max = 1000000, .optional = true, .roles = EVERY,
                                        .fallback_in_words = "as many as come",
                                        .help = "The most new connections of one client to one worker in a "
                                                "second; more are closed at once.",
                                        .example = "50"},
    [SETTING_HEADS_PER_ADDRESS] =
        {"HEADS_PER_ADDRESS", VALUE_INT, MEMBER(heads_per_address), .min = 1, .max = 1000000,
         .fallback = "1000", .roles = EVERY,
         .help = "The most requests of one client to one worker whose head has begun and is not complete; "
                 "the connection of one more is closed.",
         .example = "20"},
    [SETTING_SHED_LAG] = {"SHED_LAG", VALUE_DURATION, MEMBER(shed_lag_ms), .min = 10, .max = 3600 * SECOND,
                          .fallback = "100ms", .roles = EVERY,
                          .help =
                              "A worker that comes to its work so late answers 503 to whoever is not signed "
                              "in; four times as late, to everybody.",
                          .example = "250ms"},
    [SETTING_SHED_MEMORY] = {"SHED_MEMORY", VALUE_INT, MEMBER(shed_memory), .min = 50, .max = 100,
                             .fallback = "90", .roles = EVERY,
                             .help =
                                 "The same when so many percent of the memory that the control group "
                                 "(cgroup v2) may have are used; half-way from there to all, to everybody. "
                                 "100: never.",
                             .example = "80"},
    [SETTING_CGROUP] = {"CGROUP", VALUE_PATH, MEMBER(cgroup), .max = 255, .optional = true, .roles = EVERY,
                        .fallback_in_words = "the worker's own and those above it",
                        .help = "The directory of the control group whose memory counts.",
                        .example = "/sys/fs/cgroup/app.slice"},
    [SETTING_MEMORY_MAX] = {"MEMORY_MAX", VALUE_SIZE, MEMBER(memory_max), .min = 16 * MIB,
                            .max = 64 * KIB * MIB, .fallback = "512M", .roles = EVERY,
                            .help = "Memory that the requests of one worker may hold; near it new ones are "
                                    "answered 503.",
                            .example = "128M"},
    [SETTING_HEAD_TIMEOUT] = {"HEAD_TIMEOUT", VALUE_DURATION, MEMBER(head_timeout_ms), .min = 100,
                              .max = 600 * SECOND, .fallback = "10s", .roles = EVERY,
                              .help = "How long the head of a request may take to arrive.", .example = "3s"},
    [SETTING_IDLE_TIMEOUT] = {"IDLE_TIMEOUT", VALUE_DURATION, MEMBER(idle_timeout_ms), .min = 100,
                              .max = 3600 * SECOND, .fallback = "60s", .roles = EVERY,
                              .help = "How long a connection may wait for its next request.",
                              .example = "15s"},
    [SETTING_REPLY_TIMEOUT] = {"REPLY_TIMEOUT", VALUE_DURATION, MEMBER(reply_timeout_ms), .min = 100,
                               .max = 3600 * SECOND, .fallback = "300s", .roles = EVERY,
                               .help = "How long a client may take to read a reply, where the route does not "
                                       "give it longer.",
                               .example = "60s"},
    [SETTING_DRAIN_TIMEOUT] = {"DRAIN_TIMEOUT", VALUE_DURATION, MEMBER(drain_timeout_ms), .min = 100,
                               .max = 3600 * SECOND, .fallback = "20s", .roles = EVERY,
                               .help =
                                   "How long requests that have begun may take to end when the server stops.",
                               .example = "30s"},
    [SETTING_ARGON2_MEMORY] = {"ARGON2_MEMORY", VALUE_SIZE, MEMBER(argon2_memory), .min = 19 * MIB,
                               .max = 256 * MIB, .fallback = "19M", .roles = EVERY,
                               .help = "Memory that hashing one password takes.", .example = "64M"},
    [SETTING_ARGON2_PASSES] = {"ARGON2_PASSES", VALUE_INT, MEMBER(argon2_passes), .min = 2, .max = 16,
                               .fallback = "2", .roles = EVERY,
                               .help = "How many times hashing a password goes over its memory.",
                               .example = "3"},
    [SETTING_ARGON2_QUEUE] =
        {"ARGON2_QUEUE", VALUE_INT, MEMBER(argon2_queue), .min = 1, .max = 1024, .fallback = "32",
         .roles = EVERY,
         .help = "How many passwords may wait to be hashed in one worker; more are answered 503.",
         .example = "16"},
};

const struct setting_row *dw__setting_row(enum setting setting)
{
    return &rows[setting];
}

bool dw__setting_is_known(const struct setting_row *row, const dw_app *app)
{
    return !(row->needs_database && app->migrations == NULL) &&
           !(row == &rows[SETTING_PROFILE] && app->profiles == NULL);
}

const char *dw__config_source_name(enum config_source source)
{
    static const char *const names[] = {"default", "profile", "env-file", "environment", "flag"};

    return names[source];
}

void dw__setting_full_name(const dw_app *app, enum setting setting, char *out, size_t size)
{
    dw__setting_prefixed(app, dw__text_of(rows[setting].name), out, size);
}

void dw__setting_prefixed(const dw_app *app, dw_text name, char *out, size_t size)
{
    (void)snprintf(out, size, "%s_%.*s", app->name, DW_FMT(name));
    for (char *c = out; *c != '\0'; c++)
        *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c == '-' ? '_' : *c;
}
