/* IP addresses: the examples of RFC 4291 and 5952, and the C library as a second opinion. */
#include "codec/ip.h"

#include <arpa/inet.h>

#include "codec/values.h"

static void reads_and_writes(void **state)
{
    static const struct {
        dw_text text;
        const char *canonical;
    } rows[] = {
        {DW_TEXT_INIT("0.0.0.0"), "0.0.0.0"},
        {DW_TEXT_INIT("192.0.2.255"), "192.0.2.255"},
        /* RFC 4291 §2.2 */
        {DW_TEXT_INIT("ABCD:EF01:2345:6789:ABCD:EF01:2345:6789"), "abcd:ef01:2345:6789:abcd:ef01:2345:6789"},
        {DW_TEXT_INIT("2001:DB8:0:0:8:800:200C:417A"), "2001:db8::8:800:200c:417a"},
        {DW_TEXT_INIT("FF01:0:0:0:0:0:0:101"), "ff01::101"},
        {DW_TEXT_INIT("FF01::101"), "ff01::101"},
        {DW_TEXT_INIT("::1"), "::1"},
        {DW_TEXT_INIT("::"), "::"},
        {DW_TEXT_INIT("0:0:0:0:0:0:13.1.68.3"), "::d01:4403"},
        {DW_TEXT_INIT("::13.1.68.3"), "::d01:4403"},
        {DW_TEXT_INIT("0:0:0:0:0:FFFF:129.144.52.38"), "::ffff:129.144.52.38"},
        {DW_TEXT_INIT("::FFFF:129.144.52.38"), "::ffff:129.144.52.38"},
        /* RFC 5952 §4 */
        {DW_TEXT_INIT("2001:0db8::0001"), "2001:db8::1"},
        {DW_TEXT_INIT("2001:db8:0:0:0:0:2:1"), "2001:db8::2:1"},
        {DW_TEXT_INIT("2001:db8::1:1:1:1:1"), "2001:db8:0:1:1:1:1:1"},
        {DW_TEXT_INIT("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1"},
        {DW_TEXT_INIT("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1"},
        {DW_TEXT_INIT("1:2:3:4:5:6:7::"), "1:2:3:4:5:6:7:0"},
        {DW_TEXT_INIT("::2:3:4:5:6:7:8"), "0:2:3:4:5:6:7:8"},
        {DW_TEXT_INIT("1::"), "1::"},
        {DW_TEXT_INIT("2001:db8:ffff:ffff:ffff:ffff:255.255.255.255"),
         "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"},
    };
    struct memory m;
    dw_ctx *ctx = memory_init(&m);
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        dw_ip v, again;
        if (!READS(dw_ip_read, rows[i].text, &v))
            fail_msg("%.*s", DW_FMT(rows[i].text));
        dw_text text = dw_ip_text(ctx, v);
        assert_string_equal(text.p, rows[i].canonical);
        assert_true(dw_ip_read(text, &again) && dw_ip_compare(v, again) == 0);
        uint8_t b[16] = {0};
        assert_int_equal(inet_pton(v.version == 4 ? AF_INET : AF_INET6, rows[i].text.p, b), 1);
        assert_memory_equal(b, v.b, 16);
    }
    dw__arena_release(&m.arena);
}

static void refuses(void **state)
{
    static const dw_text rows[] = {
        DW_TEXT_INIT(""),
        DW_TEXT_INIT("1.2.3"),
        DW_TEXT_INIT("1.2.3.4.5"),
        DW_TEXT_INIT("256.1.1.1"),
        DW_TEXT_INIT("01.1.1.1"),
        DW_TEXT_INIT("1.1.1.00"),
        DW_TEXT_INIT("0x7f.0.0.1"),
        DW_TEXT_INIT("2130706433"),
        DW_TEXT_INIT("1.2.3.4 "),
        DW_TEXT_INIT(" 1.2.3.4"),
        DW_TEXT_INIT("1.2.3."),
        DW_TEXT_INIT(".1.2.3"),
        DW_TEXT_INIT("1..2.3"),
        DW_TEXT_INIT("1.2.3.4/8"),
        DW_TEXT_INIT("1.2.3.-4"),
        DW_TEXT_INIT("1.2.3.0004"),
        DW_TEXT_INIT(":"),
        DW_TEXT_INIT(":::"),
        DW_TEXT_INIT("1:::2"),
        DW_TEXT_INIT("1::2::3"),
        DW_TEXT_INIT(":1::"),
        DW_TEXT_INIT("1:2:3:4:5:6:7"),
        DW_TEXT_INIT("1:2:3:4:5:6:7:8:9"),
        DW_TEXT_INIT("1:2:3:4:5:6:7:8::"),
        DW_TEXT_INIT("::1:2:3:4:5:6:7:8"),
        DW_TEXT_INIT("1:2:3:4::5:6:7:8"),
        DW_TEXT_INIT("1:2:3:4:5:6:7:"),
        DW_TEXT_INIT(":2:3:4:5:6:7:8"),
        DW_TEXT_INIT("12345::"),
        DW_TEXT_INIT("g::"),
        DW_TEXT_INIT("fe80::1%eth0"),
        DW_TEXT_INIT("[::1]"),
        DW_TEXT_INIT("::1/64"),
        DW_TEXT_INIT("::1.2.3"),
        DW_TEXT_INIT("::256.1.1.1"),
        DW_TEXT_INIT("1.2.3.4::"),
        DW_TEXT_INIT("1:2:3:4:5:6:7:1.2.3.4"),
        DW_TEXT_INIT("::1.2.3.4:5"),
        DW_TEXT_INIT("1:2:3:4:5:1.2.3.4"),
        DW_TEXT_INIT("::0001:0002:0003:0004:0005:0006:255.255.255.2555"),
        DW_TEXT_INIT("1:2:3:4:5:6::1.2.3.4"),
        DW_TEXT_INIT("1.2.3.4::1.2.3.4"),
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        dw_ip v;
        if (READS(dw_ip_read, rows[i], &v))
            fail_msg("\"%.*s\" is no address", DW_FMT(rows[i]));
        assert_int_equal(v.version, 0);
    }
    char out[DW__IP_SIZE];
    assert_int_equal(dw__ip_write((dw_ip){.version = 0}, out), 0);
}

/* Texts of the characters of addresses: the C library says the same of each. */
static void agrees_with_the_c_library(void **state)
{
    uint64_t seed = 7;
    size_t good = 0;
    (void)state;
    for (int i = 0; i < 300000; i++) {
        static const char *const parts[] = {":",    ":", "::",      ".",  "0",    "1",  "255",
                                            "ffff", "a", "1.2.3.4", "00", "2001", "db8"};
        char text[64];
        size_t n = 0;
        for (int k = 0; k < 1 + i % 17; k++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            const char *part = parts[(seed >> 33) % ROWS(parts)];
            size_t len = strlen(part);
            if (n + len >= DW__IP_SIZE)
                break;
            memcpy(text + n, part, len);
            n += len;
        }
        text[n] = '\0';
        uint8_t b[16] = {0};
        int family = memchr(text, ':', n) ? AF_INET6 : AF_INET;
        bool theirs = inet_pton(family, text, b) == 1;
        dw_ip v;
        if (dw_ip_read((dw_text){text, n}, &v) != theirs)
            fail_msg("%s", text);
        if (theirs) {
            char canonical[INET6_ADDRSTRLEN], ours[DW__IP_SIZE + 1];
            assert_memory_equal(b, v.b, 16);
            good++;
            ours[dw__ip_write(v, ours)] = '\0';
            assert_true(inet_pton(family, ours, b) == 1 && memcmp(b, v.b, 16) == 0);
            /* glibc writes ::1.2.3.4 for what is deprecated and for ::2; all else as RFC 5952 has it. */
            if (inet_ntop(family, b, canonical, sizeof canonical) &&
                memchr(canonical, '.', strlen(canonical)) == NULL)
                assert_string_equal(ours, canonical);
        }
    }
    assert_true(good > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes),
        cmocka_unit_test(refuses),
        cmocka_unit_test(agrees_with_the_c_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
