/* auth/csrf.c -- see csrf.h. The bytes of a token: 40 of mask, then, under it, 8 of time (big-endian) and 32 of HMAC-SHA-256.
 *
 * The HMAC is over the purpose (a byte), the time, and the id, of fixed length each.  Must never: compare a tag in another way than
 * crypto/compare.h does, or look at the time of one whose tag is not good. */
#include "auth/csrf.h"

#include <string.h>

#include "auth/session_id.h"
#include "crypto/compare.h"
#include <dw/ctx.h>

#define TIME_SIZE 8u
#define TAG_SIZE 32u
#define PLAIN_SIZE (TIME_SIZE + TAG_SIZE)
#define AHEAD 60 /* seconds that the clock of another machine of ours may be ahead */

_Static_assert(DW__CSRF_TOKEN_SIZE == DW__BASE64URL_SIZE(2 * PLAIN_SIZE), "as csrf.h says");

struct message {
    uint8_t bytes[1 + TIME_SIZE + DW__SESSION_ID_SIZE];
};

static void put_message(struct message *m, enum csrf_purpose purpose, const uint8_t time[static TIME_SIZE],
                        dw_text id)
{
    m->bytes[0] = (uint8_t)purpose;
    memcpy(m->bytes + 1, time, TIME_SIZE);
    memcpy(m->bytes + 1 + TIME_SIZE, id.p, DW__SESSION_ID_SIZE);
}

static void put_time(uint64_t time, uint8_t out[static TIME_SIZE])
{
    for (size_t i = 0; i < TIME_SIZE; i++)
        out[i] = (uint8_t)(time >> (8 * (TIME_SIZE - 1 - i)));
}

static uint64_t get_time(const uint8_t in[static TIME_SIZE])
{
    uint64_t time = 0;

    for (size_t i = 0; i < TIME_SIZE; i++)
        time = time << 8 | in[i];
    return time;
}

dw_err dw__csrf_make(const struct hmac_ring *keys, enum csrf_purpose purpose, dw_text id, int64_t now,
                     char out[static DW__CSRF_TOKEN_SIZE])
{
    uint8_t token[2 * PLAIN_SIZE], tag[DW__HMAC_MAX], *plain = token + PLAIN_SIZE;
    struct message m;
    dw_err err;

    if (id.n != DW__SESSION_ID_SIZE || now < 0)
        return DW_INVALID;
    put_time((uint64_t)now, plain);
    put_message(&m, purpose, plain, id);
    err = dw__hmac_ring_tag(keys, 0, (dw_bytes){m.bytes, sizeof m.bytes}, tag);
    memcpy(plain + TIME_SIZE, tag, TAG_SIZE);
    dw_random(token, PLAIN_SIZE);
    for (size_t i = 0; i < PLAIN_SIZE; i++)
        plain[i] ^= token[i];
    (void)dw__base64url_encode(token, sizeof token, out);
    dw__wipe(&m, sizeof m);
    dw__wipe(tag, sizeof tag);
    return err;
}

dw_err dw__csrf_judge(const struct hmac_ring *keys, enum csrf_purpose purpose, dw_text id, int64_t now,
                      int64_t age, dw_text token)
{
    uint8_t bytes[2 * PLAIN_SIZE], *plain = bytes + PLAIN_SIZE;
    struct message m;
    uint64_t made;
    bool ours;
    size_t n;

    if (id.n != DW__SESSION_ID_SIZE || now < 0 || token.n != DW__CSRF_TOKEN_SIZE ||
        !dw__base64url_decode(token, bytes, sizeof bytes, &n) || n != sizeof bytes)
        return DW_CSRF;
    for (size_t i = 0; i < PLAIN_SIZE; i++)
        plain[i] ^= bytes[i];
    put_message(&m, purpose, plain, id);
    ours = dw__hmac_ring_knows(keys, (dw_bytes){m.bytes, sizeof m.bytes},
                               (dw_bytes){plain + TIME_SIZE, TAG_SIZE});
    made = get_time(plain);
    dw__wipe(&m, sizeof m);
    dw__wipe(bytes, sizeof bytes);
    if (!ours || made > (uint64_t)now + AHEAD)
        return DW_CSRF;
    return age == 0 || made + (uint64_t)age > (uint64_t)now ? DW_OK : DW_CSRF;
}
