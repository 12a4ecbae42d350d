/* forwarded.c -- see forwarded.h. */
#include "codec/forwarded.h"

#include "base/text.h"
#include "codec/ip.h"

#define NODE_MAX 64u /* "[" 45 "]:" 5 and some; obfuscated names as well */
#define HOST_MAX 261u

/* ---- letters ---- */

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_token_byte(char c)
{
    return is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* "_" 1*(ALPHA / DIGIT / "." / "_" / "-") (RFC 7239 §6.3). */
static bool is_obfuscated(dw_text t)
{
    if (t.n < 2 || t.p[0] != '_')
        return false;
    for (size_t i = 1; i < t.n; i++)
        if (!is_alnum(t.p[i]) && t.p[i] != '.' && t.p[i] != '_' && t.p[i] != '-')
            return false;
    return true;
}

static bool is_port(dw_text t)
{
    uint64_t port;

    return t.n >= 1 && t.n <= 5 && dw__text_u64(t, &port) && port <= 65535;
}

/* ---- one element ---- */

/* An address with a port or without; an IPv6 one in brackets, or bare where that is usual. */
static bool read_address(dw_text t, bool bare, dw_ip *out)
{
    size_t colon = dw__text_find(t, ':'), end;

    if (t.n > 0 && t.p[0] == '[') {
        end = dw__text_find(t, ']');
        if (end == t.n || !dw_ip_read((dw_text){t.p + 1, end - 1}, out) || out->version != 6)
            return false;
        return end + 1 == t.n || (t.p[end + 1] == ':' && is_port((dw_text){t.p + end + 2, t.n - end - 2}));
    }
    if (colon == t.n)
        return dw_ip_read(t, out);
    if (bare && dw_ip_read(t, out))
        return true;
    return dw_ip_read((dw_text){t.p, colon}, out) && out->version == 4 &&
           is_port((dw_text){t.p + colon + 1, t.n - colon - 1});
}

/* The port of a node that hides its name may be hidden as well. */
static bool is_hidden(dw_text t)
{
    dw_text port = t, name = dw__text_cut(&port, ':');

    return (dw__text_eq_nocase(name, DW_TEXT("unknown")) || is_obfuscated(name)) &&
           (port.p == NULL || is_port(port) || is_obfuscated(port));
}

static bool read_node(dw_text t, bool bare, struct forwarded_node *out)
{
    *out = (struct forwarded_node){.kind = NODE_ADDRESS};
    if (t.n > NODE_MAX)
        return false;
    if (read_address(t, bare, &out->ip)) {
        out->ip = dw__ip_plain(out->ip);
        return true;
    }
    out->kind = NODE_HIDDEN;
    return is_hidden(t);
}

static bool read_proto(dw_text t, enum forwarded_proto *out)
{
    *out = dw__text_eq_nocase(t, DW_TEXT("https")) ? FORWARDED_HTTPS : FORWARDED_HTTP;
    return *out == FORWARDED_HTTPS || dw__text_eq_nocase(t, DW_TEXT("http"));
}

/* As a Host field may have it: a name or an address, and perhaps a port. Whether it is one of ours is judged later. */
static bool is_host(dw_text t)
{
    dw_ip ip;
    size_t i = 0;

    if (t.n == 0 || t.n > HOST_MAX)
        return false;
    if (t.p[0] == '[')
        return read_address(t, false, &ip);
    while (i < t.n && (is_alnum(t.p[i]) || t.p[i] == '-' || t.p[i] == '.'))
        i++;
    return i > 0 && (i == t.n || (t.p[i] == ':' && is_port((dw_text){t.p + i + 1, t.n - i - 1})));
}

/* ---- lists ---- */

static void push_node(struct forwarded *f, struct forwarded_node node)
{
    f->nodes[f->n_nodes++ % DW__HOPS] = node;
}

static void push_proto(struct forwarded *f, enum forwarded_proto proto)
{
    f->protos_differ =
        f->protos_differ || (f->n_protos > 0 && f->protos[(f->n_protos - 1) % DW__HOPS] != proto);
    f->protos[f->n_protos++ % DW__HOPS] = proto;
}

static void push_host(struct forwarded *f, dw_text host)
{
    f->hosts_differ = f->hosts_differ ||
                      (f->n_hosts > 0 && !dw__text_eq_nocase(f->hosts[(f->n_hosts - 1) % DW__HOPS], host));
    f->hosts[f->n_hosts++ % DW__HOPS] = host;
}

bool dw__forwarded_for(struct forwarded *f, dw_text value)
{
    struct forwarded_node node;

    while (value.p != NULL) {
        if (!read_node(dw__text_trim(dw__text_cut(&value, ',')), true, &node))
            return false;
        push_node(f, node);
    }
    return true;
}

bool dw__forwarded_proto(struct forwarded *f, dw_text value)
{
    enum forwarded_proto proto;

    while (value.p != NULL) {
        if (!read_proto(dw__text_trim(dw__text_cut(&value, ',')), &proto))
            return false;
        push_proto(f, proto);
    }
    return true;
}

bool dw__forwarded_host(struct forwarded *f, dw_text value)
{
    while (value.p != NULL) {
        dw_text host = dw__text_trim(dw__text_cut(&value, ','));

        if (!is_host(host))
            return false;
        push_host(f, host);
    }
    return true;
}

/* ---- RFC 7239 ---- */

/* What one element says. */
struct element {
    struct forwarded_node node;
    enum forwarded_proto proto;
    dw_text host;
    unsigned seen; /* bit for each of for, proto, host, by */
};

static size_t token_length(dw_text t)
{
    size_t n = 0;

    while (n < t.n && is_token_byte(t.p[n]))
        n++;
    return n;
}

/* Takes a value, token or quoted-string, off the front of *t. Escapes are for characters that none of our values has: refused. */
static bool take_value(dw_text *t, dw_text *value)
{
    bool quoted = t->n > 0 && t->p[0] == '"';
    size_t end = quoted ? 1 : token_length(*t);

    if (!quoted) {
        *value = (dw_text){t->p, end};
        *t = (dw_text){t->p + end, t->n - end};
        return end > 0;
    }
    while (end < t->n && t->p[end] != '"' && t->p[end] != '\\')
        end++;
    if (end == t->n || t->p[end] == '\\')
        return false;
    *value = (dw_text){t->p + 1, end - 1};
    *t = (dw_text){t->p + end + 1, t->n - end - 1};
    return true;
}

/* Enters one pair. Extensions (RFC 7239 §5.5) are passed over. */
static bool enter(struct element *e, dw_text name, dw_text value)
{
    static const dw_text names[] = {DW_TEXT_INIT("for"), DW_TEXT_INIT("proto"), DW_TEXT_INIT("host"),
                                    DW_TEXT_INIT("by")};
    struct forwarded_node ignored;
    unsigned i = 0;

    while (i < 4 && !dw__text_eq_nocase(name, names[i]))
        i++;
    if (i == 4)
        return true;
    if (e->seen & 1u << i)
        return false;
    e->seen |= 1u << i;
    switch (i) {
    case 0: return read_node(value, false, &e->node);
    case 1: return read_proto(value, &e->proto);
    case 2: e->host = value; return is_host(value);
    default: return read_node(value, false, &ignored);
    }
}

static void skip_blanks(dw_text *t)
{
    while (t->n > 0 && (t->p[0] == ' ' || t->p[0] == '\t')) {
        t->p++;
        t->n--;
    }
}

/* Takes `name=value` off the front of *t. */
static bool take_pair(dw_text *t, struct element *e)
{
    size_t n = token_length(*t);
    dw_text name = {t->p, n}, value;

    if (n == 0 || n == t->n || t->p[n] != '=')
        return false;
    *t = (dw_text){t->p + n + 1, t->n - n - 1};
    return take_value(t, &value) && enter(e, name, value);
}

bool dw__forwarded_standard(struct forwarded *f, dw_text t)
{
    f->standard = true;
    for (;;) {
        struct element e = {.node.kind = NODE_ABSENT};

        do {
            skip_blanks(&t);
            if (!take_pair(&t, &e))
                return false;
            skip_blanks(&t);
            if (t.n > 0 && t.p[0] != ';' && t.p[0] != ',')
                return false;
        } while (t.n > 0 && *t.p == ';' && (t.p++, t.n--, true));
        push_node(f, e.node);
        push_proto(f, e.proto);
        push_host(f, e.host);
        if (t.n == 0)
            return true;
        t = (dw_text){t.p + 1, t.n - 1};
    }
}

/* ---- what it comes to ---- */

/* The place of the i-th from the end (1 …) of a list of n; of a shorter one its first. */
static size_t place(size_t n, size_t i)
{
    return (n - (i < n ? i : n)) % DW__HOPS;
}

/* Walks from the peer towards the client. How many elements were believed; *why when the last of them says nobody. */
static size_t walk(const struct forwarded *f, const struct proxies *p, unsigned hops, dw_ip peer,
                   struct forwarded_word *out, const char **why)
{
    size_t used = 0;

    out->client = peer;
    while (used < hops && used < f->n_nodes && dw__ip_net_has(p->nets, p->n_nets, out->client)) {
        const struct forwarded_node *node = &f->nodes[place(f->n_nodes, ++used)];

        if (node->kind == NODE_HIDDEN)
            *why = "a proxy that hides who its client is";
        if (node->kind != NODE_ADDRESS)
            break;
        out->client = node->ip;
        out->has_client = true;
    }
    return used;
}

/* An element of RFC 7239 may leave out what one nearer to us says. */
static void take_standard(const struct forwarded *f, size_t used, struct forwarded_word *out)
{
    for (size_t i = used; i > 0 && out->proto == FORWARDED_NO_PROTO; i--)
        out->proto = f->protos[place(f->n_protos, i)];
    for (size_t i = used; i > 0 && out->host.p == NULL; i--)
        out->host = f->hosts[place(f->n_hosts, i)];
}

const char *dw__forwarded_resolve(const struct forwarded *f, const struct proxies *p, unsigned hops,
                                  dw_ip peer, struct forwarded_word *out)
{
    const char *why = NULL;
    size_t used;

    *out = (struct forwarded_word){.proto = FORWARDED_NO_PROTO};
    used = walk(f, p, hops, peer, out, &why);
    if (why != NULL)
        return why;
    if (used == 0)
        used = 1; /* who does not say for whom may say how */
    if (f->standard) {
        take_standard(f, used, out);
        return NULL;
    }
    /* A proxy sets these two; more of them than there are proxies, and not all the same, is the word of somebody else. */
    if (f->n_protos > hops && f->protos_differ)
        return "conflicting X-Forwarded-Proto";
    if (f->n_hosts > hops && f->hosts_differ)
        return "conflicting X-Forwarded-Host";
    if (f->n_protos > 0)
        out->proto = f->protos[place(f->n_protos, used)];
    if (f->n_hosts > 0)
        out->host = f->hosts[place(f->n_hosts, used)];
    return NULL;
}

bool dw__forwarded_conflict(const struct forwarded_word *a, const struct forwarded_word *b)
{
    return (a->has_client && b->has_client && dw_ip_compare(a->client, b->client) != 0) ||
           (a->proto != FORWARDED_NO_PROTO && b->proto != FORWARDED_NO_PROTO && a->proto != b->proto) ||
           (a->host.p != NULL && b->host.p != NULL && !dw__text_eq_nocase(a->host, b->host));
}
