/* What proxies say: elements right or garbled, chains longer and shorter than there are proxies, words that contradict each other. */
#include "codec/forwarded.h"

#include "codec/ip.h"
#include "codec/values.h"

static struct ip_net nets[2];
static struct proxies proxies = {.nets = nets, .n_nets = 2, .hops = 1};

static int set_up(void **state)
{
    (void)state;
    return dw__ip_net_read(DW_TEXT("127.0.0.1"), &nets[0]) != NULL ||
           dw__ip_net_read(DW_TEXT("10.0.0.0/8"), &nets[1]) != NULL;
}

/* Each reads a line that ends at a guard page; the copy stays, since hosts point into it. */
static char *lines[16];
static size_t n_lines;

static dw_text line(const char *text)
{
    lines[n_lines] = guard_page_copy(text, strlen(text));
    return (dw_text){lines[n_lines++], strlen(text)};
}

static void forget_lines(void)
{
    while (n_lines > 0)
        guard_page_free(lines[--n_lines]);
}

/* ---- one line ---- */

static void nodes(void **state)
{
    static const struct {
        const char *value, *address; /* "": hidden; NULL: garbled */
    } rows[] = {
        {"192.0.2.1", "192.0.2.1"},
        {" 192.0.2.1\t", "192.0.2.1"},
        {"192.0.2.1:80", "192.0.2.1"},
        {"2001:DB8::1", "2001:db8::1"},
        {"[2001:db8::1]", "2001:db8::1"},
        {"[2001:db8::1]:65535", "2001:db8::1"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"6.6.6.6, 192.0.2.1", "192.0.2.1"},
        {"unknown,_x , 192.0.2.1", "192.0.2.1"},
        {"unknown", ""},
        {"Unknown:80", ""},
        {"_hidden", ""},
        {"_a.b-c:_port", ""},
        {"", NULL},
        {",192.0.2.1", NULL},
        {"192.0.2.1,", NULL},
        {"192.0.2.1,,192.0.2.1", NULL},
        {"192.0.2.1 192.0.2.1", NULL},
        {"192.0.2.256", NULL},
        {"192.0.2.01", NULL},
        {"192.0.2.1:", NULL},
        {"192.0.2.1:65536", NULL},
        {"192.0.2.1:x", NULL},
        {"192.0.2.1:_x", NULL},
        {"[192.0.2.1]", NULL},
        {"[::1", NULL},
        {"[::1]x", NULL},
        {"[::1]:", NULL},
        {"::1]", NULL},
        {"[]", NULL},
        {"_", NULL},
        {"_a b", NULL},
        {"unknown2", NULL},
        {"localhost", NULL},
        {"\"192.0.2.1\"", NULL},
        {"<script>, 192.0.2.1", NULL},
        {"for=192.0.2.1", NULL},
        {"fe80::1%eth0", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct forwarded f = {0};
        bool read = dw__forwarded_for(&f, line(rows[i].value));
        const struct forwarded_node *last = &f.nodes[(f.n_nodes - 1) % DW__HOPS];
        char text[DW__IP_SIZE + 1] = "";

        if (read != (rows[i].address != NULL))
            fail_msg("'%s' is %sread", rows[i].value, read ? "" : "not ");
        if (read && last->kind == NODE_ADDRESS)
            text[dw__ip_write(last->ip, text)] = '\0';
        if (read)
            assert_string_equal(text, rows[i].address);
        forget_lines();
    }
}

static void protos_and_hosts(void **state)
{
    static const char *const good[] = {"app.test",   "APP.test:8443", "a-b.c",      "127.0.0.1:1",
                                       "[::1]:8080", "[::1]",         "app.test:0", "a.test, b.test"};
    static const char *const bad[] = {
        "",        ":80",  "app.test:", "app.test:65536", "a b",  "a/b",  "user@a",      "app_x.test",
        "a.test,", "[::1", "::1",       "[1.2.3.4]",      "a\"b", "a\tb", "[::1]:80:80", "a.test:+1"};
    struct forwarded f = {0};

    (void)state;
    for (size_t i = 0; i < ROWS(good); i++)
        if (!dw__forwarded_host(&f, line(good[i])))
            fail_msg("%s must be read", good[i]);
    for (size_t i = 0; i < ROWS(bad); i++) {
        forget_lines();
        if (dw__forwarded_host(&f, line(bad[i])))
            fail_msg("%s must not be read", bad[i]);
    }
    forget_lines();
    assert_true(dw__forwarded_proto(&f, DW_TEXT("HTTPS")) && dw__forwarded_proto(&f, DW_TEXT("http, https")));
    assert_false(dw__forwarded_proto(&f, DW_TEXT("")) || dw__forwarded_proto(&f, DW_TEXT("ftp")) ||
                 dw__forwarded_proto(&f, DW_TEXT("https;")) || dw__forwarded_proto(&f, DW_TEXT("http,")));
}

static void elements_of_rfc_7239(void **state)
{
    static const char *const good[] = {"for=192.0.2.60;proto=http;by=203.0.113.43",
                                       "For=\"[2001:db8:cafe::17]:4711\"",
                                       "for=192.0.2.43, for=198.51.100.17",
                                       "for=_hidden, for=_SEVKISEK;by=\"_x:80\"",
                                       "for=unknown",
                                       "proto=https",
                                       "host=\"app.test:8443\";proto=HTTPS",
                                       "for=1.2.3.4;secret=\"a;b,c\";other=x",
                                       "for=\"1.2.3.4:80\" , proto=http"};
    static const char *const bad[] = {"",
                                      ",",
                                      ";",
                                      "for",
                                      "for=",
                                      "for=1.2.3.4;",
                                      "for=1.2.3.4,",
                                      ",for=1.2.3.4",
                                      "for=1.2.3.4;for=1.2.3.4",
                                      "for=1.2.3.4;FOR=5.6.7.8",
                                      "for =1.2.3.4",
                                      "for= 1.2.3.4",
                                      "for=1.2.3.4 5",
                                      "for=::1",
                                      "for=\"::1\"",
                                      "for=[::1]",
                                      "for=1.2.3.4:80",
                                      "for=\"1.2.3.4",
                                      "for=\"1.2.3\\.4\"",
                                      "for=\"1.2.3.4\"x",
                                      "=1.2.3.4",
                                      "proto=gopher",
                                      "host=\"a b\"",
                                      "by=nobody",
                                      "for=<x>"};

    (void)state;
    for (size_t i = 0; i < ROWS(good); i++) {
        struct forwarded f = {0};

        if (!dw__forwarded_standard(&f, line(good[i])))
            fail_msg("%s must be read", good[i]);
        forget_lines();
    }
    for (size_t i = 0; i < ROWS(bad); i++) {
        struct forwarded f = {0};

        if (dw__forwarded_standard(&f, line(bad[i])))
            fail_msg("%s must not be read", bad[i]);
        forget_lines();
    }
}

/* ---- what it comes to ---- */

/* From `peer` by `hops` proxies at most: "address proto host", or why not. */
static const char *comes_to(const struct forwarded *f, unsigned hops, const char *peer)
{
    static char text[400];
    char address[DW__IP_SIZE + 1];
    struct forwarded_word word;
    const char *why;
    dw_ip ip;

    assert_true(dw_ip_read(dw__text_of(peer), &ip));
    why = dw__forwarded_resolve(f, &proxies, hops, ip, &word);
    if (why != NULL)
        return why;
    address[dw__ip_write(word.client, address)] = '\0';
    assert_int_equal(word.has_client, strcmp(address, peer) != 0);
    (void)snprintf(text, sizeof text, "%s %s %.*s", address,
                   word.proto == FORWARDED_HTTPS  ? "https"
                   : word.proto == FORWARDED_HTTP ? "http"
                                                  : "-",
                   DW_FMT(word.host));
    return text;
}

static const char *x(const char *nodes_, const char *protos, const char *hosts, unsigned hops)
{
    struct forwarded f = {0};

    if (nodes_ != NULL)
        assert_true(dw__forwarded_for(&f, dw__text_of(nodes_)));
    if (protos != NULL)
        assert_true(dw__forwarded_proto(&f, dw__text_of(protos)));
    if (hosts != NULL)
        assert_true(dw__forwarded_host(&f, dw__text_of(hosts)));
    return comes_to(&f, hops, "127.0.0.1");
}

static void one_proxy(void **state)
{
    (void)state;
    assert_string_equal(x("1.2.3.4", "https", "app.test", 1), "1.2.3.4 https app.test");
    assert_string_equal(x(NULL, "https", NULL, 1), "127.0.0.1 https ");
    assert_string_equal(x("1.2.3.4", NULL, NULL, 1), "1.2.3.4 - ");
    /* What stands before the last the client wrote. */
    assert_string_equal(x("6.6.6.6, 1.2.3.4", "http", NULL, 1), "1.2.3.4 http ");
    assert_string_equal(x("10.0.0.7, 10.0.0.8", NULL, NULL, 1), "10.0.0.8 - ");
    assert_string_equal(x("unknown, 1.2.3.4", NULL, NULL, 1), "1.2.3.4 - ");
    assert_string_equal(x("1.2.3.4, unknown", NULL, NULL, 1), "a proxy that hides who its client is");
    assert_string_equal(x("_x", NULL, NULL, 1), "a proxy that hides who its client is");
}

static void several_proxies(void **state)
{
    (void)state;
    assert_string_equal(x("1.2.3.4, 10.0.0.1", "https, http", "a.test, b.test", 2), "1.2.3.4 https a.test");
    assert_string_equal(x("1.2.3.4, 10.0.0.1", "https", "a.test", 2), "1.2.3.4 https a.test");
    assert_string_equal(x("6.6.6.6, 1.2.3.4, 10.0.0.1", "https", NULL, 2), "1.2.3.4 https ");
    /* Who is no proxy of ours ends the chain, whatever stands before it. */
    assert_string_equal(x("6.6.6.6, 1.2.3.4", "https", NULL, 2), "1.2.3.4 https ");
    assert_string_equal(x("6.6.6.6, 1.2.3.4", "http, https", NULL, 2), "1.2.3.4 https ");
    /* A chain that is shorter: a proxy itself asks. */
    assert_string_equal(x("10.0.0.1", "https", NULL, 2), "10.0.0.1 https ");
    assert_string_equal(x("10.0.0.1", "https", NULL, 8), "10.0.0.1 https ");
    assert_string_equal(
        x("1.1.1.1, 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.6, 10.0.0.7", NULL, NULL, 8),
        "1.1.1.1 - ");
    assert_string_equal(
        x("9.9.9.9, 1.1.1.1, 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.6, 10.0.0.7", NULL,
          NULL, 8),
        "1.1.1.1 - ");
}

static void conflicts(void **state)
{
    (void)state;
    assert_string_equal(x("1.2.3.4", "http, https", NULL, 1), "conflicting X-Forwarded-Proto");
    assert_string_equal(x("1.2.3.4", "https, https", NULL, 1), "1.2.3.4 https ");
    assert_string_equal(x("1.2.3.4", NULL, "a.test, b.test", 1), "conflicting X-Forwarded-Host");
    assert_string_equal(x("1.2.3.4", NULL, "a.test, A.test", 1), "1.2.3.4 - A.test");
    assert_string_equal(x("1.2.3.4, 10.0.0.1", "http, https, https", NULL, 2),
                        "conflicting X-Forwarded-Proto");
}

static const char *standard(const char *value, unsigned hops)
{
    struct forwarded f = {0};

    assert_true(dw__forwarded_standard(&f, dw__text_of(value)));
    return comes_to(&f, hops, "127.0.0.1");
}

static void chains_of_rfc_7239(void **state)
{
    (void)state;
    assert_string_equal(standard("for=1.2.3.4;proto=https;host=app.test", 1), "1.2.3.4 https app.test");
    assert_string_equal(standard("for=6.6.6.6;proto=http;host=evil.test, for=1.2.3.4;proto=https", 1),
                        "1.2.3.4 https ");
    assert_string_equal(
        standard("for=1.2.3.4;proto=https;host=a.test, for=10.0.0.1;proto=http;host=b.test", 2),
        "1.2.3.4 https a.test");
    /* What the outer proxy leaves out, the inner may have said. */
    assert_string_equal(standard("for=1.2.3.4, for=10.0.0.1;proto=https;host=b.test", 2),
                        "1.2.3.4 https b.test");
    assert_string_equal(standard("proto=https", 1), "127.0.0.1 https ");
    assert_string_equal(standard("for=1.2.3.4, proto=https", 2), "127.0.0.1 https ");
    assert_string_equal(standard("for=_hidden", 1), "a proxy that hides who its client is");
    assert_string_equal(standard("for=\"[2001:db8::1]:80\"", 1), "2001:db8::1 - ");
}

static void two_kinds(void **state)
{
    static const struct {
        struct forwarded_word a, b;
        bool conflict;
    } rows[] = {
        {{.proto = FORWARDED_NO_PROTO}, {.proto = FORWARDED_HTTP}, false},
        {{.proto = FORWARDED_HTTPS}, {.proto = FORWARDED_HTTP}, true},
        {{.has_client = true, .client = {{1, 2, 3, 4}, 4}}, {.has_client = false}, false},
        {{.has_client = true, .client = {{1, 2, 3, 4}, 4}},
         {.has_client = true, .client = {{1, 2, 3, 5}, 4}},
         true},
        {{.has_client = true, .client = {{1, 2, 3, 4}, 4}},
         {.has_client = true, .client = {{1, 2, 3, 4}, 4}},
         false},
        {{.host = DW_TEXT_INIT("a")}, {.host = DW_TEXT_INIT("A")}, false},
        {{.host = DW_TEXT_INIT("a")}, {.host = DW_TEXT_INIT("b")}, true},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++)
        assert_int_equal(dw__forwarded_conflict(&rows[i].a, &rows[i].b), rows[i].conflict);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes),
        cmocka_unit_test(protos_and_hosts),
        cmocka_unit_test(elements_of_rfc_7239),
        cmocka_unit_test(one_proxy),
        cmocka_unit_test(several_proxies),
        cmocka_unit_test(conflicts),
        cmocka_unit_test(chains_of_rfc_7239),
        cmocka_unit_test(two_kinds),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
