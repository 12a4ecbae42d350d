/* The second factor of an account, at times that the test sets: what turns it on, what a code is good for, how often one may fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/mfa.h"
#include <dw/dw.h>
#include <dw/test.h>

#define SEED "JBSWY3DPEHPK3PXP"
#define SEED_BYTES ((dw_bytes){(const uint8_t *)"Hello!\xde\xad\xbe\xef", 10})
#define NOON INT64_C(1800000000) /* the beginning of a step */

/* ---- an application ---- */

DW_MFA(mfa);
DW_SCHEMA(known, (dw_text, seed));
DW_QUERY(known_seed, dw_mfa_key, known, "SELECT seed FROM dw_mfa WHERE account = :account");
DW_SCHEMA(moved, (int64_t, from_id), (int64_t, to_id));
DW_QUERY(move_seed, moved, dw_nothing,
         "UPDATE dw_mfa SET seed = (SELECT seed FROM dw_mfa WHERE account = :from_id) WHERE account = :to_id");
DW_QUERY(lose_root, dw_mfa_key, dw_nothing, "UPDATE dw_mfa SET root = '0123456789abcdef' WHERE account = :account");

static dw_err gate(dw_req *req, const dw_nothing *in, dw_nothing *out)
{
    dw_mfa_used used;

    (void)in, (void)out;
    return dw_mfa_check(dw_req_ctx(req), 1, (dw_secret){NULL, 0}, &used);
}
DW_HANDLER(gate, dw_nothing, dw_nothing);

static const dw_route routes[] = {
    DW_POST("/gate", gate, DW_PUBLIC("for the test"), .status = 204),
    DW_POST("/oauth", gate, DW_PUBLIC("for the test"), .status = 204, .errors = DW_ERRORS_OAUTH),
};
static const dw_blueprint v1 = DW_BLUEPRINT("", routes);
static const char sql[] = "CREATE TABLE dw_mfa (account INTEGER NOT NULL PRIMARY KEY, seed TEXT NOT NULL, "
                          "root TEXT NOT NULL, active INTEGER NOT NULL,"
                          " last_step INTEGER NOT NULL, failures INTEGER NOT NULL, free_at INTEGER NOT NULL, "
                          "made_at INTEGER NOT NULL) STRICT;"
                          "CREATE TABLE dw_mfa_codes (account INTEGER NOT NULL, code TEXT NOT NULL, PRIMARY "
                          "KEY (account, code)) STRICT;";
static const dw_migration migrations[] = {{1, "mfa", sql, sizeof sql - 1, NULL, 0}, {0}};
static const dw_app app = {
    .name = "trial",
    .version = "1",
    .title = "Trial: one",
    .mfa = &mfa,
    .migrations = migrations,
    .blueprints = (const dw_blueprint *const[]){&v1, NULL},
};

static dw_test *t;
static dw_ctx *ctx;

static int begin(void **state)
{
    (void)state;
    t = dw_test_new(&app);
    ctx = dw_test_ctx(t);
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

static bool has(dw_text text, const char *part)
{
    return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

static dw_secret code_of(dw_bytes seed, int64_t time)
{
    static char code[2][DW__OTP_DIGITS];
    static unsigned turn;
    char *p = code[turn++ % 2];

    assert_int_equal(dw__hotp(seed, (uint64_t)(time / 30), p), DW_OK);
    return (dw_secret){p, DW__OTP_DIGITS};
}

static dw_err check(int64_t account, dw_secret code)
{
    dw_mfa_used used = DW_MFA_RECOVERY;
    dw_err err = dw_mfa_check(ctx, account, code, &used);

    if (err != DW_OK)
        assert_int_equal(used, DW_MFA_NOTHING);
    return err;
}

static dw_err check_at(int64_t account, int64_t time)
{
    return check(account, code_of(SEED_BYTES, time));
}

static void import(int64_t account)
{
    assert_int_equal(dw_mfa_import(ctx, account, (dw_secret){SEED, sizeof SEED - 1}), DW_OK);
}

static dw_secret wrong(void)
{
    char right[DW__OTP_DIGITS];
    static char code[DW__OTP_DIGITS];

    memcpy(right, code_of(SEED_BYTES, NOON).p, sizeof right);
    memcpy(code, right, sizeof code);
    do
        code[0] = (char)(code[0] == '9' ? '0' : code[0] + 1);
    while (memcmp(code, code_of(SEED_BYTES, NOON - 30).p, 6) == 0 ||
           memcmp(code, code_of(SEED_BYTES, NOON + 30).p, 6) == 0);
    return (dw_secret){code, sizeof code};
}

static const dw_test_reply *ask(const char *path)
{
    return DW_TEST_SEND(t, "POST", path, ((dw_text){NULL, 0}));
}

/* The seed of an enrolment, as an authenticator reads it. */
static dw_bytes seed_of(const dw_mfa_enrolment *made)
{
    static uint8_t seed[DW__TOTP_SEED];
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned acc = 0, bits = 0;
    size_t n = 0;

    assert_int_equal(made->secret.n, 32);
    for (size_t i = 0; i < made->secret.n; i++) {
        const char *at = strchr(alphabet, made->secret.p[i]);
        assert_non_null(at);
        acc = (acc << 5 | (unsigned)(at - alphabet)) & 0xffff;
        if ((bits += 5) >= 8)
            seed[n++] = (uint8_t)(acc >> (bits -= 8));
    }
    return (dw_bytes){seed, n};
}

/* ---- signing in ---- */

static void who_has_none_needs_none(void **state)
{
    dw_mfa_state look;
    dw_mfa_used used;

    (void)state;
    assert_int_equal(dw_mfa_check(ctx, 1, (dw_secret){"123456", 6}, &used), DW_OK);
    assert_int_equal(used, DW_MFA_NOTHING);
    assert_int_equal(dw_mfa_look(ctx, 1, &look), DW_OK);
    assert_false(look.on);
    ask("/gate");
    DW_TEST_STATUS(t, 204);
}

static void who_has_one_needs_it(void **state)
{
    dw_mfa_used used;

    (void)state;
    import(1);
    assert_int_equal(check(1, (dw_secret){NULL, 0}), DW_MFA_REQUIRED);
    assert_int_equal(check(1, wrong()), DW_MFA_REQUIRED);
    assert_int_equal(dw_mfa_check(ctx, 1, code_of(SEED_BYTES, NOON), &used), DW_OK);
    assert_int_equal(used, DW_MFA_TOTP);
    assert_int_equal(check(2, (dw_secret){NULL, 0}), DW_OK);
    const dw_test_reply *reply = ask("/gate");
    DW_TEST_STATUS(t, 401);
    assert_true(has(reply->body, "\"code\":\"mfa_required\""));
    reply = ask("/oauth");
    DW_TEST_STATUS(t, 400);
    assert_true(has(reply->body, "\"error\":\"invalid_grant\""));
    assert_true(has(reply->body, "\"mfa_required\":true"));
}

static void a_code_is_good_once_and_none_before_it(void **state)
{
    (void)state;
    import(1);
    assert_int_equal(check_at(1, NOON - 60), DW_MFA_REQUIRED);
    assert_int_equal(check_at(1, NOON + 60), DW_MFA_REQUIRED);
    assert_int_equal(check_at(1, NOON), DW_OK);
    assert_int_equal(check_at(1, NOON), DW_MFA_REQUIRED);
    assert_int_equal(check_at(1, NOON - 30), DW_MFA_REQUIRED);
    assert_int_equal(check_at(1, NOON + 30), DW_OK);
    assert_int_equal(check_at(1, NOON + 30), DW_MFA_REQUIRED);
    dw_test_clock(t, NOON + 60);
    assert_int_equal(check_at(1, NOON + 60), DW_OK);
}

/* ---- failures ---- */

static void fail_times(int64_t account, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(check(account, wrong()), DW_MFA_REQUIRED);
}

static void five_failures_are_followed_by_a_pause_that_doubles(void **state)
{
    (void)state;
    import(1);
    import(2);
    fail_times(1, 5);
    assert_int_equal(check_at(1, NOON), DW_TOO_MANY);
    assert_int_equal(check(1, wrong()), DW_TOO_MANY);
    assert_int_equal(ctx->retry_s, 300);
    assert_int_equal(check_at(2, NOON), DW_OK);
    dw_test_clock(t, NOON + 299);
    assert_int_equal(check_at(1, NOON + 299), DW_TOO_MANY);
    assert_int_equal(ctx->retry_s, 1);
    dw_test_clock(t, NOON + 300);
    fail_times(1, 5);
    assert_int_equal(check_at(1, NOON + 300), DW_TOO_MANY);
    dw_test_clock(t, NOON + 899);
    assert_int_equal(check_at(1, NOON + 899), DW_TOO_MANY);
    dw_test_clock(t, NOON + 900);
    assert_int_equal(check_at(1, NOON + 900), DW_OK);
    fail_times(1, 5); /* what was right has cleared the count */
    assert_int_equal(check(1, wrong()), DW_TOO_MANY);
    assert_int_equal(ctx->retry_s, 300);
}

static void pauses_have_a_bound(void **state)
{
    (void)state;
    for (int64_t n = -1; n < 5; n++)
        assert_int_equal(dw__mfa_pause(n), 0);
    assert_int_equal(dw__mfa_pause(5), 300);
    assert_int_equal(dw__mfa_pause(6), 0);
    assert_int_equal(dw__mfa_pause(10), 600);
    assert_int_equal(dw__mfa_pause(45), 76800);
    assert_int_equal(dw__mfa_pause(50), 76800);
    assert_int_equal(dw__mfa_pause(INT64_C(5) << 58), 76800);
}

static void nothing_is_tried_in_a_transaction(void **state)
{
    dw_err err, inside = DW_OK;

    (void)state;
    import(1);
    dw_test_forget_log(t);
    DW_TX(ctx, &err)
    {
        inside = check_at(1, NOON);
        err = DW_OK;
    }
    assert_int_equal(err, DW_OK);
    assert_int_equal(inside, DW_INTERNAL);
    assert_int_equal(dw_test_logged(t, "mfa.failed"), 1);
}

/* ---- turning it on and off ---- */

static void an_enrolment_counts_when_it_is_confirmed(void **state)
{
    dw_mfa_enrolment made, again;
    const dw_text *codes;
    dw_mfa_state look;

    (void)state;
    assert_int_equal(dw_mfa_confirm(ctx, 1, code_of(SEED_BYTES, NOON), &codes), DW_CONFLICT);
    assert_int_equal(dw_mfa_enrol(ctx, 1, DW_TEXT("ann"), &made), DW_OK);
    assert_int_equal(strncmp(made.uri.p, "otpauth://totp/Trial.%20one:ann?secret=", 39), 0);
    assert_int_equal(check(1, (dw_secret){NULL, 0}), DW_OK);
    assert_int_equal(check(1, code_of(seed_of(&made), NOON)), DW_OK);
    assert_int_equal(dw_mfa_enrol(ctx, 1, DW_TEXT("ann"), &again), DW_OK);
    assert_int_equal(dw_mfa_confirm(ctx, 1, code_of(seed_of(&made), NOON), &codes), DW_INVALID);
    assert_null(codes);
    assert_int_equal(dw_mfa_confirm(ctx, 1, code_of(seed_of(&again), NOON), &codes), DW_OK);
    assert_int_equal(check(1, (dw_secret){NULL, 0}), DW_MFA_REQUIRED);
    assert_int_equal(check(1, code_of(seed_of(&again), NOON)), DW_MFA_REQUIRED); /* it confirmed */
    assert_int_equal(check(1, code_of(seed_of(&again), NOON + 30)), DW_OK);
    assert_int_equal(dw_mfa_look(ctx, 1, &look), DW_OK);
    assert_true(look.on && look.codes_left == DW_MFA_CODES);
    assert_int_equal(dw_mfa_enrol(ctx, 1, DW_TEXT("ann"), &made), DW_CONFLICT);
    assert_null(made.uri.p);
    assert_int_equal(dw_mfa_confirm(ctx, 1, code_of(seed_of(&again), NOON + 30), &codes), DW_CONFLICT);
    assert_int_equal(dw_mfa_import(ctx, 1, (dw_secret){SEED, sizeof SEED - 1}), DW_CONFLICT);
    assert_int_equal(dw_mfa_disable(ctx, 1), DW_OK);
    assert_int_equal(check(1, (dw_secret){NULL, 0}), DW_OK);
    assert_int_equal(dw_mfa_look(ctx, 1, &look), DW_OK);
    assert_false(look.on);
}

static void confirming_may_not_be_guessed_either(void **state)
{
    dw_mfa_enrolment made;
    const dw_text *codes;

    (void)state;
    assert_int_equal(dw_mfa_enrol(ctx, 1, DW_TEXT("ann"), &made), DW_OK);
    for (int i = 0; i < 5; i++)
        assert_int_equal(dw_mfa_confirm(ctx, 1, (dw_secret){"no", 2}, &codes), DW_INVALID);
    assert_int_equal(dw_mfa_confirm(ctx, 1, code_of(seed_of(&made), NOON), &codes), DW_TOO_MANY);
    assert_int_equal(dw_mfa_enrol(ctx, 1, DW_TEXT("ann"), &made), DW_OK);
    assert_int_equal(dw_mfa_confirm(ctx, 1, code_of(seed_of(&made), NOON), &codes), DW_TOO_MANY);
    dw_test_clock(t, NOON + 300);
    assert_int_equal(dw_mfa_confirm(ctx, 1, code_of(seed_of(&made), NOON + 300), &codes), DW_OK);
}

static void a_recovery_code_is_good_once(void **state)
{
    const dw_text *codes, *anew;
    dw_mfa_enrolment made;
    dw_mfa_state look;
    dw_mfa_used used;

    (void)state;
    assert_int_equal(dw_mfa_new_codes(ctx, 1, &codes), DW_CONFLICT);
    assert_int_equal(dw_mfa_enrol(ctx, 1, DW_TEXT("ann"), &made), DW_OK);
    assert_int_equal(dw_mfa_confirm(ctx, 1, code_of(seed_of(&made), NOON), &codes), DW_OK);
    for (int i = 0; i < DW_MFA_CODES; i++)
        for (int j = 0; j < i; j++)
            assert_false(dw_text_eq(codes[i], codes[j]));
    import(2);
    assert_int_equal(check(2, (dw_secret){codes[0].p, codes[0].n}), DW_MFA_REQUIRED);
    assert_int_equal(dw_mfa_check(ctx, 1, (dw_secret){codes[0].p, codes[0].n}, &used), DW_OK);
    assert_int_equal(used, DW_MFA_RECOVERY);
    assert_int_equal(check(1, (dw_secret){codes[0].p, codes[0].n}), DW_MFA_REQUIRED);
    fail_times(1, 4);
    assert_int_equal(check(1, (dw_secret){codes[0].p, codes[0].n}), DW_TOO_MANY);
    assert_int_equal(check(1, (dw_secret){codes[1].p, codes[1].n}), DW_OK); /* nobody locks the owner out */
    assert_int_equal(check(1, code_of(seed_of(&made), NOON + 30)), DW_OK);
    assert_int_equal(dw_mfa_look(ctx, 1, &look), DW_OK);
    assert_int_equal(look.codes_left, DW_MFA_CODES - 2);
    assert_int_equal(dw_mfa_new_codes(ctx, 1, &anew), DW_OK);
    assert_int_equal(check(1, (dw_secret){codes[2].p, codes[2].n}), DW_MFA_REQUIRED);
    assert_int_equal(check(1, (dw_secret){anew[9].p, anew[9].n}), DW_OK);
}

static void seeds_from_elsewhere(void **state)
{
    static const char *const good[] = {"jbsw y3dp ehpk 3pxp", "JBSWY3DPEHPK3PXP",
                                       "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJA======"};
    static const char *const bad[] = {"", "JBSWY3DPEHPK3PX", "JBSWY3DP", "JBSWY3DPEHPK3PX1",
                                      "JBSWY3DPEHPK3PXP\n"};
    char longest[105];
    int64_t account = 10;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(dw_mfa_import(ctx, account++, (dw_secret){good[i], strlen(good[i])}), DW_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(dw_mfa_import(ctx, account++, (dw_secret){bad[i], strlen(bad[i])}), DW_INVALID);
    memset(longest, 'A', sizeof longest);
    assert_int_equal(dw_mfa_import(ctx, account++, (dw_secret){longest, 103}), DW_OK);
    assert_int_equal(dw_mfa_import(ctx, account++, (dw_secret){longest, 104}), DW_INVALID);
}

/* ---- what is kept ---- */

static void what_is_kept_is_sealed_and_its_account_s(void **state)
{
    known kept, again;
    const dw_mfa_key one = {.account = 1};
    const moved from = {.from_id = 1, .to_id = 2};

    (void)state;
    import(1);
    import(2);
    assert_int_equal(DW_ONE(ctx, known_seed, &one, &kept), DW_OK);
    assert_false(has(kept.seed, SEED));
    assert_int_equal(check_at(1, NOON), DW_OK);
    assert_int_equal(DW_ONE(ctx, known_seed, &one, &again), DW_OK);
    assert_false(dw_text_eq(kept.seed, again.seed)); /* sealed anew, with the newest root */
    dw_test_forget_log(t);
    assert_int_equal(DW_EXEC(ctx, move_seed, &from, NULL), DW_OK);
    assert_int_equal(check_at(2, NOON), DW_INTERNAL);
    assert_int_equal(DW_EXEC(ctx, lose_root, &one, NULL), DW_OK);
    assert_int_equal(check_at(1, NOON + 30), DW_INTERNAL);
    assert_int_equal(dw_test_logged(t, "mfa.unreadable"), 2);
    assert_false(has(dw_test_log(t), SEED));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_has_none_needs_none),
        TEST(who_has_one_needs_it),
        TEST(a_code_is_good_once_and_none_before_it),
        TEST(five_failures_are_followed_by_a_pause_that_doubles),
        TEST(pauses_have_a_bound),
        TEST(nothing_is_tried_in_a_transaction),
        TEST(an_enrolment_counts_when_it_is_confirmed),
        TEST(confirming_may_not_be_guessed_either),
        TEST(a_recovery_code_is_good_once),
        TEST(seeds_from_elsewhere),
        TEST(what_is_kept_is_sealed_and_its_account_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
