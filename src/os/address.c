/* os/address.c -- socket addresses as text and as struct peer. Numbers only: a name would have to be looked up. */
#include "os/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"

static bool parse_port(dw_text t, uint16_t *port)
{
    uint64_t v;
    if (t.n > 5 || !dw__text_u64(t, &v) || v > UINT16_MAX)
        return false;
    *port = (uint16_t)v;
    return true;
}

dw_err dw__address_parse(dw_text t, struct peer *out)
{
    *out = (struct peer){0};
    struct peer peer = {.family = AF_INET};
    dw_text host;
    if (t.n > 0 && t.p[0] == '[') {
        peer.family = AF_INET6;
        t = (dw_text){t.p + 1, t.n - 1};
        host = dw__text_cut(&t, ']');
        if (t.p == NULL || t.n == 0 || t.p[0] != ':')
            return DW_INVALID;
        t = (dw_text){t.p + 1, t.n - 1};
    } else {
        host = dw__text_cut(&t, ':');
    }
    char number[DW__ADDRESS_TEXT];
    if (t.p == NULL || host.n >= sizeof(number) || memchr(host.p, 0, host.n) != NULL ||
        !parse_port(t, &peer.port))
        return DW_INVALID;
    memcpy(number, host.p, host.n);
    number[host.n] = '\0';
    if (inet_pton(peer.family, number, peer.address) != 1)
        return DW_INVALID;
    *out = peer;
    return DW_OK;
}

size_t dw__peer_text(const struct peer *peer, char out[static DW__ADDRESS_TEXT])
{
    if ((peer->family != AF_INET && peer->family != AF_INET6) ||
        inet_ntop(peer->family, peer->address, out, (socklen_t)DW__ADDRESS_TEXT) == NULL)
        memcpy(out, "unix", sizeof("unix"));
    return strlen(out);
}

void dw__peer_of(const struct sockaddr_storage *from, struct peer *out)
{
    *out = (struct peer){.family = AF_UNIX};
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)from;
        out->family = AF_INET;
        out->port = ntohs(in->sin_port);
        memcpy(out->address, &in->sin_addr, 4);
    } else if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)from;
        bool mapped = IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr);
        out->family = mapped ? AF_INET : AF_INET6;
        out->port = ntohs(in6->sin6_port);
        memcpy(out->address, in6->sin6_addr.s6_addr + (mapped ? 12 : 0), mapped ? 4 : 16);
    }
}

socklen_t dw__peer_to(const struct peer *peer, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof(*out));
    if (peer->family == AF_INET) {
        struct sockaddr_in *in = (struct sockaddr_in *)(void *)out;
        in->sin_family = AF_INET;
        in->sin_port = htons(peer->port);
        memcpy(&in->sin_addr, peer->address, 4);
        return sizeof(*in);
    }
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)out;
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(peer->port);
    memcpy(&in6->sin6_addr, peer->address, 16);
    return sizeof(*in6);
}
