/* test_hmac_ring.c -- keys of one use: the newest tags, all verify, and those of another use or other roots know nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hmac_ring.h"

#define OLD "W1gP0xVtTzq7n3M5sQeLr8uYb2KcHj6dAfG9oNvRk4I"
#define NEW "u5cXh8mEo1ZpJ4sTq0yDrVb6NwKgLf3aI9tBxU7CvQ0"

static struct hmac_ring *ring_of(const char *roots, enum key_use use)
{
    struct keyring *keyring;
    struct hmac_ring *ring;
    char why[256];

    assert_int_equal(
        dw__keyring_parse(&keyring, (dw_secret){roots, strlen(roots)}, "KEYS", "secret", why, sizeof why),
        DW_OK);
    assert_int_equal(dw__hmac_ring_new(&ring, keyring, use), DW_OK);
    dw__keyring_free(keyring);
    return ring;
}

static const dw_bytes message = {(const uint8_t *)"message", 7};

static bool knows(const struct hmac_ring *ring, const struct hmac_ring *by, size_t index)
{
    uint8_t tag[DW__HMAC_MAX];

    assert_int_equal(dw__hmac_ring_tag(by, index, message, tag), DW_OK);
    return dw__hmac_ring_knows(ring, message, (dw_bytes){tag, 32});
}

static void all_verify_and_the_newest_tags(void **state)
{
    struct hmac_ring *before = ring_of(OLD, KEY_CSRF), *between = ring_of(NEW "," OLD, KEY_CSRF),
                     *after = ring_of(NEW, KEY_CSRF);

    (void)state;
    assert_int_equal(dw__hmac_ring_count(between), 2);
    assert_true(knows(between, before, 0));
    assert_true(knows(between, between, 1));
    assert_true(knows(after, between, 0));
    assert_false(knows(before, between, 0));
    assert_false(knows(after, before, 0));
    dw__hmac_ring_free(before);
    dw__hmac_ring_free(between);
    dw__hmac_ring_free(after);
    dw__hmac_ring_free(NULL);
}

static void a_use_has_keys_of_its_own(void **state)
{
    struct hmac_ring *csrf = ring_of(OLD, KEY_CSRF), *device = ring_of(OLD, KEY_DEVICE);

    (void)state;
    assert_false(knows(csrf, device, 0));
    dw__hmac_ring_free(csrf);
    dw__hmac_ring_free(device);
}

static void a_part_of_a_tag_is_none(void **state)
{
    struct hmac_ring *ring = ring_of(OLD, KEY_CSRF);
    uint8_t tag[DW__HMAC_MAX];

    (void)state;
    assert_int_equal(dw__hmac_ring_tag(ring, 0, message, tag), DW_OK);
    for (size_t n = 0; n < 32; n++)
        assert_false(dw__hmac_ring_knows(ring, message, (dw_bytes){tag, n}));
    tag[31] ^= 1;
    assert_false(dw__hmac_ring_knows(ring, message, (dw_bytes){tag, 32}));
    dw__hmac_ring_free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_verify_and_the_newest_tags),
        cmocka_unit_test(a_use_has_keys_of_its_own),
        cmocka_unit_test(a_part_of_a_tag_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
