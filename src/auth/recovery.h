/* auth/recovery.h -- recovery codes: random, written so that people can type them, kept as digests.
 *
 * A code is 120 random bits, as four groups of six characters of base32.  So many cannot be guessed, and a plain digest of them cannot be turned round: what
 * is kept needs no key that could be lost, and takes no time to look up (NIST SP 800-63B-4 §3.1.2.2 asks for 112 bits for that). */
#ifndef DW_AUTH_RECOVERY_H
#define DW_AUTH_RECOVERY_H

#include <stdbool.h>
#include <stdint.h>

#include <dw/err.h>
#include <dw/types.h>

#define DW__RECOVERY_BYTES ((size_t)15)
/* Characters as it is shown: "ABCDEF-GHIJKL-MNOPQR-STUVWX". */
#define DW__RECOVERY_TEXT ((size_t)27)
/* Characters of what is kept. */
#define DW__RECOVERY_KEPT ((size_t)43)

/* A new code into bytes, which the caller wipes. */
void dw__recovery_make(uint8_t bytes[static DW__RECOVERY_BYTES]);
/* How it is shown, no NUL. */
void dw__recovery_show(const uint8_t bytes[static DW__RECOVERY_BYTES], char text[static DW__RECOVERY_TEXT]);
/* Reads what somebody typed: either case, hyphens and spaces wherever they are. False when it is no code. */
bool dw__recovery_read(dw_secret typed, uint8_t bytes[static DW__RECOVERY_BYTES]);
/* What is kept of a code of `account`, no NUL: another for each account. DW_INTERNAL when the library fails. */
DW_MUST dw_err dw__recovery_kept(int64_t account, const uint8_t bytes[static DW__RECOVERY_BYTES],
                                 char kept[static DW__RECOVERY_KEPT]);

#endif
