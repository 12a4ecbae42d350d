/* Lists of roots, keys out of them, and where they lie in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/keyring.h"
#include "crypto/secret.h"

#define A "-_b-oZJnBwfUKvHQ1MNwYVw2tuT9Dy2gGskqu1Ez8I0"
#define B "fbf6fea192670707d42af1d0d4c370615c36b6e4fd0f2da01ac92abb5133f08e"
#define C "fbf6fea192670707d42af1d0d4c370615c36b6e4fd0f2da01ac92abb5133f08f"

static char why[512];

static dw_err parse(struct keyring **out, const char *text)
{
    return dw__keyring_parse(out, (dw_secret){text, strlen(text)}, "COFFER_SIGNING_KEYS", "coffer secret",
                             why, sizeof(why));
}

static struct keyring *good(const char *text)
{
    struct keyring *ring;
    if (parse(&ring, text) != DW_OK)
        fail_msg("%s", why);
    return ring;
}

static void each_root_has_a_name(void **state)
{
    (void)state;
    struct keyring *two = good(A "," B), *turned = good(B "," A), *other = good(C);
    char a[DW__KEYRING_ID], b[DW__KEYRING_ID], again[DW__KEYRING_ID];
    assert_int_equal(dw__keyring_id(two, 0, a), DW_OK);
    assert_int_equal(dw__keyring_id(two, 1, b), DW_OK);
    assert_memory_not_equal(a, b, sizeof(a));
    assert_int_equal(dw__keyring_id(turned, 1, again), DW_OK);
    assert_memory_equal(a, again, sizeof(a));
    assert_int_equal(dw__keyring_id(two, 2, again), DW_BAD_REQUEST);
    assert_int_equal(dw__keyring_find(two, (dw_text){b, sizeof(b)}), 1);
    assert_int_equal(dw__keyring_find(turned, (dw_text){b, sizeof(b)}), 0);
    assert_true(dw__keyring_find(other, (dw_text){b, sizeof(b)}) == SIZE_MAX);
    assert_true(dw__keyring_find(two, (dw_text){b, sizeof(b) - 1}) == SIZE_MAX);
    assert_true(dw__keyring_find(two, (dw_text){NULL, 0}) == SIZE_MAX);
    dw__keyring_free(two);
    dw__keyring_free(turned);
    dw__keyring_free(other);
}

static void reads_lists_newest_first(void **state)
{
    (void)state;
    struct keyring *one = good(B), *two = good(" " A " ,\t" B " ");
    uint8_t k[4][32];
    assert_int_equal(dw__keyring_count(one), 1);
    assert_int_equal(dw__keyring_count(two), 2);
    assert_int_equal(dw__keyring_derive(one, 0, KEY_CSRF, k[0], 32), DW_OK);
    assert_int_equal(dw__keyring_derive(two, 0, KEY_CSRF, k[1], 32), DW_OK);
    assert_int_equal(dw__keyring_derive(two, 1, KEY_CSRF, k[2], 32), DW_OK);
    assert_int_equal(dw__keyring_derive(two, 1, KEY_CURSOR, k[3], 32), DW_OK);
    assert_memory_equal(k[0], k[2], 32);
    assert_memory_not_equal(k[0], k[1], 32);
    assert_memory_not_equal(k[2], k[3], 32);
    assert_true(dw__keyring_shares(one, two));
    assert_int_equal(dw__keyring_derive(two, 2, KEY_CSRF, k[0], 32), DW_BAD_REQUEST);
    assert_int_equal(dw__keyring_derive(two, 0, KEY_USES, k[0], 32), DW_BAD_REQUEST);
    assert_int_equal(dw__keyring_derive(two, 0, KEY_CSRF, k[0], 0), DW_BAD_REQUEST);
    assert_int_equal(dw__keyring_derive(two, 0, KEY_CSRF, k[0], 65), DW_BAD_REQUEST);
    dw__keyring_free(one);
    one = good(C);
    assert_false(dw__keyring_shares(one, two));
    dw__keyring_free(one);
    dw__keyring_free(two);
    dw__keyring_free(NULL);
}

/* A key that changes with a version would sign everybody out: the derivation is part of the format. */
static void derives_what_it_always_did(void **state)
{
    (void)state;
    struct keyring *ring = good(A);
    static const uint8_t expected[8] = {0x33, 0x9d, 0xef, 0x4b, 0x25, 0xf6, 0x86, 0xc5};
    uint8_t key[32];
    assert_int_equal(dw__keyring_derive(ring, 0, KEY_ACCESS_TOKEN, key, sizeof(key)), DW_OK);
    assert_memory_equal(key, expected, sizeof(expected));
    dw__keyring_free(ring);
}

static void labels_differ(void **state)
{
    (void)state;
    for (int a = 0; a < KEY_USES; a++) {
        assert_true(strlen(dw__key_label((enum key_use)a)) > 0);
        for (int b = 0; b < a; b++)
            assert_string_not_equal(dw__key_label((enum key_use)a), dw__key_label((enum key_use)b));
    }
    assert_string_equal(dw__key_label(KEY_USES), "");
}

static void refuses_with_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"", "COFFER_SIGNING_KEYS: no secret is set; make a secret with: coffer secret"},
        {" \t", "no secret is set"},
        {"changeme", "COFFER_SIGNING_KEYS: secret 1 is refused: it is shorter than 32 bytes; make one with: "
                     "coffer secret"},
        {A ",", "secret 2 is refused: it is empty"},
        {"," A, "secret 1 is refused: it is empty"},
        {A "," B "," A, "secret 3 is refused: it is in the list already"},
        {A "," B "," C ",0000000000000000000000000000000000000000000000000000000000000000",
         "secret 4 is refused: it follows"},
    };
    struct keyring *ring;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(parse(&ring, rows[i].text), DW_INVALID);
        assert_null(ring);
        if (strstr(why, rows[i].words) == NULL)
            fail_msg("\"%s\" says: %s", rows[i].text, why);
        assert_null(strstr(why, A));
    }
}

static void takes_eight_and_no_more(void **state)
{
    (void)state;
    char text[9 * 66] = "";
    size_t n = 0;
    struct keyring *ring;
    for (int i = 0; i < 9; i++) {
        char one[DW__SECRET_TEXT + 1];
        dw__secret_make(one);
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i > 0 ? "," : "", one);
        assert_int_equal(parse(&ring, text), i < 8 ? DW_OK : DW_INVALID);
        dw__keyring_free(ring);
    }
    assert_non_null(strstr(why, "more than 8"));
}

/* AddressSanitizer makes mlock() do nothing. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define LOCKED " "
#else
#define LOCKED " lo"
#endif

/* How many mappings of ours hold `needle` and are locked, left out of core dumps and read-only. */
static int locked_places(const uint8_t *needle, size_t n)
{
    FILE *f = fopen("/proc/self/smaps", "r");
    char line[512], rights[8] = "";
    unsigned long from = 0, to = 0;
    int found = 0;

    assert_non_null(f);
    while (fgets(line, sizeof(line), f) != NULL) {
        unsigned long a, b, inode;
        char r[8];
        if (sscanf(line, "%lx-%lx %7s %*x %*s %lu", &a, &b, r, &inode) == 4) {
            from = a, to = b;
            memcpy(rights, r, sizeof(r));
            if (inode != 0 || to - from > 64 * 1024 || strchr(line, '[') != NULL) /* not sodium_malloc's */
                rights[0] = '-';
        } else if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, LOCKED) != NULL &&
                   strstr(line, " dd") != NULL && strncmp(rights, "r--", 3) == 0) {
            found += memmem((const void *)from, to - from, needle, n) != NULL;
        }
    }
    fclose(f);
    return found;
}

static void keeps_roots_locked(void **state)
{
    (void)state;
    struct keyring *ring = good(A);
    uint8_t root[DW__SECRET_SIZE];

    assert_null(dw__secret_parse((dw_secret){A, sizeof(A) - 1}, root));
    assert_int_equal(locked_places(root, sizeof(root)), 1);
    dw__keyring_free(ring);
    assert_int_equal(locked_places(root, sizeof(root)), 0);
}

/* ---- a part ---- */

#define USES (1u << KEY_REFRESH | 1u << KEY_CSRF)

static struct keyring *part_of(const struct keyring *ring, unsigned uses, bool public_keys)
{
    uint8_t bytes[DW__KEYRING_PART];
    struct keyring *part;
    size_t n;

    assert_int_equal(dw__keyring_part(ring, uses, public_keys, bytes, &n), DW_OK);
    assert_int_equal(dw__keyring_of_part(&part, (dw_bytes){bytes, n}), DW_OK);
    return part;
}

static void a_part_has_its_keys_and_no_others(void **state)
{
    (void)state;
    struct keyring *ring = good(A "," B), *part = part_of(ring, USES, true);
    uint8_t whole[32], got[32];
    assert_int_equal(dw__keyring_count(part), 2);
    for (size_t i = 0; i < 2; i++)
        for (int use = 0; use < KEY_USES; use++) {
            assert_int_equal(dw__keyring_derive(ring, i, (enum key_use)use, whole, 32), DW_OK);
            assert_int_equal(dw__keyring_derive(part, i, (enum key_use)use, got, 32),
                             (USES >> use & 1) != 0 ? DW_OK : DW_DENIED);
            if ((USES >> use & 1) != 0)
                assert_memory_equal(got, whole, 32);
        }
    assert_int_equal(dw__keyring_derive(part, 0, KEY_CSRF, got, 8), DW_OK);
    assert_int_equal(dw__keyring_derive(part, 0, KEY_CSRF, got, 33), DW_DENIED);
    assert_int_equal(dw__keyring_derive(part, 2, KEY_CSRF, got, 32), DW_BAD_REQUEST);
    dw__keyring_free(part);
    dw__keyring_free(ring);
}

static void a_part_has_public_keys_when_asked(void **state)
{
    (void)state;
    struct keyring *ring = good(A "," B), *with = part_of(ring, USES, true),
                   *without = part_of(ring, USES, false),
                   *seeds = part_of(ring, 1u << KEY_ACCESS_TOKEN, false);
    uint8_t whole[32], got[32];
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(dw__keyring_public(ring, i, whole), DW_OK);
        assert_int_equal(dw__keyring_public(with, i, got), DW_OK);
        assert_memory_equal(got, whole, 32);
        assert_int_equal(dw__keyring_public(without, i, got), DW_DENIED);
        assert_int_equal(dw__keyring_public(seeds, i, got), DW_OK);
        assert_memory_equal(got, whole, 32);
    }
    assert_int_equal(dw__keyring_public(with, 2, got), DW_BAD_REQUEST);
    dw__keyring_free(ring);
    dw__keyring_free(with);
    dw__keyring_free(without);
    dw__keyring_free(seeds);
}

/* Neither a root nor the seed that tokens are signed with is among the bytes. */
static void a_part_tells_nothing_of_what_it_has_not(void **state)
{
    (void)state;
    struct keyring *ring = good(A);
    uint8_t bytes[DW__KEYRING_PART], root[DW__SECRET_SIZE], seed[32];
    size_t n;
    assert_null(dw__secret_parse((dw_secret){A, sizeof(A) - 1}, root));
    assert_int_equal(dw__keyring_derive(ring, 0, KEY_ACCESS_TOKEN, seed, 32), DW_OK);
    assert_int_equal(dw__keyring_part(ring, USES, true, bytes, &n), DW_OK);
    assert_int_equal(n, 8 + 3 * 32);
    assert_null(memmem(bytes, n, root, 16));
    assert_null(memmem(bytes, n, seed, 16));
    assert_int_equal(dw__keyring_part(ring, 0, true, bytes, &n), DW_BAD_REQUEST);
    assert_int_equal(dw__keyring_part(ring, 1u << KEY_USES, true, bytes, &n), DW_BAD_REQUEST);
    dw__keyring_free(ring);
}

static void what_is_no_part_is_refused(void **state)
{
    (void)state;
    struct keyring *ring = good(A "," B), *part;
    uint8_t bytes[DW__KEYRING_PART + 1] = {0};
    size_t n;
    assert_int_equal(dw__keyring_part(ring, USES, true, bytes, &n), DW_OK);
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *exact = malloc(cut + 1);
        memcpy(exact + 1, bytes, cut);
        assert_int_equal(dw__keyring_of_part(&part, (dw_bytes){exact + 1, cut}), DW_INVALID);
        assert_null(part);
        free(exact);
    }
    assert_int_equal(dw__keyring_of_part(&part, (dw_bytes){bytes, n + 1}), DW_INVALID);
    for (size_t i = 0; i < 8; i++)
        for (unsigned byte = 0; byte < 256; byte++) {
            const uint8_t was = bytes[i];
            bytes[i] = (uint8_t)byte;
            if (dw__keyring_of_part(&part, (dw_bytes){bytes, n}) == DW_OK) /* other uses, as many */
                assert_true(dw__keyring_count(part) == 2);
            dw__keyring_free(part);
            bytes[i] = was;
        }
    dw__keyring_free(ring);
}

static void a_part_lies_as_roots_do(void **state)
{
    (void)state;
    struct keyring *ring = good(A), *part = part_of(ring, USES, false);
    uint8_t key[32];
    assert_int_equal(dw__keyring_derive(part, 0, KEY_CSRF, key, 32), DW_OK);
    assert_int_equal(locked_places(key, sizeof(key)), 1);
    dw__keyring_free(part);
    assert_int_equal(locked_places(key, sizeof(key)), 0);
    dw__keyring_free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_lists_newest_first),
                                       cmocka_unit_test(each_root_has_a_name),
                                       cmocka_unit_test(derives_what_it_always_did),
                                       cmocka_unit_test(labels_differ),
                                       cmocka_unit_test(refuses_with_a_sentence),
                                       cmocka_unit_test(takes_eight_and_no_more),
                                       cmocka_unit_test(keeps_roots_locked),
                                       cmocka_unit_test(a_part_has_its_keys_and_no_others),
                                       cmocka_unit_test(a_part_has_public_keys_when_asked),
                                       cmocka_unit_test(a_part_tells_nothing_of_what_it_has_not),
                                       cmocka_unit_test(what_is_no_part_is_refused),
                                       cmocka_unit_test(a_part_lies_as_roots_do)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
