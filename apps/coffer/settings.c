/* coffer/settings.c -- what Coffer is: its roles, its tables, its commands. */
#include "coffer.h"
#include "models.h"

static const char *const roles[] = {"viewer", "editor", "admin", NULL};
static const char *const scopes[] = {"read", "write", NULL};

DW_MIGRATIONS(coffer);

/* The account of a token's subject, looked up with every request. */
DW_QUERY(principal_by_uid, dw_principal_key, dw_principal_row,
    "SELECT id, uid, username AS name, roles FROM users WHERE uid = :uid AND disabled = 0");

/* What is answered again under an Idempotency-Key. */
DW_REPEATS(repeats);

/* What was kept longer than a day for those who repeat themselves goes away, also when nobody does any more. */
static dw_err forget_repeats(dw_ctx *ctx, const dw_nothing *in)
{
    const dw_repeat_since since = {.since = dw_now_unix(ctx) - 86400};
    int64_t n = 1;
    dw_err err = DW_OK;

    (void)in;
    while (n > 0 && err == DW_OK)
        err = DW_EXEC(ctx, repeats_prune, &since, &n);
    return err;
}
DW_JOB(forgetting, dw_nothing, forget_repeats, .schedule = DW_EVERY(3600));

/* Sign-ins that can be renewed and ended. */
DW_TOKENS(tokens);
/* Who is signed in with a browser. */
DW_SESSIONS(browsers);
/* … and stays so, who asked for that. */
DW_REMEMBERED(remembered);

/* Second factors. */
DW_MFA(mfa);

/* Keys for programs. */
DW_API_KEYS(api_keys);

/* What is done once, however often it is delivered. */
DW_WEBHOOKS(webhooks);

/* Pages of other origins that COFFER_CORS_ORIGINS names, each of them: with credentials it cannot be every one. */
const dw_cors coffer_pages =
    DW_CORS("people may use pages that somebody else made for Coffer", .credentials = true,
            .headers = "authorization, content-type, idempotency-key, if-match, if-none-match",
            .expose = "etag, location, retry-after");

/* Looks after what is put behind requests. */
DW_JOBS(jobs);

static const dw_blueprint *const blueprints[] = {
    &coffer_auth,        &coffer_mfa,   &coffer_sessions, &coffer_account, &coffer_users,    &coffer_admin,
    &coffer_admin_audit, &coffer_items, &coffer_cards,    &coffer_keys,    &coffer_webhooks, NULL};

/* What is somebody's: a statement that uses one of these is held to the caller, or says why it is not. */
static const dw_owned owned[] = {DW_OWNED(items, owner), DW_OWNED(virtual_cards, owner), {0}};

static const dw_command commands[] = {
    {"seed", coffer_seed, "add the demo users, with random passwords that are printed once"},
    {"key", coffer_key,
     "make, list and revoke API keys of an account: key add USERNAME NAME [--days N] SCOPE…"},
    {"token", coffer_token, "issue | end: make an access token of an account, or end all of them"},
    {"user", coffer_user,
     "add | disable | enable | roles | reset | mfa-off | delete | import: look after accounts"},
    {0},
};

const dw_app coffer = {
    .name = "coffer",
    .version = "0.1.0",
    .roles = roles,
    .scopes = scopes,
    .migrations = coffer_migrations,
    .owned = owned,
    .principal = &principal_by_uid,
    .repeats = &repeats,
    .jobs = &jobs,
    .tokens = &tokens,
    .api_keys = &api_keys,
    .webhooks = &webhooks,
    .sessions = &browsers,
    .by = DW_SESSION | DW_BEARER,
    .rate_global = "100/minute",
    .rate = "200/day; 50/hour",
    .rate_by = DW_RATE_BY_ADDRESS,
    .remembered = &remembered,
    .mfa = &mfa,
    .blueprints = blueprints,
    .commands = commands,
    .settings = &coffer_settings_table,
    .title = "Coffer",
    .doc = "People sign in, keep items and make virtual cards.",
    .license = "MIT",
    .docs_for = DW_ROLES(admin),
};
