/* Networks: what is one, who is in it, and what would be a slip. */
#include "codec/ip_net.h"

#include "codec/values.h"

static const char *read_net(dw_text t, struct ip_net *out)
{
    char *copy = guard_page_copy(t.p, t.n);
    const char *why = dw__ip_net_read((dw_text){copy, t.n}, out);
    guard_page_free(copy);
    return why;
}

static void in_and_out(void **state)
{
    static const struct {
        dw_text net;
        const char *address;
        bool in;
    } rows[] = {
        {DW_TEXT_INIT("127.0.0.1/32"), "127.0.0.1", true},
        {DW_TEXT_INIT("127.0.0.1/32"), "127.0.0.2", false},
        {DW_TEXT_INIT("127.0.0.1"), "127.0.0.1", true},
        {DW_TEXT_INIT("127.0.0.1"), "127.0.0.0", false},
        {DW_TEXT_INIT("127.0.0.1"), "::ffff:127.0.0.1", true},
        {DW_TEXT_INIT("10.0.0.0/8"), "10.255.255.255", true},
        {DW_TEXT_INIT("10.0.0.0/8"), "11.0.0.0", false},
        {DW_TEXT_INIT("192.168.128.0/17"), "192.168.128.0", true},
        {DW_TEXT_INIT("192.168.128.0/17"), "192.168.255.255", true},
        {DW_TEXT_INIT("192.168.128.0/17"), "192.168.127.255", false},
        {DW_TEXT_INIT("128.0.0.0/1"), "255.0.0.1", true},
        {DW_TEXT_INIT("128.0.0.0/1"), "127.0.0.1", false},
        {DW_TEXT_INIT("::1"), "::1", true},
        {DW_TEXT_INIT("::1"), "127.0.0.1", false},
        {DW_TEXT_INIT("2001:db8::/32"), "2001:db8:ffff::1", true},
        {DW_TEXT_INIT("2001:db8::/33"), "2001:db8:8000::", false},
        {DW_TEXT_INIT("2001:db8::/127"), "2001:db8::1", true},
        {DW_TEXT_INIT("2001:db8::/127"), "2001:db8::2", false},
        {DW_TEXT_INIT("unix"), "unix", true},
        {DW_TEXT_INIT("unix"), "0.0.0.0", false},
        {DW_TEXT_INIT("128.0.0.0/1"), "unix", false},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct ip_net net;
        dw_ip ip;

        assert_null(read_net(rows[i].net, &net));
        (void)dw_ip_read(dw__text_of(rows[i].address), &ip);
        if (dw__ip_net_has(&net, 1, ip) != rows[i].in)
            fail_msg("%s in %.*s", rows[i].address, DW_FMT(rows[i].net));
        assert_false(dw__ip_net_has(&net, 0, ip));
    }
}

static void refuses(void **state)
{
    static const dw_text rows[] = {
        DW_TEXT_INIT(""),
        DW_TEXT_INIT("/"),
        DW_TEXT_INIT("/8"),
        DW_TEXT_INIT("0.0.0.0/0"),
        DW_TEXT_INIT("::/0"),
        DW_TEXT_INIT("10.0.0.0/00"),
        DW_TEXT_INIT("10.0.0.1/8"),
        DW_TEXT_INIT("10.0.0.0/"),
        DW_TEXT_INIT("10.0.0.0/33"),
        DW_TEXT_INIT("10.0.0.0/+8"),
        DW_TEXT_INIT("10.0.0.0/8/8"),
        DW_TEXT_INIT("10.0.0.0/18446744073709551624"),
        DW_TEXT_INIT("10.0.0/8"),
        DW_TEXT_INIT("127.0.0.1:80"),
        DW_TEXT_INIT("2001:db8::1/64"),
        DW_TEXT_INIT("2001:db8::/129"),
        DW_TEXT_INIT("::ffff:10.0.0.0/104"),
        DW_TEXT_INIT("[::1]"),
        DW_TEXT_INIT("localhost"),
        DW_TEXT_INIT("unix:"),
        DW_TEXT_INIT("*"),
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct ip_net net;

        if (read_net(rows[i], &net) == NULL)
            fail_msg("'%.*s' must be refused", DW_FMT(rows[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(in_and_out), cmocka_unit_test(refuses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
