/* coffer/coffer.h -- what Coffer's files share. */
#ifndef COFFER_COFFER_H
#define COFFER_COFFER_H

#include <dw/dw.h>

extern const dw_app coffer;
extern const dw_blueprint coffer_account, coffer_auth, coffer_mfa, coffer_sessions, coffer_users,
    coffer_admin, coffer_admin_audit, coffer_items, coffer_cards, coffer_keys, coffer_webhooks;
extern const dw_cors coffer_pages;

/* What an operator may say of Coffer itself: docs/guide/settings.md. */
DW_SETTINGS(coffer_settings,
    (int64_t, card_limit, DW_RANGE(1, 1000000), DW_DEFAULT(1000), .example = "250",
     .doc = "What a new virtual card may spend."),
    (int64_t, page_items, DW_RANGE(1, 100), DW_DEFAULT(20), .example = "50",
     .doc = "Items in a page, where the client does not say how many."),
    (dw_text, rate_limit_api, DW_LEN(1, 128), .optional = true, .example = "60/minute",
     .doc = "How often somebody may ask for anything below /api that has no limit of its own; 10/minute where nothing is said."),
    (dw_secret, webhook_secrets, .optional = true, DW_LEN(1, 1024), .example = "whsec_…",
     .doc = "Secrets of webhooks, as their sender shows them, with commas between them. Without one no webhook is taken.")
);

/* What is below /api and has no limit of its own: all of it together, for each account, or address of nobody's. */
#define API_LIMIT                                                                              \
    .rate = DW_PER_MINUTE(10), .rate_by = DW_RATE_BY_CALLER, .rate_setting = "RATE_LIMIT_API", \
    .rate_shared = "api"

/* `coffer seed`, `coffer key`, `coffer token`, `coffer user`. */
dw_err coffer_seed(dw_ctx *ctx, int argc, char **argv);
dw_err coffer_key(dw_ctx *ctx, int argc, char **argv);
dw_err coffer_token(dw_ctx *ctx, int argc, char **argv);
dw_err coffer_user(dw_ctx *ctx, int argc, char **argv);

/* The uid of the account of that name; DW_NOT_FOUND, and a line on standard error, without one. */
dw_err coffer_uid_of(dw_ctx *ctx, const char *username, dw_text *uid);

#endif
