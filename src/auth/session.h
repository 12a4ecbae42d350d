/* auth/session.h -- the session of a request: found by its cookie, held to its times.
 *
 * The public half is <dw/session.h>.  What a session may is not decided here: the guards do that (guard/session.c, guard/csrf.c). */
#ifndef DW_AUTH_SESSION_H
#define DW_AUTH_SESSION_H

#include "auth/csrf.h"
#include "http/request.h"
#include <dw/remember.h>
#include <dw/session.h>

struct refresh_keys;
struct session_cache;

/* As the settings say. */
struct session_times {
    uint64_t idle_ms, absolute_ms, form_ms, second_ms; /* second_ms: of a sign-in that waits */
    unsigned most;                                     /* of an account */
    uint64_t remember_ms;                              /* set by auth/remember.c */
};

/* One per process; built at start-up, immutable but for its cache. */
struct session_rules {
    const dw_sessions *statements;
    struct session_times times;
    struct session_cache *cache;
    struct hmac_ring *csrf;                                /* or NULL */
    const dw_remembered *remembered;                       /* or NULL: nobody is … */
    struct refresh_keys *remember_keys;                    /* … or NULL */
    char cookie[80], form_cookie[96], remember_cookie[96]; /* names */
};

/* For the application `name`; without `signing` keys (a command) there are no tokens for forms. DW_INVALID when it is too long, DW_UNAVAILABLE without memory. */
DW_MUST dw_err dw__session_rules_new(struct session_rules **out, const char *name,
                                     const dw_sessions *statements, const struct keyring *signing,
                                     const struct session_times *times);
void dw__session_rules_free(struct session_rules *rules);

/* In the amr of a row: nobody is signed in by it, a second factor is waited for. Written out in the statements of <dw/session.h>. */
#define DW__SESSION_WAITS INT64_C(1073741824)

/* A session that lives, or a sign-in that waits. */
struct session {
    dw_text id; /* what the cookie holds */
    dw_text digest;
    dw_session_row row;
};

/* The session that the request's cookie names and that lives, also as req->session; *out is NULL when there is none.  Looks once for each
 * request. DW_UNAVAILABLE and the like when that cannot be found out; DW_TOO_MANY when the address has sent too many that name none. */
DW_MUST dw_err dw__session_find(dw_req *req, const struct session **out);
/* How a session is begun. */
struct session_start {
    dw_text account;
    unsigned amr;
    const dw_still *still;      /* or NULL */
    bool waits;                 /* for a second factor */
    const struct session *from; /* the sign-in that this completes, which must end with it; NULL: none */
};
/* dw_session_begin and all its kin. */
DW_MUST dw_err dw__session_start(dw_req *req, const struct session_start *start);
/* In a transaction: no more sessions of the account than there may be. Sign-ins that wait count by themselves, so that who knows a password ends nobody's session. */
DW_MUST dw_err dw__session_keep_cap(dw_ctx *ctx, dw_text account, bool waits);
/* Writes down that it was used now, when the last time is a tenth of the idle time ago or more: also in a request that only reads. */
void dw__session_touch(dw_req *req, const struct session *session);
/* The request's User-Agent, cut, printable, in its memory. */
dw_text dw__session_agent(dw_req *req);
/* The id in the cookie that a form to sign in with came with; {NULL, 0} when there is none. */
dw_text dw__session_form_id(const dw_req *req);

#endif
