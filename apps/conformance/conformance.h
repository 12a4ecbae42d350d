/* conformance/conformance.h -- what the files of the conformance application share. */
#ifndef CONFORMANCE_CONFORMANCE_H
#define CONFORMANCE_CONFORMANCE_H

/* The application's own errors: before Dewar's headers, which put them beside their own. */
#define DW_APP_ERRORS(X)                                                           \
    X(SOLD_OUT, 1000, 409, "sold_out", "There is none left")                       \
    X(CLOSED, 1001, 503, "closed", "The shop is closed")                           \
    X(ON_FIRE, 1002, 500, "on_fire", "The shop is on fire")                        \
    X(MEMBERS_ONLY, 1003, 401, "members_only", "For members only")                 \
    X(EMPTY_HANDED, 1004, 410, "empty_handed", "There is nothing to say about it") \
    X(BARRED, 1005, 403, "barred", "A guard of this application has barred it")

#include <dw/dw.h>

/* The keys of https://issuer.test. */
DW_SETTINGS(conformance_settings,
    (dw_text,   issuer_keys,        DW_LEN(1, 8192), .example = "{\"keys\":[…]}", .doc = "Public keys of https://issuer.test, a JWK set."),
    (dw_secret, issuer_shared_keys, DW_LEN(1, 8192), .doc = "Shared keys of https://issuer.test, a JWK set."),
    (dw_text,   rate_limit_api,     DW_LEN(0, 128), .optional = true, .example = "5/minute", .doc = "How often /limited/setting may be asked.")
);

/* What is kept with a session. */
DW_LIST(session_tags, dw_text, DW_LEN(1, 20));
DW_SCHEMA(session_state,
    (int64_t,      count, DW_RANGE(0, 1000000), .optional = true, .nullable = true),
    (dw_text,      note,  DW_LEN(0, 2000),      .optional = true, .nullable = true),
    (session_tags, tags,  DW_ITEMS(0, 100),     .optional = true, .nullable = true)
);

/* In the order of the names in main.c. */
enum { role_user, role_admin };
enum { scope_read, scope_write };

extern const dw_guard barrier;
extern const dw_blueprint objects, guarded, pages, bodies, ranges, errors, failing_errors, users, items,
    cards, origins, forms, crashes, searches, limits, sessions, accounts, clients, cross_origin, shared_pages;
extern const dw_profile profiles[];

#endif
