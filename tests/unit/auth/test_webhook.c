/* Signatures of webhooks: the published example, several secrets, several signatures, and each byte that could be another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/webhook.h"

/* The example of the reference implementation's own tests. */
#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
#define OTHER_SECRET "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define OTHER_SIGNATURE "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
static const char body[] = "{\"test\": 2432232314}";

static dw_err verify_all(const char *secrets, const char *id, const char *time, const char *signatures,
                         const char *what)
{
    struct webhook_head head;
    struct arena arena;
    dw_err err;

    dw__arena_init(&arena, NULL, (size_t)1 << 20);
    assert_true(dw__webhook_head_read((dw_text){id, strlen(id)}, (dw_text){time, strlen(time)},
                                      (dw_text){signatures, strlen(signatures)}, &head));
    err = dw__webhook_verify((dw_secret){secrets, strlen(secrets)}, &head, (dw_text){what, strlen(what)},
                             &arena);
    dw__arena_release(&arena);
    return err;
}

static dw_err verify(const char *secrets, const char *signatures)
{
    return verify_all(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", signatures, body);
}

static void verifies_the_published_example(void **state)
{
    (void)state;
    assert_int_equal(verify(SECRET, SIGNATURE), DW_OK);
}

static void takes_several_of_both(void **state)
{
    (void)state;
    assert_int_equal(verify(OTHER_SECRET ", " SECRET, SIGNATURE), DW_OK);
    assert_int_equal(verify(SECRET "," OTHER_SECRET, SIGNATURE), DW_OK);
    assert_int_equal(verify(SECRET, OTHER_SIGNATURE " v2,x " SIGNATURE " " OTHER_SIGNATURE), DW_OK);
    assert_int_equal(verify(OTHER_SECRET, SIGNATURE), DW_UNAUTHENTICATED);
    assert_int_equal(verify(SECRET, OTHER_SIGNATURE), DW_UNAUTHENTICATED);
    assert_int_equal(verify(SECRET, "v2"
                                    ","
                                    "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
                     DW_UNAUTHENTICATED);
}

static void refuses_what_was_altered(void **state)
{
    char signature[sizeof SIGNATURE];

    (void)state;
    assert_int_equal(verify_all(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJel", "1614265330", SIGNATURE, body),
                     DW_UNAUTHENTICATED);
    assert_int_equal(verify_all(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265331", SIGNATURE, body),
                     DW_UNAUTHENTICATED);
    assert_int_equal(
        verify_all(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", SIGNATURE, "{\"test\":2432232314}"),
        DW_UNAUTHENTICATED);
    for (size_t i = 3; i < sizeof SIGNATURE - 2; i++) {
        memcpy(signature, SIGNATURE, sizeof signature);
        signature[i] = signature[i] == 'A' ? 'B' : 'A';
        assert_int_equal(verify(SECRET, signature), DW_UNAUTHENTICATED);
    }
}

static void knows_what_is_fresh(void **state)
{
    const struct webhook_head head = {.seconds = 1000};

    (void)state;
    assert_true(dw__webhook_is_fresh(&head, 700) && dw__webhook_is_fresh(&head, 1300));
    assert_false(dw__webhook_is_fresh(&head, 699) || dw__webhook_is_fresh(&head, 1301));
}

static const char *fault(const char *secrets)
{
    return dw__webhook_secrets_fault((dw_secret){secrets, strlen(secrets)});
}

static void says_what_is_wrong_with_secrets(void **state)
{
    (void)state;
    assert_null(fault(SECRET));
    assert_null(fault(SECRET "," SECRET "," SECRET "," SECRET "," SECRET "," SECRET "," SECRET "," SECRET));
    assert_non_null(fault(SECRET "," SECRET "," SECRET "," SECRET "," SECRET "," SECRET "," SECRET "," SECRET
                                 "," SECRET));
    assert_non_null(fault(SECRET ","));
    assert_non_null(fault("," SECRET));
    assert_non_null(fault("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    assert_null(strstr(fault("hunter2"), "hunter2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verifies_the_published_example),  cmocka_unit_test(takes_several_of_both),
        cmocka_unit_test(refuses_what_was_altered),        cmocka_unit_test(knows_what_is_fresh),
        cmocka_unit_test(says_what_is_wrong_with_secrets),
    };

    return cmocka_run_group_tests_name("webhook", tests, NULL, NULL);
}
