/* crypto/hkdf.c -- see hkdf.h: extract (salt, ikm -> prk), then expand (prk, info -> n bytes), in the
 * words of RFC 5869 §2. */
#include "crypto/hkdf.h"

#include <string.h>

#include "crypto/compare.h"
#include "crypto/hash.h"
#include "crypto/hmac.h"

/* info that is longer does not come from a table of labels. */
#define INFO_MAX 1024

static dw_err extract(dw_bytes ikm, dw_bytes salt, uint8_t prk[static DW__HMAC_MAX])
{
    static const uint8_t zeros[DW__SHA256_SIZE];
    struct hmac_key *key;
    dw_err err = dw__hmac_key_new(&key, HMAC_SHA256, salt.n > 0 ? salt : (dw_bytes){zeros, sizeof(zeros)});

    if (err != DW_OK)
        return err;
    err = dw__hmac(key, ikm, prk);
    dw__hmac_key_free(key);
    return err;
}

/* T(i) = HMAC(prk, T(i-1) || info || i), and the answer is T(1) || T(2) || … cut at n. */
static dw_err expand(struct hmac_key *prk, dw_bytes info, uint8_t *out, size_t n)
{
    uint8_t t[DW__HMAC_MAX], input[DW__SHA256_SIZE + INFO_MAX + 1];
    size_t before = 0; /* bytes of T(i-1): none the first time */
    dw_err err = DW_OK;

    for (size_t i = 1, done = 0; err == DW_OK && done < n; i++) {
        memcpy(input, t, before);
        if (info.n > 0)
            memcpy(input + before, info.p, info.n);
        input[before + info.n] = (uint8_t)i;
        err = dw__hmac(prk, (dw_bytes){input, before + info.n + 1}, t);
        if (err != DW_OK)
            break;
        const size_t take = n - done < DW__SHA256_SIZE ? n - done : DW__SHA256_SIZE;
        memcpy(out + done, t, take);
        done += take;
        before = DW__SHA256_SIZE;
    }
    dw__wipe(t, sizeof(t));
    dw__wipe(input, sizeof(input));
    return err;
}

dw_err dw__hkdf_sha256(dw_bytes ikm, dw_bytes salt, dw_bytes info, uint8_t *out, size_t n)
{
    if (n == 0 || n > DW__HKDF_MAX || info.n > INFO_MAX)
        return DW_BAD_REQUEST;
    uint8_t prk[DW__HMAC_MAX];
    struct hmac_key *key = NULL;
    dw_err err = extract(ikm, salt, prk);

    if (err == DW_OK)
        err = dw__hmac_key_new(&key, HMAC_SHA256, (dw_bytes){prk, DW__SHA256_SIZE});
    if (err == DW_OK)
        err = expand(key, info, out, n);
    if (err != DW_OK)
        dw__wipe(out, n);
    dw__hmac_key_free(key);
    dw__wipe(prk, sizeof(prk));
    return err;
}
