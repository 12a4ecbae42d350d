/* auth/totp.c -- see totp.h.  Must never: take a step that is not later than the last one, or a digit that is not ASCII. */
#include "auth/totp.h"

#include "crypto/compare.h"
#include "crypto/hmac.h"

#define MODULUS 1000000u
#define SHA1_SIZE 20u

/* RFC 4226 §5.3: four bytes at a place that the last half byte tells, without their first bit. */
static uint32_t truncate_tag(const uint8_t tag[static SHA1_SIZE])
{
    const unsigned at = tag[SHA1_SIZE - 1] & 15;

    return ((uint32_t)(tag[at] & 0x7f) << 24 | (uint32_t)tag[at + 1] << 16 | (uint32_t)tag[at + 2] << 8 |
            tag[at + 3]) %
           MODULUS;
}

static dw_err code_of(struct hmac_key *key, uint64_t counter, char code[static DW__OTP_DIGITS])
{
    uint8_t message[8], tag[DW__HMAC_MAX];
    uint32_t n;
    dw_err err;

    for (unsigned i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)(counter >> (56 - 8 * i));
    err = dw__hmac(key, (dw_bytes){message, sizeof message}, tag);
    n = truncate_tag(tag); /* of zeros when it failed */
    for (unsigned i = DW__OTP_DIGITS; i-- > 0; n /= 10)
        code[i] = (char)('0' + n % 10);
    dw__wipe(tag, sizeof tag);
    return err;
}

dw_err dw__hotp(dw_bytes seed, uint64_t counter, char code[static DW__OTP_DIGITS])
{
    struct hmac_key *key;
    dw_err err = dw__hmac_key_new(&key, HMAC_SHA1, seed);

    if (err != DW_OK)
        return err;
    err = code_of(key, counter, code);
    dw__hmac_key_free(key);
    return err;
}

bool dw__otp_is_code(dw_secret t)
{
    if (t.n != DW__OTP_DIGITS)
        return false;
    for (size_t i = 0; i < t.n; i++)
        if (t.p[i] < '0' || t.p[i] > '9')
            return false;
    return true;
}

dw_err dw__totp_check(dw_bytes seed, int64_t now_s, int64_t after, dw_secret code, int64_t *step)
{
    const int64_t now = now_s / DW__TOTP_STEP_S;
    char expected[DW__OTP_DIGITS];
    struct hmac_key *key;
    bool found = false;
    dw_err err;

    *step = -1;
    if (now_s < DW__TOTP_STEP_S || !dw__otp_is_code(code))
        return DW_UNAUTHENTICATED;
    err = dw__hmac_key_new(&key, HMAC_SHA1, seed);
    if (err != DW_OK)
        return err;
    for (int64_t each = now - 1; err == DW_OK && each <= now + 1; each++) {
        err = code_of(key, (uint64_t)each, expected);
        if (dw__equal(expected, code.p, sizeof expected) && err == DW_OK && each > after) {
            found = true;
            *step = each;
        }
    }
    dw__hmac_key_free(key);
    dw__wipe(expected, sizeof expected);
    if (err == DW_OK && !found)
        err = DW_UNAUTHENTICATED;
    return err;
}
