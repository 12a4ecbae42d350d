/* coffer/user_records.h -- an account as it is shown: to its owner, and with more of it to administrators. */
#ifndef COFFER_USER_RECORDS_H
#define COFFER_USER_RECORDS_H

#include "coffer.h"
#include "models.h"

DW_SCHEMA(user_row,
    (int64_t, id),
    (dw_text, uid),
    (dw_text, username),
    (dw_text, email),
    (bool,    email_verified),
    (int64_t, roles),
    (bool,    disabled),
    (bool,    second_factor),
    (dw_text, created_at)
);
/* The beginning of every statement that gives one. */
#define USER_ROW                                                                                             \
    "SELECT id, uid, username, email, email_verified <> 0 AS email_verified, roles, disabled <> 0 AS "       \
    "disabled,"                                                                                              \
    " EXISTS (SELECT 1 FROM dw_mfa WHERE dw_mfa.account = users.id AND dw_mfa.active = 1) AS second_factor," \
    " created_at FROM users"

/* All of it: who is shown what, user_record says. DW_UNAVAILABLE without memory. */
dw_err coffer_user_record(dw_ctx *ctx, const user_row *row, user_record *out);
/* The account of that id. DW_NOT_FOUND. */
dw_err coffer_user_show(dw_ctx *ctx, int64_t id, user_record *out);
/* A set of roles from their names, and back as words with commas between them, for the audit log. */
int64_t coffer_roles_of(const role_names *names);
dw_text coffer_roles_words(dw_ctx *ctx, int64_t roles);

#endif
