/* Sign-ins as rows: begun, renewed, asked twice at once, used again by a second hand, ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "auth/refresh_token.h"
#include "auth/token.h"
#include "auth/token_family.h"
#include "base/ctx.h"
#include "base/log.h"
#include "base/text.h"
#include "store/sql.h"
#include <dw/app.h>

#define ROOT "fbf6fea192670707d42af1d0d4c370615c36b6e4fd0f2da01ac92abb5133f08e"
#define OTHER "-_b-oZJnBwfUKvHQ1MNwYVw2tuT9Dy2gGskqu1Ez8I0"
#define NOW INT64_C(1700000000)
#define LIFE INT64_C(2592000)
#define ANN DW_TEXT("ann")
#define BOB DW_TEXT("bob")

#define SCHEMA                                                                                               \
    "CREATE TABLE users (id INTEGER PRIMARY KEY, uid TEXT NOT NULL, gone INTEGER NOT NULL DEFAULT 0);"       \
    "INSERT INTO users (uid) VALUES ('ann'), ('bob');"                                                       \
    "CREATE TABLE dw_token_families (id TEXT NOT NULL PRIMARY KEY, uid TEXT NOT NULL, digest TEXT NOT NULL," \
    " digest_before TEXT NOT NULL, salt TEXT NOT NULL, auth_time INTEGER NOT NULL,"                          \
    " rotated_at INTEGER NOT NULL, expires_at INTEGER NOT NULL);"

static const dw_migration migrations[] = {{1, "start", SCHEMA, sizeof SCHEMA - 1}, {0, NULL, NULL, 0}};

DW_TOKENS(tokens);
DW_QUERY(account, dw_principal_key, dw_principal_row,
         "SELECT id, uid, uid AS name, 0 AS roles FROM users WHERE uid = :uid AND gone = 0");
DW_SCHEMA(number, (int64_t, n));
DW_QUERY(families, dw_nothing, number, "SELECT count(*) AS n FROM dw_token_families");
DW_QUERY(disable, dw_family_account, dw_nothing, "UPDATE users SET gone = 1 WHERE uid = :uid");

struct setting {
    struct sql_inventory *inventory;
    struct sql_handle *h;
    struct services services;
    struct arena arena;
    struct clock clock;
    dw_ctx ctx;
    int log_fd;
};

static void at(struct setting *s, int64_t ms)
{
    dw__clock_set(&s->clock, NOW * 1000 + ms);
}

static void use_keys(struct setting *s, const char *roots)
{
    static const struct token_config config = {.issuer = DW_TEXT_INIT("https://app.test"),
                                               .audience = DW_TEXT_INIT("api.test")};
    struct keyring *ring;
    char why[256];

    dw__refresh_keys_free(s->services.refresh);
    dw__token_keys_free(s->services.tokens);
    assert_int_equal(
        dw__keyring_parse(&ring, (dw_secret){roots, strlen(roots)}, "KEYS", "make", why, sizeof why), DW_OK);
    assert_int_equal(dw__token_keys_new(&s->services.tokens, ring, &config), DW_OK);
    assert_int_equal(dw__refresh_keys_new(&s->services.refresh, ring, LIFE), DW_OK);
    dw__keyring_free(ring);
}

static int set_up(void **state)
{
    struct setting *s = calloc(1, sizeof *s);
    char text[1024];
    struct buf why;
    int applied;

    dw__buf_init_fixed(&why, text, sizeof text);
    if (dw__sql_inventory_new(&s->inventory, __start_dw_queries, __stop_dw_queries, &why) != DW_OK ||
        dw__sql_open(&s->h, "", SQL_MEMORY, &why) != DW_OK ||
        dw__migrate_up(s->h, migrations, &applied, &why) != DW_OK ||
        dw__sql_prepare_all(s->h, s->inventory, &why) != DW_OK ||
        dw__sql_client_direct(&s->services.sql, s->h, s->inventory) != DW_OK)
        fail_msg("%.*s", (int)why.n, text);
    s->log_fd = memfd_create("log", MFD_CLOEXEC);
    assert_int_equal(dw__log_new(&s->services.log, dup(s->log_fd), DW_LOG_LEVEL_DEBUG, "test"), DW_OK);
    s->services.families = &tokens;
    s->services.account = &account;
    use_keys(s, ROOT);
    at(s, 0);
    dw__arena_init(&s->arena, NULL, (size_t)8 << 20);
    dw__ctx_init(&s->ctx, &s->arena, &s->services, &s->clock);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *s = *state;

    dw__ctx_end(&s->ctx);
    dw__refresh_keys_free(s->services.refresh);
    dw__token_keys_free(s->services.tokens);
    dw__log_free(s->services.log);
    dw__sql_client_free(s->services.sql);
    dw__sql_close(s->h);
    dw__sql_inventory_free(s->inventory);
    dw__arena_release(&s->arena);
    (void)close(s->log_fd);
    free(s);
    return 0;
}

/* Whether the log has `word`, once all that was said is written. */
static bool was_said(struct setting *s, const char *word)
{
    char text[16384];
    ssize_t n;

    dw__log_free(s->services.log);
    n = pread(s->log_fd, text, sizeof text - 1, 0);
    assert_int_equal(dw__log_new(&s->services.log, dup(s->log_fd), DW_LOG_LEVEL_DEBUG, "test"), DW_OK);
    text[n > 0 ? n : 0] = '\0';
    return strstr(text, word) != NULL;
}

static dw_secret secret(dw_text t)
{
    return (dw_secret){t.p, t.n};
}

static dw_issued begin(struct setting *s, dw_text uid)
{
    dw_issued issued;

    assert_int_equal(dw_tokens_begin(&s->ctx, uid, &issued), DW_OK);
    return issued;
}

static dw_err renew(struct setting *s, dw_text token, dw_issued *out)
{
    return dw_tokens_refresh(&s->ctx, secret(token), out);
}

static struct token_claims claims_of(struct setting *s, dw_text token)
{
    struct token_claims claims;

    assert_int_equal(dw__token_verify(s->services.tokens, token, s->clock.unix_ms / 1000, &s->arena, &claims),
                     DW_OK);
    return claims;
}

static bool is_live(struct setting *s, dw_text token)
{
    const struct token_claims claims = claims_of(s, token);
    const dw_err err = dw__token_family_live(&s->ctx, &tokens, claims.sid, claims.sub);

    assert_true(err == DW_OK || err == DW_NOT_FOUND);
    return err == DW_OK;
}

static int64_t count(struct setting *s)
{
    number n;

    assert_int_equal(DW_ONE(&s->ctx, families, &(dw_nothing){0}, &n), DW_OK);
    return n.n;
}

static bool same(dw_text a, dw_text b)
{
    return dw__text_eq(a, b);
}

static void begins(void **state)
{
    struct setting *s = *state;
    const dw_issued one = begin(s, ANN), two = begin(s, ANN);
    const struct token_claims a = claims_of(s, one.access_token), b = claims_of(s, two.access_token);

    assert_int_equal(one.refresh_token.n, DW__REFRESH_TEXT);
    assert_int_equal(one.expires_in, DW__TOKEN_LIFETIME_S);
    assert_true(same(a.sub, ANN));
    assert_int_equal(a.sid.n, DW__REFRESH_ID);
    assert_int_equal(a.auth_time, NOW);
    assert_false(same(a.sid, b.sid));
    assert_true(is_live(s, one.access_token));
    assert_int_equal(dw__token_family_live(&s->ctx, &tokens, a.sid, BOB), DW_NOT_FOUND);
    assert_int_equal(count(s), 2);
}

static void renews_and_keeps_when_they_signed_in(void **state)
{
    struct setting *s = *state;
    const dw_issued first = begin(s, ANN);
    dw_issued second, third;

    at(s, 60000);
    assert_int_equal(renew(s, first.refresh_token, &second), DW_OK);
    assert_false(same(first.refresh_token, second.refresh_token));
    assert_true(same(claims_of(s, second.access_token).sid, claims_of(s, first.access_token).sid));
    assert_int_equal(claims_of(s, second.access_token).auth_time, NOW);
    assert_int_equal(claims_of(s, second.access_token).iat, NOW + 60);
    assert_int_equal(renew(s, second.refresh_token, &third), DW_OK);
    assert_int_equal(count(s), 1);
}

static void answers_the_same_for_ten_seconds(void **state)
{
    struct setting *s = *state;
    const dw_issued first = begin(s, ANN);
    dw_issued second, again;

    assert_int_equal(renew(s, first.refresh_token, &second), DW_OK);
    at(s, 9999);
    assert_int_equal(renew(s, first.refresh_token, &again), DW_OK);
    assert_true(same(second.refresh_token, again.refresh_token));
    assert_int_equal(claims_of(s, again.access_token).iat, NOW + 9);
    at(s, 10000);
    assert_int_equal(renew(s, first.refresh_token, &again), DW_INVALID_GRANT);
    assert_int_equal(again.access_token.n + again.refresh_token.n, 0);
    assert_false(is_live(s, second.access_token));
    assert_int_equal(renew(s, second.refresh_token, &again), DW_INVALID_GRANT);
    assert_true(was_said(s, "auth.refresh_reused"));
}

static void a_successor_that_was_used_is_not_answered_again(void **state)
{
    struct setting *s = *state;
    const dw_issued first = begin(s, ANN), other = begin(s, ANN);
    dw_issued second, third, again;

    assert_int_equal(renew(s, first.refresh_token, &second), DW_OK);
    assert_int_equal(renew(s, second.refresh_token, &third), DW_OK);
    assert_int_equal(renew(s, first.refresh_token, &again), DW_INVALID_GRANT);
    assert_true(was_said(s, "auth.refresh_reused"));
    assert_int_equal(renew(s, third.refresh_token, &again), DW_INVALID_GRANT);
    assert_false(is_live(s, third.access_token));
    assert_true(is_live(s, other.access_token)); /* another sign-in of the same account */
    assert_int_equal(renew(s, other.refresh_token, &again), DW_OK);
}

static void one_that_was_made_up_ends_nothing(void **state)
{
    struct setting *s = *state;
    const dw_issued first = begin(s, ANN);
    char text[DW__REFRESH_TEXT];
    dw_issued out;

    /* What is known from outside is the id, and it is no beginning of a token. */
    memset(text, 'A', sizeof text);
    memcpy(text, claims_of(s, first.access_token).sid.p, DW__REFRESH_ID);
    assert_int_equal(renew(s, (dw_text){text, sizeof text}, &out), DW_INVALID_GRANT);
    assert_int_equal(renew(s, DW_TEXT(""), &out), DW_INVALID_GRANT);
    assert_int_equal(renew(s, first.access_token, &out), DW_INVALID_GRANT);
    assert_true(is_live(s, first.access_token));
    assert_false(was_said(s, "auth.refresh_reused"));
    /* Who has the first half has had a token of it. */
    memcpy(text, first.refresh_token.p, sizeof text);
    text[DW__REFRESH_TEXT - 1] = text[DW__REFRESH_TEXT - 1] == 'A' ? 'B' : 'A';
    assert_int_equal(renew(s, (dw_text){text, sizeof text}, &out), DW_INVALID_GRANT);
    assert_false(is_live(s, first.access_token));
    assert_true(was_said(s, "auth.refresh_reused"));
}

static void ends_with_its_time(void **state)
{
    struct setting *s = *state;
    dw_issued issued = begin(s, ANN);

    at(s, (LIFE - 60) * 1000);
    assert_int_equal(renew(s, issued.refresh_token, &issued), DW_OK);
    assert_int_equal(issued.expires_in, 60); /* no longer than the family */
    assert_int_equal(claims_of(s, issued.access_token).exp, NOW + LIFE);
    at(s, LIFE * 1000);
    assert_int_equal(renew(s, issued.refresh_token, &issued), DW_INVALID_GRANT);
    assert_int_equal(count(s), 1);
    int others = 0;
    while (others < 500 && count(s) != others) /* one in sixteen looks for what has expired */
        (void)begin(s, dw__arena_format(&s->arena, "nobody-%d", others++));
    assert_int_equal(count(s), others);
}

static void an_account_that_is_gone_renews_nothing(void **state)
{
    struct setting *s = *state;
    const dw_issued issued = begin(s, ANN);
    dw_issued out;

    assert_int_equal(DW_EXEC(&s->ctx, disable, &(dw_family_account){.uid = ANN}, NULL), DW_OK);
    assert_int_equal(renew(s, issued.refresh_token, &out), DW_INVALID_GRANT);
    assert_true(was_said(s, "no such account"));
}

static void keys_change(void **state)
{
    struct setting *s = *state;
    const dw_issued first = begin(s, ANN);
    dw_issued second, again;

    assert_int_equal(renew(s, first.refresh_token, &second), DW_OK);
    use_keys(s, OTHER "," ROOT);
    assert_int_equal(renew(s, first.refresh_token, &again), DW_OK);
    assert_true(same(second.refresh_token, again.refresh_token));
    use_keys(s, OTHER); /* that of the successor is gone: nobody can say it again, and nobody is to blame */
    assert_int_equal(renew(s, first.refresh_token, &again), DW_INVALID_GRANT);
    assert_false(was_said(s, "auth.refresh_reused"));
    assert_int_equal(renew(s, second.refresh_token, &again), DW_OK);
}

static void is_revoked_by_either_token(void **state)
{
    struct setting *s = *state;
    const dw_principal bob = {.uid = BOB};
    dw_issued a = begin(s, ANN), b = begin(s, ANN), c = begin(s, ANN), next;

    assert_int_equal(dw_tokens_revoke(&s->ctx, secret(DW_TEXT("nothing"))), DW_OK);
    assert_int_equal(dw_tokens_revoke(&s->ctx, secret(DW_TEXT(""))), DW_OK);
    assert_int_equal(count(s), 3);
    assert_int_equal(dw_tokens_revoke(&s->ctx, secret(a.access_token)), DW_OK);
    assert_int_equal(dw_tokens_revoke(&s->ctx, secret(b.refresh_token)), DW_OK);
    assert_false(is_live(s, a.access_token) || is_live(s, b.access_token));
    assert_int_equal(dw_tokens_revoke(&s->ctx, secret(b.refresh_token)), DW_OK);
    s->ctx.principal = &bob;
    assert_int_equal(dw_tokens_revoke(&s->ctx, secret(c.access_token)), DW_OK);
    assert_int_equal(dw_tokens_revoke(&s->ctx, secret(c.refresh_token)), DW_OK);
    assert_true(is_live(s, c.access_token));
    s->ctx.principal = NULL;
    assert_int_equal(renew(s, c.refresh_token, &next), DW_OK);
    assert_int_equal(dw_tokens_revoke(&s->ctx, secret(c.refresh_token)), DW_OK); /* an old one is as good */
    assert_false(is_live(s, next.access_token));
    assert_true(was_said(s, "auth.sign_ins_ended"));
}

static void all_of_an_account_end(void **state)
{
    struct setting *s = *state;
    const dw_issued a = begin(s, ANN), b = begin(s, ANN), other = begin(s, BOB);

    assert_int_equal(dw_tokens_end_all(&s->ctx, ANN), DW_OK);
    assert_false(is_live(s, a.access_token) || is_live(s, b.access_token));
    assert_true(is_live(s, other.access_token));
    s->services.families = NULL;
    assert_int_equal(dw_tokens_end_all(&s->ctx, BOB), DW_OK);
    s->services.families = &tokens;
    assert_true(is_live(s, other.access_token));
}

/* Disables the account at the last moment, and says what has become of it. */
static dw_err look_again(dw_ctx *ctx, const void *of)
{
    const bool *gone = of;
    dw_principal_row row;

    if (*gone)
        assert_int_equal(DW_EXEC(ctx, disable, &(dw_family_account){.uid = ANN}, NULL), DW_OK);
    return DW_ONE(ctx, account, &(dw_principal_key){.uid = ANN}, &row);
}

static void one_begins_only_if_it_is_still_so(void **state)
{
    struct setting *s = *state;
    const dw_still here = {look_again, &(bool){false}}, gone = {look_again, &(bool){true}};
    dw_issued issued;

    assert_int_equal(dw_tokens_begin_if(&s->ctx, ANN, &here, &issued), DW_OK);
    assert_true(is_live(s, issued.access_token));
    assert_int_equal(count(s), 1);
    assert_int_equal(dw_tokens_begin_if(&s->ctx, ANN, &gone, &issued), DW_NOT_FOUND);
    assert_null(issued.access_token.p);
    assert_null(issued.refresh_token.p);
    assert_int_equal(count(s), 1);
}

static void an_account_has_a_hundred(void **state)
{
    struct setting *s = *state;
    dw_issued first = begin(s, ANN), second, out;
    const dw_issued other = begin(s, BOB);

    at(s, 1);
    second = begin(s, ANN);
    at(s, 2);
    assert_int_equal(renew(s, first.refresh_token, &first), DW_OK); /* used since */
    for (int i = 0; i < 99; i++) {
        at(s, 3 + i);
        (void)begin(s, ANN);
    }
    assert_int_equal(count(s), 101);
    assert_int_equal(renew(s, second.refresh_token, &out), DW_INVALID_GRANT);
    assert_int_equal(renew(s, first.refresh_token, &out), DW_OK);
    assert_true(is_live(s, other.access_token));
}

static void a_token_alone_has_a_family_too(void **state)
{
    struct setting *s = *state;
    dw_text token;
    int64_t expires_in;

    assert_int_equal(dw_token_issue(&s->ctx, ANN, &token, &expires_in), DW_OK);
    assert_int_equal(expires_in, DW__TOKEN_LIFETIME_S);
    assert_true(is_live(s, token));
    assert_int_equal(dw_tokens_end_all(&s->ctx, ANN), DW_OK);
    assert_false(is_live(s, token));
    assert_int_equal(dw_token_issue(&s->ctx, DW_TEXT("no\"body"), &token, &expires_in), DW_INVALID);
    assert_int_equal(count(s), 0);
    s->services.families = NULL;
    assert_int_equal(dw_token_issue(&s->ctx, ANN, &token, &expires_in), DW_OK);
    assert_null(claims_of(s, token).sid.p);
}

static void without_families_there_are_none(void **state)
{
    struct setting *s = *state;
    dw_issued out;

    s->services.families = NULL;
    assert_int_equal(dw_tokens_begin(&s->ctx, ANN, &out), DW_INTERNAL);
    assert_int_equal(renew(s, DW_TEXT("x"), &out), DW_INTERNAL);
    assert_int_equal(dw_tokens_revoke(&s->ctx, secret(DW_TEXT("x"))), DW_INTERNAL);
    assert_true(was_said(s, "auth.no_families"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(begins),
        TEST(renews_and_keeps_when_they_signed_in),
        TEST(answers_the_same_for_ten_seconds),
        TEST(a_successor_that_was_used_is_not_answered_again),
        TEST(one_that_was_made_up_ends_nothing),
        TEST(ends_with_its_time),
        TEST(an_account_that_is_gone_renews_nothing),
        TEST(keys_change),
        TEST(is_revoked_by_either_token),
        TEST(all_of_an_account_end),
        TEST(one_begins_only_if_it_is_still_so),
        TEST(an_account_has_a_hundred),
        TEST(a_token_alone_has_a_family_too),
        TEST(without_families_there_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
