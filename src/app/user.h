/* app/user.h -- the unprivileged account that the settings name. */
#ifndef DW_APP_USER_H
#define DW_APP_USER_H

#include <sys/types.h>

#include "app/command.h"

/* The ids of inv->config->user. DW_INVALID, and a line on standard error, when there is no such account or it is root. */
DW_MUST dw_err dw__user_find(const struct invocation *inv, uid_t *uid, gid_t *gid);

#endif
