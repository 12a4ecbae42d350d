/* route/header_block.c -- the security headers of every response, in one table.
 *
 * Must never: hold a CR, LF or NUL inside a value (the route table refuses them), or a Server header. */
#include "route/header_block.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/text.h"

#define N_FIELDS_MAX 12u

const char dw__csp_page[] =
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const char dw__csp_json[] = "default-src 'none'; frame-ancestors 'none'";

static const char hsts[] = "max-age=63072000; includeSubDomains"; /* two years (RFC 6797) */

/* What is the same on every response. */
static const struct {
    const char *name, *value;
} always[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"X-XSS-Protection", "0"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Permissions-Policy",
     "camera=(), microphone=(), geolocation=(), usb=(), payment=(), browsing-topics=()"},
};

static const char *const corps[] = {"same-origin", "same-origin", "same-site", "cross-origin"};

struct block {
    struct header_block block;
    struct http_field fields[N_FIELDS_MAX];
    struct block *next;
};

struct header_blocks {
    struct arena arena;
    struct block *first;
};

struct header_blocks *dw__header_blocks_new(void)
{
    struct header_blocks *blocks = calloc(1, sizeof *blocks);

    DW__CHECK(blocks != NULL);
    dw__arena_init(&blocks->arena, NULL, SIZE_MAX / 2);
    return blocks;
}

void dw__header_blocks_free(struct header_blocks *blocks)
{
    if (blocks == NULL)
        return;
    dw__arena_release(&blocks->arena);
    free(blocks);
}

static void put(struct block *b, struct buf *text, const char *name, const char *value)
{
    DW__CHECK(b->block.n < N_FIELDS_MAX);
    b->fields[b->block.n++] = (struct http_field){dw__text_of(name), dw__text_of(value)};
    dw__buf_format(text, "%s: %s\r\n", name, value);
}

static const struct header_block *make(struct header_blocks *blocks, enum header_kind kind, bool https,
                                       const char *cache_control, const char *csp, const char *report_only,
                                       dw_corp corp)
{
    struct block *b = dw__arena_zalloc(&blocks->arena, sizeof *b);
    struct buf text;

    DW__CHECK(b != NULL);
    dw__buf_init(&text, &blocks->arena, 16384);
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        put(b, &text, always[i].name, always[i].value);
    put(b, &text, "Cross-Origin-Resource-Policy", corps[corp]);
    put(b, &text, "Content-Security-Policy", csp);
    if (report_only != NULL && kind == HEADERS_PAGE)
        put(b, &text, "Content-Security-Policy-Report-Only", report_only);
    put(b, &text, "Referrer-Policy", kind == HEADERS_PAGE ? "same-origin" : "no-referrer");
    put(b, &text, "Cache-Control", cache_control);
    if (https)
        put(b, &text, "Strict-Transport-Security", hsts);
    DW__CHECK(!text.failed);
    b->block.h1 = (dw_text){text.p, text.n};
    b->block.fields = b->fields;
    for (struct block *other = blocks->first; other != NULL; other = other->next)
        if (dw__text_eq(other->block.h1, b->block.h1))
            return &other->block;
    b->next = blocks->first;
    blocks->first = b;
    return &b->block;
}

void dw__header_blocks_get(struct header_blocks *blocks, const char *cache_control, const char *csp,
                           const char *report_only, dw_corp corp, struct header_variants *out)
{
    const char *cache[CACHE_VARIANTS] = {cache_control ? cache_control : "no-store",
                                         cache_control ? "private, no-store" : "no-store"};
    const char *policy[HEADERS_KINDS] = {dw__csp_json, csp ? csp : dw__csp_page};

    for (int kind = 0; kind < HEADERS_KINDS; kind++)
        for (int https = 0; https < 2; https++)
            for (int c = 0; c < CACHE_VARIANTS; c++)
                out->block[kind][https][c] =
                    make(blocks, (enum header_kind)kind, https, cache[c], policy[kind], report_only, corp);
}
