/* auth/token_family.h -- sign-ins as rows (<dw/token.h>): begun, renewed, asked for, ended. */
#ifndef DW_AUTH_TOKEN_FAMILY_H
#define DW_AUTH_TOKEN_FAMILY_H

#include <dw/token.h>

/* DW_OK when the sign-in `sid` is there and `uid`'s; DW_NOT_FOUND when not. Other errors are those of DW_ONE. */
DW_MUST dw_err dw__token_family_live(dw_ctx *ctx, const dw_tokens *families, dw_text sid, dw_text uid);

#endif
