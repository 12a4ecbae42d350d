/* coffer/blueprints/sessions.c -- signing in with a browser, and which browsers one is signed in with. */
#include "../accounts.h"
#include "../sign_in.h"

DW_SCHEMA(login_in,
    (dw_text,   username, DW_LEN(1, 256)),
    (dw_secret, password, DW_LEN(1, 1024)),
    (dw_secret, code,     DW_LEN(1, 64), .optional = true,
     .doc = "Of the second factor, or a recovery code, where the account has one"),
    (bool,      remember, .optional = true, .doc = "Stay signed in, for weeks, with this browser")
);
DW_SCHEMA(login_out,
    (dw_text, csrf_token,   .optional = true, .doc = "For X-CSRF-Token, or the field csrf_token of a form"),
    (bool,    mfa_required, .optional = true, .doc = "Nobody is signed in yet: send the same again, with the code")
);
DW_SCHEMA(csrf_out, (dw_text, csrf_token, .doc = "For X-CSRF-Token, or the field csrf_token of a form"));

static dw_err give_token(dw_req *req, csrf_out *out)
{
    out->csrf_token = dw_csrf_token(req);
    return out->csrf_token.n > 0 ? DW_OK : DW_UNAVAILABLE;
}

/* Unknown, disabled and wrong are the same words after the same work. */
static dw_err refuse(dw_req *req, dw_err err)
{
    return err == DW_UNAUTHENTICATED ? dw_req_fail(req, err, "The username or the password is wrong") : err;
}

/* Begins it if the account is still as it was when the password was found good, and else asks once more. */
static dw_err begin(dw_req *req, const login_in *in, shown *by, unsigned amr)
{
    const dw_still still = {coffer_shown_still, by};
    dw_err err = dw_session_begin_if(req, by->found.uid, amr, &still);

    if (err == DW_NOT_FOUND &&
        (err = coffer_credential_again(dw_req_ctx(req), in->username, in->password, &by->found)) == DW_OK)
        err = dw_session_begin_if(req, by->found.uid, amr, &still);
    return err == DW_NOT_FOUND ? DW_UNAUTHENTICATED : err;
}

/* The session begins behind the second factor, or not at all. */
static dw_err login(dw_req *req, const login_in *in, login_out *out)
{
    static const unsigned amr[] = {[DW_MFA_NOTHING] = DW_AMR_PWD,
                                   [DW_MFA_TOTP] = DW_AMR_PWD | DW_AMR_OTP,
                                   [DW_MFA_RECOVERY] = DW_AMR_PWD | DW_AMR_RECOVERY};
    const sign_in_try try = {in->username, in->password, in->code};
    shown by = {0};
    csrf_out csrf;
    dw_mfa_used used;
    dw_guess guess;
    dw_err err = refuse(req, coffer_sign_in(req, &try, &by, &used, &guess));

    if (err == DW_MFA_REQUIRED && !in->has.code) {
        *out = (login_out){.mfa_required = true, .has.mfa_required = true};
        return DW_OK;
    }
    if (err != DW_OK)
        return err;
    err = refuse(req, begin(req, in, &by, amr[used]));
    if (err != DW_OK)
        return err;
    coffer_password_upgrade(dw_req_ctx(req), by.found.uid, in->password, by.found.password_hash);
    err = dw_guess_know_device(req, &guess);
    if (err == DW_OK && in->has.remember && in->remember)
        err = dw_session_remember(req);
    if (err == DW_OK)
        err = give_token(req, &csrf);
    if (err == DW_OK)
        *out = (login_out){.csrf_token = csrf.csrf_token, .has.csrf_token = true};
    return err;
}
DW_HANDLER(login, login_in, login_out);

static dw_err logout(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)in, (void)out;
    return dw_session_end(req);
}
DW_HANDLER(logout, dw_nothing, dw_nothing);

static dw_err csrf(dw_req *req, const dw_nothing *in, csrf_out *out)
{
    (void)in;
    return give_token(req, out);
}
DW_HANDLER(csrf, dw_nothing, csrf_out);

/* ---- mine ---- */

DW_SCHEMA(session_out,
    (dw_text, id),
    (dw_time, begun),
    (dw_time, lastUsed, .doc = "To within a tenth of the time that an unused session lives"),
    (dw_text, agent,    .doc = "What the browser called itself when it signed in"),
    (bool,    current,  .doc = "Whether it is the one that asks"),
    (bool,    remembered, .doc = "Whether it begins anew when it has ended by itself")
);
DW_LIST(session_outs, session_out);
DW_SCHEMA(session_list, (session_outs, sessions));
DW_SCHEMA(session_key, (dw_uuid, id));
DW_SCHEMA(sessions_ended, (int64_t, ended));

static dw_time time_of(int64_t ms)
{
    return (dw_time){ms / 1000, (uint32_t)(ms % 1000) * 1000000};
}

static bool is_remembered(const dw_remembered_infos *browsers, dw_text id)
{
    for (size_t i = 0; i < browsers->n; i++)
        if (dw_text_eq(browsers->v[i].uid, id))
            return true;
    return false;
}

static bool is_listed(const session_outs *sessions, dw_text id)
{
    for (size_t i = 0; i < sessions->n; i++)
        if (dw_text_eq(sessions->v[i].id, id))
            return true;
    return false;
}

static session_out of_session(const dw_session_info *mine, const dw_remembered_infos *browsers)
{
    return (session_out){.id = mine->uid,
                         .begun = time_of(mine->made_at),
                         .lastUsed = time_of(mine->seen_at),
                         .agent = mine->agent,
                         .current = mine->current,
                         .remembered = is_remembered(browsers, mine->uid)};
}

static session_out of_browser(const dw_remembered_info *browser)
{
    return (session_out){.id = browser->uid,
                         .begun = time_of(browser->auth_time),
                         .lastUsed = time_of(browser->used_at),
                         .agent = browser->agent,
                         .remembered = true};
}

/* Those that live, and behind them those that would begin anew. */
static dw_err list_sessions(dw_req *req, const dw_nothing *in, session_list *out)
{
    dw_session_infos mine;
    dw_remembered_infos browsers;
    session_out *sessions;
    dw_err err = dw_session_list(req, &mine);

    (void)in;
    if (err == DW_OK)
        err = dw_remembered_list(req, &browsers);
    if (err != DW_OK)
        return err;
    if ((sessions = dw_alloc(dw_req_ctx(req), (mine.n + browsers.n + 1) * sizeof *sessions)) == NULL)
        return DW_UNAVAILABLE;
    out->sessions = (session_outs){sessions, 0};
    for (size_t i = 0; i < mine.n; i++)
        sessions[out->sessions.n++] = of_session(&mine.v[i], &browsers);
    for (size_t i = 0; i < browsers.n; i++)
        if (!is_listed(&out->sessions, browsers.v[i].uid))
            sessions[out->sessions.n++] = of_browser(&browsers.v[i]);
    return DW_OK;
}
DW_HANDLER(list_sessions, dw_nothing, session_list);

static dw_err end_session(dw_req *req, const session_key *in, dw_nothing *out)
{
    (void)out;
    return dw_session_end_one(req, dw_uuid_text(dw_req_ctx(req), in->id));
}
DW_HANDLER(end_session, session_key, dw_nothing);

static dw_err end_other_sessions(dw_req *req, const dw_nothing *in, sessions_ended *out)
{
    (void)in;
    return dw_session_end_others(req, &out->ended);
}
DW_HANDLER(end_other_sessions, dw_nothing, sessions_ended);

static const dw_route routes[] = {
    DW_GET("/csrf", csrf, DW_PUBLIC("a token for forms, also to sign in with"), .doc = "A CSRF token"),
    DW_POST("/login", login, DW_PUBLIC("signing in"), .signs_in = true, .status = 200,
            .body = DW_BODY_JSON_OR_FORM, .no_rate = FAILURES_ARE_COUNTED,
            .doc = "Sign in with a browser: begins a session"),
    DW_POST("/logout", logout, DW_ANY_USER, .by = DW_SESSION, .without_mfa = "who came in may leave again",
            .doc = "End this session"),
    DW_GET("/sessions", list_sessions, DW_ANY_USER, .by = DW_SESSION, .doc = "My sessions"),
    DW_DELETE("/sessions", end_other_sessions, DW_ANY_USER, .by = DW_SESSION, .status = 200,
              .doc = "End all my sessions but this"),
    DW_DELETE("/sessions/{id}", end_session, DW_ANY_USER, .by = DW_SESSION, .doc = "End one of my sessions"),
};
const dw_blueprint coffer_sessions =
    DW_BLUEPRINT("/auth", routes, .name = "sessions", .doc = "Signing in with a browser");
