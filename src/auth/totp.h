/* auth/totp.h -- one-time passwords of a seed and the time: TOTP (RFC 6238) over HOTP (RFC 4226), HMAC-SHA-1, 30 seconds, six digits. */
#ifndef DW_AUTH_TOTP_H
#define DW_AUTH_TOTP_H

#include <stdbool.h>
#include <stdint.h>

#include <dw/err.h>
#include <dw/types.h>

#define DW__OTP_DIGITS 6
#define DW__TOTP_STEP_S 30
/* Bytes of a seed: RFC 4226 §4 asks for 16 at least and recommends 20; what comes from elsewhere may have less. */
#define DW__TOTP_SEED ((size_t)20)
#define DW__TOTP_SEED_LEAST ((size_t)10)
#define DW__TOTP_SEED_MOST ((size_t)64)

/* The code of `counter`: DW__OTP_DIGITS ASCII digits, no NUL. DW_BAD_REQUEST for an empty seed; DW_INTERNAL, DW_UNAVAILABLE when the library fails. */
DW_MUST dw_err dw__hotp(dw_bytes seed, uint64_t counter, char code[static DW__OTP_DIGITS]);
/* Whether `t` is six ASCII digits, and nothing else: what other people write as digits is none. */
bool dw__otp_is_code(dw_secret t);
/* DW_OK when `code` is that of the step of Unix time `now_s`, of the one before or the one behind it, and that step is later than `after`, the last that was
 * accepted (-1: none was).  *step is then the latest such step; keep it, atomically. DW_UNAUTHENTICATED when not.  All three are always computed, and
 * compared in constant time. */
DW_MUST dw_err dw__totp_check(dw_bytes seed, int64_t now_s, int64_t after, dw_secret code, int64_t *step);

#endif
