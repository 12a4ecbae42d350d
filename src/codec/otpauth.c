/* codec/otpauth.c -- see otpauth.h.  Digits, step and hash are said although they are the defaults: not every reader has the same. */
#include "codec/otpauth.h"

#include "codec/base32.h"
#include "codec/base64.h"

#define ISSUER_MAX 32u
#define NAME_MAX_BYTES 64u

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static void put_encoded(struct buf *out, dw_text t)
{
    for (size_t i = 0; i < t.n; i++) {
        const char c = t.p[i] == ':' ? '.' : t.p[i];
        char hex[2];

        if (is_unreserved(c)) {
            dw__buf_putc(out, c);
            continue;
        }
        dw__hex_encode(&c, 1, hex);
        dw__buf_putc(out, '%');
        dw__buf_put(out, hex, sizeof hex);
    }
}

/* At most `max` bytes of it, none of them of a character that is cut in two. */
static dw_text cut(dw_text t, size_t max)
{
    if (t.n <= max)
        return t;
    while (max > 0 && ((unsigned char)t.p[max] & 0xc0) == 0x80)
        max--;
    return (dw_text){t.p, max};
}

void dw__otpauth_put(struct buf *out, dw_text issuer, dw_text name, dw_bytes seed)
{
    char secret[DW__BASE32_SIZE(DW__OTPAUTH_SEED)];

    if (seed.n == 0 || seed.n > DW__OTPAUTH_SEED) {
        out->failed = true;
        return;
    }
    issuer = cut(issuer, ISSUER_MAX);
    name = cut(name, NAME_MAX_BYTES);
    dw__buf_lit(out, "otpauth://totp/");
    put_encoded(out, issuer);
    dw__buf_putc(out, ':');
    put_encoded(out, name);
    dw__buf_lit(out, "?secret=");
    dw__buf_put(out, secret, dw__base32_encode(seed.p, seed.n, secret));
    dw__buf_lit(out, "&issuer=");
    put_encoded(out, issuer);
    dw__buf_lit(out, "&algorithm=SHA1&digits=6&period=30");
}
