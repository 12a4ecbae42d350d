/* members.c -- who may come in: joining, and a token for a name and a password. */
#include <stdio.h>
#include <string.h>

#include "shelf.h"

DW_SCHEMA(member_new, (dw_text, uid), (dw_text, name), (dw_text, password_hash), (int64_t, roles));
DW_QUERY(member_insert, member_new, dw_principal_row,
    "INSERT INTO members (uid, name, password_hash, roles) VALUES (:uid, :name, :password_hash, :roles)"
    " RETURNING id, uid, name, roles");

/* `shelf join NAME ROLE`, with the password on standard input: it is in no list of processes. */
dw_err join(dw_ctx *ctx, int argc, char **argv)
{
    char password[256];
    member_new member = {.uid = dw_uuid_text(ctx, dw_uuid_new()), .roles = INT64_C(1) << role_reader};
    dw_principal_row row;
    dw_err err;

    if (argc != 2 || fgets(password, sizeof password, stdin) == NULL)
        return DW_BAD_REQUEST;
    member.name = (dw_text){argv[0], strlen(argv[0])};
    if (strcmp(argv[1], "keeper") == 0)
        member.roles = INT64_C(1) << role_keeper;
    err = dw_password_hash(ctx, (dw_secret){password, strcspn(password, "\n")}, &member.password_hash);
    return err != DW_OK ? err : DW_ONE(ctx, member_insert, &member, &row);
}

DW_SCHEMA(token_form,
    (dw_text,   grant_type, DW_LEN(1, 64)),
    (dw_text,   username,   DW_LEN(1, 64)),
    (dw_secret, password,   DW_LEN(1, 256))
);
DW_SCHEMA(token_out, (dw_text, access_token), (dw_text, token_type), (int64_t, expires_in));

DW_SCHEMA(name_key, (dw_text, name));
DW_SCHEMA(credential, (dw_text, uid), (dw_text, password_hash));
DW_QUERY(credential_by_name, name_key, credential, "SELECT uid, password_hash FROM members WHERE name = :name");

static dw_err judge(dw_ctx *ctx, const token_form *in, credential *found)
{
    const name_key key = {.name = in->username};
    dw_err err = DW_ONE(ctx, credential_by_name, &key, found);

    if (err != DW_OK && err != DW_NOT_FOUND)
        return err;
    /* Without a member the hash is empty: the same work, and never a match. */
    return dw_password_verify(ctx, in->password, found->password_hash);
}

static dw_err token(dw_req *req, const token_form *in, token_out *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    credential found = {0};
    dw_guess guess;
    dw_err err;

    if (!dw_text_is(in->grant_type, "password"))
        return DW_UNSUPPORTED_GRANT_TYPE;
    err = dw_guess_begin(req, in->username, &guess);
    if (err == DW_OK)
        err = dw_guess_end(&guess, judge(ctx, in, &found));
    if (err != DW_OK)
        return err == DW_UNAUTHENTICATED ? DW_INVALID_GRANT : err;
    out->token_type = DW_TEXT("bearer");
    return dw_token_issue(ctx, found.uid, &out->access_token, &out->expires_in);
}
DW_HANDLER(token, token_form, token_out);

DW_SCHEMA(me_out, (dw_text, name), (bool, keeper));

static dw_err me(dw_req *req, const dw_nothing *in, me_out *out)
{
    dw_ctx *ctx = dw_req_ctx(req);

    (void)in;
    out->name = dw_ctx_principal(ctx)->name;
    out->keeper = dw_ctx_has_role(ctx, role_keeper);
    return DW_OK;
}
DW_HANDLER(me, dw_nothing, me_out);

/* A member as others see them, and as keepers do. */
DW_SCHEMA(member_key, (int64_t, id));
DW_SCHEMA(member_out,
    (int64_t, id),
    (dw_text, name),
    (int64_t, books, .visible_to = DW_ROLES(keeper), .doc = "How many they have now")
);
DW_QUERY(member_by_id, member_key, member_out,
    "SELECT id, name, (SELECT count(*) FROM loans WHERE member = members.id) AS books FROM members WHERE id = :id",
    .not_owned = "keepers see how many books somebody has");

static dw_err show_member(dw_req *req, const member_key *in, member_out *out)
{
    return DW_ONE(dw_req_ctx(req), member_by_id, in, out);
}
DW_HANDLER(show_member, member_key, member_out);

static const dw_route routes[] = {
    DW_POST("/token", token, DW_PUBLIC("signing in"), .status = 200, .body = DW_BODY_FORM,
            .errors = DW_ERRORS_OAUTH),
    DW_GET("/v1/me", me, DW_ANY_USER),
    DW_GET("/v1/members/{id}", show_member, DW_ANY_USER),
};
const dw_blueprint members = DW_BLUEPRINT("", routes);
