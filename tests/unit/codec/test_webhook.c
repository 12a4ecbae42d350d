/* The headers of a webhook, and its secrets: exactly what Standard Webhooks says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec/webhook.h"

#define TAG_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define TAG_B "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static dw_text text(const char *s)
{
    return (dw_text){s, s != NULL ? strlen(s) : 0};
}

static bool reads(const char *id, const char *timestamp, const char *signatures)
{
    struct webhook_head head;

    return dw__webhook_head_read(text(id), text(timestamp), text(signatures), &head);
}

static void reads_three_headers(void **state)
{
    struct webhook_head head;
    char id[257];

    (void)state;
    assert_true(dw__webhook_head_read(text("msg_1"), text("1614265330"), text("v1," TAG_A), &head));
    assert_int_equal(head.seconds, 1614265330);
    assert_true(reads("!~", "0", "x"));
    memset(id, 'a', sizeof id);
    id[255] = '\0';
    assert_true(reads(id, "1", "x"));
    id[255] = 'a', id[256] = '\0';
    assert_false(reads(id, "1", "x"));
}

static void refuses_ids_and_times_that_are_none(void **state)
{
    static const char *const ids[] = {NULL, "", "a b", "a.b", "a\x7f", "\xc3\xa9", "a\n"};
    static const char *const times[] = {NULL, "",   "01",  "+1",  "-1",           "1.5",
                                        "1 ", " 1", "1e9", "0x1", "1234567890123"};

    (void)state;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        assert_false(reads(ids[i], "1", "x"));
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        assert_false(reads("a", times[i], "x"));
    assert_false(reads("a", "1", ""));
    assert_false(reads("a", "1", NULL));
}

static void cuts_tags_one_by_one(void **state)
{
    dw_text rest =
        text("v2," TAG_A " v1a," TAG_A "  v1,short v1," TAG_B " v1 v1, V1," TAG_A " v1," TAG_A " ");
    uint8_t tag[DW__WEBHOOK_TAG];

    (void)state;
    assert_true(dw__webhook_next_tag(&rest, tag));
    assert_int_equal(tag[0], 1);
    assert_true(dw__webhook_next_tag(&rest, tag));
    assert_int_equal(tag[0], 0);
    assert_false(dw__webhook_next_tag(&rest, tag));
    rest = text("v1," TAG_A "AAAA");
    assert_false(dw__webhook_next_tag(&rest, tag));
}

static void cuts_secrets_one_by_one(void **state)
{
    static const char *const bad[] = {"",
                                      "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                                      "whsec_",
                                      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLQ==",
                                      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
                                      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!",
                                      "whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"};
    dw_text rest = text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw , whsec_" TAG_B);
    uint8_t key[DW__WEBHOOK_SECRET_MAX];
    size_t n;

    (void)state;
    assert_true(dw__webhook_next_secret(&rest, key, &n));
    assert_int_equal(n, 24);
    assert_int_equal(key[0], 0x31);
    assert_true(dw__webhook_next_secret(&rest, key, &n));
    assert_int_equal(n, 32);
    assert_null(rest.p);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        rest = text(bad[i]);
        if (dw__webhook_next_secret(&rest, key, &n))
            fail_msg("%s is a secret", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_three_headers),
        cmocka_unit_test(refuses_ids_and_times_that_are_none),
        cmocka_unit_test(cuts_tags_one_by_one),
        cmocka_unit_test(cuts_secrets_one_by_one),
    };

    return cmocka_run_group_tests_name("webhook", tests, NULL, NULL);
}
