/* What the keeper is asked: one verb, which makes a token of its own clock and life, and bytes that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth/keeper.h"
#include "base/text.h"
#include "guard_page.h"

#define NOW INT64_C(1700000000)
#define ROOT "-_b-oZJnBwfUKvHQ1MNwYVw2tuT9Dy2gGskqu1Ez8I0"
#define SUB "6f1c6a54-3f55-4f0e-9a53-0a6bd8f5b6f1"
#define SID "AAAAAAAAAAAAAAAAAAAAAA"

static struct arena arena;
static struct token_keys *keys;
static struct keeper_answer answer;

static int set_up(void **state)
{
    static const struct token_config config = {.issuer = DW_TEXT_INIT("https://app.test"),
                                               .audience = DW_TEXT_INIT("api.test")};
    struct keyring *ring;
    char why[256];

    (void)state;
    dw__arena_init(&arena, NULL, 1 << 20);
    assert_int_equal(dw__keyring_parse(&ring, (dw_secret){ROOT, strlen(ROOT)}, "K", "k", why, sizeof(why)),
                     DW_OK);
    assert_int_equal(dw__token_keys_new(&keys, ring, &config), DW_OK);
    dw__keyring_free(ring);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dw__token_keys_free(keys);
    dw__arena_release(&arena);
    return 0;
}

/* The message as an honest process writes it. */
static size_t ask_for(const struct token_sign_in *in, uint8_t out[static DW__KEEPER_ASK])
{
    const size_t n = dw__keeper_write(77, in, out);

    assert_int_equal(n, DW__KEEPER_ASK);
    return n;
}

static dw_err do_bytes(const void *p, size_t n)
{
    char *copy = guard_page_copy(p, n);
    const dw_err err = dw__keeper_do(keys, NOW, (dw_bytes){(const uint8_t *)copy, n}, &arena, &answer);

    guard_page_free(copy);
    return err;
}

static dw_err do_sign_in(struct token_sign_in in)
{
    uint8_t bytes[DW__KEEPER_ASK];

    return do_bytes(bytes, ask_for(&in, bytes));
}

static struct token_claims claims_of_answer(void)
{
    struct token_claims claims;

    assert_int_equal(answer.err, DW_OK);
    assert_int_equal(answer.ticket, 77);
    assert_int_equal(dw__token_verify(keys, (dw_text){answer.token, answer.n}, NOW, &arena, &claims), DW_OK);
    return claims;
}

static void a_token_of_its_own_clock(void **state)
{
    struct token_claims claims;

    (void)state;
    assert_int_equal(do_sign_in((struct token_sign_in){DW_TEXT(SUB), DW_TEXT(SID), NOW - 50, 0}), DW_OK);
    claims = claims_of_answer();
    assert_true(dw__text_is(claims.sub, SUB) && dw__text_is(claims.sid, SID));
    assert_true(dw__text_is(claims.iss, "https://app.test") && dw__text_is(claims.aud, "api.test"));
    assert_int_equal(claims.iat, NOW);
    assert_int_equal(claims.exp, NOW + 600);
    assert_int_equal(claims.auth_time, NOW - 50);
    assert_int_equal(answer.life, 600);
    for (size_t i = answer.n; i < sizeof(answer.token); i++)
        assert_int_equal(answer.token[i], 0);
}

/* No wish of who asks makes it last longer, or older than now. */
static void nothing_makes_it_last_longer(void **state)
{
    struct token_claims claims;

    (void)state;
    assert_int_equal(do_sign_in((struct token_sign_in){DW_TEXT(SUB), DW_TEXT(""), NOW, INT64_MAX}), DW_OK);
    claims = claims_of_answer();
    assert_int_equal(claims.exp, NOW + 600);
    assert_int_equal(claims.sid.n, 0);
    assert_int_equal(do_sign_in((struct token_sign_in){DW_TEXT(SUB), DW_TEXT(SID), NOW, NOW + 10}), DW_OK);
    assert_int_equal(claims_of_answer().exp, NOW + 10);
    assert_int_equal(answer.life, 10);
    assert_int_equal(do_sign_in((struct token_sign_in){DW_TEXT(SUB), DW_TEXT(SID), NOW + 5, 0}), DW_OK);
    assert_int_equal(claims_of_answer().auth_time, NOW); /* a clock that is read a little later */
}

/* Out of bounds, but a message: who asked hears so. */
static void what_cannot_be_a_token(void **state)
{
    const struct token_sign_in bad[] = {
        {DW_TEXT(""), DW_TEXT(SID), NOW, 0},          {DW_TEXT("a\"b"), DW_TEXT(SID), NOW, 0},
        {DW_TEXT("a b"), DW_TEXT(SID), NOW, 0},       {DW_TEXT(SUB), DW_TEXT("a\nb"), NOW, 0},
        {DW_TEXT(SUB), DW_TEXT(SID), NOW + 6, 0},     {DW_TEXT(SUB), DW_TEXT(SID), -1, 0},
        {DW_TEXT(SUB), DW_TEXT(SID), INT64_MAX, 0},   {DW_TEXT(SUB), DW_TEXT(SID), INT64_MIN, 0},
        {DW_TEXT(SUB), DW_TEXT(SID), NOW, NOW},       {DW_TEXT(SUB), DW_TEXT(SID), NOW, -1},
        {DW_TEXT(SUB), DW_TEXT(SID), NOW, INT64_MIN},
    };
    uint8_t bytes[DW__KEEPER_ASK];
    char text[66];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(do_sign_in(bad[i]), DW_OK);
        assert_int_equal(answer.err, DW_INVALID);
        assert_int_equal(answer.n, 0);
        assert_int_equal(answer.ticket, 77);
    }
    memset(text, 'a', sizeof(text));
    assert_int_equal(dw__keeper_write(1, &(struct token_sign_in){.sub = {text, 65}}, bytes), 0);
    assert_int_equal(
        dw__keeper_write(1, &(struct token_sign_in){.sub = {text, 64}, .sid = {text, 23}}, bytes), 0);
}

static void what_is_no_message(void **state)
{
    const struct token_sign_in in = {DW_TEXT(SUB), DW_TEXT(SID), NOW, 0};
    uint8_t bytes[DW__KEEPER_ASK + 1] = {0};
    const size_t n = ask_for(&in, bytes);

    (void)state;
    for (size_t cut = 0; cut < n; cut++)
        assert_int_equal(do_bytes(bytes, cut), DW_BAD_REQUEST);
    assert_int_equal(do_bytes(bytes, n + 1), DW_BAD_REQUEST);
    for (size_t at = offsetof(struct keeper_head, verb); at < sizeof(struct keeper_head); at++) {
        bytes[at] ^= 0x20; /* another verb, or something where nothing is */
        assert_int_equal(do_bytes(bytes, n), DW_BAD_REQUEST);
        assert_int_equal(answer.n, 0);
        bytes[at] ^= 0x20;
    }
    for (size_t at = 0; at < n; at++) { /* whatever a byte is: no token of another form */
        const uint8_t was = bytes[at];
        for (unsigned byte = 0; byte < 256; byte++) {
            bytes[at] = (uint8_t)byte;
            const dw_err err = do_bytes(bytes, n);
            assert_true(err == DW_OK || err == DW_BAD_REQUEST);
            assert_true(err == DW_OK || answer.n == 0);
        }
        bytes[at] = was;
    }
    assert_int_equal(do_bytes(bytes, n), DW_OK);
}

/* A length beyond its field, and something behind a text. */
static void texts_are_whole(void **state)
{
    const struct token_sign_in in = {DW_TEXT(SUB), DW_TEXT(SID), NOW, 0};
    const size_t body = sizeof(struct keeper_head);
    uint8_t bytes[DW__KEEPER_ASK];
    const size_t n = ask_for(&in, bytes);

    (void)state;
    bytes[body + offsetof(struct keeper_sign_in, sub_n)] = 65;
    assert_int_equal(do_bytes(bytes, n), DW_BAD_REQUEST);
    bytes[body + offsetof(struct keeper_sign_in, sub_n)] = 35;
    assert_int_equal(do_bytes(bytes, n), DW_BAD_REQUEST);
    bytes[body + offsetof(struct keeper_sign_in, sub_n)] = 36;
    bytes[body + offsetof(struct keeper_sign_in, sid_n)] = 23;
    assert_int_equal(do_bytes(bytes, n), DW_BAD_REQUEST);
}

/* A keeper whose keys only verify says so, and gives nothing. */
static void without_a_private_key_there_is_no_token(void **state)
{
    static const struct token_config config = {.issuer = DW_TEXT_INIT("i"), .audience = DW_TEXT_INIT("a")};
    uint8_t part[DW__KEYRING_PART];
    struct keyring *ring, *public;
    char why[256];
    size_t n;

    (void)state;
    assert_int_equal(dw__keyring_parse(&ring, (dw_secret){ROOT, strlen(ROOT)}, "K", "k", why, sizeof(why)),
                     DW_OK);
    assert_int_equal(dw__keyring_part(ring, 1u << KEY_CSRF, true, part, &n), DW_OK);
    assert_int_equal(dw__keyring_of_part(&public, (dw_bytes){part, n}), DW_OK);
    dw__token_keys_free(keys);
    assert_int_equal(dw__token_keys_new(&keys, public, &config), DW_OK);
    assert_false(dw__token_keys_can_sign(keys));
    assert_int_equal(do_sign_in((struct token_sign_in){DW_TEXT(SUB), DW_TEXT(SID), NOW, 0}), DW_OK);
    assert_int_equal(answer.err, DW_DENIED);
    assert_int_equal(answer.n, 0);
    dw__keyring_free(public);
    dw__keyring_free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_token_of_its_own_clock, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_makes_it_last_longer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_a_token, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_message, set_up, tear_down),
        cmocka_unit_test_setup_teardown(texts_are_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_private_key_there_is_no_token, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
