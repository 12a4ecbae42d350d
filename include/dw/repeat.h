/* dw/repeat.h -- Idempotency-Key: a request that is sent again is answered again, and does nothing twice.
 *
 *     DW_REPEATS(shop_repeats);
 *     … .repeats = &shop_repeats …                               in the application
 *     DW_POST("/orders", order, DW_ANY_USER, .idempotent = true) in a table of routes
 *
 * and in a migration, with these words:
 *
 *     CREATE TABLE dw_repeats (
 *         caller  bigint NOT NULL,
 *         key     text   NOT NULL,
 *         digest  text   NOT NULL,
 *         outcome text   NOT NULL,
 *         made_at bigint NOT NULL,
 *         PRIMARY KEY (caller, key)
 *     );
 *     CREATE INDEX dw_repeats_by_age ON dw_repeats (made_at);
 *
 * The handler of such a route runs in a transaction (<dw/tx.h>) when its request has the header, and what came of it is kept in the same
 * transaction: after a crash of anything both are there, or neither.  It may run several times until it is committed.
 *
 * A key is the caller's own, 1 to 255 printable ASCII characters, and stands for one request: with another method, target or body it is 422.
 * The first outcome (a success, or a 4xx of the handler) is answered again for a day, with Idempotency-Replayed: true.  A 5xx is not kept. A
 * caller has a thousand keys at most; more is 429.  What is kept is sealed with DATA_KEYS, the key itself is only there as a digest. */
#ifndef DW_REPEAT_H
#define DW_REPEAT_H

#include "query.h"

typedef struct dw_repeats {
    const dw_query *claim, *find, *keep, *count, *prune;
} dw_repeats;

#ifndef __cplusplus
DW_SCHEMA(dw_repeat_claim, (dw_text, key), (dw_text, digest), (int64_t, now_s), (int64_t, since));
DW_SCHEMA(dw_repeat_key, (dw_text, key));
DW_SCHEMA(dw_repeat_row, (dw_text, digest), (dw_text, outcome));
DW_SCHEMA(dw_repeat_outcome, (dw_text, key), (dw_text, outcome));
DW_SCHEMA(dw_repeat_since, (int64_t, since));
DW_SCHEMA(dw_repeat_count, (int64_t, n));

#define DW_REPEATS(name)                                                                                  \
    DW_QUERY(name##_claim, dw_repeat_claim, dw_nothing,                                                     \
             "INSERT INTO dw_repeats (caller, key, digest, outcome, made_at)"                               \
             " VALUES (:me, :key, :digest, '', :now_s) ON CONFLICT (caller, key) DO UPDATE SET"             \
             " digest = excluded.digest, outcome = '', made_at = excluded.made_at"                          \
             " WHERE dw_repeats.made_at < :since");                                                       \
    DW_QUERY(name##_find, dw_repeat_key, dw_repeat_row,                                                     \
             "SELECT digest, outcome FROM dw_repeats WHERE caller = :me AND key = :key");                 \
    DW_QUERY(name##_keep, dw_repeat_outcome, dw_nothing,                                                    \
             "UPDATE dw_repeats SET outcome = :outcome WHERE caller = :me AND key = :key");               \
    DW_QUERY(name##_count, dw_repeat_since, dw_repeat_count,                                                \
             "SELECT count(*) AS n FROM dw_repeats WHERE caller = :me AND made_at >= :since");            \
    DW_QUERY(name##_prune, dw_repeat_since, dw_nothing,                                                     \
             "DELETE FROM dw_repeats WHERE (caller, key) IN"                                                \
             " (SELECT caller, key FROM dw_repeats WHERE made_at < :since ORDER BY made_at LIMIT 1000)"); \
    static const dw_repeats name = {&name##_claim, &name##_find, &name##_keep, &name##_count, &name##_prune}
#endif

#endif
