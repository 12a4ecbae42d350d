/* auth/audit_chain.c -- HMAC-SHA-256 for lines, heads and steps; what is put in begins differently for each, so none can be taken for another. */
#include "auth/audit_chain.h"

#include <string.h>

#include "crypto/compare.h"
#include "crypto/hmac.h"

/* Lines begin with '{'. */
#define STEP "dewar audit step"
#define HEAD "dewar audit head"
#define CHAIN "dewar audit chain"

static dw_err mac(const uint8_t key[static DW__AUDIT_KEY], const void *p, size_t n,
                  uint8_t out[static DW__HMAC_MAX])
{
    struct hmac_key *hmac;
    dw_err err = dw__hmac_key_new(&hmac, HMAC_SHA256, (dw_bytes){key, DW__AUDIT_KEY});

    if (err != DW_OK)
        return err;
    err = dw__hmac(hmac, (dw_bytes){p, n}, out);
    dw__hmac_key_free(hmac);
    return err;
}

static void to_hex(const uint8_t *p, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
}

static dw_err mac_hex(const struct audit_chain *chain, const void *p, size_t n,
                      char out[static DW__AUDIT_MAC])
{
    uint8_t bytes[DW__HMAC_MAX];
    dw_err err = mac(chain->key, p, n, bytes);

    if (err == DW_OK)
        to_hex(bytes, DW__AUDIT_MAC / 2, out);
    return err;
}

dw_err dw__audit_chain_begin(struct audit_chain *chain, const uint8_t root[static DW__AUDIT_KEY],
                             const char id[static DW__AUDIT_ID])
{
    char text[sizeof CHAIN + DW__AUDIT_ID] = CHAIN;
    uint8_t key[DW__HMAC_MAX];
    dw_err err;

    memcpy(text + sizeof CHAIN, id, DW__AUDIT_ID);
    err = mac(root, text, sizeof text, key);
    *chain = (struct audit_chain){0};
    memcpy(chain->id, id, DW__AUDIT_ID);
    if (err == DW_OK)
        memcpy(chain->key, key, sizeof chain->key);
    dw__wipe(key, sizeof key);
    return err;
}

dw_err dw__audit_chain_step(struct audit_chain *chain)
{
    uint8_t next[DW__HMAC_MAX];
    dw_err err = mac(chain->key, STEP, sizeof STEP - 1, next);

    dw__wipe(chain->key, sizeof chain->key);
    if (err == DW_OK)
        memcpy(chain->key, next, sizeof chain->key);
    dw__wipe(next, sizeof next);
    chain->seq++;
    return err;
}

dw_err dw__audit_chain_mac(const struct audit_chain *chain, dw_text text, char out[static DW__AUDIT_MAC])
{
    return mac_hex(chain, text.p, text.n, out);
}

dw_err dw__audit_chain_head(const struct audit_chain *chain, dw_text time, dw_text line,
                            char out[static DW__AUDIT_MAC])
{
    char text[256];
    struct buf b;

    dw__buf_init_fixed(&b, text, sizeof text);
    dw__buf_lit(&b, HEAD " ");
    dw__buf_put(&b, chain->id, sizeof chain->id);
    dw__buf_putc(&b, ' ');
    dw__buf_u64(&b, chain->seq);
    dw__buf_putc(&b, ' ');
    dw__buf_text(&b, time);
    dw__buf_putc(&b, ' ');
    dw__buf_text(&b, line);
    return b.failed ? DW_INVALID : mac_hex(chain, b.p, b.n, out);
}

void dw__audit_chain_wipe(struct audit_chain *chain)
{
    dw__wipe(chain, sizeof *chain);
}
