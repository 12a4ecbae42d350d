/* app/mfa_roles.h -- the setting MFA_REQUIRED_ROLES. */
#ifndef DW_APP_MFA_ROLES_H
#define DW_APP_MFA_ROLES_H

#include "route/plan.h"

/* The roles that `names` (with commas between them; or empty) is of, as a bit set. What cannot be is one line each in `why`, and nobody has a role of *roles then. */
void dw__mfa_roles_read(const dw_app *app, const struct route_table *routes, dw_text names, uint64_t *roles,
                        struct buf *why);

#endif
