/* auth/issuer.c -- see issuer.h.
 *
 * A kid is one key's, over all issuers, so that the token's header chooses nothing but which key is tried; whose key that is says what else must be so.
 * Must never: take a key without a kid, or look for keys anywhere but where the operator has put them. */
#include "auth/issuer.h"

#include <stdlib.h>

#include "auth/jws.h"
#include "base/text.h"

#define MEMORY ((size_t)1 << 20)
#define SUB_MAX 64u

struct issuers {
    struct arena memory; /* of the keys' ids */
    size_t n;
    struct one {
        const dw_issuer *declared;
        struct jwk_set keys;
    } v[DW__ISSUERS_MAX];
};

/* ---- when the server starts ---- */

static bool has_kid(const struct jwk_set *set, dw_text kid)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->keys[i].kid.p != NULL && dw__text_eq(set->keys[i].kid, kid))
            return true;
    return false;
}

/* What is wrong with the keys of the last that was added; NULL: nothing. */
static const char *fault_of(const struct issuers *issuers)
{
    const struct jwk_set *set = &issuers->v[issuers->n - 1].keys;

    for (size_t i = 0; i < set->n; i++) {
        if (set->keys[i].kid.p == NULL || set->keys[i].kid.n == 0)
            return "each key needs a \"kid\", by which tokens name it";
        for (size_t k = 0; k + 1 < issuers->n; k++)
            if (has_kid(&issuers->v[k].keys, set->keys[i].kid))
                return "a \"kid\" of it is another issuer's too; a kid names one key";
    }
    return NULL;
}

static bool is_said(const char *text)
{
    return text != NULL && *text != '\0';
}

static dw_err add(struct issuers *issuers, const dw_issuer *declared, dw_text keys, const char *setting,
                  struct buf *why)
{
    struct one *one = &issuers->v[issuers->n];
    const char *fault;
    dw_err err;

    if (!is_said(declared->issuer) || !is_said(declared->audience) || !is_said(declared->typ)) {
        dw__buf_format(why, "issuer %s: say whom its tokens are from, whom they are for, and of what typ\n",
                       declared->name);
        return DW_INVALID;
    }
    if (keys.p == NULL) {
        dw__buf_format(why, "issuer %s: its keys are not given: set %s to a JWK set\n", declared->name,
                       setting);
        return DW_INVALID;
    }
    one->declared = declared;
    err = dw__jwk_set_parse(keys, &issuers->memory, &one->keys);
    if (err == DW_BAD_REQUEST)
        dw__buf_format(
            why,
            "%s: it is no JWK set to verify tokens of issuer %s with: {\"keys\":[…]}, public or shared keys "
            "but not both, each with \"alg\" and \"kid\"; RSA of 2048 bits or more, HS256 of 32 bytes or "
            "more\n",
            setting, declared->name);
    if (err != DW_OK)
        return err == DW_BAD_REQUEST ? DW_INVALID : err;
    issuers->n++;
    if ((fault = fault_of(issuers)) == NULL)
        return DW_OK;
    dw__buf_format(why, "%s: %s\n", setting, fault);
    return DW_INVALID;
}

dw_err dw__issuers_new(struct issuers **out, const dw_issuer *const *declared, const dw_text *keys,
                       const char (*setting)[128], struct buf *why)
{
    struct issuers *issuers = calloc(1, sizeof *issuers);
    dw_err err = DW_OK, one;

    *out = NULL;
    if (issuers == NULL)
        return DW_UNAVAILABLE;
    dw__arena_init(&issuers->memory, NULL, MEMORY);
    for (size_t i = 0; declared[i] != NULL; i++) {
        if (i == DW__ISSUERS_MAX) {
            dw__buf_format(why, "dw_app.issuers: there are more than %u\n", DW__ISSUERS_MAX);
            err = DW_INVALID;
            break;
        }
        one = add(issuers, declared[i], keys[i], setting[i], why);
        err = one != DW_OK ? one : err;
    }
    if (err == DW_OK)
        *out = issuers;
    else
        dw__issuers_free(issuers);
    return err;
}

void dw__issuers_free(struct issuers *issuers)
{
    if (issuers == NULL)
        return;
    for (size_t i = 0; i < issuers->n; i++)
        dw__jwk_set_release(&issuers->v[i].keys);
    dw__arena_release(&issuers->memory);
    free(issuers);
}

/* ---- a token ---- */

static const struct one *whose(const struct issuers *issuers, dw_text kid)
{
    for (size_t i = 0; kid.p != NULL && i < issuers->n; i++)
        if (has_kid(&issuers->v[i].keys, kid))
            return &issuers->v[i];
    return NULL;
}

static bool is_exactly(dw_text claim, const char *wanted)
{
    return claim.p != NULL && dw__text_eq(claim, dw__text_of(wanted));
}

static bool claims_ok(const dw_issuer *d, const struct token_claims *c, int64_t now)
{
    return is_exactly(c->iss, d->issuer) && is_exactly(c->aud, d->audience) && c->sub.n <= SUB_MAX &&
           c->iat <= now && c->iat < c->exp && now < c->exp && c->auth_time <= c->iat;
}

/* What is no DW_OK and no trouble of ours is a token that is not good. */
static dw_err no_token(dw_err err)
{
    return err == DW_BAD_REQUEST ? DW_UNAUTHENTICATED : err;
}

dw_err dw__issuers_verify(const struct issuers *issuers, dw_text token, int64_t now, struct arena *a,
                          struct token_claims *out, const dw_issuer **by)
{
    const struct one *one;
    struct jws jws;
    dw_err err = dw__jws_parse(token, a, &jws);

    *by = NULL;
    *out = (struct token_claims){0};
    if (err != DW_OK)
        return no_token(err);
    one = whose(issuers, jws.kid);
    if (one == NULL || !is_exactly(jws.typ, one->declared->typ))
        return DW_UNAUTHENTICATED;
    if ((err = dw__jws_verify(&one->keys, &jws)) != DW_OK)
        return no_token(err);
    if ((err = dw__claims_parse_foreign(jws.payload, now, a, out)) != DW_OK)
        return err;
    if (!claims_ok(one->declared, out, now)) {
        *out = (struct token_claims){0};
        return DW_UNAUTHENTICATED;
    }
    *by = one->declared;
    return DW_OK;
}
