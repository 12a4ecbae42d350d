/* Hashes of other systems: the right password, and every other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/password.h"
#include "crypto/stored_hash.h"
#include "stored_hash_vectors.h"

static dw_err ask(dw_secret password, const char *hash)
{
    struct stored_hash stored;
    assert_null(dw__stored_hash_read((dw_text){hash, strlen(hash)}, &stored));
    return dw__stored_hash_verify(password, &stored);
}

static void knows_the_password(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const dw_secret password = {vectors[i].password, strlen(vectors[i].password)};
        if (ask(password, vectors[i].hash) != DW_OK)
            fail_msg("%s", vectors[i].maker);
        if (ask((dw_secret){password.p, password.n - 1}, vectors[i].hash) != DW_UNAUTHENTICATED)
            fail_msg("%s, without its last character", vectors[i].maker);
    }
}

/* The bytes count, not what they look like. */
static void knows_no_other_spelling(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        if (strcmp(vectors[i].password, TYPED) == 0 &&
            ask((dw_secret){COMPOSED, strlen(COMPOSED)}, vectors[i].hash) != DW_UNAUTHENTICATED)
            fail_msg("%s", vectors[i].maker);
}

/* Another digest, another salt: each part of the hash counts. */
static void believes_every_part(void **state)
{
    (void)state;
    const dw_secret password = {PASSWORD, strlen(PASSWORD)};
    char hash[DW__STORED_HASH_MAX + 1];
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]) && i < 18; i++) {
        const size_t n = strlen(vectors[i].hash), at = n - 10;
        memcpy(hash, vectors[i].hash, n + 1);
        hash[at] = hash[at] == 'a' ? 'b' : 'a';
        if (ask(password, hash) != DW_UNAUTHENTICATED)
            fail_msg("%s", hash);
    }
}

static void has_bounds_of_its_own(void **state)
{
    (void)state;
    static char longest[DW__PASSWORD_MAX + 1];
    memset(longest, 'x', sizeof(longest));
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        assert_int_equal(ask((dw_secret){"", 0}, vectors[i].hash), DW_UNAUTHENTICATED);
        assert_int_equal(ask((dw_secret){longest, sizeof(longest)}, vectors[i].hash), DW_UNAUTHENTICATED);
    }
    assert_int_equal(dw__stored_hash_verify((dw_secret){"x", 1}, &(struct stored_hash){0}),
                     DW_UNAUTHENTICATED);
}

/* bcrypt reads strings; a NUL must not make a shorter password of a longer one. */
static void takes_no_nul_for_an_end(void **state)
{
    (void)state;
    static const char cut[] = PASSWORD "\0more";
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        if (strcmp(vectors[i].password, PASSWORD) == 0 &&
            ask((dw_secret){cut, sizeof(cut) - 1}, vectors[i].hash) != DW_UNAUTHENTICATED)
            fail_msg("%s", vectors[i].maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_password),      cmocka_unit_test(knows_no_other_spelling),
        cmocka_unit_test(believes_every_part),     cmocka_unit_test(has_bounds_of_its_own),
        cmocka_unit_test(takes_no_nul_for_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
