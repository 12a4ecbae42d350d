/* Who is banned: for a minute, by address, whatever stands in the memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "guard/bans.h"

#define SECOND UINT64_C(1000000000)
#define NOW (1000 * SECOND)

static struct bans bans;

static int set_up(void **state)
{
    (void)state;
    memset(&bans, 0, sizeof bans);
    return 0;
}

static struct ip_counted who(const char *address)
{
    return dw__ip_counted(dw__text_of(address));
}

static void for_a_minute(void **state)
{
    (void)state;
    assert_false(dw__bans_any(NULL, NOW));
    assert_false(dw__bans_any(&bans, NOW));
    dw__ban(&bans, who("1.2.3.4"), NOW);
    assert_true(dw__bans_any(&bans, NOW));
    assert_int_equal(dw__ban_left(&bans, who("1.2.3.4"), NOW + SECOND), 59 * SECOND);
    assert_int_equal(dw__ban_left(&bans, who("1.2.3.4"), NOW + 60 * SECOND), 0);
    assert_false(dw__bans_any(&bans, NOW + 60 * SECOND));
}

static void one_address(void **state)
{
    (void)state;
    dw__ban(&bans, who("1.2.3.4"), NOW);
    dw__ban(&bans, who("2001:db8::1"), NOW);
    dw__ban(&bans, who("unix"), NOW);
    assert_int_equal(dw__ban_left(&bans, who("1.2.3.5"), NOW), 0);
    assert_int_equal(dw__ban_left(&bans, who("::ffff:1.2.3.4"), NOW), 60 * SECOND);
    assert_int_equal(dw__ban_left(&bans, who("2001:db8::ffff"), NOW), 60 * SECOND);
    assert_int_equal(dw__ban_left(&bans, who("2001:db8:0:1::1"), NOW), 0);
    assert_int_equal(dw__ban_left(&bans, who("::1"), NOW), 0);
    assert_int_equal(dw__ban_left(&bans, who("0.0.0.0"), NOW), 0);
    assert_int_equal(dw__ban_left(&bans, who("unix"), NOW), 0);
    /* Whose bytes are the same, wherever they stand. */
    assert_int_equal(dw__ban_left(&bans, who("102:304::1"), NOW), 0);
    assert_int_equal(dw__ban_left(&bans, who("102:304:400::1"), NOW), 0);
    assert_int_equal(dw__ban_left(&bans, who("::1:2:3:4"), NOW), 0);
}

/* Who would be let go first gives way, and a second ban takes no second place. */
static void when_full(void **state)
{
    char address[32];

    (void)state;
    dw__ban(&bans, who("1.1.1.1"), NOW - SECOND);
    for (unsigned i = 0; i < 2 * DW__BANS - 2; i++) {
        (void)snprintf(address, sizeof address, "10.0.%u.7", i / 2);
        dw__ban(&bans, who(address), NOW + i);
    }
    assert_true(dw__ban_left(&bans, who("1.1.1.1"), NOW) > 0);
    dw__ban(&bans, who("2.2.2.2"), NOW + SECOND);
    assert_int_equal(dw__ban_left(&bans, who("1.1.1.1"), NOW + SECOND), 0);
    assert_true(dw__ban_left(&bans, who("2.2.2.2"), NOW + SECOND) > 0);
    assert_true(dw__ban_left(&bans, who("10.0.0.7"), NOW + SECOND) > 0);
}

/* What no worker of ours wrote bans nobody for longer. */
static void garbage(void **state)
{
    (void)state;
    memset(&bans, 0xff, sizeof bans);
    assert_int_equal(dw__ban_left(&bans, who("1.2.3.4"), NOW), 0);
    bans.of[3].who = UINT64_MAX;
    assert_int_equal(dw__ban_left(&bans, who("ffff:ffff:ffff:ffff::"), NOW), 0);
    set_up(state);
    dw__ban(&bans, who("1.2.3.4"), NOW);
    for (unsigned i = 0; i < DW__BANS; i++)
        bans.of[i].until_ns = NOW + 3600 * SECOND;
    assert_int_equal(dw__ban_left(&bans, who("1.2.3.4"), NOW), 0);
}

/* What people are shown of it, and that whoever is let go is, and nobody else. */
static void listed_and_lifted(void **state)
{
    static const char *const addresses[] = {"1.2.3.4", "2001:db8:0:7::1", "255.255.255.255"},
                             *const shown[] = {"1.2.3.4", "2001:db8:0:7::/64", "255.255.255.255"};
    struct ban list[DW__BANS];

    (void)state;
    assert_int_equal(dw__bans_list(NULL, NOW, list), 0);
    dw__ban_lift(NULL, 1);
    for (unsigned i = 0; i < 3; i++)
        dw__ban(&bans, who(addresses[i]), NOW + i * SECOND);
    assert_int_equal(dw__bans_list(&bans, NOW + 2 * SECOND, list), 3);
    for (unsigned i = 0; i < 3; i++) {
        char text[DW__IP_SIZE];
        dw_text address = {text, dw__ip_counted_write(list[i].who, text)};

        assert_true(dw__text_eq(address, dw__text_of(shown[i])));
        assert_int_equal(list[i].left_ns, (58 + i) * SECOND);
    }
    dw__ban_lift(&bans, list[1].id);
    assert_int_equal(dw__ban_left(&bans, who("2001:db8:0:7::2"), NOW), 0);
    assert_int_equal(dw__bans_list(&bans, NOW + 61 * SECOND, list), 1);
    assert_true(list[0].who.version == 4 && list[0].left_ns == SECOND);
    assert_int_equal(dw__bans_list(&bans, NOW + 62 * SECOND, list), 0);
}

/* No network has the number of an IPv4 address, however its bytes lie. */
static void nobody_is_two(void **state)
{
    static const char *const networks[] = {"2001:db8:400::", "2001:db8:0:4::", "0:4:2001:db8::",
                                           "4:0:2001:db8::", "2001:db8::",     "0:0:2001:db8::"};

    (void)state;
    dw__ban(&bans, who("32.1.13.184"), NOW);
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++)
        assert_true(dw__ban_left(&bans, who(networks[i]), NOW) == 0 || i == 2); /* that one is reserved */
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(for_a_minute), TEST(one_address),       TEST(when_full),
                                       TEST(garbage),      TEST(listed_and_lifted), TEST(nobody_is_two)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
