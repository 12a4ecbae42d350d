/* coffer/coffer.h -- what Coffer's files share. */
#ifndef COFFER_COFFER_H
#define COFFER_COFFER_H

#include <dw/dw.h>

extern const dw_app coffer;
extern const dw_blueprint coffer_auth, coffer_users, coffer_items, coffer_cards;

/* `coffer seed`. */
dw_err coffer_seed(dw_ctx *ctx, int argc, char **argv);

#endif
