/* base/audit_events.h -- the one list of security events: what goes into the audit log, and what it may say.
 *
 * A row is an event's name, what kind of event it is, how grave, how it ended, and which members it may have beside those of every line
 * (base/audit.h).  What a client or a person has typed is no member: no host, no path, no name.  An event of the application log that has a
 * row here goes into the audit log as well, by dw__log_event() alone.  An application's own (DW_AUDIT) are of the kind `administration`. */
#ifndef DW_BASE_AUDIT_EVENTS_H
#define DW_BASE_AUDIT_EVENTS_H

/* X(name, as it is written) */
#define DW__AUDIT_FIELDS(X)     \
    X(WHY, "why")               \
    X(CODE, "code")             \
    X(LIMIT, "limit")           \
    X(GUARD, "guard")           \
    X(POLICY, "policy")         \
    X(HEADER, "header")         \
    X(STATEMENT, "statement")   \
    X(WORKER, "worker")         \
    X(CHILD, "child")           \
    X(PID, "pid")               \
    X(SIGNAL, "signal")         \
    X(PROCESSES, "processes")   \
    X(LINES, "lines")           \
    X(ACCOUNT, "account")       \
    X(SIGN_IN, "sign_in")       \
    X(SESSION, "session")       \
    X(SESSIONS, "sessions")     \
    X(KEY, "key")               \
    X(ACCOUNT_ID, "account_id") \
    X(HOW, "how")               \
    X(SOURCE, "source")         \
    X(FILE, "file")

#define DW__AUDIT_FIELD_BIT(name, text) AUDIT_BIT_##name,
enum audit_field_bit { DW__AUDIT_FIELDS(DW__AUDIT_FIELD_BIT) AUDIT_FIELDS };
#define DW__AUDIT_FIELD_MASK(name, text) AUDIT_HAS_##name = 1 << AUDIT_BIT_##name,
enum audit_field { DW__AUDIT_FIELDS(DW__AUDIT_FIELD_MASK) AUDIT_HAS_NOTHING = 0 };

/* X(name, as it is written, kind, severity, outcome, members of its own) */
#define DW__AUDIT_EVENTS(X)                                                                                  \
    X(TOKEN_ISSUED, "token.issued", "token", "info", "done", AUDIT_HAS_NOTHING)                              \
    X(TOKEN_REFUSED, "auth.token_refused", "token", "info", "refused", AUDIT_HAS_WHY)                        \
    X(REFRESH_REUSED, "auth.refresh_reused", "token", "warn", "refused",                                     \
      AUDIT_HAS_ACCOUNT | AUDIT_HAS_SIGN_IN | AUDIT_HAS_WHY)                                                 \
    X(REFRESH_REFUSED, "auth.refresh_refused", "token", "info", "refused", AUDIT_HAS_WHY)                    \
    X(SIGN_INS_ENDED, "auth.sign_ins_ended", "session", "info", "done", AUDIT_HAS_ACCOUNT | AUDIT_HAS_WHY)   \
    X(NOT_FRESH, "auth.not_fresh", "denial", "info", "refused", AUDIT_HAS_WHY)                               \
    X(MFA_MISSING, "auth.mfa_missing", "denial", "info", "refused", AUDIT_HAS_ACCOUNT)                       \
    X(CSRF_REFUSED, "csrf.refused", "breach", "warn", "refused", AUDIT_HAS_WHY)                              \
    X(SESSION_BEGUN, "session.begun", "session", "info", "done", AUDIT_HAS_ACCOUNT | AUDIT_HAS_SESSION)      \
    X(SESSION_WAITS, "session.waits", "session", "info", "done", AUDIT_HAS_ACCOUNT | AUDIT_HAS_SESSION)      \
    X(SESSION_ROTATED, "session.rotated", "session", "info", "done", AUDIT_HAS_ACCOUNT | AUDIT_HAS_SESSION)  \
    X(SESSION_ENDED, "session.ended", "session", "info", "done", AUDIT_HAS_ACCOUNT | AUDIT_HAS_SESSION)      \
    X(SESSIONS_ENDED, "session.others_ended", "session", "info", "done",                                     \
      AUDIT_HAS_ACCOUNT | AUDIT_HAS_SESSIONS)                                                                \
    X(SESSION_REMEMBERED, "session.remembered", "session", "info", "done",                                   \
      AUDIT_HAS_ACCOUNT | AUDIT_HAS_SESSION)                                                                 \
    X(REMEMBER_BEGUN, "remember.begun", "session", "info", "done", AUDIT_HAS_ACCOUNT | AUDIT_HAS_SESSION)    \
    X(REMEMBER_REUSED, "remember.reused", "session", "warn", "refused",                                      \
      AUDIT_HAS_ACCOUNT | AUDIT_HAS_SESSION | AUDIT_HAS_WHY)                                                 \
    X(REMEMBER_REFUSED, "remember.refused", "session", "info", "refused", AUDIT_HAS_WHY)                     \
    X(SESSION_REFUSED, "session.refused", "session", "info", "refused", AUDIT_HAS_WHY)                       \
    X(KEY_MADE, "key.made", "key", "info", "done", AUDIT_HAS_ACCOUNT | AUDIT_HAS_KEY)                        \
    X(KEY_REVOKED, "key.revoked", "key", "info", "done", AUDIT_HAS_ACCOUNT | AUDIT_HAS_KEY)                  \
    X(KEY_REFUSED, "key.refused", "key", "info", "refused", AUDIT_HAS_WHY)                                   \
    X(KEY_IN_QUERY, "key.in_query", "key", "warn", "refused", AUDIT_HAS_NOTHING)                             \
    X(PASSWORD_REFUSED, "auth.password_refused", "authentication", "info", "refused", AUDIT_HAS_NOTHING)     \
    X(MFA_ENROLLED, "mfa.enrolled", "authentication", "info", "done", AUDIT_HAS_ACCOUNT_ID)                  \
    X(MFA_ON, "mfa.on", "authentication", "info", "done", AUDIT_HAS_ACCOUNT_ID | AUDIT_HAS_HOW)              \
    X(MFA_OFF, "mfa.off", "authentication", "info", "done", AUDIT_HAS_ACCOUNT_ID)                            \
    X(MFA_REFUSED, "mfa.refused", "authentication", "info", "refused", AUDIT_HAS_ACCOUNT_ID | AUDIT_HAS_WHY) \
    X(MFA_RECOVERY_USED, "mfa.recovery_used", "authentication", "warn", "done", AUDIT_HAS_ACCOUNT_ID)        \
    X(MFA_CODES_RENEWED, "mfa.codes_renewed", "authentication", "info", "done", AUDIT_HAS_ACCOUNT_ID)        \
    X(MFA_UNREADABLE, "mfa.unreadable", "authentication", "error", "failed",                                 \
      AUDIT_HAS_ACCOUNT_ID | AUDIT_HAS_WHY)                                                                  \
    X(WEBHOOK_REFUSED, "webhook.refused", "webhook", "info", "refused", AUDIT_HAS_SOURCE | AUDIT_HAS_WHY)    \
    X(WEBHOOK_REPEATED, "webhook.repeated", "webhook", "info", "refused", AUDIT_HAS_SOURCE)                  \
    X(WEBHOOK_NO_SECRET, "webhook.no_secret", "webhook", "error", "refused", AUDIT_HAS_SOURCE)               \
    X(DENIED, "access.denied", "denial", "info", "refused", AUDIT_HAS_CODE)                                  \
    X(GUARD_UNDECIDED, "guard.undecided", "denial", "error", "refused", AUDIT_HAS_GUARD | AUDIT_HAS_WHY)     \
    X(POLICY_UNDECIDED, "policy.undecided", "denial", "error", "refused", AUDIT_HAS_POLICY | AUDIT_HAS_WHY)  \
    X(HOST_REFUSED, "host.refused", "breach", "warn", "refused", AUDIT_HAS_NOTHING)                          \
    X(PROBE_BANNED, "probe.banned", "breach", "warn", "refused", AUDIT_HAS_NOTHING)                          \
    X(LIMIT_EXCEEDED, "limit.exceeded", "breach", "info", "refused", AUDIT_HAS_LIMIT)                        \
    X(GUESS_REFUSED, "guess.refused", "breach", "warn", "refused", AUDIT_HAS_WHY)                            \
    X(GUESS_SLOWED, "guess.slowed", "breach", "warn", "done", AUDIT_HAS_WHY)                                 \
    X(LIMIT_HELD, "limit.held", "breach", "warn", "refused", AUDIT_HAS_LIMIT)                                \
    X(LIMIT_LET_GO, "limit.let_go", "administration", "info", "done", AUDIT_HAS_LIMIT)                       \
    X(REQUEST_REFUSED, "request.refused", "breach", "info", "refused", AUDIT_HAS_CODE | AUDIT_HAS_WHY)       \
    X(HEADER_REFUSED, "reply.header_refused", "breach", "error", "refused", AUDIT_HAS_HEADER)                \
    X(SQL_REFUSED, "sql.refused", "breach", "error", "refused", AUDIT_HAS_STATEMENT | AUDIT_HAS_WHY)         \
    X(RING_BROKEN, "store.ring_broken", "breach", "error", "refused", AUDIT_HAS_WORKER | AUDIT_HAS_WHY)      \
    X(CHILD_KILLED, "child.killed", "breach", "error", "done",                                               \
      AUDIT_HAS_CHILD | AUDIT_HAS_PID | AUDIT_HAS_WHY)                                                       \
    X(CHILD_CRASHED, "child.crashed", "breach", "error", "failed",                                           \
      AUDIT_HAS_CHILD | AUDIT_HAS_PID | AUDIT_HAS_SIGNAL)                                                    \
    X(CHILD_DIED, "child.died", "breach", "error", "failed",                                                 \
      AUDIT_HAS_CHILD | AUDIT_HAS_PID | AUDIT_HAS_SIGNAL)                                                    \
    X(LEFT_BEHIND, "child.left_behind", "breach", "error", "done", AUDIT_HAS_PROCESSES)                      \
    X(DRAINING, "monitor.draining", "administration", "info", "done", AUDIT_HAS_SIGNAL)                      \
    X(RELOAD_DONE, "reload.done", "administration", "info", "done", AUDIT_HAS_NOTHING)                       \
    X(RELOAD_REFUSED, "reload.refused", "administration", "error", "refused", AUDIT_HAS_NOTHING)             \
    X(RELOAD_FAILED, "reload.failed", "administration", "error", "failed", AUDIT_HAS_NOTHING)                \
    X(REMOVED, "audit.removed", "audit", "info", "done", AUDIT_HAS_FILE)                                     \
    /* The writer's own. */                                                                                  \
    X(OPENED, "audit.opened", "audit", "info", "done", AUDIT_HAS_NOTHING)                                    \
    X(ROTATED, "audit.rotated", "audit", "info", "done", AUDIT_HAS_NOTHING)                                  \
    X(FILE_ENDED, "audit.file_ended", "audit", "info", "done", AUDIT_HAS_NOTHING)                            \
    X(LOST, "audit.lost", "audit", "error", "failed", AUDIT_HAS_LINES)                                       \
    X(GARBAGE, "audit.garbage", "breach", "error", "refused", AUDIT_HAS_WHY)                                 \
    X(CLOSED, "audit.closed", "audit", "info", "done", AUDIT_HAS_NOTHING)

#define DW__AUDIT_EVENT_ENUM(name, text, kind, severity, outcome, fields) AUDIT_##name,
enum audit_event { DW__AUDIT_EVENTS(DW__AUDIT_EVENT_ENUM) AUDIT_OWN /* the application's */ };

#endif
