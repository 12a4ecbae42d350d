/* codec/normalise.h -- one spelling for what looks the same: white space at the ends, Unicode normal form C. */
#ifndef DW_CODEC_NORMALISE_H
#define DW_CODEC_NORMALISE_H

#include "base/arena.h"
#include <dw/err.h>
#include <dw/types.h>

/* Composing never leaves fewer characters than this part of them: so a text far too long need not be composed to know it. */
#define DW__NFC_SHRINKS 4u

/* Valid UTF-8 without the characters of the property White_Space at both ends. */
dw_text dw__utf8_trim(dw_text t);
/* Valid UTF-8 in normal form C (UAX #15): `t` itself when it is ASCII or below U+0300, else in `a`. DW_MALFORMED for more than 30
 * combining characters in a row (the stream-safe form: beyond it, ordering them could be made slow), DW_TOO_LARGE when `a` is full. */
DW_MUST dw_err dw__nfc(dw_text t, struct arena *a, dw_text *out);

/* Longer texts are not folded. */
#define DW__FOLD_MAX 1024u
/* One spelling for names that are to count as the same, whoever typed them: without white space at the ends, compatibility characters as their plain ones
 * (NFKC), case folded (Unicode 3.13); in `a`. For keys of counts, never to be shown or stored. What is no UTF-8, too long, or has too many combining characters in
 * a row comes back as it is. DW_TOO_LARGE when `a` is full. */
DW_MUST dw_err dw__fold(dw_text t, struct arena *a, dw_text *out);

#endif
