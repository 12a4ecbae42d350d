/* coffer/uid_of.c -- the account that an operator names on a command line. */
#include <stdio.h>
#include <string.h>

#include "coffer.h"

DW_SCHEMA(named_account, (dw_text, username));
DW_SCHEMA(named_uid, (dw_text, uid));
DW_QUERY(uid_by_name, named_account, named_uid, "SELECT uid FROM users WHERE username = :username");

dw_err coffer_uid_of(dw_ctx *ctx, const char *username, dw_text *uid)
{
    const named_account name = {.username = {username, strlen(username)}};
    named_uid found = {0};
    dw_err err = DW_ONE(ctx, uid_by_name, &name, &found);

    if (err == DW_NOT_FOUND)
        (void)fprintf(stderr, "coffer: there is no user %s\n", username);
    if (err == DW_OK)
        *uid = found.uid;
    return err;
}
