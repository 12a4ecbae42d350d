/* http/h1_proxy.c -- whom the peer of a connection speaks for: a trusted proxy or itself, and what the PROXY protocol says before the first request.
 *
 * Where that protocol is asked for, it is asked of everybody: a peer that is not named is cut at once, one that is and does not speak it as soon as
 * that shows, or when the time for a head is over.  Nothing is answered, since there is no telling to whom. */
#include "base/text.h"
#include "codec/proxy_protocol.h"
#include "http/h1_room.h"
#include "http/server_inside.h"

static dw_ip address_of(const struct conn *c)
{
    dw_ip ip;

    (void)dw_ip_read((dw_text){c->peer, c->peer_n}, &ip); /* version 0: a Unix socket */
    return ip;
}

bool dw__h1_is_proxy(const struct h1_conn *h)
{
    const struct proxies *proxies = h->server->config.proxies;

    return proxies != NULL && !h->admin &&
           dw__ip_net_has(proxies->nets, proxies->n_nets, address_of(&h->conn));
}

static uint8_t hops_of(const struct h1_conn *h)
{
    return dw__h1_is_proxy(h) ? (uint8_t)h->server->config.proxies->hops : 0;
}

/* One line a second at most, however many come. */
static void refuse(struct h1_conn *h, const char *why)
{
    struct http_server *server = h->server;
    uint64_t now = dw__loop_clock(server->config.loop)->mono_ns;
    dw_text peer = {h->conn.peer, h->conn.peer_n};

    dw__count_up(&server->counts->proxy_refused);
    if (server->proxy_told_ns == 0 || now - server->proxy_told_ns >= UINT64_C(1000000000)) {
        server->proxy_told_ns = now;
        DW__EVENT(server->config.log, NULL, DW_LOG_LEVEL_WARN, "proxy.refused", DW_KV(peer, peer),
                  DW_KV(why, why));
    }
    dw__conn_close(&h->conn);
}

void dw__h1_meet(struct h1_conn *h)
{
    const struct http_server_config *config = &h->server->config;
    uint64_t now = dw__loop_clock(config->loop)->mono_ns;

    h->hops = hops_of(h);
    if (!config->proxy_protocol || h->admin)
        return;
    h->phase = H1_PROXY;
    if (h->hops == 0)
        refuse(h, "it is not in TRUSTED_PROXIES");
    else
        dw__conn_deadline(&h->conn, now + h->server->net.head_ms * UINT64_C(1000000));
}

/* Puts whom the proxy speaks for in its place. That was the first hop. */
static void take(struct h1_conn *h, const struct proxy_header *header)
{
    struct conn *c = &h->conn;

    if (header->named) {
        h->via = address_of(c);
        h->has_via = true;
        c->peer_n = (uint8_t)dw__ip_write(header->client, c->peer);
        c->peer_loopback = false;
        h->counted = dw__ip_counted((dw_text){c->peer, c->peer_n});
        h->note = 0;
        h->hops = hops_of(h) > 0 ? (uint8_t)(h->hops - 1) : 0;
    }
    h->https = header->tls;
    h->phase = H1_IDLE;
    dw__conn_deadline(c, 0);
}

/* Its proxy asks whether we are there, and says nothing. */
static bool ended(struct h1_conn *h, bool silent)
{
    if (silent)
        dw__conn_close(&h->conn);
    else
        refuse(h, "the header ended before its end");
    return false;
}

bool dw__h1_proxy_header(struct h1_conn *h)
{
    dw_text in = dw__conn_input(&h->conn);
    struct proxy_header header;
    int used = dw__proxy_header_read(in.p, in.n, &header);

    if (used == DW__PROXY_HEADER_MORE) {
        ptrdiff_t got = dw__conn_fill(&h->conn);

        if (got == STREAM_END)
            return ended(h, in.n == 0);
        if (got == STREAM_AGAIN)
            dw__conn_settle(&h->conn);
        return got > 0;
    }
    if (used < 0) {
        refuse(h, "it does not begin with a header of the PROXY protocol");
        return false;
    }
    dw__conn_consume(&h->conn, (size_t)used);
    take(h, &header);
    return dw__h1_admit(h);
}
