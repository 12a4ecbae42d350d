/* coffer/uid_of.c -- the account that an operator names on a command line. */
#include <stdio.h>
#include <string.h>

#include "accounts.h"

dw_err coffer_uid_of(dw_ctx *ctx, const char *username, dw_text *uid)
{
    account_row found = {0};
    dw_err err = coffer_account_of_name(ctx, (dw_text){username, strlen(username)}, &found);

    if (err == DW_NOT_FOUND)
        (void)fprintf(stderr, "coffer: there is no user %s\n", username);
    if (err == DW_OK)
        *uid = found.uid;
    return err;
}
