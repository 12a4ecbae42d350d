/* guard/guess.h -- failures are counted for each account, by where they come from: the inside of <dw/guess.h>. */
#ifndef DW_GUARD_GUESS_H
#define DW_GUARD_GUESS_H

#include "crypto/keyring.h"
#include <dw/guess.h>

/* As the settings say. */
struct guess_config {
    unsigned failures;     /* a minute, of an account and a network */
    unsigned slowed_after; /* … of an account from everywhere, before tries are slowed */
    uint64_t delay_ms;     /* … by this */
    dw_text origin;        /* CANONICAL_ORIGIN, or empty; outlives the rules */
};

/* One per process; built at start-up, immutable but for how many are waiting. */
struct guess_rules;

/* For the application `name`; without `signing` keys no browser is known. DW_INVALID when the name is too long for a cookie, DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__guess_rules_new(struct guess_rules **out, const char *name, const struct keyring *signing,
                                   const struct guess_config *config);
void dw__guess_rules_free(struct guess_rules *rules);

#endif
