/* codec/public_suffix.h -- domains below which anybody may have a name of their own: com, co.uk, github.io. */
#ifndef DW_CODEC_PUBLIC_SUFFIX_H
#define DW_CODEC_PUBLIC_SUFFIX_H

#include <dw/types.h>

/* Whether `domain` (ASCII, lower case) is one; also when nobody can tell: a single label, a text that is no domain, a library without its list. */
bool dw__is_public_suffix(dw_text domain);

#endif
