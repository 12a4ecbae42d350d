/* dw/cors.h -- pages of other origins that may call a route, and read what it says (CORS, Fetch §3.2).
 *
 *     static const dw_cors partners = DW_CORS("the partners' shops show what is in stock",
 *         .origins = DW_ORIGINS("https://shop.example", "https://shop.test"), .headers = "content-type");
 *     …
 *     .cors = &partners           in a route, a blueprint or the application: the closest counts
 *
 * An origin is written as a browser sends it: scheme and host in lower case, no path, no port that goes without saying.  With "*." in
 * front of the host of an https origin it is every host one label below, and what stands behind the "*." is never a public suffix.  It says what scripts may read, and nothing about who the
 * caller is: a write with somebody's session still comes from pages of ours alone, whatever stands here. */
#ifndef DW_CORS_H
#define DW_CORS_H

#include "types.h"

/* Some origins. */
typedef struct dw_cors_listed {
    const char *const *origins;  /* DW_ORIGINS; not said: those of the setting CORS_ORIGINS */
    bool credentials;            /* cookies go along, and what comes back may be read */
    const char *headers;         /* that requests may have: "authorization, content-type"; lower case */
    const char *expose;          /* of replies that scripts may read: "etag, location" */
    const char *private_network; /* why pages of the internet may reach this server in a private one */
    char _;
} dw_cors_listed;

/* Every origin: never with credentials. */
typedef struct dw_cors_any {
    const char *headers, *expose; /* as above */
    bool _;
} dw_cors_any;

typedef struct dw_cors {
    const char *why; /* at least 8 characters: `check` and `routes --policy` say it */
    dw_cors_listed listed;
    dw_cors_any any;
    bool none;
} dw_cors;

#ifndef __cplusplus
/* The reason, a literal of at least 8 characters, and members of dw_cors_listed. */
#define DW_CORS(...) DW__CORS(__VA_ARGS__, ._ = 0)
#define DW__CORS(reason, ...)                                  \
    {                                                          \
        .why = DW__CORS_WHY(reason), .listed = { __VA_ARGS__ } \
    }
/* For pages of every origin, without credentials: the reason, and members of dw_cors_any. */
#define DW_CORS_ANY(...) DW__CORS_ANY(__VA_ARGS__, ._ = true)
#define DW__CORS_ANY(reason, ...)                           \
    {                                                       \
        .why = DW__CORS_WHY(reason), .any = { __VA_ARGS__ } \
    }
#define DW__CORS_WHY(reason) \
    &("" reason "")[DW__REQUIRE(sizeof("" reason "") > 8, the_reason_has_at_least_8_characters)]
#define DW_ORIGINS(...) ((const char *const[]){__VA_ARGS__, NULL})
/* For .cors of a route or a blueprint that does not inherit any. */
#define DW_NO_CORS (&(const dw_cors){.none = true})
#endif

#endif
