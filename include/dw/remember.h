/* dw/remember.h -- browsers that stay signed in: a session that has ended by itself begins anew, for as long as the browser is remembered.
 *
 *     DW_REMEMBERED(shop_remembered);
 *     … .sessions = &shop_sessions, .remembered = &shop_remembered …  in the application
 *     if (err == DW_OK && in->remember)
 *         err = dw_session_remember(req);                              behind dw_session_begin_if
 *
 * and in a migration, with these words:
 *
 *     CREATE TABLE dw_remembered (
 *         id            text   NOT NULL PRIMARY KEY,
 *         name          text   NOT NULL UNIQUE,
 *         account       text   NOT NULL,
 *         digest        text   NOT NULL,
 *         digest_before text   NOT NULL,
 *         salt          text   NOT NULL,
 *         auth_time     bigint NOT NULL,
 *         amr           bigint NOT NULL,
 *         rotated_at    bigint NOT NULL,
 *         expires_at    bigint NOT NULL,
 *         agent         text   NOT NULL
 *     );
 *     CREATE INDEX dw_remembered_of ON dw_remembered (account, rotated_at);
 *     CREATE INDEX dw_remembered_by_end ON dw_remembered (expires_at);
 *
 * The browser has a token in the cookie `__Host-NAME-remember`; the table has digests.  When a request to a route that counts DW_SESSION comes without a session that lives and with that
 * cookie, it is given a new session of the same name and another token, and goes on. The token before is answered the same again for ten seconds, since browsers ask for
 * several things at once; any older one is in two hands, and ends all of it (remember.reused).
 *
 * Such a session is not fresh: its auth_time is that of the sign-in, its amr has DW_AMR_REMEMBERED, and .fresh refuses it until dw_session_rotate says that somebody has shown anew
 * who they are.  A browser is remembered for REMEMBER_ME behind the sign-in, however much it is used; no longer than its account is found; and no longer than its session is
 * not ended: what ends a session by any of the calls of <dw/session.h>, or a sign-in in its place, ends that it is remembered. */
#ifndef DW_REMEMBER_H
#define DW_REMEMBER_H

#include "err.h"
#include "query.h"
#include "types.h"

typedef struct dw_remembered {
    const dw_query *put, *find, *rotate, *end_id, *end_name, *end_others, *cap, *prune, *list;
} dw_remembered;

/* Has the browser remembered that signs in with this request: behind dw_session_begin or dw_session_begin_if, when all that is asked for was shown, the second factor too.  DW_UNAUTHENTICATED
 * when that session has ended meanwhile. */
DW_MUST dw_err dw_session_remember(dw_req *req);
/* Ends that any browser of the account `uid` is remembered; sessions live on. Where what is asked for at a sign-in has changed. DW_OK where dw_app.remembered is not set. */
DW_MUST dw_err dw_remembered_end_all(dw_ctx *ctx, dw_text uid);

#ifndef __cplusplus
/* What the statements take and give. Times are Unix milliseconds. */
DW_SCHEMA(dw_remembered_new, (dw_text, id), (dw_text, name), (dw_text, account), (dw_text, digest), (int64_t, auth_time),
          (int64_t, amr), (int64_t, rotated_at), (int64_t, expires_at), (dw_text, agent));
DW_SCHEMA(dw_remembered_key, (dw_text, id));
DW_SCHEMA(dw_remembered_row, (dw_text, name), (dw_text, account), (dw_text, digest), (dw_text, digest_before),
          (dw_text, salt), (int64_t, auth_time), (int64_t, amr), (int64_t, rotated_at), (int64_t, expires_at),
          (dw_text, agent));
DW_SCHEMA(dw_remembered_rotation, (dw_text, id), (dw_text, digest), (dw_text, next), (dw_text, salt),
          (int64_t, rotated_at));
DW_SCHEMA(dw_remembered_name, (dw_text, name), (dw_text, account));
DW_SCHEMA(dw_remembered_cap, (dw_text, account), (int64_t, n));
DW_SCHEMA(dw_remembered_since, (int64_t, now_ms));
DW_SCHEMA(dw_remembered_whose, (dw_text, account), (int64_t, now_ms));
/* A browser of the caller that is remembered. `uid` is that of its session, which dw_session_list has while it lives, and what dw_session_end_one takes. */
DW_SCHEMA(dw_remembered_info, (dw_text, uid), (int64_t, auth_time), (int64_t, used_at), (int64_t, expires_at),
          (dw_text, agent));
DW_LIST(dw_remembered_infos, dw_remembered_info);

/* Those of the caller, the one used last first. None where dw_app.remembered is not set. */
DW_MUST dw_err dw_remembered_list(dw_req *req, dw_remembered_infos *list);

/* DW_REMEMBERED(name): the statements that look after the table; at file scope, in one .c file.  `cap` counts browsers: sessions (those with 1073741824 in amr
 * are sign-ins that wait), and what is remembered of others. */
#define DW_REMEMBERED(nm)                                                                                \
    DW_QUERY(nm##_put, dw_remembered_new, dw_nothing,                                                          \
             "INSERT INTO dw_remembered (id, name, account, digest, digest_before, salt, auth_time, amr,"     \
             " rotated_at, expires_at, agent) VALUES (:id, :name, :account, :digest, '', '', :auth_time,"     \
             " :amr, :rotated_at, :expires_at, :agent)");                                                \
    DW_QUERY(nm##_find, dw_remembered_key, dw_remembered_row,                                                  \
             "SELECT name, account, digest, digest_before, salt, auth_time, amr, rotated_at, expires_at,"     \
             " agent FROM dw_remembered WHERE id = :id");                                                \
    DW_QUERY(nm##_rotate, dw_remembered_rotation, dw_nothing,                                                  \
             "UPDATE dw_remembered SET digest_before = digest, digest = :next, salt = :salt,"                 \
             " rotated_at = :rotated_at WHERE id = :id AND digest = :digest");                           \
    DW_QUERY(nm##_end_id, dw_remembered_key, dw_nothing, "DELETE FROM dw_remembered WHERE id = :id");    \
    DW_QUERY(nm##_end_name, dw_remembered_name, dw_nothing,                                                    \
             "DELETE FROM dw_remembered WHERE name = :name AND account = :account");                     \
    DW_QUERY(nm##_end_others, dw_remembered_name, dw_nothing,                                                  \
             "DELETE FROM dw_remembered WHERE account = :account AND name <> :name");                    \
    DW_QUERY(nm##_cap, dw_remembered_cap, dw_nothing,                                                          \
             "DELETE FROM dw_remembered WHERE account = :account AND name NOT IN (SELECT name FROM"           \
             " (SELECT uid AS name, seen_at AS used FROM dw_sessions WHERE account = :account"    \
             " AND amr < 1073741824 UNION ALL"         \
             " SELECT name, rotated_at AS used FROM dw_remembered WHERE account = :account) AS browsers"         \
             " GROUP BY name ORDER BY max(used) DESC, name LIMIT :n)");                                  \
    DW_QUERY(nm##_prune, dw_remembered_since, dw_nothing,                                                      \
             "DELETE FROM dw_remembered WHERE expires_at <= :now_ms");                                   \
    DW_QUERY(nm##_list, dw_remembered_whose, dw_remembered_info,                                               \
             "SELECT name AS uid, auth_time, rotated_at AS used_at, expires_at, agent FROM dw_remembered"     \
             " WHERE account = :account AND expires_at > :now_ms ORDER BY rotated_at DESC, name LIMIT 1000"); \
    static const dw_remembered nm = {                                                                    \
        &nm##_put,        &nm##_find, &nm##_rotate, &nm##_end_id, &nm##_end_name,                        \
        &nm##_end_others, &nm##_cap,  &nm##_prune,  &nm##_list}
#endif

#endif
