/* Addresses as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

#include "os/address.h"

static dw_text text(const char *s)
{
    return (dw_text){s, strlen(s)};
}

static void good_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *in, *host;
        uint16_t family, port;
    } rows[] = {
        {"127.0.0.1:8080", "127.0.0.1", AF_INET, 8080},
        {"0.0.0.0:0", "0.0.0.0", AF_INET, 0},
        {"255.255.255.255:65535", "255.255.255.255", AF_INET, 65535},
        {"[::1]:8080", "::1", AF_INET6, 8080},
        {"[::]:80", "::", AF_INET6, 80},
        {"[2001:DB8:0:0:0:0:0:1]:443", "2001:db8::1", AF_INET6, 443},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct peer p;
        char host[DW__ADDRESS_TEXT];
        assert_int_equal(dw__address_parse(text(rows[i].in), &p), DW_OK);
        assert_int_equal(p.family, rows[i].family);
        assert_int_equal(p.port, rows[i].port);
        assert_int_equal(dw__peer_text(&p, host), strlen(rows[i].host));
        assert_string_equal(host, rows[i].host);
        struct sockaddr_storage storage;
        struct peer back;
        assert_true(dw__peer_to(&p, &storage) > 0);
        dw__peer_of(&storage, &back);
        assert_memory_equal(&back, &p, sizeof(p));
    }
}

static void bad_addresses(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        ":",
        "8080",
        ":8080",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "127.0.0.1:+80",
        "127.0.0.1:80 ",
        " 127.0.0.1:80",
        "127.0.0.1:0000080",
        "127.1:80",
        "1.2.3.4.5:80",
        "0x7f.0.0.1:80",
        "localhost:80",
        "*:80",
        "::1:80",
        "[::1]",
        "[::1]80",
        "[::1:80",
        "[127.0.0.1]:80",
        "[]:80",
        "[",
        "[::1%lo]:80",
        "127.0.0.1:80:80",
        "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:80",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct peer p;
        if (dw__address_parse(text(rows[i]), &p) != DW_INVALID)
            fail_msg("accepted: \"%s\"", rows[i]);
        assert_int_equal(p.family, 0);
    }
    struct peer p;
    assert_int_equal(dw__address_parse((dw_text){"127.0.0.1\0:80", 13}, &p), DW_INVALID);
    assert_int_equal(dw__address_parse((dw_text){NULL, 0}, &p), DW_INVALID);
}

static void reads_no_further_than_its_text(void **state)
{
    (void)state;
    static const char in[] = "[2001:db8::1]:4430";
    for (size_t n = 0; n < sizeof(in);
         n++) { /* each prefix in memory that ends there, for AddressSanitizer */
        char *copy = malloc(n == 0 ? 1 : n);
        assert_non_null(copy);
        memcpy(copy, in, n);
        struct peer p;
        (void)!dw__address_parse((dw_text){copy, n}, &p);
        free(copy);
    }
}

static void mapped_ipv4_is_ipv4(void **state)
{
    (void)state;
    struct peer six, four, other;
    struct sockaddr_storage storage;
    assert_int_equal(dw__address_parse(DW_TEXT("[::ffff:192.0.2.1]:99"), &six), DW_OK);
    (void)dw__peer_to(&six, &storage);
    dw__peer_of(&storage, &four);
    assert_int_equal(dw__address_parse(DW_TEXT("192.0.2.1:99"), &other), DW_OK);
    assert_memory_equal(&four, &other, sizeof(four));
}

static void a_unix_peer_has_a_name(void **state)
{
    (void)state;
    struct sockaddr_storage storage = {.ss_family = AF_UNIX};
    struct peer p;
    char name[DW__ADDRESS_TEXT];
    dw__peer_of(&storage, &p);
    assert_int_equal(dw__peer_text(&p, name), 4);
    assert_string_equal(name, "unix");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_addresses),
        cmocka_unit_test(bad_addresses),
        cmocka_unit_test(reads_no_further_than_its_text),
        cmocka_unit_test(mapped_ipv4_is_ipv4),
        cmocka_unit_test(a_unix_peer_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
