/* coffer/settings.c -- what Coffer is: its roles, its tables, its commands. */
#include "coffer.h"
#include "models.h"

static const char *const roles[] = {"viewer", "editor", "admin", NULL};

DW_MIGRATIONS(coffer);

/* The account of a token's subject, looked up with every request. */
DW_QUERY(principal_by_uid, dw_principal_key, dw_principal_row,
    "SELECT id, uid, username AS name, roles FROM users WHERE uid = :uid AND disabled = 0");

/* What is answered again under an Idempotency-Key. */
DW_REPEATS(repeats);

static const dw_blueprint *const blueprints[] = {&coffer_auth, &coffer_users, &coffer_items, &coffer_cards,
                                                 NULL};

/* What is somebody's: a statement that uses one of these is held to the caller, or says why it is not. */
static const dw_owned owned[] = {DW_OWNED(items, owner), DW_OWNED(virtual_cards, owner), {0}};

static const dw_command commands[] = {
    {"seed", coffer_seed, "add the demo users, with random passwords that are printed once"},
    {0},
};

const dw_app coffer = {
    .name = "coffer",
    .version = "0.1.0",
    .roles = roles,
    .migrations = coffer_migrations,
    .owned = owned,
    .principal = &principal_by_uid,
    .repeats = &repeats,
    .blueprints = blueprints,
    .commands = commands,
    .settings = &coffer_settings_table,
    .title = "Coffer",
    .doc = "People sign in, keep items and make virtual cards.",
    .license = "MIT",
    .docs_for = DW_ROLES(admin),
};
