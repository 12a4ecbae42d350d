/* dw/api_key.h -- API keys: what a program shows in place of somebody's password.
 *
 *     enum { scope_read, scope_write };                                  in the order of dw_app.scopes
 *     DW_API_KEYS(shop_keys);
 *     … .scopes = scopes, .api_keys = &shop_keys …                       in the application
 *     DW_GET("/stock", stock, DW_ANY_USER, .by = DW_API_KEY, .scopes = DW_SCOPES(read))   in a table of routes
 *
 * and in a migration, with these words:
 *
 *     CREATE TABLE dw_api_keys (
 *         id         text   NOT NULL PRIMARY KEY,
 *         account    text   NOT NULL,
 *         name       text   NOT NULL,
 *         digest     text   NOT NULL,
 *         scopes     bigint NOT NULL,
 *         made_at    bigint NOT NULL,
 *         expires_at bigint NOT NULL,
 *         used_at    bigint NOT NULL
 *     );
 *     CREATE INDEX dw_api_keys_by_account ON dw_api_keys (account, made_at);
 *
 * A key is text, for the application "shop":
 *
 *     key      = "shop" "_" id "_" secret checksum
 *     id       = 11 base62 digits, which find its row and are no secret
 *     secret   = 43 base62 digits: 256 random bits
 *     checksum = 6 base62 digits: CRC-32 (IEEE 802.3) of all that stands before it
 *
 * with the digits 0-9 A-Z a-z, the highest first.  In front stands the application's name in lower case, letters and digits of it.  So a scanner finds
 * keys that got into a repository by their form, and one with a typing error is refused before the database is asked.
 *
 * It is shown once, when it is made; the table has its SHA-256.  A client sends it as `X-API-Key: KEY` or `Authorization: ApiKey KEY`, and never in
 * the query, where it would be in every log on the way: that is 400 and an event.  Who came by it is its owner as they are now,
 * looked up with every request: a key can do no more than its owner may, and nothing once they are disabled.  Of that, a route with
 * .scopes takes only keys that have all of them. */
#ifndef DW_API_KEY_H
#define DW_API_KEY_H

#include "auth.h"
#include "ctx.h"
#include "err.h"
#include "query.h"
#include "schema.h"
#include "types.h"

typedef struct dw_api_keys {
    const dw_query *add, *find, *count, *list, *use, *revoke, *end_all;
} dw_api_keys;

/* At most so many are somebody's at a time. */
#define DW_API_KEYS_MAX 100

/* What a new key is to be. */
typedef struct dw_api_key_order {
    dw_text name;       /* its owner's word for it, 1 to 200 bytes of UTF-8 */
    uint64_t scopes;    /* bit n is scope n of the application's enum */
    int64_t expires_at; /* Unix seconds, in the future; 0: never */
} dw_api_key_order;

#ifndef __cplusplus
/* A key as its owner sees it afterwards; times in Unix seconds, 0 for never. */
DW_SCHEMA(dw_api_key, (dw_text, id), (dw_text, name), (int64_t, scopes), (int64_t, made_at),
          (int64_t, expires_at), (int64_t, used_at));
DW_LIST(dw_api_key_list, dw_api_key);

DW_SCHEMA(dw_api_key_new, (dw_text, id), (dw_text, account), (dw_text, name), (dw_text, digest), (int64_t, scopes),
          (int64_t, now_s), (int64_t, expires_at));
DW_SCHEMA(dw_api_key_id, (dw_text, id));
DW_LIST(dw_api_key_ids, dw_api_key_id);
DW_SCHEMA(dw_api_key_row, (dw_text, account), (dw_text, digest), (int64_t, scopes), (int64_t, expires_at),
          (int64_t, used_at));
DW_SCHEMA(dw_api_key_account, (dw_text, account));
DW_SCHEMA(dw_api_key_count, (int64_t, n));
DW_SCHEMA(dw_api_key_use, (dw_text, id), (int64_t, now_s), (int64_t, since));
DW_SCHEMA(dw_api_key_of, (dw_text, id), (dw_text, account));

/* The statements that keys need, at file scope. */
#define DW_API_KEYS(name)                                                                            \
    DW_QUERY(name##_add, dw_api_key_new, dw_nothing,                                                       \
             "INSERT INTO dw_api_keys (id, account, name, digest, scopes, made_at, expires_at, used_at)"   \
             " VALUES (:id, :account, :name, :digest, :scopes, :now_s, :expires_at, 0)");            \
    DW_QUERY(name##_find, dw_api_key_id, dw_api_key_row,                                                   \
             "SELECT account, digest, scopes, expires_at, used_at FROM dw_api_keys WHERE id = :id"); \
    DW_QUERY(name##_count, dw_api_key_account, dw_api_key_count,                                           \
             "SELECT count(*) AS n FROM dw_api_keys WHERE account = :account");                      \
    DW_QUERY(name##_list, dw_api_key_account, dw_api_key,                                                  \
             "SELECT id, name, scopes, made_at, expires_at, used_at FROM dw_api_keys"                      \
             " WHERE account = :account ORDER BY made_at, id LIMIT 1000");                           \
    DW_QUERY(name##_use, dw_api_key_use, dw_nothing,                                                       \
             "UPDATE dw_api_keys SET used_at = :now_s WHERE id = :id AND used_at <= :since");        \
    DW_QUERY(name##_revoke, dw_api_key_of, dw_nothing,                                                     \
             "DELETE FROM dw_api_keys WHERE id = :id AND account = :account");                       \
    DW_QUERY(name##_end_all, dw_api_key_account, dw_api_key_id,                                               \
             "DELETE FROM dw_api_keys WHERE account = :account RETURNING id");                       \
    static const dw_api_keys name = {&name##_add, &name##_find,   &name##_count,  &name##_list,      \
                                     &name##_use, &name##_revoke, &name##_end_all}

/* Makes a key of the account `uid` (what dw_app.principal takes).  *key is its text, to be shown once; *row what the owner sees of it later.
 * DW_INVALID for an order that cannot be, DW_CONFLICT when there are DW_API_KEYS_MAX already, else as DW_EXEC. */
DW_MUST dw_err dw_api_key_add(dw_ctx *ctx, dw_text uid, const dw_api_key_order *order, dw_text *key,
                              dw_api_key *row);
/* The same if what it rests on is still so (<dw/auth.h>): with dw_caller_still, no key is made by a sign-in that was ended meanwhile, with a new password
 * for one. What `still` says instead of DW_OK is the answer, and there is no key. */
DW_MUST dw_err dw_api_key_add_if(dw_ctx *ctx, dw_text uid, const dw_api_key_order *order,
                                 const dw_still *still, dw_text *key, dw_api_key *row);
/* The keys of the account, the oldest first. */
DW_MUST dw_err dw_api_key_all(dw_ctx *ctx, dw_text uid, dw_api_key_list *keys);
#endif
/* Ends the key `id` of the account: the next request with it is refused, by every worker. DW_NOT_FOUND when it has none of that id. */
DW_MUST dw_err dw_api_key_revoke(dw_ctx *ctx, dw_text uid, dw_text id);
/* Ends all keys of the account `uid`: for a new password, an account that is disabled, an admin. DW_OK where dw_app.api_keys is not set. */
DW_MUST dw_err dw_api_keys_end_all(dw_ctx *ctx, dw_text uid);
/* What may be shown of the key `id`, and written into a log: "shop_1l9aZk0QmXe". */
dw_text dw_api_key_prefix(dw_ctx *ctx, dw_text id);

#endif
