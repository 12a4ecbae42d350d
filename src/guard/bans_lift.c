/* guard/bans_lift.c -- who is banned for probes, in words, and letting them go; see bans.h.
 *
 * What they had looked for was forgotten when they were banned (guard/probes.c), so that who is let go begins anew. */
#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "guard/bans.h"

#define SECOND_NS UINT64_C(1000000000)

void dw__bans_print(const dw_ctx *ctx, struct buf *out)
{
    struct ban list[DW__BANS];
    size_t n = dw__bans_list(ctx->services->bans, ctx->clock->mono_ns, list);

    for (size_t i = 0; i < n; i++) {
        char address[DW__IP_SIZE];
        size_t len = dw__ip_counted_write(list[i].who, address);

        dw__buf_format(out, "%016" PRIx64 " %" PRIu64 "s address %.*s, probes\n", list[i].id,
                       (list[i].left_ns + SECOND_NS - 1) / SECOND_NS, (int)len, address);
    }
}

static void let_go(const dw_ctx *ctx, const struct ban *ban)
{
    char address[DW__IP_SIZE];
    size_t len = dw__ip_counted_write(ban->who, address);

    dw__ban_lift(ctx->services->bans, ban->id);
    DW__EVENT(ctx->services->log, ctx, DW_LOG_LEVEL_INFO, "probe.let_go",
              DW_KV(address, ((dw_text){address, len})));
}

size_t dw__bans_let_go(const dw_ctx *ctx, dw_text id)
{
    struct ban list[DW__BANS];
    size_t n = dw__bans_list(ctx->services->bans, ctx->clock->mono_ns, list), gone = 0;

    for (size_t i = 0; i < n; i++) {
        char text[24];

        (void)snprintf(text, sizeof text, "%016" PRIx64, list[i].id);
        if (!dw__text_is(id, "all") && !dw__text_eq(id, dw__text_of(text)))
            continue;
        let_go(ctx, &list[i]);
        gone++;
    }
    return gone;
}
