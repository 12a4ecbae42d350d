/* ip_net.c -- see ip_net.h. Exact: 10.0.0.1/8 is a slip of somebody who meant one of two other things. */
#include "codec/ip_net.h"

#include "base/text.h"
#include "codec/ip.h"

/* Whether the first `bits` of both are the same. */
static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;

    return memcmp(a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

static bool has_more_bits(const struct ip_net *net)
{
    uint8_t prefix[16] = {0};
    unsigned whole = net->bits / 8, rest = net->bits % 8;

    memcpy(prefix, net->ip.b, whole);
    if (rest != 0)
        prefix[whole] = (uint8_t)(net->ip.b[whole] & 0xff00u >> rest);
    return memcmp(prefix, net->ip.b, sizeof prefix) != 0;
}

const char *dw__ip_net_read(dw_text t, struct ip_net *out)
{
    dw_text bits = t, address = dw__text_cut(&bits, '/');
    uint64_t n;

    *out = (struct ip_net){.bits = 0};
    if (dw__text_is(t, "unix"))
        return NULL;
    if (!dw_ip_read(address, &out->ip))
        return "has an item that is neither a network nor an address; give 10.0.0.0/8, 192.0.2.7, "
               "2001:db8::/32 or unix";
    if (dw__ip_plain(out->ip).version != out->ip.version)
        return "has an IPv4 address written as IPv6; give it as IPv4";
    n = out->ip.version == 4 ? 32 : 128;
    if (bits.p != NULL && (bits.n > 3 || !dw__text_u64(bits, &n) || n > (out->ip.version == 4 ? 32 : 128)))
        return "has a network whose length is none; behind the slash comes the number of its bits";
    if (n == 0)
        return "has a network of length 0, which is everybody; name those that the proxies are in";
    out->bits = (unsigned)n;
    if (has_more_bits(out))
        return "has a network with bits behind its length; give its first address, as 10.0.0.0/8";
    return NULL;
}

bool dw__ip_net_has(const struct ip_net *nets, size_t n, dw_ip ip)
{
    ip = dw__ip_plain(ip);
    for (size_t i = 0; i < n; i++)
        if (nets[i].ip.version == ip.version && same_bits(nets[i].ip.b, ip.b, nets[i].bits))
            return true;
    return false;
}
