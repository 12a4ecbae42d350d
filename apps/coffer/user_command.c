/* coffer/user_command.c -- `coffer user …`: what an operator does with accounts. A password is never an argument. */
#include <stdio.h>
#include <string.h>

#include "account_change.h"
#include "user_command.h"

DW_QUERY(user_add, user_new, account_key,
    "INSERT INTO users (uid, username, email, password_hash, roles, email_verified, created_at)"
    " VALUES (:uid, :username, :email, :password_hash, :roles, 1, :now) ON CONFLICT DO NOTHING RETURNING id AS account");

/* ---- what is said ---- */

static dw_err usage(void)
{
    (void)fprintf(
        stderr,
        "usage: coffer user add NAME EMAIL [ROLE,…]     its password is asked for, or a line of "
        "standard input\n"
        "       coffer user disable NAME | enable NAME\n"
        "       coffer user roles NAME ROLE[,ROLE…]     viewer, editor, admin\n"
        "       coffer user reset NAME                  sets another password, which is asked for\n"
        "       coffer user mfa-off NAME                takes the second factor away\n"
        "       coffer user delete NAME                 takes the account away, and all that is its own\n"
        "       coffer user import FILE                 CSV: username,email,password_hash,roles\n");
    return DW_BAD_REQUEST;
}

static dw_err refuse(const char *what, dw_text about)
{
    (void)fprintf(stderr, "'%.*s': %s\n", DW_FMT(about), what);
    return DW_BAD_REQUEST;
}

/* ---- what is taken ---- */

static dw_text text_of(const char *s)
{
    return (dw_text){s, strlen(s)};
}

const char *coffer_username_fault(dw_text name)
{
    static const char fault[] = "a username is 3 to 50 letters and digits";

    if (name.n < 3 || name.n > 50)
        return fault;
    for (size_t i = 0; i < name.n; i++) {
        const char c = name.p[i];
        if ((c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z'))
            return fault;
    }
    return NULL;
}

static bool is_separator(char c)
{
    return c == ',' || c == ';' || c == '|' || c == ' ';
}

static bool add_role(dw_text word, int64_t *roles)
{
    static const dw_text names[] = {DW_TEXT_INIT("viewer"), DW_TEXT_INIT("editor"), DW_TEXT_INIT("admin")};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (dw_text_eq(word, names[i])) {
            *roles |= INT64_C(1) << i;
            return true;
        }
    return false;
}

bool coffer_roles_read(dw_text list, int64_t *roles)
{
    size_t from = 0;

    *roles = 0;
    for (size_t i = 0; i <= list.n; i++)
        if (i == list.n || is_separator(list.p[i])) {
            if (i > from && !add_role((dw_text){list.p + from, i - from}, roles))
                return false;
            from = i + 1;
        }
    return *roles != 0;
}

static const char roles_fault[] = "roles are viewer, editor and admin, with commas between them";

/* A password that the policy takes, hashed. */
static dw_err take_password(dw_ctx *ctx, dw_text name, dw_text email, dw_text *hash)
{
    const char *why;
    dw_secret password;
    dw_err err = dw_read_password(ctx, "password", &password);

    if (err != DW_OK)
        return err;
    err = dw_password_check(ctx, password, .names = {name, email, DW_TEXT("coffer")}, .why = &why);
    if (err == DW_INVALID)
        (void)fprintf(stderr, "that password will not do: %s\n", why);
    return err == DW_OK ? dw_password_hash(ctx, password, hash) : err;
}

static dw_err find(dw_ctx *ctx, const char *name, account_row *out)
{
    dw_err err = coffer_account_of_name(ctx, text_of(name), out);

    return err == DW_NOT_FOUND ? refuse("there is no account of that name", text_of(name)) : err;
}

/* ---- add ---- */

dw_err coffer_user_insert(dw_ctx *ctx, user_new *user)
{
    account_key added;

    user->uid = dw_uuid_text(ctx, dw_uuid_new());
    return DW_ONE(ctx, user_add, user, &added);
}

static dw_err is_free(dw_ctx *ctx, const user_new *user)
{
    account_row other = {0};
    dw_err err = coffer_account_of_name(ctx, user->username, &other);

    if (err == DW_OK)
        return refuse("there is an account of that name", user->username);
    if (err == DW_NOT_FOUND && (err = coffer_account_of_address(ctx, user->email, &other)) == DW_OK)
        return refuse("that is the address of another account", user->email);
    return err == DW_NOT_FOUND ? DW_OK : err;
}

static dw_err add(dw_ctx *ctx, int argc, char **argv)
{
    user_new user = {.roles = INT64_C(1) << role_viewer};
    dw_err err;

    if (argc < 2 || argc > 3)
        return usage();
    user.username = text_of(argv[0]);
    user.email = text_of(argv[1]);
    if (coffer_username_fault(user.username) != NULL)
        return refuse(coffer_username_fault(user.username), user.username);
    if (!dw_email_valid(user.email))
        return refuse("that is no address", user.email);
    if (argc == 3 && !coffer_roles_read(text_of(argv[2]), &user.roles))
        return refuse(roles_fault, text_of(argv[2]));
    if ((err = is_free(ctx, &user)) != DW_OK ||
        (err = take_password(ctx, user.username, user.email, &user.password_hash)) != DW_OK ||
        (err = coffer_user_insert(ctx, &user)) != DW_OK)
        return err;
    printf("%s is there\n", argv[0]);
    return DW_OK;
}

/* ---- change ---- */

static dw_err set_disabled(dw_ctx *ctx, int argc, char **argv, bool disabled)
{
    account_row user = {0};
    dw_err err;

    if (argc != 1)
        return usage();
    if ((err = find(ctx, argv[0], &user)) != DW_OK)
        return err;
    DW_TX_REPEATABLE(ctx, &err)
    {
        err = coffer_set_disabled(ctx, user.account, disabled);
    }
    if (err == DW_OK)
        printf("%s is %s\n", argv[0], disabled ? "disabled" : "enabled");
    return err;
}

static dw_err set_roles(dw_ctx *ctx, int argc, char **argv)
{
    int64_t roles;
    account_row user = {0};
    dw_err err;

    if (argc != 2)
        return usage();
    if (!coffer_roles_read(text_of(argv[1]), &roles))
        return refuse(roles_fault, text_of(argv[1]));
    if ((err = find(ctx, argv[0], &user)) != DW_OK)
        return err;
    DW_TX_REPEATABLE(ctx, &err)
    {
        err = coffer_set_roles(ctx, user.account, roles);
    }
    if (err == DW_OK)
        printf("%s has the roles %s\n", argv[0], argv[1]);
    return err;
}

static dw_err reset(dw_ctx *ctx, int argc, char **argv)
{
    dw_text hash;
    account_row user = {0};
    dw_err err;

    if (argc != 1)
        return usage();
    if ((err = find(ctx, argv[0], &user)) != DW_OK ||
        (err = take_password(ctx, user.username, user.email, &hash)) != DW_OK)
        return err;
    DW_TX_REPEATABLE(ctx, &err)
    {
        err = coffer_set_password(ctx, user.account, hash);
    }
    if (err == DW_OK)
        printf("%s has another password\n", argv[0]);
    return err;
}

/* For somebody who has lost their phone and their recovery codes, and has shown the operator who they are. Whoever is signed in as them is not any more; their
 * keys stay, as when they turn it off themselves. */
static dw_err turn_factor_off(dw_ctx *ctx, int argc, char **argv)
{
    account_row user = {0};
    dw_mfa_state factor = {0};
    dw_err err;

    if (argc != 1)
        return usage();
    if ((err = find(ctx, argv[0], &user)) != DW_OK ||
        (err = dw_mfa_look(ctx, user.account, &factor)) != DW_OK)
        return err;
    if (!factor.on)
        return refuse("this account has no second factor", user.username);
    if ((err = DW_AUDIT(ctx, "account.factor_off", DW_KV(account, user.uid))) != DW_OK)
        return err;
    DW_TX_REPEATABLE(ctx, &err)
    {
        err = coffer_sign_ins_end(ctx, &user);
        if (err == DW_OK)
            err =
                coffer_put_notice(ctx, &user, "The second factor of your account at Coffer",
                                  "the second factor of your account was turned off by whoever runs this. If "
                                  "you did not ask for that, write to them at once.");
    }
    if (err == DW_OK)
        err = dw_mfa_disable(ctx, user.account); /* last: until then the whole can be done again */
    if (err == DW_OK)
        printf("%s has no second factor any more\n", argv[0]);
    return err;
}

static dw_err take_away(dw_ctx *ctx, int argc, char **argv)
{
    account_row user = {0};
    dw_err err;

    if (argc != 1)
        return usage();
    if ((err = find(ctx, argv[0], &user)) != DW_OK ||
        (err = DW_AUDIT(ctx, "account.deleted", DW_KV(account, user.uid))) != DW_OK)
        return err;
    err = coffer_delete_account(ctx, &user, false);
    if (err == DW_OK)
        printf("%s is gone\n", argv[0]);
    return err;
}

dw_err coffer_user(dw_ctx *ctx, int argc, char **argv)
{
    const dw_text what = argc > 0 ? text_of(argv[0]) : DW_TEXT("");

    if (dw_text_is(what, "add"))
        return add(ctx, argc - 1, argv + 1);
    if (dw_text_is(what, "disable") || dw_text_is(what, "enable"))
        return set_disabled(ctx, argc - 1, argv + 1, dw_text_is(what, "disable"));
    if (dw_text_is(what, "roles"))
        return set_roles(ctx, argc - 1, argv + 1);
    if (dw_text_is(what, "reset"))
        return reset(ctx, argc - 1, argv + 1);
    if (dw_text_is(what, "mfa-off"))
        return turn_factor_off(ctx, argc - 1, argv + 1);
    if (dw_text_is(what, "delete"))
        return take_away(ctx, argc - 1, argv + 1);
    if (dw_text_is(what, "import") && argc == 2)
        return coffer_user_import(ctx, argv[1]);
    return usage();
}
