/* auth/audit_chain.h -- what makes lines of the audit log hold together: a MAC each, under a key that only goes forward.
 *
 * Line n of a chain has a MAC under key n, and key n + 1 is made from key n by a step that cannot be taken back; then key n is wiped.  Who
 * takes over the writer has the key of the next line, and none of those of the lines before: what is written stays as it is, or it shows.
 * A *head* says how far the chain is, under the key of the line that is to come.  It is kept somewhere else, and shows when
 * the end of the log is gone.  A signature would let everybody check a head; but its key must stay in the writer, and who takes that over could
 * sign heads of yesterday.  So heads are MACs by the same steps, and to check them takes the root. */
#ifndef DW_AUTH_AUDIT_CHAIN_H
#define DW_AUTH_AUDIT_CHAIN_H

#include <stdint.h>

#include "base/buf.h"
#include <dw/err.h>
#include <dw/types.h>

#define DW__AUDIT_KEY 32
#define DW__AUDIT_ID 16  /* hexadecimal digits of a chain's name */
#define DW__AUDIT_MAC 64 /* of a MAC */

/* What stands at the end of every line, before its '\n'. */
#define DW__AUDIT_END_SIZE (sizeof ",\"mac\":\"" - 1 + DW__AUDIT_MAC + sizeof "\"}" - 1)

struct audit_chain {
    char id[DW__AUDIT_ID];
    uint64_t seq;               /* of the line that is to come */
    uint8_t key[DW__AUDIT_KEY]; /* … and its key */
};

/* A chain that begins: its first key is made from `root` (KEY_AUDIT of crypto/keyring.h) and its name. */
DW_MUST dw_err dw__audit_chain_begin(struct audit_chain *chain, const uint8_t root[static DW__AUDIT_KEY],
                                     const char id[static DW__AUDIT_ID]);
/* To the next line; the key before is gone. DW_INTERNAL: the library failed, and the chain cannot be used any more. */
DW_MUST dw_err dw__audit_chain_step(struct audit_chain *chain);
/* The MAC of `text` under the key of the line that is to come. */
DW_MUST dw_err dw__audit_chain_mac(const struct audit_chain *chain, dw_text text,
                                   char out[static DW__AUDIT_MAC]);
/* The MAC of a head that says: the line before the one to come has `mac`. */
DW_MUST dw_err dw__audit_chain_head(const struct audit_chain *chain, dw_text time, dw_text mac,
                                    char out[static DW__AUDIT_MAC]);
void dw__audit_chain_wipe(struct audit_chain *chain);

#endif
