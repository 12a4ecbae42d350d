/* Browsers that are remembered: sessions that begin anew, tokens that are good once, and everything that ends both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <dw/dw.h>
#include <dw/test.h>

#define NOW INT64_C(1700000000)
#define IDLE 60
#define LIFE 86400
#define SESSION "__Host-trial"
#define REMEMBER "__Host-trial-remember"

DW_SESSIONS(sessions);
DW_REMEMBERED(remembered);
DW_SCHEMA(person, (dw_text, uid), (int64_t, gone));
DW_QUERY(person_of, dw_principal_key, dw_principal_row,
         "SELECT id, uid, uid AS name, 0 AS roles FROM people WHERE uid = :uid AND gone = 0");
DW_QUERY(person_set, person, dw_nothing, "UPDATE people SET gone = :gone WHERE uid = :uid");
DW_SCHEMA(counted, (int64_t, n));
DW_QUERY(count_sessions, dw_nothing, counted, "SELECT count(*) AS n FROM dw_sessions");
DW_QUERY(count_browsers, dw_nothing, counted, "SELECT count(*) AS n FROM dw_remembered");

DW_SCHEMA(login_in, (dw_text, uid), (bool, remember));
static dw_err login(dw_req *req, const login_in *in, dw_nothing *out)
{
    dw_err err = dw_session_begin(req, in->uid, DW_AMR_PWD | DW_AMR_OTP);

    (void)out;
    return err == DW_OK && in->remember ? dw_session_remember(req) : err;
}
DW_HANDLER(login, login_in, dw_nothing);

DW_SCHEMA(who_out, (dw_text, name), (int64_t, amr), (int64_t, auth_time));
static dw_err who(dw_req *req, const dw_nothing *in, who_out *out)
{
    const dw_principal *p = dw_req_principal(req);

    (void)in;
    *out = (who_out){.name = p->name, .amr = p->amr, .auth_time = p->auth_time};
    return DW_OK;
}
DW_HANDLER(who, dw_nothing, who_out);

static dw_err logout(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)in, (void)out;
    return dw_session_end(req);
}
DW_HANDLER(logout, dw_nothing, dw_nothing);

static dw_err others(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)in, (void)out;
    return dw_session_end_others(req, NULL);
}
DW_HANDLER(others, dw_nothing, dw_nothing);

static dw_err again(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)in, (void)out;
    return dw_session_rotate(req, DW_AMR_PWD);
}
DW_HANDLER(again, dw_nothing, dw_nothing);

static dw_err fail_all(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)req, (void)in, (void)out;
    return DW_CONFLICT;
}
DW_HANDLER(fail_all, dw_nothing, dw_nothing);

static dw_err not_behind(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    (void)in, (void)out;
    return dw_session_remember(req);
}
DW_HANDLER(not_behind, dw_nothing, dw_nothing);

DW_SCHEMA(one_in, (dw_text, id));
static dw_err end_one(dw_req *req, const one_in *in, dw_nothing *out)
{
    (void)out;
    return dw_session_end_one(req, in->id);
}
DW_HANDLER(end_one, one_in, dw_nothing);

DW_SCHEMA(list_out, (dw_text, id), (int64_t, sessions), (int64_t, browsers), (int64_t, expires_at));
static dw_err list(dw_req *req, const dw_nothing *in, list_out *out)
{
    dw_session_infos live;
    dw_remembered_infos kept;
    dw_err err = dw_session_list(req, &live);

    (void)in;
    if (err == DW_OK)
        err = dw_remembered_list(req, &kept);
    if (err != DW_OK)
        return err;
    *out = (list_out){.id = kept.n > 0 ? kept.v[kept.n - 1].uid : DW_TEXT(""),
                      .sessions = (int64_t)live.n,
                      .browsers = (int64_t)kept.n,
                      .expires_at = kept.n > 0 ? kept.v[0].expires_at : 0};
    return DW_OK;
}
DW_HANDLER(list, dw_nothing, list_out);

static const dw_route routes[] = {
    DW_POST("/login", login, DW_PUBLIC("signing in"), .signs_in = true, .status = 204),
    DW_GET("/me", who, DW_ANY_USER),
    DW_GET("/fresh", who, DW_ANY_USER, .fresh = true),
    DW_GET("/fails", fail_all, DW_ANY_USER),
    DW_GET("/list", list, DW_ANY_USER),
    DW_GET("/public", not_behind, DW_PUBLIC("for the test")),
    DW_GET("/bearer", who, DW_ANY_USER, .by = DW_BEARER),
    DW_POST("/logout", logout, DW_ANY_USER, .csrf_exempt = "for the test"),
    DW_POST("/others", others, DW_ANY_USER, .csrf_exempt = "for the test"),
    DW_POST("/again", again, DW_ANY_USER, .csrf_exempt = "for the test"),
    DW_POST("/one", end_one, DW_ANY_USER, .csrf_exempt = "for the test"),
};
static const dw_blueprint blueprint = DW_BLUEPRINT("", routes, .by = DW_SESSION);
static const char sql[] =
    "CREATE TABLE people (id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, gone INTEGER NOT NULL) STRICT;"
    "INSERT INTO people VALUES (1, 'ann', 0), (2, 'ben', 0);"
    "CREATE TABLE dw_sessions (digest TEXT NOT NULL PRIMARY KEY, uid TEXT NOT NULL UNIQUE, account TEXT NOT "
    "NULL,"
    " made_at INTEGER NOT NULL, auth_time INTEGER NOT NULL, seen_at INTEGER NOT NULL, amr INTEGER NOT NULL,"
    " agent TEXT NOT NULL) STRICT;"
    "CREATE TABLE dw_remembered (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE, account TEXT NOT "
    "NULL,"
    " digest TEXT NOT NULL, digest_before TEXT NOT NULL, salt TEXT NOT NULL, auth_time INTEGER NOT NULL,"
    " amr INTEGER NOT NULL, rotated_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, agent TEXT NOT NULL) "
    "STRICT;";
static const dw_migration migrations[] = {{1, "start", sql, sizeof sql - 1, NULL, 0}, {0}};
static const dw_app app = {
    .name = "trial",
    .migrations = migrations,
    .principal = &person_of,
    .sessions = &sessions,
    .remembered = &remembered,
    .blueprints = (const dw_blueprint *const[]){&blueprint, NULL},
};

/* ---- a browser ---- */

struct browser {
    char session[64], token[96];
};

static int begin(void **state)
{
    static const char *const settings[] = {"SESSION_IDLE",  "60s", "REMEMBER_ME", "24h", "SESSIONS_MAX", "3",
                                           "SESSION_FRESH", "24h", NULL};
    dw_test *t = dw_test_new(&app, .settings = settings);

    dw_test_clock(t, NOW);
    *state = t;
    return 0;
}

static int end(void **state)
{
    dw_test_free(*state);
    return 0;
}

/* Takes what the reply sets; what is to be forgotten is. How many lines there were of our two cookies. */
static unsigned keep(struct browser *b, const dw_test_reply *reply)
{
    unsigned lines = 0;

    for (const char *p = reply->head.p, *end_of = p + reply->head.n; p < end_of;) {
        const char *next = memchr(p, '\n', (size_t)(end_of - p));
        char line[512], name[64], value[128] = "";

        next = next != NULL ? next + 1 : end_of;
        (void)snprintf(line, sizeof line, "%.*s", (int)(next - p), p);
        if (sscanf(line, "Set-Cookie: %63[^=]=%127[^;\r\n]", name, value) >= 1) {
            if (strcmp(name, SESSION) == 0)
                (void)snprintf(b->session, sizeof b->session, "%.63s", value), lines++;
            if (strcmp(name, REMEMBER) == 0)
                (void)snprintf(b->token, sizeof b->token, "%.95s", value), lines++;
        }
        p = next;
    }
    return lines;
}

static void show(dw_test *t, const struct browser *b)
{
    if (b->session[0] != '\0' || b->token[0] != '\0')
        dw_test_with(t, "Cookie",
                     dw_test_format(t, SESSION "=%s%s%s", b->session,
                                    b->token[0] != '\0' ? "; " REMEMBER "=" : "", b->token));
}

static int get(dw_test *t, struct browser *b, const char *path)
{
    const dw_test_reply *reply;

    show(t, b);
    reply = DW_TEST_GET(t, path);
    (void)keep(b, reply);
    return reply->status;
}

static int post(dw_test *t, struct browser *b, const char *path, const char *body)
{
    const dw_test_reply *reply;

    show(t, b);
    reply = DW_TEST_POST(t, path, body);
    (void)keep(b, reply);
    return reply->status;
}

static struct browser signed_in(dw_test *t, const char *uid, bool remember)
{
    struct browser b = {"", ""};

    assert_int_equal(
        post(t, &b, "/login",
             dw_test_format(t, "{\"uid\":\"%s\",\"remember\":%s}", uid, remember ? "true" : "false")),
        204);
    assert_int_equal(strlen(b.session), 43);
    assert_int_equal(strlen(b.token), remember ? 64 : 0);
    return b;
}

static int64_t count(dw_test *t, bool browsers)
{
    const dw_nothing nothing = {0};
    counted out;

    assert_int_equal(browsers ? DW_ONE(dw_test_ctx(t), count_browsers, &nothing, &out)
                              : DW_ONE(dw_test_ctx(t), count_sessions, &nothing, &out),
                     DW_OK);
    return out.n;
}

/* ---- coming back ---- */

static void a_session_that_ended_begins_anew(void **state)
{
    dw_test *t = *state;
    struct browser b = signed_in(t, "ann", true), before = b, plain = signed_in(t, "ben", false);
    who_out out;

    assert_int_equal(get(t, &b, "/me"), 200);
    assert_string_equal(b.token, before.token); /* it lives: nothing is used up */
    dw_test_clock(t, NOW + IDLE);
    assert_int_equal(get(t, &plain, "/me"), 401);
    assert_int_equal(get(t, &b, "/me"), 200);
    DW_TEST_REPLY(t, who_out, &out);
    assert_true(dw_text_is(out.name, "ann"));
    assert_int_equal(out.auth_time, NOW);
    assert_int_equal(out.amr, DW_AMR_PWD | DW_AMR_OTP | DW_AMR_REMEMBERED);
    assert_string_not_equal(b.token, before.token);
    assert_string_not_equal(b.session, before.session);
    assert_int_equal(count(t, false), 2); /* in place of the one before */
    assert_int_equal(dw_test_logged(t, "session.remembered"), 1);
    dw_test_clock(t, NOW + IDLE + IDLE / 2);
    assert_int_equal(get(t, &b, "/me"), 200);
    assert_int_equal(dw_test_logged(t, "session.remembered"), 1);
}

static void the_cookies_are_as_they_should_be(void **state)
{
    dw_test *t = *state;
    struct browser b = signed_in(t, "ann", true);
    const dw_test_reply *reply;

    dw_test_clock(t, NOW + IDLE);
    show(t, &b);
    reply = DW_TEST_GET(t, "/me");
    assert_int_equal(keep(&b, reply), 2);
    assert_non_null(
        strstr(dw_test_format(t, "%.*s", DW_FMT(reply->head)),
               dw_test_format(t, REMEMBER "=%s; Max-Age=%d; Path=/; Secure; HttpOnly; SameSite=Lax", b.token,
                              LIFE - IDLE)));
    assert_true(dw_text_is(dw_test_header(reply, "cache-control"), "no-store"));
}

static void it_is_not_fresh_until_shown_anew(void **state)
{
    dw_test *t = *state;
    struct browser b = signed_in(t, "ann", true);
    char token[96];
    who_out out;

    assert_int_equal(get(t, &b, "/fresh"), 200);
    dw_test_clock(t, NOW + IDLE);
    assert_int_equal(get(t, &b, "/fresh"), 401);
    assert_int_equal(get(t, &b, "/fresh"), 401);
    assert_int_equal(get(t, &b, "/me"), 200);
    memcpy(token, b.token, sizeof token);
    assert_int_equal(post(t, &b, "/again", NULL), 204);
    assert_string_equal(b.token, token);
    assert_int_equal(get(t, &b, "/fresh"), 200);
    DW_TEST_REPLY(t, who_out, &out);
    assert_int_equal(out.amr, DW_AMR_PWD | DW_AMR_OTP);
    dw_test_clock(t, NOW + 3 * IDLE);
    assert_int_equal(get(t, &b, "/me"), 200); /* and it is remembered still */
    assert_int_equal(get(t, &b, "/fresh"), 401);
}

/* In the very request in which it was given them. */
static void a_new_id_in_the_same_request(void **state)
{
    dw_test *t = *state;
    struct browser b = signed_in(t, "ann", true), before = b;

    dw_test_clock(t, NOW + IDLE);
    assert_int_equal(post(t, &b, "/again", NULL), 204);
    assert_string_not_equal(b.token, before.token);
    dw_test_clock(t, NOW + IDLE + 30);
    assert_int_equal(get(t, &b, "/fresh"), 200);
    dw_test_clock(t, NOW + 3 * IDLE);
    assert_int_equal(get(t, &b, "/me"), 200);
}

/* Else the token would be used up in vain, and the next request would end all of it. */
static void an_error_keeps_the_cookies(void **state)
{
    dw_test *t = *state;
    struct browser b = signed_in(t, "ann", true), before = b;

    dw_test_clock(t, NOW + IDLE);
    assert_int_equal(get(t, &b, "/fails"), 409);
    assert_string_not_equal(b.token, before.token);
    dw_test_clock(t, NOW + IDLE + 30);
    assert_int_equal(get(t, &b, "/me"), 200);
}

static void only_where_sessions_count(void **state)
{
    dw_test *t = *state;
    struct browser b = signed_in(t, "ann", true), before = b;

    dw_test_clock(t, NOW + IDLE);
    assert_int_equal(get(t, &b, "/bearer"), 401);
    assert_int_equal(get(t, &b, "/public"), 500); /* dw_session_remember behind no sign-in */
    assert_string_equal(b.token, before.token);
    assert_int_equal(get(t, &b, "/me"), 200);
}

/* ---- the token ---- */

static void several_at_once_are_given_the_same(void **state)
{
    dw_test *t = *state;
    struct browser a = signed_in(t, "ann", true), b = a, c = a;

    dw_test_clock(t, NOW + IDLE);
    assert_int_equal(get(t, &a, "/me"), 200);
    dw_test_clock(t, NOW + IDLE + 9);
    assert_int_equal(get(t, &b, "/me"), 200);
    assert_string_equal(a.token, b.token);
    assert_string_equal(a.session, b.session);
    assert_int_equal(count(t, false), 1);
    dw_test_clock(t, NOW + IDLE + 10);
    assert_int_equal(get(t, &c, "/me"), 401);
}

/* One that was exchanged comes again: somebody has a copy, and nobody keeps anything. */
static void an_old_one_ends_all_of_it(void **state)
{
    dw_test *t = *state;
    struct browser owner = signed_in(t, "ann", true), thief = owner, other = signed_in(t, "ann", true);

    dw_test_clock(t, NOW + IDLE);
    assert_int_equal(get(t, &thief, "/me"), 200);
    dw_test_clock(t, NOW + IDLE + 20);
    assert_int_equal(get(t, &owner, "/me"), 401);
    assert_int_equal(dw_test_logged(t, "remember.reused"), 1);
    assert_string_equal(owner.token, ""); /* it is told to forget it */
    assert_int_equal(get(t, &thief, "/me"), 401);
    assert_int_equal(get(t, &other, "/me"), 200);
    assert_int_equal(dw_test_logged(t, "remember.reused"), 1);
}

static void what_is_made_up_is_nobody(void **state)
{
    dw_test *t = *state;
    struct browser b = signed_in(t, "ann", true), bad;
    const char *const made_up[] = {"x", "",
                                   "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};

    dw_test_clock(t, NOW + IDLE);
    for (size_t i = 0; i < sizeof made_up / sizeof made_up[0]; i++) {
        bad = (struct browser){"", ""};
        (void)snprintf(bad.token, sizeof bad.token, "%s", made_up[i]);
        assert_int_equal(get(t, &bad, "/me"), 401);
    }
    assert_string_equal(bad.token, "");
    assert_int_equal(get(t, &b, "/me"), 200);
    bad = b;
    bad.session[0] = '\0';
    bad.token[63] = bad.token[63] == 'A' ? 'B' : 'A'; /* who knows the handle alone ends it, and no more */
    assert_int_equal(get(t, &bad, "/me"), 401);
}

static void its_time_ends(void **state)
{
    dw_test *t = *state;
    struct browser b = signed_in(t, "ann", true), early = signed_in(t, "ann", true);

    dw_test_clock(t, NOW + LIFE - 1);
    assert_int_equal(get(t, &early, "/me"), 200);
    dw_test_clock(t, NOW + LIFE);
    assert_int_equal(get(t, &b, "/me"), 401);
    assert_string_equal(b.token, "");
    dw_test_clock(t, NOW + LIFE + IDLE); /* being used does not make it longer */
    assert_int_equal(get(t, &early, "/me"), 401);
}

static void an_account_that_is_gone(void **state)
{
    dw_test *t = *state;
    struct browser b = signed_in(t, "ann", true);
    const person gone = {.uid = DW_TEXT("ann"), .gone = 1};

    dw_test_clock(t, NOW + IDLE);
    assert_int_equal(DW_EXEC(dw_test_ctx(t), person_set, &gone, NULL), DW_OK);
    assert_int_equal(get(t, &b, "/me"), 401);
    assert_int_equal(count(t, false), 1); /* as it was: the old row */
}

/* ---- what ends it ---- */

static void a_log_out(void **state)
{
    dw_test *t = *state;
    struct browser b = signed_in(t, "ann", true), copy = b;

    assert_int_equal(post(t, &b, "/logout", NULL), 204);
    assert_string_equal(b.session, "");
    assert_string_equal(b.token, "");
    dw_test_clock(t, NOW + IDLE);
    assert_int_equal(get(t, &copy, "/me"), 401);
    assert_int_equal(count(t, true), 0);
}

static void a_log_out_of_one_that_just_came_back(void **state)
{
    dw_test *t = *state;
    struct browser b = signed_in(t, "ann", true);

    dw_test_clock(t, NOW + IDLE);
    assert_int_equal(post(t, &b, "/logout", NULL), 204);
    assert_string_equal(b.session, "");
    assert_string_equal(b.token, "");
    assert_int_equal(count(t, true) + count(t, false), 0);
}

static void by_name_while_it_is_away(void **state)
{
    dw_test *t = *state;
    struct browser away = signed_in(t, "ann", true), here, ben = signed_in(t, "ben", false);
    list_out out;

    dw_test_clock(t, NOW + IDLE);
    here = signed_in(t, "ann", true);
    ben = signed_in(t, "ben", false);
    dw_test_clock(t, NOW + IDLE + 1);
    assert_int_equal(get(t, &here, "/list"), 200);
    DW_TEST_REPLY(t, list_out, &out);
    assert_int_equal(out.sessions, 1);
    assert_int_equal(out.browsers, 2);
    assert_int_equal(out.expires_at, (NOW + IDLE + LIFE) * 1000);
    assert_int_equal(post(t, &ben, "/one", dw_test_format(t, "{\"id\":\"%.*s\"}", DW_FMT(out.id))), 404);
    assert_int_equal(post(t, &here, "/one", dw_test_format(t, "{\"id\":\"%.*s\"}", DW_FMT(out.id))), 204);
    assert_int_equal(post(t, &here, "/one", dw_test_format(t, "{\"id\":\"%.*s\"}", DW_FMT(out.id))), 404);
    assert_int_equal(get(t, &away, "/me"), 401);
    assert_int_equal(get(t, &here, "/me"), 200);
}

static void all_but_this(void **state)
{
    dw_test *t = *state;
    struct browser mine = signed_in(t, "ann", true), other = signed_in(t, "ann", true),
                   ben = signed_in(t, "ben", true);

    assert_int_equal(post(t, &mine, "/others", NULL), 204);
    dw_test_clock(t, NOW + IDLE);
    assert_int_equal(get(t, &other, "/me"), 401);
    assert_int_equal(get(t, &mine, "/me"), 200);
    assert_int_equal(get(t, &ben, "/me"), 200);
}

static void all_of_an_account(void **state)
{
    dw_test *t = *state;
    struct browser ann = signed_in(t, "ann", true), ben = signed_in(t, "ben", true);

    assert_int_equal(dw_sessions_end_all(dw_test_ctx(t), DW_TEXT("ann"), NULL), DW_OK);
    assert_int_equal(dw_remembered_end_all(dw_test_ctx(t), DW_TEXT("ben")), DW_OK);
    assert_int_equal(get(t, &ann, "/me"), 401);
    assert_int_equal(get(t, &ben, "/me"), 200); /* its session lives on */
    dw_test_clock(t, NOW + IDLE);
    assert_int_equal(get(t, &ben, "/me"), 401);
}

/* Somebody else signs in with the same browser: that one is not the first again when their session ends. */
static void a_sign_in_in_its_place(void **state)
{
    dw_test *t = *state;
    struct browser b = signed_in(t, "ann", true);

    dw_test_clock(t, NOW + IDLE);
    assert_int_equal(post(t, &b, "/login", "{\"uid\":\"ben\",\"remember\":false}"), 204);
    dw_test_clock(t, NOW + 2 * IDLE);
    assert_int_equal(get(t, &b, "/me"), 401);
    assert_int_equal(count(t, true), 0);
}

static void one_browser_too_many(void **state)
{
    dw_test *t = *state;
    struct browser b[4];
    int in = 0;

    for (int i = 0; i < 4; i++) {
        dw_test_clock(t, NOW + i);
        b[i] = signed_in(t, "ann", i < 3);
    }
    assert_int_equal(count(t, true), 2); /* SESSIONS_MAX is 3, and one of them is not remembered */
    dw_test_clock(t, NOW + 2 * IDLE);
    for (int i = 0; i < 4; i++)
        in += get(t, &b[i], "/me") == 200;
    assert_int_equal(in, 2);
    assert_int_equal(get(t, &b[0], "/me"), 401);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_session_that_ended_begins_anew),
        TEST(the_cookies_are_as_they_should_be),
        TEST(it_is_not_fresh_until_shown_anew),
        TEST(a_new_id_in_the_same_request),
        TEST(an_error_keeps_the_cookies),
        TEST(only_where_sessions_count),
        TEST(several_at_once_are_given_the_same),
        TEST(an_old_one_ends_all_of_it),
        TEST(what_is_made_up_is_nobody),
        TEST(its_time_ends),
        TEST(an_account_that_is_gone),
        TEST(a_log_out),
        TEST(a_log_out_of_one_that_just_came_back),
        TEST(by_name_while_it_is_away),
        TEST(all_but_this),
        TEST(all_of_an_account),
        TEST(a_sign_in_in_its_place),
        TEST(one_browser_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
