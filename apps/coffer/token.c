/* coffer/token.c -- `coffer token`: an operator makes an access token for an account, or ends all of its sign-ins by tokens. */
#include <stdio.h>
#include <string.h>

#include "coffer.h"

static dw_err usage(void)
{
    (void)fprintf(stderr, "usage: coffer token issue USERNAME     prints an access token\n"
                          "       coffer token end USERNAME       ends all tokens of the account\n");
    return DW_BAD_REQUEST;
}

static dw_err issue(dw_ctx *ctx, dw_text uid)
{
    dw_text token;
    int64_t expires_in;
    dw_err err = dw_token_issue(ctx, uid, &token, &expires_in);

    if (err != DW_OK)
        return err;
    printf("%.*s\n", DW_FMT(token));
    (void)fprintf(stderr, "good for %lld seconds\n", (long long)expires_in);
    return DW_OK;
}

dw_err coffer_token(dw_ctx *ctx, int argc, char **argv)
{
    dw_text uid;
    dw_err err;

    if (argc != 2 || (strcmp(argv[0], "issue") != 0 && strcmp(argv[0], "end") != 0))
        return usage();
    if ((err = coffer_uid_of(ctx, argv[1], &uid)) != DW_OK)
        return err;
    return argv[0][0] == 'i' ? issue(ctx, uid) : dw_tokens_end_all(ctx, uid);
}
