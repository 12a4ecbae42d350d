/* Which texts are secrets, which are not, and that the ones we make are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/base64.h"
#include "crypto/secret.h"
#include "guard_page.h"

static const char *judge(const char *text)
{
    uint8_t out[DW__SECRET_SIZE];
    const size_t n = strlen(text);
    char *copy = guard_page_copy(text, n);
    const char *wrong = dw__secret_parse((dw_secret){copy, n}, out);
    guard_page_free(copy);
    if (wrong != NULL)
        for (size_t i = 0; i < sizeof(out); i++)
            assert_int_equal(out[i], 0);
    return wrong;
}

static void reads_each_spelling(void **state)
{
    (void)state;
    static const char *const spellings[] = {
        "-_b-oZJnBwfUKvHQ1MNwYVw2tuT9Dy2gGskqu1Ez8I0",
        "+/b+oZJnBwfUKvHQ1MNwYVw2tuT9Dy2gGskqu1Ez8I0",
        "+/b+oZJnBwfUKvHQ1MNwYVw2tuT9Dy2gGskqu1Ez8I0=",
        "-_b-oZJnBwfUKvHQ1MNwYVw2tuT9Dy2gGskqu1Ez8I0=",
        "fbf6fea192670707d42af1d0d4c370615c36b6e4fd0f2da01ac92abb5133f08d",
        "FBF6FEA192670707D42AF1D0D4C370615C36B6E4FD0F2DA01AC92ABB5133F08D"};
    uint8_t first[DW__SECRET_SIZE], out[DW__SECRET_SIZE];
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        const char *wrong = dw__secret_parse((dw_secret){spellings[i], strlen(spellings[i])}, out);
        if (wrong != NULL)
            fail_msg("%s: %s", spellings[i], wrong);
        if (i == 0)
            memcpy(first, out, sizeof(first));
        assert_memory_equal(out, first, sizeof(first));
    }
    assert_int_equal(first[0], 0xfb);
    assert_int_equal(first[31], 0x8d);
}

/* Text, and a word of the phrase that it must be refused with. */
static const char *const bad[][2] = {
    {"", "empty"},
    {"changeme", "shorter"},
    {"k", "shorter"},
    {"0123456789abcdef0123456789abcdef", "shorter"},                 /* token_hex(16) */
    {"c3VwZXItc2VjcmV0LXZhbHVlLW9mLTI0", "shorter"},                 /* urandom(24) in base64 */
    {"6fbb6ea192670707d42af1d0d4c370615c36b6e4fd0f2da0", "neither"}, /* 48 digits */
    {"-_b-oZJnBwfUKvHQ1MNwYVw2tuT9Dy2gGskqu1Ez8I", "shorter"},
    {"-_b-oZJnBwfUKvHQ1MNwYVw2tuT9Dy2gGskqu1Ez8I1", "not base64"},  /* left-over bits */
    {"-_b-oZJnBwfUKvHQ1MNwYVw2tuT9Dy2gGskqu1Ez8I0A", "not base64"}, /* 33 bytes */
    {"-_b-oZJnBwfUKvHQ1MNwYVw2tuT9Dy2gGskqu1Ez8I==", "not base64"},
    {"-_b-oZJnBwfUKvHQ1MNwYVw2 uT9Dy2gGskqu1Ez8I0", "not base64"},
    {"gbf6fea192670707d42af1d0d4c370615c36b6e4fd0f2da01ac92abb5133f08d", "neither"},
    {"fbf6fea192670707d42af1d0d4c370615c36b6e4fd0f2da01ac92abb5133f08dfb", "neither"},
    {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "pattern"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "pattern"},
    {"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "pattern"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "pattern"},
    {"fefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0df", "pattern"},
    {"deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef", "pattern"},
    {"192b9bdd22ab9ed4d12e236c78afcb9a192b9bdd22ab9ed4d12e236c78afcb9a", "pattern"},
    {"0001010001000001010001010001000001010001010001010000000101010000", "few"},
    {"VGhpcyBpcyBhIHNlbnRlbmNlIG9mIDMyIGNoYXJzISE", "text"},
    {"changeme-oZJnBwfUKvHQ1MNwYVw2tuT9Dy2gGskquA", "word"},
    {"-_b-oZJnBwfUKvHQ1MNwMySeCrEt-Dy2gGskqu1Ez80", "word"},
    {"192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf", "manual"},
    {"09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7", "manual"},
    {"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", "manual"},
    {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "manual"},
    {"2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b", "manual"},
    {"5E884898DA28047151D0E56F8DC6292773603D0D6AABBDD62A11EF721D1542D8", "manual"},
};

static void refuses_what_can_be_guessed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *wrong = judge(bad[i][0]);
        if (wrong == NULL || strstr(wrong, bad[i][1]) == NULL)
            fail_msg("%s: %s", bad[i][0], wrong != NULL ? wrong : "taken");
    }
}

static void makes_good_ones(void **state)
{
    (void)state;
    char text[DW__SECRET_TEXT + 1], before[DW__SECRET_TEXT + 1] = "";
    for (int i = 0; i < 1000; i++) {
        dw__secret_make(text);
        assert_int_equal(strlen(text), DW__SECRET_TEXT);
        assert_null(judge(text));
        assert_string_not_equal(text, before);
        memcpy(before, text, sizeof(text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_each_spelling),
                                       cmocka_unit_test(refuses_what_can_be_guessed),
                                       cmocka_unit_test(makes_good_ones)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
