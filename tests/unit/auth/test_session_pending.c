/* A sign-in that waits for its second factor: nobody's session before it is complete, once complete under another id, and never twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "signed_in.h"

/* ---- an application ---- */

DW_SESSIONS(browsers);
DW_SCHEMA(who, (dw_text, uid, DW_LEN(0, 100)));
DW_SCHEMA(me_out, (dw_text, name), (int64_t, amr));
DW_SCHEMA(ended, (int64_t, ended));
DW_SCHEMA(anything, (bool, any, .optional = true));
DW_QUERY(word_is_old, who, who, "SELECT uid FROM users WHERE uid = :uid AND word = 'old'");
DW_QUERY(word_changes, who, dw_nothing, "UPDATE users SET word = 'new' WHERE uid = :uid");
DW_QUERY(word_back, dw_nothing, dw_nothing, "UPDATE users SET word = 'old'");
DW_SCHEMA(rows, (int64_t, n));
DW_QUERY(count_rows, dw_nothing, rows, "SELECT count(*) AS n FROM dw_sessions");

static dw_err is_so(dw_ctx *ctx, const void *of)
{
    who out;

    return DW_ONE(ctx, word_is_old, (const who *)of, &out);
}

static dw_err password(dw_req *req, const who *in, dw_nothing *out)
{
    const dw_still still = {is_so, in};

    (void)out;
    return dw_session_begin_pending(req, in->uid, DW_AMR_PWD, &still);
}
DW_HANDLER(password, who, dw_nothing);

static dw_err whole(dw_req *req, const who *in, dw_nothing *out)
{
    (void)out;
    return dw_session_begin(req, in->uid, DW_AMR_PWD);
}
DW_HANDLER(whole, who, dw_nothing);

static dw_err waits(dw_req *req, const dw_nothing *in, who *out)
{
    (void)in;
    return dw_session_pending(req, &out->uid);
}
DW_HANDLER(waits, dw_nothing, who);

static dw_err code(dw_req *req, const anything *in, dw_nothing *out)
{
    who waiting;
    const dw_still still = {is_so, &waiting};
    dw_err err = dw_session_pending(req, &waiting.uid);

    (void)in, (void)out;
    return err == DW_OK ? dw_session_complete(req, DW_AMR_OTP, &still) : err;
}
DW_HANDLER(code, anything, dw_nothing);

static dw_err twice(dw_req *req, const anything *in, dw_nothing *out)
{
    dw_err err = code(req, in, out);

    return err == DW_OK ? dw_session_complete(req, DW_AMR_OTP, NULL) : err;
}
DW_HANDLER(twice, anything, dw_nothing);

static dw_err me(dw_req *req, const dw_nothing *in, me_out *out)
{
    (void)in;
    *out = (me_out){dw_req_principal(req)->name, dw_req_principal(req)->amr, {0}, {0}};
    return DW_OK;
}
DW_HANDLER(me, dw_nothing, me_out);

DW_SCHEMA(mine_out, (dw_session_infos, sessions));
static dw_err mine(dw_req *req, const dw_nothing *in, mine_out *out)
{
    (void)in;
    return dw_session_list(req, &out->sessions);
}
DW_HANDLER(mine, dw_nothing, mine_out);

static dw_err end_all(dw_req *req, const who *in, ended *out)
{
    return dw_sessions_end_all(dw_req_ctx(req), in->uid, &out->ended);
}
DW_HANDLER(end_all, who, ended);

static dw_err leave(dw_req *req, const anything *in, dw_nothing *out)
{
    (void)in, (void)out;
    return dw_session_end(req);
}
DW_HANDLER(leave, anything, dw_nothing);

static const dw_route routes[] = {
    DW_POST("/password", password, DW_PUBLIC("for the test"), .signs_in = true, .status = 204),
    DW_POST("/password/unguarded", password, DW_PUBLIC("for the test"), .status = 204),
    DW_POST("/whole", whole, DW_PUBLIC("for the test"), .signs_in = true, .status = 204),
    DW_GET("/waits", waits, DW_PUBLIC("for the test")),
    DW_POST("/code", code, DW_PUBLIC("for the test"), .signs_in = true, .status = 204),
    DW_POST("/code/unguarded", code, DW_PUBLIC("for the test"), .status = 204),
    DW_POST("/code/twice", twice, DW_PUBLIC("for the test"), .signs_in = true, .status = 204),
    DW_GET("/me", me, DW_ANY_USER),
    DW_GET("/mine", mine, DW_ANY_USER),
    DW_POST("/end", end_all, DW_PUBLIC("for the test"), .status = 200),
    DW_POST("/leave", leave, DW_PUBLIC("for the test"), .status = 204),
};
static const dw_blueprint v1 = DW_BLUEPRINT("", routes, .by = DW_SESSION);
static const dw_app app = {
    .name = "trial",
    .version = "1",
    .principal = &signed_in_account,
    .sessions = &browsers,
    .migrations = signed_in_migrations,
    .blueprints = (const dw_blueprint *const[]){&v1, NULL},
};

static dw_test *t;

static int begin(void **state)
{
    (void)state;
    t = dw_test_new(&app, .settings = (const char *const[]){"SESSIONS_MAX", "2", NULL});
    dw_test_clock(t, NOON);
    return 0;
}

static int end(void **state)
{
    (void)state;
    dw_test_free(t);
    return 0;
}

/* ---- words ---- */

static int ask(const char *id, const char *method, const char *path)
{
    return signed_in_ask(t, id, method, path, strcmp(method, "POST") == 0 ? "{}" : NULL)->status;
}

static const char *sign_in(const char *path, const char *uid)
{
    const dw_test_reply *reply =
        signed_in_ask(t, NULL, "POST", path, dw_test_format(t, "{\"uid\":\"%s\"}", uid));

    DW_TEST_STATUS(t, 204);
    return signed_in_cookie(t, reply);
}

/* The id of the session that it became; NULL when it did not. */
static const char *complete(const char *id)
{
    const dw_test_reply *reply = signed_in_ask(t, id, "POST", "/code", "{}");

    return reply->status == 204 ? signed_in_cookie(t, reply) : NULL;
}

static int64_t count(void)
{
    rows out;

    assert_int_equal(DW_ONE(dw_test_ctx(t), count_rows, &(dw_nothing){0}, &out), DW_OK);
    return out.n;
}

/* ---- what holds ---- */

static void what_waits_is_nobody(void **state)
{
    const char *id = sign_in("/password", "ann");

    (void)state;
    assert_non_null(id);
    assert_int_equal(ask(id, "GET", "/me"), 401);
    assert_int_equal(ask(id, "GET", "/mine"), 401);
    assert_int_equal(ask(id, "GET", "/waits"), 200);
    assert_int_equal(dw_test_logged(t, "session.waits"), 1);
    assert_int_equal(dw_test_logged(t, "session.begun"), 0);
    assert_int_equal(ask(NULL, "GET", "/waits"), 401);
    assert_int_equal(ask(NULL, "POST", "/code"), 401);
}

static void its_cookie_ends_with_it(void **state)
{
    const dw_test_reply *reply = signed_in_ask(t, NULL, "POST", "/password", "{\"uid\":\"ann\"}");

    (void)state;
    DW_TEST_THAT(t, strstr(reply->head.p, "; Max-Age=300; Path=/; Secure; HttpOnly; SameSite=Lax") != NULL);
}

static void complete_it_has_another_id(void **state)
{
    const char *waiting = sign_in("/password", "ann"), *id = complete(waiting);
    const dw_test_reply *reply;
    me_out out;

    (void)state;
    assert_non_null(id);
    assert_string_not_equal(id, waiting);
    reply = signed_in_ask(t, id, "GET", "/me", NULL);
    assert_int_equal(reply->status, 200);
    DW_TEST_REPLY(t, me_out, &out);
    assert_int_equal(out.amr, DW_AMR_PWD | DW_AMR_OTP);
    assert_int_equal(ask(waiting, "GET", "/me"), 401);
    assert_int_equal(ask(id, "GET", "/waits"), 401);
    assert_int_equal(count(), 1);
}

static void it_works_once(void **state)
{
    const char *waiting = sign_in("/password", "ann");

    (void)state;
    assert_non_null(complete(waiting));
    assert_null(complete(waiting));
    assert_int_equal(ask(sign_in("/password", "bob"), "POST", "/code/twice"), 401);
}

static void it_waits_for_five_minutes(void **state)
{
    const char *waiting = sign_in("/password", "ann");

    (void)state;
    dw_test_clock(t, NOON + 299);
    assert_int_equal(ask(waiting, "GET", "/waits"), 200);
    dw_test_clock(t, NOON + 300);
    assert_int_equal(ask(waiting, "GET", "/waits"), 401);
    assert_null(complete(waiting));
}

static void what_ends_sessions_ends_it(void **state)
{
    const char *waiting = sign_in("/password", "ann");

    (void)state;
    signed_in_ask(t, NULL, "POST", "/end", "{\"uid\":\"ann\"}");
    assert_null(complete(waiting));
    waiting = sign_in("/password", "ann");
    assert_int_equal(ask(waiting, "POST", "/leave"), 204);
    assert_null(complete(waiting));
    assert_int_equal(count(), 0);
}

static void what_it_rests_on_must_still_be_so(void **state)
{
    const char *waiting = sign_in("/password", "ann");
    const who ann = {.uid = DW_TEXT("ann")};

    (void)state;
    assert_int_equal(DW_EXEC(dw_test_ctx(t), word_changes, &ann, NULL), DW_OK);
    assert_int_equal(ask(waiting, "POST", "/code"), 404);
    assert_int_equal(ask(waiting, "GET", "/waits"), 200); /* undone as a whole */
    signed_in_ask(t, NULL, "POST", "/password", "{\"uid\":\"ann\"}");
    DW_TEST_STATUS(t, 404);
    assert_int_equal(DW_EXEC(dw_test_ctx(t), word_back, &(dw_nothing){0}, NULL), DW_OK);
    assert_non_null(complete(waiting));
}

/* Who knows a password must not be able to end the owner's sessions with it. */
static void it_pushes_no_session_out(void **state)
{
    const char *first = sign_in("/whole", "ann"), *second = sign_in("/whole", "ann");

    (void)state;
    for (int i = 0; i < 5; i++)
        sign_in("/password", "ann");
    assert_int_equal(ask(first, "GET", "/me"), 200);
    assert_int_equal(ask(second, "GET", "/me"), 200);
    assert_int_equal(count(), 4); /* two of each */
    const dw_test_reply *reply = signed_in_ask(t, first, "GET", "/mine", NULL);
    DW_TEST_THAT(t, memmem(reply->body.p, reply->body.n, "1073741825", 10) == NULL);
    dw_test_clock(t, NOON + 1);
    const char *third = sign_in("/whole", "ann");
    assert_int_equal(ask(third, "GET", "/me"), 200);
    assert_int_equal(ask(first, "GET", "/me") + ask(second, "GET", "/me"), 200 + 401);
    assert_int_equal(count(), 4); /* it counts no more than they do */
}

static void a_session_ends_where_another_sign_in_waits(void **state)
{
    const char *id = sign_in("/whole", "ann");
    const dw_test_reply *reply;

    (void)state;
    reply = signed_in_ask(t, id, "POST", "/password", "{\"uid\":\"bob\"}");
    assert_non_null(signed_in_cookie(t, reply));
    assert_int_equal(ask(id, "GET", "/me"), 401);
    assert_int_equal(count(), 1);
}

static void only_where_a_route_signs_in(void **state)
{
    (void)state;
    signed_in_ask(t, NULL, "POST", "/password/unguarded", "{\"uid\":\"ann\"}");
    DW_TEST_STATUS(t, 500);
    assert_int_equal(ask(sign_in("/password", "ann"), "POST", "/code/unguarded"), 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_waits_is_nobody, begin, end),
        cmocka_unit_test_setup_teardown(its_cookie_ends_with_it, begin, end),
        cmocka_unit_test_setup_teardown(complete_it_has_another_id, begin, end),
        cmocka_unit_test_setup_teardown(it_works_once, begin, end),
        cmocka_unit_test_setup_teardown(it_waits_for_five_minutes, begin, end),
        cmocka_unit_test_setup_teardown(what_ends_sessions_ends_it, begin, end),
        cmocka_unit_test_setup_teardown(what_it_rests_on_must_still_be_so, begin, end),
        cmocka_unit_test_setup_teardown(it_pushes_no_session_out, begin, end),
        cmocka_unit_test_setup_teardown(a_session_ends_where_another_sign_in_waits, begin, end),
        cmocka_unit_test_setup_teardown(only_where_a_route_signs_in, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
