/* Keys go forward only, are other for every line and chain, and a head is no line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/audit_chain.h"
#include "crypto/hmac.h"

static const uint8_t root[DW__AUDIT_KEY] = {1, 2, 3};
static const char id[] = "0123456789abcdef";

static struct audit_chain chain_of(const char *name)
{
    struct audit_chain chain;

    assert_int_equal(dw__audit_chain_begin(&chain, root, name), DW_OK);
    return chain;
}

static void the_first_key_is_of_root_and_name(void **state)
{
    struct audit_chain a = chain_of(id), b = chain_of(id), c = chain_of("0123456789abcdee"), d;
    const uint8_t other[DW__AUDIT_KEY] = {1, 2, 4};

    (void)state;
    assert_memory_equal(&a, &b, sizeof a);
    assert_memory_not_equal(a.key, c.key, sizeof a.key);
    assert_int_equal(dw__audit_chain_begin(&d, other, id), DW_OK);
    assert_memory_not_equal(a.key, d.key, sizeof a.key);
}

/* The step as the page about the log describes it, made with nothing of ours but HMAC. */
static void a_step_is_an_hmac_of_the_key_before(void **state)
{
    struct audit_chain chain = chain_of(id);
    uint8_t expected[DW__HMAC_MAX];
    struct hmac_key *hmac;

    (void)state;
    assert_int_equal(dw__hmac_key_new(&hmac, HMAC_SHA256, (dw_bytes){chain.key, sizeof chain.key}), DW_OK);
    assert_int_equal(dw__hmac(hmac, (dw_bytes){(const uint8_t *)"dewar audit step", 16}, expected), DW_OK);
    dw__hmac_key_free(hmac);
    assert_int_equal(dw__audit_chain_step(&chain), DW_OK);
    assert_int_equal(chain.seq, 1);
    assert_memory_equal(chain.key, expected, sizeof chain.key);
}

static void no_two_lines_have_a_mac_in_common(void **state)
{
    struct audit_chain chain = chain_of(id);
    char macs[100][DW__AUDIT_MAC];

    (void)state;
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(dw__audit_chain_mac(&chain, DW_TEXT("{}"), macs[i]), DW_OK);
        assert_int_equal(dw__audit_chain_step(&chain), DW_OK);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(macs[i], macs[k], DW__AUDIT_MAC);
    }
}

static void a_head_says_where_and_when(void **state)
{
    struct audit_chain chain = chain_of(id);
    const dw_text time = DW_TEXT_INIT("2026-01-31T12:00:00.000Z"), mac = DW_TEXT_INIT("ab");
    char a[DW__AUDIT_MAC], b[DW__AUDIT_MAC];

    (void)state;
    assert_int_equal(dw__audit_chain_head(&chain, time, mac, a), DW_OK);
    assert_int_equal(dw__audit_chain_head(&chain, DW_TEXT("2026-01-31T12:00:00.001Z"), mac, b), DW_OK);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(dw__audit_chain_head(&chain, time, DW_TEXT("ac"), b), DW_OK);
    assert_memory_not_equal(a, b, sizeof a);
    chain.seq++;
    assert_int_equal(dw__audit_chain_head(&chain, time, mac, b), DW_OK);
    assert_memory_not_equal(a, b, sizeof a);
}

static void wiped_is_wiped(void **state)
{
    static const struct audit_chain nothing;
    struct audit_chain chain = chain_of(id);

    (void)state;
    dw__audit_chain_wipe(&chain);
    assert_memory_equal(&chain, &nothing, sizeof chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_key_is_of_root_and_name),
        cmocka_unit_test(a_step_is_an_hmac_of_the_key_before),
        cmocka_unit_test(no_two_lines_have_a_mac_in_common),
        cmocka_unit_test(a_head_says_where_and_when),
        cmocka_unit_test(wiped_is_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
