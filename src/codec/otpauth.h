/* codec/otpauth.h -- the URI that an authenticator application takes a seed from (Key Uri Format: otpauth://totp/ISSUER:NAME?secret=…). */
#ifndef DW_CODEC_OTPAUTH_H
#define DW_CODEC_OTPAUTH_H

#include "base/buf.h"

/* Bytes of the longest seed, and of the longest URI that is made of one. */
#define DW__OTPAUTH_SEED ((size_t)20)
#define DW__OTPAUTH_MAX ((size_t)490)

/* Appends the URI of `seed` (1 to DW__OTPAUTH_SEED bytes) for the account `name` of `issuer` to `out`.  Both are UTF-8 and only what people tell
 * accounts apart by: an issuer longer than 32 bytes, or a name longer than 64, is cut between characters, and ':', which parts them, becomes '.'. All but
 * RFC 3986's unreserved characters are percent-encoded. A longer seed: out->failed. */
void dw__otpauth_put(struct buf *out, dw_text issuer, dw_text name, dw_bytes seed);

#endif
