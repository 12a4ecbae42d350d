/* dw/issuer.h -- access tokens that somebody else signs, and this application takes: declared, one kind for each issuer.
 *
 *     DW_SETTINGS(shop_settings, (dw_secret, partner_keys, .doc = "The keys of our partner, as a JWK set."));
 *     DW_ISSUER(partner, "https://partner.example", "api.shop.example", "at+jwt", "PARTNER_KEYS");
 *     … .issuers = DW_ISSUERS(partner), .settings = &shop_settings_table …     in the application
 *
 * The token is a JWS (RFC 7515) of at most 8 KiB.  Its `kid` names one key, the key has one algorithm, and the header must agree to that: HS256, HS384,
 * HS512, RS256, RS384, RS512, PS256, ES256, ES384 or EdDSA.  Its `typ` is exactly what the declaration says, and so are `iss` and `aud`, which are single texts;
 * exp, iat and sub must be there.  No leeway: it is refused from the second on that exp names, and before iat and nbf.  Anything else is 401.
 *
 * Whoever is named by `sub` is the caller, as dw_app.principal (or .principal) finds him.  What ends our own sign-ins does not end tokens of others. */
#ifndef DW_ISSUER_H
#define DW_ISSUER_H

#include "map.h"
#include "query.h"

typedef struct dw_issuer {
    const char *name;
    const char *issuer, *audience; /* what `iss` and `aud` are */
    const char *typ;               /* what `typ` of the header is */
    const char *
        keys; /* the setting of the application's own that has its keys, a JWK set (RFC 7517) in which each has a `kid`: "PARTNER_KEYS" */
    const dw_query *
        principal; /* dw_principal_key -> dw_principal_row: the account of a subject; NULL: dw_app.principal */
    char _;
} dw_issuer;

#ifndef __cplusplus
/* DW_ISSUER(name, "issuer", "audience", "typ", "SETTING"): at file scope; behind it .principal = &statement. */
#define DW_ISSUER(nm, issuer_, audience_, typ_, ...) \
    DW__ISSUER(nm, issuer_, audience_, typ_, __VA_ARGS__, ._ = 0)
#define DW__ISSUER(nm, issuer_, audience_, typ_, keys_, ...)             \
    DW__UNUSED static const dw_issuer nm = {.name = #nm,                 \
                                            .issuer = "" issuer_ "",     \
                                            .audience = "" audience_ "", \
                                            .typ = "" typ_ "",           \
                                            .keys = "" keys_ "",         \
                                            __VA_ARGS__}
#define DW_ISSUERS(...) ((const dw_issuer *const[]){DW__MAP(DW__ISSUER_REF, , __VA_ARGS__) NULL})
#define DW__ISSUER_REF(T, issuer) &issuer,
#endif

#endif
