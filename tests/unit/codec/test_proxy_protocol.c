/* The PROXY protocol: both versions whole, cut at each byte, and garbled. */
#include "codec/proxy_protocol.h"

#include "codec/ip.h"
#include "codec/values.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V4 "\x01\x02\x03\x04\x7f\0\0\x01\x04\xd2\x01\xbb"
#define V6                                       \
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07" \
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"         \
    "\0\x50\x01\xbb"
#define MAPPED                                     \
    "\0\0\0\0\0\0\0\0\0\0\xff\xff\x01\x02\x03\x04" \
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"           \
    "\0\x50\x01\xbb"
#define ROW(lit, ...)                             \
    {                                             \
        {"" lit "", sizeof(lit) - 1}, __VA_ARGS__ \
    }

static int read_header(dw_text t, struct proxy_header *out)
{
    char *copy = guard_page_copy(t.p, t.n);
    int used = dw__proxy_header_read(copy, t.n, out);
    guard_page_free(copy);
    return used;
}

static void whole_and_cut(void **state)
{
    static const struct {
        dw_text bytes;
        const char *client; /* "": the proxy itself */
        bool tls;
    } rows[] = {
        ROW("PROXY TCP4 1.2.3.4 127.0.0.1 1234 443\r\n", "1.2.3.4", false),
        ROW("PROXY TCP6 2001:db8::7 ::1 65535 0\r\n", "2001:db8::7", false),
        ROW("PROXY UNKNOWN\r\n", "", false),
        ROW("PROXY UNKNOWN ffff::1 ffff::2 1 2 whatever\r\n", "", false),
        ROW(SIGNATURE "\x21\x11\0\x0c" V4, "1.2.3.4", false),
        ROW(SIGNATURE "\x21\x21\0\x24" V6, "2001:db8::7", false),
        ROW(SIGNATURE "\x21\x21\0\x24" MAPPED, "1.2.3.4", false),
        ROW(SIGNATURE "\x20\0\0\0", "", false),
        ROW(SIGNATURE "\x20\x11\0\x0c" V4, "", false),
        ROW(SIGNATURE "\x20\xff\0\x02"
                      "xy",
            "", false),
        ROW(SIGNATURE "\x21\0\0\0", "", false),
        ROW(SIGNATURE "\x21\x11\0\x14" V4 "\x20\0\x05\x01\0\0\0\0", "1.2.3.4", true),
        ROW(SIGNATURE "\x21\x11\0\x14" V4 "\x20\0\x05\x06\0\0\0\0", "1.2.3.4", false),
        ROW(SIGNATURE "\x21\x11\0\x17" V4 "\x04\0\0"
                      "\x20\0\x05\x05\0\0\0\0",
            "1.2.3.4", true),
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char more[512], client[DW__IP_SIZE + 1];
        struct proxy_header header;
        dw_text t = rows[i].bytes;

        for (size_t n = 0; n < t.n; n++)
            if (read_header((dw_text){t.p, n}, &header) != DW__PROXY_HEADER_MORE || header.named ||
                header.tls)
                fail_msg("row %zu, cut at %zu", i, n);
        memcpy(more, t.p, t.n);
        memcpy(more + t.n, "GET", 3);
        assert_int_equal(read_header((dw_text){more, t.n + 3}, &header), t.n);
        assert_int_equal(header.named, rows[i].client[0] != '\0');
        client[dw__ip_write(header.client, client)] = '\0';
        if (header.named)
            assert_string_equal(client, rows[i].client);
        assert_int_equal(header.tls, rows[i].tls);
    }
}

static void a_unix_socket(void **state)
{
    char bytes[16 + 216] = SIGNATURE "\x21\x31\0\xd8/tmp/client";
    struct proxy_header header;

    (void)state;
    assert_int_equal(read_header((dw_text){bytes, sizeof bytes - 1}, &header), DW__PROXY_HEADER_MORE);
    assert_int_equal(read_header((dw_text){bytes, sizeof bytes}, &header), sizeof bytes);
    assert_false(header.named);
    bytes[15] = '\xd7';
    assert_int_equal(read_header((dw_text){bytes, sizeof bytes}, &header), DW__PROXY_HEADER_BAD);
}

static void garbled(void **state)
{
    static const dw_text rows[] = {
#undef ROW
#define ROW(lit) {"" lit "", sizeof(lit) - 1}
        ROW("GET / HTTP/1.1\r\n"),
        ROW("PROXY"
            "\r\n"),
        ROW("PROXY \r\n"),
        ROW("proxy TCP4 1.2.3.4 127.0.0.1 1 2\r\n"),
        ROW("PROXY TCP4 1.2.3.4 127.0.0.1 1 2\n"),
        ROW("PROXY TCP4 1.2.3.4 127.0.0.1 1\r\n"),
        ROW("PROXY TCP4 1.2.3.4 127.0.0.1 1 2 3\r\n"),
        ROW("PROXY TCP4  1.2.3.4 127.0.0.1 1 2\r\n"),
        ROW("PROXY TCP4 1.2.3.4 127.0.0.1 1 2 \r\n"),
        ROW("PROXY TCP4 1.2.3.4 127.0.0.1 01 2\r\n"),
        ROW("PROXY TCP4 1.2.3.4 127.0.0.1 1 65536\r\n"),
        ROW("PROXY TCP4 1.2.3.4 127.0.0.1 -1 2\r\n"),
        ROW("PROXY TCP4 ::1 127.0.0.1 1 2\r\n"),
        ROW("PROXY TCP4 1.2.3.4 ::1 1 2\r\n"),
        ROW("PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n"),
        ROW("PROXY TCP4 unix unix 1 2\r\n"),
        ROW("PROXY UDP4 1.2.3.4 127.0.0.1 1 2\r\n"),
        ROW("PROXY TCP4 1.2.3.4\0 127.0.0.1 1 2\r\n"),
        ROW("PROXY UNKNOWN "
            "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234"
            "567890123456789\r\n"),
        ROW("\r\n\r\n\0\r\nQUIT\r\x21\x11\0\x0c" V4),
        ROW(SIGNATURE "\x11\x11\0\x0c" V4),
        ROW(SIGNATURE "\x22\x11\0\x0c" V4),
        ROW(SIGNATURE "\x21\x12\0\x0c" V4),
        ROW(SIGNATURE "\x21\x41\0\x0c" V4),
        ROW(SIGNATURE "\x21\x11\0\x0b" V4),
        ROW(SIGNATURE "\x21\x21\0\x0c" V4),
        ROW(SIGNATURE "\x21\x11\x07\xf1" V4),
        ROW(SIGNATURE "\x20\x11\xff\xff" V4),
        ROW(SIGNATURE "\x21\x11\0\x0e" V4 "\x04\0"),
        ROW(SIGNATURE "\x21\x11\0\x10" V4 "\x04\0\x02\0"),
        ROW(SIGNATURE "\x21\x11\0\x13" V4 "\x20\0\x04\x01\0\0\0"),
        ROW(SIGNATURE "\x21\x11\0\x14" V4 "\x20\xff\xff\x01\0\0\0\0"),
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct proxy_header header;
        int used = read_header(rows[i], &header);

        if (used != DW__PROXY_HEADER_BAD || header.named || header.tls)
            fail_msg("row %zu: %d", i, used);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(whole_and_cut), cmocka_unit_test(a_unix_socket),
                                       cmocka_unit_test(garbled)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
