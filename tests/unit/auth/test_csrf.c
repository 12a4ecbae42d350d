/* test_csrf.c -- a token is good for the id and the purpose that it was made for, and for nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/csrf.h"
#include "auth/session_id.h"

#define OLD "W1gP0xVtTzq7n3M5sQeLr8uYb2KcHj6dAfG9oNvRk4I"
#define NEW "u5cXh8mEo1ZpJ4sTq0yDrVb6NwKgLf3aI9tBxU7CvQ0"
#define NOW 1700000000

static struct hmac_ring *keys_of(const char *roots)
{
    struct keyring *ring;
    struct hmac_ring *keys;
    char why[256];

    assert_int_equal(
        dw__keyring_parse(&ring, (dw_secret){roots, strlen(roots)}, "KEYS", "secret", why, sizeof why),
        DW_OK);
    assert_int_equal(dw__hmac_ring_new(&keys, ring, KEY_CSRF), DW_OK);
    dw__keyring_free(ring);
    return keys;
}

struct made {
    char id[DW__SESSION_ID_SIZE], token[DW__CSRF_TOKEN_SIZE];
};

static dw_text id_of(const struct made *m)
{
    return (dw_text){m->id, sizeof m->id};
}

static dw_text token_of(const struct made *m)
{
    return (dw_text){m->token, sizeof m->token};
}

static void make(const struct hmac_ring *keys, enum csrf_purpose purpose, struct made *m)
{
    dw__session_id_new(m->id);
    assert_int_equal(dw__csrf_make(keys, purpose, id_of(m), NOW, m->token), DW_OK);
}

static void is_good_for_its_own_id(void **state)
{
    struct hmac_ring *keys = keys_of(OLD);
    struct made a, b;

    (void)state;
    make(keys, CSRF_OF_SESSION, &a);
    make(keys, CSRF_OF_SESSION, &b);
    assert_int_equal(dw__csrf_judge(keys, CSRF_OF_SESSION, id_of(&a), NOW, 0, token_of(&a)), DW_OK);
    assert_int_equal(dw__csrf_judge(keys, CSRF_OF_SESSION, id_of(&a), NOW + 86400, 0, token_of(&a)), DW_OK);
    assert_int_equal(dw__csrf_judge(keys, CSRF_OF_SESSION, id_of(&b), NOW, 0, token_of(&a)), DW_CSRF);
    assert_int_equal(dw__csrf_judge(keys, CSRF_OF_FORM, id_of(&a), NOW, 0, token_of(&a)), DW_CSRF);
    assert_int_equal(dw__csrf_judge(keys, CSRF_OF_SESSION, (dw_text){NULL, 0}, NOW, 0, token_of(&a)),
                     DW_CSRF);
    assert_int_equal(dw__csrf_judge(keys, CSRF_OF_SESSION, (dw_text){a.id, 42}, NOW, 0, token_of(&a)),
                     DW_CSRF);
    dw__hmac_ring_free(keys);
}

static void is_written_anew_each_time(void **state)
{
    struct hmac_ring *keys = keys_of(OLD);
    struct made a, b;
    size_t same = 0;

    (void)state;
    make(keys, CSRF_OF_SESSION, &a);
    b = a;
    assert_int_equal(dw__csrf_make(keys, CSRF_OF_SESSION, id_of(&a), NOW, b.token), DW_OK);
    for (size_t i = 0; i < sizeof a.token; i++)
        same += a.token[i] == b.token[i];
    assert_true(same < sizeof a.token / 3); /* chance: a 64th */
    assert_int_equal(dw__csrf_judge(keys, CSRF_OF_SESSION, id_of(&a), NOW, 0, token_of(&b)), DW_OK);
    dw__hmac_ring_free(keys);
}

static void every_bit_counts(void **state)
{
    struct hmac_ring *keys = keys_of(OLD);
    struct made a, b;

    (void)state;
    make(keys, CSRF_OF_SESSION, &a);
    for (size_t i = 0; i < sizeof a.token; i++) {
        b = a;
        b.token[i] = b.token[i] == 'A' ? 'B' : 'A';
        assert_int_equal(dw__csrf_judge(keys, CSRF_OF_SESSION, id_of(&a), NOW, 0, token_of(&b)), DW_CSRF);
    }
    for (size_t n = 0; n < sizeof a.token; n++)
        assert_int_equal(dw__csrf_judge(keys, CSRF_OF_SESSION, id_of(&a), NOW, 0, (dw_text){a.token, n}),
                         DW_CSRF);
    dw__hmac_ring_free(keys);
}

static void grows_old(void **state)
{
    struct hmac_ring *keys = keys_of(OLD);
    struct made a;

    (void)state;
    make(keys, CSRF_OF_FORM, &a);
    assert_int_equal(dw__csrf_judge(keys, CSRF_OF_FORM, id_of(&a), NOW + 59, 60, token_of(&a)), DW_OK);
    assert_int_equal(dw__csrf_judge(keys, CSRF_OF_FORM, id_of(&a), NOW + 60, 60, token_of(&a)), DW_CSRF);
    assert_int_equal(dw__csrf_judge(keys, CSRF_OF_FORM, id_of(&a), NOW - 60, 60, token_of(&a)), DW_OK);
    assert_int_equal(dw__csrf_judge(keys, CSRF_OF_FORM, id_of(&a), NOW - 61, 60, token_of(&a)), DW_CSRF);
    dw__hmac_ring_free(keys);
}

static void keys_rotate(void **state)
{
    struct hmac_ring *before = keys_of(OLD), *between = keys_of(NEW "," OLD), *after = keys_of(NEW);
    struct made old, new;

    (void)state;
    make(before, CSRF_OF_SESSION, &old);
    make(between, CSRF_OF_SESSION, &new);
    assert_int_equal(dw__csrf_judge(between, CSRF_OF_SESSION, id_of(&old), NOW, 0, token_of(&old)), DW_OK);
    assert_int_equal(dw__csrf_judge(after, CSRF_OF_SESSION, id_of(&old), NOW, 0, token_of(&old)), DW_CSRF);
    assert_int_equal(dw__csrf_judge(after, CSRF_OF_SESSION, id_of(&new), NOW, 0, token_of(&new)), DW_OK);
    dw__hmac_ring_free(before);
    dw__hmac_ring_free(between);
    dw__hmac_ring_free(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_good_for_its_own_id),
        cmocka_unit_test(is_written_anew_each_time),
        cmocka_unit_test(every_bit_counts),
        cmocka_unit_test(grows_old),
        cmocka_unit_test(keys_rotate),
    };

    return cmocka_run_group_tests_name("csrf", tests, NULL, NULL);
}
