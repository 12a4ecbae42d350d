/* Refresh tokens as bytes: one spelling, a family that cannot be named by its id, a successor that only all three together make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/refresh_token.h"
#include "guard_page.h"

#define OLD "-_b-oZJnBwfUKvHQ1MNwYVw2tuT9Dy2gGskqu1Ez8I0"
#define NEW "fbf6fea192670707d42af1d0d4c370615c36b6e4fd0f2da01ac92abb5133f08e"
#define SALT DW_TEXT("AAAAAAAAAAAAAAAAAAAAAA")

static struct refresh_keys *keys_for(const char *roots, enum key_use use)
{
    struct refresh_keys *keys;
    struct keyring *ring;
    char why[256];

    assert_int_equal(
        dw__keyring_parse(&ring, (dw_secret){roots, strlen(roots)}, "KEYS", "make", why, sizeof why), DW_OK);
    assert_int_equal(dw__refresh_keys_new_for(&keys, ring, use, 3600), DW_OK);
    dw__keyring_free(ring);
    return keys;
}

static struct refresh_keys *keys_of(const char *roots)
{
    return keys_for(roots, KEY_REFRESH);
}

static bool reads(const char *text, size_t n, struct refresh_token *t)
{
    char *copy = guard_page_copy(text, n);
    const bool ok = dw__refresh_read((dw_text){copy, n}, t);

    guard_page_free(copy);
    return ok;
}

static void has_one_spelling(void **state)
{
    struct refresh_token t, other;
    char text[DW__REFRESH_TEXT + 1];

    (void)state;
    dw__refresh_make(&t);
    dw__refresh_make(&other);
    assert_memory_not_equal(t.b, other.b, DW__REFRESH_HANDLE);
    assert_memory_not_equal(t.b + DW__REFRESH_HANDLE, other.b + DW__REFRESH_HANDLE, DW__REFRESH_HANDLE);
    dw__refresh_write(&t, text);
    assert_true(reads(text, DW__REFRESH_TEXT, &other));
    assert_memory_equal(t.b, other.b, sizeof t.b);
    for (size_t n = 0; n < DW__REFRESH_TEXT; n++)
        assert_false(reads(text, n, &other));
    text[DW__REFRESH_TEXT] = 'A';
    assert_false(reads(text, DW__REFRESH_TEXT + 1, &other));
    for (size_t i = 0; i < DW__REFRESH_TEXT; i++) {
        const char c = text[i];

        for (const char *bad = ".=+/ \n\x7f"; *bad; bad++) {
            text[i] = *bad;
            assert_false(reads(text, DW__REFRESH_TEXT, &other));
        }
        text[i] = c;
    }
    assert_false(reads("", 0, &other));
}

static void its_family_is_the_first_half(void **state)
{
    struct refresh_token t = {{1}};
    char id[DW__REFRESH_ID], other[DW__REFRESH_ID], digest[DW__REFRESH_DIGEST], digest2[DW__REFRESH_DIGEST];
    char text[DW__REFRESH_TEXT];

    (void)state;
    assert_int_equal(dw__refresh_id(&t, id), DW_OK);
    assert_int_equal(dw__refresh_digest(&t, digest), DW_OK);
    for (size_t i = DW__REFRESH_HANDLE; i < DW__REFRESH_BYTES; i++) {
        t.b[i] ^= 1;
        assert_int_equal(dw__refresh_id(&t, other), DW_OK);
        assert_memory_equal(id, other, sizeof id);
        assert_int_equal(dw__refresh_digest(&t, digest2), DW_OK);
        assert_memory_not_equal(digest, digest2, sizeof digest);
        t.b[i] ^= 1;
    }
    for (size_t i = 0; i < DW__REFRESH_HANDLE; i++) {
        t.b[i] ^= 1;
        assert_int_equal(dw__refresh_id(&t, other), DW_OK);
        assert_memory_not_equal(id, other, sizeof id);
        t.b[i] ^= 1;
    }
    /* Who reads an id has no part of a token. */
    dw__refresh_write(&t, text);
    assert_memory_not_equal(text, id, sizeof id);
    assert_memory_not_equal(text, digest, DW__REFRESH_ID);
}

static void next(const struct refresh_keys *keys, size_t index, const struct refresh_token *t, dw_text salt,
                 struct refresh_token *out)
{
    assert_int_equal(dw__refresh_next(keys, index, t, salt, out), DW_OK);
}

static void its_successor_is_the_same_for_the_same(void **state)
{
    struct refresh_keys *keys = keys_of(NEW "," OLD), *old = keys_of(OLD);
    struct refresh_token t, a, b;

    (void)state;
    assert_int_equal(dw__refresh_keys_count(keys), 2);
    assert_int_equal(dw__refresh_lifetime(keys), 3600);
    dw__refresh_make(&t);
    next(keys, 0, &t, SALT, &a);
    next(keys, 0, &t, SALT, &b);
    assert_memory_equal(a.b, b.b, sizeof a.b);
    assert_memory_equal(a.b, t.b, DW__REFRESH_HANDLE);
    assert_memory_not_equal(a.b + DW__REFRESH_HANDLE, t.b + DW__REFRESH_HANDLE, 32);
    /* Another salt, another key, another token. */
    next(keys, 0, &t, DW_TEXT("BAAAAAAAAAAAAAAAAAAAAA"), &b);
    assert_memory_not_equal(a.b + DW__REFRESH_HANDLE, b.b + DW__REFRESH_HANDLE, 32);
    next(keys, 1, &t, SALT, &b);
    assert_memory_not_equal(a.b + DW__REFRESH_HANDLE, b.b + DW__REFRESH_HANDLE, 32);
    next(old, 0, &t, SALT, &a);
    assert_memory_equal(a.b, b.b, sizeof a.b);
    t.b[DW__REFRESH_BYTES - 1] ^= 1;
    next(old, 0, &t, SALT, &a);
    assert_memory_not_equal(a.b + DW__REFRESH_HANDLE, b.b + DW__REFRESH_HANDLE, 32);
    assert_int_equal(dw__refresh_next(keys, 0, &t, DW_TEXT("short"), &a), DW_INTERNAL);
    dw__refresh_keys_free(keys);
    dw__refresh_keys_free(old);
    dw__refresh_keys_free(NULL);
}

/* What else follows from a token: the same for the same, another for each key and use, and no part of its successor. */
static void its_tag_is_its_own(void **state)
{
    struct refresh_keys *keys = keys_of(NEW "," OLD), *others = keys_for(NEW, KEY_REMEMBER);
    struct refresh_token t, other, after;
    uint8_t tags[5][DW__REFRESH_TAG];

    (void)state;
    dw__refresh_make(&t);
    dw__refresh_make(&other);
    assert_int_equal(dw__refresh_tag(keys, 0, &t, tags[0]), DW_OK);
    assert_int_equal(dw__refresh_tag(keys, 1, &t, tags[1]), DW_OK);
    assert_int_equal(dw__refresh_tag(others, 0, &t, tags[2]), DW_OK);
    assert_int_equal(dw__refresh_tag(keys, 0, &other, tags[3]), DW_OK);
    next(keys, 0, &t, DW_TEXT("AAAAAAAAAAAAAAAAAAAAAA"), &after);
    memcpy(tags[4], after.b + DW__REFRESH_HANDLE, DW__REFRESH_TAG);
    for (size_t i = 0; i < 5; i++)
        for (size_t k = i + 1; k < 5; k++)
            assert_memory_not_equal(tags[i], tags[k], DW__REFRESH_TAG);
    assert_int_equal(dw__refresh_tag(keys, 0, &t, tags[1]), DW_OK);
    assert_memory_equal(tags[0], tags[1], DW__REFRESH_TAG);
    dw__refresh_keys_free(keys);
    dw__refresh_keys_free(others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(its_tag_is_its_own),
                                       cmocka_unit_test(has_one_spelling),
                                       cmocka_unit_test(its_family_is_the_first_half),
                                       cmocka_unit_test(its_successor_is_the_same_for_the_same)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
