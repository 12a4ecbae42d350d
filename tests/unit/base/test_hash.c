/* SipHash-1-3 against values of another implementation (CPython 3.11, hash() of bytes 0, 1, 2 … with fixed keys). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/hash.h"
#include "guard_page.h"

static const struct {
    struct hash_key key;
    size_t n;
    uint64_t hash;
} known[] = {
    {{UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052)}, 1, UINT64_C(0xecd3e5afcecda4b9)},
    {{UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052)}, 7, UINT64_C(0xfd15e78052a69ddf)},
    {{UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052)}, 8, UINT64_C(0xc0b5739e7e28dd01)},
    {{UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052)}, 9, UINT64_C(0x208a1a5a0cbbf778)},
    {{UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052)}, 15, UINT64_C(0xfa87985f39e97a53)},
    {{UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052)}, 16, UINT64_C(0x12e9d283f9f37002)},
    {{UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052)}, 17, UINT64_C(0x9f5bb4237f61907f)},
    {{UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052)}, 63, UINT64_C(0x542052345bc68274)},
    {{UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052)}, 64, UINT64_C(0x7e644b6edc375dc8)},
    {{UINT64_C(0xdc504fd368cd90af), UINT64_C(0xb920bb9ffe99e9c1)}, 1, UINT64_C(0xce880c366bcf3489)},
    {{UINT64_C(0xdc504fd368cd90af), UINT64_C(0xb920bb9ffe99e9c1)}, 7, UINT64_C(0xce280fabc397fbda)},
    {{UINT64_C(0xdc504fd368cd90af), UINT64_C(0xb920bb9ffe99e9c1)}, 8, UINT64_C(0x60866c3c108c6afb)},
    {{UINT64_C(0xdc504fd368cd90af), UINT64_C(0xb920bb9ffe99e9c1)}, 9, UINT64_C(0x68814005f7469e03)},
    {{UINT64_C(0xdc504fd368cd90af), UINT64_C(0xb920bb9ffe99e9c1)}, 15, UINT64_C(0x94ace24d68c18cf8)},
    {{UINT64_C(0xdc504fd368cd90af), UINT64_C(0xb920bb9ffe99e9c1)}, 16, UINT64_C(0x339176f3ac59ce05)},
    {{UINT64_C(0xdc504fd368cd90af), UINT64_C(0xb920bb9ffe99e9c1)}, 17, UINT64_C(0xed2706b414c296f1)},
    {{UINT64_C(0xdc504fd368cd90af), UINT64_C(0xb920bb9ffe99e9c1)}, 63, UINT64_C(0x6e24d6f0d014c37)},
    {{UINT64_C(0xdc504fd368cd90af), UINT64_C(0xb920bb9ffe99e9c1)}, 64, UINT64_C(0x91639ef7de8d52cb)},
};

static void equals_known_values(void **state)
{
    (void)state;
    char bytes[64];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char *p = guard_page_copy(bytes, known[i].n);
        assert_true(dw__hash(&known[i].key, p, known[i].n) == known[i].hash);
        guard_page_free(p);
    }
}

static void of_31_bytes_it_is_the_same(void **state)
{
    const struct hash_key key = {UINT64_C(0xaed66ce184be2329), UINT64_C(0xebe9bbf1f1499052)};
    unsigned char bytes[32];

    (void)state;
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 37 + 11);
    for (unsigned i = 0; i < 31; i++) {
        bytes[i] ^= 0xa5;
        assert_true(dw__hash_31(&key, bytes) == dw__hash(&key, bytes, 31));
    }
}

static void nothing_has_a_hash(void **state)
{
    (void)state;
    const struct hash_key key = {1, 2}, other = {1, 3};
    assert_true(dw__hash(&key, NULL, 0) == dw__hash(&key, "x", 0));
    assert_true(dw__hash(&key, NULL, 0) != dw__hash(&other, NULL, 0));
}

static void keys_are_fresh(void **state)
{
    (void)state;
    struct hash_key a, b;
    dw__hash_key_init(&a);
    dw__hash_key_init(&b);
    assert_true(a.k0 != b.k0 && a.k1 != b.k1);
    assert_true(dw__hash(&a, "k", 1) != dw__hash(&b, "k", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_known_values),
        cmocka_unit_test(of_31_bytes_it_is_the_same),
        cmocka_unit_test(nothing_has_a_hash),
        cmocka_unit_test(keys_are_fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
