/* What a known browser holds: good for the account that it was made for, as long as a year, and for nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/device.h"

#define OLD "W1gP0xVtTzq7n3M5sQeLr8uYb2KcHj6dAfG9oNvRk4I"
#define NEW "u5cXh8mEo1ZpJ4sTq0yDrVb6NwKgLf3aI9tBxU7CvQ0"
#define NOW INT64_C(1700000000)

static const uint8_t id[DW__DEVICE_ID] = "sixteen bytes !", ann[DW__SHA256_SIZE] = "ann",
                     bob[DW__SHA256_SIZE] = "bob";

static struct hmac_ring *keys_of(const char *roots)
{
    struct keyring *ring;
    struct hmac_ring *keys;
    char why[256];

    assert_int_equal(
        dw__keyring_parse(&ring, (dw_secret){roots, strlen(roots)}, "KEYS", "secret", why, sizeof why),
        DW_OK);
    assert_int_equal(dw__hmac_ring_new(&keys, ring, KEY_DEVICE), DW_OK);
    dw__keyring_free(ring);
    return keys;
}

static bool judge(const struct hmac_ring *keys, const uint8_t account[static DW__SHA256_SIZE], int64_t now,
                  const char *text, size_t n)
{
    uint8_t found[DW__DEVICE_ID] = {0};
    const bool good = dw__device_judge(keys, account, now, (dw_text){text, n}, found);

    if (good)
        assert_memory_equal(found, id, sizeof id);
    return good;
}

static void is_good_for_its_account(void **state)
{
    struct hmac_ring *keys = keys_of(OLD), *others = keys_of(NEW), *rotated = keys_of(NEW "," OLD);
    char text[DW__DEVICE_SIZE];

    (void)state;
    assert_int_equal(dw__device_make(keys, id, ann, NOW, text), DW_OK);
    assert_true(judge(keys, ann, NOW, text, sizeof text));
    assert_true(judge(rotated, ann, NOW, text, sizeof text));
    assert_false(judge(keys, bob, NOW, text, sizeof text));
    assert_false(judge(others, ann, NOW, text, sizeof text));
    assert_int_equal(dw__device_make(keys, id, ann, -1, text), DW_INVALID);
    dw__hmac_ring_free(keys);
    dw__hmac_ring_free(others);
    dw__hmac_ring_free(rotated);
    dw__hmac_ring_free(NULL);
}

static void is_good_for_a_year(void **state)
{
    struct hmac_ring *keys = keys_of(OLD);
    char text[DW__DEVICE_SIZE];

    (void)state;
    assert_int_equal(dw__device_make(keys, id, ann, NOW, text), DW_OK);
    assert_true(judge(keys, ann, NOW + DW__DEVICE_SECONDS - 1, text, sizeof text));
    assert_false(judge(keys, ann, NOW + DW__DEVICE_SECONDS, text, sizeof text));
    assert_true(judge(keys, ann, NOW - 60, text, sizeof text));
    assert_false(judge(keys, ann, NOW - 61, text, sizeof text));
    assert_false(judge(keys, ann, -1, text, sizeof text));
    dw__hmac_ring_free(keys);
}

/* Every character counts, and so does where the text ends. */
static void is_whole(void **state)
{
    struct hmac_ring *keys = keys_of(OLD);
    char text[DW__DEVICE_SIZE + 1];

    (void)state;
    assert_int_equal(dw__device_make(keys, id, ann, NOW, text), DW_OK);
    text[DW__DEVICE_SIZE] = 'A';
    assert_false(judge(keys, ann, NOW, text, DW__DEVICE_SIZE + 1));
    assert_false(judge(keys, ann, NOW, text, DW__DEVICE_SIZE - 1));
    assert_false(judge(keys, ann, NOW, "", 0));
    for (size_t i = 0; i < DW__DEVICE_SIZE; i++) {
        const char was = text[i];

        text[i] = was == 'B' ? 'C' : 'B';
        assert_false(judge(keys, ann, NOW, text, DW__DEVICE_SIZE));
        text[i] = '=';
        assert_false(judge(keys, ann, NOW, text, DW__DEVICE_SIZE));
        text[i] = was;
    }
    assert_true(judge(keys, ann, NOW, text, DW__DEVICE_SIZE));
    dw__hmac_ring_free(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_good_for_its_account),
        cmocka_unit_test(is_good_for_a_year),
        cmocka_unit_test(is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
