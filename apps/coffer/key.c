/* coffer/key.c -- `coffer key`: an operator makes, lists and ends the API keys of an account. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coffer.h"

static const char usage[] = "usage: coffer key add USERNAME NAME [--days N] SCOPE…\n"
                            "       coffer key list USERNAME\n"
                            "       coffer key revoke USERNAME ID\n"
                            "       coffer key rewrap\n";

static dw_text text_of(const char *s)
{
    return (dw_text){s, strlen(s)};
}

static dw_err misused(const char *what, const char *word)
{
    (void)fprintf(stderr, "coffer: %s%s\n%s", what, word, usage);
    return DW_BAD_REQUEST;
}

/* A date and nothing more, or what stands for never. */
static dw_text day_of(dw_ctx *ctx, int64_t seconds)
{
    return seconds == 0 ? DW_TEXT("never") : dw_date_text(ctx, dw_date_from_days(seconds / 86400));
}

static bool add_scope(const char *word, uint64_t *scopes)
{
    for (unsigned i = 0; coffer.scopes[i] != NULL; i++)
        if (strcmp(word, coffer.scopes[i]) == 0) {
            *scopes |= UINT64_C(1) << i;
            return true;
        }
    return false;
}

/* "NAME [--days N] SCOPE…" */
static dw_err read_order(const dw_ctx *ctx, int argc, char **argv, dw_api_key_order *order)
{
    char *end;
    long days;
    int i = 1;

    order->name = text_of(argv[0]);
    if (i + 1 < argc && strcmp(argv[i], "--days") == 0) {
        days = strtol(argv[i + 1], &end, 10);
        if (*end != '\0' || days < 1 || days > 36500)
            return misused("--days is a number from 1 to 36500, and not ", argv[i + 1]);
        order->expires_at = dw_now_unix(ctx) + days * 86400;
        i += 2;
    }
    for (; i < argc; i++)
        if (!add_scope(argv[i], &order->scopes))
            return misused("there is no scope ", argv[i]);
    return order->scopes != 0 ? DW_OK : misused("a key is for at least one scope: read, write", "");
}

static dw_err add(dw_ctx *ctx, dw_text uid, int argc, char **argv)
{
    dw_api_key_order order = {0};
    dw_api_key made;
    dw_text key;
    dw_err err;

    if (argc < 1)
        return misused("key add needs a name and a scope", "");
    if ((err = read_order(ctx, argc, argv, &order)) != DW_OK ||
        (err = dw_api_key_add(ctx, uid, &order, &key, &made)) != DW_OK)
        return err;
    printf("%.*s\n", DW_FMT(key));
    return DW_OK;
}

static void print_key(dw_ctx *ctx, const dw_api_key *key)
{
    printf("%.*s made %.*s, expires %.*s, last used %.*s, for", DW_FMT(key->id),
           DW_FMT(day_of(ctx, key->made_at)), DW_FMT(day_of(ctx, key->expires_at)),
           DW_FMT(day_of(ctx, key->used_at)));
    for (unsigned i = 0; coffer.scopes[i] != NULL; i++)
        if (key->scopes >> i & 1)
            printf(" %s", coffer.scopes[i]);
    printf(": %.*s\n", DW_FMT(key->name));
}

static dw_err list(dw_ctx *ctx, dw_text uid)
{
    dw_api_key_list keys;
    dw_err err = dw_api_key_all(ctx, uid, &keys);

    for (size_t i = 0; err == DW_OK && i < keys.n; i++)
        print_key(ctx, &keys.v[i]);
    return err;
}

/* Keys of another kind: those of DATA_KEYS. */
static dw_err rewrap(dw_ctx *ctx)
{
    int64_t n;
    dw_err err = dw_mfa_rewrap(ctx, &n);

    printf("%lld sealed with the newest of DATA_KEYS\n", (long long)n);
    return err;
}

dw_err coffer_key(dw_ctx *ctx, int argc, char **argv)
{
    dw_text uid;
    dw_err err;

    if (argc == 1 && strcmp(argv[0], "rewrap") == 0)
        return rewrap(ctx);
    if (argc < 2)
        return misused("key needs a verb and a user", "");
    if ((err = coffer_uid_of(ctx, argv[1], &uid)) != DW_OK)
        return err;
    if (strcmp(argv[0], "add") == 0)
        return add(ctx, uid, argc - 2, argv + 2);
    if (strcmp(argv[0], "list") == 0 && argc == 2)
        return list(ctx, uid);
    if (strcmp(argv[0], "revoke") == 0 && argc == 3)
        return dw_api_key_revoke(ctx, uid, text_of(argv[2]));
    return misused("key cannot do that: ", argv[0]);
}
