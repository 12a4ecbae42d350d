/* ip.c -- IPv4 in four decimal parts, IPv6 as RFC 4291 §2.2 reads and RFC 5952 §4 writes it.
 *
 * Leading zeros, fewer parts, hexadecimal and octal parts are no addresses: what one reader takes for 10.0.0.8 another takes for
 * 10.0.0.10, and that is how filters are passed. */
#include "codec/ip.h"

#include "base/ctx.h"
#include "base/text.h"
#include "codec/hex_digit.h"

/* ---- reading ---- */

static bool read_v4(dw_text t, uint8_t out[static 4])
{
    size_t i = 0;

    for (size_t part = 0; part < 4; part++) {
        unsigned v = 0;
        size_t begin = i;
        for (; i < t.n && i - begin < 3 && t.p[i] >= '0' && t.p[i] <= '9'; i++)
            v = v * 10 + (unsigned)(t.p[i] - '0');
        if (i == begin || v > 255 || (t.p[begin] == '0' && i - begin > 1))
            return false;
        out[part] = (uint8_t)v;
        if (part < 3 && (i == t.n || t.p[i++] != '.'))
            return false;
    }
    return i == t.n;
}

/* One to four hexadecimal digits at the beginning of t: how many, 0 for none. */
static size_t read_group(dw_text t, unsigned *v)
{
    size_t i = 0;

    for (*v = 0; i < t.n && i < 4 && dw__hex_digit(t.p[i]) >= 0; i++)
        *v = *v << 4 | (unsigned)dw__hex_digit(t.p[i]);
    return i;
}

/* Groups divided by ':' into out[room], the last of which may be an IPv4 address; bytes written, 0 for what is not that. */
static size_t read_groups(dw_text t, uint8_t *out, size_t room)
{
    size_t n = 0;

    for (;;) {
        unsigned v;
        size_t used = read_group(t, &v);
        if (used < t.n && t.p[used] == '.')
            return room - n >= 4 && read_v4(t, out + n) ? n + 4 : 0;
        if (used == 0 || room - n < 2)
            return 0;
        out[n++] = (uint8_t)(v >> 8);
        out[n++] = (uint8_t)v;
        if (used == t.n)
            return n;
        if (t.p[used] != ':')
            return 0;
        t = (dw_text){t.p + used + 1, t.n - used - 1};
    }
}

/* Where "::" stands, or t.n. */
static size_t find_gap(dw_text t)
{
    for (size_t i = 0; i + 1 < t.n; i++)
        if (t.p[i] == ':' && t.p[i + 1] == ':')
            return i;
    return t.n;
}

static bool read_v6(dw_text t, uint8_t out[static 16])
{
    size_t gap = find_gap(t);
    dw_text front = {t.p, gap};

    if (gap == t.n)
        return read_groups(t, out, 16) == 16;
    /* The gap stands for one group at least, and an IPv4 address is the end of the whole. */
    dw_text back = {t.p + gap + 2, t.n - gap - 2};
    uint8_t tail[14];
    size_t n_front = front.n > 0 ? read_groups(front, out, 14) : 0;
    size_t n_back = back.n > 0 ? read_groups(back, tail, 14) : 0;
    if ((front.n > 0 && (n_front == 0 || memchr(front.p, '.', front.n) != NULL)) ||
        (back.n > 0 && n_back == 0) || n_front + n_back > 14)
        return false;
    memset(out + n_front, 0, 16 - n_front - n_back);
    memcpy(out + 16 - n_back, tail, n_back);
    return true;
}

bool dw_ip_read(dw_text t, dw_ip *out)
{
    dw_ip v = {.version = t.n > 0 && memchr(t.p, ':', t.n) != NULL ? 6 : 4};

    *out = (dw_ip){.version = 0};
    if (t.n >= DW__IP_SIZE || !(v.version == 6 ? read_v6(t, v.b) : read_v4(t, v.b)))
        return false;
    *out = v;
    return true;
}

/* ---- writing ---- */

static size_t write_v4(const uint8_t *b, char *out)
{
    size_t at = 0;

    for (size_t i = 0; i < 4; i++) {
        char digits[20];
        size_t n = dw__u64_digits(b[i], digits);
        if (i > 0)
            out[at++] = '.';
        memcpy(out + at, digits, n);
        at += n;
    }
    return at;
}

static unsigned group_at(const uint8_t *b, size_t i)
{
    return (unsigned)b[2 * i] << 8 | b[2 * i + 1];
}

/* The longest run of two or more zero groups, the first of equals (RFC 5952 §4.2): where, and how long. */
static size_t longest_zeros(const uint8_t *b, size_t *length)
{
    size_t at = 8, run = 0;

    *length = 1;
    for (size_t i = 0; i < 8; i++) {
        run = group_at(b, i) == 0 ? run + 1 : 0;
        if (run > *length) {
            *length = run;
            at = i + 1 - run;
        }
    }
    return at;
}

static size_t write_group(unsigned v, char *out)
{
    size_t at = 0;

    for (int shift = 12; shift >= 0; shift -= 4)
        if (at > 0 || v >> shift != 0 || shift == 0)
            out[at++] = "0123456789abcdef"[v >> shift & 15];
    return at;
}

static size_t write_v6(const uint8_t *b, char *out)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    size_t at = 0, length, gap = longest_zeros(b, &length);

    if (memcmp(b, mapped, sizeof mapped) == 0) {
        memcpy(out, "::ffff:", 7);
        return 7 + write_v4(b + 12, out + 7);
    }
    for (size_t i = 0; i < 8; i++) {
        if (i == gap) {
            out[at++] = ':';
            out[at++] = ':';
            i += length - 1;
            continue;
        }
        if (i > 0 && i != gap + length)
            out[at++] = ':';
        at += write_group(group_at(b, i), out + at);
    }
    return at;
}

size_t dw__ip_write(dw_ip v, char out[static DW__IP_SIZE])
{
    return v.version == 4 ? write_v4(v.b, out) : v.version == 6 ? write_v6(v.b, out) : 0;
}

dw_text dw_ip_text(dw_ctx *ctx, dw_ip v)
{
    char text[DW__IP_SIZE];

    return dw__arena_text(ctx->arena, (dw_text){text, dw__ip_write(v, text)});
}

int dw_ip_compare(dw_ip a, dw_ip b)
{
    if (a.version != b.version)
        return a.version < b.version ? -1 : 1;
    return memcmp(a.b, b.b, sizeof a.b);
}

/* ---- counting ---- */

dw_ip dw__ip_plain(dw_ip v)
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
    dw_ip v4 = {.version = 4};

    if (v.version != 6 || memcmp(v.b, prefix, sizeof prefix) != 0)
        return v;
    memcpy(v4.b, v.b + 12, 4);
    return v4;
}

struct ip_counted dw__ip_counted(dw_text address)
{
    struct ip_counted out = {.version = 0};
    dw_ip ip;

    if (!dw_ip_read(address, &ip))
        return out;
    ip = dw__ip_plain(ip);
    out.version = (uint8_t)ip.version;
    memcpy(out.b, ip.b, out.version == 4 ? 4 : 8);
    return out;
}

size_t dw__ip_counted_write(struct ip_counted v, char out[static DW__IP_SIZE])
{
    dw_ip ip = {.version = v.version};
    size_t n;

    memcpy(ip.b, v.b, v.version == 4 ? 4 : sizeof v.b);
    n = dw__ip_write(ip, out);
    if (v.version != 6)
        return n;
    memcpy(out + n, "/64", 3); /* half of an address is far shorter than a whole one */
    return n + 3;
}
