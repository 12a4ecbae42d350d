/* dw/policy.h -- who may: of a route, of the API's description, and who is shown a field. */
#ifndef DW_POLICY_H
#define DW_POLICY_H

#include "map.h"
#include "types.h"

typedef struct dw_webhook dw_webhook;

typedef enum dw_allow {
    DW_ALLOW_NOBODY = 0,
    DW_ALLOW_PUBLIC,
    DW_ALLOW_USER,
    DW_ALLOW_ROLES,
    DW_ALLOW_SIGNED
} dw_allow;

typedef struct dw_policy {
    dw_allow kind;
    uint64_t roles;
    const char *why;
    const dw_webhook *webhook;
} dw_policy;

/* To whom a field of a reply is shown: .visible_to = DW_ROLES(admin), see <dw/rules.h>. */
typedef struct dw_visible {
    dw_allow kind;
    uint64_t roles;
} dw_visible;

#ifndef __cplusplus
/* Anyone. The reason is a literal of at least 8 characters; `check` lists it. */
#define DW_PUBLIC(reason)                                                                              \
    {                                                                                                  \
        .kind = DW_ALLOW_PUBLIC +                                                                      \
                (dw_allow)DW__REQUIRE(sizeof("" reason "") > 8, the_reason_has_at_least_8_characters), \
        .why = "" reason ""                                                                            \
    }
/* Anyone who is signed in. */
#define DW_ANY_USER           \
    {                         \
        .kind = DW_ALLOW_USER \
    }
/* Who has one of these roles: names of the application's enum without its prefix role_. */
#define DW_ROLES(...)                                                       \
    {                                                                       \
        .kind = DW_ALLOW_ROLES, .roles = 0 DW__MAP(DW__ROLE, , __VA_ARGS__) \
    }
#define DW__ROLE(T, r) | UINT64_C(1) << role_##r
/* Whoever signs: a dw_webhook of this file (<dw/webhook.h>). There is no caller, and each message is done once. */
#define DW_SIGNED(hook)                                                                     \
    {                                                                                       \
        .kind = DW_ALLOW_SIGNED, .webhook = _Generic(&(hook), const dw_webhook * : &(hook)) \
    }
/* For .scopes: who came by a key or a token with scopes must have all of these, names of the application's enum without its prefix
 * scope_.  Others are not limited by scopes. */
#define DW_SCOPES(...) (0 DW__MAP(DW__SCOPE, , __VA_ARGS__))
#define DW__SCOPE(T, s) | UINT64_C(1) << scope_##s
#endif

#endif
