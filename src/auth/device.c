/* auth/device.c -- see device.h.  The bytes: 16 of id, 8 of time (big-endian), 32 of HMAC-SHA-256 over these and the account's digest.
 *
 * Must never: compare a tag in another way than crypto/compare.h does, or look at the time of one whose tag is not good. */
#include "auth/device.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/compare.h"
#include "crypto/hmac.h"

#define TIME_SIZE 8u
#define TAG_SIZE 32u
#define PLAIN_SIZE (DW__DEVICE_ID + TIME_SIZE)
#define AHEAD 60u /* seconds that the clock of another machine of ours may be ahead */

_Static_assert(DW__DEVICE_SIZE == DW__BASE64URL_SIZE(PLAIN_SIZE + TAG_SIZE), "as device.h says");

struct device_keys {
    size_t n;
    struct hmac_key *v[DW__KEYRING_MAX];
};

static dw_err add(struct device_keys *keys, const struct keyring *signing, size_t index)
{
    uint8_t key[TAG_SIZE];
    dw_err err = dw__keyring_derive(signing, index, KEY_DEVICE, key, sizeof key);

    if (err == DW_OK)
        err = dw__hmac_key_new(&keys->v[index], HMAC_SHA256, (dw_bytes){key, sizeof key});
    dw__wipe(key, sizeof key);
    if (err == DW_OK)
        keys->n++;
    return err;
}

dw_err dw__device_keys_new(struct device_keys **out, const struct keyring *signing)
{
    struct device_keys *keys = calloc(1, sizeof *keys);
    dw_err err = keys != NULL ? DW_OK : DW_UNAVAILABLE;

    for (size_t i = 0; err == DW_OK && i < dw__keyring_count(signing); i++)
        err = add(keys, signing, i);
    if (err != DW_OK) {
        dw__device_keys_free(keys);
        keys = NULL;
    }
    *out = keys;
    return err;
}

void dw__device_keys_free(struct device_keys *keys)
{
    if (keys == NULL)
        return;
    for (size_t i = 0; i < keys->n; i++)
        dw__hmac_key_free(keys->v[i]);
    free(keys);
}

/* What the tag is over: of fixed lengths. */
struct message {
    uint8_t bytes[PLAIN_SIZE + DW__SHA256_SIZE];
};

static void put_message(struct message *m, const uint8_t plain[static PLAIN_SIZE],
                        const uint8_t account[static DW__SHA256_SIZE])
{
    memcpy(m->bytes, plain, PLAIN_SIZE);
    memcpy(m->bytes + PLAIN_SIZE, account, DW__SHA256_SIZE);
}

dw_err dw__device_make(const struct device_keys *keys, const uint8_t id[static DW__DEVICE_ID],
                       const uint8_t account[static DW__SHA256_SIZE], int64_t now,
                       char out[static DW__DEVICE_SIZE])
{
    uint8_t all[PLAIN_SIZE + TAG_SIZE], tag[DW__HMAC_MAX];
    struct message m;
    dw_err err;

    if (now < 0)
        return DW_INVALID;
    memcpy(all, id, DW__DEVICE_ID);
    for (size_t i = 0; i < TIME_SIZE; i++)
        all[DW__DEVICE_ID + i] = (uint8_t)((uint64_t)now >> (8 * (TIME_SIZE - 1 - i)));
    put_message(&m, all, account);
    err = dw__hmac(keys->v[0], (dw_bytes){m.bytes, sizeof m.bytes}, tag);
    memcpy(all + PLAIN_SIZE, tag, TAG_SIZE);
    (void)dw__base64url_encode(all, sizeof all, out);
    dw__wipe(tag, sizeof tag);
    dw__wipe(all, sizeof all);
    return err;
}

/* Whether the tag is of one of the keys; all of them are asked, so that the time tells nothing. */
static bool is_ours(const struct device_keys *keys, const struct message *m,
                    const uint8_t tag[static TAG_SIZE])
{
    bool ours = false;

    for (size_t i = 0; i < keys->n; i++)
        if (dw__hmac_verify(keys->v[i], (dw_bytes){m->bytes, sizeof m->bytes}, (dw_bytes){tag, TAG_SIZE}) ==
            DW_OK)
            ours = true;
    return ours;
}

static uint64_t time_in(const uint8_t in[static TIME_SIZE])
{
    uint64_t time = 0;

    for (size_t i = 0; i < TIME_SIZE; i++)
        time = time << 8 | in[i];
    return time;
}

bool dw__device_judge(const struct device_keys *keys, const uint8_t account[static DW__SHA256_SIZE],
                      int64_t now, dw_text text, uint8_t id[static DW__DEVICE_ID])
{
    uint8_t all[PLAIN_SIZE + TAG_SIZE];
    struct message m;
    uint64_t made;
    size_t n;

    if (now < 0 || text.n != DW__DEVICE_SIZE || !dw__base64url_decode(text, all, sizeof all, &n) ||
        n != sizeof all)
        return false;
    put_message(&m, all, account);
    if (!is_ours(keys, &m, all + PLAIN_SIZE))
        return false;
    made = time_in(all + DW__DEVICE_ID);
    memcpy(id, all, DW__DEVICE_ID);
    return made <= (uint64_t)now + AHEAD && (uint64_t)now < made + (uint64_t)DW__DEVICE_SECONDS;
}
