/* route/header_block.h -- security headers rendered once, shared by all routes that have the same.
 *
 * Pages and JSON have different blocks; https adds HSTS; a reply that must not be kept has its own variant.  What is in
 * them is the table in header_block.c and nowhere else. */
#ifndef DW_ROUTE_HEADER_BLOCK_H
#define DW_ROUTE_HEADER_BLOCK_H

#include "http/request.h"
#include <dw/route.h>

enum header_kind { HEADERS_JSON, HEADERS_PAGE, HEADERS_KINDS };
enum header_cache { CACHE_AS_ROUTE, CACHE_NEVER, CACHE_VARIANTS };

struct header_variants {
    const struct header_block *block[HEADERS_KINDS][2][CACHE_VARIANTS]; /* kind, https, cache */
};

struct header_blocks;

struct header_blocks *dw__header_blocks_new(void);
void dw__header_blocks_free(struct header_blocks *blocks);

/* The blocks of a route with these values (NULL: the default, of report_only none); made when no other route has them. */
void dw__header_blocks_get(struct header_blocks *blocks, const char *cache_control, const char *csp,
                           const char *report_only, dw_corp corp, struct header_variants *out);

/* The Content-Security-Policy of pages and of JSON unless a route says otherwise. */
extern const char dw__csp_page[], dw__csp_json[];

#endif
