/* coffer/seed.c -- `coffer seed`: one demo user for each role. There is no default password anywhere. */
#include <stdio.h>

#include "coffer.h"
#include "models.h"

DW_SCHEMA(seed_user,
    (dw_text, uid),
    (dw_text, username),
    (dw_text, email),
    (dw_text, password_hash),
    (int64_t, roles)
);
DW_SCHEMA(seed_key, (dw_text, username));
DW_SCHEMA(seed_found, (int64_t, id));

DW_QUERY(seed_find, seed_key, seed_found, "SELECT id FROM users WHERE username = :username");
DW_QUERY(seed_insert, seed_user, seed_found,
    "INSERT INTO users (uid, username, email, password_hash, roles, created_at)"
    " VALUES (:uid, :username, :email, :password_hash, :roles, :now) RETURNING id");

/* Twenty letters and digits that are not easily mistaken: 100 bits. */
static dw_text random_password(dw_ctx *ctx)
{
    static const char alphabet[32] = "abcdefghijkmnpqrstuvwxyz23456789";
    unsigned char random[20];
    char text[sizeof random + 1];

    dw_random(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        text[i] = alphabet[random[i] % sizeof alphabet];
    text[sizeof random] = '\0';
    return dw_format(ctx, "%s", text);
}

static dw_err add(dw_ctx *ctx, dw_text username, unsigned role)
{
    const seed_key key = {.username = username};
    dw_text password = random_password(ctx);
    seed_found found;
    seed_user user = {
        .uid = dw_uuid_text(ctx, dw_uuid_new()),
        .username = username,
        .email = dw_format(ctx, "%.*s@example.com", DW_FMT(username)),
        .roles = INT64_C(1) << role,
    };
    dw_err err = DW_ONE(ctx, seed_find, &key, &found);

    if (err == DW_OK) {
        printf("%.*s is there already\n", DW_FMT(username));
        return DW_OK;
    }
    if (err != DW_NOT_FOUND)
        return err;
    if ((err = dw_password_hash(ctx, (dw_secret){password.p, password.n}, &user.password_hash)) != DW_OK ||
        (err = DW_ONE(ctx, seed_insert, &user, &found)) != DW_OK)
        return err;
    printf("%.*s %.*s\n", DW_FMT(username), DW_FMT(password));
    return DW_OK;
}

dw_err coffer_seed(dw_ctx *ctx, int argc, char **argv)
{
    dw_err err;

    (void)argv;
    if (argc > 0) {
        (void)fprintf(stderr, "coffer: seed takes no arguments\n");
        return DW_BAD_REQUEST;
    }
    if ((err = add(ctx, DW_TEXT("demo-editor"), role_editor)) != DW_OK ||
        (err = add(ctx, DW_TEXT("demo-viewer"), role_viewer)) != DW_OK)
        return err;
    return add(ctx, DW_TEXT("demo-admin"), role_admin);
}
