/* How much of a worker one address may take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "net/caps.h"

#define SECOND UINT64_C(1000000000)
#define NOW (1000 * SECOND)

static struct caps *new_caps(struct cap_limits limits)
{
    struct caps *caps;

    assert_int_equal(dw__caps_new(&caps, &limits, 100), DW_OK);
    return caps;
}

static bool begin(struct caps *caps, const char *address, uint32_t most, uint64_t now, struct cap **cap)
{
    const struct ip_counted counted = dw__ip_counted((dw_text){address, __builtin_strlen(address)});

    return dw__cap_begin(caps, &counted, most, now, cap) == NULL;
}

static void connections_at_a_time(void **state)
{
    struct caps *caps = new_caps((struct cap_limits){0});
    struct cap *a, *b, *c;

    (void)state;
    assert_true(begin(caps, "192.0.2.1", 2, NOW, &a));
    assert_true(begin(caps, "::ffff:192.0.2.1", 2, NOW, &b)); /* the same */
    assert_false(begin(caps, "192.0.2.1", 2, NOW, &c));
    assert_null(c);
    assert_int_equal(dw__caps_held(caps), 1);
    assert_true(begin(caps, "192.0.2.2", 2, NOW, &c));
    assert_int_equal(dw__caps_held(caps), 2);
    dw__cap_end(caps, c);
    dw__cap_end(caps, a);
    assert_true(begin(caps, "192.0.2.1", 2, NOW, &a));
    assert_false(begin(caps, "192.0.2.1", 2, NOW, &c));
    assert_true(begin(caps, "192.0.2.1", 0, NOW, &c)); /* as many as there are */
    dw__cap_end(caps, a);
    dw__cap_end(caps, b);
    dw__cap_end(caps, c);
    assert_int_equal(dw__caps_held(caps), 0);
    dw__caps_free(caps);
}

static void networks_and_sockets(void **state)
{
    struct caps *caps = new_caps((struct cap_limits){.per_second = 2});
    struct cap *cap;

    (void)state;
    assert_true(begin(caps, "2001:db8::1", 2, NOW, &cap));
    assert_true(begin(caps, "2001:db8::2", 2, NOW, &cap));
    assert_false(begin(caps, "2001:db8::3", 2, NOW, &cap)); /* one network of 64 bits */
    assert_true(begin(caps, "2001:db8:0:1::3", 2, NOW, &cap));
    for (int i = 0; i < 10; i++)
        assert_true(begin(caps, "unix", 2, NOW, &cap) && cap == NULL);
    dw__caps_free(caps);
}

static void new_ones_in_a_second(void **state)
{
    struct caps *caps = new_caps((struct cap_limits){.per_second = 4});
    struct cap *cap;

    (void)state;
    for (int i = 0; i < 4; i++) {
        assert_true(begin(caps, "192.0.2.1", 1, NOW, &cap));
        dw__cap_end(caps, cap);
    }
    assert_false(begin(caps, "192.0.2.1", 1, NOW, &cap));
    assert_false(begin(caps, "192.0.2.1", 1, NOW + SECOND / 4 - 1, &cap));
    assert_true(begin(caps, "192.0.2.1", 1, NOW + SECOND / 4, &cap));
    dw__cap_end(caps, cap);
    assert_false(begin(caps, "192.0.2.1", 1, NOW + SECOND / 4, &cap));
    assert_int_equal(dw__caps_held(caps), 0);
    dw__caps_free(caps);
}

static void heads_that_are_not_complete(void **state)
{
    struct caps *caps = new_caps((struct cap_limits){.heads = 2});
    struct cap *cap;

    (void)state;
    assert_true(begin(caps, "192.0.2.1", 0, NOW, &cap));
    assert_true(dw__cap_head_begin(caps, cap));
    assert_true(dw__cap_head_begin(caps, cap));
    assert_false(dw__cap_head_begin(caps, cap));
    dw__cap_head_end(cap);
    assert_true(dw__cap_head_begin(caps, cap));
    assert_true(dw__cap_head_begin(caps, NULL));
    dw__cap_head_end(NULL);
    dw__caps_free(caps);
}

/* More addresses than there are entries: who holds connections keeps its own, and of the others the latest are remembered. */
static void more_than_there_is_room_for(void **state)
{
    struct caps *caps = new_caps((struct cap_limits){.per_second = 1});
    struct cap *mine, *cap;
    char address[32];

    (void)state;
    assert_true(begin(caps, "192.0.2.1", 1, NOW, &mine));
    for (unsigned i = 0; i < 5000; i++) {
        (void)snprintf(address, sizeof address, "10.0.%u.%u", i / 250, i % 250);
        assert_true(begin(caps, address, 1, NOW, &cap));
        assert_non_null(cap);
        assert_false(begin(caps, address, 1, NOW, &(struct cap *){NULL}));
        dw__cap_end(caps, cap);
    }
    assert_int_equal(dw__caps_held(caps), 1);
    assert_false(begin(caps, "10.0.19.249", 1, NOW, &cap)); /* it has just come */
    assert_true(begin(caps, "10.0.0.0", 1, NOW, &cap));     /* forgotten */
    assert_false(begin(caps, "192.0.2.1", 1, NOW + 2 * SECOND, &cap));
    dw__caps_free(caps);
}

/* More connections than was said: what cannot be counted is refused. */
static void all_entries_held(void **state)
{
    struct caps *caps = new_caps((struct cap_limits){0});
    struct cap *cap;
    char address[32];

    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        (void)snprintf(address, sizeof address, "10.0.0.%u", i);
        assert_true(begin(caps, address, 1, NOW, &cap));
    }
    assert_false(begin(caps, "10.0.0.200", 1, NOW, &cap));
    assert_int_equal(dw__caps_held(caps), 200);
    dw__caps_free(caps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_at_a_time),       cmocka_unit_test(networks_and_sockets),
        cmocka_unit_test(new_ones_in_a_second),        cmocka_unit_test(heads_that_are_not_complete),
        cmocka_unit_test(more_than_there_is_room_for), cmocka_unit_test(all_entries_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
