/* guard/bans.c -- see bans.h. Two workers that write one place at once leave one of the two, or for a moment neither. */
#include "guard/bans.h"

#define CLOCKS_APART_NS UINT64_C(1000000000) /* workers read the clock once a turn */

#define VERSION_4 UINT64_C(4) /* above IPv4 addresses: what lies in 0:4::/32 of IPv6 is nobody's */

/* The bytes of an address in their order, so that no network is the number of an IPv4 address. */
static uint64_t number_of(struct ip_counted who)
{
    uint64_t number = who.version == 6 ? 0 : VERSION_4;

    for (size_t i = 0; i < (who.version == 6 ? sizeof who.b : 4); i++)
        number = number << 8 | who.b[i];
    return number;
}

static struct ip_counted who_of(uint64_t number)
{
    struct ip_counted who = {.version = number >> 32 == VERSION_4 ? 4 : 6};

    for (size_t i = who.version == 6 ? sizeof who.b : 4; i-- > 0; number >>= 8)
        who.b[i] = (uint8_t)number;
    return who;
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

size_t dw__bans_list(const struct bans *bans, uint64_t now, struct ban out[static DW__BANS])
{
    size_t n = 0;

    for (unsigned i = 0; dw__bans_any(bans, now) && i < DW__BANS; i++) {
        uint64_t until = load(&bans->of[i].until_ns), number = load(&bans->of[i].who);

        if (holds(until, now))
            out[n++] = (struct ban){.who = who_of(number), .id = number, .left_ns = until - now};
    }
    return n;
}

void dw__ban_lift(struct bans *bans, uint64_t id)
{
    for (unsigned i = 0; bans != NULL && i < DW__BANS; i++)
        if (load(&bans->of[i].who) == id)
            store(&bans->of[i].until_ns, 0);
}
