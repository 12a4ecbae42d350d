/* dw/session_values.h -- what an application keeps with a session: typed fields that end with it.
 *
 *     DW_SCHEMA(visit,
 *         (int64_t, basket,   DW_RANGE(0, 99), .optional = true),
 *         (dw_text, language, DW_LEN(2, 5), DW_DEFAULT("en")));
 *     DW_SESSION_VALUES(shop_values, visit);
 *     … .session_values = &shop_values …                             in the application, beside .sessions
 *
 *     err = DW_SESSION_GET(req, visit, &mine);                       in a handler: mine.has.basket says whether it was ever set
 *     mine = (visit){.basket = 3, .has.basket = true};
 *     err = DW_SESSION_SET(req, visit, &mine);                       writes the basket, and leaves the language as it is
 *
 * and in a migration, behind the one of dw_sessions, with these words:
 *
 *     CREATE TABLE dw_session_values (
 *         session text NOT NULL REFERENCES dw_sessions (uid) ON DELETE CASCADE,
 *         name    text NOT NULL,
 *         value   text NOT NULL,
 *         PRIMARY KEY (session, name)
 *     );
 *
 * Each field is a row of its own, so of two requests that write different fields at the same time neither undoes the other. Nothing is read before it is asked for, and
 * nothing of it is in the cookie.  The values stay when the session gets another id, and go with it however it ends.  They lie in the database as JSON, in the clear. */
#ifndef DW_SESSION_VALUES_H
#define DW_SESSION_VALUES_H

#include "err.h"
#include "query.h"
#include "types.h"

/* The most bytes that the JSON of one field may have. */
#define DW_SESSION_VALUE_MAX 4096

typedef struct dw_session_values {
    const dw_query *get, *put, *drop;
    const dw_schema *schema; /* every field is .optional or has a default, and none is a dw_secret */
} dw_session_values;

/* What the macros below call; `schema` is that of *out and *in. */
DW_MUST dw_err dw_x_session_get(dw_req *req, const dw_schema *schema, void *out);
DW_MUST dw_err dw_x_session_set(dw_req *req, const dw_schema *schema, const void *in);

#ifndef __cplusplus
/* DW_SESSION_GET(req, visit, &out): fills *out with what the session of this request has. What was never set has its default, or `has` is false; so has a
 * value that breaks a rule which the schema has got since. DW_UNAUTHENTICATED when the request has no session. */
#define DW_SESSION_GET(req, T, out) dw_x_session_get((req), &T##_schema, _Generic((out), T * : (out)))
/* DW_SESSION_SET(req, visit, &in): writes each field whose `has` is true, takes away each whose `null` is, and leaves all others: together, or not at all.
 * DW_INVALID, and nothing written, when one breaks a rule of the schema or is longer than DW_SESSION_VALUE_MAX. DW_UNAUTHENTICATED when the request has no session, or it has just
 * ended. */
#define DW_SESSION_SET(req, T, in) \
    dw_x_session_set((req), &T##_schema, _Generic((in), T * : (in), const T * : (in)))

/* What the statements take and give. */
DW_SCHEMA(dw_session_value_key, (dw_text, session));
DW_SCHEMA(dw_session_value_name, (dw_text, session), (dw_text, name));
DW_SCHEMA(dw_session_value, (dw_text, name), (dw_text, value));
DW_SCHEMA(dw_session_value_new, (dw_text, session), (dw_text, name), (dw_text, value));

/* DW_SESSION_VALUES(name, schema): the statements that look after the table; at file scope, in one .c file. */
#define DW_SESSION_VALUES(nm, T)                                                                  \
    DW_QUERY(nm##_get, dw_session_value_key, dw_session_value,                                         \
             "SELECT name, value FROM dw_session_values WHERE session = :session ORDER BY name"); \
    DW_QUERY(nm##_put, dw_session_value_new, dw_nothing,                                               \
             "INSERT INTO dw_session_values (session, name, value) VALUES (:session, :name, :value)"   \
             " ON CONFLICT (session, name) DO UPDATE SET value = excluded.value");                \
    DW_QUERY(nm##_drop, dw_session_value_name, dw_nothing,                                             \
             "DELETE FROM dw_session_values WHERE session = :session AND name = :name");          \
    static const dw_session_values nm = {&nm##_get, &nm##_put, &nm##_drop, &T##_schema}
#endif

#endif
