/* app/issuers.h -- the keys of other issuers: from the application's own settings to auth/issuer.h. */
#ifndef DW_APP_ISSUERS_H
#define DW_APP_ISSUERS_H

#include "app/config.h"

struct issuers;

/* Makes them as `app` declares and `config` says; *out is NULL when it declares none. DW_INVALID, and a line of `why` for each thing that is wrong. */
DW_MUST dw_err dw__app_issuers_new(struct issuers **out, const dw_app *app, const struct config *config,
                                   struct buf *why);
/* Whether that would succeed; what is wrong is in `why`. */
bool dw__app_issuers_hold(const dw_app *app, const struct config *config, struct buf *why);

#endif
