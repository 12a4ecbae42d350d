/* guard/account.c -- the account of a subject is looked up with every request, or known to be unchanged since it was
 * (auth/principal_cache.h), so that a role taken away or an account disabled takes effect on the next. */
#include "guard/account.h"

#include "auth/principal_cache.h"
#include "store/sql.h"
#include <dw/query.h>

/* What a credential is of that no sign-in stands behind. */
static const dw_text no_sign_in = DW_TEXT_INIT("");

/* Nothing is looked up for those whose roles want none. */
static dw_err find_mfa(const struct guard_env *env, dw_ctx *ctx, dw_principal *who)
{
    dw_mfa_key key = {.account = who->id}, row;
    dw_err err;

    who->mfa = false;
    if ((who->roles & env->mfa_roles) == 0)
        return DW_OK;
    err = dw_x_one(ctx, env->app->mfa->is_on, &key, &row);
    who->mfa = err == DW_OK;
    return err == DW_NOT_FOUND ? DW_OK : err;
}

dw_err dw__account_fill(const struct guard_env *env, dw_ctx *ctx, const dw_principal_row *row,
                        dw_principal *who)
{
    who->id = row->id;
    who->uid = row->uid;
    who->name = row->name;
    who->roles = (uint64_t)row->roles;
    return find_mfa(env, ctx, who);
}

bool dw__account_may_keep(const struct guard_env *env, const struct sql_client *sql, const dw_query *account)
{
    return dw__sql_may_keep(sql, account) &&
           (env->mfa_roles == 0 || dw__sql_may_keep(sql, env->app->mfa->is_on));
}

/* From the database as it is at `generation` or later. */
static dw_err look_up(const struct guard_env *env, dw_req *req, uint64_t generation, dw_text subject,
                      dw_principal *who)
{
    const struct services *services = req->ctx.services;
    const dw_query *account = env->app->principal;
    const dw_principal_key key = {.uid = subject};
    dw_principal_row row = {0};
    dw_err err = dw_x_one(&req->ctx, account, &key, &row);

    if (err == DW_OK)
        err = dw__account_fill(env, &req->ctx, &row, who);
    if (err != DW_OK)
        return err;
    if (generation != 0 && dw__account_may_keep(env, services->sql, account))
        dw__principal_cache_keep(services->principals, generation, subject, no_sign_in, who);
    return DW_OK;
}

dw_err dw__account_of(const struct guard_env *env, dw_req *req, dw_text subject, dw_principal *who)
{
    const struct services *services = req->ctx.services;
    uint64_t generation;

    if (services->sql == NULL || env->app->principal == NULL)
        return DW_UNAVAILABLE;
    generation = dw__sql_generation(services->sql);
    if (dw__principal_cache_find(services->principals, generation, subject, no_sign_in, &req->arena, who))
        return DW_OK;
    return look_up(env, req, generation, subject, who);
}

dw_err dw__caller_take(dw_req *req, const dw_principal *who)
{
    const dw_principal *other = req->ctx.principal;

    if (other != NULL && other->id != who->id)
        return dw_req_fail(req, DW_BAD_REQUEST, "The request has credentials of two accounts");
    req->ctx.principal = who;
    return DW_OK;
}
