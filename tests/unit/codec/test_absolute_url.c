/* Absolute URLs: RFC 3986, and the URL standard's own rows, whose readers must see in what we take the same host as we. */
#include "codec/absolute_url.h"

#include "codec/values.h"
#include "vectors.h"

static void takes(void **state)
{
    static const struct {
        dw_text text;
        const char *scheme, *host, *path, *query, *fragment;
        uint32_t port;
    } rows[] = {
        {DW_TEXT_INIT("http://a"), "http", "a", "", NULL, NULL, 0},
        {DW_TEXT_INIT("https://example.com/"), "https", "example.com", "/", NULL, NULL, 0},
        {DW_TEXT_INIT("HTTPS://EXAMPLE.com./x"), "HTTPS", "EXAMPLE.com.", "/x", NULL, NULL, 0},
        {DW_TEXT_INIT("https://example.com:8443/a/b;p=1?q=%C3%A9&r=/?#f/?"), "https", "example.com",
         "/a/b;p=1", "q=%C3%A9&r=/?", "f/?", 8443},
        {DW_TEXT_INIT("http://192.0.2.1:65535?"), "http", "192.0.2.1", "", "", NULL, 65535},
        {DW_TEXT_INIT("ftp://[2001:db8::7]:21/~x#"), "ftp", "[2001:db8::7]", "/~x", NULL, "", 21},
        {DW_TEXT_INIT("http://[::1]"), "http", "[::1]", "", NULL, NULL, 0},
        {DW_TEXT_INIT("x-y.z+1://h/-._~!$&'()*+,;=:@"), "x-y.z+1", "h", "/-._~!$&'()*+,;=:@", NULL, NULL, 0},
        {DW_TEXT_INIT("http://a/../b//c"), "http", "a", "/../b//c", NULL, NULL, 0},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct absolute_url url;
        if (!dw__absolute_url_read(rows[i].text, &url))
            fail_msg("%.*s", DW_FMT(rows[i].text));
        assert_true(dw__text_eq(url.scheme, dw__text_of(rows[i].scheme)));
        assert_true(dw__text_eq(url.host, dw__text_of(rows[i].host)));
        assert_true(dw__text_eq(url.path, dw__text_of(rows[i].path)));
        assert_true(dw__text_eq(url.query, dw__text_of(rows[i].query)) && !url.query.p == !rows[i].query);
        assert_true(dw__text_eq(url.fragment, dw__text_of(rows[i].fragment)) &&
                    !url.fragment.p == !rows[i].fragment);
        assert_int_equal(url.port, rows[i].port);
        assert_true(dw_url_valid(rows[i].text));
    }
}

static void refuses(void **state)
{
    static const dw_text rows[] = {
        DW_TEXT_INIT(""),
        DW_TEXT_INIT("example.com"),
        DW_TEXT_INIT("//example.com/"),
        DW_TEXT_INIT("/path"),
        DW_TEXT_INIT("http:"),
        DW_TEXT_INIT("http:/"),
        DW_TEXT_INIT("http://"),
        DW_TEXT_INIT("http:///x"),
        DW_TEXT_INIT("http:example.com"),
        DW_TEXT_INIT("http:/example.com"),
        DW_TEXT_INIT("http:\\\\example.com"),
        DW_TEXT_INIT("http://example.com\\@evil.test"),
        DW_TEXT_INIT("http://user@example.com/"),
        DW_TEXT_INIT("http://user:pw@example.com/"),
        DW_TEXT_INIT("http://@example.com/"),
        DW_TEXT_INIT("http://example.com:80@evil.test/"),
        DW_TEXT_INIT("http://example.com:/"),
        DW_TEXT_INIT("http://example.com:0/"),
        DW_TEXT_INIT("http://example.com:080/"),
        DW_TEXT_INIT("http://example.com:65536/"),
        DW_TEXT_INIT("http://example.com:+80/"),
        DW_TEXT_INIT("http://example.com:99999999999999999999/"),
        DW_TEXT_INIT("http://a b/"),
        DW_TEXT_INIT("http://a/b c"),
        DW_TEXT_INIT(" http://a/"),
        DW_TEXT_INIT("http://a/ "),
        DW_TEXT_INIT("http://a/\n"),
        DW_TEXT_INIT("ht\ntp://a/"),
        DW_TEXT_INIT("http://a/\tb"),
        DW_TEXT_INIT("http://a/\0b"),
        DW_TEXT_INIT("http://a%2eb/"),
        DW_TEXT_INIT("http://a/%"),
        DW_TEXT_INIT("http://a/%2"),
        DW_TEXT_INIT("http://a/%g0"),
        DW_TEXT_INIT("http://a/?%zz"),
        DW_TEXT_INIT("http://a/#%"),
        DW_TEXT_INIT("http://a/#b#c"),
        DW_TEXT_INIT("http://a/\"b"),
        DW_TEXT_INIT("http://a/<b>"),
        DW_TEXT_INIT("http://a/[b]"),
        DW_TEXT_INIT("http://a/b|c"),
        DW_TEXT_INIT("http://a/b\\c"),
        DW_TEXT_INIT("http://a/b^c`{}"),
        DW_TEXT_INIT("http://b\xc3\xbc"
                     "cher.example/"),
        DW_TEXT_INIT("http://a/\xc3\xa9"),
        DW_TEXT_INIT("http://127.1/"),
        DW_TEXT_INIT("http://2130706433/"),
        DW_TEXT_INIT("http://0x7f.0.0.1/"),
        DW_TEXT_INIT("http://0177.0.0.1/"),
        DW_TEXT_INIT("http://1.2.3.4.5/"),
        DW_TEXT_INIT("http://1.2.3.4./"),
        DW_TEXT_INIT("http://256.1.1.1/"),
        DW_TEXT_INIT("http://[::1"),
        DW_TEXT_INIT("http://::1/"),
        DW_TEXT_INIT("http://[127.0.0.1]/"),
        DW_TEXT_INIT("http://[::1%25eth0]/"),
        DW_TEXT_INIT("http://[v1.x]/"),
        DW_TEXT_INIT("http://[]/"),
        DW_TEXT_INIT("http://a../"),
        DW_TEXT_INIT("http://./"),
        DW_TEXT_INIT("http://a_b/"),
        DW_TEXT_INIT("1http://a/"),
        DW_TEXT_INIT("://a/"),
        DW_TEXT_INIT("ht_tp://a/"),
        DW_TEXT_INIT("javascript:alert(1)"),
        DW_TEXT_INIT("javascript://%0aalert(1)"),
        DW_TEXT_INIT("data:text/html,x"),
        DW_TEXT_INIT("mailto:a@example.com"),
        DW_TEXT_INIT("file:///etc/passwd"),
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct absolute_url url;
        if (READS(dw__absolute_url_read, rows[i], &url))
            fail_msg("\"%.*s\" is no such URL", DW_FMT(rows[i]));
        assert_true(url.scheme.p == NULL && url.host.p == NULL);
    }
}

static const char *member(const json_t *row, const char *name)
{
    const char *value = json_string_value(json_object_get(row, name));

    return value != NULL ? value : "";
}

static bool is_web(const char *protocol)
{
    return strcmp(protocol, "http:") == 0 || strcmp(protocol, "https:") == 0;
}

/* A URL in the standard's own normal form that we refuse: for a reason that is written down here. */
static bool refused_on_purpose(const char *href)
{
    const char *mark = strchr(href, '#');

    return (mark != NULL && strchr(mark + 1, '#') != NULL) || strpbrk(href, "|^\"{}[]\\`") != NULL ||
           strchr(href, '_') != NULL || strchr(href, '@') != NULL || strstr(href, "%") != NULL ||
           strstr(href, ":0/") != NULL || strstr(href, "://.") != NULL || strstr(href, "xn--") != NULL ||
           strstr(href, "://!") != NULL || strstr(href, "://&") != NULL;
}

/* Without regard to case, and to how an IPv6 address is written. */
static bool same_host(dw_text ours, dw_text theirs)
{
    dw_ip a, b;

    if (ours.p[0] != '[')
        return dw__text_eq_nocase(ours, theirs);
    return dw_ip_read((dw_text){ours.p + 1, ours.n - 2}, &a) &&
           dw_ip_read((dw_text){theirs.p + 1, theirs.n - 2}, &b) && dw_ip_compare(a, b) == 0;
}

static void agrees_with_the_url_standard(void **state)
{
    json_t *doc = vectors_load("wpt_urltestdata.json");
    size_t taken = 0, at;
    json_t *row;
    (void)state;
    if (doc == NULL)
        return;
    json_array_foreach(doc, at, row)
    {
        const json_t *in = json_object_get(row, "input");
        struct absolute_url url;
        if (!json_is_string(in))
            continue;
        dw_text text = {json_string_value(in), json_string_length(in)};
        const char *href = member(row, "href");
        bool ours = dw__absolute_url_read(text, &url);
        if (!ours) {
            if (is_web(member(row, "protocol")) && dw__text_eq(text, dw__text_of(href)) &&
                !refused_on_purpose(href))
                fail_msg("%s is refused", href);
            continue;
        }
        /* What we take is taken there, with the same host and without a user. */
        if (!dw__text_eq_nocase(url.scheme, DW_TEXT("http")) &&
            !dw__text_eq_nocase(url.scheme, DW_TEXT("https")))
            continue;
        if (json_is_true(json_object_get(row, "failure")))
            fail_msg("%s is a failure", text.p);
        taken++;
        if (!same_host(url.host, dw__text_of(member(row, "hostname"))))
            fail_msg("%s", text.p);
        assert_string_equal(member(row, "username"), "");
        char port[8];
        snprintf(port, sizeof port, "%u", url.port);
        if (*member(row, "port") != '\0')
            assert_string_equal(port, member(row, "port"));
    }
    assert_true(taken > 50);
    json_decref(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes),
        cmocka_unit_test(refuses),
        cmocka_unit_test(agrees_with_the_url_standard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
