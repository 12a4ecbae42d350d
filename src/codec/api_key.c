/* codec/api_key.c -- see api_key.h.
 *
 * What is read may be a secret: the checksum is made with a table that fits one line of the cache, and nothing branches on a digit but whether it
 * is one. */
#include "codec/api_key.h"

#include <string.h>

#define BODY (DW__API_KEY_ID + 1u + DW__API_KEY_SECRET + DW__API_KEY_CHECK)

static const char digit_of[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* CRC-32 of IEEE 802.3, reflected, four bits at a time. */
static uint32_t crc32_of(const char *p, size_t n)
{
    static const uint32_t nibble[16] __attribute__((aligned(64))) = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < n; i++) {
        crc ^= (unsigned char)p[i];
        crc = nibble[crc & 15] ^ (crc >> 4);
        crc = nibble[crc & 15] ^ (crc >> 4);
    }
    return ~crc;
}

static void put_check(const char *key, size_t n, char out[static DW__API_KEY_CHECK])
{
    uint32_t crc = crc32_of(key, n);

    for (size_t i = DW__API_KEY_CHECK; i-- > 0; crc /= 62)
        out[i] = digit_of[crc % 62];
}

static bool is_base62(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'A' && p[i] <= 'Z') || (p[i] >= 'a' && p[i] <= 'z')))
            return false;
    return true;
}

size_t dw__api_key_prefix(dw_text name, char out[static DW__API_KEY_PREFIX_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < name.n && n < DW__API_KEY_PREFIX_MAX; i++)
        if (is_base62(name.p + i, 1))
            out[n++] = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] - 'A' + 'a') : name.p[i];
    if (n > 0)
        return n;
    memcpy(out, "key", 3);
    return 3;
}

size_t dw__api_key_write(dw_text prefix, const uint8_t digits[static DW__API_KEY_ID + DW__API_KEY_SECRET],
                         char out[static DW__API_KEY_MAX])
{
    size_t n = prefix.n;

    memcpy(out, prefix.p, n);
    out[n++] = '_';
    for (size_t i = 0; i < DW__API_KEY_ID; i++)
        out[n++] = digit_of[digits[i] % 62];
    out[n++] = '_';
    for (size_t i = 0; i < DW__API_KEY_SECRET; i++)
        out[n++] = digit_of[digits[DW__API_KEY_ID + i] % 62];
    put_check(out, n, out + n);
    return n + DW__API_KEY_CHECK;
}

bool dw__api_key_read(dw_text text, dw_text prefix, dw_text *id)
{
    char check[DW__API_KEY_CHECK];
    const char *body;

    if (text.n != prefix.n + 1 + BODY || memcmp(text.p, prefix.p, prefix.n) != 0 || text.p[prefix.n] != '_')
        return false;
    body = text.p + prefix.n + 1;
    if (!is_base62(body, DW__API_KEY_ID) || body[DW__API_KEY_ID] != '_' ||
        !is_base62(body + DW__API_KEY_ID + 1, DW__API_KEY_SECRET + DW__API_KEY_CHECK))
        return false;
    put_check(text.p, text.n - DW__API_KEY_CHECK, check);
    if (memcmp(text.p + text.n - DW__API_KEY_CHECK, check, sizeof check) != 0)
        return false;
    *id = (dw_text){body, DW__API_KEY_ID};
    return true;
}

bool dw__api_key_find(dw_text text, dw_text prefix, dw_text *id)
{
    const size_t n = prefix.n + 1 + BODY;

    for (size_t i = 0; text.n >= n && i <= text.n - n; i++)
        if (text.p[i] == prefix.p[0] && dw__api_key_read((dw_text){text.p + i, n}, prefix, id))
            return true;
    return false;
}
