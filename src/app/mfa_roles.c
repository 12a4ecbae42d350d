/* app/mfa_roles.c -- see mfa_roles.h. A name that is misspelt would leave a role without what it should have, so it stops the start. */
#include "app/mfa_roles.h"

#include "base/text.h"

static bool find_role(const dw_app *app, dw_text name, uint64_t *roles)
{
    for (size_t i = 0; i < 64 && app->roles != NULL && app->roles[i] != NULL; i++)
        if (dw__text_eq(dw__text_of(app->roles[i]), name)) {
            *roles |= UINT64_C(1) << i;
            return true;
        }
    return false;
}

static void say_unknown(const dw_app *app, dw_text name, struct buf *why)
{
    dw__buf_format(why, "MFA_REQUIRED_ROLES: there is no role '%.*s', but", DW_FMT(name));
    for (size_t i = 0; app->roles != NULL && app->roles[i] != NULL; i++)
        dw__buf_format(why, "%s%s", i > 0 ? ", " : " ", app->roles[i]);
    dw__buf_lit(why, "\n");
}

static bool anybody_can_enrol(const struct route_table *routes)
{
    for (size_t i = 0; i < routes->n_plans; i++)
        if (routes->plans[i].route->without_mfa != NULL)
            return true;
    return false;
}

void dw__mfa_roles_read(const dw_app *app, const struct route_table *routes, dw_text names, uint64_t *roles,
                        struct buf *why)
{
    uint64_t found = 0;
    const size_t before = why->n;

    *roles = 0;
    if (names.n == 0)
        return;
    while (names.p != NULL) {
        const dw_text name = dw__text_cut(&names, ',');

        if (!find_role(app, name, &found))
            say_unknown(app, name, why);
    }
    if (app->mfa == NULL)
        dw__buf_lit(why, "MFA_REQUIRED_ROLES: the application has no second factors (dw_app.mfa)\n");
    else if (!anybody_can_enrol(routes))
        dw__buf_lit(why, "MFA_REQUIRED_ROLES: nobody could turn one on: no route says .without_mfa\n");
    if (why->n == before)
        *roles = found;
}
