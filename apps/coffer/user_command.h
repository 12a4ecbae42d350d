/* coffer/user_command.h -- what the files of `coffer user` share. */
#ifndef COFFER_USER_COMMAND_H
#define COFFER_USER_COMMAND_H

#include "accounts.h"

DW_SCHEMA(user_new, (dw_text, uid), (dw_text, username), (dw_text, email), (dw_text, password_hash), (int64_t, roles));

/* What is wrong with a name, or NULL. */
const char *coffer_username_fault(dw_text name);
/* Names of roles with commas, semicolons, strokes or spaces between them; false when there is none, or one that nobody knows. */
bool coffer_roles_read(dw_text list, int64_t *roles);
/* Adds *user, whose address counts as verified, since an operator says so. DW_NOT_FOUND when the name or the address is somebody's. */
dw_err coffer_user_insert(dw_ctx *ctx, user_new *user);

/* `coffer user import FILE`. */
dw_err coffer_user_import(dw_ctx *ctx, const char *path);

#endif
