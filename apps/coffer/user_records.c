/* coffer/user_records.c -- see user_records.h. */
#include "user_records.h"

#define ROLES ((size_t)role_admin + 1)

DW_QUERY(user_of_id, user_key, user_row, USER_ROW " WHERE id = :id");

int64_t coffer_roles_of(const role_names *names)
{
    int64_t roles = 0;

    for (size_t i = 0; i < names->n; i++)
        roles |= INT64_C(1) << (names->v[i] - 1);
    return roles;
}

static dw_err names_of(dw_ctx *ctx, int64_t roles, role_names *out)
{
    role_name *v = dw_alloc(ctx, ROLES * sizeof *v);
    size_t n = 0;

    if (v == NULL)
        return DW_UNAVAILABLE;
    for (size_t i = 0; i < ROLES; i++)
        if (roles >> i & 1)
            v[n++] = (role_name)(i + 1);
    *out = (role_names){v, n};
    return DW_OK;
}

dw_text coffer_roles_words(dw_ctx *ctx, int64_t roles)
{
    dw_text words = DW_TEXT("");

    for (size_t i = 0; i < ROLES; i++)
        if (roles >> i & 1)
            words = dw_format(ctx, "%.*s%s%s", DW_FMT(words), words.n > 0 ? "," : "",
                              role_name_name((role_name)(i + 1)));
    return words;
}

dw_err coffer_user_record(dw_ctx *ctx, const user_row *row, user_record *out)
{
    *out = (user_record){.id = row->id,
                         .username = row->username,
                         .email = row->email,
                         .emailVerified = row->email_verified,
                         .disabled = row->disabled,
                         .secondFactor = row->second_factor,
                         .createdAt = row->created_at};
    return names_of(ctx, row->roles, &out->roles);
}

dw_err coffer_user_show(dw_ctx *ctx, int64_t id, user_record *out)
{
    const user_key key = {.id = id};
    user_row row;
    dw_err err = DW_ONE(ctx, user_of_id, &key, &row);

    return err == DW_OK ? coffer_user_record(ctx, &row, out) : err;
}
