/* guard/charge_held.c -- who is shut out for breaches, in words; see charge.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/ip.h"
#include "guard/charge.h"

#define SECOND_NS UINT64_C(1000000000)
#define WHO_MAX 80

static void address_text(const struct ip_counted *address, char out[static WHO_MAX])
{
    char text[DW__IP_SIZE];
    size_t n = dw__ip_counted_write(*address, text);

    (void)snprintf(out, WHO_MAX, n > 0 ? "address %.*s" : "no address", (int)n, text);
}

static void who_text(const struct rate_key *key, char out[static WHO_MAX])
{
    static const char *const words[] = {[CHARGE_API_KEY] = "API key",
                                        [CHARGE_SESSION] = "session",
                                        [CHARGE_OWN] = "key",
                                        [CHARGE_NAMED] = "name"};
    struct ip_counted address;
    uint64_t number;

    memcpy(&number, key->who, sizeof number);
    memcpy(&address, key->who, sizeof address);
    switch ((enum charge_kind)key->kind) {
    case CHARGE_CALLER: (void)snprintf(out, WHO_MAX, "account %" PRId64, (int64_t)number); return;
    case CHARGE_ADDRESS:
    case CHARGE_BROKEN:
    case CHARGE_CROSS_SITE: address_text(&address, out); return;
    case CHARGE_API_KEY:
    case CHARGE_SESSION:
    case CHARGE_OWN:
    case CHARGE_NAMED: (void)snprintf(out, WHO_MAX, "%s %016" PRIx64, words[key->kind], number); return;
    }
    (void)snprintf(out, WHO_MAX, "nobody known");
}

/* The first route with the limit for whose breaches that key is held; NULL: none any more. */
static const struct route_plan *plan_of(const struct route_table *routes, const struct rate_key *held)
{
    const uint64_t identity = held->limit ^ CHARGE_OF_HELD;

    for (size_t i = 0; i < routes->n_plans; i++) {
        const struct plan_limit *limit = &routes->plans[i].limit;

        if (limit->n > 0 && (limit->identity == identity || limit->identity == (identity ^ CHARGE_OF_OTHERS)))
            return &routes->plans[i];
    }
    return NULL;
}

void dw__charge_held_print(struct rate_table *table, const struct route_table *routes, uint64_t now_ns,
                           struct buf *out)
{
    struct rate_held held[DW__RATE_BOX];
    size_t n = dw__rate_box_list(table, now_ns, held);

    for (size_t i = 0; i < n; i++) {
        const struct route_plan *plan = plan_of(routes, &held[i].key);
        char who[WHO_MAX];

        who_text(&held[i].key, who);
        dw__buf_format(out, "%016" PRIx64 " %" PRIu64 "s %s, ", held[i].id,
                       (held[i].left_ns + SECOND_NS - 1) / SECOND_NS, who);
        if (plan != NULL)
            dw__buf_format(out, "%s %.*s\n", plan->method, DW_FMT(plan->pattern));
        else
            dw__buf_lit(out, "a limit that is there no more\n");
    }
}

static void let_go(const dw_ctx *ctx, const struct route_table *routes, const struct rate_held *held)
{
    struct rate_table *table = ctx->services->rates;
    const struct route_plan *plan = plan_of(routes, &held->key);
    struct rate_key breaches = held->key;

    breaches.limit ^= CHARGE_OF_HELD ^ CHARGE_OF_BREACHES;
    dw__rate_let_go(table, dw__rate_place(table, &breaches));
    dw__rate_let_go(table, dw__rate_place(table, &held->key));
    DW__EVENT(ctx->services->log, ctx, DW_LOG_LEVEL_INFO, "limit.let_go",
              DW_KV(limit, plan != NULL ? plan->limit.text : DW_TEXT("")));
}

size_t dw__charge_let_go(const dw_ctx *ctx, const struct route_table *routes, dw_text id)
{
    struct rate_held held[DW__RATE_BOX];
    size_t n = dw__rate_box_list(ctx->services->rates, ctx->clock->mono_ns, held), gone = 0;

    for (size_t i = 0; i < n; i++) {
        char text[24];

        (void)snprintf(text, sizeof text, "%016" PRIx64, held[i].id);
        if (!dw__text_is(id, "all") && !dw__text_eq(id, dw__text_of(text)))
            continue;
        let_go(ctx, routes, &held[i]);
        gone++;
    }
    return gone;
}
