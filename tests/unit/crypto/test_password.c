/* Argon2id: what is hashed verifies, what a stored hash may ask for, what must be made anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/password.h"
#include "guard_page.h"

static const struct argon2_params least = {DW__ARGON2_MIN_KIB, DW__ARGON2_MIN_PASSES};
static const dw_secret password = {"correct horse battery staple 1", 30};

static dw_text text_of(const char *s)
{
    return (dw_text){s, strlen(s)};
}

static void hashes_and_verifies(void **state)
{
    (void)state;
    char phc[DW__PHC_SIZE], again[DW__PHC_SIZE];
    assert_int_equal(dw__argon2_hash(&least, password, phc), DW_OK);
    assert_int_equal(dw__argon2_hash(&least, password, again), DW_OK);
    assert_non_null(strstr(phc, "$argon2id$v=19$m=19456,t=2,p=1$"));
    assert_string_not_equal(phc, again); /* the salt */
    char *copy = guard_page_copy(phc, strlen(phc));
    assert_int_equal(dw__argon2_verify(password, (dw_text){copy, strlen(phc)}), DW_OK);
    assert_int_equal(dw__argon2_verify((dw_secret){password.p, 29}, (dw_text){copy, strlen(phc)}),
                     DW_UNAUTHENTICATED);
    guard_page_free(copy);
    assert_false(dw__argon2_needs_rehash(text_of(phc), &least));
    assert_true(dw__argon2_needs_rehash(text_of(phc), &(struct argon2_params){DW__ARGON2_MIN_KIB, 3}));
    assert_true(dw__argon2_needs_rehash(text_of(phc), &(struct argon2_params){DW__ARGON2_MIN_KIB + 1, 2}));
    /* Anything may be in a password, NUL as well. */
    assert_int_equal(dw__argon2_hash(&least, (dw_secret){"a\0b", 3}, phc), DW_OK);
    assert_int_equal(dw__argon2_verify((dw_secret){"a\0c", 3}, text_of(phc)), DW_UNAUTHENTICATED);
    assert_int_equal(dw__argon2_verify((dw_secret){"a\0b", 3}, text_of(phc)), DW_OK);
}

/* Two rows of the reference implementation's own test: password "password", salt "somesalt". */
static void verifies_what_others_made(void **state)
{
    (void)state;
    static const char *const others[] = {
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(dw__argon2_verify((dw_secret){"password", 8}, text_of(others[i])), DW_OK);
        assert_int_equal(dw__argon2_verify((dw_secret){"passwore", 8}, text_of(others[i])),
                         DW_UNAUTHENTICATED);
        assert_int_equal(dw__argon2_needs_rehash(text_of(others[i]), &least), i == 1);
    }
    /* More work than ours is kept: it is no weaker for being another's. */
    assert_false(dw__argon2_needs_rehash(text_of(others[0]), &(struct argon2_params){19456, 3}));
    assert_true(dw__argon2_needs_rehash(text_of(others[0]), &(struct argon2_params){65536, 3}));
}

#define TAIL "$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
static const char *const unreadable[] = {
    "",
    "$",
    "!",
    "$argon2id$v=19$",
    "$argon2d$v=19$m=19456,t=2,p=1" TAIL,
    "$argon2id$v=16$m=19456,t=2,p=1" TAIL,
    "$argon2id$m=19456,t=2,p=1" TAIL,
    "$argon2id$v=19$m=4294967295,t=2,p=1" TAIL,
    "$argon2id$v=19$m=999999999,t=2,p=1" TAIL,
    "$argon2id$v=19$m=262145,t=2,p=1" TAIL,
    "$argon2id$v=19$m=262144,t=5,p=1" TAIL, /* both within bounds, not together */
    "$argon2id$v=19$m=19456,t=17,p=1" TAIL,
    "$argon2id$v=19$m=19456,t=4294967295,p=1" TAIL,
    "$argon2id$v=19$m=19456,t=2,p=9" TAIL,
    "$argon2id$v=19$m=19456,t=2,p=0" TAIL,
    "$argon2id$v=19$m=0,t=2,p=1" TAIL,
    "$argon2id$v=19$m=7,t=2,p=1" TAIL,
    "$argon2id$v=19$m=19456,t=0,p=1" TAIL,
    "$argon2id$v=19$m=019456,t=2,p=1" TAIL,
    "$argon2id$v=19$m=+19456,t=2,p=1" TAIL,
    "$argon2id$v=19$m=-1,t=2,p=1" TAIL,
    "$argon2id$v=19$m= 19456,t=2,p=1" TAIL,
    "$argon2id$v=19$m=19456,t=2,p=1,data=x" TAIL,
    "$argon2id$v=19$t=2,m=19456,p=1" TAIL,
    "$argon2id$v=19$m=19456,t=2,p=1$$",
    "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA",
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAA",
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
    "$argon2id$v=19$m=19456,t=2,p=1" TAIL "$x",
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "$2b$12$abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0",
};

static void believes_a_stored_hash_within_bounds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(unreadable) / sizeof(unreadable[0]); i++) {
        char *copy = guard_page_copy(unreadable[i], strlen(unreadable[i]));
        const dw_text phc = {copy, strlen(unreadable[i])};
        if (dw__argon2_judge(phc) == ARGON2_READABLE ||
            dw__argon2_verify(password, phc) != DW_UNAUTHENTICATED)
            fail_msg("%s", unreadable[i]);
        assert_true(dw__argon2_needs_rehash(phc, &least));
        guard_page_free(copy);
    }
    static const char *const readable[] = {"$argon2id$v=19$m=19456,t=2,p=1" TAIL,
                                           "$argon2id$v=19$m=262144,t=4,p=8" TAIL,
                                           "$argon2i$v=19$m=19456,t=2,p=1" TAIL};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(dw__argon2_judge(text_of(readable[i])), ARGON2_READABLE);
    assert_true(dw__argon2_needs_rehash(text_of(readable[2]), &least));
    assert_int_equal(dw__argon2_judge(text_of("$argon2id$v=19$m=262145,t=2,p=1" TAIL)), ARGON2_COSTLY);
    assert_int_equal(dw__argon2_judge(text_of("$argon2d$v=19$m=19456,t=2,p=1" TAIL)), ARGON2_MALFORMED);
}

static void has_floors_and_ceilings(void **state)
{
    (void)state;
    char phc[DW__PHC_SIZE];
    static char longest[DW__PASSWORD_MAX + 1];
    static const struct argon2_params bad[] = {{19455, 2},  {19456, 1},  {262145, 2},
                                               {19456, 17}, {262144, 5}, {0, 0}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(dw__argon2_params_ok(&bad[i]));
        assert_int_equal(dw__argon2_hash(&bad[i], password, phc), DW_INVALID);
        assert_string_equal(phc, "");
    }
    memset(longest, 'x', sizeof(longest));
    assert_int_equal(dw__argon2_hash(&least, (dw_secret){longest, 0}, phc), DW_INVALID);
    assert_int_equal(dw__argon2_hash(&least, (dw_secret){longest, DW__PASSWORD_MAX + 1}, phc), DW_INVALID);
    assert_int_equal(dw__argon2_hash(&least, (dw_secret){longest, DW__PASSWORD_MAX}, phc), DW_OK);
    assert_int_equal(dw__argon2_verify((dw_secret){longest, DW__PASSWORD_MAX}, text_of(phc)), DW_OK);
    assert_int_equal(dw__argon2_verify((dw_secret){longest, DW__PASSWORD_MAX + 1}, text_of(phc)),
                     DW_UNAUTHENTICATED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_and_verifies), cmocka_unit_test(verifies_what_others_made),
        cmocka_unit_test(believes_a_stored_hash_within_bounds), cmocka_unit_test(has_floors_and_ceilings)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
