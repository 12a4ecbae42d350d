/* uuid.c -- sixteen bytes, written as 8-4-4-4-12 digits. No braces, no urn:, no digits without dashes. */
#include "codec/uuid.h"

#include "base/ctx.h"
#include "codec/hex_digit.h"

static bool is_dash(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

bool dw_uuid_read(dw_text t, dw_uuid *out)
{
    dw_uuid v;
    size_t n = 0;

    *out = (dw_uuid){0};
    if (t.n != DW__UUID_SIZE)
        return false;
    for (size_t i = 0; i < DW__UUID_SIZE; i += 2) {
        if (is_dash(i) && t.p[i++] != '-')
            return false;
        int high = dw__hex_digit(t.p[i]), low = dw__hex_digit(t.p[i + 1]);
        if (high < 0 || low < 0)
            return false;
        v.b[n++] = (uint8_t)(high << 4 | low);
    }
    *out = v;
    return true;
}

void dw__uuid_write(dw_uuid v, char out[static DW__UUID_SIZE])
{
    size_t at = 0;

    for (size_t i = 0; i < sizeof v.b; i++) {
        if (is_dash(at))
            out[at++] = '-';
        out[at++] = "0123456789abcdef"[v.b[i] >> 4];
        out[at++] = "0123456789abcdef"[v.b[i] & 15];
    }
}

dw_text dw_uuid_text(dw_ctx *ctx, dw_uuid v)
{
    char text[DW__UUID_SIZE];

    dw__uuid_write(v, text);
    return dw__arena_text(ctx->arena, (dw_text){text, sizeof text});
}

int dw_uuid_compare(dw_uuid a, dw_uuid b)
{
    return memcmp(a.b, b.b, sizeof a.b);
}

dw_uuid dw_uuid_new(void)
{
    dw_uuid v;

    dw_random(v.b, sizeof v.b);
    v.b[6] = (uint8_t)(0x40 | (v.b[6] & 0x0f)); /* the version, §4.2 */
    v.b[8] = (uint8_t)(0x80 | (v.b[8] & 0x3f)); /* the variant, §4.1 */
    return v;
}
