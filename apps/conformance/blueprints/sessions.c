/* conformance/blueprints/sessions.c -- sessions and CSRF: signing in and out, one's own sessions, forms that only our pages can send. */
#include "../conformance.h"

DW_SCHEMA(login_in,
    (dw_text,   username),
    (dw_secret, password, DW_LEN(1, 1024)),
    (dw_text,   next,     DW_LEN(0, 4096), .optional = true),
    (bool,      remember, .optional = true)
);
DW_SCHEMA(login_out,
    (dw_text, csrf_token,   .optional = true),
    (bool,    mfa_required, .optional = true, .doc = "Nobody is signed in yet: POST /mfa/verify"),
    (dw_text, next,         .optional = true)
);
DW_SCHEMA(login_key, (dw_text, username));
DW_SCHEMA(login_row, (int64_t, id), (dw_text, uid), (dw_text, password_hash), (dw_text, totp_seed, .optional = true));
DW_SCHEMA(login_id, (int64_t, id));
DW_SCHEMA(csrf_out, (dw_text, csrf_token));
DW_QUERY(login_by_name, login_key, login_row,
    "SELECT id, uid, password_hash, totp_seed FROM users WHERE username = :username AND disabled = 0");
DW_QUERY(login_as_verified, login_row, login_id,
    "SELECT id FROM users WHERE id = :id AND password_hash = :password_hash AND disabled = 0");

static dw_err csrf(dw_req *req, const dw_nothing *in, csrf_out *out)
{
    (void)in;
    out->csrf_token = dw_csrf_token(req);
    return out->csrf_token.n > 0 ? DW_OK : DW_UNAVAILABLE;
}
DW_HANDLER(csrf, dw_nothing, csrf_out);

/* ---- signing in ---- */

static dw_err login_still(dw_ctx *ctx, const void *found)
{
    login_id row;

    return DW_ONE(ctx, login_as_verified, (const login_row *)found, &row);
}

static dw_err find_account(dw_ctx *ctx, const login_in *in, login_row *found)
{
    const login_key key = {.username = in->username};
    dw_err err = DW_ONE(ctx, login_by_name, &key, found);

    return err == DW_OK || err == DW_NOT_FOUND ? dw_password_verify(ctx, in->password, found->password_hash)
                                               : err;
}

DW_SCHEMA(hash_change, (int64_t, id), (dw_text, old_hash), (dw_text, new_hash));
DW_QUERY(hash_upgrade, hash_change, dw_nothing,
    "UPDATE users SET password_hash = :new_hash WHERE id = :id AND password_hash = :old_hash");

/* A hash that Werkzeug made, by one of ours. */
static dw_err upgrade_hash(dw_ctx *ctx, dw_secret password, const login_row *found)
{
    hash_change change = {.id = found->id, .old_hash = found->password_hash};
    dw_err err;

    if (!dw_password_needs_rehash(ctx, found->password_hash))
        return DW_OK;
    err = dw_password_hash(ctx, password, &change.new_hash);
    return err == DW_OK ? DW_EXEC(ctx, hash_upgrade, &change, NULL) : err;
}

/* Whether a second factor is to be shown; one that another framework kept is moved here first. */
static dw_err look_for_second(dw_ctx *ctx, const login_row *found, bool *wanted)
{
    dw_mfa_state state = {0};
    dw_err err = dw_mfa_look(ctx, found->id, &state);

    if (err == DW_OK && !state.on && found->has.totp_seed) {
        err = dw_mfa_import(ctx, found->id, (dw_secret){found->totp_seed.p, found->totp_seed.n});
        state.on = err == DW_OK || err == DW_CONFLICT;
        err = err == DW_CONFLICT ? DW_OK : err;
    }
    *wanted = state.on;
    return err;
}

/* Where it goes on: a place of this application, whatever was asked for. A browser that sent a form is sent there. */
static dw_err go_on(dw_req *req, const login_in *in, login_out *out)
{
    dw_text type = dw_req_header(req, "content-type");
    const dw_text json = DW_TEXT("application/json");

    if (!in->has.next)
        return DW_OK;
    out->next = dw_local_target(in->next, DW_TEXT("/"));
    out->has.next = true;
    if (type.n >= json.n && dw_text_eq((dw_text){type.p, json.n}, json))
        return DW_OK;
    dw_reply_status(req, 303);
    return dw_reply_header(req, "Location", out->next);
}

static dw_err begin(dw_req *req, const login_in *in, const login_row *found, login_out *out)
{
    const dw_still still = {login_still, found};
    dw_err err = dw_session_begin_if(req, found->uid, DW_AMR_PWD, &still);

    if (err == DW_OK)
        err = upgrade_hash(dw_req_ctx(req), in->password, found);
    if (err == DW_OK && in->has.remember && in->remember)
        err = dw_session_remember(req);
    if (err != DW_OK)
        return err;
    out->csrf_token = dw_csrf_token(req);
    out->has.csrf_token = true;
    return out->csrf_token.n > 0 ? go_on(req, in, out) : DW_UNAVAILABLE;
}

static dw_err login(dw_req *req, const login_in *in, login_out *out)
{
    dw_ctx *ctx = dw_req_ctx(req);
    login_row found = {0};
    bool wanted = false;
    dw_guess guess;
    const dw_still still = {login_still, &found};
    dw_err err = dw_guess_begin(req, in->username, &guess);

    *out = (login_out){0};
    if (err == DW_OK)
        err = dw_guess_end(&guess, find_account(ctx, in, &found));
    if (err == DW_OK)
        err = look_for_second(ctx, &found, &wanted);
    if (err == DW_OK && !wanted)
        err = begin(req, in, &found, out);
    if (err == DW_OK && wanted) {
        err = dw_session_begin_pending(req, found.uid, DW_AMR_PWD, &still);
        out->mfa_required = out->has.mfa_required = true;
    }
    return err == DW_NOT_FOUND ? DW_UNAUTHENTICATED : err;
}
DW_HANDLER(login, login_in, login_out);

/* Begins one where no guard has looked: it must not work. */
static dw_err sneak_in(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)in, (void)out;
    return dw_session_begin(req, DW_TEXT("988da607-209f-4a25-8be1-ccbe9698498c"), DW_AMR_PWD);
}
DW_HANDLER(sneak_in, dw_nothing, dw_nothing);

static dw_err logout(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)in, (void)out;
    return dw_session_end(req);
}
DW_HANDLER(logout, dw_nothing, dw_nothing);

DW_SCHEMA(me_out, (dw_text, username), (int64_t, auth_time), (int64_t, amr), (int64_t, by));

static dw_err me(dw_req *req, const dw_nothing *in, me_out *out)
{
    const dw_principal *who = dw_req_principal(req);

    (void)in;
    *out = (me_out){.username = who->name, .auth_time = who->auth_time, .amr = who->amr, .by = who->by};
    return DW_OK;
}
DW_HANDLER(me, dw_nothing, me_out);

DW_SCHEMA(session_list, (dw_session_infos, sessions));

static dw_err list_mine(dw_req *req, const dw_nothing *in, session_list *out)
{
    (void)in;
    return dw_session_list(req, &out->sessions);
}
DW_HANDLER(list_mine, dw_nothing, session_list);

DW_SCHEMA(session_key, (dw_uuid, id));
DW_SCHEMA(session_count, (int64_t, ended));

static dw_err end_mine(dw_req *req, const session_key *in, dw_nothing *out)
{
    (void)out;
    return dw_session_end_one(req, dw_uuid_text(dw_req_ctx(req), in->id));
}
DW_HANDLER(end_mine, session_key, dw_nothing);

static dw_err end_others(dw_req *req, const dw_nothing *in, session_count *out)
{
    (void)in;
    return dw_session_end_others(req, &out->ended);
}
DW_HANDLER(end_others, dw_nothing, session_count);

static dw_err end_all(dw_req *req, const dw_nothing *in, session_count *out)
{
    (void)in;
    return dw_sessions_end_all(dw_req_ctx(req), dw_req_principal(req)->uid, &out->ended);
}
DW_HANDLER(end_all, dw_nothing, session_count);

/* As after a second factor. */
static dw_err rotate(dw_req *req, const dw_nothing *in, csrf_out *out)
{
    dw_err err = dw_session_rotate(req, DW_AMR_OTP);

    return err == DW_OK ? csrf(req, in, out) : err;
}
DW_HANDLER(rotate, dw_nothing, csrf_out);

DW_SCHEMA(form_in, (dw_text, text, DW_LEN(0, 100), .optional = true));

static dw_err take_form(dw_req *req, const form_in *in, form_in *out)
{
    (void)req;
    *out = *in;
    return DW_OK;
}
DW_HANDLER(take_form, form_in, form_in);

/* Whatever is signed: it comes from a server, which has no cookie of ours. */
static dw_err webhook(dw_req *req, const dw_nothing *in)
{
    dw_text body;
    dw_err err = dw_req_body(req, &body);

    (void)in;
    return err == DW_OK ? dw_reply_json(req, 202, DW_TEXT("{}")) : err;
}
DW_RAW(webhook, dw_nothing);

static const dw_route routes[] = {
    DW_GET("/csrf", csrf, DW_PUBLIC("a token for forms")),
    DW_POST("/login", login, DW_PUBLIC("signing in"), .signs_in = true, .status = 200,
            .body = DW_BODY_JSON_FORM_OR_MULTIPART),
    DW_POST("/login/unguarded", sneak_in, DW_PUBLIC("a mistake of the program")),
    DW_POST("/logout", logout, DW_ANY_USER),
    DW_GET("/me", me, DW_ANY_USER),
    DW_GET("/me/either", me, DW_ANY_USER, .by = DW_SESSION | DW_BEARER),
    DW_POST("/me/either", me, DW_ANY_USER, .by = DW_SESSION | DW_BEARER, .status = 200),
    DW_GET("/me/fresh", me, DW_ANY_USER, .by = DW_SESSION | DW_BEARER, .fresh = true),
    DW_GET("/me/seen", me, DW_ANY_USER, .writes = "as if it noted that it was seen"),
    DW_GET("/me/admin", me, DW_ROLES(admin)),
    DW_GET("/me/sessions", list_mine, DW_ANY_USER),
    DW_DELETE("/me/sessions", end_others, DW_ANY_USER, .status = 200),
    DW_DELETE("/me/sessions/{id}", end_mine, DW_ANY_USER),
    DW_POST("/me/sessions/end", end_all, DW_ANY_USER, .status = 200),
    DW_POST("/me/rotate", rotate, DW_ANY_USER, .status = 200),
    DW_POST("/form", take_form, DW_ANY_USER, .status = 200, .body = DW_BODY_JSON_FORM_OR_MULTIPART),
    DW_POST("/form/exempt", take_form, DW_ANY_USER, .status = 200, .body = DW_BODY_JSON_OR_FORM,
            .csrf_exempt = "to be compared with"),
    DW_POST("/api/webhook", webhook, DW_PUBLIC("a webhook says itself who it is of"),
            .raw = "a signature is over the bytes", .csrf_exempt = "signed webhook"),
};
const dw_blueprint sessions = DW_BLUEPRINT("", routes, .by = DW_SESSION);
