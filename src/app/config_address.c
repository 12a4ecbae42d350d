/* app/config_address.c -- settings that are places on a network: addresses to listen at, hosts, an origin.
 *
 * Pure, as config_value.c.  Addresses are numeric: a name that is looked up may change its mind, and a look-up at the start
 * may hang.  Hosts are what a Host field may hold, without the port. */
#include "app/config_parse.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include "codec/origin.h"

static bool parse_port(dw_text text, uint16_t *port)
{
    uint64_t number;

    if (text.n > 5 || !dw__text_u64(text, &number) || number > UINT16_MAX)
        return false;
    *port = (uint16_t)number;
    return true;
}

/* text into a NUL-terminated out for inet_pton; false when it is longer. */
static bool terminated(dw_text text, char *out, size_t size)
{
    if (text.n >= size)
        return false;
    memcpy(out, text.p, text.n);
    out[text.n] = 0;
    return true;
}

static bool parse_unix(dw_text path, struct config_address *a)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};

    if (path.n == 0 || path.p[0] == '@' || path.n >= sizeof un.sun_path)
        return false;
    memcpy(un.sun_path, path.p, path.n);
    memcpy(&a->address, &un, sizeof un);
    a->address_n = (socklen_t)sizeof un;
    a->path = path;
    a->loopback = true;
    return true;
}

static bool parse_ipv6(dw_text host, uint16_t port, struct config_address *a)
{
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    char name[INET6_ADDRSTRLEN];

    if (!terminated(host, name, sizeof name) || inet_pton(AF_INET6, name, &in6.sin6_addr) != 1)
        return false;
    memcpy(&a->address, &in6, sizeof in6);
    a->address_n = (socklen_t)sizeof in6;
    a->loopback = IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr);
    return true;
}

static bool parse_ipv4(dw_text host, uint16_t port, struct config_address *a)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    char name[INET_ADDRSTRLEN];

    if (!terminated(host, name, sizeof name) || inet_pton(AF_INET, name, &in.sin_addr) != 1)
        return false;
    memcpy(&a->address, &in, sizeof in);
    a->address_n = (socklen_t)sizeof in;
    a->loopback = (ntohl(in.sin_addr.s_addr) >> 24) == 127;
    return true;
}

static bool address_parse(dw_text text, struct config_address *a)
{
    dw_text host, port;
    uint16_t number;
    size_t at = text.n;

    memset(a, 0, sizeof *a);
    a->text = text;
    if (dw__text_starts(text, DW_TEXT("unix:")))
        return parse_unix((dw_text){text.p + 5, text.n - 5}, a);
    while (at > 0 && text.p[at - 1] != ':')
        at--;
    if (at == 0)
        return false;
    host = (dw_text){text.p, at - 1};
    port = (dw_text){text.p + at, text.n - at};
    if (!parse_port(port, &number))
        return false;
    if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        return parse_ipv6((dw_text){host.p + 1, host.n - 2}, number, a);
    return parse_ipv4(host, number, a);
}

static const char *const not_an_address =
    "is not an address; give 127.0.0.1:8080, [::1]:8080 or unix:path (names are not looked up)";

bool dw__value_address(const struct value *v)
{
    struct config_address *a = dw__arena_zalloc(&v->config->memory, sizeof *a);

    if (a == NULL)
        return value_wrong(v, "needs more memory than there is");
    if (!address_parse(v->text, a))
        return value_wrong(v, not_an_address);
    memcpy(value_member(v), &a, sizeof a);
    return true;
}

/* How many items a list has, and their bound; 0: too many. */
static size_t count_items(const struct value *v)
{
    size_t n = 1;

    for (size_t i = 0; i < v->text.n; i++)
        n += v->text.p[i] == ',';
    return n > v->row->max ? 0 : n;
}

static bool too_many(const struct value *v)
{
    snprintf(v->why, DW__SETTING_WHY, "has more than %llu items", (unsigned long long)v->row->max);
    return false;
}

bool dw__value_addresses(const struct value *v)
{
    size_t n = count_items(v);
    struct config_address *list;
    dw_text rest = v->text;

    if (n == 0)
        return too_many(v);
    list = dw__arena_calloc(&v->config->memory, n, sizeof *list);
    if (list == NULL)
        return value_wrong(v, "needs more memory than there is");
    for (size_t i = 0; i < n; i++) {
        /* A copy of its own, so that a NUL is behind the path. */
        dw_text item = dw__arena_text(&v->config->memory, dw__text_trim(dw__text_cut(&rest, ',')));

        if (item.p == NULL || !address_parse(item, &list[i]))
            return value_wrong(v, not_an_address);
        for (size_t k = 0; k < i; k++)
            if (dw__text_eq(list[k].text, list[i].text))
                return value_wrong(v, "has the same address twice");
    }
    value_put_list(v, list, n);
    return true;
}

/* A name, an IPv4 address, or an IPv6 address in brackets (RFC 9110 §7.2, without port). */
static bool is_host(dw_text host)
{
    char name[INET6_ADDRSTRLEN];
    struct in6_addr ignored;

    if (host.n == 0 || host.n > 253)
        return false;
    if (host.p[0] == '[')
        return host.n > 2 && host.p[host.n - 1] == ']' &&
               terminated((dw_text){host.p + 1, host.n - 2}, name, sizeof name) &&
               inet_pton(AF_INET6, name, &ignored) == 1;
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];

        if (!(is_letter(c) || is_digit(c) || (i > 0 && (c == '-' || (c == '.' && host.p[i - 1] != '.')))))
            return false;
    }
    return host.p[host.n - 1] != '.' && host.p[host.n - 1] != '-';
}

/* Memory for the items of a list, `size` bytes each; none of an empty text. */
static bool begin_list(const struct value *v, size_t size, void **list, size_t *n)
{
    *list = NULL;
    *n = 0;
    if (dw__text_trim(v->text).n == 0)
        return true;
    if ((*n = count_items(v)) == 0)
        return too_many(v);
    *list = dw__arena_calloc(&v->config->memory, *n, size);
    return *list != NULL || value_wrong(v, "needs more memory than there is");
}

bool dw__value_hosts(const struct value *v)
{
    dw_text *list, rest = v->text;
    void *memory;
    size_t n;

    if (!begin_list(v, sizeof *list, &memory, &n))
        return false;
    list = memory;
    for (size_t i = 0; i < n; i++) {
        dw_text item = dw__text_trim(dw__text_cut(&rest, ','));
        dw_text host = item;

        if (host.n > 1 && host.p[0] == '.' && host.p[1] != '[') {
            host.p++;
            host.n--;
        }
        if (!is_host(host))
            return value_wrong(
                v,
                "has an item that is no host; give names without scheme and port, .example.com for a domain "
                "and all below it");
        list[i] = item;
    }
    value_put_list(v, list, n);
    return true;
}

bool dw__value_nets(const struct value *v)
{
    struct ip_net *list;
    dw_text rest = v->text;
    void *memory;
    size_t n;

    if (!begin_list(v, sizeof *list, &memory, &n))
        return false;
    list = memory;
    for (size_t i = 0; i < n; i++) {
        const char *why = dw__ip_net_read(dw__text_trim(dw__text_cut(&rest, ',')), &list[i]);

        if (why != NULL)
            return value_wrong(v, why);
    }
    value_put_list(v, list, n);
    return true;
}

bool dw__value_origin(const struct value *v)
{
    dw_text rest = v->text, host;
    size_t end;
    uint16_t port;

    if (dw__text_starts(rest, DW_TEXT("https://")))
        rest = (dw_text){rest.p + 8, rest.n - 8};
    else if (dw__text_starts(rest, DW_TEXT("http://")))
        rest = (dw_text){rest.p + 7, rest.n - 7};
    else
        return value_wrong(v, "is not an origin: it begins with https:// or http://");
    end = dw__text_find(rest, rest.n > 0 && rest.p[0] == '[' ? ']' : ':');
    if (end < rest.n && rest.p[end] == ']')
        end++;
    host = (dw_text){rest.p, end};
    rest = (dw_text){rest.p + end, rest.n - end};
    if (!is_host(host) ||
        (rest.n > 0 &&
         (rest.p[0] != ':' || !parse_port((dw_text){rest.p + 1, rest.n - 1}, &port) || port == 0)))
        return value_wrong(
            v, "is not an origin: after the scheme come a host and perhaps a port, and nothing else");
    value_put_text(v, v->text);
    return true;
}

/* One that `list` (n items) may have at its end. */
static bool take_origin(const struct value *v, dw_text item, const dw_text *list, size_t n)
{
    struct origin_rule rule;
    const char *fault = dw__origin_rule_read(item, &rule);

    for (size_t i = 0; i < n && fault == NULL; i++)
        if (dw__text_eq(list[i], item) || rule.kind == ORIGIN_ANY || dw__text_is(list[i], "*"))
            fault = "is there twice, or '*' beside others";
    if (fault == NULL)
        return true;
    snprintf(v->why, DW__SETTING_WHY, "has an item that %s", fault);
    return false;
}

bool dw__value_origins(const struct value *v)
{
    dw_text *list, rest = v->text;
    void *memory;
    size_t n;

    if (!begin_list(v, sizeof *list, &memory, &n))
        return false;
    list = memory;
    for (size_t i = 0; i < n; i++) {
        list[i] = dw__text_trim(dw__text_cut(&rest, ','));
        if (!take_origin(v, list[i], list, i))
            return false;
    }
    value_put_list(v, list, n);
    return true;
}
