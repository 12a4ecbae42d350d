/* conformance/main.c -- a deliberately odd application: one route for every behaviour that Coffer has no use for.
 *
 * Any tester can judge the framework from outside with it. Everything here is done with the public API alone. */
#include <stdlib.h>
#include <string.h>

#include "conformance.h"

static const char *const roles[] = {"user", "admin", NULL};
static const char *const scopes[] = {"read", "write", NULL};

DW_MIGRATIONS(conformance);

DW_QUERY(principal_by_uid, dw_principal_key, dw_principal_row,
    "SELECT id, uid, username AS name, roles FROM users WHERE uid = :uid AND disabled = 0");

DW_API_KEYS(api_keys);
DW_SESSIONS(browsers);
DW_REMEMBERED(remembered);
DW_SESSION_VALUES(kept, session_state);
DW_MFA(second_factors);

/* Tokens that somebody else signs, with one of two kinds of key. */
DW_ISSUER(shared, "https://issuer.test", "api.test", "at+jwt", "ISSUER_SHARED_KEYS");
DW_ISSUER(signed_by, "https://issuer.test", "api.test", "at+jwt", "ISSUER_KEYS");

/* Faulty configurations that are not settings but part of the application. */
static const char *faulty_csp(void)
{
    const char *profile = getenv("CONFORMANCE_PROFILE");

    if (profile != NULL && strcmp(profile, "bad-csp-semicolon") == 0)
        return "default-src 'self'; img-src https://images.test;evil";
    if (profile != NULL && strcmp(profile, "bad-csp-crlf") == 0)
        return "default-src 'self'\r\nSet-Cookie: a=b";
    return NULL;
}

/* A policy to try, about which nobody would hear anything. */
static const char *faulty_trial(void)
{
    const char *profile = getenv("CONFORMANCE_PROFILE");

    return profile != NULL && strcmp(profile, "bad-report-only-no-endpoint") == 0
               ? "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
               : NULL;
}

int main(int argc, char **argv)
{
    const char *csp = faulty_csp();

    return dw_main(
        argc, argv,
        &(const dw_app){
            .name = "conformance",
            .version = "0.1.0",
            .license = "MIT",
            .roles = roles,
            .scopes = scopes,
            .migrations = conformance_migrations,
            .principal = &principal_by_uid,
            .api_keys = &api_keys,
            .sessions = &browsers,
            .remembered = &remembered,
            .session_values = &kept,
            .mfa = &second_factors,
            .blueprints =
                (const dw_blueprint *const[]){
                    &pages,   &bodies,   &ranges,   &errors,  &failing_errors, &users,        &items,
                    &cards,   &origins,  &forms,    &crashes, &searches,       &limits,       &objects,
                    &guarded, &sessions, &accounts, &clients, &cross_origin,   &shared_pages, NULL},
            .redirects_to = DW_ORIGINS("https://partner.test"),
            .profiles = profiles,
            .settings = &conformance_settings_table,
            .rate_global = "100/minute",
            .issuers = DW_ISSUERS(shared, signed_by),
            .guards = DW_GUARDS(barrier),
            .csp = csp,
            .csp_why = csp ? "a fault on purpose" : NULL,
            .csp_report_only = faulty_trial(),
        });
}
