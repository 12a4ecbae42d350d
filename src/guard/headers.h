/* guard/headers.h -- which headers are ours to say. */
#ifndef DW_GUARD_HEADERS_H
#define DW_GUARD_HEADERS_H

#include "route/header_block.h"

/* Whether `name` is one that the blocks of a route have, or that the framework says otherwise. A second Content-Security-Policy is nobody's:
 * each of them holds. */
bool dw__header_is_ours(const struct header_variants *headers, dw_text name);

#endif
