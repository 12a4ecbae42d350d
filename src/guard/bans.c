/* guard/bans.c -- see bans.h. Two workers that write one place at once leave one of the two, or for a moment neither. */
#include "guard/bans.h"

#include <string.h>

#define CLOCKS_APART_NS UINT64_C(1000000000) /* workers read the clock once a turn */

/* IPv4 addresses as networks of IPv6 that nobody has: their first bytes are those of multicast. */
static uint64_t number_of(struct ip_counted who)
{
    uint64_t number = 0;
    uint32_t v4;

    if (who.version == 6) {
        memcpy(&number, who.b, sizeof number);
        return number;
    }
    memcpy(&v4, who.b, sizeof v4);
    return (uint64_t)v4 << 32 | UINT32_MAX;
}

static uint64_t load(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static void store(uint64_t *word, uint64_t v)
{
    __atomic_store_n(word, v, __ATOMIC_RELAXED);
}

/* What nobody of ours can have written holds for nobody. */
static bool holds(uint64_t until, uint64_t now)
{
    return until > now && until - now <= DW__BAN_NS + CLOCKS_APART_NS;
}

uint64_t dw__ban_left(const struct bans *bans, struct ip_counted who, uint64_t now)
{
    const uint64_t number = number_of(who);

    if (!dw__bans_any(bans, now) || who.version == 0)
        return 0;
    for (unsigned i = 0; i < DW__BANS; i++) {
        uint64_t until = load(&bans->of[i].until_ns);

        if (load(&bans->of[i].who) == number && holds(until, now))
            return until - now;
    }
    return 0;
}

void dw__ban(struct bans *bans, struct ip_counted who, uint64_t now)
{
    const uint64_t number = number_of(who);
    unsigned at = 0;

    if (bans == NULL || who.version == 0)
        return;
    for (unsigned i = 0; i < DW__BANS; i++) {
        if (load(&bans->of[i].who) == number) {
            at = i;
            break;
        }
        if (load(&bans->of[i].until_ns) < load(&bans->of[at].until_ns))
            at = i;
    }
    store(&bans->of[at].until_ns, 0);
    store(&bans->of[at].who, number);
    store(&bans->of[at].until_ns, now + DW__BAN_NS);
    store(&bans->until_ns, now + DW__BAN_NS);
}
