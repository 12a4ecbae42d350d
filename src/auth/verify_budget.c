/* auth/verify_budget.c -- see verify_budget.h.
 *
 * Of each address one number is kept: when it will have paid for all that it was charged.  That is never further ahead than a second. */
#include "auth/verify_budget.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/hash.h"
#include "codec/ip.h"

#define SETS 256u
#define WAYS 4u
#define SECOND_NS UINT64_C(1000000000)
#define PER_SECOND_MAX 1000000u

struct entry {
    struct ip_counted address;
    uint64_t paid_ns; /* 0: free */
};

struct verify_budget {
    struct hash_key key;
    uint64_t cost_ns;
    struct entry sets[SETS][WAYS];
};

dw_err dw__verify_budget_new(struct verify_budget **out, unsigned per_second)
{
    DW__CHECK(per_second >= 1 && per_second <= PER_SECOND_MAX);
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return DW_UNAVAILABLE;
    dw__hash_key_init(&(*out)->key);
    (*out)->cost_ns = SECOND_NS / per_second;
    return DW_OK;
}

void dw__verify_budget_free(struct verify_budget *budget)
{
    free(budget);
}

/* The entry of an address: its own, or that which has the most left. */
static struct entry *entry_of(const struct verify_payer *payer)
{
    const struct entry key = {.address = dw__ip_counted(payer->address)};
    struct entry *set =
        payer->budget->sets[dw__hash(&payer->budget->key, &key.address, sizeof key.address) % SETS];
    struct entry *least = set;

    for (unsigned i = 0; i < WAYS; i++) {
        if (set[i].paid_ns != 0 && memcmp(&set[i].address, &key.address, sizeof key.address) == 0)
            return &set[i];
        if (set[i].paid_ns < least->paid_ns)
            least = &set[i];
    }
    *least = key;
    return least;
}

bool dw__verify_budget_take(const struct verify_payer *payer)
{
    struct entry *e = entry_of(payer);
    uint64_t from = e->paid_ns > payer->now_ns ? e->paid_ns : payer->now_ns;

    if (from - payer->now_ns > SECOND_NS - payer->budget->cost_ns)
        return false;
    e->paid_ns = from + payer->budget->cost_ns;
    return true;
}

void dw__verify_budget_give(const struct verify_payer *payer)
{
    struct entry *e = entry_of(payer);

    if (e->paid_ns >= payer->budget->cost_ns)
        e->paid_ns -= payer->budget->cost_ns;
}
