/* auth/caller.c -- whether what a caller came with is still good, asked again where something lasting is made of it.
 *
 * The guards have looked before the handler began (guard/bearer.c, session.c, api_key.c).  Since then a new password may have ended all of it; what would
 * be made now was not there to be ended. */
#include "auth/session.h"
#include "auth/token_family.h"
#include "base/ctx.h"
#include "base/text.h"
#include "http/request.h"
#include <dw/api_key.h>
#include <dw/query.h>

static dw_err session_is_there(dw_ctx *ctx, const dw_req *req)
{
    const dw_session_key key = {.digest = req->session->digest};
    dw_session_row row;

    return dw_x_one(ctx, ctx->services->sessions->statements->find, &key, &row);
}

static dw_err key_is_there(dw_ctx *ctx, const dw_req *req)
{
    const dw_api_key_id key = {.id = req->came_with.key_id};
    dw_api_key_row row;

    return dw_x_one(ctx, ctx->services->api_keys->find, &key, &row);
}

/* Each that they came with. */
static dw_err credentials_are_there(dw_ctx *ctx, const dw_req *req, const dw_principal *who)
{
    dw_err err = DW_OK;

    if (who->by & DW_SESSION)
        err = req->session != NULL ? session_is_there(ctx, req) : DW_NOT_FOUND;
    if (err == DW_OK && (who->by & DW_API_KEY))
        err = req->came_with.key_id.n > 0 ? key_is_there(ctx, req) : DW_NOT_FOUND;
    if (err == DW_OK && req->came_with.sign_in.n > 0)
        err = dw__token_family_live(ctx, ctx->services->families, req->came_with.sign_in, who->uid);
    return err;
}

static dw_err account_is_there(dw_ctx *ctx, const dw_req *req, const dw_principal *who)
{
    const dw_query *account =
        req->came_with.account != NULL ? req->came_with.account : ctx->services->account;
    const dw_principal_key key = {.uid = req->came_with.subject.n > 0 ? req->came_with.subject : who->uid};
    dw_principal_row row = {0};
    dw_err err = account != NULL ? dw_x_one(ctx, account, &key, &row) : DW_NOT_FOUND;

    return err == DW_OK && row.id != who->id ? DW_NOT_FOUND : err;
}

static dw_err is_still(dw_ctx *ctx, const void *of)
{
    const dw_req *req = of;
    const dw_principal *who = req->ctx.principal;
    dw_err err = who != NULL ? credentials_are_there(ctx, req, who) : DW_NOT_FOUND;

    if (err == DW_OK)
        err = account_is_there(ctx, req, who);
    return err == DW_NOT_FOUND ? DW_UNAUTHENTICATED : err;
}

dw_still dw_caller_still(dw_req *req)
{
    return (dw_still){is_still, req};
}
