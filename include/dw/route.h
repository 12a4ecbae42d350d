/* dw/route.h -- handlers, policy, routes, blueprints: static tables that can be read, checked and printed.
 *
 *     DW_POST("/notes", create_note, DW_ROLES(editor, admin), .max_body = 4096),
 *
 * Policy is the first thing that a route says; leaving it out does not compile, and an opening says why.  A field of the
 * input that the path pattern names comes from the path; any other comes from the query for GET, HEAD and DELETE and from
 * the body for the rest.  Options are inherited: route, else blueprint, else application, else the default. */
#ifndef DW_ROUTE_H
#define DW_ROUTE_H

#include "auth.h"
#include "cors.h"
#include "err.h"
#include "error.h"
#include "guard.h"
#include "load.h"
#include "policy.h"
#include "schema.h"
#include "webhook.h"

/* ---- handlers ---- */

typedef dw_err (*dw_handler_fn)(dw_req *req, const void *in, void *out);

typedef struct dw_handler {
    const char *name;
    dw_handler_fn call;
    const dw_schema *in;
    const dw_schema *out;          /* NULL: the handler makes its reply itself */
    const dw_loader *const *loads; /* what it is given; or NULL */
} dw_handler;

#ifndef __cplusplus
/* `static dw_err fn(dw_req *req, const In *in, Out *out)`: the reply is *out as JSON, or 204 when Out is dw_nothing. */
#define DW_HANDLER(fn, In, Out)                                                          \
    static dw_err fn##_call(dw_req *req, const void *in, void *out)                      \
    {                                                                                    \
        return _Generic(&fn, dw_err(*)(dw_req *, const In *, Out *) : fn)(req, in, out); \
    }                                                                                    \
    static const dw_handler fn##_handler = {#fn, fn##_call, &In##_schema, &Out##_schema, NULL}

/* `static dw_err fn(dw_req *req, const Record *object, const In *in, Out *out)`: is given what `loader` (<dw/load.h>) has loaded. */
#define DW_HANDLER_OF(fn, loader, In, Out)                                                   \
    static dw_err fn##_call(dw_req *req, const void *in, void *out)                          \
    {                                                                                        \
        return _Generic(&fn, dw_err(*)(dw_req *, const loader##_record *, const In *, Out *) \
                        : fn)(req, dw_x_loaded(req, &loader), in, out);                      \
    }                                                                                        \
    static const dw_handler fn##_handler = {#fn, fn##_call, &In##_schema, &Out##_schema, DW_LOADS(loader)}

/* `static dw_err fn(dw_req *req, const In *in)`: the handler makes its reply with dw_reply_…. */
#define DW_RAW(fn, In)                                                       \
    static dw_err fn##_call(dw_req *req, const void *in, void *out)          \
    {                                                                        \
        (void)out;                                                           \
        return _Generic(&fn, dw_err(*)(dw_req *, const In *) : fn)(req, in); \
    }                                                                        \
    static const dw_handler fn##_handler = {#fn, fn##_call, &In##_schema, NULL, NULL}

/* `static dw_err fn(dw_req *req, const Record *object, const In *in)`: both. */
#define DW_RAW_OF(fn, loader, In)                                                     \
    static dw_err fn##_call(dw_req *req, const void *in, void *out)                   \
    {                                                                                 \
        (void)out;                                                                    \
        return _Generic(&fn, dw_err(*)(dw_req *, const loader##_record *, const In *) \
                        : fn)(req, dw_x_loaded(req, &loader), in);                    \
    }                                                                                 \
    static const dw_handler fn##_handler = {#fn, fn##_call, &In##_schema, NULL, DW_LOADS(loader)}
#endif

/* ---- options: the same members in a route, a blueprint and the application ---- */

typedef enum dw_error_style {
    DW_ERRORS_INHERIT = 0,
    DW_ERRORS_DEWAR,  /* JSON, problem or page, as Accept says */
    DW_ERRORS_OAUTH,  /* RFC 6749 §5.2, and nothing else: own handlers are not asked */
    DW_ERRORS_PROBLEM /* application/problem+json (RFC 9457) wherever the first would be JSON */
} dw_error_style;

/* Whose count a limit's is. Who is none of these falls to the address, never to no limit. */
typedef enum dw_rate_by {
    DW_RATE_INHERIT = 0,
    DW_RATE_BY_CALLER,  /* the signed-in caller's, else the address's: the default */
    DW_RATE_BY_ADDRESS, /* the client's address: IPv4, or the first 64 bits of IPv6 */
    DW_RATE_BY_API_KEY, /* the API key's that the caller came by */
    DW_RATE_BY_SESSION  /* the session's that the caller came by, each of one person's its own */
} dw_rate_by;

/* Whose pages may have a reply as an image, a script, a style or the like (Cross-Origin-Resource-Policy, Fetch §3.7). */
typedef enum dw_corp {
    DW_CORP_INHERIT = 0,
    DW_CORP_SAME_ORIGIN, /* the default */
    DW_CORP_SAME_SITE,
    DW_CORP_CROSS_ORIGIN
} dw_corp;

/* How a limit counts. */
typedef enum dw_rate_strategy {
    DW_RATE_STRATEGY_INHERIT = 0,
    DW_RATE_GCRA,          /* all at once, then one at a time as time pays: the default */
    DW_RATE_FIXED_WINDOW,  /* the first request begins a window; at its end all is forgotten at once */
    DW_RATE_MOVING_WINDOW, /* never more in any window: each that is let through is remembered; 128 at most */
    DW_RATE_SLIDING_COUNTER /* the same, estimated from the counts of this window and the one before */
} dw_rate_strategy;

/* What a request costs of its limits, from its head: its path, query and caller; 0 is one. More than a limit's count is never let through. */
typedef uint32_t (*dw_rate_cost_fn)(dw_req *req);
/* Whose count it is, by what the application knows: 1 to 256 bytes of anything, which the limit's table keeps a keyed digest of. Empty, or longer: the
 * address's. */
typedef dw_text (*dw_rate_key_fn)(dw_req *req);

/* For .rate_on: requests count only when they are answered so. They are charged at their beginning, so that many at once do not slip
 * through, and given back when they end otherwise. */
#define DW_RATE_ON_2XX (1u << 2)
#define DW_RATE_ON_3XX (1u << 3)
#define DW_RATE_ON_4XX (1u << 4)
#define DW_RATE_ON_5XX (1u << 5)
#define DW_RATE_ON_401 (1u << 6) /* of the 4xx only that */

#ifndef __cplusplus
/* Limits as literals. A limit lets its whole count through at once and then one at a time, evenly (the generic cell rate algorithm). It counts
 * what stands where it does: a route's for that route, a blueprint's for all its routes that name none, an application's likewise.  Several
 * in one text all hold: "2/second; 100/hour". What is over it is 429 with Retry-After. */
#define DW_PER_SECOND(n) DW__PER(n, "second")
#define DW_PER_MINUTE(n) DW__PER(n, "minute")
#define DW_PER_HOUR(n) DW__PER(n, "hour")
#define DW_PER_DAY(n) DW__PER(n, "day")
#define DW__PER(n, unit) #n "/" unit
#endif

#define DW__OPTIONS                                                                                 \
    unsigned by;                       /* credentials that count; default DW_BEARER */              \
    bool fresh;                        /* only who has shown lately who they are: SESSION_FRESH */  \
    const char *csrf_exempt;           /* why a session may be used from other sites here */        \
    size_t max_body;                   /* bytes of a body; default 64 KiB */                        \
    uint32_t deadline_ms;              /* from the head to the end of the reply; default 30,000 */  \
    uint32_t at_once;                  /* requests handled at a time; more are 503; default: all */ \
    dw_error_style errors;             /* the shape of errors */                                    \
    const dw_error_handlers *on_error; /* own replies to errors: <dw/error.h> */                    \
    const dw_guard *const *guards;     /* DW_GUARDS: own guards, <dw/guard.h>; all levels count */  \
    const char *rate;                  /* how often: "5 per minute; 100/day", DW_PER_MINUTE(5) */   \
    dw_rate_by rate_by;                /* … for each caller, or for each address */               \
    dw_rate_strategy rate_strategy;    /* … in windows or evenly */                               \
    uint32_t rate_cost;                /* … each request as so many */                            \
    dw_rate_cost_fn rate_cost_of;      /* … or as many as this says */                            \
    dw_rate_key_fn rate_key;           /* … for each of what this says */                         \
    unsigned rate_on;                  /* … only when answered so: DW_RATE_ON_4XX */              \
    const char *rate_meta;             /* … who breaches it so often is shut out as long */       \
    const char *rate_setting;          /* an own setting, of type dw_text, that replaces .rate */   \
    const char *rate_shared;           /* … together with all that share this name */             \
    const char *no_rate;               /* why an inherited limit does not hold here */              \
    const dw_cors *cors;               /* whose pages may call it from elsewhere: <dw/cors.h> */    \
    dw_corp corp;                      /* whose pages may embed it: default our own origin's … */ \
    const char *corp_why;              /* … and the reason for more */                            \
    const char *cacheable;             /* a Cache-Control value instead of no-store … */          \
    const char *cacheable_why;         /* … and its reason */                                     \
    const char *csp_report_only;       /* a policy that browsers only try, and report about */      \
    const char *csp;                   /* a Content-Security-Policy instead of the default … */   \
    const char *csp_why                /* … and its reason */

typedef enum dw_method { DW_M_GET = 1, DW_M_POST, DW_M_PUT, DW_M_PATCH, DW_M_DELETE } dw_method;

typedef enum dw_body {
    DW_BODY_DEFAULT = 0,
    DW_BODY_JSON = 1,
    DW_BODY_FORM = 2, /* application/x-www-form-urlencoded */
    DW_BODY_JSON_OR_FORM = 3,
    DW_BODY_MULTIPART = 4, /* the text fields of multipart/form-data (RFC 7578) */
    DW_BODY_JSON_OR_MULTIPART = 5,
    DW_BODY_FORM_OR_MULTIPART = 6, /* what a browser sends of a <form> */
    DW_BODY_JSON_FORM_OR_MULTIPART = 7
} dw_body;

#ifndef __cplusplus
/* The name of field `f` of schema S, which it must have. */
#define DW_FIELD(S, f) (&("" #f "")[0 * sizeof(((S *)0)->f)])
#endif

typedef struct dw_route {
    dw_method method;
    const char *path;
    const dw_handler *handler;
    dw_policy allow;
    int status;      /* 0: 200, or 201 for POST, or 204 without output */
    dw_body body;    /* what the body may be; default JSON */
    const char *raw; /* why the handler reads the body itself */
    bool idempotent; /* takes Idempotency-Key: see <dw/repeat.h> */
    bool
        signs_in; /* begins a session (dw_session_begin): no other site can have somebody signed in with it */
    const char *writes;      /* why a GET may run statements that write */
    const char *without_mfa; /* why it may be asked before one has the second factor that one's role wants */
    bool trailers; /* keep what comes behind a chunked body, for dw_req_trailer; else it is dropped */
    const dw_loader *const *loads; /* DW_LOADS: what is loaded before the handler runs: <dw/load.h> */
    const dw_may *may;             /* DW_MAY: what the caller must be to the objects that are loaded */
    uint64_t scopes;               /* DW_SCOPES: what a key or token must be for; default: the blueprint's */
    const char *rate_by_field;     /* DW_FIELD(input, field): .rate counts for each text that is sent in it */
    const char *doc;   /* what it is for: a sentence, and more behind it if there is more to say */
    const char *where; /* the place of this row in the source, for `check` */
    DW__OPTIONS;
} dw_route;

typedef struct dw_blueprint {
    const char *prefix;
    const dw_route *routes;
    size_t n_routes;
    size_t route_size; /* sizeof(dw_route) as the application was compiled */
    const char *name;  /* in the API's description; default: the prefix */
    const char *doc;   /* what its routes are about */
    uint64_t scopes;   /* DW_SCOPES, for routes that name none */
    DW__OPTIONS;
} dw_blueprint;

#ifndef __cplusplus
#define DW__ROUTE(m, path_, fn, ...)                                                                        \
    {                                                                                                       \
        .method = m, .path = "" path_ "", .handler = &fn##_handler, .where = DW__HERE, .allow = __VA_ARGS__ \
    }
/* A row of a table of routes: path, handler, policy, then options: DW_GET("/notes/{id}", show_note, DW_ANY_USER, .doc = "…"). */
#define DW_GET(path_, fn, ...) DW__ROUTE(DW_M_GET, path_, fn, __VA_ARGS__)
#define DW_POST(path_, fn, ...) DW__ROUTE(DW_M_POST, path_, fn, __VA_ARGS__)
#define DW_PUT(path_, fn, ...) DW__ROUTE(DW_M_PUT, path_, fn, __VA_ARGS__)
#define DW_PATCH(path_, fn, ...) DW__ROUTE(DW_M_PATCH, path_, fn, __VA_ARGS__)
#define DW_DELETE(path_, fn, ...) DW__ROUTE(DW_M_DELETE, path_, fn, __VA_ARGS__)

/* A table of routes under a prefix ("" or "/v1"), then options that they inherit. */
#define DW_BLUEPRINT(prefix_, ...) DW__BLUEPRINT(prefix_, __VA_ARGS__, .route_size = sizeof(dw_route))
#define DW__BLUEPRINT(prefix_, routes_, ...)                                                              \
    {                                                                                                     \
        .prefix = "" prefix_ "", .routes = (routes_), .n_routes = sizeof(routes_) / sizeof((routes_)[0]), \
        __VA_ARGS__                                                                                       \
    }
#endif

#endif
