/* auth/verify_budget.h -- how many tokens an address may have a worker verify in vain.
 *
 * Verifying a signature costs up to a hundred microseconds, and one that is bad cannot be remembered: the next differs in a bit.  So each
 * token that was not seen before is charged to its address before it is verified, and given back when it was good.  An address is an
 * IPv4 address or the first 64 bits of an IPv6 one; what is none (a Unix socket) is one address.
 *
 * The generic cell rate algorithm (ITU-T I.371): a second's worth at once, then at the rate.  The table is of a fixed size: where more
 * addresses come than it has room for, the one that has used least is forgotten. */
#ifndef DW_AUTH_VERIFY_BUDGET_H
#define DW_AUTH_VERIFY_BUDGET_H

#include <stdbool.h>

#include <dw/err.h>
#include <dw/types.h>

struct verify_budget;

/* `per_second`: 1 to 1,000,000. DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__verify_budget_new(struct verify_budget **out, unsigned per_second);
void dw__verify_budget_free(struct verify_budget *budget);

/* Who pays for a verification. */
struct verify_payer {
    struct verify_budget *budget;
    dw_text address; /* its text: "192.0.2.1" */
    uint64_t now_ns; /* monotonic; may stand still, and must not run back */
};

/* Charges one; false when nothing is left. */
bool dw__verify_budget_take(const struct verify_payer *payer);
/* Gives back what the same payer was charged just now. */
void dw__verify_budget_give(const struct verify_payer *payer);

#endif
