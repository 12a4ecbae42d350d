/* proxy_protocol.c -- see proxy_protocol.h.
 *
 * Every length is bounded before it is believed, and version 1 is one line of one spelling: a single space between parts, no leading zeros, as
 * the text asks.  Who sends anything else is no proxy of ours, and a byte of it taken for a request would be that of somebody else. */
#include "codec/proxy_protocol.h"

#include <stdint.h>

#include "base/text.h"
#include "codec/ip.h"

#define V1_MAX 107u /* with its CRLF */
#define V2_FIXED 16u

static const char v2_signature[12] = {'\r', '\n', '\r', '\n', '\0', '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};

/* ---- version 1 ---- */

static bool is_port(dw_text t)
{
    uint64_t port;

    return t.n >= 1 && t.n <= 5 && dw__text_u64(t, &port) && port <= 65535 && (t.n == 1 || t.p[0] != '0');
}

/* "TCP4 src dst port port", without what stands before and behind. */
static bool read_v1(dw_text line, struct proxy_header *out)
{
    dw_text family = dw__text_cut(&line, ' ');
    unsigned version = dw__text_is(family, "TCP4") ? 4 : dw__text_is(family, "TCP6") ? 6 : 0;
    dw_text source, to, source_port, to_port;
    dw_ip target;

    if (dw__text_is(family, "UNKNOWN"))
        return true; /* the rest of the line is to be passed over */
    source = dw__text_cut(&line, ' ');
    to = dw__text_cut(&line, ' ');
    source_port = dw__text_cut(&line, ' ');
    to_port = line;
    if (version == 0 || to_port.p == NULL || !dw_ip_read(source, &out->client) || !dw_ip_read(to, &target) ||
        out->client.version != version || target.version != version || !is_port(source_port) ||
        !is_port(to_port))
        return false;
    out->named = true;
    return true;
}

static int v1(const char *p, size_t n, struct proxy_header *out)
{
    size_t most = n < V1_MAX ? n : V1_MAX, end = 0;

    while (end < most && p[end] != '\n')
        end++;
    if (end == most)
        return n < V1_MAX ? DW__PROXY_HEADER_MORE : DW__PROXY_HEADER_BAD;
    if (end < 7 || p[end - 1] != '\r' || !read_v1((dw_text){p + 6, end - 7}, out))
        return DW__PROXY_HEADER_BAD;
    return (int)end + 1;
}

/* ---- version 2 ---- */

static size_t u16(const char *p)
{
    return (size_t)(unsigned char)p[0] << 8 | (unsigned char)p[1];
}

/* Whether t is whole TLVs; of the one about TLS, whether the client came so (§2.2.6). */
static bool read_tlvs(dw_text t, struct proxy_header *out)
{
    while (t.n > 0) {
        size_t size = t.n >= 3 ? u16(t.p + 1) : 0;

        if (t.n < 3 || size > t.n - 3)
            return false;
        if (t.p[0] == 0x20) {
            if (size < 5)
                return false;
            out->tls = (t.p[3] & 1) != 0;
        }
        t = (dw_text){t.p + 3 + size, t.n - 3 - size};
    }
    return true;
}

/* What is behind the fixed part of a PROXY command. */
static bool read_v2(unsigned char family, dw_text rest, struct proxy_header *out)
{
    static const struct {
        unsigned char family;
        unsigned char addresses; /* bytes */
        unsigned char version;
        unsigned char address;
    } families[] = {
        {0x00, 0, 0, 0},   /* not said */
        {0x11, 12, 4, 4},  /* TCP over IPv4 */
        {0x21, 36, 6, 16}, /* … over IPv6 */
        {0x31, 216, 0, 0}, /* a Unix socket: nobody's address */
    };

    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        size_t n = families[i].addresses;

        if (families[i].family != family)
            continue;
        if (rest.n < n)
            return false;
        out->named = families[i].version != 0;
        out->client.version = families[i].version;
        memcpy(out->client.b, rest.p, families[i].address);
        return read_tlvs((dw_text){rest.p + n, rest.n - n}, out);
    }
    return false;
}

static int v2(const char *p, size_t n, struct proxy_header *out)
{
    unsigned char command, family;
    size_t size;

    if (n < V2_FIXED)
        return DW__PROXY_HEADER_MORE;
    command = (unsigned char)p[12];
    family = (unsigned char)p[13];
    size = V2_FIXED + u16(p + 14);
    if ((command != 0x20 && command != 0x21) || size > DW__PROXY_HEADER_MAX)
        return DW__PROXY_HEADER_BAD;
    if (n < size)
        return DW__PROXY_HEADER_MORE;
    /* LOCAL: the proxy asks for itself, and what else it says is to be passed over. */
    if (command == 0x21 && !read_v2(family, (dw_text){p + V2_FIXED, size - V2_FIXED}, out))
        return DW__PROXY_HEADER_BAD;
    return (int)size;
}

/* ---- either ---- */

static bool begins(const char *p, size_t n, const char *with, size_t m)
{
    return memcmp(p, with, n < m ? n : m) == 0;
}

int dw__proxy_header_read(const char *p, size_t n, struct proxy_header *out)
{
    int used = DW__PROXY_HEADER_BAD;

    *out = (struct proxy_header){.named = false};
    if (n == 0)
        return DW__PROXY_HEADER_MORE;
    if (begins(p, n, v2_signature, sizeof v2_signature))
        used = v2(p, n, out);
    else if (begins(p, n, "PROXY ", 6))
        used = n < 6 ? DW__PROXY_HEADER_MORE : v1(p, n, out);
    if (used > 0 && out->named)
        out->client = dw__ip_plain(out->client);
    if (used <= 0)
        *out = (struct proxy_header){.named = false};
    return used;
}
