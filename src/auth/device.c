/* auth/device.c -- see device.h.  The bytes: 16 of id, 8 of time (big-endian), 32 of HMAC-SHA-256 over these and the account's digest.
 *
 * Must never: compare a tag in another way than crypto/compare.h does, or look at the time of one whose tag is not good. */
#include "auth/device.h"

#include <string.h>

#include "crypto/compare.h"

#define TIME_SIZE 8u
#define TAG_SIZE 32u
#define PLAIN_SIZE (DW__DEVICE_ID + TIME_SIZE)
#define AHEAD 60u /* seconds that the clock of another machine of ours may be ahead */

_Static_assert(DW__DEVICE_SIZE == DW__BASE64URL_SIZE(PLAIN_SIZE + TAG_SIZE), "as device.h says");

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

dw_err dw__device_make(const struct hmac_ring *keys, const uint8_t id[static DW__DEVICE_ID],
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
    err = dw__hmac_ring_tag(keys, 0, (dw_bytes){m.bytes, sizeof m.bytes}, tag);
    memcpy(all + PLAIN_SIZE, tag, TAG_SIZE);
    (void)dw__base64url_encode(all, sizeof all, out);
    dw__wipe(tag, sizeof tag);
    dw__wipe(all, sizeof all);
    return err;
}

static uint64_t time_in(const uint8_t in[static TIME_SIZE])
{
    uint64_t time = 0;

    for (size_t i = 0; i < TIME_SIZE; i++)
        time = time << 8 | in[i];
    return time;
}

bool dw__device_judge(const struct hmac_ring *keys, const uint8_t account[static DW__SHA256_SIZE],
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
    if (!dw__hmac_ring_knows(keys, (dw_bytes){m.bytes, sizeof m.bytes},
                             (dw_bytes){all + PLAIN_SIZE, TAG_SIZE}))
        return false;
    made = time_in(all + DW__DEVICE_ID);
    memcpy(id, all, DW__DEVICE_ID);
    return made <= (uint64_t)now + AHEAD && (uint64_t)now < made + (uint64_t)DW__DEVICE_SECONDS;
}
