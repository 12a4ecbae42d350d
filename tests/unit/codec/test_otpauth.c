/* The URI of a seed: what is in a name stays in the name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec/otpauth.h"

static const uint8_t seed[DW__OTPAUTH_SEED] = "12345678901234567890";

static dw_text put(struct buf *b, const char *issuer, const char *name)
{
    static char space[DW__OTPAUTH_MAX];

    dw__buf_init_fixed(b, space, sizeof space);
    dw__otpauth_put(b, (dw_text){issuer, strlen(issuer)}, (dw_text){name, strlen(name)},
                    (dw_bytes){seed, sizeof seed});
    return (dw_text){b->p, b->n};
}

#define IS(issuer, name, text)               \
    do {                                     \
        struct buf b;                        \
        dw_text got = put(&b, issuer, name); \
        assert_false(b.failed);              \
        if (!dw_text_is(got, text))          \
            fail_msg("%.*s", DW_FMT(got));   \
    } while (0)
#define REST "&algorithm=SHA1&digits=6&period=30"
#define SECRET "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer="

static void all_but_the_unreserved_is_encoded(void **state)
{
    (void)state;
    IS("Coffer", "alice", "otpauth://totp/Coffer:alice" SECRET "Coffer" REST);
    IS("My Shop", "a@b.example", "otpauth://totp/My%20Shop:a%40b.example" SECRET "My%20Shop" REST);
    IS("A&B=C", "x?y#z/../%41+",
       "otpauth://totp/A%26B%3dC:x%3fy%23z%2f..%2f%2541%2b" SECRET "A%26B%3dC" REST);
    IS("", "", "otpauth://totp/:" SECRET REST);
    IS("na\xc3\xafve", "\"<\n", "otpauth://totp/na%c3%afve:%22%3c%0a" SECRET "na%c3%afve" REST);
}

static void a_colon_parts_issuer_and_name_and_nothing_else(void **state)
{
    (void)state;
    IS("Shop: Berlin", "urn:a:b", "otpauth://totp/Shop.%20Berlin:urn.a.b" SECRET "Shop.%20Berlin" REST);
}

static void what_is_long_is_cut_between_characters(void **state)
{
    char issuer[101], name[201], want[DW__OTPAUTH_MAX + 1];
    struct buf b;

    (void)state;
    memset(issuer, 'i', sizeof issuer - 1), issuer[sizeof issuer - 1] = 0;
    memset(name, 'n', sizeof name - 1), name[sizeof name - 1] = 0;
    memcpy(name + 62, "\xe2\x82\xac", 3); /* bytes 63 to 65 */
    (void)snprintf(want, sizeof want, "otpauth://totp/%.32s:%.62s" SECRET "%.32s" REST, issuer, name, issuer);
    dw_text got = put(&b, issuer, name);
    assert_int_equal(got.n, strlen(want));
    assert_memory_equal(got.p, want, got.n);
    /* The longest there can be fits. */
    memset(issuer, '%', sizeof issuer - 1);
    memset(name, '%', sizeof name - 1);
    got = put(&b, issuer, name);
    assert_false(b.failed);
    assert_int_equal(got.n, 482);
    memset(name, '\x80', sizeof name - 1); /* no UTF-8: nothing of it is left */
    (void)put(&b, "I", name);
    assert_false(b.failed);
}

static void a_seed_has_a_length(void **state)
{
    static const uint8_t longer[DW__OTPAUTH_SEED + 1];
    char space[DW__OTPAUTH_MAX];
    struct buf b;

    (void)state;
    dw__buf_init_fixed(&b, space, sizeof space);
    dw__otpauth_put(&b, DW_TEXT("I"), DW_TEXT("n"), (dw_bytes){longer, sizeof longer});
    assert_true(b.failed);
    dw__buf_init_fixed(&b, space, sizeof space);
    dw__otpauth_put(&b, DW_TEXT("I"), DW_TEXT("n"), (dw_bytes){longer, 0});
    assert_true(b.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_but_the_unreserved_is_encoded),
                                       cmocka_unit_test(a_colon_parts_issuer_and_name_and_nothing_else),
                                       cmocka_unit_test(what_is_long_is_cut_between_characters),
                                       cmocka_unit_test(a_seed_has_a_length)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
