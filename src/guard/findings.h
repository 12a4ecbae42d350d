/* guard/findings.h -- the one list of what `check` can find: what audits say is a row of it, so that nothing is said without an id.
 *
 * A row is what a finding is called, how grave it is, the weakness that it is a case of (CWE) and the requirement that it is about (OWASP ASVS
 * 5.0), why it matters and what to do.  Ids are read by people and by programs, which keep them: one is never given to another finding.  The part before
 * the dot says where it is from: `settings`, `files`, `machine`, `tables`, or a guard.  A warning can be accepted until a day (dw/accept.h); an error
 * cannot, and production does not start with one.  Notes are openings that somebody gave a reason for, and what else is good to know. */
#ifndef DW_GUARD_FINDINGS_H
#define DW_GUARD_FINDINGS_H

#include <dw/types.h>

enum finding_level { FINDING_NOTE, FINDING_WARNING, FINDING_ERROR };

/* X(name, id, level, CWE, ASVS, why it matters, what to do) */
#define DW__FINDINGS(X)             \
    DW__FINDINGS_OF_TABLES(X)       \
    DW__FINDINGS_OF_SETTINGS(X)     \
    DW__FINDINGS_OF_MORE_SECRETS(X) \
    DW__FINDINGS_OF_MACHINE(X)      \
    DW__FINDINGS_OF_GUARDS(X)       \
    DW__FINDINGS_OF_ACCEPTED(X)

/* What `serve` cannot start with, wherever it runs. */
#define DW__FINDINGS_OF_TABLES(X)                                                                            \
    X(SETTINGS_REFUSED, "settings.refused", ERROR, 1284, "13.2.6",                                           \
      "a setting that is unknown, cannot be read or lies where others read it would leave something else "   \
      "in force"                                                                                             \
      " than was meant",                                                                                     \
      "correct the setting that is named, where the line says that it comes from")                           \
    X(TABLES_REFUSED, "tables.refused", ERROR, 1068, "15.1.5",                                               \
      "a route, schema, policy or limit that contradicts itself would be enforced in one way and read in "   \
      "another",                                                                                             \
      "correct the row of the table that is named")                                                          \
    X(STATEMENTS_REFUSED, "statements.refused", ERROR, 89, "1.2.4",                                          \
      "a statement that does not fit the database fails when somebody asks, or gives what nobody checked",   \
      "correct the statement, or add the migration that it needs")                                           \
    X(STATEMENTS_PREPARED, "statements.prepared", NOTE, 89, "1.2.4",                                         \
      "only statements that are declared can run, and each fits the database",                               \
      "nothing: compare the number with what you expect")                                                    \
    X(STATEMENTS_NOT_OWNED, "statements.not-owned", NOTE, 639, "8.2.2",                                      \
      "a statement on an owned table that is not held to the caller can show or change what is somebody "    \
      "else's",                                                                                              \
      "hold it to the caller (owner = :me), or keep the reason true")                                        \
    X(KEYS_MISSING, "keys.missing", ERROR, 826, "11.1.1",                                                    \
      "second factors that are sealed with a key which is not there do not open, and their owners cannot "   \
      "sign in",                                                                                             \
      "put the key back, seal them anew (dw_mfa_rewrap), and take it out then")                              \
    X(KEYS_UNCOMPARED, "keys.uncompared", NOTE, 826, "11.1.1",                                               \
      "whether a key is still needed that is no longer in DATA_KEYS only the database knows",                \
      "run it where the database is, as the user of the server")                                             \
    X(JOBS_KIND, "jobs.kind", NOTE, 400, "15.2.2",                                                           \
      "what runs behind requests or at times of the day takes its share of the machine and of the database", \
      "nothing: compare times and tries with what you expect")                                               \
    X(ERRORS_OWN, "errors.own", NOTE, 209, "16.5.1",                                                         \
      "the application's own errors have words of its own, which clients read",                              \
      "keep them free of what is inside: paths, statements, names of machines")                              \
    X(SETTINGS_OWN_MISSING, "settings.own-missing", ERROR, 1284, "13.2.6",                                   \
      "the application needs a value that nothing gave it", "give the setting that is named")                \
    X(ISSUERS_REFUSED, "issuers.refused", ERROR, 347, "9.1.3",                                               \
      "tokens of another issuer would be taken by keys that are missing, too short or not for that",         \
      "give the keys that the issuer publishes, of a strength that its algorithm wants")                     \
    X(SESSIONS_REFUSED, "sessions.refused", ERROR, 502, "1.5.2",                                             \
      "what is kept with a session would be read back as something else",                                    \
      "correct the schema that dw_app.session_values names")                                                 \
    X(DOCS_REFUSED, "docs.refused", ERROR, 829, "3.6.1",                                                     \
      "the page of the API's description would run scripts that are not those it was checked with",          \
      "put the files that the page needs into DOCS_FILES, unchanged, or leave DOCS_FILES out")

/* What settings come to together. */
#define DW__FINDINGS_OF_SETTINGS(X)                                                                          \
    X(DEVELOPMENT_REACHABLE, "settings.development-reachable", ERROR, 489, "13.4.2",                         \
      "in development clients are told why something failed, and other machines can ask",                    \
      "listen on 127.0.0.1, or leave ENV out")                                                               \
    X(WATCH, "settings.watch", ERROR, 489, "13.4.2",                                                         \
      "whoever can write a source file would have the server run a command",                                 \
      "leave WATCH out in production")                                                                       \
    X(DEVELOPMENT, "settings.development", ERROR, 489, "13.4.2",                                             \
      "in development clients are told why something failed, with statements and places in the source",      \
      "leave ENV out: production is the default")                                                            \
    X(HOSTS_MISSING, "settings.hosts-missing", ERROR, 20, "2.2.1",                                           \
      "a Host that nobody chose ends up in links, redirects and caches", "name the hosts that clients use")  \
    X(HOSTS_BROAD, "settings.hosts-broad", ERROR, 346, "2.2.1",                                              \
      "below a public suffix anybody may have a name, which would pass for one of ours",                     \
      "name the domain that is yours: .example.com in place of .com")                                        \
    X(SIGNING_KEYS_MISSING, "settings.signing-keys-missing", ERROR, 321, "13.3.1",                           \
      "without keys nothing can be signed, and made-up ones would be everybody's",                           \
      "make a secret with the command"                                                                       \
      " `secret`, and put it where only the server reads it (SIGNING_KEYS_FILE)")                            \
    X(DATA_KEYS_MISSING, "settings.data-keys-missing", ERROR, 311, "13.3.1",                                 \
      "second factors and kept replies would lie in the database as they are",                               \
      "make a secret with the command `secret`, and put it where only the server reads it (DATA_KEYS_FILE)") \
    X(KEYS_SHARED, "settings.keys-shared", ERROR, 323, "11.1.1",                                             \
      "who learns one key has both, and one cannot be changed without the other",                            \
      "make a secret for each with the command `secret`")                                                    \
    X(AUDIT_UNKEYED, "settings.audit-unkeyed", ERROR, 345, "16.4.2",                                         \
      "lines that are chained under no key can be written anew by whoever can write the file",               \
      "set DATA_KEYS, or DATA_KEYS_FILE")                                                                    \
    X(AUDIT_HEADS, "settings.audit-heads", ERROR, 778, "16.4.3",                                             \
      "what the audit log had come to can only be compared with a file elsewhere",                           \
      "set AUDIT_LOG, and AUDIT_HEADS to another path")                                                      \
    X(AUDIT_BOUNDS, "settings.audit-bounds", ERROR, 778, "16.4.2",                                           \
      "bounds of files that are not written keep nothing", "set AUDIT_LOG, or leave the bounds out")         \
    X(AUDIT_KEEP, "settings.audit-keep", ERROR, 779, "14.2.7",                                               \
      "files that are never full are never turned over, so the bound on how many are kept does nothing",     \
      "set AUDIT_MAX_SIZE or AUDIT_MAX_AGE")                                                                 \
    X(DATABASE_PASSWORD_UNUSED, "settings.database-password-unused", ERROR, 522, "13.2.1",                   \
      "a password that is given for nothing says that another database was meant",                           \
      "correct DATABASE_URL, or leave DATABASE_PASSWORD out")                                                \
    X(HTTP_REACHABLE, "settings.http-reachable", ERROR, 319, "12.2.1",                                       \
      "without TLS passwords, cookies and tokens can be read and changed on the way",                        \
      "listen on loopback or a Unix socket behind a proxy that does TLS, or name that proxy in "             \
      "TRUSTED_PROXIES")                                                                                     \
    X(LISTENS_EVERYWHERE, "settings.listens-everywhere", WARNING, 1327, "12.2.1",                            \
      "who reaches the port without the proxy comes without TLS, and past what the proxy refuses",           \
      "listen on the address, or the Unix socket, that the proxy asks")                                      \
    X(PROXY_PROTOCOL_OF_NOBODY, "settings.proxy-protocol-of-nobody", ERROR, 348, "4.1.3",                    \
      "whoever connects could say that they are anybody", "name the proxies in TRUSTED_PROXIES")             \
    X(ADMIN_REACHABLE, "settings.admin-reachable", ERROR, 668, "13.4.5",                                     \
      "health, numbers and who is shut out are nobody's business outside",                                   \
      "give a Unix socket or a loopback"                                                                     \
      " address in ADMIN_LISTEN")                                                                            \
    X(MAIL_URL, "settings.mail-url", ERROR, 1284, "13.2.6",                                                  \
      "a mail that goes nowhere is a reset that nobody gets", "correct MAIL_URL as the line says")           \
    X(MAIL_FROM, "settings.mail-from", ERROR, 1284, "13.2.6", "mail of nobody is refused on the way",        \
      "give an address of your domain in MAIL_FROM")                                                         \
    X(MAIL_PASSWORD, "settings.mail-password", ERROR, 522, "13.2.1", "the mail server would refuse us",      \
      "set MAIL_PASSWORD, or MAIL_PASSWORD_FILE")                                                            \
    X(MAIL_INTO_FILES, "settings.mail-into-files", WARNING, 312, "13.2.4",                                   \
      "links that reset passwords lie in files, and nobody gets them",                                       \
      "name a mail server in MAIL_URL, or none")                                                             \
    X(TOKENS_SHARED_KEY, "settings.tokens-shared-key", WARNING, 522, "9.1.2",                                \
      "every process, and every service, that can verify such a token can make one",                         \
      "leave ACCESS_TOKEN_ALGORITHM out")                                                                    \
    X(DATABASE_ANY_NAME, "settings.database-any-name", WARNING, 297, "12.3.2",                               \
      "any server with a certificate of that authority can stand in for the database",                       \
      "leave sslmode out of DATABASE_URL: verify-full is the default")                                       \
    X(COOKIES_UNKEPT, "settings.cookies-unkept", ERROR, 614, "3.3.1",                                        \
      "the session's cookie is for https only, and browsers keep none of http:",                             \
      "give CANONICAL_ORIGIN with https:")                                                                   \
    X(ORIGIN_MISSING, "settings.origin-missing", WARNING, 346, "3.5.1",                                      \
      "a page of another port or scheme of the same host may pass for one of ours, and plain http is not "   \
      "refused",                                                                                             \
      "set CANONICAL_ORIGIN to the address that browsers show")                                              \
    X(ORIGIN_PLAIN, "settings.origin-plain", WARNING, 319, "3.4.1",                                          \
      "browsers are not asked to stay on https (HSTS)", "give CANONICAL_ORIGIN with https:")                 \
    X(SESSION_IDLE, "settings.session-idle", WARNING, 613, "7.3.1",                                          \
      "who walks away from a browser stays signed in for as long as who does not",                           \
      "make SESSION_IDLE shorter than SESSION_ABSOLUTE")                                                     \
    X(AUDIT_MISSING, "settings.audit-missing", WARNING, 778, "16.3.1",                                       \
      "nothing shows later who signed in, was refused or changed what", "name a file in AUDIT_LOG")          \
    X(MFA_NOBODY, "settings.mfa-nobody", WARNING, 308, "6.3.3",                                              \
      "a password alone opens every role, those that can do most among them",                                \
      "name the roles that need a second factor in MFA_REQUIRED_ROLES")                                      \
    X(LOG_LEVEL, "settings.log-level", WARNING, 532, "16.2.5",                                               \
      "what is logged to find a fault is more than should be kept of people",                                \
      "leave LOG_LEVEL out, or set it to debug only while you look")

/* Secrets, and files that hold something. */
#define DW__FINDINGS_OF_MORE_SECRETS(X)                                                                      \
    X(SECRETS_REFUSED, "secrets.refused", ERROR, 326, "11.5.1",                                              \
      "a secret that is missing, short, guessable or used twice can be found by trying",                     \
      "make each with the command `secret`")                                                                 \
    X(SECRETS_IN_CODE, "secrets.in-code", WARNING, 798, "13.3.1",                                            \
      "everyone who has the program, or its source, has the secret",                                         \
      "set it in the environment of production, or name a file of it")                                       \
    X(SECRETS_COMMITTED, "secrets.committed", ERROR, 798, "13.3.1",                                          \
      "everyone who has the source has what stands in the example of a file of settings",                    \
      "make another with the command `secret`, and leave the value in the example empty")                    \
    X(FILES_DATABASE_OPEN, "files.database-open", ERROR, 732, "14.2.4",                                      \
      "every account of the machine could read, or change, what everybody keeps", "chmod o-rwx the file")    \
    X(FILES_DIRECTORY_OPEN, "files.directory-open", ERROR, 732, "13.2.2",                                    \
      "every account of the machine could put another file in the place of one of ours",                     \
      "chmod o-w the directory")                                                                             \
    X(FILES_SOCKET_OPEN, "files.socket-open", WARNING, 732, "13.2.2",                                        \
      "every account of the machine could put a socket in the place of ours, and hear what is sent to it",   \
      "chmod o-w the directory, or accept it where only your own programs can reach that")                   \
    X(FILES_PROGRAM_OPEN, "files.program-open", ERROR, 732, "15.2.4",                                        \
      "every account of the machine could change what runs here", "chmod o-w the program and its directory") \
    X(FILES_LOG_OPEN, "files.log-open", WARNING, 532, "16.4.2",                                              \
      "every account of the machine can read who did what, or write it anew", "chmod o-rwx the file")

/* What the server would run on. */
#define DW__FINDINGS_OF_MACHINE(X)                                                                        \
    X(MACHINE_ROOT, "machine.root", WARNING, 250, "13.2.2",                                               \
      "the account nobody is also that of others, whose files and processes are then ours",               \
      "start the server as an account of its own, or name one in USER")                                   \
    X(MACHINE_CORE_DUMPS, "machine.core-dumps", NOTE, 528, "13.3.1",                                      \
      "a command that crashes would leave its memory in a file; the processes of a server do not",        \
      "ulimit -c 0, or LimitCORE=0 in the unit of systemd")                                               \
    X(MACHINE_CLOCK, "machine.clock", ERROR, 672, "16.2.2",                                               \
      "by a clock that is wrong, tokens and sessions end too late or never, and lines of logs cannot be " \
      "compared",                                                                                         \
      "set the clock, and have it kept (NTP)")                                                            \
    X(MACHINE_CLOCK_ALONE, "machine.clock-alone", NOTE, 672, "16.2.2",                                    \
      "a clock that nothing corrects drifts away from everybody else's",                                  \
      "have the clock kept by NTP: chrony, systemd-timesyncd")

/* What guards say of routes, and of what they were given. */
#define DW__FINDINGS_OF_GUARDS(X)                                                                           \
    X(PROXY_NONE, "proxy.none", NOTE, 348, "4.1.3",                                                         \
      "what a header says of the client's address counts for nothing; behind a proxy all clients would be " \
      "one",                                                                                                \
      "name the proxy in TRUSTED_PROXIES when there is one")                                                \
    X(PROXY_TRUSTED, "proxy.trusted", NOTE, 348, "4.1.3", "who is in these networks says who a client is",  \
      "keep the networks, and the number of proxies in a row, as small as they are")                        \
    X(HTTPS_ENFORCED, "https.enforced", NOTE, 319, "12.2.1", "what comes without TLS is not answered",      \
      "nothing: compare the address with what browsers show")                                               \
    X(HOSTS_ANSWERED, "hosts.answered", NOTE, 20, "2.2.1", "any other Host is refused",                     \
      "nothing: compare the number with what you expect")                                                   \
    X(SESSION_COOKIE, "session.cookie", NOTE, 1275, "3.3.3",                                                \
      "the cookie is bound to this host, https only, unseen by scripts, and not sent by other sites",       \
      "nothing: compare the routes that sign in with what you expect")                                      \
    X(SESSION_NO_SIGN_IN, "session.no-sign-in", WARNING, 1164, "15.2.3",                                    \
      "sessions are switched on, and nobody can begin one",                                                 \
      "say .signs_in at the route that does, or leave"                                                      \
      " dw_app.sessions out")                                                                               \
    X(BEARER_NOBODY, "bearer.nobody", NOTE, 306, "6.1.3",                                                   \
      "nobody can sign in, so every route is for everybody", "set dw_app.principal if that is not meant")   \
    X(CSRF_EXEMPT, "csrf.exempt", NOTE, 352, "3.5.1",                                                       \
      "a page of another site can have a signed-in visitor's browser ask for it",                           \
      "keep the reason true: it must"                                                                       \
      " not count sessions")                                                                                \
    X(CSRF_GET_WRITES, "csrf.get-writes", NOTE, 650, "3.5.3",                                               \
      "a GET is repeated, prefetched and linked to from other sites, without a token",                      \
      "make it a POST, or keep the reason true")                                                            \
    X(LIMIT_NONE, "limit.none", NOTE, 770, "2.4.1", "it can be asked for as often as anybody likes",        \
      "keep the reason true, and what it costs small")                                                      \
    X(LIMIT_NOBODY, "limit.nobody", WARNING, 770, "2.4.1",                                                  \
      "one client can ask for what is not there, or is refused, as often as the machine can answer",        \
      "leave .no_rate_global out, or name a limit in RATE_LIMIT_GLOBAL")                                    \
    X(ROLES_PUBLIC, "roles.public", NOTE, 306, "8.2.1", "everybody may ask for it, without credentials",    \
      "keep the reason true")                                                                               \
    X(ROLES_POLICY, "roles.policy", NOTE, 639, "8.2.2",                                                     \
      "who may have an object is decided by code of its own", "read that code whenever the object changes") \
    X(API_KEY_ANY_SCOPE, "api_key.any-scope", NOTE, 272, "8.2.1",                                           \
      "a key that was made for something else opens it", "say .scopes = DW_SCOPES(…)")                      \
    X(ENROLLED_SPARED, "enrolled.spared", NOTE, 308, "6.3.3",                                               \
      "who has only a password can ask for it, whatever their role wants", "keep the reason true")          \
    X(SIGNATURE_SIGNED, "signature.signed", NOTE, 345, "4.1.5", "who has the secret may send",              \
      "change the secret when somebody leaves who knew it")                                                 \
    X(MEDIA_RAW, "media.raw", NOTE, 20, "2.2.1", "what the body holds is checked by the handler alone",     \
      "read the handler: every length and every byte is its own to check")                                  \
    X(SCHEMA_PATTERN_SLOW, "schema.pattern-slow", WARNING, 1333, "1.3.12",                                  \
      "a short text can keep a worker busy until the limits of a match end it",                             \
      "write the pattern so that each text is read in one way only")                                        \
    X(SCHEMA_PATTERN_UNKNOWN, "schema.pattern-unknown", NOTE, 1333, "1.3.12",                               \
      "nobody has seen that it cannot be made slow", "write it simpler, or bound the text with .max")       \
    X(SCHEMA_DROPS, "schema.drops", NOTE, 915, "15.3.3",                                                    \
      "fields that nobody declared are passed over instead of refused, so a mistake of a client is not "    \
      "seen",                                                                                               \
      "keep the reason true")                                                                               \
    X(HEADERS_CSP, "headers.csp", NOTE, 1021, "3.4.3",                                                      \
      "pages of this route may load what the default does not allow", "keep the reason true")               \
    X(HEADERS_CACHEABLE, "headers.cacheable", NOTE, 524, "14.3.2",                                          \
      "caches on the way may keep the reply, and give it to others",                                        \
      "keep the reason true: nothing of one person"                                                         \
      " may be in it")                                                                                      \
    X(CORS_OPEN, "cors.open", NOTE, 942, "3.4.2", "pages of these origins read the reply",                  \
      "keep the list as short as it is")                                                                    \
    X(CORS_PLAIN, "cors.plain", WARNING, 319, "3.4.2",                                                      \
      "whoever is on the way to a page of http: can be that page", "name the origin with https:")           \
    X(REDIRECTS_ALLOWED, "redirects.allowed", NOTE, 601, "3.7.2", "a link to here can end there",           \
      "keep the list as short as it is")                                                                    \
    X(ISOLATION_EMBEDDED, "isolation.embedded", NOTE, 346, "3.5.8",                                         \
      "pages of other sites may have the reply as an image, a script or the like", "keep the reason true")  \
    X(OWN_GUARD, "own.guard", NOTE, 693, "15.1.5", "the application refuses by code of its own",            \
      "read that code as you would read one of Dewar's guards")                                             \
    X(OWN_NOTE, "own.note", NOTE, 693, "15.1.5", "a guard of the application's own says so",                \
      "what the line says")                                                                                 \
    X(OWN_WARNING, "own.warning", WARNING, 693, "15.1.5", "a guard of the application's own warns of it",   \
      "what the line says")                                                                                 \
    X(OWN_ERROR, "own.error", ERROR, 693, "15.1.5",                                                         \
      "a guard of the application's own cannot work like that", "what the line says")

/* What was accepted. */
#define DW__FINDINGS_OF_ACCEPTED(X)                                                      \
    X(ACCEPTED_REFUSED, "accepted.refused", ERROR, 710, "15.1.5",                        \
      "a row of dw_app.accepted that accepts nothing hides that somebody meant it to",   \
      "name a finding that is a warning, and a day that there is")                       \
    X(ACCEPTED_OVER, "accepted.over", NOTE, 710, "15.1.1",                               \
      "the day until which a warning was accepted has passed, and the warning is back",  \
      "do what the warning says, or decide again until another day")                     \
    X(ACCEPTED_UNUSED, "accepted.unused", NOTE, 710, "15.1.1",                           \
      "what was accepted is not there: the next time that it comes nobody would see it", \
      "take the row out of dw_app.accepted")

#define DW__FOUND_ENUM(name, id, level, cwe, asvs, why, fix) FOUND_##name,
enum finding { DW__FINDINGS(DW__FOUND_ENUM) FINDINGS };

struct finding_row {
    const char *id;
    enum finding_level level;
    unsigned cwe;
    const char *asvs; /* "3.5.1" */
    const char *why, *fix;
};

/* The row of `finding`, static. */
const struct finding_row *dw__finding(enum finding finding);
/* The finding of that id, or FINDINGS. */
enum finding dw__finding_find(dw_text id);
/* "note", "warning", "error"; static. */
const char *dw__finding_level_name(enum finding_level level);

#endif
