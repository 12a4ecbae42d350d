/* dw/session.h -- who is signed in with a browser: sessions that the server keeps, and forms that only our own pages can send.
 *
 *     DW_SESSIONS(shop_sessions);
 *     … .sessions = &shop_sessions, .by = DW_SESSION | DW_BEARER …       in the application
 *     DW_POST("/login", login, DW_PUBLIC("signing in"), .signs_in = true) in a table of routes
 *     err = dw_session_begin_if(req, account.uid, DW_AMR_PWD, &still);    in its handler, after the password was good
 *
 * and in a migration, with these words:
 *
 *     CREATE TABLE dw_sessions (
 *         digest    text   NOT NULL PRIMARY KEY,
 *         uid       text   NOT NULL UNIQUE,
 *         account   text   NOT NULL,
 *         made_at   bigint NOT NULL,
 *         auth_time bigint NOT NULL,
 *         seen_at   bigint NOT NULL,
 *         amr       bigint NOT NULL,
 *         agent     text   NOT NULL
 *     );
 *     CREATE INDEX dw_sessions_of ON dw_sessions (account, seen_at);
 *     CREATE INDEX dw_sessions_by_age ON dw_sessions (seen_at);
 *
 * The browser has an opaque id of 256 random bits, in the cookie `__Host-` and the application's name (Secure, HttpOnly, SameSite=Lax, Path=/, no
 * Domain; RFC 6265bis); the table has its SHA-256 and nothing that it could be made of.  An id is made at each sign-in and is nobody's before: one
 * that a client brings is never adopted.  A session ends when it is not used for SESSION_IDLE, SESSION_ABSOLUTE after it began, with
 * dw_session_end, when its row goes by any other hand, and when the account is not found any more; each of these takes effect on the next request, in
 * every worker.  Who is not signed in gets no cookie, but with a form to sign in with (dw_csrf_token).
 *
 * Who has shown a password and has a second factor is not signed in yet: dw_session_begin_pending keeps the sign-in waiting, as a row whose `amr` has
 * the bit 2^30 (1073741824).  It is no session to anybody: only dw_session_complete makes one of it, with another id, once, within LOGIN_SECOND_STEP.
 *
 * A request that its session identified, and that is neither GET nor HEAD, must come from our own pages: docs/guide/cross-site-requests.md. */
#ifndef DW_SESSION_H
#define DW_SESSION_H

#include "auth.h"
#include "err.h"
#include "query.h"
#include "types.h"

typedef struct dw_sessions {
    const dw_query *find, *put, *touch, *move, *end_one, *end_others, *cap, *prune, *list;
} dw_sessions;

/* Signs the account `uid` in: a new session with a new id, its cookie on the reply, auth_time now; a session that the request came with ends.
 * `amr` is how it was shown who they are (DW_AMR_…). Only in a route that says .signs_in, and not in a DW_TX; DW_INTERNAL elsewhere. DW_INVALID: uid is not 1 to 64
 * characters of printable ASCII. Accounts have SESSIONS_MAX sessions at most: those that were not used for longest end. */
DW_MUST dw_err dw_session_begin(dw_req *req, dw_text uid, unsigned amr);
/* The same if what it rests on is still so (<dw/auth.h>). What `still` says instead of DW_OK is the answer: there is no session, and no cookie. */
DW_MUST dw_err dw_session_begin_if(dw_req *req, dw_text uid, unsigned amr, const dw_still *still);
/* Keeps a sign-in of the account `uid` waiting for its second factor: `amr` is what was shown, `still` (may be NULL) as above.  The browser has a cookie, and is
 * nobody: a session that the request came with has ended.  In the same routes as dw_session_begin, with the same errors. */
DW_MUST dw_err dw_session_begin_pending(dw_req *req, dw_text uid, unsigned amr, const dw_still *still);
/* The account whose sign-in this request's browser has waiting. DW_UNAUTHENTICATED when it has none, or none any more. */
DW_MUST dw_err dw_session_pending(dw_req *req, dw_text *uid);
/* Makes it a session, after dw_mfa_check: as dw_session_begin_if, with `amr` added to what was shown before.  It works once: DW_UNAUTHENTICATED when none waits, or
 * another request was faster, or it was ended meanwhile, as dw_sessions_end_all does. */
DW_MUST dw_err dw_session_complete(dw_req *req, unsigned amr, const dw_still *still);
/* Gives the session of this request a new id: after a second factor, a change of the password or of rights. With `amr` (not 0) it was shown anew who
 * they are: added to what the session has, and auth_time is now. DW_UNAUTHENTICATED when the request has no session, or it has just ended;
 * DW_INTERNAL in a DW_TX. */
DW_MUST dw_err dw_session_rotate(dw_req *req, unsigned amr);
/* Ends the session of this request, if it has one, and has the browser forget its cookie and what it kept of us (Clear-Site-Data). */
DW_MUST dw_err dw_session_end(dw_req *req);
/* Ends the session that is listed as `id`, of the caller. DW_NOT_FOUND when they have none of that name. */
DW_MUST dw_err dw_session_end_one(dw_req *req, dw_text id);
/* Ends all sessions of the caller but that of this request; *ended (may be NULL) is how many. */
DW_MUST dw_err dw_session_end_others(dw_req *req, int64_t *ended);
/* Ends every session of the account `uid`: when it is disabled, by an admin, with a new password; *ended (may be NULL) is how many. */
DW_MUST dw_err dw_sessions_end_all(dw_ctx *ctx, dw_text uid, int64_t *ended);

/* What a form of ours carries as `csrf_token`, and a script as X-CSRFToken or X-CSRF-Token: good for the session of this request, as long as that
 * is; written anew each time (BREACH). Who is not signed in gets a cookie of its own with it, for forms that sign in, good for LOGIN_FORM.
 * {NULL, 0} when the application has no sessions, the database is away or there is no memory. The reply becomes `private, no-store`. */
dw_text dw_csrf_token(dw_req *req);

#ifndef __cplusplus
/* What the statements take and give. Times are Unix milliseconds. */
DW_SCHEMA(dw_session_key, (dw_text, digest));
DW_SCHEMA(dw_session_row, (dw_text, uid), (dw_text, account), (int64_t, made_at), (int64_t, auth_time),
          (int64_t, seen_at), (int64_t, amr));
DW_SCHEMA(dw_session_new, (dw_text, digest), (dw_text, uid), (dw_text, account), (int64_t, made_at),
          (int64_t, auth_time), (int64_t, seen_at), (int64_t, amr), (dw_text, agent));
DW_SCHEMA(dw_session_seen, (dw_text, digest), (int64_t, seen_at));
DW_SCHEMA(dw_session_moved, (dw_text, old), (dw_text, digest), (int64_t, auth_time), (int64_t, seen_at), (int64_t, amr));
DW_SCHEMA(dw_session_name, (dw_text, uid), (dw_text, account));
DW_SCHEMA(dw_session_others, (dw_text, account), (dw_text, digest));
DW_SCHEMA(dw_session_cap, (dw_text, account), (int64_t, n), (int64_t, least), (int64_t, below)); /* of which amr */
DW_SCHEMA(dw_session_since, (int64_t, since));
DW_SCHEMA(dw_session_whose, (dw_text, account), (dw_text, digest), (int64_t, seen_since), (int64_t, made_since));
/* One of the caller's own: `uid` is what dw_session_end_one takes, `agent` the User-Agent that signed in, printable ASCII. */
DW_SCHEMA(dw_session_info, (dw_text, uid), (int64_t, made_at), (int64_t, auth_time), (int64_t, seen_at), (int64_t, amr),
          (dw_text, agent), (bool, current));
DW_LIST(dw_session_infos, dw_session_info);

/* The sessions of the caller that live, the one used last first. */
DW_MUST dw_err dw_session_list(dw_req *req, dw_session_infos *list);

#define DW_SESSIONS(name)                                                                                 \
    DW_QUERY(name##_find, dw_session_key, dw_session_row,                                                      \
             "SELECT uid, account, made_at, auth_time, seen_at, amr FROM dw_sessions WHERE digest = :digest"); \
    DW_QUERY(name##_put, dw_session_new, dw_nothing,                                                           \
             "INSERT INTO dw_sessions (digest, uid, account, made_at, auth_time, seen_at, amr, agent)"         \
             " VALUES (:digest, :uid, :account, :made_at, :auth_time, :seen_at, :amr, :agent)");          \
    DW_QUERY(name##_touch, dw_session_seen, dw_nothing,                                                        \
             "UPDATE dw_sessions SET seen_at = :seen_at WHERE digest = :digest AND seen_at < :seen_at");  \
    DW_QUERY(name##_move, dw_session_moved, dw_nothing,                                                        \
             "UPDATE dw_sessions SET digest = :digest, auth_time = :auth_time, seen_at = :seen_at, amr = :amr" \
             " WHERE digest = :old");                                                                          \
    DW_QUERY(name##_end_one, dw_session_name, dw_nothing,                                                      \
             "DELETE FROM dw_sessions WHERE uid = :uid AND account = :account");                          \
    DW_QUERY(name##_end_others, dw_session_others, dw_nothing,                                                 \
             "DELETE FROM dw_sessions WHERE account = :account AND digest <> :digest");                   \
    DW_QUERY(name##_cap, dw_session_cap, dw_nothing,                                                           \
             "DELETE FROM dw_sessions WHERE digest IN (SELECT digest FROM dw_sessions WHERE account = :account" \
             " AND amr >= :least AND amr < :below"                                                             \
             " ORDER BY seen_at DESC, made_at DESC, digest LIMIT 1000 OFFSET :n)");                            \
    DW_QUERY(name##_prune, dw_session_since, dw_nothing,                                                       \
             "DELETE FROM dw_sessions WHERE digest IN"                                                         \
             " (SELECT digest FROM dw_sessions WHERE seen_at < :since ORDER BY seen_at LIMIT 100)");      \
    DW_QUERY(name##_list, dw_session_whose, dw_session_info,                                                   \
             "SELECT uid, made_at, auth_time, seen_at, amr, agent, digest = :digest AS current"                \
             " FROM dw_sessions WHERE account = :account AND seen_at > :seen_since AND made_at > :made_since"  \
             " AND amr < 1073741824"                                                                           \
             " ORDER BY seen_at DESC, made_at DESC, digest LIMIT 1000");                                       \
    static const dw_sessions name = {&name##_find, &name##_put,     &name##_touch,                        \
                                     &name##_move, &name##_end_one, &name##_end_others,                   \
                                     &name##_cap,  &name##_prune,   &name##_list}
#endif

#endif
