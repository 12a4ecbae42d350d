/* email.c -- addresses as the envelope has them (RFC 5321), not as a header may dress them up (RFC 5322).
 *
 * Comments, folding white space, display names and routes are refused: an address that is stored and compared has one form.
 * Whether there is such a mailbox, only a message to it tells. */
#include "codec/email.h"

#include "base/text.h"
#include "codec/host.h"
#include "codec/ip.h"

#define ADDRESS_MAX 254
#define LOCAL_MAX 64

/* RFC 5322 §3.2.3 atext, ASCII. */
static bool is_atext(unsigned char c)
{
    if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
        return true;
    return c > 0x20 && c < 0x7f && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL;
}

/* Dot-string: atoms with single dots between. Its length in front of '@', 0 when it is none. */
static size_t dot_string(dw_text t)
{
    size_t i = 0;

    for (;;) {
        size_t begin = i;
        while (i < t.n && is_atext((unsigned char)t.p[i]))
            i++;
        if (i == begin)
            return 0;
        if (i == t.n || t.p[i] != '.')
            return i;
        i++;
    }
}

/* Quoted-string: its length with both quotes, 0 when it is none. */
static size_t quoted_string(dw_text t)
{
    for (size_t i = 1; i < t.n; i++) {
        unsigned char c = (unsigned char)t.p[i];
        if (c == '"')
            return i + 1;
        if (c == '\\' && ++i == t.n)
            return 0;
        c = (unsigned char)t.p[i];
        if (c < 0x20 || c > 0x7e)
            return 0;
    }
    return 0;
}

/* "[192.0.2.1]" or "[IPv6:2001:db8::1]" (RFC 5321 §4.1.3). */
static bool address_literal(dw_text t)
{
    dw_ip ip;
    dw_text inner = {t.p + 1, t.n - 2};

    if (t.n < 2 || t.p[t.n - 1] != ']')
        return false;
    bool v6 = inner.n > 5 && dw__text_eq_nocase((dw_text){inner.p, 5}, DW_TEXT("IPv6:"));
    if (v6)
        inner = (dw_text){inner.p + 5, inner.n - 5};
    return dw_ip_read(inner, &ip) && ip.version == (v6 ? 6 : 4);
}

bool dw__email_read(dw_text t, struct email *out)
{
    *out = (struct email){.labels = 0};
    if (t.n < 3 || t.n > ADDRESS_MAX)
        return false;
    size_t n = t.p[0] == '"' ? quoted_string(t) : dot_string(t);
    if (n == 0 || n > LOCAL_MAX || n + 1 >= t.n || t.p[n] != '@')
        return false;
    struct email email = {.local = {t.p, n}, .domain = {t.p + n + 1, t.n - n - 1}};
    if (email.domain.p[0] == '[' ? !address_literal(email.domain)
                                 : !dw__host_name_valid(email.domain, &email.labels))
        return false;
    *out = email;
    return true;
}

bool dw_email_valid(dw_text t)
{
    struct email email;

    return dw__email_read(t, &email);
}
